//! What only development chains do.

use argosy_rpc_api::{DevApiClient, Mined};

use super::Client;
use crate::SdkError;

impl Client {
    /// `dev_mine`.
    pub async fn mine(&self) -> Result<Mined, SdkError> {
        self.told("dev_mine", self.http().mine().await)
    }
}

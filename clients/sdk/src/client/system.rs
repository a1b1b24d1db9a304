//! The node and its network.

use argosy_rpc_api::{ChainInfo, Health, SystemApiClient};

use super::{Client, same_chain};
use crate::SdkError;

impl Client {
    /// `system_chainInfo`, asked again.
    pub async fn chain_info(&self) -> Result<ChainInfo, SdkError> {
        let info = self.told("system_chainInfo", self.http().chain_info().await)?;
        same_chain(self.chain(), info.genesis_hash.0)?;
        Ok(info)
    }

    /// `system_health`.
    pub async fn health(&self) -> Result<Health, SdkError> {
        self.told("system_health", self.http().health().await)
    }
}

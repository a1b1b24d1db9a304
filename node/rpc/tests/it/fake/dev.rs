//! What only development chains do.

use argosy_rpc::DevPort;
use argosy_rpc_api::{At, RpcError};
use async_trait::async_trait;

use super::{Example, FakeNode, HEAD, at};

#[async_trait]
impl DevPort for FakeNode {
    async fn mine(&self) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![("dev_mine", vec![])]
}

//! The interface itself.

use argosy_rpc_api::{Discovery, MetaApiServer, MethodNames, RpcError, openrpc};
use jsonrpsee::core::async_trait;

use super::Api;

#[async_trait]
impl MetaApiServer for Api {
    async fn discover(&self) -> Result<Discovery, RpcError> {
        Ok(openrpc().clone())
    }

    async fn method_names(&self) -> Result<MethodNames, RpcError> {
        Ok(MethodNames::all())
    }
}

//! The node and its network.

use argosy_primitives::{Limits, decode_untrusted};
use argosy_rpc_api::{ChainInfo, Health, NodeInfo, SystemApiClient};
use argosy_spec::ChainSpec;

use super::{Client, same_chain};
use crate::SdkError;

/// A spec with as many accounts as a genesis has.
const SPEC_BYTES_MAX: usize = 4 << 20;

impl Client {
    /// `system_chainInfo`, asked again.
    pub async fn chain_info(&self) -> Result<ChainInfo, SdkError> {
        let info = self.told("system_chainInfo", self.http().chain_info().await)?;
        same_chain(self.chain(), info.genesis_hash.0)?;
        Ok(info)
    }

    /// `system_chainSpec`: the chain's rules, which have the chain's genesis hash.
    pub async fn chain_spec(&self) -> Result<ChainSpec, SdkError> {
        let method = "system_chainSpec";
        let answer = self.told(method, self.http().chain_spec().await)?;
        let bad = |reason: String| SdkError::BadAnswer { method, reason };
        let spec: ChainSpec = decode_untrusted(&answer.spec, Limits::for_size(SPEC_BYTES_MAX))
            .map_err(|error| bad(format!("the spec cannot be read: {error}")))?;
        if spec.genesis_hash() != self.chain() {
            let found = spec.genesis_hash();
            return Err(bad(format!("the spec is that of chain {found}")));
        }
        spec.checked()
            .map_err(|error| bad(format!("the spec breaks a rule: {error}")))
    }

    /// `system_nodeInfo`.
    pub async fn node_info(&self) -> Result<NodeInfo, SdkError> {
        self.told("system_nodeInfo", self.http().node_info().await)
    }

    /// `system_health`.
    pub async fn health(&self) -> Result<Health, SdkError> {
        self.told("system_health", self.http().health().await)
    }
}

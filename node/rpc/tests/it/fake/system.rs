//! The node and its chain as such.

use argosy_primitives::GenesisHash;
use argosy_rpc::SystemPort;
use argosy_rpc_api::{Health, HealthStatus, PoolView, TimestampMs};
use argosy_spec::ChainSpec;

use super::{Example, FakeNode, HEAD, at, header};

impl SystemPort for FakeNode {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn genesis_hash(&self) -> GenesisHash {
        GenesisHash::from_bytes([1; 32])
    }

    fn health(&self) -> Health {
        Health {
            status: self.health,
            reason: None,
            version: "fake".to_owned(),
            at: at(self.head()),
            time_ms: TimestampMs(header(HEAD).time_ms),
            pool: PoolView::default(),
        }
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![("system_chainInfo", vec![]), ("system_health", vec![])]
}

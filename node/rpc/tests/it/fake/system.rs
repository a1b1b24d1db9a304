//! The node and its chain as such.

use argosy_primitives::GenesisHash;
use argosy_rpc::SystemPort;
use argosy_rpc_api::{
    Health, Height, KeepsView, NodeInfo, PoolView, RpcError, SyncStatus, TimestampMs,
};
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

    fn sync_status(&self) -> SyncStatus {
        SyncStatus {
            at: at(HEAD),
            is_syncing: false,
            target: Some(Height(HEAD)),
        }
    }

    fn node_info(&self) -> Result<NodeInfo, RpcError> {
        Ok(NodeInfo {
            at: at(HEAD),
            keeps: KeepsView::Blocks { count: Height(40) },
            oldest_header: Height(0),
            oldest_block: Height(3),
            oldest_state: Height(10),
            oldest_proven: Height(10),
            oldest_indexed: Some(Height(3)),
            is_fork: false,
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    [
        "system_chainInfo",
        "system_version",
        "system_health",
        "system_syncStatus",
        "system_limits",
        "system_nodeInfo",
        "system_chainSpec",
    ]
    .map(|it| (it, vec![]))
    .into()
}

//! The node and its chain as such.

use argosy_chain::Retention;
use argosy_primitives::GenesisHash;
use argosy_rpc::SystemPort;
use argosy_rpc_api::{
    Decimal, Health, HealthStatus, Height, KeepsView, NodeInfo, PoolView, RpcError, SyncStatus,
    TimestampMs,
};
use argosy_spec::ChainSpec;

use super::LocalNode;
use crate::error::unread;

/// A node that is further behind than this has to catch up; fewer blocks may just be on their way.
const BEHIND_MAX: u64 = 20;

impl SystemPort for LocalNode {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn genesis_hash(&self) -> GenesisHash {
        self.genesis
    }

    fn health(&self) -> Health {
        let (reader, shared) = (self.reader(), self.driver.shared());
        let (transactions, size_bytes) = shared.pooled();
        let (fault, paused) = (shared.fault(), shared.paused());
        Health {
            status: match (&fault, shared.has_stopped(), &paused) {
                (Some(_), _, _) => HealthStatus::Failed,
                (None, true, _) => HealthStatus::Stopping,
                (None, false, Some(_)) => HealthStatus::Paused,
                (None, false, None) if self.sync_status().is_syncing => HealthStatus::Syncing,
                (None, false, None) => HealthStatus::Ok,
            },
            reason: fault.or(paused).map(|reason| reason.to_string()),
            version: self.version.clone(),
            at: reader.at(),
            time_ms: TimestampMs(reader.0.head().header.time_ms),
            pool: PoolView {
                transactions: u32::try_from(transactions).unwrap_or(u32::MAX),
                size_bytes: Decimal(u64::try_from(size_bytes).unwrap_or(u64::MAX)),
            },
        }
    }

    fn sync_status(&self) -> SyncStatus {
        let (at, known) = (self.reader().at(), self.heard());
        SyncStatus {
            at,
            is_syncing: known.saturating_sub(at.height.0) > BEHIND_MAX,
            target: (known > 0).then(|| Height(known.max(at.height.0))),
        }
    }

    fn node_info(&self) -> Result<NodeInfo, RpcError> {
        let reader = self.reader();
        let view = &reader.0;
        Ok(NodeInfo {
            at: reader.at(),
            keeps: match view.retention() {
                Retention::Everything => KeepsView::Everything,
                Retention::Archive => KeepsView::Archive,
                Retention::Blocks(count) => KeepsView::Blocks {
                    count: Height(count),
                },
            },
            oldest_header: Height(view.oldest_header()),
            oldest_block: Height(view.oldest_block()),
            oldest_state: Height(view.oldest_state().map_err(unread)?),
            oldest_proven: Height(view.oldest_proven().map_err(unread)?),
            oldest_indexed: view.indexed_from().map(Height),
            is_fork: view.is_fork(),
        })
    }
}

//! The node and its chain as such.

use argosy_primitives::GenesisHash;
use argosy_rpc::SystemPort;
use argosy_rpc_api::{Decimal, Health, HealthStatus, PoolView, TimestampMs};
use argosy_spec::ChainSpec;

use super::LocalNode;

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
}

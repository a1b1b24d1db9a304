//! What subscriptions wait for.

use argosy_primitives::Height;
use argosy_rpc::FollowPort;
use tokio::sync::watch;

use super::LocalNode;

impl FollowPort for LocalNode {
    fn heads(&self) -> watch::Receiver<Height> {
        self.driver.shared().heads()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.driver.shared().watch()
    }

    fn reverts(&self) -> u64 {
        self.driver.shared().reverts()
    }

    fn kept_since(&self, reverts: u64) -> Option<Height> {
        self.driver.shared().kept_since(reverts)
    }
}

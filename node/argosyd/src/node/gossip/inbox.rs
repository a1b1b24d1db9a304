//! Transactions that other nodes send: read, verified, handed to the mempool.

use argosy_chain::Inadmissible;
use argosy_driver::{Driver, SubmitError};
use argosy_mempool::Reject;
use argosy_network::{Inbox, Taken};
use argosy_primitives::{SignedTransaction, VerifiedTransaction};
use argosy_replica::Refusal;
use async_trait::async_trait;
use futures::future::join_all;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The node's side of gossip.
pub(super) struct NodeInbox {
    driver: Driver,
    transaction_bytes_max: usize,
}

impl NodeInbox {
    pub(super) fn new(driver: Driver, transaction_bytes_max: usize) -> NodeInbox {
        NodeInbox {
            driver,
            transaction_bytes_max,
        }
    }

    async fn submit(&self, transaction: Option<Arc<VerifiedTransaction>>) -> Taken {
        let Some(transaction) = transaction else {
            return Taken::False;
        };
        match self.driver.submit_of_peer(transaction).await {
            Ok(_) => Taken::Waits,
            Err(error) => taken(&error),
        }
    }
}

#[async_trait]
impl Inbox for NodeInbox {
    async fn take(&self, transactions: &[Vec<u8>]) -> Vec<Taken> {
        let (bytes, bytes_max) = (transactions.to_vec(), self.transaction_bytes_max);
        // Signatures are by far the dearest part; the swarm goes on meanwhile.
        let verified = spawn_blocking(move || {
            let verify = |bytes: Vec<u8>| verify(&bytes, bytes_max);
            bytes.into_iter().map(verify).collect::<Vec<_>>()
        });
        let Ok(verified) = verified.await else {
            return vec![Taken::Busy; transactions.len()]; // The node is stopping.
        };
        // Handed in in their order; the answers are waited for together.
        join_all(verified.into_iter().map(|it| self.submit(it))).await
    }
}

fn verify(bytes: &[u8], bytes_max: usize) -> Option<Arc<VerifiedTransaction>> {
    let signed = SignedTransaction::decode_untrusted(bytes, bytes_max).ok()?;
    signed.verify().ok().map(Arc::new)
}

/// What a refusal says about who sent the transaction.
fn taken(error: &SubmitError) -> Taken {
    let SubmitError::Refused(refusal) = error else {
        return Taken::Busy;
    };
    match refusal {
        // Whatever the state is, these never hold: who sent them did not look.
        Refusal::Protocol(
            Inadmissible::WrongChain { .. }
            | Inadmissible::TooLarge { .. }
            | Inadmissible::ActionCount { .. }
            | Inadmissible::MessageTooLarge { .. }
            | Inadmissible::GasLimitTooHigh { .. },
        ) => Taken::False,
        // It waits already; its sender, or somebody between, sends it again.
        Refusal::Pool(Reject::Known { .. }) => Taken::Waits,
        Refusal::Protocol(_)
        | Refusal::Pool(_)
        | Refusal::Executed { .. }
        | Refusal::Quarantined { .. } => Taken::Useless,
    }
}

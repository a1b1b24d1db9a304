//! Transactions that clients handed in here: sent at once, and again while they wait.
//!
//! A peer that was away, or started anew with an empty mempool, hears of them all the same.
//!
//! Always: at most [`OWN_MAX`] are kept; one that waits no longer is forgotten at the next look.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use argosy_driver::{Driver, Relay};
use argosy_network::Publisher;
use argosy_primitives::{TxId, VerifiedTransaction};
use parity_scale_codec::Encode;
use tokio::sync::watch;

/// Transactions that are kept; more are sent once.
const OWN_MAX: usize = 50_000;
/// How often is looked whether some still wait.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// One that still waits is sent again after this, and then ever more seldom.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// At most so seldom.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(300);
/// Sent again at one look, so that a full mempool does not fill the wires.
const AGAIN_AT_ONCE_MAX: usize = 1_000;

/// Clients' transactions that wait.
pub(super) struct Own {
    driver: Driver,
    publisher: Publisher,
    waiting: Mutex<BTreeMap<TxId, Waiting>>,
}

struct Waiting {
    transaction: Arc<VerifiedTransaction>,
    again_at: Instant,
    wait: Duration,
}

impl Relay for Own {
    fn taken(&self, transaction: &Arc<VerifiedTransaction>) {
        self.send(transaction);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < OWN_MAX {
            let kept = Waiting {
                transaction: Arc::clone(transaction),
                again_at: Instant::now() + AGAIN_AFTER,
                wait: AGAIN_AFTER,
            };
            waiting.insert(transaction.id(), kept);
        }
    }
}

impl Own {
    pub(super) fn new(driver: Driver, publisher: Publisher) -> Own {
        Own {
            driver,
            publisher,
            waiting: Mutex::default(),
        }
    }

    /// For ever. Where the first peer comes, everything that waits is sent at once.
    pub(super) async fn keep_sending(&self, mut peers: watch::Receiver<usize>) {
        let mut had_peers = false;
        loop {
            let first_peer = tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => false,
                changed = peers.changed() => match changed {
                    Ok(()) => *peers.borrow_and_update() > 0 && !had_peers,
                    // The network is gone, which others tell.
                    Err(_) => return std::future::pending().await,
                },
            };
            had_peers = *peers.borrow() > 0;
            for transaction in self.due(first_peer, Instant::now()) {
                self.send(&transaction);
            }
        }
    }

    /// What waits and was not sent for long, or at all costs.
    fn due(&self, all: bool, now: Instant) -> Vec<Arc<VerifiedTransaction>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|id, _| self.driver.waits(id));
        let is_due = |it: &&mut Waiting| all || it.again_at <= now;
        let due = waiting.values_mut().filter(is_due).take(AGAIN_AT_ONCE_MAX);
        due.map(|it| {
            it.wait = it.wait.saturating_mul(2).min(AGAIN_AFTER_MAX);
            it.again_at = now + it.wait;
            Arc::clone(&it.transaction)
        })
        .collect()
    }

    fn send(&self, transaction: &VerifiedTransaction) {
        if self
            .publisher
            .publish(transaction.signed().encode())
            .is_err()
        {
            // It waits here all the same, and is sent again.
            tracing::debug!(target: "network", id = %transaction.id(), "too many to send");
        }
    }
}

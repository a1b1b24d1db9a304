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
/// Between two times that everything is sent since a peer has come.
const NEWCOMERS_WAIT: Duration = Duration::from_secs(2);
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

    /// For ever. For each peer that comes, everything that waits is sent, though not too often; those who
    /// know it already do not look at it again.
    pub(super) async fn keep_sending(&self, mut arrivals: watch::Receiver<u64>) {
        let (mut has_come, mut is_behind) = (false, false);
        let mut sent_at = Instant::now();
        loop {
            let wait = match has_come || is_behind {
                true => NEWCOMERS_WAIT,
                false => LOOK_EVERY,
            };
            tokio::select! {
                () = tokio::time::sleep(wait.saturating_sub(sent_at.elapsed())) => {
                    sent_at = Instant::now();
                    let due = self.due(has_come, sent_at);
                    is_behind = due.len() >= AGAIN_AT_ONCE_MAX;
                    has_come = false;
                    due.iter().for_each(|it| self.send(it));
                }
                changed = arrivals.changed() => match changed {
                    Ok(()) => has_come = true,
                    // The network is gone, which others tell.
                    Err(_) => return std::future::pending().await,
                },
            }
        }
    }

    /// What waits and was not sent for long, longest first; for a newcomer, all of it, over some looks.
    fn due(&self, has_come: bool, now: Instant) -> Vec<Arc<VerifiedTransaction>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|id, _| self.driver.waits(id));
        if has_come {
            waiting
                .values_mut()
                .for_each(|it| it.again_at = it.again_at.min(now));
        }
        let mut due: Vec<_> = waiting
            .values_mut()
            .filter(|it| it.again_at <= now)
            .collect();
        due.sort_by_key(|it| it.again_at);
        due.truncate(AGAIN_AT_ONCE_MAX);
        let again = |it: &mut Waiting| {
            it.wait = it.wait.saturating_mul(2).min(AGAIN_AFTER_MAX);
            it.again_at = now + it.wait;
            Arc::clone(&it.transaction)
        };
        due.into_iter().map(again).collect()
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

//! Transactions of calls that are followed, on their way into a block.
//!
//! Always: at most [`WAITING_MAX`]; for one more, the oldest is given up. A transaction is followed
//! for the call that handed it in first.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_primitives::{Height, StatusCode, TxId};
use argosy_traces::Span;
use tokio::sync::Notify;

/// Transactions that are followed at a time.
const WAITING_MAX: usize = 10_000;
/// Which transaction it is.
pub(super) const TX_ID: &str = "argosy.tx.id";

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in the block of this height, with this status unless that cannot be read.
    Committed {
        height: Height,
        status: Option<StatusCode>,
    },
    /// The mempool let it go.
    Dropped,
    /// Nobody knows: it cannot be read, or too many were followed.
    Unknown,
}

/// Transactions that are followed.
#[derive(Default)]
pub(super) struct Waiting {
    inner: Mutex<Inner>,
    added: Notify,
}

#[derive(Default)]
struct Inner {
    spans: BTreeMap<TxId, (u64, Span)>,
    /// In the order in which they came.
    order: BTreeMap<u64, TxId>,
    next: u64,
    /// Those before were looked after at least once.
    looked: u64,
}

impl Waiting {
    /// Follows a transaction, with a span that begins now, unless it is followed already.
    pub(super) fn add(&self, id: TxId, begin: impl FnOnce() -> Span) {
        let mut inner = self.lock();
        if inner.spans.contains_key(&id) {
            return;
        }
        let mut span = begin();
        span.set(TX_ID, id.to_string());
        let number = inner.next;
        inner.next += 1;
        inner.spans.insert(id, (number, span));
        inner.order.insert(number, id);
        let mut given_up = None;
        if inner.spans.len() > WAITING_MAX
            && let Some((_, oldest)) = inner.order.pop_first()
        {
            given_up = inner.spans.remove(&oldest);
        }
        drop(inner);
        if let Some((_, span)) = given_up {
            end(span, Fate::Unknown);
        }
        self.added.notify_one();
    }

    /// Until there are new ones.
    pub(super) async fn added(&self) {
        self.added.notified().await;
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<TxId> {
        self.since(0)
    }

    /// Those that came since the last look.
    pub(super) fn new_ones(&self) -> Vec<TxId> {
        let looked = self.lock().looked;
        self.since(looked)
    }

    fn since(&self, number: u64) -> Vec<TxId> {
        let mut inner = self.lock();
        inner.looked = inner.next;
        inner.order.range(number..).map(|(_, id)| *id).collect()
    }

    /// Ends a transaction's span.
    pub(super) fn settle(&self, id: &TxId, fate: Fate) {
        let mut inner = self.lock();
        let Some((number, span)) = inner.spans.remove(id) else {
            return;
        };
        inner.order.remove(&number);
        drop(inner);
        end(span, fate);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(mut span: Span, fate: Fate) {
    let outcome = match fate {
        Fate::Committed { height, status } => {
            let height = i64::try_from(height).unwrap_or(i64::MAX);
            span.set_number("argosy.block.height", height);
            if let Some(status) = status {
                span.set("argosy.tx.status", status.as_str());
                if status != StatusCode::Success {
                    span.fail(status.as_str());
                }
            }
            "committed"
        }
        Fate::Dropped => {
            span.fail("the mempool let it go");
            "dropped"
        }
        Fate::Unknown => "unknown",
    };
    span.set("argosy.outcome", outcome);
    span.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_traces::{Config, Exporting, Tracer};

    fn tracer() -> (Tracer, Exporting) {
        let config = Config {
            endpoint: "http://127.0.0.1:1".parse().unwrap(),
            sample: 1000,
            clients_decide: true,
            resource: Vec::new(),
        };
        Tracer::start(&config).unwrap()
    }

    fn id(number: usize) -> TxId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        TxId::from_bytes(bytes)
    }

    #[test]
    fn the_oldest_is_given_up_for_one_more() {
        let ((tracer, _exporting), waiting) = (tracer(), Waiting::default());
        let call = tracer.begin("call", None).unwrap();
        let add = |number| waiting.add(id(number), || call.child("committed"));
        (0..WAITING_MAX).for_each(add);
        assert_eq!(waiting.all().len(), WAITING_MAX);
        add(WAITING_MAX);
        let all = waiting.all();
        assert_eq!((all.len(), all[0]), (WAITING_MAX, id(1)));
    }

    #[test]
    fn what_was_looked_after_is_not_new_and_what_is_settled_is_gone() {
        let ((tracer, _exporting), waiting) = (tracer(), Waiting::default());
        let call = tracer.begin("call", None).unwrap();
        let add = |number| waiting.add(id(number), || call.child("committed"));
        add(1);
        add(2);
        add(1);
        assert_eq!(waiting.new_ones(), [id(1), id(2)]);
        add(3);
        assert_eq!(waiting.new_ones(), [id(3)]);
        assert!(waiting.new_ones().is_empty());
        waiting.settle(&id(2), Fate::Dropped);
        waiting.settle(&id(2), Fate::Unknown);
        assert_eq!(waiting.all(), [id(1), id(3)]);
        add(2);
        assert_eq!(waiting.new_ones(), [id(2)], "it may come again");
    }
}

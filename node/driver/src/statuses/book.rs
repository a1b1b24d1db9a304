//! What is known of transactions that are in no block.
//!
//! ```text
//! handed in ──► pooled ──► dropped ──► forgotten, after a day or when its shelf is full
//!     │            └─────► in a block: the chain knows it
//!     └───────► refused ──► forgotten, likewise
//! ```
//!
//! Always: bounded by the mempool's size plus the shelves. What has ended stands on one of four, so that
//! nobody's fills another's: of clients, what waited here and what was refused, and the same of other nodes.
//! The oldest of a shelf goes first.

use std::collections::BTreeMap;

use argosy_primitives::{TimestampMs, TxId};
use argosy_replica::{Action, Refusal};
use argosy_rpc_api::{DropReasonView, RpcError};

use super::Source;
use crate::error;

/// Where a transaction stands that is in no block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits in the mempool.
    Pooled,
    /// It left the mempool unexecuted.
    Dropped(DropReasonView),
    /// It was not admitted.
    Refused(RpcError),
}

/// What is known of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) standing: Standing,
    pub(crate) source: Source,
    /// When it came first.
    pub(crate) received_ms: TimestampMs,
    /// When it came to stand where it does.
    pub(crate) since_ms: TimestampMs,
}

/// How much is kept of what has ended, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Of what waited here: of clients and of other nodes, each.
    pub(crate) ended_max: usize,
    /// Of what was refused: of clients and of other nodes, each.
    pub(crate) refused_max: usize,
    /// Nothing is kept for longer.
    pub(crate) keep_ms: u64,
}

/// Where what has ended is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shelf {
    Clients,
    Peers,
    RefusedOfClients,
    RefusedOfPeers,
}

impl Entry {
    /// `None`: it has not ended.
    fn shelf(&self) -> Option<Shelf> {
        match (&self.standing, self.source) {
            (Standing::Pooled, _) => None,
            (Standing::Dropped(_), Source::Client) => Some(Shelf::Clients),
            (Standing::Dropped(_), Source::Peer) => Some(Shelf::Peers),
            (Standing::Refused(_), Source::Client) => Some(Shelf::RefusedOfClients),
            (Standing::Refused(_), Source::Peer) => Some(Shelf::RefusedOfPeers),
        }
    }

    /// Whether it outlives this process. Refusals of what strangers hand in do not: they may come in
    /// any number, and nobody was told of them.
    pub(crate) fn is_kept(&self) -> bool {
        self.shelf() != Some(Shelf::RefusedOfPeers)
    }
}

/// What is known of transactions that are in no block. A clone is a moment of it, to go back to.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    bounds: Bounds,
    noted: u64,
    entries: BTreeMap<TxId, (u64, Entry)>,
    /// What has ended, by shelf and in the order in which it did.
    ended: BTreeMap<(Shelf, u64), TxId>,
    counts: BTreeMap<Shelf, usize>,
    /// What was changed since it was last asked for.
    changed: Vec<TxId>,
}

impl Book {
    pub(crate) fn new(bounds: Bounds) -> Book {
        Book {
            bounds,
            noted: 0,
            entries: BTreeMap::new(),
            ended: BTreeMap::new(),
            counts: BTreeMap::new(),
            changed: Vec::new(),
        }
    }

    /// Takes over what another process left behind. What waited then does no longer; what is in a block,
    /// `executed`, is the chain's: the process may have ended between the block and its own record.
    pub(crate) fn restore(
        &mut self,
        mut left: Vec<(TxId, Entry)>,
        executed: &[TxId],
        now_ms: TimestampMs,
    ) {
        left.sort_by_key(|(_, entry)| entry.since_ms);
        for (id, mut entry) in left {
            if entry.standing == Standing::Pooled {
                entry.standing = Standing::Dropped(DropReasonView::Restarted);
                entry.since_ms = now_ms;
                self.changed.push(id);
            }
            self.put(id, entry);
        }
        for id in executed {
            self.forget(id);
        }
        self.let_go(now_ms);
    }

    /// What is known of a transaction; `None`: nothing, or it is in a block.
    pub(crate) fn get(&self, id: &TxId) -> Option<&Entry> {
        self.entries.get(id).map(|(_, entry)| entry)
    }

    /// Follows the replica; `source` is who handed in what it was given.
    pub(crate) fn note(&mut self, action: &Action, source: Source, now_ms: TimestampMs) {
        match action {
            Action::Admitted { id, .. } => self.stand(*id, Standing::Pooled, source, now_ms),
            Action::Refused { id, reason } => self.refuse(*id, reason, source, now_ms),
            Action::Dropped(dropped) => {
                let reason = error::dropped(dropped.reason);
                // Whoever has pushed it out did not hand it in.
                let standing = Standing::Dropped(reason);
                self.stand(dropped.id, standing, Source::Peer, now_ms);
            }
            Action::Committed(committed) => {
                for tx in &committed.transactions {
                    self.forget(&tx.id());
                }
            }
            Action::Proposed { .. }
            | Action::NotProposed { .. }
            | Action::Judged { .. }
            | Action::Missing { .. } => {}
        }
        self.let_go(now_ms);
    }

    /// What was changed since this was last asked, with what is to be kept of it; `None`: nothing.
    pub(crate) fn take_changed(&mut self) -> Vec<(TxId, Option<Entry>)> {
        let changed = std::mem::take(&mut self.changed);
        let now = |id: TxId| {
            let entry = self.get(&id).filter(|it| it.is_kept());
            (id, entry.cloned())
        };
        changed.into_iter().map(now).collect()
    }

    /// A refusal must not hide that the same transaction waits or was executed; one of another node's
    /// hides nothing at all.
    fn refuse(&mut self, id: TxId, reason: &Refusal, source: Source, now_ms: TimestampMs) {
        if matches!(reason, Refusal::Executed { .. }) {
            return;
        }
        let known = self.get(&id).map(|it| it.standing == Standing::Pooled);
        match (known, source) {
            (Some(true), Source::Client) => self.stand(id, Standing::Pooled, source, now_ms),
            (Some(_), Source::Peer) => {}
            (Some(false), Source::Client) | (None, _) => {
                let standing = Standing::Refused(error::refusal(reason, id));
                self.stand(id, standing, source, now_ms);
            }
        }
    }

    /// What a client once handed in stays a client's.
    fn stand(&mut self, id: TxId, standing: Standing, source: Source, now_ms: TimestampMs) {
        let before = self.get(&id);
        let is_clients = before.is_some_and(|it| it.source == Source::Client);
        let entry = Entry {
            source: match is_clients {
                true => Source::Client,
                false => source,
            },
            received_ms: before.map_or(now_ms, |it| it.received_ms),
            standing,
            since_ms: now_ms,
        };
        self.set(id, entry);
    }

    fn set(&mut self, id: TxId, entry: Entry) {
        self.forget(&id);
        // A record that is not kept costs the disk nothing, however many of them come.
        if entry.is_kept() {
            self.changed.push(id);
        }
        self.put(id, entry);
    }

    /// Enters what was not there.
    fn put(&mut self, id: TxId, entry: Entry) {
        self.noted += 1;
        if let Some(shelf) = entry.shelf() {
            self.ended.insert((shelf, self.noted), id);
            *self.counts.entry(shelf).or_default() += 1;
        }
        self.entries.insert(id, (self.noted, entry));
    }

    fn forget(&mut self, id: &TxId) {
        if let Some((noted, entry)) = self.entries.remove(id) {
            if let Some(shelf) = entry.shelf() {
                self.ended.remove(&(shelf, noted));
                let count = self.counts.entry(shelf).or_default();
                *count = count.saturating_sub(1);
            }
            if entry.is_kept() {
                self.changed.push(*id);
            }
        }
    }

    /// Lets go of what is too old, or too much.
    fn let_go(&mut self, now_ms: TimestampMs) {
        let all = [
            Shelf::Clients,
            Shelf::Peers,
            Shelf::RefusedOfClients,
            Shelf::RefusedOfPeers,
        ];
        for shelf in all {
            while let Some(id) = self.outlived(shelf, now_ms) {
                self.forget(&id);
            }
        }
    }

    /// The oldest of a shelf, if it must go.
    fn outlived(&self, shelf: Shelf, now_ms: TimestampMs) -> Option<TxId> {
        let all = (shelf, 0)..=(shelf, u64::MAX);
        let (_, id) = self.ended.range(all).next()?;
        let max = match shelf {
            Shelf::Clients | Shelf::Peers => self.bounds.ended_max,
            Shelf::RefusedOfClients | Shelf::RefusedOfPeers => self.bounds.refused_max,
        };
        let too_many = self.counts.get(&shelf).is_some_and(|it| *it > max);
        let since_ms = self.get(id).map_or(0, |it| it.since_ms);
        let too_old = now_ms.saturating_sub(since_ms) > self.bounds.keep_ms;
        (too_many || too_old).then_some(*id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_mempool::{DropReason, Dropped, Reject};
    use argosy_primitives::Address;

    const HOUR_MS: u64 = 3_600_000;

    fn id(number: u32) -> TxId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        TxId::from_bytes(bytes)
    }

    fn admitted(number: u32) -> Action {
        Action::Admitted {
            id: id(number),
            sender: Address::SYSTEM,
        }
    }

    fn dropped(number: u32) -> Action {
        Action::Dropped(Dropped {
            id: id(number),
            sender: Address::SYSTEM,
            reason: DropReason::Evicted,
        })
    }

    fn refused(number: u32) -> Action {
        Action::Refused {
            id: id(number),
            reason: Refusal::Pool(Reject::SenderFull { max: 64 }),
        }
    }

    fn book(ended_max: usize) -> Book {
        Book::new(Bounds {
            ended_max,
            refused_max: 10,
            keep_ms: 24 * HOUR_MS,
        })
    }

    fn known(book: &Book, numbers: std::ops::Range<u32>) -> Vec<u32> {
        numbers.filter(|it| book.get(&id(*it)).is_some()).collect()
    }

    #[test]
    fn remembers_what_ended_last_and_everything_that_waits() {
        let mut book = book(2);
        book.note(&admitted(9), Source::Client, 0);
        for number in 0..5 {
            book.note(&dropped(number), Source::Peer, 0);
        }
        assert_eq!(known(&book, 0..10), [3, 4, 9]);
    }

    #[test]
    fn what_others_hand_in_pushes_out_nothing_that_clients_were_told() {
        let mut book = book(100);
        for number in 0..3 {
            book.note(&admitted(number), Source::Client, 0);
            book.note(&dropped(number), Source::Peer, 0);
        }
        book.note(&refused(3), Source::Client, 0);
        // It came from another node, and waited here.
        book.note(&admitted(4), Source::Peer, 0);
        book.note(&dropped(4), Source::Peer, 0);
        for number in 1_000..201_000_u32 {
            let now_ms = u64::from(number) * HOUR_MS / 201_000;
            book.note(&refused(number), Source::Peer, now_ms);
        }
        assert_eq!(known(&book, 0..5), [0, 1, 2, 3, 4]);
        assert_eq!(known(&book, 1_000..201_000).len(), 10);
        // What waited here is on a shelf of its own.
        for number in 1_000..2_000 {
            book.note(&admitted(number), Source::Peer, HOUR_MS);
            book.note(&dropped(number), Source::Peer, HOUR_MS);
        }
        assert_eq!(known(&book, 0..5), [0, 1, 2, 3]);
        // Nor do refusals of clients: who asks much has been told at once.
        for number in 2_000..202_000_u32 {
            book.note(&refused(number), Source::Client, HOUR_MS);
        }
        assert_eq!(known(&book, 0..4), [0, 1, 2]);
        assert_eq!(known(&book, 2_000..202_000).len(), 10);
        book.note(&admitted(5), Source::Peer, 25 * HOUR_MS);
        assert_eq!(known(&book, 0..6), [5], "a day has passed");
    }

    #[test]
    fn what_others_hand_in_in_vain_costs_the_disk_nothing() {
        let mut book = book(10);
        for number in 0..100 {
            book.note(&refused(number), Source::Peer, 0);
        }
        assert!(book.take_changed().is_empty());
        // One that a client hands in as well is kept, and one that then waits.
        book.note(&refused(99), Source::Client, 0);
        book.note(&admitted(98), Source::Peer, 0);
        let changed = book.take_changed();
        let ids: Vec<_> = changed.iter().map(|it| it.0).collect();
        assert_eq!(ids, [id(99), id(98)]);
        assert!(changed.iter().all(|it| it.1.is_some()));
    }

    #[test]
    fn a_refusal_hides_neither_that_it_waits_nor_why_it_went() {
        let mut book = book(10);
        book.note(&admitted(1), Source::Peer, 5);
        book.note(&refused(1), Source::Peer, 6);
        assert_eq!(book.get(&id(1)).unwrap().standing, Standing::Pooled);
        assert_eq!(book.get(&id(1)).unwrap().source, Source::Peer);
        book.note(&refused(1), Source::Client, 7);
        let entry = book.get(&id(1)).unwrap().clone();
        assert_eq!(entry.standing, Standing::Pooled);
        assert_eq!((entry.source, entry.received_ms), (Source::Client, 5));
        book.note(&dropped(1), Source::Peer, 8);
        book.note(&refused(1), Source::Peer, 9);
        let reason = DropReasonView::Evicted;
        assert_eq!(
            book.get(&id(1)).unwrap().standing,
            Standing::Dropped(reason)
        );
        book.note(&refused(1), Source::Client, 9);
        let standing = &book.get(&id(1)).unwrap().standing;
        assert!(matches!(standing, Standing::Refused(_)));
    }

    #[test]
    fn a_dropped_transaction_may_come_back() {
        let mut book = book(2);
        book.note(&dropped(1), Source::Peer, 0);
        book.note(&admitted(1), Source::Peer, 0);
        assert_eq!(book.get(&id(1)).unwrap().standing, Standing::Pooled);
        assert!(book.ended.is_empty());
    }

    #[test]
    fn a_moment_can_be_given_back() {
        let mut book = book(10);
        book.note(&admitted(1), Source::Client, 1);
        book.note(&dropped(2), Source::Peer, 1);
        book.take_changed();
        let moment = book.clone();
        book.note(&dropped(1), Source::Peer, 2);
        book.note(&admitted(2), Source::Client, 2);
        book.note(&refused(3), Source::Client, 2);
        let mut book = moment;
        assert!(book.take_changed().is_empty());
        assert_eq!(known(&book, 0..9), [1, 2]);
        assert_eq!(book.get(&id(1)).unwrap().standing, Standing::Pooled);
        book.note(&dropped(1), Source::Peer, 3);
        assert_eq!(book.ended.len(), 2);
    }

    #[test]
    fn what_waited_before_a_restart_has_a_reason() {
        let mut before = book(10);
        before.note(&admitted(1), Source::Client, 1);
        before.note(&dropped(2), Source::Peer, 2);
        before.note(&refused(3), Source::Peer, 2);
        let left = before.take_changed();
        let left = left.into_iter().filter_map(|(id, it)| Some((id, it?)));
        let mut left: Vec<_> = left.collect();
        let waited = left[0].1.clone();
        left.push((id(4), waited));
        let mut after = book(10);
        after.restore(left, &[id(4)], 7);
        let reason = DropReasonView::Restarted;
        let entry = after.get(&id(1)).unwrap();
        assert_eq!(entry.standing, Standing::Dropped(reason));
        assert_eq!((entry.received_ms, entry.since_ms), (1, 7));
        assert_eq!(known(&after, 0..9), [1, 2]);
        // Only what is otherwise now is written again.
        let mut changed: BTreeMap<_, _> = after.take_changed().into_iter().collect();
        assert!(changed.remove(&id(1)).unwrap().is_some());
        assert_eq!(changed.remove(&id(4)), Some(None));
        assert!(changed.is_empty());
    }
}

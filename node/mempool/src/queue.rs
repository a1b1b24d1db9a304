//! One sender's waiting transactions in nonce order.
//!
//! Always: at most one transaction a nonce; `reserved` is the sum of what they may cost, `bids` counts
//! what they bid at the base price that the queue was priced with last.
//! Not here: the order between senders (`pool`).

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use argosy_primitives::{Balance, Nonce, VerifiedTransaction};

use crate::account::{AccountView, reserve};

/// A waiting transaction.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) tx: Arc<VerifiedTransaction>,
    /// Order of arrival: the earlier of two equal bids goes first.
    pub(crate) arrival: u64,
}

impl Entry {
    /// What a proposer earns per gas at `base_price`: the effective tip of EIP-1559.
    pub(crate) fn priority(&self, base_price: u64) -> u64 {
        let tx = self.tx.transaction();
        tx.tip.min(tx.max_gas_price.saturating_sub(base_price))
    }

    /// Whether it can be included at `base_price` at all.
    pub(crate) fn meets(&self, base_price: u64) -> bool {
        self.tx.transaction().max_gas_price >= base_price
    }

    /// Its bid; nothing while the base price keeps it out, which is below every bid, even of 0.
    pub(crate) fn worth(&self, base_price: u64) -> Option<u64> {
        self.meets(base_price).then(|| self.priority(base_price))
    }
}

/// All of one sender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    pub(crate) account: AccountView,
    entries: BTreeMap<Nonce, Entry>,
    reserved: Balance,
    /// How many bid how much: the lowest is known however often one of equals leaves.
    bids: BTreeMap<Option<u64>, usize>,
}

impl Queue {
    /// The waiting transactions by nonce.
    pub(crate) fn entries(&self) -> &BTreeMap<Nonce, Entry> {
        &self.entries
    }

    /// The transaction that can run next, if its nonce is the account's.
    pub(crate) fn head(&self) -> Option<&Entry> {
        self.entries.get(&self.account.nonce)
    }

    /// The last transaction before an end.
    pub(crate) fn last_before(&self, end: Bound<Nonce>) -> Option<(Nonce, &Entry)> {
        let last = self.entries.range((Bound::Unbounded, end)).next_back();
        last.map(|(nonce, entry)| (*nonce, entry))
    }

    /// What the transaction at a nonce is worth: no more than what must run before it, and nothing behind a
    /// gap, where a bid may never be paid.
    pub(crate) fn worth_at(&self, nonce: Nonce, base_price: u64) -> Option<u64> {
        if nonce >= self.next_nonce() {
            return None;
        }
        match self.entries.last_key_value() {
            // Nearly always it is the last, however many wait.
            Some((last, _)) if *last == nonce => self.lowest(),
            _ => {
                let (lowest, mut worth) = (self.lowest(), Some(u64::MAX));
                for (_, entry) in self.entries.range(..=nonce) {
                    worth = worth.min(entry.worth(base_price));
                    // Nothing is below it; among bids that are alike it is met at once.
                    if worth == lowest {
                        break;
                    }
                }
                worth
            }
        }
    }

    /// The lowest bid in the queue.
    pub(crate) fn lowest(&self) -> Option<u64> {
        self.bids.first_key_value().and_then(|(bid, _)| *bid)
    }

    /// What all transactions but the one at `except` may cost.
    pub(crate) fn reserved(&self, except: Nonce) -> Balance {
        let excepted = self
            .entries
            .get(&except)
            .map_or(0, |entry| reserve(&entry.tx));
        self.reserved.saturating_sub(excepted)
    }

    /// The nonce after the gapless run that starts at the account's nonce.
    pub(crate) fn next_nonce(&self) -> Nonce {
        let first = self.account.nonce;
        // Most queues have no gap: then the answer follows from the ends.
        match self.entries.last_key_value() {
            Some((last, _)) if self.is_gapless(first, *last) => last.saturating_add(1),
            _ => {
                let waiting = self.entries.range(first..).map(|(nonce, _)| *nonce);
                waiting
                    .zip(first..)
                    .take_while(|(found, wanted)| found == wanted)
                    .last()
                    .map_or(first, |(it, _)| it + 1)
            }
        }
    }

    /// Adds a transaction whose cost, with the others', the balance covers.
    pub(crate) fn insert(&mut self, nonce: Nonce, entry: Entry, base_price: u64) {
        *self.bids.entry(entry.worth(base_price)).or_default() += 1;
        self.reserved = self.reserved.saturating_add(reserve(&entry.tx));
        self.entries.insert(nonce, entry);
    }

    /// Takes a transaction out.
    pub(crate) fn remove(&mut self, nonce: Nonce, base_price: u64) -> Option<Entry> {
        let entry = self.entries.remove(&nonce)?;
        self.reserved = self.reserved.saturating_sub(reserve(&entry.tx));
        let bid = entry.worth(base_price);
        match self.bids.get_mut(&bid) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.bids.remove(&bid)),
        }
        Some(entry)
    }

    /// Counts the bids anew against another base price.
    pub(crate) fn reprice(&mut self, base_price: u64) {
        self.bids.clear();
        for entry in self.entries.values() {
            *self.bids.entry(entry.worth(base_price)).or_default() += 1;
        }
    }

    fn is_gapless(&self, first: Nonce, last: Nonce) -> bool {
        let span = last.checked_sub(first).and_then(|span| span.checked_add(1));
        let starts = self
            .entries
            .first_key_value()
            .is_some_and(|(nonce, _)| *nonce == first);
        starts && span == u64::try_from(self.entries.len()).ok()
    }
}

//! One sender's waiting transactions in nonce order.
//!
//! Always: at most one transaction a nonce; `reserved` is the sum of what they may cost, `bids` counts
//! what they bid at the base price that the queue was priced with last.
//! Not here: the order between senders (`pool`).

use std::collections::BTreeMap;
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
}

/// All of one sender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    pub(crate) account: AccountView,
    entries: BTreeMap<Nonce, Entry>,
    reserved: Balance,
    /// How many bid how much: the lowest is known however often one of equals leaves.
    bids: BTreeMap<u64, usize>,
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

    /// The lowest bid in the queue: the tail is worth no more than what must run before it.
    pub(crate) fn worth(&self) -> u64 {
        self.bids.first_key_value().map_or(0, |(bid, _)| *bid)
    }

    /// The lowest of a bid and of those that must run before its nonce.
    pub(crate) fn worth_behind(&self, nonce: Nonce, bid: u64, base_price: u64) -> u64 {
        match self.entries.last_key_value() {
            None => bid,
            // Nearly always it comes behind all others, however many wait.
            Some((last, _)) if *last < nonce => bid.min(self.worth()),
            Some(_) => {
                let earlier = self.entries.range(..nonce);
                let bids = earlier.map(|(_, earlier)| earlier.priority(base_price));
                bids.fold(bid, u64::min)
            }
        }
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
        *self.bids.entry(entry.priority(base_price)).or_default() += 1;
        self.reserved = self.reserved.saturating_add(reserve(&entry.tx));
        self.entries.insert(nonce, entry);
    }

    /// Takes a transaction out.
    pub(crate) fn remove(&mut self, nonce: Nonce, base_price: u64) -> Option<Entry> {
        let entry = self.entries.remove(&nonce)?;
        self.reserved = self.reserved.saturating_sub(reserve(&entry.tx));
        let bid = entry.priority(base_price);
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
            *self.bids.entry(entry.priority(base_price)).or_default() += 1;
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

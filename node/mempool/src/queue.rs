//! One sender's waiting transactions in nonce order.
//!
//! Always: at most one transaction a nonce; `account.nonce` is not above the first of them.
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
    pub(crate) entries: BTreeMap<Nonce, Entry>,
}

impl Queue {
    /// The transaction that can run next, if its nonce is the account's.
    pub(crate) fn head(&self) -> Option<&Entry> {
        self.entries.get(&self.account.nonce)
    }

    /// The lowest bid in the queue: the tail is worth no more than what must run before it.
    pub(crate) fn worth(&self, base_price: u64) -> u64 {
        self.entries
            .values()
            .map(|entry| entry.priority(base_price))
            .min()
            .unwrap_or(0)
    }

    /// What all transactions but the one at `except` may cost.
    pub(crate) fn reserved(&self, except: Nonce) -> Balance {
        let others = self.entries.iter().filter(|(nonce, _)| **nonce != except);
        others.fold(0, |sum, (_, entry)| {
            Balance::saturating_add(sum, reserve(&entry.tx))
        })
    }

    /// The nonce after the gapless run that starts at the account's nonce.
    pub(crate) fn next_nonce(&self) -> Nonce {
        let mut next = self.account.nonce;
        while self.entries.contains_key(&next) {
            next = next.saturating_add(1);
        }
        next
    }
}

//! Handing transactions to the block builder: best paying first, nonces in order.
//!
//! Always: reads only; what was picked stays in the pool until its block is committed and
//! [`Mempool::update`] is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_primitives::{Nonce, VerifiedTransaction};

use crate::pool::{Mempool, Rank};
use crate::queue::Entry;

/// Walks the pool for one block.
///
/// Call [`Picker::peek`], then either [`Picker::take`] (included: the sender's next nonce comes
/// into play) or [`Picker::leave`] (does not fit or cannot run: nothing more of this sender).
pub struct Picker<'a> {
    pool: &'a Mempool,
    /// Heads of senders from which something was taken; merged with the pool's own order.
    moved: BTreeSet<(Rank, Nonce)>,
    untouched: std::iter::Peekable<std::iter::Rev<std::collections::btree_set::Iter<'a, Rank>>>,
}

impl Mempool {
    /// Starts a walk over what can be included now.
    pub fn pick(&self) -> Picker<'_> {
        Picker {
            pool: self,
            moved: BTreeSet::new(),
            untouched: self.ready.iter().rev().peekable(),
        }
    }
}

/// Where the best candidate stands.
#[derive(Clone, Copy)]
enum Source {
    Untouched(Rank),
    Moved(Rank, Nonce),
}

impl<'a> Picker<'a> {
    /// The best transaction that can be included next.
    pub fn peek(&mut self) -> Option<&'a Arc<VerifiedTransaction>> {
        loop {
            let source = self.best()?;
            match self
                .entry(source)
                .filter(|entry| entry.meets(self.pool.base_price()))
            {
                Some(entry) => return Some(&entry.tx),
                None => self.pass(source),
            }
        }
    }

    /// Includes the peeked transaction.
    pub fn take(&mut self) {
        let Some(source) = self.best() else { return };
        self.pass(source);
        let (sender, nonce) = match source {
            Source::Untouched((_, _, sender)) => (
                sender,
                self.pool
                    .senders
                    .get(&sender)
                    .map_or(0, |queue| queue.account.nonce),
            ),
            Source::Moved((_, _, sender), nonce) => (sender, nonce),
        };
        let Some(next) = nonce.checked_add(1) else {
            return;
        };
        if let Some(entry) = self
            .pool
            .senders
            .get(&sender)
            .and_then(|queue| queue.entries().get(&next))
        {
            let rank = (
                entry.priority(self.pool.base_price()),
                std::cmp::Reverse(entry.arrival),
                sender,
            );
            self.moved.insert((rank, next));
        }
    }

    /// Leaves the peeked transaction, and with it the rest of its sender, for a later block.
    pub fn leave(&mut self) {
        if let Some(source) = self.best() {
            self.pass(source);
        }
    }

    pub(crate) fn next_ready(mut self) -> bool {
        self.peek().is_some()
    }

    fn best(&mut self) -> Option<Source> {
        let untouched = self.untouched.peek().copied().copied();
        let moved = self.moved.last().copied();
        match (untouched, moved) {
            (Some(rank), Some((other, nonce))) if other > rank => Some(Source::Moved(other, nonce)),
            (Some(rank), _) => Some(Source::Untouched(rank)),
            (None, Some((rank, nonce))) => Some(Source::Moved(rank, nonce)),
            (None, None) => None,
        }
    }

    fn entry(&self, source: Source) -> Option<&'a Entry> {
        match source {
            Source::Untouched((_, _, sender)) => self.pool.senders.get(&sender)?.head(),
            Source::Moved((_, _, sender), nonce) => {
                self.pool.senders.get(&sender)?.entries().get(&nonce)
            }
        }
    }

    fn pass(&mut self, source: Source) {
        match source {
            Source::Untouched(_) => {
                self.untouched.next();
            }
            Source::Moved(rank, nonce) => {
                self.moved.remove(&(rank, nonce));
            }
        }
    }
}

//! The pool: insert, replace, evict, update.
//!
//! Always: the indices (`ids`, `ready`, `tails`, `expiry`, `bytes`) say the same as `senders`;
//! bounds of [`Limits`] hold after every call; nobody is evicted by who is worth no more; every call is
//! `O(log n)` in the pool's size for each transaction that comes or goes, but for `update` when the base
//! price moved, which re-ranks the senders, and for senders with a gap, or of whom a large newcomer takes
//! several: of these what waits is counted for each, at most `per_sender_max`.
//! Not here: signature and protocol checks, which the caller has made.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use argosy_primitives::{Address, Height, Nonce, TxId, VerifiedTransaction};

use crate::account::{AccountView, reserve};
use crate::error::{DropReason, Dropped, Reject};
use crate::limits::Limits;
use crate::queue::{Entry, Queue};

/// Rank of a sender's head: best first in reverse order; the earlier arrival wins a tie.
pub(crate) type Rank = (u64, std::cmp::Reverse<u64>, Address);

/// Rank of a sender's tail. No worth at all: it waits behind a gap, or for a lower base price, below
/// every bid, even of 0.
type TailRank = (Option<u64>, std::cmp::Reverse<u64>, Address);

/// Transactions that wait for a block.
#[derive(Clone, Debug)]
pub struct Mempool {
    limits: Limits,
    base_price: u64,
    arrivals: u64,
    bytes: usize,
    pub(crate) senders: BTreeMap<Address, Queue>,
    ids: BTreeMap<TxId, (Address, Nonce)>,
    /// Heads that can run next, worst to best.
    pub(crate) ready: BTreeSet<Rank>,
    /// Every sender by the worth of its tail, worst first: the order of eviction.
    tails: BTreeSet<TailRank>,
    expiry: BTreeSet<(Height, Address, Nonce)>,
}

/// What an admission did to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// The transactions that had to go, with the reason.
    pub dropped: Vec<Dropped>,
}

impl Mempool {
    /// An empty pool for a head with `base_price`.
    pub fn new(limits: Limits, base_price: u64) -> Mempool {
        Mempool {
            limits,
            base_price,
            arrivals: 0,
            bytes: 0,
            senders: BTreeMap::new(),
            ids: BTreeMap::new(),
            ready: BTreeSet::new(),
            tails: BTreeSet::new(),
            expiry: BTreeSet::new(),
        }
    }

    /// Number of waiting transactions.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Encoded bytes of all waiting transactions.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether at least one transaction can be included at the present base price.
    pub fn has_ready(&self) -> bool {
        self.pick().next_ready()
    }

    /// Whether nothing but the base price keeps waiting transactions out of the next block.
    pub fn waits_for_price(&self) -> bool {
        !self.ready.is_empty() && !self.has_ready()
    }

    /// The waiting transaction with this id.
    pub fn get(&self, id: &TxId) -> Option<&Arc<VerifiedTransaction>> {
        let (sender, nonce) = self.ids.get(id)?;
        Some(&self.senders.get(sender)?.entries().get(nonce)?.tx)
    }

    /// The nonce for the sender's next transaction, counting what waits without a gap.
    /// `None`: nothing of this sender waits, the account's own nonce counts.
    pub fn next_nonce(&self, sender: &Address) -> Option<Nonce> {
        self.senders.get(sender).map(Queue::next_nonce)
    }

    /// The same of every sender of which something waits.
    pub fn next_nonces(&self) -> BTreeMap<Address, Nonce> {
        let next = |(sender, queue): (&Address, &Queue)| (*sender, queue.next_nonce());
        self.senders.iter().map(next).collect()
    }

    /// Admits `tx` of a sender whose account at the head is `account`, or says why not.
    pub fn insert(
        &mut self,
        tx: Arc<VerifiedTransaction>,
        account: AccountView,
    ) -> Result<Inserted, Reject> {
        let sender = tx.sender();
        self.check(&tx, account)?;
        let old = self.outbid(&tx)?;
        let id = tx.id();
        let entry = Entry {
            tx,
            arrival: self.arrivals,
        };
        let victims = self.victims(&entry, account, old.as_ref())?;
        let mut dropped = Vec::new();
        if let Some(old) = old {
            dropped.extend(self.remove(&old.id(), DropReason::Replaced { by: id }));
        }
        for id in victims {
            dropped.extend(self.remove(&id, DropReason::Evicted));
        }
        self.arrivals += 1;
        self.add(sender, account, entry);
        Ok(Inserted { dropped })
    }

    /// Takes a transaction out that the executor refuses; `None` if it was not there.
    pub fn drop_inadmissible(&mut self, id: &TxId) -> Option<Dropped> {
        self.remove(id, DropReason::Inadmissible)
    }

    /// Follows the chain to a new head: `next_height` and `base_price` of the block to be built,
    /// and the accounts that the committed block changed. Transactions in `included` leave
    /// silently, all others that can no longer run leave with a reason.
    pub fn update(
        &mut self,
        next_height: Height,
        base_price: u64,
        included: &BTreeSet<TxId>,
        changed: &[(Address, AccountView)],
    ) -> Vec<Dropped> {
        let mut dropped = Vec::new();
        for (sender, account) in changed {
            self.follow_account(sender, *account, included, &mut dropped);
        }
        self.expire(next_height, &mut dropped);
        if base_price != self.base_price {
            self.rerank(base_price);
        }
        dropped
    }

    /// The flat list of rules that look at this transaction and its sender only.
    fn check(&self, tx: &VerifiedTransaction, account: AccountView) -> Result<(), Reject> {
        let (id, got, size) = (tx.id(), tx.transaction().nonce, tx.size_bytes());
        // A client that repeats itself is told so, whatever else is true.
        if self.ids.contains_key(&id) {
            return Err(Reject::Known { id });
        }
        if size > self.limits.bytes_max {
            return Err(Reject::TooLarge {
                size,
                max: self.limits.bytes_max,
            });
        }
        if got < account.nonce {
            return Err(Reject::NonceTooLow {
                expected: account.nonce,
                got,
            });
        }
        let last = account.nonce.saturating_add(self.limits.nonce_gap_max - 1);
        if got > last {
            return Err(Reject::NonceTooHigh {
                expected: account.nonce,
                last,
                got,
            });
        }
        let queue = self.senders.get(&tx.sender());
        let others = queue.map_or(0, |queue| queue.reserved(got));
        let need = others.saturating_add(reserve(tx));
        if need > account.balance {
            return Err(Reject::CannotPay {
                need,
                have: account.balance,
            });
        }
        let is_new = queue.is_none_or(|queue| !queue.entries().contains_key(&got));
        let count = queue.map_or(0, |queue| queue.entries().len());
        if is_new && count >= self.limits.per_sender_max {
            return Err(Reject::SenderFull {
                max: self.limits.per_sender_max,
            });
        }
        Ok(())
    }

    /// The transaction that `tx` replaces, if it waits for the same nonce and bids enough more.
    fn outbid(&self, tx: &VerifiedTransaction) -> Result<Option<Arc<VerifiedTransaction>>, Reject> {
        let nonce = tx.transaction().nonce;
        let old = self
            .senders
            .get(&tx.sender())
            .and_then(|queue| queue.entries().get(&nonce));
        let Some(old) = old else { return Ok(None) };
        let (bid, new) = (old.tx.transaction(), tx.transaction());
        let (tip_min, price_min) = (self.bumped(bid.tip), self.bumped(bid.max_gas_price));
        let is_less = new.tip < tip_min || new.max_gas_price < price_min;
        // The greatest bid there is cannot be raised.
        let is_equal = new.tip == bid.tip || new.max_gas_price == bid.max_gas_price;
        if is_less || is_equal {
            return Err(Reject::Underpriced {
                nonce,
                tip_min,
                price_min,
            });
        }
        Ok(Some(Arc::clone(&old.tx)))
    }

    /// `bid` raised by no less than the replacement percentage, and by at least 1.
    fn bumped(&self, bid: u64) -> u64 {
        let raise = u128::from(bid) * u128::from(self.limits.replace_bump_percent);
        let raise = raise.div_ceil(100);
        bid.saturating_add(u64::try_from(raise).unwrap_or(u64::MAX).max(1))
    }

    /// The transactions that must go so that `entry` fits, once `replaced` is gone: one after the other the
    /// tail that is worth the least, as if the newcomer were in its place; or a refusal, when what is left is
    /// worth as much as the newcomer.
    fn victims(
        &self,
        entry: &Entry,
        account: AccountView,
        replaced: Option<&Arc<VerifiedTransaction>>,
    ) -> Result<Vec<TxId>, Reject> {
        let mut bytes = self.bytes + entry.tx.size_bytes();
        let mut count = self.ids.len() + 1;
        if let Some(replaced) = replaced {
            bytes -= replaced.size_bytes();
            count -= 1;
        }
        let mut victims = Vec::new();
        if self.has_room(bytes, count) {
            return Ok(victims);
        }
        let (newcomer, nonce) = (entry.tx.sender(), entry.tx.transaction().nonce);
        let own = self.with(entry, account);
        let worth = match &own {
            Some(own) => own.worth_at(nonce, self.base_price),
            None => self.worth_of_tail(entry, account),
        };
        let tail = (worth, std::cmp::Reverse(entry.arrival), newcomer);
        let rank = |own: &Queue| self.rank_before(&newcomer, own, Bound::Unbounded);
        let own_rank = own.as_ref().and_then(rank).unwrap_or(tail);
        let others = self.tails.iter().filter(|(_, _, it)| *it != newcomer);
        let mut others = others.peekable();
        // What is left of the senders of whom something goes, and the nonce that it lies before.
        let mut rest: BTreeMap<TailRank, Bound<Nonce>> = BTreeMap::new();
        rest.insert(own_rank, Bound::Unbounded);
        while !self.has_room(bytes, count) {
            let is_rest = match (others.peek(), rest.first_key_value()) {
                (Some(other), Some((left, _))) => left < *other,
                (other, _) => other.is_none(),
            };
            let cheapest = match is_rest {
                true => rest.pop_first(),
                false => others.next().map(|rank| (*rank, Bound::Unbounded)),
            };
            let least = cheapest.and_then(|((least, _, _), _)| least);
            let Some(((_, _, sender), end)) = cheapest.filter(|_| least < worth) else {
                let tip_min = least.unwrap_or(0);
                return Err(Reject::PoolFull { tip_min });
            };
            let queue = match sender == newcomer {
                true => own.as_ref(),
                false => self.senders.get(&sender),
            };
            let Some((queue, (nonce, victim))) =
                queue.and_then(|queue| Some((queue, queue.last_before(end)?)))
            else {
                continue;
            };
            bytes -= victim.tx.size_bytes();
            count -= 1;
            victims.push(victim.tx.id());
            if !self.has_room(bytes, count) {
                let end = Bound::Excluded(nonce);
                rest.extend(self.rank_before(&sender, queue, end).map(|it| (it, end)));
            }
        }
        Ok(victims)
    }

    fn has_room(&self, bytes: usize, count: usize) -> bool {
        bytes <= self.limits.bytes_max && count <= self.limits.txs_max
    }

    /// What waits of a newcomer's sender, with the newcomer in its place; none if it comes behind all others, as
    /// it nearly always does.
    fn with(&self, entry: &Entry, account: AccountView) -> Option<Queue> {
        let queue = self.senders.get(&entry.tx.sender())?;
        let nonce = entry.tx.transaction().nonce;
        let (last, _) = queue.last_before(Bound::Unbounded)?;
        if last < nonce {
            return None;
        }
        let mut queue = queue.clone();
        queue.account = account;
        queue.remove(nonce, self.base_price);
        queue.insert(nonce, entry.clone(), self.base_price);
        Some(queue)
    }

    /// What a newcomer is worth that comes behind all others of its sender.
    fn worth_of_tail(&self, entry: &Entry, account: AccountView) -> Option<u64> {
        let (queue, nonce) = (
            self.senders.get(&entry.tx.sender()),
            entry.tx.transaction().nonce,
        );
        let next = queue.map_or(account.nonce, Queue::next_nonce);
        if nonce > next.max(account.nonce) {
            return None;
        }
        let bid = entry.worth(self.base_price);
        queue.map_or(bid, |others| bid.min(others.lowest()))
    }

    fn add(&mut self, sender: Address, account: AccountView, entry: Entry) {
        let (tx, nonce) = (Arc::clone(&entry.tx), entry.tx.transaction().nonce);
        self.unrank(&sender);
        let queue = self.senders.entry(sender).or_default();
        queue.account = account;
        queue.insert(nonce, entry, self.base_price);
        self.rank(&sender);
        self.bytes += tx.size_bytes();
        self.ids.insert(tx.id(), (sender, nonce));
        self.expiry
            .insert((tx.transaction().valid_until, sender, nonce));
    }

    fn remove(&mut self, id: &TxId, reason: DropReason) -> Option<Dropped> {
        let (sender, _) = *self.ids.get(id)?;
        self.unrank(&sender);
        let dropped = self.take(id, reason);
        self.rank(&sender);
        dropped
    }

    /// Takes out a transaction of a sender that is in neither order.
    fn take(&mut self, id: &TxId, reason: DropReason) -> Option<Dropped> {
        let (sender, nonce) = self.ids.remove(id)?;
        let queue = self.senders.get_mut(&sender);
        if let Some(entry) = queue.and_then(|queue| queue.remove(nonce, self.base_price)) {
            self.bytes -= entry.tx.size_bytes();
            let valid_until = entry.tx.transaction().valid_until;
            self.expiry.remove(&(valid_until, sender, nonce));
        }
        Some(Dropped {
            id: *id,
            sender,
            reason,
        })
    }

    /// Takes over a changed account: drops what it has used or can no longer pay.
    fn follow_account(
        &mut self,
        sender: &Address,
        account: AccountView,
        included: &BTreeSet<TxId>,
        dropped: &mut Vec<Dropped>,
    ) {
        self.unrank(sender);
        let Some(queue) = self.senders.get_mut(sender) else {
            return;
        };
        queue.account = account;
        let mut gone = Vec::new();
        let mut reserved = 0u128;
        for (nonce, entry) in queue.entries() {
            let cost = reserve(&entry.tx);
            if *nonce < account.nonce {
                gone.push((entry.tx.id(), DropReason::NonceUsed));
            } else if reserved.saturating_add(cost) > account.balance {
                gone.push((entry.tx.id(), DropReason::CannotPay));
            } else {
                reserved = reserved.saturating_add(cost);
            }
        }
        // Once for all that leave: one after another, each would count what waits behind it.
        for (id, reason) in gone {
            let left = self.take(&id, reason);
            dropped.extend(left.filter(|left| !included.contains(&left.id)));
        }
        self.rank(sender);
    }

    fn expire(&mut self, next_height: Height, dropped: &mut Vec<Dropped>) {
        while let Some(&(valid_until, sender, nonce)) = self.expiry.first() {
            if valid_until >= next_height {
                break;
            }
            let entry = self
                .senders
                .get(&sender)
                .and_then(|queue| queue.entries().get(&nonce));
            let Some(id) = entry.map(|entry| entry.tx.id()) else {
                break;
            };
            dropped.extend(self.remove(&id, DropReason::Expired { valid_until }));
        }
    }

    fn rerank(&mut self, base_price: u64) {
        self.base_price = base_price;
        self.ready.clear();
        self.tails.clear();
        let senders: Vec<Address> = self.senders.keys().copied().collect();
        for sender in senders {
            if let Some(queue) = self.senders.get_mut(&sender) {
                queue.reprice(base_price);
            }
            self.rank(&sender);
        }
    }

    /// Enters a sender into both orders, or forgets it when nothing of it waits.
    fn rank(&mut self, sender: &Address) {
        let Some(queue) = self.senders.get(sender) else {
            return;
        };
        if queue.entries().is_empty() {
            self.senders.remove(sender);
            return;
        }
        self.ready.extend(self.ready_rank(sender));
        self.tails.extend(self.tail_rank(sender));
    }

    fn unrank(&mut self, sender: &Address) {
        if let Some(rank) = self.ready_rank(sender) {
            self.ready.remove(&rank);
        }
        if let Some(rank) = self.tail_rank(sender) {
            self.tails.remove(&rank);
        }
    }

    fn ready_rank(&self, sender: &Address) -> Option<Rank> {
        let head = self.senders.get(sender)?.head()?;
        Some((
            head.priority(self.base_price),
            std::cmp::Reverse(head.arrival),
            *sender,
        ))
    }

    fn tail_rank(&self, sender: &Address) -> Option<TailRank> {
        let queue = self.senders.get(sender)?;
        self.rank_before(sender, queue, Bound::Unbounded)
    }

    /// The rank of what would be a sender's tail without what lies behind an end.
    fn rank_before(&self, sender: &Address, queue: &Queue, end: Bound<Nonce>) -> Option<TailRank> {
        let (nonce, tail) = queue.last_before(end)?;
        let worth = queue.worth_at(nonce, self.base_price);
        Some((worth, std::cmp::Reverse(tail.arrival), *sender))
    }

    /// The base price that priorities are counted against.
    pub fn base_price(&self) -> u64 {
        self.base_price
    }
}

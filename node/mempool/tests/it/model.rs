//! The pool against a naive one, which keeps a list and counts everything anew whenever it is asked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use argosy_mempool::{AccountView, Dropped, Limits, Mempool};
use argosy_primitives::{Address, Transaction, TxId, VerifiedTransaction};
use proptest::prelude::*;

use super::{BASE, Bid, bid, picked, sized, tx};

const SENDERS: u8 = 4;

/// A transaction, and when it came.
#[derive(Clone)]
struct Waiting {
    tx: Arc<VerifiedTransaction>,
    arrival: u64,
}

impl Waiting {
    fn said(&self) -> &Transaction {
        self.tx.transaction()
    }

    /// What it bids at a base price, if it can be included.
    fn bid(&self, base: u64) -> Option<u64> {
        let above = self.said().max_gas_price.checked_sub(base)?;
        Some(above.min(self.said().tip))
    }

    fn cost(&self) -> u128 {
        u128::from(self.said().gas_limit) * u128::from(self.said().max_gas_price)
    }
}

/// What left, and why.
type Gone = BTreeSet<(TxId, &'static str)>;

struct Naive {
    limits: Limits,
    base: u64,
    arrivals: u64,
    accounts: BTreeMap<Address, AccountView>,
    waiting: Vec<Waiting>,
}

impl Naive {
    fn account(&self, sender: &Address) -> AccountView {
        self.accounts[sender]
    }

    /// The nonce after those that wait without a gap.
    fn next_nonce(&self, waiting: &[Waiting], sender: &Address) -> u64 {
        let mut next = self.account(sender).nonce;
        while waiting
            .iter()
            .any(|it| it.tx.sender() == *sender && it.said().nonce == next)
        {
            next += 1;
        }
        next
    }

    /// The lowest bid of those that must run, if they all can.
    fn worth(&self, waiting: &[Waiting], of: &Waiting) -> Option<u64> {
        let (sender, nonce) = (of.tx.sender(), of.said().nonce);
        if nonce >= self.next_nonce(waiting, &sender) {
            return None;
        }
        let until = waiting
            .iter()
            .filter(|it| it.tx.sender() == sender && it.said().nonce <= nonce);
        until.map(|it| it.bid(self.base)).min().flatten()
    }

    /// The tail that is worth the least, the latest of equals.
    fn cheapest(&self, waiting: &[Waiting]) -> Option<(Option<u64>, Waiting)> {
        let is_tail = |it: &&Waiting| {
            !waiting.iter().any(|other| {
                other.tx.sender() == it.tx.sender() && other.said().nonce > it.said().nonce
            })
        };
        let tails = waiting.iter().filter(is_tail);
        let ranked = tails.map(|it| (self.worth(waiting, it), it.clone()));
        ranked.min_by_key(|(worth, it)| (*worth, Reverse(it.arrival)))
    }

    fn has_room(&self, waiting: &[Waiting]) -> bool {
        let bytes: usize = waiting.iter().map(|it| it.tx.size_bytes()).sum();
        waiting.len() <= self.limits.txs_max && bytes <= self.limits.bytes_max
    }

    fn refusal(&self, new: &Waiting) -> Option<&'static str> {
        let account = self.account(&new.tx.sender());
        let nonce = new.said().nonce;
        let own = |it: &&Waiting| it.tx.sender() == new.tx.sender() && it.said().nonce != nonce;
        let others: u128 = self.waiting.iter().filter(own).map(Waiting::cost).sum();
        let count = self.waiting.iter().filter(own).count();
        let old = self.old(new);
        let raised = |old: u64, new: u64| {
            let percent = 100 + u128::from(self.limits.replace_bump_percent);
            new > old && u128::from(new) * 100 >= u128::from(old) * percent
        };
        let is_outbid = old.is_none_or(|old| {
            raised(old.said().tip, new.said().tip)
                && raised(old.said().max_gas_price, new.said().max_gas_price)
        });
        let rules = [
            (
                "known",
                self.waiting.iter().any(|it| it.tx.id() == new.tx.id()),
            ),
            ("too_large", new.tx.size_bytes() > self.limits.bytes_max),
            ("nonce_too_low", nonce < account.nonce),
            (
                "nonce_too_high",
                nonce >= account.nonce + self.limits.nonce_gap_max,
            ),
            ("cannot_pay", others + new.cost() > account.balance),
            (
                "sender_full",
                old.is_none() && count >= self.limits.per_sender_max,
            ),
            ("underpriced", !is_outbid),
        ];
        let broken = rules.into_iter().find(|(_, is_broken)| *is_broken);
        broken.map(|(name, _)| name)
    }

    fn old(&self, new: &Waiting) -> Option<&Waiting> {
        let place = |it: &Waiting| (it.tx.sender(), it.said().nonce);
        self.waiting.iter().find(|it| place(it) == place(new))
    }

    fn insert(&mut self, tx: Arc<VerifiedTransaction>) -> Result<Gone, &'static str> {
        let arrival = self.arrivals;
        let new = Waiting { tx, arrival };
        if let Some(refusal) = self.refusal(&new) {
            return Err(refusal);
        }
        let mut gone = Gone::new();
        let mut waiting = self.waiting.clone();
        if let Some(old) = self.old(&new) {
            let id = old.tx.id();
            gone.insert((id, "replaced"));
            waiting.retain(|it| it.tx.id() != id);
        }
        waiting.push(new.clone());
        let worth = self.worth(&waiting, &new);
        let mut left = waiting.clone();
        while !self.has_room(&left) {
            let (least, victim) = self.cheapest(&left).unwrap();
            if least >= worth {
                return Err("pool_full");
            }
            gone.insert((victim.tx.id(), "evicted"));
            left.retain(|it| it.tx.id() != victim.tx.id());
        }
        self.arrivals += 1;
        self.waiting = left;
        Ok(gone)
    }

    fn update(
        &mut self,
        next_height: u64,
        base: u64,
        included: &BTreeSet<TxId>,
        changed: &[(Address, AccountView)],
    ) -> Gone {
        let mut gone = Gone::new();
        for (sender, account) in changed {
            self.accounts.insert(*sender, *account);
            let own = self.waiting.iter().filter(|it| it.tx.sender() == *sender);
            let mut own: Vec<Waiting> = own.cloned().collect();
            own.sort_by_key(|it| it.said().nonce);
            let mut reserved = 0;
            for it in own {
                if it.said().nonce < account.nonce {
                    gone.insert((it.tx.id(), "nonce_used"));
                } else if reserved + it.cost() > account.balance {
                    gone.insert((it.tx.id(), "cannot_pay"));
                } else {
                    reserved += it.cost();
                }
            }
        }
        self.forget(&gone);
        let is_late = |it: &&Waiting| it.said().valid_until < next_height;
        let late = self.waiting.iter().filter(is_late);
        let late: Gone = late.map(|it| (it.tx.id(), "expired")).collect();
        self.forget(&late);
        self.base = base;
        gone.extend(late);
        gone.retain(|(id, _)| !included.contains(id));
        gone
    }

    fn forget(&mut self, gone: &Gone) {
        self.waiting
            .retain(|it| gone.iter().all(|(id, _)| *id != it.tx.id()));
    }

    /// What a block would take, in order.
    fn picked(&self) -> Vec<TxId> {
        let mut next: BTreeMap<Address, u64> = BTreeMap::new();
        for (sender, account) in &self.accounts {
            next.insert(*sender, account.nonce);
        }
        let mut order = Vec::new();
        loop {
            let heads = self.waiting.iter().filter(|it| {
                it.said().nonce == next[&it.tx.sender()] && it.bid(self.base).is_some()
            });
            let best = heads.max_by_key(|it| (it.bid(self.base), Reverse(it.arrival)));
            let Some(best) = best else { return order };
            order.push(best.tx.id());
            *next.get_mut(&best.tx.sender()).unwrap() += 1;
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Of a sender, so far ahead of its account.
    Insert {
        from: u8,
        ahead: u64,
        tip: u64,
        ceiling: u64,
        actions: usize,
        lasts: u64,
    },
    /// The first of those that can be taken are; their senders have this left.
    Block {
        count: usize,
        base: u64,
        balance: u128,
    },
    /// A sender's nonce is used by what the pool never saw.
    Rival { from: u8, balance: u128 },
    /// The executor refuses one.
    Refuse { at: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let from = 1..=SENDERS;
    let balance = 0_u128..400_000;
    prop_oneof![
        8 => (from.clone(), 0_u64..9, 0_u64..30, 0_u64..40, 1_usize..8, 1_u64..9).prop_map(
            |(from, ahead, tip, ceiling, actions, lasts)| Step::Insert {
                from, ahead, tip, ceiling, actions, lasts,
            }
        ),
        1 => (0_usize..4, BASE..BASE + 20, balance.clone())
            .prop_map(|(count, base, balance)| Step::Block { count, base, balance }),
        1 => (from, balance).prop_map(|(from, balance)| Step::Rival { from, balance }),
        1 => (0_usize..8).prop_map(|at| Step::Refuse { at }),
    ]
}

struct Both {
    pool: Mempool,
    naive: Naive,
    height: u64,
}

fn address(from: u8) -> Address {
    tx(bid(from, 0, 0)).sender()
}

fn reasons(dropped: &[Dropped]) -> Gone {
    let gone: Gone = dropped
        .iter()
        .map(|it| (it.id, it.reason.as_str()))
        .collect();
    assert_eq!(gone.len(), dropped.len(), "each leaves once: {dropped:?}");
    gone
}

impl Both {
    fn new() -> Both {
        let small = tx(bid(1, 0, 0)).size_bytes();
        let limits = Limits {
            bytes_max: 7 * small,
            txs_max: 6,
            per_sender_max: 4,
            nonce_gap_max: 6,
            replace_bump_percent: 10,
        };
        let account = AccountView {
            nonce: 0,
            balance: 200_000,
        };
        Both {
            pool: Mempool::new(limits, BASE),
            naive: Naive {
                limits,
                base: BASE,
                arrivals: 0,
                accounts: (1..=SENDERS).map(|it| (address(it), account)).collect(),
                waiting: Vec::new(),
            },
            height: 1,
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Insert {
                from,
                ahead,
                tip,
                ceiling,
                actions,
                lasts,
            } => {
                let account = self.naive.account(&address(from));
                // Some are behind the account.
                let nonce = (account.nonce + ahead).saturating_sub(1);
                let bid = Bid {
                    from,
                    nonce,
                    tip,
                    valid_until: self.height + lasts,
                };
                let tx = sized(bid, BASE + ceiling, actions);
                let inserted = self.pool.insert(Arc::clone(&tx), account);
                let found = inserted.map(|it| reasons(&it.dropped));
                let found = found.map_err(|refusal| refusal.as_str());
                assert_eq!(found, self.naive.insert(tx));
            }
            Step::Block {
                count,
                base,
                balance,
            } => {
                let taken: Vec<TxId> = self.naive.picked().into_iter().take(count).collect();
                let mut changed = BTreeMap::new();
                for it in &self.naive.waiting {
                    let (sender, nonce) = (it.tx.sender(), it.said().nonce + 1);
                    if taken.contains(&it.tx.id()) {
                        let account = AccountView { nonce, balance };
                        let known: &mut AccountView = changed.entry(sender).or_insert(account);
                        known.nonce = known.nonce.max(nonce);
                    }
                }
                let changed: Vec<_> = changed.into_iter().collect();
                let included: BTreeSet<TxId> = taken.into_iter().collect();
                self.follow(base, &included, &changed);
            }
            Step::Rival { from, balance } => {
                let sender = address(from);
                let nonce = self.naive.account(&sender).nonce + 1;
                let base = self.naive.base;
                let changed = [(sender, AccountView { nonce, balance })];
                self.follow(base, &BTreeSet::new(), &changed);
            }
            Step::Refuse { at } => {
                let Some(it) = self.naive.waiting.get(at).cloned() else {
                    return;
                };
                let dropped = self.pool.drop_inadmissible(&it.tx.id()).unwrap();
                let gone = reasons(&[dropped]);
                assert_eq!(gone, Gone::from([(it.tx.id(), "inadmissible")]));
                self.naive.forget(&gone);
            }
        }
    }

    fn follow(&mut self, base: u64, included: &BTreeSet<TxId>, changed: &[(Address, AccountView)]) {
        self.height += 1;
        let dropped = self.pool.update(self.height, base, included, changed);
        let expected = self.naive.update(self.height, base, included, changed);
        assert_eq!(reasons(&dropped), expected);
    }

    fn compare(&self) {
        let (pool, naive) = (&self.pool, &self.naive);
        assert_eq!(pool.len(), naive.waiting.len());
        assert_eq!(pool.is_empty(), naive.waiting.is_empty());
        let bytes: usize = naive.waiting.iter().map(|it| it.tx.size_bytes()).sum();
        assert_eq!(pool.size_bytes(), bytes);
        assert!(
            naive
                .waiting
                .iter()
                .all(|it| pool.get(&it.tx.id()).is_some())
        );
        let mut next = BTreeMap::new();
        for it in &naive.waiting {
            let sender = it.tx.sender();
            next.insert(sender, naive.next_nonce(&naive.waiting, &sender));
        }
        assert_eq!(pool.next_nonces(), next);
        let order = naive.picked();
        assert_eq!(picked(pool), order);
        assert_eq!(pool.has_ready(), !order.is_empty());
        let is_head = |it: &Waiting| it.said().nonce == naive.account(&it.tx.sender()).nonce;
        let waits = naive.waiting.iter().any(is_head) && order.is_empty();
        assert_eq!(pool.waits_for_price(), waits);
        assert_eq!(pool.base_price(), naive.base);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever comes: who is let in, who has to go and why, what is counted, and the order are those of the
    /// naive pool.
    #[test]
    fn is_the_naive_pool(steps in prop::collection::vec(step(), 1..80)) {
        let mut both = Both::new();
        for step in &steps {
            both.run(step);
            both.compare();
        }
    }
}

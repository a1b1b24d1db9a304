//! The pool against its rules, case by case, and against its bounds in random runs.

#![allow(clippy::unwrap_used)] // a test may panic

mod bids; // who goes before whom, and who makes room for whom
mod model; // the pool against one that counts everything anew

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use argosy_mempool::{AccountView, DropReason, Dropped, Limits, Mempool, Reject};
use argosy_primitives::{
    Action, Address, GenesisHash, SecretKey, Transaction, TxId, VerifiedTransaction,
};
use proptest::prelude::*;

const BASE: u64 = 10;

#[derive(Clone, Copy)]
struct Bid {
    from: u8,
    nonce: u64,
    tip: u64,
    valid_until: u64,
}

fn bid(from: u8, nonce: u64, tip: u64) -> Bid {
    Bid {
        from,
        nonce,
        tip,
        valid_until: 100,
    }
}

fn tx(bid: Bid) -> Arc<VerifiedTransaction> {
    sized(bid, BASE + bid.tip, 1)
}

/// With another price ceiling than the bid needs, and as large as so many actions make it.
fn sized(bid: Bid, max_gas_price: u64, actions: usize) -> Arc<VerifiedTransaction> {
    let key = SecretKey::generate_from([bid.from; 32]);
    let transaction = Transaction {
        chain: GenesisHash::ZERO,
        signer: key.public(),
        nonce: bid.nonce,
        valid_until: bid.valid_until,
        gas_limit: 1_000,
        max_gas_price,
        tip: bid.tip,
        deposit_max: 0,
        actions: vec![
            Action::Transfer {
                to: Address::SYSTEM,
                amount: 1,
            };
            actions
        ],
    };
    Arc::new(transaction.sign(&key).verify().unwrap())
}

const RICH: AccountView = AccountView {
    nonce: 0,
    balance: 1 << 100,
};

fn pool(limits: Limits) -> Mempool {
    Mempool::new(limits, BASE)
}

fn left(bid: Bid, reason: DropReason) -> Dropped {
    let tx = tx(bid);
    Dropped {
        id: tx.id(),
        sender: tx.sender(),
        reason,
    }
}

/// Picks everything that can be included now, in order, as (sender byte, nonce).
fn picked(pool: &Mempool) -> Vec<TxId> {
    let (mut picker, mut ids) = (pool.pick(), Vec::new());
    while let Some(tx) = picker.peek() {
        ids.push(tx.id());
        picker.take();
    }
    ids
}

fn ids(bids: &[Bid]) -> Vec<TxId> {
    bids.iter().map(|it| tx(*it).id()).collect()
}

#[test]
fn hands_out_the_best_bid_first_but_never_skips_a_nonce() {
    let mut pool = pool(Limits::default());
    let (low, high, other) = (bid(1, 0, 1), bid(1, 1, 9), bid(2, 0, 5));
    for it in [high, other, low] {
        pool.insert(tx(it), RICH).unwrap();
    }
    assert_eq!(picked(&pool), ids(&[other, low, high]));
}

#[test]
fn the_earlier_of_two_equal_bids_goes_first() {
    let mut pool = pool(Limits::default());
    let (first, second) = (bid(2, 0, 5), bid(1, 0, 5));
    for it in [first, second] {
        pool.insert(tx(it), RICH).unwrap();
    }
    assert_eq!(picked(&pool), ids(&[first, second]));
}

#[test]
fn leaving_one_transaction_leaves_its_successors() {
    let mut pool = pool(Limits::default());
    for it in [bid(1, 0, 9), bid(1, 1, 9), bid(2, 0, 1)] {
        pool.insert(tx(it), RICH).unwrap();
    }
    let mut picker = pool.pick();
    picker.leave();
    assert_eq!(picker.peek().map(|tx| tx.id()), Some(tx(bid(2, 0, 1)).id()));
}

#[test]
fn waits_for_the_missing_nonce() {
    let mut pool = pool(Limits::default());
    pool.insert(tx(bid(1, 1, 1)), RICH).unwrap();
    assert!(!pool.has_ready());
    assert_eq!(pool.next_nonce(&tx(bid(1, 0, 1)).sender()), Some(0));
    pool.insert(tx(bid(1, 0, 1)), RICH).unwrap();
    assert_eq!(picked(&pool), ids(&[bid(1, 0, 1), bid(1, 1, 1)]));
    assert_eq!(pool.next_nonce(&tx(bid(1, 0, 1)).sender()), Some(2));
}

#[test]
fn a_price_ceiling_below_the_base_price_waits_and_comes_back() {
    let mut pool = pool(Limits::default());
    pool.insert(tx(bid(1, 0, 3)), RICH).unwrap();
    assert!(pool.update(2, BASE + 4, &BTreeSet::new(), &[]).is_empty());
    assert!(!pool.has_ready());
    pool.update(3, BASE + 3, &BTreeSet::new(), &[]);
    assert!(pool.has_ready());
}

#[track_caller]
fn check_refused(limits: Limits, before: &[Bid], last: Bid, account: AccountView, expected: &str) {
    let mut pool = pool(limits);
    for it in before {
        pool.insert(tx(*it), RICH).unwrap();
    }
    let (count, bytes, order) = (pool.len(), pool.size_bytes(), picked(&pool));
    let refused = pool.insert(tx(last), account).unwrap_err();
    assert_eq!(refused.as_str(), expected, "{refused}");
    assert_eq!(
        (pool.len(), pool.size_bytes(), picked(&pool)),
        (count, bytes, order),
        "the pool changed"
    );
}

#[test]
fn refuses_with_a_reason_and_stays_as_it_was() {
    let limits = Limits {
        txs_max: 3,
        per_sender_max: 2,
        ..Limits::default()
    };
    let one = [bid(1, 0, 10)];
    check_refused(limits, &one, bid(1, 0, 10), RICH, "known");
    check_refused(
        limits,
        &one,
        bid(1, 0, 10),
        AccountView { nonce: 9, ..RICH },
        "known",
    );
    check_refused(
        limits,
        &one,
        bid(2, 4, 1),
        AccountView { nonce: 5, ..RICH },
        "nonce_too_low",
    );
    check_refused(limits, &one, bid(2, 64, 1), RICH, "nonce_too_high");
    check_refused(limits, &one, bid(1, 0, 10 + 1), RICH, "underpriced");
    check_refused(
        limits,
        &one,
        bid(2, 0, 1),
        AccountView {
            nonce: 0,
            balance: 10_999,
        },
        "cannot_pay",
    );
    check_refused(
        limits,
        &[bid(1, 0, 1), bid(1, 1, 1)],
        bid(1, 2, 9),
        RICH,
        "sender_full",
    );
    let full = [bid(1, 0, 5), bid(2, 0, 5), bid(3, 0, 5)];
    check_refused(limits, &full, bid(4, 0, 5), RICH, "pool_full");
    check_refused(limits, &full, bid(1, 1, 9), RICH, "pool_full");
    let tiny = Limits {
        bytes_max: 100,
        ..Limits::default()
    };
    check_refused(tiny, &[], bid(1, 0, 1), RICH, "too_large");
}

#[test]
fn counts_all_waiting_transactions_against_the_balance() {
    let mut pool = pool(Limits::default());
    let account = AccountView {
        nonce: 0,
        balance: 2 * 11_000,
    };
    pool.insert(tx(bid(1, 0, 1)), account).unwrap();
    pool.insert(tx(bid(1, 1, 1)), account).unwrap();
    let refused = pool.insert(tx(bid(1, 2, 1)), account).unwrap_err();
    assert_eq!(
        refused,
        Reject::CannotPay {
            need: 33_000,
            have: 22_000
        }
    );
}

#[test]
fn a_better_bid_for_the_same_nonce_replaces_also_in_a_full_pool() {
    let mut pool = pool(Limits {
        txs_max: 1,
        ..Limits::default()
    });
    pool.insert(tx(bid(1, 0, 10)), RICH).unwrap();
    let new = tx(bid(1, 0, 13));
    let inserted = pool.insert(Arc::clone(&new), RICH).unwrap();
    let reason = DropReason::Replaced { by: new.id() };
    assert_eq!(inserted.dropped, [left(bid(1, 0, 10), reason)]);
    assert_eq!(picked(&pool), [new.id()]);
}

#[test]
fn a_full_pool_evicts_the_tail_of_the_cheapest_sender() {
    let mut pool = pool(Limits {
        txs_max: 3,
        ..Limits::default()
    });
    for it in [bid(1, 0, 2), bid(1, 1, 50), bid(2, 0, 5)] {
        pool.insert(tx(it), RICH).unwrap();
    }
    // The tail bids 50, but it is worth the 2 of what must run before it.
    let inserted = pool.insert(tx(bid(3, 0, 3)), RICH).unwrap();
    assert_eq!(inserted.dropped, [left(bid(1, 1, 50), DropReason::Evicted)]);
}

#[test]
fn a_newcomer_is_worth_no_more_than_what_must_run_before_it() {
    let mut pool = pool(Limits {
        txs_max: 3,
        ..Limits::default()
    });
    for it in [bid(1, 0, 2), bid(1, 1, 50), bid(2, 0, 5)] {
        pool.insert(tx(it), RICH).unwrap();
    }
    // Its own 99 would go before the 5 of another.
    assert!(matches!(
        pool.insert(tx(bid(1, 2, 99)), RICH),
        Err(Reject::PoolFull { .. })
    ));
    assert_eq!(pool.len(), 3);
}

#[test]
fn what_waits_behind_a_gap_does_not_keep_others_out() {
    let mut pool = pool(Limits {
        txs_max: 3,
        ..Limits::default()
    });
    let (first, behind) = (bid(1, 0, 90), bid(1, 2, 99));
    for it in [first, behind, bid(2, 1, 99)] {
        pool.insert(tx(it), RICH).unwrap();
    }
    // Worth nothing itself.
    assert!(matches!(
        pool.insert(tx(bid(4, 1, 99)), RICH),
        Err(Reject::PoolFull { tip_min: 0 })
    ));
    // What can run goes before it with any bid, also with none.
    for (from, tip) in [(3, 5), (4, 0)] {
        let inserted = pool.insert(tx(bid(from, 0, tip)), RICH).unwrap();
        assert_eq!(inserted.dropped.len(), 1);
    }
    assert_eq!(picked(&pool), ids(&[first, bid(3, 0, 5), bid(4, 0, 0)]));
    // And competes by its bid as before.
    assert!(pool.insert(tx(bid(5, 0, 0)), RICH).is_err());
    assert!(pool.insert(tx(bid(5, 0, 1)), RICH).is_ok());
}

#[test]
fn follows_the_chain_and_says_why_each_transaction_left() {
    let mut pool = pool(Limits::default());
    let bids = [bid(1, 0, 1), bid(1, 1, 1), bid(2, 0, 1), bid(3, 0, 1)];
    for it in bids {
        pool.insert(tx(it), RICH).unwrap();
    }
    let brief = Bid {
        valid_until: 5,
        ..bid(4, 0, 1)
    };
    pool.insert(tx(brief), RICH).unwrap();
    let sender = |from: u8| tx(bid(from, 0, 1)).sender();
    let included = BTreeSet::from([tx(bid(1, 0, 1)).id()]);
    let changed = [
        (sender(1), AccountView { nonce: 1, ..RICH }),
        (sender(2), AccountView { nonce: 1, ..RICH }),
        (
            sender(3),
            AccountView {
                nonce: 0,
                balance: 5,
            },
        ),
    ];
    let dropped: BTreeMap<TxId, DropReason> = pool
        .update(6, BASE, &included, &changed)
        .into_iter()
        .map(|it| (it.id, it.reason))
        .collect();
    let expected = BTreeMap::from([
        (tx(bid(2, 0, 1)).id(), DropReason::NonceUsed),
        (tx(bid(3, 0, 1)).id(), DropReason::CannotPay),
        (tx(brief).id(), DropReason::Expired { valid_until: 5 }),
    ]);
    assert_eq!(dropped, expected);
    assert_eq!(picked(&pool), ids(&[bid(1, 1, 1)]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever comes: bounds hold, the picker gives each sender's nonces in order without a gap,
    /// and every admitted transaction is either still there or was reported once.
    #[test]
    fn stays_bounded_and_accounts_for_every_transaction(
        steps in prop::collection::vec((1u8..6, 0u64..8, 0u64..40, 1u64..12, any::<bool>()), 1..60)
    ) {
        let limits = Limits { txs_max: 8, per_sender_max: 4, ..Limits::default() };
        let mut pool = pool(limits);
        let mut inside = BTreeSet::new();
        let mut nonces = BTreeMap::<u8, u64>::new();
        let mut height = 1;
        for (from, nonce, tip, valid_until, advance) in steps {
            let account = AccountView { nonce: *nonces.entry(from).or_default(), ..RICH };
            let tx = tx(Bid { from, nonce, tip, valid_until: height + valid_until });
            let mut left = Vec::new();
            if let Ok(inserted) = pool.insert(Arc::clone(&tx), account) {
                inside.insert(tx.id());
                left = inserted.dropped;
            }
            if advance {
                height += 1;
                let best = pool.pick().peek().cloned();
                let (mut included, mut changed) = (BTreeSet::new(), Vec::new());
                if let Some(best) = best {
                    included.insert(best.id());
                    inside.remove(&best.id());
                    let next = best.transaction().nonce + 1;
                    for key in 1u8..6 {
                        if SecretKey::generate_from([key; 32]).public() == best.transaction().signer {
                            nonces.insert(key, next);
                        }
                    }
                    changed.push((best.sender(), AccountView { nonce: next, ..RICH }));
                }
                left.extend(pool.update(height, BASE + tip % 3, &included, &changed));
            }
            for dropped in left {
                prop_assert!(inside.remove(&dropped.id), "{dropped:?} was not inside");
            }
            prop_assert_eq!(pool.len(), inside.len());
            prop_assert!(pool.len() <= limits.txs_max);
            prop_assert!(inside.iter().all(|id| pool.get(id).is_some()));
            let bytes: usize = inside.iter().filter_map(|id| pool.get(id)).map(|tx| tx.size_bytes()).sum();
            prop_assert_eq!(pool.size_bytes(), bytes);
            let order = picked(&pool);
            let mut next = BTreeMap::<Address, u64>::new();
            for tx in order.iter().filter_map(|id| pool.get(id)) {
                let expected = next.entry(tx.sender()).or_insert(tx.transaction().nonce);
                prop_assert_eq!(*expected, tx.transaction().nonce);
                *expected += 1;
            }
        }
    }
}

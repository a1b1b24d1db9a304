//! Whom a bid makes room for, and at whose expense.

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_mempool::{DropReason, Limits, Reject};

use super::{BASE, RICH, bid, ids, left, picked, pool, sized, tx};

fn holding(txs_max: usize) -> Limits {
    Limits {
        txs_max,
        ..Limits::default()
    }
}

#[test]
fn what_cannot_pay_the_base_price_keeps_nobody_out() {
    let mut pool = pool(holding(2));
    let (poor, rich) = (bid(1, 0, 3), bid(2, 0, 9));
    for it in [poor, rich] {
        pool.insert(tx(it), RICH).unwrap();
    }
    // The price rises above what the first would pay.
    pool.update(2, BASE + 4, &BTreeSet::new(), &[]);
    let newcomer = sized(bid(3, 0, 0), BASE + 4, 1);
    let inserted = pool.insert(Arc::clone(&newcomer), RICH).unwrap();
    assert_eq!(inserted.dropped, [left(poor, DropReason::Evicted)]);
    assert_eq!(picked(&pool), [tx(rich).id(), newcomer.id()]);
    // And who cannot pay it either makes nobody leave.
    let late = pool.insert(sized(bid(4, 0, 99), BASE, 1), RICH);
    assert_eq!(late, Err(Reject::PoolFull { tip_min: 0 }));
}

#[test]
fn what_waits_behind_what_cannot_pay_is_worth_nothing() {
    let mut pool = pool(holding(2));
    let (first, behind) = (sized(bid(1, 0, 50), BASE, 1), tx(bid(1, 1, 50)));
    for it in [&first, &behind] {
        pool.insert(Arc::clone(it), RICH).unwrap();
    }
    pool.update(2, BASE + 1, &BTreeSet::new(), &[]);
    let newcomer = sized(bid(2, 0, 0), BASE + 1, 1);
    let inserted = pool.insert(Arc::clone(&newcomer), RICH).unwrap();
    assert_eq!(inserted.dropped, [left(bid(1, 1, 50), DropReason::Evicted)]);
    assert_eq!(picked(&pool), [newcomer.id()]);
}

#[test]
fn a_sender_fills_its_own_gap_in_a_full_pool() {
    let mut pool = pool(holding(2));
    let (behind, other) = (bid(1, 1, 50), bid(2, 0, 3));
    for it in [behind, other] {
        pool.insert(tx(it), RICH).unwrap();
    }
    let inserted = pool.insert(tx(bid(1, 0, 9)), RICH).unwrap();
    assert_eq!(inserted.dropped, [left(other, DropReason::Evicted)]);
    assert_eq!(picked(&pool), ids(&[bid(1, 0, 9), behind]));
}

#[test]
fn a_senders_own_gap_goes_before_what_others_bid() {
    let mut pool = pool(holding(2));
    let (behind, other) = (bid(1, 2, 50), bid(2, 0, 3));
    for it in [behind, other] {
        pool.insert(tx(it), RICH).unwrap();
    }
    let inserted = pool.insert(tx(bid(1, 0, 9)), RICH).unwrap();
    assert_eq!(inserted.dropped, [left(behind, DropReason::Evicted)]);
    assert_eq!(picked(&pool), ids(&[bid(1, 0, 9), other]));
}

/// A large one takes the place of several: each of them is worth less than it.
#[test]
fn nobody_makes_a_better_bid_leave() {
    let size = tx(bid(1, 0, 90)).size_bytes();
    let mut pool = pool(Limits {
        bytes_max: 3 * size,
        ..Limits::default()
    });
    let (best, tail, other) = (bid(1, 0, 90), bid(1, 1, 2), bid(2, 0, 4));
    for it in [best, tail, other] {
        pool.insert(tx(it), RICH).unwrap();
    }
    let large = sized(bid(3, 0, 5), BASE + 5, 2);
    assert!(size < large.size_bytes() && large.size_bytes() <= 2 * size);
    let inserted = pool.insert(Arc::clone(&large), RICH).unwrap();
    let gone = [tail, other].map(|it| left(it, DropReason::Evicted));
    assert_eq!(inserted.dropped, gone);
    assert_eq!(picked(&pool), [tx(best).id(), large.id()]);
    // What is left is worth as much, or more.
    let second = pool.insert(sized(bid(4, 0, 5), BASE + 5, 2), RICH);
    assert_eq!(second, Err(Reject::PoolFull { tip_min: 5 }));
}

/// What lies behind a gap says nothing of what lies before it.
#[test]
fn a_worthless_tail_does_not_take_a_good_bid_with_it() {
    let size = tx(bid(1, 0, 90)).size_bytes();
    let mut pool = pool(Limits {
        bytes_max: 3 * size,
        ..Limits::default()
    });
    let (best, behind, other) = (bid(1, 0, 90), bid(1, 2, 0), bid(2, 0, 4));
    for it in [best, behind, other] {
        pool.insert(tx(it), RICH).unwrap();
    }
    let large = sized(bid(3, 0, 5), BASE + 5, 2);
    pool.insert(Arc::clone(&large), RICH).unwrap();
    assert_eq!(picked(&pool), [tx(best).id(), large.id()]);
}

#[test]
fn a_replacement_raises_by_no_less_than_the_percentage() {
    let mut pool = pool(Limits::default());
    let bids = |tip, price| sized(bid(1, 0, tip), price, 1);
    pool.insert(bids(15, 25), RICH).unwrap();
    let refused = Reject::Underpriced {
        nonce: 0,
        tip_min: 17,
        price_min: 28,
    };
    for (tip, price) in [(16, 99), (99, 27)] {
        assert_eq!(pool.insert(bids(tip, price), RICH), Err(refused.clone()));
    }
    assert!(pool.insert(bids(17, 28), RICH).is_ok());
}

#[test]
fn the_greatest_bid_is_not_replaced_by_one_as_great() {
    let mut pool = pool(Limits::default());
    let bids = |actions| sized(bid(1, 0, u64::MAX), u64::MAX, actions);
    pool.insert(bids(1), RICH).unwrap();
    let refused = pool.insert(bids(2), RICH).unwrap_err();
    assert_eq!(refused.as_str(), "underpriced");
    assert_eq!(pool.len(), 1);
}

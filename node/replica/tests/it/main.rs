//! The replica over the real chain: events in, actions out, the same every time.

#![allow(clippy::unwrap_used)] // a test may panic

mod agreed; // what others propose

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_chain::{Chain, replay, validator_set};
use argosy_kv::MemoryStore;
use argosy_mempool::{DropReason, Reject};
use argosy_primitives::{
    Action as TxAction, Address, SecretKey, Transaction, TxId, VerifiedTransaction,
};
use argosy_replica::{Action, BlockMode, Config, Event, Refusal, Replica};
use argosy_spec::{ChainSpec, GenesisAccount};
use proptest::prelude::*;

const NOW_MS: u64 = 1_800_000_000_000;

fn key(number: u8) -> SecretKey {
    SecretKey::generate_from([number; 32])
}

fn address(number: u8) -> Address {
    Address::of_key(&key(number).public())
}

fn spec() -> ChainSpec {
    let mut spec = ChainSpec::dev();
    let account = |number| GenesisAccount {
        name: None,
        address: address(number),
        balance: 1 << 70,
    };
    spec.genesis.accounts = (1..6).map(account).collect();
    spec
}

fn open() -> Chain {
    open_of(spec())
}

fn open_of(spec: ChainSpec) -> Chain {
    Chain::open(Arc::new(MemoryStore::new()), Arc::new(spec)).unwrap()
}

fn replica(blocks: BlockMode) -> Replica {
    replica_of(spec(), blocks)
}

fn replica_of(spec: ChainSpec, blocks: BlockMode) -> Replica {
    replica_without(spec, blocks, BTreeSet::new())
}

fn replica_without(spec: ChainSpec, blocks: BlockMode, quarantined: BTreeSet<TxId>) -> Replica {
    let chain = open_of(spec);
    let proposer = validator_set(chain.spec()).0[0].address;
    let pool = argosy_mempool::Limits::default();
    Replica::new(
        chain,
        Config {
            blocks,
            pool,
            proposer,
            txs_per_block_max: 100,
            verify_own: true,
            quarantined,
        },
    )
}

#[derive(Clone, Copy, Debug)]
struct Bid {
    from: u8,
    nonce: u64,
    tip: u64,
    valid_until: u64,
}

fn bid(from: u8, nonce: u64) -> Bid {
    Bid {
        from,
        nonce,
        tip: 1,
        valid_until: 50,
    }
}

fn tx(replica: &Replica, bid: Bid) -> Arc<VerifiedTransaction> {
    let transaction = Transaction {
        chain: replica.chain().view().genesis_hash(),
        signer: key(bid.from).public(),
        nonce: bid.nonce,
        valid_until: bid.valid_until,
        gas_limit: 200_000,
        max_gas_price: 1_000_000 + bid.tip,
        tip: bid.tip,
        deposit_max: 0,
        actions: vec![TxAction::Transfer {
            to: address(1),
            amount: 1,
        }],
    };
    Arc::new(transaction.sign(&key(bid.from)).verify().unwrap())
}

fn submit(replica: &mut Replica, bid: Bid) -> Vec<Action> {
    let tx = tx(replica, bid);
    replica.step(Event::Submitted { tx }).unwrap()
}

/// Actions in short: `+` admitted, `-reason` refused, `!reason` dropped, `=n` committed with n.
fn short(actions: &[Action]) -> Vec<String> {
    let say = |action: &Action| match action {
        Action::Admitted { .. } => "+".into(),
        Action::Refused {
            reason: Refusal::Protocol(reason),
            ..
        } => format!("-{}", reason.as_str()),
        Action::Refused {
            reason: Refusal::Pool(reason),
            ..
        } => format!("-{}", reason.as_str()),
        Action::Refused {
            reason: Refusal::Quarantined { .. },
            ..
        } => "-quarantined".into(),
        Action::Refused {
            reason: Refusal::Executed { height, .. },
            ..
        } => format!("-executed in {height}"),
        Action::Dropped(dropped) => format!("!{}", dropped.reason.as_str()),
        Action::Committed(committed) => format!("={}", committed.transactions.len()),
        Action::Proposed { round, block } => {
            format!("proposed {round} with {}", block.body.transactions.len())
        }
        Action::NotProposed { round, .. } => format!("not proposed {round}"),
        Action::Judged { round, verdict, .. } => format!("judged {round} {}", verdict.is_ok()),
        Action::Missing { height, .. } => format!("missing {height}"),
    };
    actions.iter().map(say).collect()
}

#[test]
fn instant_blocks_come_when_the_inbox_has_settled() {
    let mut replica = replica(BlockMode::Instant);
    for nonce in 0..3 {
        assert_eq!(short(&submit(&mut replica, bid(1, nonce))), ["+"]);
    }
    let settled = replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
    assert_eq!(short(&settled), ["=3"]);
    assert!(
        replica
            .step(Event::Settled { now_ms: NOW_MS })
            .unwrap()
            .is_empty()
    );
    assert!(
        replica
            .step(Event::Tick {
                now_ms: NOW_MS + 10_000
            })
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_quarantined_transaction_is_left_out_and_another_takes_its_nonce() {
    let bad = tx(&replica(BlockMode::Instant), bid(1, 0));
    let mut replica = replica_without(spec(), BlockMode::Instant, BTreeSet::from([bad.id()]));
    let refused = replica.step(Event::Submitted { tx: bad }).unwrap();
    assert_eq!(short(&refused), ["-quarantined"]);
    let other = Bid {
        tip: 2,
        ..bid(1, 0)
    };
    assert_eq!(short(&submit(&mut replica, other)), ["+"]);
    let settled = replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
    assert_eq!(short(&settled), ["=1"]);
}

#[test]
fn instant_blocks_go_on_until_the_price_is_low_enough_again() {
    let mut spec = spec();
    spec.limits.block_gas_max = 400_000;
    spec.limits.tx_gas_max = 400_000;
    let mut replica = replica_of(spec, BlockMode::Instant);
    let price = replica.chain().view().next_base_price();
    let draft = |from, nonce, tip, max_gas_price| {
        let draft = tx(&replica, bid(from, nonce)).transaction().clone();
        let draft = Transaction {
            gas_limit: 100_000,
            max_gas_price,
            tip,
            ..draft
        };
        (from, draft)
    };
    // Five fill a block; the sixth offers less than what the next one costs.
    let sent = [
        draft(1, 0, 1, 10_000),
        draft(1, 1, 1, 10_000),
        draft(2, 0, 1, 10_000),
        draft(3, 0, 1, 10_000),
        draft(4, 0, 1, 10_000),
        draft(5, 0, 0, price),
    ];
    for (from, draft) in sent {
        let tx = Arc::new(draft.sign(&key(from)).verify().unwrap());
        assert_eq!(
            short(&replica.step(Event::Submitted { tx }).unwrap()),
            ["+"]
        );
    }
    let mut included = short(&replica.step(Event::Settled { now_ms: NOW_MS }).unwrap());
    assert!(replica.pool().waits_for_price(), "{included:?}");
    while !replica.pool().is_empty() {
        let mut actions = replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
        actions.extend(replica.step(Event::Tick { now_ms: NOW_MS }).unwrap());
        assert!(!actions.is_empty(), "stalled after {included:?}");
        included.extend(short(&actions));
    }
    assert_eq!(included.last().map(String::as_str), Some("=1"));
    let idle = replica.step(Event::Tick { now_ms: NOW_MS }).unwrap();
    assert!(idle.is_empty());
}

#[test]
fn a_step_makes_one_block_however_much_waits() {
    let mut spec = spec();
    spec.limits.block_gas_max = 200_000;
    spec.limits.tx_gas_max = 200_000;
    let mut replica = replica_of(spec, BlockMode::Instant);
    for nonce in 0..3 {
        let draft = tx(&replica, bid(1, nonce)).transaction().clone();
        let draft = Transaction {
            gas_limit: 200_000,
            max_gas_price: 1_000_000,
            ..draft
        };
        let tx = Arc::new(draft.sign(&key(1)).verify().unwrap());
        replica.step(Event::Submitted { tx }).unwrap();
    }
    for height in 1..=3 {
        let settled = replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
        assert_eq!(short(&settled), ["=1"]);
        assert_eq!(replica.chain().head().header.height, height);
    }
    let settled = replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
    assert!(settled.is_empty());
}

#[test]
fn interval_blocks_come_on_time_empty_or_not() {
    let mut replica = replica(BlockMode::Interval { period_ms: 1_000 });
    assert_eq!(
        short(&replica.step(Event::Tick { now_ms: NOW_MS }).unwrap()),
        ["=0"]
    );
    submit(&mut replica, bid(1, 0));
    assert!(
        replica
            .step(Event::Settled { now_ms: NOW_MS + 1 })
            .unwrap()
            .is_empty()
    );
    assert!(
        replica
            .step(Event::Tick {
                now_ms: NOW_MS + 999
            })
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        short(
            &replica
                .step(Event::Tick {
                    now_ms: NOW_MS + 1_000
                })
                .unwrap()
        ),
        ["=1"]
    );
}

#[test]
fn manual_blocks_come_when_asked() {
    let mut replica = replica(BlockMode::Manual);
    submit(&mut replica, bid(1, 0));
    assert!(
        replica
            .step(Event::Settled { now_ms: NOW_MS })
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        short(&replica.step(Event::Mine { now_ms: NOW_MS }).unwrap()),
        ["=1"]
    );
    assert_eq!(
        short(&replica.step(Event::Mine { now_ms: NOW_MS }).unwrap()),
        ["=0"]
    );
}

#[test]
fn says_why_a_transaction_is_not_admitted() {
    let mut replica = replica(BlockMode::Instant);
    submit(&mut replica, bid(1, 0));
    assert_eq!(short(&submit(&mut replica, bid(1, 0))), ["-known"]);
    replica.step(Event::Settled { now_ms: NOW_MS }).unwrap();
    assert_eq!(short(&submit(&mut replica, bid(1, 0))), ["-executed in 1"]);
    assert_eq!(
        short(&submit(
            &mut replica,
            Bid {
                tip: 2,
                ..bid(1, 0)
            }
        )),
        ["-nonce_too_low"]
    );
    assert_eq!(short(&submit(&mut replica, bid(99, 0))), ["-cannot_pay"]);
    assert_eq!(
        short(&submit(
            &mut replica,
            Bid {
                valid_until: 0,
                ..bid(2, 0)
            }
        )),
        ["-expired"]
    );
    // A nonce that leaves a gap waits.
    assert_eq!(short(&submit(&mut replica, bid(2, 1))), ["+"]);
    assert!(
        replica
            .step(Event::Settled { now_ms: NOW_MS })
            .unwrap()
            .is_empty()
    );
    assert_eq!(short(&submit(&mut replica, bid(2, 0))), ["+"]);
    assert_eq!(
        short(&replica.step(Event::Settled { now_ms: NOW_MS }).unwrap()),
        ["=2"]
    );
}

#[test]
fn what_waits_too_long_is_dropped_with_its_reason() {
    let mut replica = replica(BlockMode::Manual);
    assert_eq!(
        short(&submit(
            &mut replica,
            Bid {
                valid_until: 1,
                ..bid(1, 1)
            }
        )),
        ["+"]
    );
    assert_eq!(
        short(&replica.step(Event::Mine { now_ms: NOW_MS }).unwrap()),
        ["!expired", "=0"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Two replicas given the same events do the same; every admitted transaction is accounted
    /// for; the chain replays from genesis to the same head.
    #[test]
    fn the_same_events_give_the_same_chain(
        steps in prop::collection::vec((1u8..6, 0u64..6, 0u64..20, 1u64..9, 0u8..4), 1..40)
    ) {
        let (mut one, mut two) = (replica(BlockMode::Manual), replica(BlockMode::Manual));
        let mut waiting = std::collections::BTreeSet::new();
        for (step, (from, nonce, tip, valid_until, mine)) in (0u64..).zip(steps) {
            let tx = tx(&one, Bid { from, nonce, tip, valid_until });
            let mut events = vec![Event::Submitted { tx }];
            if mine == 0 {
                events.push(Event::Mine { now_ms: NOW_MS + step });
            }
            for event in events {
                let (first, second) = (one.step(event.clone()).unwrap(), two.step(event).unwrap());
                prop_assert_eq!(short(&first), short(&second));
                for action in &first {
                    match action {
                        Action::Admitted { id, .. } => { waiting.insert(*id); }
                        Action::Refused { reason: Refusal::Pool(Reject::Known { id }), .. } => prop_assert!(waiting.contains(id)),
                        Action::Refused { .. } => {}
                        Action::Dropped(dropped) => {
                            prop_assert!(waiting.remove(&dropped.id));
                            prop_assert!(dropped.reason != DropReason::Inadmissible);
                        }
                        Action::Committed(committed) => {
                            for id in committed.ids() {
                                prop_assert!(waiting.remove(&id));
                            }
                        }
                        Action::Proposed { .. }
                        | Action::NotProposed { .. }
                        | Action::Judged { .. }
                        | Action::Missing { .. } => prop_assert!(false, "nobody agrees here"),
                    }
                }
                prop_assert_eq!(one.pool().len(), waiting.len());
            }
        }
        prop_assert_eq!(one.chain().head(), two.chain().head());
        let mut again = open();
        replay(&one.chain().view(), &mut again).unwrap();
        prop_assert_eq!(again.head(), one.chain().head());
    }
}

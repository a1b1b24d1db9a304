//! Random histories of a state: writes, savepoints, blocks, roots, ranges, proofs of one key, many
//! keys and ranges, reads of earlier blocks and the way back, against a map and the definition of the
//! root. The same seeds give the same histories.

mod pair; // a state beside its model

use std::ops::Bound;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use pair::Pair;

#[derive(Clone, Debug)]
enum Step {
    Account(u8, Option<u8>),
    Storage(u8, Vec<u8>, Option<Vec<u8>>),
    Range(u8, Bound<Vec<u8>>, Bound<Vec<u8>>, bool),
    Open,
    Rollback(u8),
    Release(u8),
    Root,
    Block,
    Prove(Vec<(u8, Vec<u8>)>),
    ProveRange([(u8, Vec<u8>); 2], usize),
    Past(prop::sample::Index, (u8, Vec<u8>)),
}

pub(crate) fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..4)
}

fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
    let unbounded = Just(Bound::Unbounded);
    prop_oneof![
        unbounded,
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded)
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let value = || prop::option::weighted(0.6, prop::collection::vec(0u8..3, 0..3));
    prop_oneof![
        4 => (0u8..5, prop::option::weighted(0.7, 0u8..4)).prop_map(|(a, b)| Step::Account(a, b)),
        12 => (0u8..3, key(), value()).prop_map(|(c, k, v)| Step::Storage(c, k, v)),
        2 => (0u8..3, bound(), bound(), any::<bool>()).prop_map(|(c, s, e, d)| Step::Range(c, s, e, d)),
        3 => Just(Step::Open),
        1 => (0u8..4).prop_map(Step::Rollback),
        1 => (0u8..4).prop_map(Step::Release),
        1 => Just(Step::Root),
        1 => Just(Step::Block),
        1 => prop::collection::vec(place(), 0..6).prop_map(Step::Prove),
        1 => ([place(), place()], 0usize..6).prop_map(|(ends, most)| Step::ProveRange(ends, most)),
        1 => (any::<prop::sample::Index>(), place()).prop_map(|(at, it)| Step::Past(at, it)),
    ]
}

/// A key of a contract, or of an address that never has any.
fn place() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (0u8..4, key())
}

/// Runs so many histories, which the seed gives.
fn run_histories(seed: u8, count: u32) {
    let config = ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, random);
    let histories = prop::collection::vec(step(), 0..120);
    let ended = runner.run(&histories, |steps| {
        let mut pair = Pair::new();
        for step in steps {
            pair.run(step);
        }
        pair.block();
        pair.unwind();
        Ok(())
    });
    ended.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}

#[test]
fn state_equals_its_model_forwards_and_back() {
    run_histories(0, 1_000);
}

/// A hundred thousand histories, in parts that run side by side.
macro_rules! many_histories {
    ($($name:ident: $seed:literal),* $(,)?) => {
        mod many {
            $(
                #[test]
                #[ignore = "10 000 histories; ./x test --full"]
                fn $name() {
                    super::run_histories($seed, 10_000);
                }
            )*
        }
    };
}

many_histories! {
    histories_1: 1, histories_2: 2, histories_3: 3, histories_4: 4, histories_5: 5,
    histories_6: 6, histories_7: 7, histories_8: 8, histories_9: 9, histories_10: 10,
}

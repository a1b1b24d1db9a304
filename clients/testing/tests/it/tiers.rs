//! Every scenario of the samples, interpreted and compiled: the same receipts, gas, events and state.
//!
//! The header of the last block binds them all, block by block; the gas of methods is compared before, since it
//! says where the difference is.

use std::collections::BTreeSet;
use std::sync::Arc;

use argosy_testing::{ChainSpec, Engine, World};
use argosy_vm_lab::{compiled_engine, interpreted_engine};

use crate::samples::{self, Scenario};

/// Modules that are no contracts: work for benchmarks, which `vm/lab` runs on all engines.
const NO_CONTRACTS: [&str; 1] = ["workloads"];

macro_rules! scenarios {
    ($($name:ident)*) => {
        /// All of them, by name.
        pub(crate) const SCENARIOS: &[(&str, Scenario)] = &[$((stringify!($name), samples::$name)),*];

        $(
            #[test]
            fn $name() {
                on_both_tiers(samples::$name);
            }
        )*
    };
}

scenarios! {
    a_counter_counts_to_its_end
    tokens_are_sent_and_lent
    unique_tokens_are_made_moved_and_listed
    owners_agree_wait_and_pay
    an_escrow_pays_the_seller
    tokens_are_exchanged_between_two_contracts
    a_name_is_committed_to_and_registered
    a_gift_grows_with_the_blocks
    a_poll_counts_until_it_closes
    the_plain_counter_becomes_one_that_its_owner_upgrades
    an_owner_hands_a_counter_over
    a_lot_is_blocked_by_its_alarms
    a_device_attests_a_thousand_readings_in_one_transaction
    whatever_a_contract_does_wrong_has_an_end
}

/// The world that a scenario leaves behind, run by an engine.
pub(crate) fn run(scenario: Scenario, engine: Arc<Engine>) -> World {
    let mut world = World::with_engine(ChainSpec::dev(), engine).unwrap();
    let people = ["alice", "bob", "carol"].map(|it| world.person(it).unwrap());
    scenario(world, people)
}

/// The same, interpreted.
pub(crate) fn run_interpreted(scenario: Scenario) -> World {
    run(scenario, interpreted_engine())
}

#[track_caller]
fn on_both_tiers(scenario: Scenario) {
    let interpreted = run_interpreted(scenario);
    let compiled = run(scenario, compiled_engine());
    assert_eq!(compiled.gas(), interpreted.gas());
    assert_eq!(compiled.header(), interpreted.header());
    assert!(interpreted.height() > 1, "something happened");
}

#[test]
fn no_sample_is_left_out() {
    let worlds = SCENARIOS
        .iter()
        .map(|(_, scenario)| run_interpreted(*scenario));
    let mut ran = BTreeSet::new();
    for world in worlds {
        let contracts = world
            .gas()
            .iter()
            .filter_map(|(what, _)| what.split_once('.'));
        ran.extend(contracts.map(|(contract, _)| contract.to_owned()));
    }
    let missing: Vec<String> = crate::artifacts()
        .into_iter()
        .filter(|it| !ran.contains(it) && !NO_CONTRACTS.contains(&it.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "no scenario runs {missing:?}: write one in samples.rs"
    );
}

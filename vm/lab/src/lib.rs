//! Where the VM is put to the test: both tiers side by side on the smallest chain.
//!
//! Not part of any node. What it shows: tests in `tests/it`, fuzzing and calibration by the binary
//! `argosy-vm-lab`, figures in `benches`.

pub mod bare; // engines without the chain around them
pub mod bench; // both tiers against native and raw engines
pub mod calibrate; // from time to prices
mod chain; // the smallest chain
mod cosmwasm; // random contracts of the other ABI
mod fuzz; // random contracts until the tiers disagree
mod generate; // random contracts
mod report; // what a node reported, run again
mod tiers; // both tiers, ready at once

pub use chain::{Chain, GAS, SPEC, address};
pub use cosmwasm::random_cosmwasm;
pub use fuzz::{Disagreement, Tally, fuzz_cosmwasm, fuzz_one};
pub use generate::{random_contract, seed_bytes};
pub use report::replay_report;
pub use tiers::{
    both_engines, compiled_engine, failing_engine, interpreted_engine, shadow_engine,
    watched_engine,
};

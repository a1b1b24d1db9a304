//! From time to prices: measures what the interpreter takes for every class of work, and derives a
//! price list in which 1 gas is about 1 ns.
//!
//! ```text
//! classes ─measure─► ns each ─derive─► prices ─► calibration.md (committed), checked against dev.toml
//! ```
//!
//! Times are the least of several runs: what a machine can do, without what disturbed it. A machine
//! twice as fast gives half the ns; the ratios between classes are what the list is about.

#![allow(
    clippy::float_arithmetic,
    reason = "figures about the machine; nothing here reaches a result"
)]

mod classes; // instructions
mod cosmwasm; // host functions of the other ABI
mod derive; // from ns to prices
mod imports; // host functions
mod loading; // uploads, instances, memory
mod report; // calibration.md
mod signed; // valid signatures

use std::time::Instant;

use argosy_primitives::Gas;
use argosy_spec::ChainSpec;
use argosy_vm_abi::Entry;

use crate::chain::Chain;

pub use classes::{Class, Group, classes};
pub use derive::{Derived, derive};
pub use report::calibrate;

/// Runs of each module; the least time counts.
const RUNS: u32 = 7;

/// The development chain with floats on, so that they can be measured.
fn spec() -> ChainSpec {
    let mut spec = ChainSpec::dev();
    for limits in spec.vm.values_mut() {
        limits.floats = true;
    }
    spec
}

/// What was measured of one class.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// What it is priced as.
    pub group: Group,
    /// ns of one body, the loop around it taken away.
    pub ns: f64,
    /// Gas of one body by the present list.
    pub gas: f64,
}

/// Time of a call in ns, and its gas.
fn timed_call(chain: &mut Chain, input: &[u8]) -> (f64, Gas) {
    let mut best = f64::INFINITY;
    let mut gas = 0;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let ended = chain.run(Entry::Call, input, Gas::MAX).expect("no fault");
        best = best.min(begin.elapsed().as_nanos() as f64);
        assert!(ended.status.is_success(), "{:?}", ended.diagnostic);
        gas = ended.gas_used;
    }
    (best, gas)
}

/// A chain of one contract on the interpreter.
fn chain_of(spec: &ChainSpec, wat: &str) -> Chain {
    let engine = std::sync::Arc::new(argosy_vm_engine::Engine::new(spec));
    let mut chain = Chain::on(vec![engine]);
    chain.deploy(1, wat);
    chain
}

/// Measures every class of instructions.
fn measure_instructions(spec: &ChainSpec) -> Vec<Measured> {
    /// Bodies in a round.
    const COPIES: usize = 32;
    /// ns that a call should take, roughly.
    const AIM_NS: f64 = 3_000_000.0;
    let measured = |class: Class| {
        let floats = class.group == Group::Float;
        let time = |copies, rounds| {
            let wat = classes::module(&class.body, copies, rounds, floats);
            timed_call(&mut chain_of(spec, &wat), b"")
        };
        let rounds = (AIM_NS / time(COPIES, 64).0 * 64.0).clamp(16.0, 20_000.0) as u32;
        let (full, empty) = (time(COPIES, rounds), time(0, rounds));
        let bodies = f64::from(rounds) * COPIES as f64;
        Measured {
            ns: ((full.0 - empty.0) / bodies).max(0.0),
            gas: (full.1 - empty.1) as f64 / bodies,
            name: class.name.clone(),
            group: class.group,
        }
    };
    classes().into_iter().map(measured).collect()
}

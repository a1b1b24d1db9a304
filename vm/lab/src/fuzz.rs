//! Differential fuzzing: random contracts on both tiers, until they disagree.

use std::collections::BTreeMap;
use std::fmt;

use argosy_primitives::Gas;
use argosy_vm_abi::Entry;
use argosy_vm_prepare::Reason;

use crate::chain::Chain;
use crate::cosmwasm::random_cosmwasm;
use crate::generate::{random_contract, seed_bytes};

/// Gas of one call: a few milliseconds at most.
const FUZZ_GAS: Gas = 3_000_000;

/// What was run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Modules that were accepted and called.
    pub modules: u64,
    /// Bytes that gave no module, or one that our rules refuse.
    pub refused: u64,
    /// Why modules were refused.
    pub reasons: BTreeMap<String, u64>,
    /// Calls.
    pub calls: u64,
    /// Calls that ended with success.
    pub succeeded: u64,
    /// Calls that ran out of gas.
    pub out_of_gas: u64,
    /// Storage entries that calls left behind.
    pub entries: u64,
    /// Requests to the chain.
    pub requests: u64,
}

/// The tiers disagree.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// The seed of the first module that showed it.
    pub seed: u64,
    /// In what.
    pub what: String,
    /// The smallest module found that shows some disagreement.
    pub module: Vec<u8>,
}

/// Makes a contract from bytes, or says why they give none.
type Generator = fn(&[u8]) -> Result<Vec<u8>, String>;

/// Runs the native contract of a seed on both tiers.
pub fn fuzz_one(seed: u64, tally: &mut Tally) -> Result<(), Box<Disagreement>> {
    fuzz(random_contract, seed, tally)
}

/// Runs the CosmWasm contract of a seed on both tiers.
pub fn fuzz_cosmwasm(seed: u64, tally: &mut Tally) -> Result<(), Box<Disagreement>> {
    fuzz(|bytes| Ok(random_cosmwasm(bytes)), seed, tally)
}

fn fuzz(generate: Generator, seed: u64, tally: &mut Tally) -> Result<(), Box<Disagreement>> {
    let bytes = seed_bytes(seed);
    let module = match generate(&bytes) {
        Ok(module) => module,
        Err(reason) => {
            tally.refuse(reason);
            return Ok(());
        }
    };
    let Err(what) = try_module(&module, seed, tally) else {
        return Ok(());
    };
    Err(Box::new(Disagreement {
        seed,
        what,
        module: shrink(generate, seed, bytes).unwrap_or(module),
    }))
}

/// Calls a module twice, the second time upon what the first left behind.
fn try_module(module: &[u8], seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut chain = Chain::new();
    // Also at the address that zeroed memory names, so that contracts call each other.
    let deployed = chain.try_deploy(1, module);
    if let Err(refusal) = deployed.and_then(|()| chain.try_deploy(0, module)) {
        if matches!(refusal.reason, Reason::Untranslatable) {
            return Err(refusal.to_string());
        }
        tally.refuse(refusal.to_string());
        return Ok(());
    }
    tally.modules += 1;
    for round in 0..2_u64 {
        let input = argosy_primitives::blake3(&(seed, round).0.to_le_bytes());
        let ended = chain.compare(Entry::Call, &input, FUZZ_GAS)?;
        let execution = ended.map_err(|fault| fault.to_string())?;
        tally.calls += 1;
        tally.succeeded += u64::from(execution.status.is_success());
        tally.out_of_gas += u64::from(execution.gas_used == FUZZ_GAS);
    }
    tally.entries += chain.storage.len() as u64;
    tally.requests += chain.requests;
    Ok(())
}

/// Cuts the bytes that a module is made of as long as its calls still disagree.
fn shrink(generate: Generator, seed: u64, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let disagrees = |bytes: &[u8]| {
        let module = generate(bytes).ok()?;
        let outcome = try_module(&module, seed, &mut Tally::default());
        outcome.is_err().then_some(module)
    };
    let mut smallest = None;
    let mut step = bytes.len() / 2;
    while step > 0 {
        let mut at = 1; // The first byte chooses features.
        while at + step <= bytes.len() {
            let mut shorter = bytes.clone();
            shorter.drain(at..at + step);
            match disagrees(&shorter) {
                Some(module) => (bytes, smallest) = (shorter, Some(module)),
                None => at += step,
            }
        }
        step /= 2;
    }
    smallest
}

impl Tally {
    fn refuse(&mut self, reason: String) {
        self.refused += 1;
        *self.reasons.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            modules,
            refused,
            reasons: _,
            calls,
            succeeded,
            out_of_gas,
            entries,
            requests,
        } = self;
        write!(
            f,
            "{modules} modules ({refused} refused), {calls} calls: {succeeded} succeeded, \
             {out_of_gas} used up their gas, {requests} requests to the chain, {entries} storage entries written"
        )
    }
}

//! From ns to prices.
//!
//! The target is 1 gas for 1 ns on the reference interpreter. A price is what its slowest class
//! needs so that gas covers time, beyond what the other operators of its body are charged anyway.

use std::collections::BTreeMap;

use argosy_primitives::Gas;
use argosy_spec::InstructionPrices;

use super::{Group, Measured};

/// A price, and the class that asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// Which.
    pub group: Group,
    /// What the slowest class needs.
    pub needed: f64,
    /// The slowest class.
    pub class: String,
    /// What the list says.
    pub listed: Gas,
}

/// The name of a price in the spec, and its value there.
pub(super) fn listed(group: Group, prices: &InstructionPrices) -> (&'static str, Gas) {
    match group {
        Group::Simple => ("simple", prices.simple),
        Group::DivRem => ("div_rem", prices.div_rem),
        Group::Float => ("float", prices.float),
        Group::Call => ("call", prices.call),
        Group::CallIndirect => ("call_indirect", prices.call_indirect),
        Group::BrTable => ("br_table", prices.br_table),
        Group::BlockHeader => ("block_header", prices.block_header),
        Group::Locals => ("entry_per_8_locals", prices.entry_per_8_locals),
        Group::BulkBase => ("bulk", prices.bulk),
        Group::Bulk => ("bulk_per_64_bytes", prices.bulk_per_64_bytes),
    }
}

/// How often a body of a class is charged its group's price, at the list's own words.
fn times(measured: &Measured) -> f64 {
    match (measured.group, measured.name.as_str()) {
        (Group::Locals, "call of 504 locals") => 63.0,
        (Group::Locals, _) => 8.0,
        (Group::Bulk, name) if name.contains("64 KiB") => 1_024.0,
        (Group::Bulk, name) if name.contains("512 KiB") => 8_192.0,
        (Group::BlockHeader, name) if name.starts_with("if") => 2.0,
        _ => 1.0,
    }
}

/// What every price would have to be on the machine that was measured.
pub fn derive(measured: &[Measured], prices: &InstructionPrices) -> Vec<Derived> {
    let mut slowest: BTreeMap<Group, Derived> = BTreeMap::new();
    for class in measured {
        let (_, price) = listed(class.group, prices);
        let times = times(class);
        // Classes that pay for 0 bytes show the base, which the block's header bears.
        let others = class.gas - price as f64 * times;
        let needed = ((class.ns - others) / times).max(0.0);
        let derived = Derived {
            group: class.group,
            needed,
            class: class.name.clone(),
            listed: price,
        };
        let known = slowest
            .entry(class.group)
            .or_insert_with(|| derived.clone());
        if known.needed < needed {
            *known = derived;
        }
    }
    slowest.into_values().collect()
}

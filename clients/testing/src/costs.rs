//! What methods cost over all tests of a process: how often, and how the gas of the calls is spread.
//!
//! Always: the order in which tests end makes no difference, as long as nothing is more than the bounds; what
//! failed is counted apart, since a refusal is no measure of what a method costs.
//! Not here: what one test sees (`gas`), the file (`report`).

use std::collections::BTreeMap;

use argosy_primitives::Gas;
use serde_json::{Value, json};

/// Methods that are told apart; further ones are left out.
const MESSAGES_MAX: usize = 1_000;
/// Different costs of a method that are told apart; further ones count as the next lower one.
const DISTINCT_MAX: usize = 4_096;

/// Contract and method, as the ABI calls them, and their costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Costs(BTreeMap<(String, String), Cost>);

/// What one method cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cost {
    /// Gas -> how many calls that succeeded used it.
    spread: BTreeMap<Gas, u64>,
    /// Calls that failed.
    failed: u64,
}

impl Costs {
    /// A call; `None` of gas: it failed.
    pub(crate) fn add(&mut self, contract: &str, method: &str, gas: Option<Gas>) {
        let Some(cost) = self.of(&(contract.to_owned(), method.to_owned())) else {
            return;
        };
        match gas {
            Some(gas) => cost.count(gas, 1),
            None => cost.failed = cost.failed.saturating_add(1),
        }
    }

    /// The calls of others, too.
    pub(crate) fn merge(&mut self, others: &Costs) {
        for (message, other) in &others.0 {
            let Some(cost) = self.of(message) else {
                continue;
            };
            cost.failed = cost.failed.saturating_add(other.failed);
            for (gas, calls) in &other.spread {
                cost.count(*gas, *calls);
            }
        }
    }

    /// Whether nothing was called.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(&mut self, message: &(String, String)) -> Option<&mut Cost> {
        if self.0.len() >= MESSAGES_MAX && !self.0.contains_key(message) {
            return None;
        }
        Some(self.0.entry(message.clone()).or_default())
    }

    /// As the file has it; methods by name.
    pub(crate) fn document(&self) -> Value {
        let messages = self.0.iter().map(|((contract, method), cost)| {
            let spread: Vec<_> = cost.spread.iter().collect();
            json!({
                "contract": contract,
                "method": method,
                "calls": cost.calls(),
                "failed": cost.failed,
                "min": cost.spread.keys().next(),
                "median": cost.median(),
                "max": cost.spread.keys().next_back(),
                "spread": spread,
            })
        });
        json!({ "version": 1, "messages": messages.collect::<Vec<_>>() })
    }
}

impl Cost {
    fn count(&mut self, gas: Gas, calls: u64) {
        let is_full = self.spread.len() >= DISTINCT_MAX && !self.spread.contains_key(&gas);
        let below = self.spread.range(..=gas).next_back();
        let known = below
            .or_else(|| self.spread.iter().next())
            .map(|(known, _)| *known);
        let gas = known.filter(|_| is_full).unwrap_or(gas);
        let count = self.spread.entry(gas).or_default();
        *count = count.saturating_add(calls);
    }

    fn calls(&self) -> u64 {
        self.spread
            .values()
            .fold(0, |sum, it| sum.saturating_add(*it))
    }

    /// The lower one of two in the middle; `None`: no call succeeded.
    fn median(&self) -> Option<Gas> {
        let middle = self.calls().div_ceil(2);
        let mut seen = 0_u64;
        let mut spread = self.spread.iter();
        let found = spread.find(|(_, calls)| {
            seen = seen.saturating_add(**calls);
            seen >= middle
        });
        found.map(|(gas, _)| *gas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(calls: &[Option<Gas>]) -> Costs {
        let mut costs = Costs::default();
        for gas in calls {
            costs.add("token", "transfer", *gas);
        }
        costs
    }

    #[track_caller]
    fn check(calls: &[Option<Gas>], [calls_of, failed]: [u64; 2], figures: [Option<Gas>; 3]) {
        let document = costs(calls).document();
        let told = &document["messages"][0];
        assert_eq!(
            [&told["calls"], &told["failed"]],
            [&json!(calls_of), &json!(failed)]
        );
        let found = ["min", "median", "max"].map(|it| told[it].as_u64());
        assert_eq!(found, figures, "{calls:?}");
    }

    #[test]
    fn calls_are_told_by_least_middle_and_most() {
        check(&[Some(7)], [1, 0], [Some(7); 3]);
        check(
            &[Some(9), Some(1), Some(5)],
            [3, 0],
            [Some(1), Some(5), Some(9)],
        );
        // Of two in the middle the lower one.
        check(&[Some(4), Some(2)], [2, 0], [Some(2), Some(2), Some(4)]);
        check(
            &[Some(1), Some(8), Some(8), Some(8)],
            [4, 0],
            [Some(1), Some(8), Some(8)],
        );
        // What failed is no cost.
        check(&[None, Some(3), None], [1, 2], [Some(3); 3]);
        check(&[None], [0, 1], [None; 3]);
    }

    #[test]
    fn in_which_order_tests_end_makes_no_difference() {
        let (one, two) = (costs(&[Some(3), None]), costs(&[Some(1), Some(3)]));
        let merged = |first: &Costs, second: &Costs| {
            let mut all = first.clone();
            all.merge(second);
            all
        };
        assert_eq!(merged(&one, &two), merged(&two, &one));
        assert_eq!(
            merged(&one, &two),
            costs(&[Some(1), Some(3), Some(3), None])
        );
        let told = merged(&one, &two).document();
        assert_eq!(told["messages"][0]["spread"], json!([[1, 1], [3, 2]]));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut many = Costs::default();
        for number in 0..MESSAGES_MAX as u64 + 5 {
            many.add("token", &format!("method{number}"), Some(number));
        }
        assert_eq!(many.0.len(), MESSAGES_MAX);
        let gas: Vec<_> = (0..DISTINCT_MAX as u64 + 5)
            .map(|it| Some(it * 2 + 2))
            .collect();
        let mut wide = costs(&gas);
        wide.add("token", "transfer", Some(5));
        wide.add("token", "transfer", Some(1));
        let cost = wide.0.values().next().expect("it was called");
        assert_eq!(
            (cost.spread.len(), cost.calls()),
            (DISTINCT_MAX, gas.len() as u64 + 2)
        );
        // Another cost counts as the next lower one, or as the lowest.
        assert_eq!((cost.spread[&4], cost.spread[&2]), (2, 2));
    }
}

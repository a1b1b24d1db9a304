//! What methods cost, over all calls of a test.

use std::collections::BTreeMap;
use std::fmt;

use argosy_primitives::Gas;

/// What one method cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasUse {
    /// How often it was called.
    pub calls: u64,
    /// The cheapest call.
    pub min: Gas,
    /// The dearest call.
    pub max: Gas,
    /// All calls together.
    pub total: Gas,
}

/// What methods cost. Transactions as a whole: signature, bytes and loading included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GasTable {
    /// By `contract.method`.
    uses: BTreeMap<String, GasUse>,
    /// The same of calls that succeeded.
    successes: BTreeMap<String, GasUse>,
}

impl GasUse {
    /// A call on average, rounded down.
    pub fn mean(&self) -> Gas {
        self.total.checked_div(self.calls).unwrap_or(0)
    }
}

impl GasTable {
    pub(crate) fn add(&mut self, what: String, gas: Gas, is_success: bool) {
        if is_success {
            count(&mut self.successes, what.clone(), gas);
        }
        count(&mut self.uses, what, gas);
    }

    /// What a method cost: `"token.transfer"`.
    pub fn of(&self, what: &str) -> Option<&GasUse> {
        self.uses.get(what)
    }

    /// What a method cost where it succeeded.
    pub fn of_successes(&self, what: &str) -> Option<&GasUse> {
        self.successes.get(what)
    }

    /// All methods by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &GasUse)> {
        self.uses.iter().map(|(what, it)| (what.as_str(), it))
    }
}

fn count(uses: &mut BTreeMap<String, GasUse>, what: String, gas: Gas) {
    let known = uses.entry(what).or_insert(GasUse {
        calls: 0,
        min: gas,
        max: gas,
        total: 0,
    });
    known.calls += 1;
    known.min = known.min.min(gas);
    known.max = known.max.max(gas);
    known.total = known.total.saturating_add(gas);
}

/// A table in Markdown, for the page of a contract.
impl fmt::Display for GasTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| Method | Calls | Gas, least | on average | most |")?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (what, it) in self.iter() {
            let (calls, min, mean, max) = (it.calls, it.min, it.mean(), it.max);
            writeln!(f, "| `{what}` | {calls} | {min} | {mean} | {max} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_method() {
        let mut table = GasTable::default();
        for gas in [30, 10, 21] {
            table.add("token.transfer".to_owned(), gas, gas > 10);
        }
        table.add("token.approve".to_owned(), 7, false);
        let transfer = table.of("token.transfer").copied();
        let expected = GasUse {
            calls: 3,
            min: 10,
            max: 30,
            total: 61,
        };
        assert_eq!(transfer, Some(expected));
        let text = table.to_string();
        assert!(
            text.contains("| `token.transfer` | 3 | 10 | 20 | 30 |"),
            "{text}"
        );
        assert!(text.find("approve") < text.find("transfer"), "{text}");
        assert_eq!(table.of("token.burn"), None);
        // What was refused is no cost of what the method does.
        let succeeded = table
            .of_successes("token.transfer")
            .map(|it| (it.calls, it.min));
        assert_eq!(succeeded, Some((2, 21)));
        assert_eq!(table.of_successes("token.approve"), None);
    }
}

//! The first text of a chain spec: a template's limits and prices, nobody in it, comments that hold.
//!
//! Not here: filling it (`draft`).

use argosy_primitives::Hrp;
use argosy_spec::ChainSpec;
use toml_edit::{Array, Item, Value};

use super::draft::{ACCOUNTS, Draft, DraftError, VALIDATORS};

/// What a new chain is like; the rest is its template's.
#[derive(Clone, Debug)]
pub(in crate::commands) struct NewChain {
    pub(in crate::commands) name: String,
    pub(in crate::commands) hrp: Hrp,
    pub(in crate::commands) time_ms: u64,
    /// From block to block.
    pub(in crate::commands) target_time_ms: Option<u64>,
}

impl Draft {
    /// A chain without accounts and validators, with the limits and prices of the built-in spec or of
    /// `template`, the text of another one.
    pub(in crate::commands) fn begin(
        new: &NewChain,
        template: Option<&str>,
    ) -> Result<Draft, DraftError> {
        let text = template.unwrap_or(ChainSpec::DEV_TOML);
        ChainSpec::from_toml(text)?;
        let mut draft = Draft {
            document: text.parse()?,
        };
        draft.set("network", "name", new.name.as_str())?;
        draft.set("network", "hrp", new.hrp.as_str())?;
        draft.set("protocol", "agreement", "bft")?;
        draft.set("genesis", "time_ms", integer(new.time_ms))?;
        if let Some(target_time_ms) = new.target_time_ms {
            draft.set("consensus", "target_time_ms", integer(target_time_ms))?;
        }
        let genesis = draft.section("genesis")?;
        for list in [ACCOUNTS, VALIDATORS] {
            genesis.remove(list);
            genesis.insert(list, Item::Value(Value::Array(Array::new())));
        }
        draft.check()?;
        draft.explain(new, template)?;
        Ok(draft)
    }

    /// Changes a value; what stands around it stays.
    fn set(&mut self, section: &str, key: &str, value: impl Into<Value>) -> Result<(), DraftError> {
        let mut value = value.into();
        let section = self.section(section)?;
        if let Some(old) = section.get(key).and_then(Item::as_value) {
            *value.decor_mut() = old.decor().clone();
        }
        section.insert(key, Item::Value(value));
        Ok(())
    }

    /// Says in comments what the new values are, where others may have stood.
    fn explain(&mut self, new: &NewChain, template: Option<&str>) -> Result<(), DraftError> {
        let (name, hrp) = (&new.name, new.hrp);
        let networks =
            format!("addresses begin with `{hrp}1`: argo (main), targo (test), dargo (dev)");
        self.comment("network", "hrp", &networks)?;
        let agreement = "validators agree; `solo`: one validator decides alone";
        self.comment("protocol", "agreement", agreement)?;
        self.comment("genesis", "time_ms", "milliseconds since 1970")?;
        self.comment("genesis", ACCOUNTS, "argosyd genesis add-account")?;
        self.comment("genesis", VALIDATORS, "argosyd genesis add-validator")?;
        let Some(Item::Table(network)) = self.document.get_mut("network") else {
            return Ok(());
        };
        let head = network.decor_mut();
        let text = head.prefix().and_then(|it| it.as_str()).unwrap_or_default();
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let origin = match template {
            None => "the built-in development chain".to_owned(),
            // A head of another make says what it says.
            Some(_) if !first.starts_with("# Chain `") => return Ok(()),
            Some(template) => format!("chain `{}`", Draft::name_in(&template.parse()?)),
        };
        let first = format!("# Chain `{name}`, begun with the limits and prices of {origin}.");
        head.set_prefix(format!("{first}\n{rest}"));
        Ok(())
    }

    /// Puts a comment behind a value, as far from it as the one that was there.
    fn comment(&mut self, section: &str, key: &str, text: &str) -> Result<(), DraftError> {
        let section = self.document.entry(section).or_insert(Item::None);
        // Inside braces there is no room for it.
        let Some(value) = section.as_table_mut().and_then(|it| it.get_mut(key)) else {
            return Ok(());
        };
        if let Some(value) = value.as_value_mut() {
            let old = value.decor().suffix().and_then(|it| it.as_str());
            let space = old
                .and_then(|it| it.split_once('#'))
                .map_or("   ", |it| it.0);
            let suffix = format!("{space}# {text}");
            value.decor_mut().set_suffix(suffix);
        }
        Ok(())
    }
}

/// A number in the style of chain specs.
fn integer(number: u64) -> Value {
    // What TOML cannot hold no spec allows: the largest that it can is refused, too.
    let number = number.min(i64::MAX as u64);
    grouped(number.into())
        .parse()
        .unwrap_or(Value::from(number as i64))
}

/// `1_000_000`.
pub(in crate::commands) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use argosy_primitives::Address;

    use super::super::NewAccount;
    use super::*;

    #[test]
    fn numbers_have_groups_of_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1_000"),
            (1_234_567, "1_234_567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(integer(u64::MAX).as_integer(), Some(i64::MAX));
    }

    #[test]
    fn a_template_gives_its_limits_and_nobody() {
        let mut new = NewChain {
            name: "harbour".into(),
            hrp: Hrp::Test,
            time_ms: 1,
            target_time_ms: None,
        };
        let mut first = Draft::begin(&new, None).unwrap();
        let address = Address::from_bytes([1; 32]).to_text(Hrp::Test);
        let ann = NewAccount {
            name: Some("ann".into()),
            address,
            balance: "5 ARGO".into(),
        };
        first.add_account(&ann).unwrap();
        let mine = first
            .to_string()
            .replace("tx_gas = 45_000 ", "tx_gas = 45_001 # mine: ");
        assert!(
            Draft::begin(&new, Some(&mine)).is_err(),
            "no node would take it"
        );
        let key = ChainSpec::dev().genesis.validators[0].key.to_string();
        let mine = format!("{mine}[[genesis.validators]]\nkey = \"{key}\"\npower = 1\n")
            .replace("validators = []", "");
        (new.name, new.hrp) = ("bay".into(), Hrp::Main);
        let draft = Draft::begin(&new, Some(&mine)).unwrap();
        let text = draft.to_string();
        assert_eq!(draft.counts(), (0, 0));
        for kept in [
            "tx_gas = 45_001 # mine:",
            "of chain `harbour`.",
            "begin with `argo1`",
        ] {
            assert!(text.contains(kept), "no {kept} in {text}");
        }
        assert!(!text.contains("targo1"), "{text}");
    }
}

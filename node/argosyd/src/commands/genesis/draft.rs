//! A chain spec being written: edits of its text that leave comments and order as they are.
//!
//! ```text
//! template ──begin──► nobody in it ──add_account, add_validator──► whole: nodes accept it
//! ```
//!
//! Always: whether a text is right is decided by `argosy-spec` alone. A draft that lacks accounts or
//! validators is checked with stand-ins for them, so that nothing wrong gets into it meanwhile.
//! Not here: where it begins (`begin`), and files.

use std::fmt;

use argosy_primitives::{Address, Hrp, PublicKey, Signature, SignatureError};
use argosy_spec::{ChainSpec, SpecError};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};

/// An account to be added.
#[derive(Clone, Debug)]
pub(in crate::commands) struct NewAccount {
    pub(in crate::commands) name: Option<String>,
    pub(in crate::commands) address: String,
    /// As people write it: `1000 ARGO`.
    pub(in crate::commands) balance: String,
}

/// A validator to be added.
#[derive(Clone, Debug)]
pub(in crate::commands) struct NewValidator {
    pub(in crate::commands) name: Option<String>,
    pub(in crate::commands) key: String,
    pub(in crate::commands) power: u64,
}

/// Why an edit is refused.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands) enum DraftError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("the chain spec is not valid TOML: {0}")]
    Syntax(#[from] toml_edit::TomlError),
    #[error("`{0}` is no table; write it as one")]
    NoTable(String),
    #[error("`genesis.{0}` is no list; write it as one, such as `{0} = []`")]
    NoList(&'static str),
    #[error("`power` is {0}; choose a value from 1 to 4611686018427387903")]
    Power(u64),
    #[error(
        "{0} is no point of its curve, so that nobody can sign with it; copy the key once more"
    )]
    NotAKey(PublicKey),
}

/// What the spec lists.
pub(super) const ACCOUNTS: &str = "accounts";
pub(super) const VALIDATORS: &str = "validators";

/// A chain spec that is right as far as it goes.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Draft {
    pub(super) document: DocumentMut,
}

impl Draft {
    /// A draft that was written before.
    pub(in crate::commands) fn parse(text: &str) -> Result<Draft, DraftError> {
        let draft = Draft {
            document: text.parse()?,
        };
        draft.check()?;
        Ok(draft)
    }

    /// Adds an account behind those that are there; a refused one leaves no trace.
    pub(in crate::commands) fn add_account(
        &mut self,
        account: &NewAccount,
    ) -> Result<(), DraftError> {
        let mut entry = entry(account.name.as_deref());
        entry.insert("address", toml_edit::value(&account.address));
        entry.insert("balance", toml_edit::value(&account.balance));
        self.push(ACCOUNTS, entry)
    }

    /// Adds a validator behind those that are there; a refused one leaves no trace.
    pub(in crate::commands) fn add_validator(
        &mut self,
        validator: &NewValidator,
    ) -> Result<(), DraftError> {
        // The spec takes any 32 bytes.
        if let Ok(key) = validator.key.parse::<PublicKey>() {
            let nothing = Signature::Ed25519([0; 64]);
            if key.verify(&[0; 32], &nothing) == Err(SignatureError::BadKey) {
                return Err(DraftError::NotAKey(key));
            }
        }
        let power =
            i64::try_from(validator.power).map_err(|_| DraftError::Power(validator.power))?;
        let mut entry = entry(validator.name.as_deref());
        entry.insert("key", toml_edit::value(&validator.key));
        entry.insert("power", toml_edit::value(power));
        self.push(VALIDATORS, entry)
    }

    /// What the draft says so far, if it is not wrong: the spec once nothing is missing.
    pub(in crate::commands) fn check(&self) -> Result<Option<ChainSpec>, DraftError> {
        let (accounts, validators) = (self.count(ACCOUNTS), self.count(VALIDATORS));
        if accounts > 0 && validators > 0 {
            return Ok(Some(ChainSpec::from_toml(&self.to_string())?));
        }
        let mut whole = self.clone();
        if accounts == 0 {
            let mut stand_in = Table::new();
            let address = Address::from_bytes([0; 32]).to_text(self.hrp());
            stand_in.insert("address", toml_edit::value(address));
            stand_in.insert("balance", toml_edit::value("1 units"));
            whole.append(ACCOUNTS, stand_in)?;
        }
        if validators == 0 {
            let mut stand_in = Table::new();
            let key = PublicKey::Ed25519([0; 32]).to_string();
            stand_in.insert("key", toml_edit::value(key));
            stand_in.insert("power", toml_edit::value(1));
            whole.append(VALIDATORS, stand_in)?;
        }
        ChainSpec::from_toml(&whole.to_string())?;
        Ok(None)
    }

    /// How many accounts and validators it lists.
    pub(in crate::commands) fn counts(&self) -> (usize, usize) {
        (self.count(ACCOUNTS), self.count(VALIDATORS))
    }

    /// The network's name.
    pub(in crate::commands) fn name(&self) -> &str {
        Draft::name_in(&self.document)
    }

    pub(super) fn name_in(document: &DocumentMut) -> &str {
        let name = document.get("network").and_then(|it| it.get("name"));
        name.and_then(Item::as_str).unwrap_or_default()
    }

    fn hrp(&self) -> Hrp {
        let hrp = self.document.get("network").and_then(|it| it.get("hrp"));
        let hrp = hrp.and_then(Item::as_str).and_then(|it| it.parse().ok());
        // A wrong one is refused before any address is looked at.
        hrp.unwrap_or(Hrp::Dev)
    }

    fn count(&self, list: &str) -> usize {
        match self.document.get("genesis").and_then(|it| it.get(list)) {
            Some(Item::ArrayOfTables(tables)) => tables.len(),
            Some(Item::Value(Value::Array(array))) => array.len(),
            _ => 0,
        }
    }

    fn push(&mut self, list: &'static str, entry: Table) -> Result<(), DraftError> {
        let mut longer = self.clone();
        longer.append(list, entry)?;
        longer.check()?;
        *self = longer;
        Ok(())
    }

    /// Adds an entry in the style of the list.
    fn append(&mut self, list: &'static str, entry: Table) -> Result<(), DraftError> {
        let genesis = self.document.entry("genesis").or_insert(Item::None);
        let is_inline = genesis.is_inline_table();
        let genesis = table(genesis, "genesis")?;
        match genesis.entry(list).or_insert(Item::None) {
            Item::ArrayOfTables(tables) => tables.push(entry),
            Item::Value(Value::Array(array)) if is_inline || !array.is_empty() => {
                let decor = array.iter().last().map(|it| it.decor().clone());
                let mut entry = entry.into_inline_table();
                if let Some(decor) = decor {
                    *entry.decor_mut() = decor;
                }
                array.push_formatted(Value::InlineTable(entry));
            }
            Item::None | Item::Value(Value::Array(_)) => {
                let mut tables = ArrayOfTables::new();
                tables.push(entry);
                // Behind what is there, since tables come after values; and without the spaces of `list = []`.
                genesis.remove(list);
                genesis.insert(list, Item::ArrayOfTables(tables));
            }
            _ => return Err(DraftError::NoList(list)),
        }
        Ok(())
    }

    pub(super) fn section(&mut self, name: &str) -> Result<&mut dyn TableLike, DraftError> {
        table(self.document.entry(name).or_insert(Item::None), name)
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.document.fmt(f)
    }
}

fn table<'a>(item: &'a mut Item, name: &str) -> Result<&'a mut dyn TableLike, DraftError> {
    item.as_table_like_mut()
        .ok_or_else(|| DraftError::NoTable(name.into()))
}

/// An entry that has no more than a name, if that.
fn entry(name: Option<&str>) -> Table {
    let mut entry = Table::new();
    if let Some(name) = name {
        entry.insert("name", toml_edit::value(name));
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::super::NewChain;
    use super::*;

    fn begin() -> Draft {
        let new = NewChain {
            name: "harbour".into(),
            hrp: Hrp::Test,
            time_ms: 1_800_000_000_000,
            target_time_ms: Some(250),
        };
        Draft::begin(&new, None).unwrap()
    }

    fn account(last: u8) -> NewAccount {
        NewAccount {
            name: None,
            address: Address::from_bytes([last; 32]).to_text(Hrp::Test),
            balance: "5 ARGO".into(),
        }
    }

    fn validator(power: u64) -> NewValidator {
        let key = &ChainSpec::dev().genesis.validators[0].key;
        NewValidator {
            name: Some("one".into()),
            key: key.to_string(),
            power,
        }
    }

    #[test]
    fn the_order_of_edits_does_not_matter_to_the_chain() {
        let mut one = begin();
        one.add_account(&account(1)).unwrap();
        one.add_validator(&validator(3)).unwrap();
        let mut other = begin();
        other.add_validator(&validator(3)).unwrap();
        // As another command does it.
        let mut other = Draft::parse(&other.to_string()).unwrap();
        other.add_account(&account(1)).unwrap();
        let hash = |it: &Draft| it.check().unwrap().unwrap().genesis_hash();
        assert_eq!(hash(&one), hash(&other));
        let spec = one.check().unwrap().unwrap();
        assert_eq!(spec.consensus.target_time_ms, 250);
        assert_eq!(spec.genesis.time_ms, 1_800_000_000_000);
        assert_eq!(spec.limits, ChainSpec::dev().limits);
    }

    #[test]
    fn lists_keep_their_style() {
        let text = begin().to_string();
        let key = validator(1).key;
        let address = account(1).address;
        let (accounts, validators) = (
            format!(
                "accounts = [\n  {{ address = \"{address}\", balance = \"1 ARGO\" }}, # first\n]\n"
            ),
            format!("validators = [{{ key = \"{key}\", power = 1 }}]\n"),
        );
        let mut lines: Vec<&str> = text.lines().collect();
        lines.retain(|it| !it.starts_with("accounts") && !it.starts_with("validators"));
        let text = lines.join("\n") + "\n";
        let text = text.replace(
            "[consensus]\n",
            &format!("{accounts}{validators}\n[consensus]\n"),
        );
        let mut draft = Draft::parse(&text).unwrap();
        assert_eq!(draft.to_string(), text, "what is not edited stays");
        draft.add_account(&account(2)).unwrap();
        let edited = draft.to_string();
        assert!(edited.contains("# first"), "{edited}");
        assert!(!edited.contains("[[genesis"), "{edited}");
        assert_eq!(draft.counts(), (2, 1));
    }

    #[test]
    fn a_refused_edit_leaves_no_trace_also_while_others_are_missing() {
        let mut draft = begin();
        let before = draft.to_string();
        assert!(draft.add_validator(&validator(0)).is_err());
        assert!(draft.add_validator(&validator(u64::MAX)).is_err());
        assert!(draft.add_validator(&validator(i64::MAX as u64)).is_err());
        let poor = NewAccount {
            balance: "5 EUR".into(),
            ..account(1)
        };
        assert!(draft.add_account(&poor).is_err());
        assert_eq!(draft.to_string(), before);
    }
}

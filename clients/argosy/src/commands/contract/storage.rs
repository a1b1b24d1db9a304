//! `argosy contract storage`: what a contract keeps, a page at a time.
//!
//! Contracts of the SDK keep a field under the first four bytes of its name's blake3, and what is behind
//! those tells the entries of a map apart; their ABIs list the names. Others have bytes and no names.
//! Not here: what a field's value means.

use std::collections::BTreeMap;

use argosy_primitives::{Address, blake3};
use argosy_rpc_api::{BlockSelector, Bytes, StorageEntry};
use argosy_sdk::Abi;
use serde_json::{Value, json};

use crate::account::closest;
use crate::commands::failure;
use crate::commands::session::Session;
use crate::commands::tx::trace::short;
use crate::failure::Failure;
use crate::output::Report;

/// Bytes by which a field is found.
const FIELD_BYTES: usize = 4;

/// What was asked for.
pub(super) struct Page {
    pub(super) field: Option<String>,
    pub(super) prefix: Option<Bytes>,
    pub(super) after: Option<Bytes>,
    pub(super) limit: u32,
    pub(super) at: BlockSelector,
}

/// Asks and tells.
pub(super) async fn run(
    address: Address,
    page: Page,
    session: &Session,
) -> Result<Report, Failure> {
    let contract = super::open(session, address).await?;
    let fields = Fields::of(contract.as_ref().map(|it| it.abi()));
    let prefix = match &page.field {
        Some(name) => fields.prefix(name)?,
        None => page.prefix.map(|it| it.0).unwrap_or_default(),
    };
    let client = &session.client;
    let found = client.storage_page(address, prefix, page.after, page.limit, page.at);
    let found = found.await.map_err(failure)?;
    let entries: Vec<Value> = found.entries.iter().map(|it| fields.view(it)).collect();
    let document = json!({"contract": found.contract, "at": found.at, "entries": entries});
    let mut report = Report::new(document).list_of("entries");
    if found.entries.is_empty() {
        report = report.line("nothing is kept there");
    }
    for entry in &found.entries {
        let name = fields.name(&entry.key.0).unwrap_or("");
        report = report.columns([name.to_owned(), entry.key.to_string(), short(&entry.value)]);
    }
    Ok(match &found.next {
        // At the same block, so that nothing changes between the pages.
        Some(next) => report
            .heading(format!("More: --after {next} --at {}", found.at.height))
            .with("next", next),
        None => report,
    })
}

/// The fields of a contract by the beginning of their keys.
#[derive(Debug, Default)]
struct Fields(BTreeMap<[u8; FIELD_BYTES], String>);

impl Fields {
    fn of(abi: Option<&Abi>) -> Fields {
        let items = abi.map(|it| it.storage.as_slice()).unwrap_or_default();
        let field = |name: &String| (prefix_of(name), name.clone());
        Fields(items.iter().map(|it| field(&it.name)).collect())
    }

    /// Where a field is.
    fn prefix(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let spelled = name.replace('-', "_");
        for spelling in [name, spelled.as_str()] {
            if self.0.values().any(|it| it == spelling) {
                return Ok(prefix_of(spelling).to_vec());
            }
        }
        let failure = Failure::usage(format!("the contract has no field {name}"));
        let names = || self.0.values().map(String::as_str);
        Err(match closest(name, names()) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None if self.0.is_empty() => {
                failure.hint("its ABI lists none; leave out --field, or give --prefix 0x…")
            }
            None => failure.hint(format!(
                "its fields: {}",
                names().collect::<Vec<_>>().join(", ")
            )),
        })
    }

    /// The field that a key belongs to.
    fn name(&self, key: &[u8]) -> Option<&str> {
        let prefix = key.first_chunk::<FIELD_BYTES>()?;
        self.0.get(prefix).map(String::as_str)
    }

    /// An entry, for programs.
    fn view(&self, entry: &StorageEntry) -> Value {
        let mut view = json!(entry);
        if let (Value::Object(view), Some(name)) = (&mut view, self.name(&entry.key.0)) {
            view.insert("field".to_owned(), name.into());
        }
        view
    }
}

fn prefix_of(name: &str) -> [u8; FIELD_BYTES] {
    let [a, b, c, d, ..] = blake3(name.as_bytes());
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use argosy_vm_abi::schema::StorageItem;

    use super::*;

    fn fields() -> Fields {
        let item = |name: &str| StorageItem {
            name: name.to_owned(),
            ty: "u64".to_owned(),
            kind: None,
        };
        let abi = Abi {
            storage: vec![item("balances"), item("total_supply")],
            ..Abi::default()
        };
        Fields::of(Some(&abi))
    }

    #[test]
    fn a_field_is_found_by_its_name_and_named_by_its_keys() {
        let fields = fields();
        let prefix = fields.prefix("total-supply").unwrap();
        assert_eq!(prefix, blake3(b"total_supply")[..4]);
        assert_eq!(fields.name(&prefix), Some("total_supply"));
        let below = [fields.prefix("balances").unwrap(), vec![7; 32]].concat();
        assert_eq!(fields.name(&below), Some("balances"));
        assert_eq!(fields.name(&prefix[..3]), None);
        assert_eq!(fields.name(b"other"), None);
    }

    #[test]
    fn a_field_that_is_not_there_is_said_with_those_that_are() {
        let refused = fields().prefix("balance").unwrap_err();
        assert!(refused.message().contains("no field balance"));
        assert!(Fields::of(None).prefix("balances").is_err());
    }
}

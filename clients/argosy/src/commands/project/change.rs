//! What is different from the last build: size, methods, events, state, capabilities.
//!
//! The last build is remembered in cargo's folder, which nobody keeps: without it there is nothing to
//! compare, and that is no fault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use argosy_vm_abi::Abi;
use serde::{Deserialize, Serialize};

use super::module::Module;
use crate::commands::layout::LayoutChange;

/// What is remembered is not longer; the ABI behind it is at most 64 KiB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What a build is compared by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Build {
    bytes: usize,
    code: String,
    /// `call add` -> `(add: u64) -> u64`.
    methods: BTreeMap<String, String>,
    /// Name -> fields.
    events: BTreeMap<String, String>,
    /// Capability -> nothing.
    uses: BTreeMap<String, String>,
    /// The whole section, in hex, by which state is compared.
    abi: String,
}

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// How many bytes more.
    pub(super) bytes: i64,
    /// A line for each thing that is new (`+`), gone (`-`) or another (`~`).
    pub(super) lines: Vec<String>,
    /// Whether state that is there already is read otherwise now.
    #[serde(rename = "needsMigration")]
    pub(super) needs_migration: bool,
}

impl Build {
    /// What a module is compared by.
    pub(super) fn of(module: &Module) -> Build {
        let abi = &module.abi;
        let methods = abi.messages.iter().map(|it| {
            let kind = it.kind.entry().export_name();
            let args: Vec<String> = it
                .args
                .iter()
                .map(|it| format!("{}: {}", it.name, it.ty))
                .collect();
            let error = it
                .error
                .as_ref()
                .map_or_else(String::new, |it| format!(" or {it}"));
            let payable = if it.payable { " payable" } else { "" };
            let signature = format!("({}) -> {}{error}{payable}", args.join(", "), it.returns);
            (format!("{kind} {}", it.name), signature)
        });
        let events = abi.events.iter().map(|it| {
            let fields: Vec<String> = it
                .fields
                .iter()
                .map(|it| format!("{}: {}", it.name, it.ty))
                .collect();
            (it.name.clone(), format!("{{ {} }}", fields.join(", ")))
        });
        let uses = module.facts.manifest.capabilities.names();
        Build {
            bytes: module.size,
            code: module.code.to_string(),
            methods: methods.collect(),
            events: events.collect(),
            uses: uses.map(|it| (it.to_owned(), String::new())).collect(),
            abi: const_hex::encode(module.facts.abi.as_deref().unwrap_or_default()),
        }
    }

    /// What is different from an earlier one; `None`: nothing at all.
    pub(super) fn since(&self, last: &Build) -> Option<Change> {
        if self.code == last.code {
            return None;
        }
        let mut lines = Vec::new();
        compare(["", ""], &last.methods, &self.methods, &mut lines);
        compare(["event ", " "], &last.events, &self.events, &mut lines);
        compare(["uses ", ""], &last.uses, &self.uses, &mut lines);
        let layout = match (last.schema(), self.schema()) {
            (Some(before), Some(after)) => LayoutChange::between(&before, &after),
            _ => LayoutChange::default(),
        };
        lines.extend(layout.lines);
        let signed = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        Some(Change {
            bytes: signed(self.bytes) - signed(last.bytes),
            lines,
            needs_migration: layout.needs_migration,
        })
    }

    /// What it says of itself; none where the file is not as it was written.
    fn schema(&self) -> Option<Abi> {
        let section = const_hex::decode(&self.abi).ok()?;
        Abi::parse(&section).ok()
    }

    /// The last build of a crate, and this one in its place.
    pub(super) fn replace_last(&self, target: &Path, name: &str) -> Option<Build> {
        let path = place(target, name);
        let last = read(&path);
        // A build is done also where nothing can be remembered.
        drop(self.write(&path));
        last
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&file, self)?;
        file.persist(path)?;
        Ok(())
    }
}

fn place(target: &Path, name: &str) -> PathBuf {
    target.join("argosy").join(format!("{name}.json"))
}

fn read(path: &Path) -> Option<Build> {
    let is_short = std::fs::metadata(path).ok()?.len() <= FILE_BYTES_MAX;
    let text = is_short.then(|| std::fs::read(path).ok())??;
    serde_json::from_slice(&text).ok()
}

/// `[before, between]` stand before a name and between it and its text.
fn compare(
    [before, between]: [&str; 2],
    last: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    lines: &mut Vec<String>,
) {
    let shown = |name: &str, text: &str| format!("{before}{name}{between}{text}");
    for (name, text) in now {
        match last.get(name) {
            None => lines.push(format!("+ {}", shown(name, text))),
            Some(was) if was != text => lines.push(format!("~ {}, was {was}", shown(name, text))),
            Some(_) => {}
        }
    }
    for (name, text) in last.iter().filter(|(name, _)| !now.contains_key(*name)) {
        lines.push(format!("- {}", shown(name, text)));
    }
}

#[cfg(test)]
mod tests {
    use argosy_vm_abi::AbiItem;
    use argosy_vm_abi::schema::StorageItem;

    use super::*;

    fn build(code: &str, bytes: usize, methods: &[(&str, &str)], state: &[(&str, &str)]) -> Build {
        let map = |pairs: &[(&str, &str)]| {
            let owned = pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            owned.collect()
        };
        Build {
            bytes,
            code: code.to_owned(),
            methods: map(methods),
            events: map(&[("Raised", "{ by: Address }")]),
            uses: map(&[("call", "")]),
            abi: const_hex::encode(state.iter().flat_map(frame).collect::<Vec<u8>>()),
        }
    }

    /// A field of the state, as its ABI has it.
    fn frame((name, ty): &(&str, &str)) -> Vec<u8> {
        let (name, ty) = ((*name).to_owned(), (*ty).to_owned());
        let kind = None;
        AbiItem::Storage(StorageItem { name, ty, kind }).to_frame()
    }

    #[test]
    fn what_is_new_gone_and_another_is_told() {
        let last = build(
            "1",
            100,
            &[("call add", "(add: u32) -> u64"), ("query old", "() -> u8")],
            &[("value", "u64")],
        );
        let now = build(
            "2",
            90,
            &[
                ("call add", "(add: u64) -> u64"),
                ("call reset", "() -> ()"),
            ],
            &[("value", "u64"), ("more", "Address")],
        );
        let change = now.since(&last).unwrap();
        let expected = [
            "~ call add(add: u64) -> u64, was (add: u32) -> u64",
            "+ call reset() -> ()",
            "- query old() -> u8",
            "+ state more Address",
        ];
        assert_eq!(
            (change.bytes, change.lines),
            (-10, expected.map(str::to_owned).to_vec())
        );
        assert!(!change.needs_migration, "new state is in nobody's way");
        assert_eq!(now.since(&now), None);
    }

    #[test]
    fn state_that_is_read_otherwise_needs_a_migration() {
        let was = |state: &[(&str, &str)]| build("1", 1, &[], state);
        let now = build("2", 1, &[], &[("value", "u64")]);
        let needs = |last: &Build| now.since(last).unwrap().needs_migration;
        assert!(!needs(&was(&[])) && !needs(&was(&[("value", "u64")])));
        assert!(needs(&was(&[("value", "u32")])));
        assert!(needs(&was(&[("value", "u64"), ("gone", "u8")])));
    }

    #[test]
    fn the_last_build_is_remembered() {
        let target = tempfile::tempdir().unwrap();
        let (one, two) = (build("1", 1, &[], &[]), build("2", 2, &[], &[]));
        assert_eq!(one.replace_last(target.path(), "x"), None);
        assert_eq!(two.replace_last(target.path(), "x"), Some(one));
        std::fs::write(place(target.path(), "x"), b"rubbish").unwrap();
        assert_eq!(two.replace_last(target.path(), "x"), None);
        assert_eq!(two.replace_last(target.path(), "x"), Some(two.clone()));
    }
}

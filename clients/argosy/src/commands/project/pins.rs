//! Which versions a contract is built with: those that the SDK and the samples are tested with.
//!
//! ```text
//! contracts/Cargo.lock ─ what the SDK and the tests of a contract need ─► Cargo.lock of a new contract
//! Cargo.lock of a contract ─ the same of a newer SDK in its place ──────► Cargo.lock after an update
//! ```
//!
//! Always: no version is made up here; each is one of the two files'.

use std::collections::{BTreeMap, BTreeSet};

use super::lock::{FILE, Id, Lock, Locked, Version};
use super::sdk::{SDK, Sources, needs_of};

/// What the manifest of a new contract depends on.
pub(super) const NEEDS: [&str; 2] = [SDK, "proptest"];
/// The version of a new contract.
pub(super) const VERSION: &str = "0.1.0";
/// Who needs whom for features that the samples' workspace has on, and a contract has not. Cargo has the last word:
/// `project::every_template…` sees that it leaves the lock of a new contract as it is.
const LEFT_OUT: [(&str, &str); 2] = [("serde", "serde_derive"), ("zeroize", "zeroize_derive")];

/// The lock of a new contract; none if these sources have none themselves.
pub(super) fn of_new(name: &str, sources: &Sources) -> Option<Lock> {
    let mut lock = of_sdk(sources)?;
    let needs = NEEDS.iter().map(|it| lock.named(it));
    let needs = needs.collect::<Option<BTreeSet<Id>>>()?;
    let id = Id {
        name: name.to_owned(),
        version: Version::parse(VERSION),
        source: None,
    };
    let checksum = None;
    lock.packages.insert(id, Locked { checksum, needs });
    Some(lock)
}

/// What the SDK of these sources and the tests of a new contract need; none if these sources have no lock.
pub(super) fn of_sdk(sources: &Sources) -> Option<Lock> {
    let text = sources.text(&format!("contracts/{FILE}"))?;
    let all = Lock::parse(&text).ok()?;
    let manifests = manifests(sources);
    let mut packages = BTreeMap::new();
    let open = NEEDS.iter().map(|it| all.named(it));
    let mut open = open.collect::<Option<Vec<Id>>>()?;
    while let Some(id) = open.pop() {
        if packages.contains_key(&id) {
            continue;
        }
        let mut locked = all.packages.get(&id)?.clone();
        locked.needs.retain(|it| is_needed(&id, it, &manifests));
        open.extend(locked.needs.iter().cloned());
        packages.insert(id, locked);
    }
    let format = all.format;
    Some(Lock { format, packages })
}

/// What the SDK's own crates depend on, tests apart, by name.
fn manifests(sources: &Sources) -> BTreeMap<String, BTreeSet<String>> {
    let mut manifests = BTreeMap::new();
    for text in Sources::manifests().filter_map(|it| sources.text(it)) {
        let Ok(manifest) = text.parse::<toml::Table>() else {
            continue;
        };
        let name = manifest.get("package").and_then(|it| it.get("name"));
        if let Some(name) = name.and_then(toml::Value::as_str) {
            manifests.insert(name.to_owned(), needs_of(&manifest));
        }
    }
    manifests
}

/// Whether a package is there for another in a contract, and not for the tests or features of the samples' workspace.
fn is_needed(id: &Id, need: &Id, manifests: &BTreeMap<String, BTreeSet<String>>) -> bool {
    match manifests.get(&id.name) {
        Some(needs) if id.source.is_none() => needs.contains(&need.name),
        _ => !LEFT_OUT.contains(&(id.name.as_str(), need.name.as_str())),
    }
}

/// A contract's lock with the packages of `sdk` in place of those of an earlier SDK. What both have is raised to the
/// version that the SDK is tested with, and never lowered: another dependency of the contract may ask for more.
/// `members` are the packages of the contract's workspace; what none of them needs is gone.
pub(super) fn with_sdk(lock: &Lock, sdk: &Lock, members: &[&str]) -> Lock {
    let moved = moved(lock, sdk);
    let settled = |id: &Id| moved.get(id).unwrap_or(id).clone();
    let all = lock.packages.keys().chain(sdk.packages.keys());
    let all: BTreeSet<Id> = all.map(settled).collect();
    let mut packages = BTreeMap::new();
    for id in all {
        let (old, new) = (lock.packages.get(&id), sdk.packages.get(&id));
        // A crate of the SDK needs what its manifest says; what another needs depends on who else uses it.
        let old = old.filter(|_| new.is_none() || id.source.is_some());
        let noted = || old.into_iter().chain(new);
        let locked = Locked {
            checksum: noted().find_map(|it| it.checksum.clone()),
            needs: noted().flat_map(|it| &it.needs).map(settled).collect(),
        };
        packages.insert(id, locked);
    }
    let is_root = |it: &&Id| it.source.is_none() && members.contains(&it.name.as_str());
    let roots: Vec<Id> = packages.keys().filter(is_root).cloned().collect();
    if !roots.is_empty() {
        let needed = needed(&packages, roots);
        packages.retain(|it, _| needed.contains(it));
    }
    let format = lock.format;
    Lock { format, packages }
}

/// Which package another takes the place of.
fn moved(lock: &Lock, sdk: &Lock) -> BTreeMap<Id, Id> {
    let mut moved = BTreeMap::new();
    for new in sdk.packages.keys() {
        let is_other = |old: &&Id| {
            let is_alike = old.name == new.name && old.source == new.source && *old != new;
            is_alike && (new.source.is_none() || old.version.is_compatible(&new.version))
        };
        for old in lock.packages.keys().filter(is_other) {
            let is_raised = new.source.is_none() || old.version < new.version;
            let (from, to) = if is_raised { (old, new) } else { (new, old) };
            moved.insert(from.clone(), to.clone());
        }
    }
    moved
}

/// Some packages, and all that they need.
fn needed(packages: &BTreeMap<Id, Locked>, mut open: Vec<Id>) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    while let Some(id) = open.pop() {
        if let Some(locked) = packages.get(&id)
            && found.insert(id)
        {
            open.extend(locked.needs.iter().cloned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::super::templates::MANIFEST;
    use super::*;
    use crate::args::Template;

    fn new() -> Lock {
        of_new("coin", &Sources::Ours).expect("this program has a lock")
    }

    #[test]
    fn the_lock_of_every_template_is_whole_and_of_tested_versions() {
        let all = Sources::Ours.text("contracts/Cargo.lock").unwrap();
        let all = Lock::parse(&all).unwrap();
        for template in Template::value_variants() {
            let name = template.to_possible_value().expect("none is hidden");
            let name = format!("my-{}", name.get_name());
            let lock = of_new(&name, &Sources::Ours).unwrap();
            let text = lock.text();
            // It is TOML that is read as it was meant.
            let table: toml::Table = text.parse().unwrap();
            let count = table["package"].as_array().map(Vec::len);
            assert_eq!(count, Some(lock.packages.len()));
            assert_eq!(Lock::parse(&text).unwrap(), lock);
            for (id, locked) in &lock.packages {
                for need in &locked.needs {
                    assert!(lock.packages.contains_key(need), "{id:?} needs {need:?}");
                }
                if id.name == name {
                    let needs: Vec<&str> = locked.needs.iter().map(|it| &*it.name).collect();
                    assert_eq!(needs, NEEDS);
                    continue;
                }
                let tested = all.packages.get(id).expect("a tested version");
                assert_eq!(tested.checksum, locked.checksum, "{id:?}");
                assert!(tested.needs.is_superset(&locked.needs), "{id:?}");
            }
        }
    }

    #[test]
    fn what_only_the_samples_tests_need_is_not_in_it() {
        let lock = new();
        for there in ["argosy-contract-macros", "argosy-vm-crypto", "proptest"] {
            assert!(lock.named(there).is_some(), "{there}");
        }
        for name in ["argosy-vm-engine", "argosy-spec", "wasmi"] {
            assert_eq!(lock.named(name), None, "{name}");
        }
        let all = Sources::Ours.text("contracts/Cargo.lock").unwrap();
        for (name, need) in LEFT_OUT {
            // Or it need not be named any more.
            let all = Lock::parse(&all).unwrap();
            let needs = &all.packages[&all.named(name).expect("it is there")].needs;
            assert!(needs.iter().any(|it| it.name == need), "{name} {need}");
        }
    }

    #[test]
    fn the_manifest_of_a_new_contract_asks_for_what_the_lock_has() {
        let manifest: toml::Table = MANIFEST.replace("{sdk}", "\"sdk\"").parse().unwrap();
        assert_eq!(manifest["package"]["version"].as_str(), Some(VERSION));
        let tables = ["dependencies", "dev-dependencies"].map(|it| manifest[it].as_table());
        let names = tables.into_iter().flatten().flat_map(|it| it.keys());
        assert_eq!(names.collect::<Vec<_>>(), NEEDS);
    }

    #[test]
    fn a_contract_may_be_called_as_a_crate_that_it_uses() {
        let lock = of_new("signature", &Sources::Ours).unwrap();
        let text = lock.text();
        assert!(text.contains("\"signature 3."), "two are told apart");
        assert_eq!(Lock::parse(&text).unwrap(), lock);
    }

    #[test]
    fn sources_without_a_lock_pin_nothing() {
        let empty = tempfile::tempdir().unwrap();
        let sources = Sources::In(empty.path().to_owned());
        assert_eq!(of_new("coin", &sources), None);
        let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let sources = Sources::In(checkout.into());
        assert_eq!(of_new("coin", &sources), Some(new()));
    }

    /// The lock of a contract, as it was with an earlier SDK: `edit` turns its text into that.
    fn earlier(edit: impl Fn(String) -> String) -> Lock {
        Lock::parse(&edit(new().text())).unwrap()
    }

    fn version_of(lock: &Lock, name: &str) -> String {
        let id = lock.named(name).expect("it is there");
        let text = lock.text();
        let (_, rest) = text.split_once(&format!("name = {:?}\n", id.name)).unwrap();
        let line = rest.lines().next().unwrap_or_default();
        line.trim_start_matches("version = ").replace('"', "")
    }

    #[test]
    fn an_update_of_the_same_sdk_changes_nothing() {
        let sdk = of_sdk(&Sources::Ours).unwrap();
        assert_eq!(with_sdk(&new(), &sdk, &["coin"]), new());
    }

    #[test]
    fn an_update_raises_what_is_older_and_lowers_nothing() {
        let sdk = of_sdk(&Sources::Ours).unwrap();
        let tested = version_of(&sdk, "proptest");
        let older = earlier(|it| it.replace(&format!("\"{tested}\""), "\"1.0.1\""));
        assert_eq!(version_of(&older, "proptest"), "1.0.1");
        assert_eq!(with_sdk(&older, &sdk, &["coin"]), new());
        let newer = earlier(|it| it.replace(&format!("\"{tested}\""), "\"1.999.0\""));
        let updated = with_sdk(&newer, &sdk, &["coin"]);
        assert_eq!(version_of(&updated, "proptest"), "1.999.0");
        assert_eq!(updated.packages.len(), new().packages.len());
    }

    #[test]
    fn an_update_takes_the_sdks_crates_as_they_are_now_and_keeps_the_contracts_own() {
        let sdk = of_sdk(&Sources::Ours).unwrap();
        let more = "\n[[package]]\nname = \"mine\"\nversion = \"3.0.0\"\nsource = \"registry+x\"\n\
            dependencies = [\n \"thiserror\",\n]\n\
            \n[[package]]\nname = \"argosy-gone\"\nversion = \"0.0.1\"\n";
        let now = version_of(&sdk, SDK);
        let head = |version: &str| {
            format!("name = \"{SDK}\"\nversion = \"{version}\"\ndependencies = [\n")
        };
        let before = earlier(|it| {
            let it = it.replace(
                &head(&now),
                &format!("{} \"argosy-gone\",\n", head("0.0.1")),
            );
            let own = "name = \"coin\"\nversion = \"0.1.0\"\ndependencies = [\n";
            it.replace(own, &format!("{own} \"mine\",\n")) + more
        });
        assert!(before.named("argosy-gone").is_some());
        assert_eq!(version_of(&before, SDK), "0.0.1");
        let after = with_sdk(&before, &sdk, &["coin"]);
        assert_eq!(version_of(&after, SDK), now);
        assert_eq!(after.named("argosy-gone"), None);
        assert_eq!(version_of(&after, "mine"), "3.0.0");
        let lines = before.changes(&after);
        let raised = format!("~ {SDK} 0.0.1 -> {now}");
        assert_eq!(lines, [raised.as_str(), "- argosy-gone 0.0.1"]);
        assert_eq!(Lock::parse(&after.text()).unwrap(), after);
    }
}

//! `cargo xtask layers`: the dependencies in the manifests against the table in [`table`].
//!
//! Dev-dependencies are free. Not here: which functions are called; a crate that is linked counts as used.

mod table;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use anyhow::Result;

use crate::Report;
use crate::workspace::{Metadata, Package};
use table::{CLIENT, CONTRACTS_MAY_USE, NOT_IN_CLIENT};
pub(crate) use table::{LAYERS, Layer, Place};

/// Checks the workspace, and the contracts' own if it is there.
pub(crate) fn run() -> Result<Report> {
    let metadata = Metadata::load("Cargo.toml")?;
    let mut problems = check(&metadata, LAYERS);
    for heavy in NOT_IN_CLIENT {
        problems.extend(check_not_linked(&metadata, CLIENT, heavy));
    }
    if Path::new("contracts/Cargo.toml").exists() {
        match Metadata::load("contracts/Cargo.toml") {
            Ok(contracts) => problems.extend(check_contracts(&contracts)),
            Err(error) => problems.push(format!("contracts: {error:#}")),
        }
    }
    let checked = format!("{} crates keep to their rows", metadata.members().count());
    Ok(Report { checked, problems })
}

fn check(metadata: &Metadata, table: &[Layer]) -> Vec<String> {
    let members: Vec<&str> = metadata.members().map(|it| it.name.as_str()).collect();
    let mut problems = Vec::new();
    for package in metadata.members() {
        let folder = metadata.folder(package);
        match table.iter().find(|it| it.package == package.name) {
            None => problems.push(format!(
                "{folder}: `{}` has no row in xtask/src/layers/table.rs",
                package.name
            )),
            Some(row) if row.folder != folder => {
                problems.push(format!(
                    "{folder}: the table puts `{}` into {}",
                    package.name, row.folder
                ));
            }
            Some(row) => {
                problems.extend(check_arrows(package, row, &members));
                problems.extend(check_heavy(package, row, table));
            }
        }
    }
    problems
}

fn check_arrows(package: &Package, row: &Layer, members: &[&str]) -> Vec<String> {
    let used = package
        .dependencies
        .iter()
        .filter(|it| !it.is_dev() && members.contains(&it.name.as_str()));
    let refused = used.filter(|it| {
        !row.may_use
            .iter()
            .any(|group| group.contains(&it.name.as_str()))
    });
    refused
        .map(|it| {
            format!(
                "{}: `{}` may not use `{}`: see ADR 0002",
                row.folder, row.package, it.name
            )
        })
        .collect()
}

fn check_heavy(package: &Package, row: &Layer, table: &[Layer]) -> Vec<String> {
    let mut problems = Vec::new();
    for dependency in package.dependencies.iter().filter(|it| !it.is_dev()) {
        let owners: Vec<&str> = table
            .iter()
            .filter(|it| names(it, &dependency.name))
            .map(|it| it.package)
            .collect();
        if !owners.is_empty() && !names(row, &dependency.name) {
            let (name, owners) = (&dependency.name, owners.join(", "));
            problems.push(format!(
                "{}: `{name}` is named by {owners} alone: go through its interface",
                row.folder
            ));
        }
    }
    problems
}

fn names(row: &Layer, dependency: &str) -> bool {
    row.names
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => dependency.starts_with(start),
            None => dependency == *pattern,
        })
}

/// Contracts may use each other and what guest and host agree on.
fn check_contracts(metadata: &Metadata) -> Vec<String> {
    let members: Vec<&str> = metadata.members().map(|it| it.name.as_str()).collect();
    let local: Vec<&str> = metadata
        .packages
        .iter()
        .filter(|it| it.source.is_none())
        .map(|it| it.name.as_str())
        .collect();
    let mut problems = Vec::new();
    for package in metadata.members() {
        for dependency in package.dependencies.iter().filter(|it| !it.is_dev()) {
            let name = dependency.name.as_str();
            if local.contains(&name)
                && !members.contains(&name)
                && !CONTRACTS_MAY_USE.contains(&name)
            {
                let folder = metadata.folder(package);
                problems.push(format!(
                    "contracts/{folder}: `{}` may not use `{name}`: see ADR 0002",
                    package.name
                ));
            }
        }
    }
    problems
}

/// Breadth first, so that the path shown is a shortest one.
fn check_not_linked(metadata: &Metadata, from: &str, forbidden: &str) -> Option<String> {
    let resolve = metadata.resolve.as_ref()?;
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str()))
        .collect();
    let start = metadata.members().find(|it| it.name == from)?;
    let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start.id.as_str()]);
    while let Some(id) = queue.pop_front() {
        if names.get(id) == Some(&forbidden) {
            let path: Vec<&str> = std::iter::successors(Some(id), |it| parents.get(it).copied())
                .filter_map(|it| names.get(it).copied())
                .collect();
            return Some(format!(
                "{from}: links `{forbidden}`, by {}",
                path.join(" <- ")
            ));
        }
        let node = resolve.nodes.iter().find(|it| it.id == id);
        for dependency in node
            .iter()
            .flat_map(|it| &it.deps)
            .filter(|it| it.is_normal())
        {
            let child = dependency.pkg.as_str();
            if child != start.id && !parents.contains_key(child) {
                parents.insert(child, id);
                queue.push_back(child);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    /// A workspace of (folder, crate, dependencies); a dependency `dev:x` is one of tests.
    fn workspace(crates: &[(&str, &str, &[&str])]) -> Metadata {
        let dependency = |name: &&str| match name.strip_prefix("dev:") {
            Some(name) => json!({"name": name, "kind": "dev"}),
            None => json!({"name": name, "kind": null}),
        };
        let packages: Vec<_> = crates
            .iter()
            .map(|(folder, name, uses)| {
                json!({"id": name, "name": name, "version": "0.1.0", "license": "MIT", "source": null,
                    "manifest_path": format!("/w/{folder}/Cargo.toml"),
                    "dependencies": uses.iter().map(dependency).collect::<Vec<_>>()})
            })
            .collect();
        let nodes: Vec<_> = crates
            .iter()
            .map(|(_, name, uses)| {
                let deps: Vec<_> = uses
                    .iter()
                    .map(|it| match it.strip_prefix("dev:") {
                        Some(it) => json!({"pkg": it, "dep_kinds": [{"kind": "dev"}]}),
                        None => json!({"pkg": it, "dep_kinds": [{"kind": null}]}),
                    })
                    .collect();
                json!({"id": name, "deps": deps})
            })
            .collect();
        let members: Vec<&str> = crates.iter().map(|it| it.1).collect();
        let metadata = json!({"packages": packages, "workspace_members": members, "workspace_root": "/w",
            "resolve": {"nodes": nodes}});
        serde_json::from_value(metadata).unwrap()
    }

    #[track_caller]
    fn check_one(crates: &[(&str, &str, &[&str])], expected: &[&str]) {
        assert_eq!(check(&workspace(crates), LAYERS), expected);
    }

    const KV: (&str, &str, &[&str]) = ("node/kv", "argosy-kv", &[]);

    #[test]
    fn accepts_arrows_of_the_table() {
        check_one(
            &[
                KV,
                ("node/store", "argosy-store", &["argosy-kv", "rocksdb"]),
            ],
            &[],
        );
    }

    #[test]
    fn refuses_an_arrow_that_points_up() {
        let kv = ("node/kv", "argosy-kv", &["argosy-state"][..]);
        let expected = "node/kv: `argosy-kv` may not use `argosy-state`: see ADR 0002";
        check_one(&[kv, ("node/state", "argosy-state", &[])], &[expected]);
    }

    #[test]
    fn refuses_a_heavy_dependency_outside_its_crate() {
        let expected =
            "node/kv: `rocksdb` is named by argosy-store alone: go through its interface";
        check_one(&[("node/kv", "argosy-kv", &["rocksdb"])], &[expected]);
    }

    #[test]
    fn refuses_a_heavy_dependency_by_its_family() {
        let found = check(
            &workspace(&[("node/kv", "argosy-kv", &["arc-malachitebft-sync"])]),
            LAYERS,
        );
        assert_eq!(found.len(), 1, "{found:?}");
        check_one(
            &[(
                "node/consensus",
                "argosy-consensus",
                &["arc-malachitebft-sync"],
            )],
            &[],
        );
    }

    #[test]
    fn lets_tests_use_what_they_like() {
        check_one(
            &[
                ("node/kv", "argosy-kv", &["dev:argosy-state", "dev:rocksdb"]),
                ("node/state", "argosy-state", &[]),
            ],
            &[],
        );
    }

    #[test]
    fn refuses_a_crate_without_a_row() {
        check_one(
            &[("node/extra", "extra", &[])],
            &["node/extra: `extra` has no row in xtask/src/layers/table.rs"],
        );
    }

    #[test]
    fn refuses_a_crate_in_another_folder() {
        check_one(
            &[("vm/kv", "argosy-kv", &[])],
            &["vm/kv: the table puts `argosy-kv` into node/kv"],
        );
    }

    #[test]
    fn refuses_rocksdb_deep_in_the_client() {
        let crates: [(&str, &str, &[&str]); 3] = [
            ("clients/argosy", "argosy", &["a"]),
            ("a", "a", &["rocksdb"]),
            ("r", "rocksdb", &[]),
        ];
        let found = check_not_linked(&workspace(&crates), "argosy", "rocksdb");
        assert_eq!(
            found.unwrap(),
            "argosy: links `rocksdb`, by rocksdb <- a <- argosy"
        );
        let tests_only: [(&str, &str, &[&str]); 2] = [
            ("clients/argosy", "argosy", &["dev:rocksdb"]),
            ("r", "rocksdb", &[]),
        ];
        assert_eq!(
            check_not_linked(&workspace(&tests_only), "argosy", "rocksdb"),
            None
        );
    }

    #[test]
    fn lets_contracts_use_only_the_abi() {
        let mut contracts = workspace(&[
            ("token", "token", &["sdk"]),
            ("sdk", "sdk", &["argosy-vm-abi", "argosy-kv"]),
            ("../vm/abi", "argosy-vm-abi", &[]),
            ("../node/kv", "argosy-kv", &[]),
        ]);
        contracts.workspace_members.truncate(2);
        assert_eq!(
            check_contracts(&contracts),
            ["contracts/sdk: `sdk` may not use `argosy-kv`: see ADR 0002"]
        );
    }

    #[test]
    fn the_table_has_no_circle_and_no_unknown_name() {
        let mut placed: BTreeSet<&str> = BTreeSet::new();
        while placed.len() < LAYERS.len() {
            let before = placed.len();
            for row in LAYERS {
                let below = row
                    .may_use
                    .iter()
                    .copied()
                    .flatten()
                    .filter(|it| **it != row.package);
                if below.clone().all(|it| placed.contains(it)) {
                    placed.insert(row.package);
                }
            }
            assert!(
                placed.len() > before,
                "a circle or a name without a row, above {placed:?}"
            );
        }
    }
}

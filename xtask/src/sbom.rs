//! `cargo xtask sbom PACKAGE`: what is in a program, as a CycloneDX 1.5 document (JSON) on stdout.
//!
//! Components are the crates that the optimised build of this machine links, by `cargo tree`; checksums
//! are those of Cargo.lock. The same commit and machine give the same bytes: there is no clock in it.
//! Source of the form: <https://cyclonedx.org/docs/1.5/json/>.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::workspace::Metadata;

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

/// A crate by name and version.
type Crate = (String, String);

/// Prints the document.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let [package] = arguments else {
        bail!("sbom takes the name of one package");
    };
    let linked = linked(package)?;
    let lock = std::fs::read_to_string("Cargo.lock").context("cannot read Cargo.lock")?;
    let lock: Lock = toml::from_str(&lock).context("cannot understand Cargo.lock")?;
    let checksums: BTreeMap<Crate, String> = lock
        .package
        .into_iter()
        .filter_map(|it| Some(((it.name, it.version), it.checksum?)))
        .collect();
    let metadata = Metadata::load("Cargo.toml")?;
    let document = document(package, &linked, &checksums, &metadata)?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

/// The crates that a program links, with their licences.
fn linked(package: &str) -> Result<BTreeMap<Crate, String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--package", package, "--edges", "normal"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .output()
        .context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "cargo tree failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).context("cargo tree: not UTF-8")?;
    text.lines().map(component).collect()
}

/// A line of the tree: `name v1.2.3 (where)|licence`.
fn component(line: &str) -> Result<(Crate, String)> {
    let (named, licence) = line.split_once('|').context("no licence in a line")?;
    let mut words = named.split_whitespace();
    let name = words.next().context("no name in a line")?;
    let version = words.next().and_then(|it| it.strip_prefix('v'));
    let version = version.with_context(|| format!("no version of {name}"))?;
    Ok(((name.into(), version.into()), licence.into()))
}

fn document(
    package: &str,
    linked: &BTreeMap<Crate, String>,
    checksums: &BTreeMap<Crate, String>,
    metadata: &Metadata,
) -> Result<Value> {
    let root = linked.keys().find(|(name, _)| name == package);
    let root = root.with_context(|| format!("{package} is not in its own tree"))?;
    let parts = linked.iter().filter(|(it, _)| *it != root);
    let parts: Vec<Value> = parts
        .map(|(it, licence)| part("library", it, licence, checksums.get(it)))
        .collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": part("application", root, &linked[root], None) },
        "components": parts,
        "dependencies": dependencies(linked, metadata),
    }))
}

/// One crate. Where it is from is in its package URL: crates.io, or this workspace.
fn part(kind: &str, it: &Crate, licence: &str, checksum: Option<&String>) -> Value {
    let (name, version) = it;
    let mut part = json!({
        "type": kind,
        "bom-ref": reference(it),
        "name": name,
        "version": version,
        "purl": reference(it),
        // An older way to write OR.
        "licenses": [{ "expression": licence.replace('/', " OR ") }],
    });
    if let Some(checksum) = checksum {
        part["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    part
}

fn reference((name, version): &Crate) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// Who uses whom, among the linked ones.
fn dependencies(linked: &BTreeMap<Crate, String>, metadata: &Metadata) -> Vec<Value> {
    let crates: BTreeMap<&str, Crate> = metadata
        .packages
        .iter()
        .map(|it| (it.id.as_str(), (it.name.clone(), it.version.clone())))
        .collect();
    let nodes = metadata.resolve.iter().flat_map(|it| &it.nodes);
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in nodes {
        let Some(user) = crates.get(node.id.as_str()) else {
            continue;
        };
        if !linked.contains_key(user) {
            continue;
        }
        let used = node.deps.iter().filter(|it| it.is_normal());
        let used = used.filter_map(|it| crates.get(it.pkg.as_str()));
        let used = used.filter(|it| linked.contains_key(*it)).map(reference);
        all.entry(reference(user)).or_default().extend(used);
    }
    all.into_iter()
        .map(|(user, used)| json!({ "ref": user, "dependsOn": used }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_a_crate_with_its_licence() {
        let (it, licence) = component("serde v1.0.219|MIT OR Apache-2.0").unwrap();
        assert_eq!(reference(&it), "pkg:cargo/serde@1.0.219");
        assert_eq!(licence, "MIT OR Apache-2.0");
        let (it, _) = component("argosyd v0.1.0 (/somewhere/node/argosyd)|MIT").unwrap();
        assert_eq!(it, ("argosyd".into(), "0.1.0".into()));
        assert!(component("serde|MIT").is_err());
        assert!(component("serde v1").is_err());
    }

    #[test]
    fn every_part_names_its_licence_and_every_arrow_leads_to_a_part() {
        let linked = linked("argosy-proof").unwrap();
        let metadata = Metadata::load("../Cargo.toml").unwrap();
        let document = document("argosy-proof", &linked, &BTreeMap::new(), &metadata).unwrap();
        let parts = document["components"].as_array().unwrap();
        assert!(parts.len() > 3);
        let mut names: BTreeSet<&str> = parts
            .iter()
            .map(|it| it["bom-ref"].as_str().unwrap())
            .collect();
        for part in parts {
            assert!(
                !part["licenses"][0]["expression"]
                    .as_str()
                    .unwrap()
                    .is_empty(),
                "{part}"
            );
        }
        let root = document["metadata"]["component"]["bom-ref"]
            .as_str()
            .unwrap();
        names.insert(root);
        let arrows = document["dependencies"].as_array().unwrap();
        assert_eq!(arrows.len(), names.len());
        for arrow in arrows {
            for used in arrow["dependsOn"].as_array().unwrap() {
                assert!(names.contains(used.as_str().unwrap()), "{used}");
            }
        }
    }
}

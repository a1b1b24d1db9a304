//! Contracts of the Rust crate registry, unmodified: each scenario ends as it does on `cw-multi-test`.
//!
//! ```text
//! scenarios/*.json ─► this chain, Wasm ──────────────────────► outcomes ─┐
//!                        └► addresses, heights ─► oracle ────► outcomes ─┴► equal
//! ```
//!
//! The oracle (`contracts/oracle`) runs the same crates as native code. It is told the addresses of this chain, so
//! that answers, events and orders are compared as they are. Modules and oracle are built when they are needed,
//! and kept in the user's cache.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::scenario::Scenario;

/// The crates and their versions, which are those that the oracle links.
const VERSIONS: &str = include_str!("../../../../../contracts/cosmwasm.txt");

/// Where what is built stays.
fn cache() -> PathBuf {
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"),
    };
    cache.join("argosy/cosmwasm")
}

/// A path in the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The module of a contract, built once and kept.
pub(crate) fn module(name: &str) -> Vec<u8> {
    let mut versions = VERSIONS.lines().filter_map(|it| it.split_once(' '));
    let version = versions.find(|it| it.0 == name).unwrap().1;
    let modules = cache().join("modules");
    let mut build = Command::new("bash");
    build.arg(repository("contracts/cosmwasm.sh"));
    let status = build.arg(&modules).arg(name).arg(version).status();
    assert!(status.unwrap().success(), "{name} was not built");
    std::fs::read(modules.join(format!("{name}-{version}.wasm"))).unwrap()
}

/// What comes of each step on `cw-multi-test`.
fn oracle(input: &Value) -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut oracle = Command::new(cargo)
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(repository("contracts/oracle/Cargo.toml"))
        .env("CARGO_TARGET_DIR", cache().join("oracle"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = input.to_string().into_bytes();
    // It reads all before it writes.
    let mut stdin = oracle.stdin.take().unwrap();
    stdin.write_all(&bytes).unwrap();
    drop(stdin);
    let output = oracle.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn check(text: &str) {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut scenario = Scenario::new(&document, module);
    let steps = document["steps"].as_array().unwrap();
    for step in steps {
        scenario.step(step);
    }
    let expected = oracle(&scenario.for_oracle());
    assert_eq!(scenario.outcomes.len(), expected.len());
    let told = steps.iter().filter(|it| it["wait"].is_null());
    let pairs = scenario.outcomes.iter().zip(&expected);
    for (step, (ours, theirs)) in told.zip(pairs) {
        match &ours["error"] {
            Value::Null => assert_eq!(ours, theirs, "{step}"),
            error => compare_failures(error, theirs, step),
        }
    }
    eprintln!("{}", scenario.gas.join("\n"));
}

/// Both failed; where the words are the contract's, they are among those of the oracle.
#[track_caller]
fn compare_failures(error: &Value, theirs: &Value, step: &Value) {
    let errors = theirs["errors"].as_array();
    let errors = errors.unwrap_or_else(|| panic!("{step}: {error}, but {theirs}"));
    if step["fails"] == json!(true) {
        assert!(errors.contains(error), "{step}: {error} in {theirs}");
    }
}

#[test]
fn the_oracle_links_what_is_built() {
    let manifest = std::fs::read_to_string(repository("contracts/oracle/Cargo.toml")).unwrap();
    let built: Vec<_> = VERSIONS.lines().collect();
    assert_eq!(built.len(), 7);
    for line in built {
        let (name, version) = line.split_once(' ').unwrap();
        let linked = format!("\n{name} = {{ version = \"={version}\"");
        assert!(manifest.contains(&linked), "{line}");
    }
}

macro_rules! scenarios {
    ($($name:ident = $file:literal;)+) => {
        $(
            #[test]
            #[ignore = "builds contracts and the oracle, which takes minutes the first time; ./x test --full"]
            fn $name() {
                check(include_str!(concat!("scenarios/", $file, ".json")));
            }
        )+
    };
}

scenarios! {
    tokens_move_as_cw20_says = "cw20";
    subkeys_spend_what_they_may = "cw1";
    a_fixed_multisig_decides = "cw3_fixed";
    a_flexible_multisig_follows_its_group = "cw3_flex";
    stakes_are_bonded_and_claimed = "cw4_stake";
    ships_are_minted_and_sent = "cw721";
}

//! Interfaces for other contracts: traits made from ABIs.

use std::path::Path;

use argosy_bindings::{BindError, Source, interface_text};
use serde_json::{Value, json};

fn artifact(name: &str) -> Source {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
    Source::parse(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn made(abi: &Value, name: &str) -> Result<String, BindError> {
    interface_text(&Source::parse(abi.to_string().as_bytes())?, name)
}

/// The selector of a name, as JSON has it.
fn selector(name: &str) -> String {
    let hash = argosy_primitives::blake3(name.as_bytes());
    let digits: String = hash[..4].iter().map(|it| format!("{it:02x}")).collect();
    format!("0x{digits}")
}

#[test]
fn the_token_becomes_a_trait_with_its_errors() {
    let code = interface_text(&artifact("token.wasm"), "my-token").unwrap();
    for line in [
        "// Made by `argosy contract bindings --interface`.",
        "pub mod my_token {",
        "use argosy_contract::prelude::*;",
        "#[interface]",
        "pub trait MyToken {",
        "/// Transfers tokens of the caller.",
        "#[call]",
        "fn transfer(",
        "to: Address,",
        ") -> Result<(), TokenError>;",
        "#[query]",
        "fn balance_of(&self, owner: Address) -> u128;",
        "#[abi(foreign)]",
        "pub enum TokenError {",
        "InsufficientBalance { have: u128, need: u128 },",
    ] {
        assert!(code.contains(line), "no {line:?} in\n{code}");
    }
    // Neither events nor the method that creates it: a handle is of a contract that is there.
    assert!(
        !code.contains("fn init") && !code.contains("Left out"),
        "{code}"
    );
}

#[test]
fn every_sample_has_an_interface_that_is_rust() {
    for name in [
        "attestation",
        "counter",
        "devices",
        "escrow",
        "exchange",
        "lots",
        "multisig",
        "names",
        "nft",
        "poll",
        "probe",
        "upgradeable",
        "vesting",
    ] {
        let code = interface_text(&artifact(&format!("{name}.wasm")), name).unwrap();
        let file = syn::parse_file(&code).unwrap();
        assert_eq!(file.items.len(), 1, "{name}: one module");
        assert!(code.contains("#[interface]"), "{name}");
    }
}

#[test]
fn what_a_trait_cannot_have_is_left_out_and_told() {
    let method = |kind: &str, name: &str, selector: String| json!({ "kind": kind, "name": name, "selector": selector });
    let code = made(
        &json!({ "methods": [
            method("call", "pay", selector("pay")),
            method("query", "pay", selector("pay")),
            method("call", "odd", "0x00000001".to_owned()),
            method("query", "at", selector("at")),
            method("query", "type", selector("type")),
            method("init", "new", selector("new")),
        ] }),
        "1st",
    )
    .unwrap();
    for line in [
        "// Left out, to be called by `Call::raw`: odd, at, pay.",
        "fn pay(&mut self);",
        "fn r#type(&self);",
        "pub mod contract_1st {",
        "pub trait Contract1st {",
    ] {
        assert!(code.contains(line), "no {line:?} in\n{code}");
    }
}

#[test]
fn the_handle_hides_nothing_that_its_methods_name() {
    let abi = json!({ "methods": [{
        "kind": "query", "name": "name_of", "selector": selector("name_of"),
        "args": [{ "name": "owner", "type": "Address" }], "returns": "Option<String>",
    }] });
    for (name, handle) in [
        ("address", "Address_"),
        ("option", "Option_"),
        ("string", "String_"),
        ("names", "Names"),
    ] {
        let code = made(&abi, name).unwrap();
        let line = format!("pub trait {handle} {{");
        assert!(code.contains(&line), "no {line:?} in\n{code}");
    }
}

#[test]
fn types_are_those_of_the_contract_sdk() {
    let code = made(
        &json!({
            "methods": [{
                "kind": "call", "name": "buy", "selector": selector("buy"), "payable": true,
                "args": [
                    { "name": "funds", "type": "Fixed<6>" }, { "name": "1", "type": "Bytes" },
                    { "name": "ref", "type": "Vec<Node>" }, { "name": "id", "type": "[Hash; 2]" },
                ],
                "returns": "(u8,)",
            }],
            "types": [
                { "name": "Buy", "struct": [] },
                { "name": "Node", "struct": [
                    { "name": "next", "type": "Option<Node>" }, { "name": "leaf", "type": "Leaf" },
                ] },
                { "name": "Leaf", "enum": [{ "name": "A", "index": 9, "fields": [{ "name": "0", "type": "u8" }] }] },
            ],
        }),
        "buy",
    )
    .unwrap();
    for line in [
        "pub trait Buy {",
        "#[call(payable)]",
        "funds_: argosy_contract::math::Fixed<6>,",
        "_1: Vec<u8>,",
        "r#ref: Vec<Node>,",
        "id: [argosy_contract::primitives::Hash32; 2],",
        ") -> (u8,);",
        "pub next: Option<argosy_contract::prelude::Box<Node>>,",
        "#[abi(index = 9)]",
        "A(u8),",
    ] {
        let is_there = code.contains(line) || code.contains(&line.replace("Buy {", "Buy_ {"));
        assert!(is_there, "no {line:?} in\n{code}");
    }
    assert!(!code.contains("pub struct Buy"), "nobody names it: {code}");
}

#[test]
fn what_contracts_cannot_name_is_refused_with_a_remedy() {
    let with = |ty: &str| {
        json!({ "methods": [{
            "kind": "query", "name": "get", "selector": selector("get"),
            "args": [{ "name": "a", "type": ty }],
        }] })
    };
    for (ty, says) in [
        ("Vec<Result<u8, u8>>", "argument a of get"),
        ("(u8, u8, u8, u8, u8, u8, u8)", "at most 6"),
    ] {
        let error = made(&with(ty), "a").unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

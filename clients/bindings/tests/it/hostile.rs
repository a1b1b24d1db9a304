//! ABIs that mean no good: what they say never becomes code, and what cannot be bound is told.

use argosy_bindings::{BindError, Source, text};
use serde_json::{Value, json};

fn bind(abi: &Value) -> Result<String, BindError> {
    text(&Source::parse(abi.to_string().as_bytes())?, "odd")
}

fn with_type(ty: &str) -> Value {
    json!({ "methods": [{
        "kind": "call", "name": "m", "selector": "0x00000001", "args": [{ "name": "a", "type": ty }],
    }] })
}

#[track_caller]
fn refuse(abi: &Value, says: &[&str]) {
    let error = bind(abi).unwrap_err().to_string();
    for text in says {
        assert!(error.contains(text), "no {text:?} in {error:?}");
    }
}

#[test]
fn what_rust_cannot_hold_is_refused_with_a_remedy() {
    let thirteen = format!("({})", vec!["u8"; 13].join(", "));
    refuse(
        &with_type(&thirteen),
        &["argument a of m", "13", "make it a struct"],
    );
    refuse(
        &with_type("[u8; 4294967295]"),
        &["argument a of m", "make it a Vec"],
    );
    refuse(&with_type("[[[u8; 1000]; 1000]; 1000]"), &["1000000000"]);
    assert!(bind(&with_type("[u8; 16384]")).is_ok());
    let event = json!({ "methods": [], "events": [{ "name": "Option", "fields": [] }] });
    refuse(&event, &["event Option", "another name"]);
}

#[test]
fn what_is_no_abi_is_told_by_its_place() {
    refuse(&json!({}), &["methods", "argosy contract abi"]);
    refuse(&json!({ "methods": [{ "kind": "cal" }] }), &["cal"]);
    refuse(&with_type("Map<u8, u8>"), &["Map<u8, u8>"]);
    let mut method = with_type("u8");
    method["methods"][0]["selector"] = json!("0x1");
    refuse(&method, &["\"m\"", "eight digits"]);
    method["methods"][0]["selector"] = json!("0x+0000001");
    refuse(&method, &["eight digits"]);
    for bytes in [&b""[..], b"#!/bin/sh", b"\xff\xfe", b"[]"] {
        assert_eq!(Source::parse(bytes), Err(BindError::Unknown));
    }
    let bare = Source::parse(b"\0asm\x01\0\0\0");
    assert_eq!(bare, Err(BindError::NoAbi));
}

/// Words and names of a contract are words and names, whatever they hold.
#[test]
fn nothing_that_a_contract_says_becomes_code() {
    let words = "*/ }\n```\nstd::process::exit(1);\n```\n\"#] fn evil() {}";
    let mut abi = with_type("u8");
    abi["contract"] = json!({ "name": "odd", "docs": words });
    abi["methods"][0]["docs"] = json!(words);
    let code = bind(&abi).unwrap();
    let file = syn::parse_file(&code).unwrap();
    assert_eq!(file.items.len(), 1, "{code}");
    // The ABI itself is there too, as bytes.
    let lines = code
        .lines()
        .filter(|it| !it.trim_start().starts_with("section: b\""));
    let code: String = lines.map(|it| format!("{it}\n")).collect();
    for line in code
        .lines()
        .filter(|it| it.contains("exit") || it.contains("evil"))
    {
        assert!(line.trim_start().starts_with("///"), "{line}");
    }
    assert!(!code.contains("```"), "{code}");
    let mut name = with_type("u8");
    name["methods"][0]["name"] = json!("m() {} fn evil");
    refuse(&name, &["as a name"]);
}

#[test]
fn a_type_that_holds_itself_is_boxed_where_it_does() {
    let abi = json!({ "methods": [], "types": [
        { "name": "A", "struct": [{ "name": "b", "type": "Option<B>" }, { "name": "c", "type": "C" }] },
        { "name": "B", "enum": [{ "name": "A", "index": 0, "fields": [{ "name": "0", "type": "A" }] }] },
        { "name": "C", "struct": [{ "name": "0", "type": "u8" }] },
    ] });
    let code = bind(&abi).unwrap();
    assert!(
        code.contains("pub b: Option<::std::boxed::Box<B>>"),
        "{code}"
    );
    assert!(code.contains("A(::std::boxed::Box<A>)"), "{code}");
    assert!(code.contains("pub c: C,"), "{code}");
}

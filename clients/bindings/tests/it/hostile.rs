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
        &["argument a of m", "make arrays in it a Vec"],
    );
    refuse(&with_type("[[[u8; 1000]; 1000]; 1000]"), &["1000000000"]);
    assert!(bind(&with_type("[u8; 16384]")).is_ok());
    refuse(
        &with_type("Vec<[u8; 16385]>"),
        &["argument a of m", "16385"],
    );
    // Not only where it is written so.
    let inside = json!({ "methods": [], "types": [
        { "name": "Big", "struct": [{ "name": "0", "type": "[(Part, u8); 200]" }] },
        { "name": "Part", "struct": [{ "name": "0", "type": "[u8; 100]" }] },
    ] });
    refuse(
        &inside,
        &["Big has 20200 values", "make arrays in it a Vec"],
    );
    let variant = |count: u32| {
        let fields: Vec<Value> = (0..count)
            .map(|it| json!({ "name": it.to_string(), "type": "u8" }))
            .collect();
        let variant = json!({ "name": "Many", "index": 0, "fields": fields });
        json!({ "methods": [], "types": [{ "name": "E", "enum": [variant] }] })
    };
    assert!(bind(&variant(128)).is_ok());
    refuse(&variant(129), &["E::Many", "129", "give its fields names"]);
}

/// Types inside each other, deeper than a compiler goes.
#[test]
fn what_is_too_deep_is_refused_and_takes_no_time() {
    let chain = |count: usize, last: &str| {
        let types: Vec<Value> = (0..count)
            .map(|it| {
                let next = match it + 1 == count {
                    true => last.to_owned(),
                    false => format!("T{}", it + 1),
                };
                json!({ "name": format!("T{it}"), "struct": [{ "name": "a", "type": next }] })
            })
            .collect();
        json!({ "methods": [], "types": types })
    };
    assert!(bind(&chain(60, "u8")).is_ok());
    refuse(&chain(900, "u8"), &["deep", "use fewer types"]);
    refuse(&chain(900, "T0"), &["deep", "use fewer types"]);
    let boxed = bind(&chain(20, "T0")).unwrap();
    assert!(boxed.contains("pub a: ::std::boxed::Box<T1>"), "{boxed}");
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

/// Names that Rust, or code derived from the types, understands otherwise.
#[test]
fn no_name_hides_what_the_code_needs() {
    let abi = json!({
        "methods": [{
            "kind": "call", "name": "m", "selector": "0x00000001",
            "args": [{ "name": "SCHEMA", "type": "usize" }, { "name": "None", "type": "Self_" }],
        }],
        "events": [
            { "name": "read", "fields": [{ "name": "None", "type": "_", "indexed": true }] },
            { "name": "Option", "fields": [] },
        ],
        "types": [
            { "name": "usize", "struct": [] },
            { "name": "Self", "struct": [] },
            { "name": "Self_", "struct": [] },
            { "name": "_", "enum": [
                { "name": "Self", "index": 0 },
                { "name": "Self_", "index": 1, "fields": [
                    { "name": "usize", "type": "usize" }, { "name": "__codec_dest_edqy", "type": "u8" },
                ] },
            ] },
            { "name": "vec", "struct": [{ "name": "0", "type": "Vec<u8>" }] },
        ],
    });
    let code = bind(&abi).unwrap();
    for line in [
        "pub struct Usize;",
        "pub struct Self_;",
        "pub struct Self__;",
        "pub enum T_ {",
        "Self_ { usize: Usize, f___codec_dest_edqy: u8 }",
        "pub struct Vec_(pub Vec<u8>);",
        "pub struct Read {",
        "pub struct Option_ {}",
        "Read(events::Read)",
        "f_SCHEMA: types::Usize",
        "f_None: types::Self_",
        "f_None: Option<super::types::T_>",
    ] {
        assert!(code.contains(line), "no {line:?} in\n{code}");
    }
}

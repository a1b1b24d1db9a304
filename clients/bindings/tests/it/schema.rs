//! The JSON Schema of an ABI, `docs/reference/abi.schema.json`, against what is written and what is read.

use std::path::{Path, PathBuf};

use argosy_bindings::{Source, json};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};

const PLACE: &str = "http://argosy.invalid/abi.schema.json";

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn schema() -> Value {
    let text = std::fs::read(folder("docs/reference/abi.schema.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Why a document is none by this schema.
fn refusal(schema: &Value, document: &Value) -> Option<String> {
    let mut compiler = Compiler::new();
    compiler.add_resource(PLACE, schema.clone()).unwrap();
    let mut schemas = Schemas::new();
    let compiled = compiler.compile(PLACE, &mut schemas).unwrap();
    let checked = schemas.validate(document, compiled);
    checked.err().map(|error| error.to_string())
}

/// The same schema without room for what it does not name.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let mut object: serde_json::Map<String, Value> = object
                .iter()
                .map(|(key, value)| (key.clone(), closed(value)))
                .collect();
            if object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            Value::Object(object)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

fn samples() -> Vec<(String, Value)> {
    let files = std::fs::read_dir(folder("contracts/artifacts")).unwrap();
    let paths = files.map(|it| it.unwrap().path());
    let modules = paths.filter(|it| it.extension().is_some_and(|it| it == "wasm"));
    let read = |path: PathBuf| {
        let source = Source::parse(&std::fs::read(&path).unwrap()).ok()?;
        Some((path.display().to_string(), json::of_abi(&source.abi)))
    };
    modules.filter_map(read).collect()
}

#[test]
fn every_sample_is_what_the_schema_says() {
    // Names of keys that are not in the schema would be a change of the format that nobody told.
    let (open, closed) = (schema(), closed(&schema()));
    let samples = samples();
    // All but those for benchmarks, which carry no ABI.
    assert!(samples.len() >= 14, "{} samples have an ABI", samples.len());
    for (name, abi) in samples {
        assert_eq!(refusal(&open, &abi), None, "{name}");
        assert_eq!(refusal(&closed, &abi), None, "{name}");
    }
}

#[test]
fn every_part_of_an_abi_is_in_the_schema() {
    let abi = whole();
    assert_eq!(refusal(&closed(&schema()), &abi), None);
    let source = Source::parse(abi.to_string().as_bytes()).unwrap();
    assert_eq!(json::of_abi(&source.abi), abi, "nothing is lost");
}

/// One of everything, as it is written.
fn whole() -> Value {
    json!({
        "contract": { "name": "all-of-it", "version": "1.2.3", "docs": "Everything." },
        "methods": [
            {
                "kind": "call", "name": "pay", "selector": "0x00000001",
                "args": [{ "name": "amount", "type": "Fixed<6>" }], "returns": "()",
                "error": "Why", "payable": true, "docs": "Pays.",
            },
            {
                "kind": "query", "name": "get", "selector": "0xffffffff",
                "args": [], "returns": "Option<Pair>", "error": null, "payable": false, "docs": "",
            },
        ],
        "events": [{
            "name": "Paid", "docs": "",
            "fields": [
                { "name": "by", "type": "Address", "indexed": true },
                { "name": "amount", "type": "u128", "indexed": false },
            ],
        }],
        "types": [
            { "name": "Pair", "docs": "", "struct": [
                { "name": "0", "type": "u8" }, { "name": "1", "type": "[u8; 4]" },
            ] },
            { "name": "Why", "docs": "Because.", "enum": [
                { "name": "No", "index": 0, "fields": [] },
                { "name": "Never", "index": 255, "fields": [{ "name": "at", "type": "u64" }] },
            ] },
        ],
        "storage": [
            { "name": "items", "type": "Vec<(u32, u8)>", "kind": "item" },
            { "name": "keys", "type": "Vec<(u32, ())>", "kind": "set" },
            { "name": "list", "type": "Vec<(u32, u8)>", "kind": "list" },
            { "name": "map", "type": "Vec<(u32, u8)>", "kind": "map" },
            { "name": "untold", "type": "Vec<(u32, u8)>" },
        ],
    })
}

/// The part of the whole at `pointer` becomes `value`; null takes it away.
fn with(pointer: &str, value: Value) -> Value {
    let mut abi = whole();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match abi.pointer_mut(parent).unwrap() {
        Value::Object(object) if value.is_null() => {
            object.remove(key).unwrap();
        }
        Value::Object(object) => {
            object.insert(key.to_owned(), value);
        }
        other => panic!("{other} has no {key}"),
    }
    abi
}

#[test]
fn what_the_schema_refuses_is_not_read_either() {
    let schema = schema();
    let wrong = [
        with("/methods", Value::Null),
        with("/methods", json!({})),
        with("/methods/0/name", Value::Null),
        with("/methods/0/name", json!("a b")),
        with("/methods/0/kind", json!("send")),
        with("/methods/0/selector", json!("0x12")),
        with("/methods/0/selector", json!("0x0000000g")),
        with("/methods/0/payable", json!("yes")),
        with("/methods/0/args/0/type", Value::Null),
        with("/methods/0/args/0/type", json!("Vec{u8}")),
        with("/methods/0/returns", json!("")),
        with("/events/0/fields/0/indexed", json!(1)),
        with("/types/0/struct", Value::Null),
        with("/types/1/enum/1/index", json!(256)),
        with("/types/1/enum/1/index", json!(-1)),
        with("/storage/0/kind", json!("heap")),
        with("/storage/0/name", json!("x".repeat(129))),
        with("/contract/name", json!("a b")),
        json!([]),
    ];
    for abi in wrong {
        assert!(refusal(&schema, &abi).is_some(), "the schema takes {abi}");
        let read = Source::parse(abi.to_string().as_bytes());
        assert!(read.is_err(), "it is read: {abi}");
    }
}

#[test]
fn tools_may_add_keys_of_their_own() {
    let abi = with("/methods/0/gas", json!(1_000));
    assert_eq!(refusal(&schema(), &abi), None);
    assert!(refusal(&closed(&schema()), &abi).is_some());
    assert!(Source::parse(abi.to_string().as_bytes()).is_ok());
}

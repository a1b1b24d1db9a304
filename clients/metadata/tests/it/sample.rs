//! One of everything that an ABI can say.

use argosy_bindings::Source;
use argosy_vm_abi::Abi;
use argosy_vm_abi::schema::{MessageItem, MessageKind};
use serde_json::{Value, json};

/// Types that stand for themselves.
pub(crate) const WORDS: [&str; 17] = [
    "bool",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "String",
    "Bytes",
    "Address",
    "Hash",
    "Fixed<0>",
    "Fixed<38>",
];
/// Types of [`whole`].
pub(crate) const NAMES: [&str; 6] = ["Lists", "Note", "Nothing", "Pair", "Rating", "Wide"];

/// An ABI with every kind of item.
pub(crate) fn whole() -> Abi {
    let source = Source::parse(document().to_string().as_bytes()).unwrap();
    source.abi
}

fn document() -> Value {
    let words: Vec<Value> = WORDS
        .iter()
        .enumerate()
        .map(|(place, ty)| json!({ "name": format!("a{place}"), "type": ty }))
        .collect();
    json!({
        "contract": { "name": "all-of-it", "version": "1.2.3", "docs": "Everything.\n\nOn three lines." },
        "methods": [
            {
                "kind": "call", "name": "pay", "selector": "0x00000001", "args": words,
                "error": "Rating", "payable": true, "docs": "Pays.\nOr not.",
            },
            {
                "kind": "query", "name": "get", "selector": "0xffffffff",
                "args": [{ "name": "at", "type": "Result<(), ( u8 , )>" }],
                "returns": "Option<Option<[Pair; 3]>>",
            },
            { "kind": "init", "name": "pay", "selector": "0x00000001" },
            { "kind": "upgrade", "name": "pay", "selector": "0x00000002", "returns": "Vec<u8>" },
        ],
        "events": [
            { "name": "Paid", "docs": "Somebody did.", "fields": [
                { "name": "by", "type": "Address", "indexed": true },
                { "name": "amount", "type": "Fixed<6>" },
            ] },
            { "name": "Silence" },
        ],
        "types": [
            { "name": "Lists", "struct": [{ "name": "0", "type": "Vec<Vec<u8>>" }] },
            { "name": "Note", "docs": "With answers.", "struct": [
                { "name": "text", "type": "String" }, { "name": "replies", "type": "Vec<Note>" },
            ] },
            { "name": "Nothing", "struct": [] },
            { "name": "Pair", "struct": [
                { "name": "0", "type": "u128" }, { "name": "1", "type": "[u8; 4]" },
            ] },
            { "name": "Rating", "docs": "Why.", "enum": [
                { "name": "None", "index": 0 },
                { "name": "Stars", "index": 9, "fields": [{ "name": "0", "type": "u8" }] },
                { "name": "Typed", "index": 255, "fields": [
                    { "name": "type", "type": "i16" }, { "name": "more", "type": "Option<Note>" },
                ] },
            ] },
            { "name": "Unused", "docs": "By nobody.", "enum": [] },
            { "name": "Wide", "struct": [
                { "name": "pair", "type": "Pair" }, { "name": "nothing", "type": "Nothing" },
                { "name": "lists", "type": "Lists" },
            ] },
        ],
        "storage": [
            { "name": "item", "type": "Vec<(u32, Wide)>", "kind": "item" },
            { "name": "keys", "type": "Vec<((Address, u64), ())>", "kind": "set" },
            { "name": "list", "type": "Vec<(u32, Note)>", "kind": "list" },
            { "name": "map", "type": "Vec<(String, Option<Hash>)>", "kind": "map" },
            { "name": "untold", "type": "Vec<(u32, u8)>" },
        ],
    })
}

/// A query that answers with a value of this type.
pub(crate) fn returning(ty: &str) -> MessageItem {
    MessageItem {
        kind: MessageKind::Query,
        name: "get".to_owned(),
        selector: [0; 4],
        args: Vec::new(),
        returns: ty.to_owned(),
        error: None,
        payable: false,
        docs: String::new(),
    }
}

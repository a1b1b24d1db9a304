//! ABIs that mean no good, or that nobody has checked.

use argosy_bindings::Source;
use argosy_metadata::{Metadata, of_abi};
use argosy_vm_abi::{Abi, AbiError};
use serde_json::{Value, json};

use crate::sample;

fn made(abi: &Value) -> Metadata {
    let source = Source::parse(abi.to_string().as_bytes()).unwrap();
    of_abi(&source.abi).unwrap()
}

/// `count` types, each the next one's holder; the last holds `last`.
fn chain(count: usize, last: &str) -> Value {
    let ty = |place: usize| {
        let next = match place + 1 == count {
            true => last.to_owned(),
            false => format!("T{}", place + 1),
        };
        json!({ "name": format!("T{place}"), "struct": [{ "name": "a", "type": next }] })
    };
    let types: Vec<Value> = (0..count).map(ty).collect();
    json!({ "methods": [], "types": types })
}

/// As many as a section holds: no stack is deep enough to follow them.
#[test]
fn types_inside_each_other_take_neither_stack_nor_time() {
    for last in ["u8", "T0"] {
        let made = made(&chain(2_000, last));
        let named = made.registry.types.iter();
        let named = named.filter(|it| it.ty.path.segments.get(1).is_some_and(|it| it == "types"));
        assert_eq!(named.count(), 2_000, "{last}");
    }
}

#[test]
fn types_that_hold_each_other_end() {
    let abi = json!({ "methods": [], "types": [
        { "name": "A", "struct": [{ "name": "b", "type": "Option<B>" }, { "name": "me", "type": "Vec<A>" }] },
        { "name": "B", "enum": [{ "name": "A", "index": 7, "fields": [{ "name": "0", "type": "A" }] }] },
    ] });
    let made = made(&abi);
    let json = serde_json::to_value(&made.registry).unwrap();
    // A, then its parts as they are met; A is number 0, and B gets its own within them.
    let field = &json["types"][0]["type"]["def"]["composite"]["fields"][1];
    assert_eq!(field["typeName"], "Vec<A>");
    let list = field["type"].as_u64().unwrap() as usize;
    assert_eq!(json["types"][list]["type"]["def"]["sequence"]["type"], 0);
    let b = json["types"].as_array().unwrap().iter();
    let b = b.map(|it| &it["type"]).find(|it| it["path"][2] == "B");
    let variant = &b.unwrap()["def"]["variant"]["variants"][0];
    assert_eq!(variant["index"], 7);
    assert_eq!(variant["fields"][0]["type"], 0);
}

/// A contract may be called as the chain's own types are; their paths are shorter.
#[test]
fn no_contract_takes_the_place_of_the_chains_own_types() {
    let abi = json!({
        "contract": { "name": "argosy" },
        "methods": [{
            "kind": "call", "name": "pay", "selector": "0x00000001",
            "args": [{ "name": "to", "type": "Address" }, { "name": "fee", "type": "Fixed<6>" }],
        }],
        "types": [{ "name": "Fixed6", "struct": [] }],
    });
    let made = made(&abi);
    let paths = made.registry.types.iter().map(|it| &it.ty.path.segments);
    let paths: Vec<String> = paths.map(|it| it.join("::")).collect();
    for path in ["argosy::Address", "argosy::Fixed6", "argosy::types::Fixed6"] {
        let count = paths.iter().filter(|it| *it == path).count();
        assert_eq!(count, 1, "{path} in {paths:?}");
    }
}

/// What `Abi::parse` has not seen may be wrong, and is told.
#[test]
fn an_abi_that_nobody_checked_is_refused_by_its_type() {
    let returning = |ty: &str| Abi {
        messages: vec![sample::returning(ty)],
        ..Abi::default()
    };
    let missing = AbiError::UnknownType {
        name: "Nowhere".to_owned(),
    };
    assert_eq!(of_abi(&returning("Vec<Nowhere>")), Err(missing));
    let refused = of_abi(&returning("Map<u8, u8>"));
    assert!(
        matches!(refused, Err(AbiError::BadType { .. })),
        "{refused:?}"
    );
}

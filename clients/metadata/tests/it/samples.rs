//! The contracts of this repository.

use std::collections::BTreeSet;

use argosy_metadata::{Metadata, PortableRegistry, of_abi};
use argosy_vm_abi::{Abi, RevertData};
use parity_scale_codec::{Decode, Encode};
use scale_value::Value as Read;
use scale_value::scale::decode_as_type;
use serde_json::Value;

use crate::samples;

fn document(abi: &Abi) -> Value {
    serde_json::to_value(of_abi(abi).unwrap()).unwrap()
}

#[test]
fn every_contract_is_told_the_same_each_time() {
    let samples = samples();
    // All but those for benchmarks and imports, which carry no ABI; counter and token in three languages.
    assert!(samples.len() >= 20, "{} contracts", samples.len());
    for (name, abi) in samples {
        let made = of_abi(&abi).unwrap();
        assert_eq!(of_abi(&abi).unwrap(), made, "{name}");
        assert_eq!(made.messages.len(), abi.messages.len(), "{name}");
        assert_eq!(made.events.len(), abi.events.len(), "{name}");
        assert_eq!(made.storage.len(), abi.storage.len(), "{name}");
    }
}

/// Numbers are places, each number that is named is there, and no two types are alike.
#[test]
fn every_type_is_there_once() {
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        let mut seen = BTreeSet::new();
        for (place, ty) in made.registry.types.iter().enumerate() {
            assert_eq!(ty.id as usize, place, "{name}");
            assert!(seen.insert(ty.ty.clone()), "{name}: twice {:?}", ty.ty);
        }
        let mut document = document(&abi);
        let known = made.registry.types.len() as u64;
        let types = document["registry"]["types"].take();
        assert_eq!(types.as_array().map(Vec::len), Some(seen.len()), "{name}");
        let mut numbers = Vec::new();
        numbers_of_types(&document, &mut numbers);
        numbers_of_types(&types, &mut numbers);
        assert!(!numbers.is_empty(), "{name}");
        assert!(numbers.iter().all(|it| *it < known), "{name}: {numbers:?}");
    }
}

/// What stands under the keys that hold a type's number, anywhere.
fn numbers_of_types(part: &Value, numbers: &mut Vec<u64>) {
    const KEYS: [&str; 6] = ["type", "returns", "error", "revert", "key", "value"];
    match part {
        Value::Object(object) => {
            for (key, value) in object {
                numbers.extend(value.as_u64().filter(|_| KEYS.contains(&key.as_str())));
                let items = value.as_array().filter(|_| key == "tuple");
                numbers.extend(items.into_iter().flatten().filter_map(Value::as_u64));
                numbers_of_types(value, numbers);
            }
        }
        Value::Array(items) => {
            for item in items {
                numbers_of_types(item, numbers);
            }
        }
        _ => {}
    }
}

#[test]
fn a_registry_survives_its_bytes_and_a_document_its_json() {
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        let bytes = made.registry.encode();
        let mut rest = bytes.as_slice();
        let read = PortableRegistry::decode(&mut rest).unwrap();
        assert_eq!(read, made.registry, "{name}");
        assert!(rest.is_empty(), "{name}");
        let text = serde_json::to_string(&made).unwrap();
        let read: Metadata = serde_json::from_str(&text).unwrap();
        assert_eq!(read, made, "{name}");
    }
}

/// Contracts in other languages carry the same ABI, and so are the same here.
#[test]
fn one_contract_in_four_languages_is_one_document() {
    let samples = samples();
    let of = |name: &str| {
        let (_, abi) = samples.iter().find(|it| it.0 == name).unwrap();
        document(abi)
    };
    for name in ["counter", "token"] {
        let expected = of(name);
        for language in ["assemblyscript", "c", "zig"] {
            assert_eq!(of(&format!("{language}-{name}")), expected, "{language}");
        }
    }
}

/// The type of reverts has the bytes of what the SDK writes, each reason by its name.
#[test]
fn a_revert_is_read_by_its_type() {
    let made = of_abi(&Abi::default()).unwrap();
    let read = |mut bytes: &[u8]| {
        let value = decode_as_type(&mut bytes, made.revert, &made.registry).ok()?;
        bytes.is_empty().then(|| value.remove_context())
    };
    let error = RevertData::Error(vec![7]).encode();
    let expected = Read::unnamed_variant("Error", [Read::from_bytes([7_u8])]);
    assert_eq!(read(&error), Some(expected));
    let text = RevertData::Message("no".to_owned()).encode();
    let expected = Read::unnamed_variant("Message", [Read::string("no")]);
    assert_eq!(read(&text), Some(expected));
    let mut reasons = 0_u8;
    while let Ok(RevertData::Sdk(reason)) = RevertData::parse(&[2, reasons]) {
        let name = Read::unnamed_variant(format!("{reason:?}"), []);
        let expected = Read::unnamed_variant("Sdk", [name]);
        assert_eq!(read(&[2, reasons]), Some(expected));
        reasons += 1;
    }
    assert!(reasons >= 7, "{reasons} are read");
    assert_eq!(read(&[2, reasons]), None, "no reason has this number");
}

//! Values: what our codec writes, `scale-value` reads by the registry as the same value, and writes to the same
//! bytes.
//!
//! Always: the values are those of a fixed seed, so that a failure comes again.

use std::collections::{BTreeMap, BTreeSet};

use argosy_metadata::{Metadata, PortableRegistry, of_abi};
use argosy_primitives::{Address, Hrp};
use argosy_testing::strategies;
use argosy_values::{AbiValue, Args, Codec, FieldValue};
use argosy_vm_abi::{Abi, TypeExpr};
use proptest::collection::vec;
use proptest::prelude::{Strategy, prop_oneof};
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use scale_value::scale::{decode_as_type, encode_as_type};
use scale_value::{Composite, Value};
use serde_json::{Map, Value as Json};

use crate::{sample, samples};

/// Values of each type of a contract.
const VALUES: usize = 12;
/// Types that are put together at random, and values of each.
const TYPES: usize = 300;

/// Who may be named in values.
fn people() -> BTreeMap<String, Address> {
    let person = |(number, name): (u8, &str)| (name.to_owned(), Address::from_bytes([number; 32]));
    [(1, "alice"), (255, "bob")].map(person).into()
}

/// Values of a type, in JSON.
fn some_of(runner: &mut TestRunner, abi: &Abi, ty: &str, count: usize) -> Vec<Json> {
    let names: Vec<String> = people().into_keys().collect();
    let strategy = strategies::values(abi, &names, ty);
    let strategy = strategy.unwrap_or_else(|| panic!("{ty} has no value that ends"));
    let one = |_| strategy.new_tree(runner).unwrap().current();
    (0..count).map(one).collect()
}

/// Reads the bytes of a value by the registry, compares it with what our codec reads, and writes it again.
#[track_caller]
fn check(codec: &Codec<'_>, registry: &PortableRegistry, id: u32, ty: &str, bytes: &[u8]) {
    let meant = codec.decode_value(ty, bytes).unwrap();
    same(registry, id, &expected(&meant), bytes, ty);
}

#[track_caller]
fn same(registry: &PortableRegistry, id: u32, expected: &Value, bytes: &[u8], what: &str) {
    let mut rest = bytes;
    let read = decode_as_type(&mut rest, id, registry).unwrap();
    let read = read.remove_context();
    assert_eq!(&read, expected, "{what}");
    assert!(rest.is_empty(), "{what}: bytes are left over");
    let mut written = Vec::new();
    encode_as_type(&read, id, registry, &mut written).unwrap();
    assert_eq!(written, bytes, "{what}: {read}");
}

/// A value of our codec as one of scale-value.
fn expected(value: &AbiValue) -> Value {
    match value {
        AbiValue::Bool(it) => Value::bool(*it),
        AbiValue::Unsigned { value, .. } => Value::u128(*value),
        AbiValue::Signed { value, .. } => Value::i128(*value),
        AbiValue::Fixed { units, .. } => Value::unnamed_composite([Value::u128(*units)]),
        AbiValue::String(it) => Value::string(it.as_str()),
        AbiValue::Bytes(it) => Value::from_bytes(it),
        AbiValue::Address(it) => {
            Value::unnamed_composite([Value::from_bytes(it.address.as_bytes())])
        }
        AbiValue::Hash(it) => Value::unnamed_composite([Value::from_bytes(it.as_bytes())]),
        AbiValue::List(items) | AbiValue::Tuple(items) => {
            Value::unnamed_composite(items.iter().map(expected))
        }
        AbiValue::Option(None) => Value::unnamed_variant("None", []),
        AbiValue::Option(Some(it)) => Value::unnamed_variant("Some", [expected(it)]),
        AbiValue::Result(Ok(it)) => Value::unnamed_variant("Ok", [expected(it)]),
        AbiValue::Result(Err(it)) => Value::unnamed_variant("Err", [expected(it)]),
        AbiValue::Struct { fields, .. } => composite(fields).into(),
        AbiValue::Enum { variant, fields } => Value::variant(variant.as_str(), composite(fields)),
    }
}

/// Fields by name, but for those of a tuple.
fn composite(fields: &[FieldValue]) -> Composite<()> {
    let mut places = fields.iter().enumerate();
    let is_tuple = places.all(|(place, it)| it.name == place.to_string());
    if is_tuple {
        return Composite::unnamed(fields.iter().map(|it| expected(&it.value)));
    }
    let named = fields.iter();
    Composite::named(named.map(|it| (it.name.as_str(), expected(&it.value))))
}

/// All types of a contract, with their numbers.
fn types_of(abi: &Abi, made: &Metadata) -> Vec<(String, u32)> {
    let mut types = Vec::new();
    for (item, it) in abi.messages.iter().zip(&made.messages) {
        let args = item.args.iter().zip(&it.args);
        types.extend(args.map(|(item, it)| (item.ty.clone(), it.ty)));
        types.push((item.returns.clone(), it.returns));
        types.extend(item.error.clone().zip(it.error));
    }
    for (item, it) in abi.events.iter().zip(&made.events) {
        let fields = item.fields.iter().zip(&it.fields);
        types.extend(fields.map(|(item, it)| (item.ty.clone(), it.ty)));
    }
    for (item, it) in abi.storage.iter().zip(&made.storage) {
        types.push((item.ty.clone(), it.ty));
    }
    for it in &made.registry.types {
        if let [_, space, name] = it.ty.path.segments.as_slice()
            && space == "types"
        {
            types.push((name.clone(), it.id));
        }
    }
    types.sort();
    types.dedup();
    types
}

#[test]
fn values_of_every_type_of_every_contract_are_read_and_written() {
    let people = people();
    let mut runner = TestRunner::deterministic();
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&people);
        for (ty, id) in types_of(&abi, &made) {
            for json in some_of(&mut runner, &abi, &ty, VALUES) {
                let bytes = codec.encode_value(&ty, &json);
                let bytes = bytes.unwrap_or_else(|error| panic!("{name}, {ty}: {error}"));
                check(&codec, &made.registry, id, &ty, &bytes);
            }
        }
    }
}

/// A message is its selector and its arguments by their types, one behind the other.
#[test]
fn whole_messages_are_read_by_the_types_of_their_arguments() {
    let people = people();
    let mut runner = TestRunner::deterministic();
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&people);
        for (item, told) in abi.messages.iter().zip(&made.messages) {
            let mut args = Map::new();
            for arg in &item.args {
                let value = some_of(&mut runner, &abi, &arg.ty, 1).remove(0);
                args.insert(arg.name.clone(), value);
            }
            let args = Json::Object(args);
            let message = codec.encode_call(item.kind, &item.name, Args::Json(&args));
            let message = message.unwrap();
            let selector = const_hex::decode(&told.selector).unwrap();
            let mut rest = message.strip_prefix(selector.as_slice()).unwrap();
            let read = codec.decode_call(item.kind, &message).unwrap();
            for (arg, meant) in told.args.iter().zip(&read.args) {
                let value = decode_as_type(&mut rest, arg.ty, &made.registry).unwrap();
                let place = format!("{name}, {}, {}", item.name, arg.name);
                assert_eq!(value.remove_context(), expected(&meant.value), "{place}");
                assert_eq!(arg.name, meant.name, "{place}");
            }
            assert!(rest.is_empty(), "{name}, {}", item.name);
        }
    }
}

/// The data of an event is read at once, by its type.
#[test]
fn events_are_read_as_a_whole() {
    let people = people();
    let mut runner = TestRunner::deterministic();
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&people);
        for (item, told) in abi.events.iter().zip(&made.events) {
            let (mut data, mut fields) = (Vec::new(), Vec::new());
            for field in &item.fields {
                let json = some_of(&mut runner, &abi, &field.ty, 1).remove(0);
                let bytes = codec.encode_value(&field.ty, &json).unwrap();
                let value = codec.decode_value(&field.ty, &bytes).unwrap();
                let name = field.name.clone();
                fields.push(FieldValue { name, value });
                data.extend(bytes);
            }
            let expected: Value = composite(&fields).into();
            let what = format!("{name}, {}", item.name);
            same(&made.registry, told.ty, &expected, &data, &what);
        }
    }
}

/// Types in types, of all that the grammar has.
fn any_type() -> impl Strategy<Value = String> {
    let words: Vec<&str> = sample::WORDS.into_iter().chain(sample::NAMES).collect();
    let word = select(words).prop_map(str::to_owned);
    let nested = word.prop_recursive(3, 12, 3, |part| {
        let pair = (part.clone(), part.clone());
        prop_oneof![
            part.clone().prop_map(|it| format!("Vec<{it}>")),
            part.clone().prop_map(|it| format!("Option<{it}>")),
            pair.prop_map(|(ok, error)| format!("Result<{ok}, {error}>")),
            (part.clone(), 0..4_u32).prop_map(|(it, count)| format!("[{it}; {count}]")),
            vec(part, 0..4).prop_map(tuple),
        ]
    });
    nested.prop_filter("it is longer than types may be", |it| {
        TypeExpr::parse(it).is_ok()
    })
}

fn tuple(parts: Vec<String>) -> String {
    match parts.as_slice() {
        [only] => format!("({only},)"),
        _ => format!("({})", parts.join(", ")),
    }
}

#[test]
fn values_of_any_type_are_read_and_written() {
    let people = people();
    let mut runner = TestRunner::deterministic();
    let types = any_type();
    let mut seen = BTreeSet::new();
    for _ in 0..TYPES {
        let ty = types.new_tree(&mut runner).unwrap().current();
        let mut abi = sample::whole();
        abi.messages = vec![sample::returning(&ty)];
        let made = of_abi(&abi).unwrap();
        let id = made.messages[0].returns;
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&people);
        for json in some_of(&mut runner, &abi, &ty, 8) {
            let bytes = codec.encode_value(&ty, &json);
            let bytes = bytes.unwrap_or_else(|error| panic!("{ty}: {error}"));
            check(&codec, &made.registry, id, &ty, &bytes);
        }
        seen.insert(ty);
    }
    assert!(seen.len() > TYPES / 4, "{} different types", seen.len());
    let all = seen.into_iter().collect::<Vec<_>>().join(" ");
    for part in sample::WORDS.into_iter().chain(sample::NAMES) {
        assert!(all.contains(part), "no {part}");
    }
    for part in ["Vec<", "Option<", "Result<", "[", "("] {
        assert!(all.contains(part), "no {part}");
    }
}

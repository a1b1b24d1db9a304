//! The codec against parity-scale-codec's own bytes, and against any bytes at all.

use std::fmt::Debug;

use parity_scale_codec::Encode;
use proptest::prelude::*;

use crate::sample::{Order, Pair, Shape, Tree, abi, with_codec};
use argosy_primitives::Hrp;
use argosy_values::Codec;

/// Bytes of a value are read, shown as JSON, and written from it to the same bytes.
#[track_caller]
fn check(ty: &str, bytes: &[u8]) {
    with_codec(|codec| {
        let value = codec.decode_value(ty, bytes).expect(ty);
        let json = value.to_json();
        assert_eq!(
            codec.encode_value(ty, &json).expect(ty),
            bytes,
            "{ty}: {json}"
        );
        // And once more through the text of the JSON, as a person or a file would pass it.
        let text = json.to_string();
        let parsed = serde_json::from_str(&text).expect("it was JSON before");
        assert_eq!(
            codec.encode_value(ty, &parsed).expect(ty),
            bytes,
            "{ty}: {text}"
        );
    });
}

fn check_all<T: Debug + Encode>(ty: &'static str, values: impl Strategy<Value = T>) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(64));
    let outcome = runner.run(&values, |value| {
        check(ty, &value.encode());
        Ok(())
    });
    outcome.unwrap();
}

macro_rules! any_value_of {
    ($($test:ident: $type:ty = $ty:literal;)+) => {$(
        #[test]
        fn $test() {
            check_all($ty, any::<$type>());
        }
    )+};
}

any_value_of! {
    booleans: bool = "bool";
    bytes_of_8: u8 = "u8";
    bytes_of_16: u16 = "u16";
    bytes_of_32: u32 = "u32";
    bytes_of_64: u64 = "u64";
    bytes_of_128: u128 = "u128";
    signed_8: i8 = "i8";
    signed_16: i16 = "i16";
    signed_32: i32 = "i32";
    signed_64: i64 = "i64";
    signed_128: i128 = "i128";
    strings: String = "String";
    byte_strings: Vec<u8> = "Bytes";
    lists_of_u8: Vec<u8> = "Vec<u8>";
    addresses: [u8; 32] = "Address";
    hashes: [u8; 32] = "Hash";
    arrays_of_u8: [u8; 7] = "[u8; 7]";
    empty_arrays: [u16; 0] = "[u16; 0]";
    arrays: [u16; 3] = "[u16; 3]";
    units: () = "()";
    tuples: (u8, String, i128) = "(u8, String, i128)";
    lists: Vec<(u32, String)> = "Vec<(u32, String)>";
    options: Option<u64> = "Option<u64>";
    options_of_booleans: Option<bool> = "Option<bool>";
    options_in_options: Option<Option<Option<u8>>> = "Option<Option<Option<u8>>>";
    options_of_units: Option<()> = "Option<()>";
    results: Result<u8, String> = "Result<u8, String>";
    results_of_units: Result<(), ()> = "Result<(), ()>";
    deep_lists: Vec<Option<Result<i128, Vec<u8>>>> = "Vec<Option<Result<i128, Bytes>>>";
    maps: std::collections::BTreeMap<[u8; 4], Vec<u16>> = "Vec<([u8; 4], Vec<u16>)>";
}

#[test]
fn one_tuples() {
    check_all("(u8,)", any::<u8>());
}

fn pairs() -> impl Strategy<Value = Pair> {
    any::<(u8, Option<i16>)>().prop_map(|(a, b)| Pair(a, b))
}

#[test]
fn structs() {
    check_all("Pair", pairs());
    let lines = proptest::collection::vec(pairs(), 0..4);
    let orders = (any::<u64>(), any::<String>(), lines);
    check_all(
        "Order",
        orders.prop_map(|(id, note, lines)| Order { id, note, lines }),
    );
    check("Nothing", &[]);
}

#[test]
fn enums() {
    let shapes = prop_oneof![
        Just(Shape::Empty),
        any::<u32>().prop_map(|radius| Shape::Circle { radius }),
        any::<(i64, Vec<u8>)>().prop_map(|(a, b)| Shape::Line(a, b)),
        any::<String>().prop_map(|kind| Shape::Other { kind }),
    ];
    check_all("Option<Shape>", proptest::option::of(shapes));
}

#[test]
fn recursive_types() {
    let trees = Just(Tree::Leaf).prop_recursive(8, 64, 4, |inner| {
        proptest::collection::vec(inner, 0..4).prop_map(Tree::Node)
    });
    check_all("Tree", trees);
}

/// Types whose bytes come in many forms.
const TYPES: [&str; 12] = [
    "bool",
    "u128",
    "String",
    "Vec<Shape>",
    "Option<Option<bool>>",
    "Result<Pair, Order>",
    "Tree",
    "Vec<()>",
    "[(); 1000000]",
    "[[[(); 255]; 255]; 255]",
    "Endless",
    "(Order, [i16; 3], Hash)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// What is accepted encodes to the very same bytes: there are no second spellings.
    #[test]
    fn any_bytes_are_read_exactly_or_not_at_all(
        index in 0..TYPES.len(),
        bytes in proptest::collection::vec(prop_oneof![0u8..12, any::<u8>()], 0..40),
    ) {
        let abi = abi();
        let codec = Codec::new(&abi, Hrp::Dev);
        let ty = TYPES[index];
        if let Ok(value) = codec.decode_value(ty, &bytes) {
            let json = value.to_json();
            prop_assert_eq!(codec.encode_value(ty, &json).unwrap(), bytes, "{} {}", ty, json);
            let _ = value.to_string();
        }
    }

    #[test]
    fn any_text_ends_in_bytes_or_an_error(
        index in 0..TYPES.len(),
        text in "[-0-9a-zA-Z_,:{}\\[\\]\" ]{0,24}",
    ) {
        let abi = abi();
        let codec = Codec::new(&abi, Hrp::Dev);
        if let Ok(bytes) = codec.encode_text(TYPES[index], &text) {
            prop_assert!(codec.decode_value(TYPES[index], &bytes).is_ok());
        }
    }
}

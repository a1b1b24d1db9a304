//! One value at a time: its JSON, its text on a command line, its text for people.

use std::collections::BTreeMap;

use argosy_primitives::Hrp;
use argosy_values::Codec;
use parity_scale_codec::Encode;
use serde_json::{Value, json};

use crate::sample::{Order, Pair, Shape, abi, address, text, with_codec};

/// JSON to bytes and back, and what people see.
#[track_caller]
fn check(ty: &str, value: impl Encode, json: Value, shown: &str) {
    with_codec(|codec| {
        assert_eq!(codec.encode_value(ty, &json).expect(ty), value.encode());
        let decoded = codec.decode_value(ty, &value.encode()).expect(ty);
        assert_eq!(decoded.to_json(), json);
        assert_eq!(decoded.to_string(), shown);
    });
}

#[test]
fn json_and_text_of_every_type() {
    check("bool", true, json!(true), "true");
    check("u32", u32::MAX, json!(4_294_967_295u32), "4294967295");
    check("i32", i32::MIN, json!(-2_147_483_648), "-2147483648");
    check("u64", 7u64, json!("7"), "7");
    check("i64", -7i64, json!("-7"), "-7");
    let max = "340282366920938463463374607431768211455";
    check("u128", u128::MAX, json!(max), max);
    check(
        "i128",
        i128::MIN,
        json!(i128::MIN.to_string()),
        &i128::MIN.to_string(),
    );
    check("Fixed<2>", 1_205u128, json!("12.05"), "12.05");
    check("Fixed<0>", 7u128, json!("7"), "7");
    check(
        "Vec<Fixed<6>>",
        vec![250_000u128],
        json!(["0.250000"]),
        "[0.250000]",
    );
    check("String", "a\"b", json!("a\"b"), "\"a\\\"b\"");
    check("Bytes", vec![0u8, 255], json!("0x00ff"), "0x00ff");
    check("[u8; 2]", [1u8, 2], json!("0x0102"), "0x0102");
    check("Vec<u8>", vec![1u8], json!("0x01"), "0x01");
    let alice = text(address(1));
    check("Address", address(1), json!(alice), &alice);
    let hash = format!("0x{}", "02".repeat(32));
    check("Hash", [2u8; 32], json!(hash), &hash);
    check("[u16; 2]", [1u16, 2], json!([1, 2]), "[1, 2]");
    check("Vec<String>", vec!["a"], json!(["a"]), "[\"a\"]");
    check("()", (), json!([]), "()");
    check("(u8, bool)", (1u8, false), json!([1, false]), "(1, false)");
    check("Option<u8>", Some(1u8), json!(1), "Some(1)");
    check("Option<u8>", None::<u8>, json!(null), "None");
    let inner = Some(None::<u8>);
    check(
        "Option<Option<u8>>",
        inner,
        json!({ "some": null }),
        "Some(None)",
    );
    check(
        "Result<u8, String>",
        Ok::<u8, String>(1),
        json!({ "ok": 1 }),
        "Ok(1)",
    );
    let failed = Err::<u8, _>("x".to_owned());
    check(
        "Result<u8, String>",
        failed,
        json!({ "err": "x" }),
        "Err(\"x\")",
    );
}

#[test]
fn structs_and_enums() {
    let order = Order {
        id: 5,
        note: "n".into(),
        lines: vec![Pair(1, Some(-2)), Pair(3, None)],
    };
    let json = json!({ "id": "5", "note": "n", "lines": [[1, -2], [3, null]] });
    let shown = "Order { id: 5, note: \"n\", lines: [Pair(1, Some(-2)), Pair(3, None)] }";
    check("Order", order, json, shown);
    check("Nothing", (), json!({}), "Nothing");
    check("Shape", Shape::Empty, json!({ "type": "Empty" }), "Empty");
    let circle = Shape::Circle { radius: 9 };
    let json = json!({ "type": "Circle", "radius": 9 });
    check("Shape", circle, json, "Circle { radius: 9 }");
    let line = Shape::Line(-1, vec![1]);
    let json = json!({ "type": "Line", "0": "-1", "1": "0x01" });
    check("Shape", line, json, "Line(-1, 0x01)");
    let other = Shape::Other { kind: "k".into() };
    let json = json!({ "type": "Other", "type_": "k" });
    check("Shape", other, json, "Other { type: \"k\" }");
}

/// Other spellings that are read too, but never written.
#[test]
fn reads_what_people_would_write() {
    let accept = |ty: &str, json: Value, bytes: Vec<u8>| {
        with_codec(|codec| assert_eq!(codec.encode_value(ty, &json), Ok(bytes)));
    };
    accept("u128", json!(1000), 1000u128.encode());
    accept(
        "u64",
        json!(9_007_199_254_740_993u64),
        9_007_199_254_740_993u64.encode(),
    );
    accept("u8", json!("255"), 255u8.encode());
    accept("i64", json!(-1), (-1i64).encode());
    accept("u64", json!("1_000"), 1000u64.encode());
    accept("Bytes", json!([0, 255]), vec![0u8, 255].encode());
    accept("[u8; 2]", json!([0, 255]), [0u8, 255].encode());
    accept("Shape", json!("Empty"), Shape::Empty.encode());
    accept("Pair", json!({ "0": 1, "1": null }), Pair(1, None).encode());
    accept(
        "Hash",
        json!(format!("0x{}", "AB".repeat(32))),
        [0xabu8; 32].encode(),
    );
}

#[track_caller]
fn check_text(ty: &str, text: &str, value: impl Encode) {
    with_codec(|codec| assert_eq!(codec.encode_text(ty, text), Ok(value.encode()), "{text}"));
}

#[test]
fn words_on_a_command_line() {
    check_text("bool", "true", true);
    check_text("u128", "1_000_000", 1_000_000u128);
    check_text("i8", "-128", -128i8);
    check_text("String", "hello, world", "hello, world");
    check_text("String", "true", "true");
    check_text("String", "", "");
    check_text("String", "[1]", "[1]");
    check_text("Bytes", "0x00ff", vec![0u8, 255]);
    check_text("[u8; 2]", "[1, 2]", [1u8, 2]);
    check_text("Address", &text(address(3)), address(3));
    check_text("Option<u64>", "none", None::<u64>);
    check_text("Option<u64>", "null", None::<u64>);
    check_text("Option<u64>", "5", Some(5u64));
    check_text("Option<String>", "some text", Some("some text"));
    check_text("Option<Option<u8>>", "5", Some(Some(5u8)));
    check_text("Shape", "Empty", Shape::Empty);
    check_text(
        "Shape",
        r#"{"type": "Circle", "radius": 1}"#,
        Shape::Circle { radius: 1 },
    );
    check_text("Vec<u32>", "1,2, 3", vec![1u32, 2, 3]);
    check_text("Vec<u32>", "", Vec::<u32>::new());
    check_text("[u16; 2]", "1,2", [1u16, 2]);
    check_text(
        "Vec<Shape>",
        "Empty,Empty",
        vec![Shape::Empty, Shape::Empty],
    );
    check_text("Vec<String>", r#"["a,b"]"#, vec!["a,b"]);
    check_text("(u8, String)", r#"[1, "x"]"#, (1u8, "x"));
    check_text("Pair", "[1, null]", Pair(1, None));
    check_text("Result<u8, String>", r#"{"ok": 1}"#, Ok::<u8, String>(1));
}

#[test]
fn names_stand_for_addresses() {
    let abi = abi();
    let names = BTreeMap::from([("alice".to_owned(), address(1))]);
    let codec = Codec::new(&abi, Hrp::Dev).with_names(&names);
    assert_eq!(
        codec.encode_text("Address", "alice"),
        Ok(address(1).encode())
    );
    let both = codec.encode_text("Vec<Address>", &format!("alice,{}", text(address(2))));
    assert_eq!(both, Ok(vec![address(1), address(2)].encode()));
    let error = codec.encode_text("Address", "alcie").unwrap_err();
    assert!(
        error.to_string().contains("did you mean \"alice\"?"),
        "{error}"
    );
}

/// An example is a right value itself, unless parts are left out.
#[test]
fn examples_are_right() {
    let types = [
        "bool",
        "u8",
        "i32",
        "u64",
        "i128",
        "String",
        "Bytes",
        "Address",
        "Hash",
        "[u8; 4]",
        "()",
        "[u16; 2]",
        "(u8, Shape)",
        "Vec<Order>",
        "Option<Option<u8>>",
        "Result<Pair, u8>",
        "Shape",
        "Tree",
        "Nothing",
        "TokenError",
    ];
    with_codec(|codec| {
        for ty in types {
            let example = codec.example(ty).unwrap();
            assert!(codec.encode_value(ty, &example).is_ok(), "{ty}: {example}");
        }
        for large in ["[u8; 4294967295]", "[Order; 4294967295]", "Endless"] {
            assert!(codec.example(large).unwrap().to_string().len() < 500);
        }
    });
}

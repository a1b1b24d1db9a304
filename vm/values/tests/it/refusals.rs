//! What is told about wrong values: where, what was expected, an example, the name that was meant.

use argosy_primitives::Hrp;
use argosy_values::{Allowance, Args, Codec, CodecError, Revert};
use argosy_vm_abi::schema::{MessageItem, MessageKind};
use argosy_vm_abi::{Abi, RevertData};
use parity_scale_codec::Encode;
use serde_json::{Value, json};

use crate::sample::{address, text, with_codec};

#[track_caller]
fn check(args: Value, told: &[&str]) {
    with_codec(|codec| {
        let error = codec
            .encode_call(MessageKind::Call, "transfer", Args::Json(&args))
            .unwrap_err();
        let message = error.to_string();
        assert!(error.is_input(), "{message}");
        for part in told {
            assert!(message.contains(part), "{part:?} in {message:?}");
        }
    });
}

#[test]
fn arguments_are_named() {
    let to = text(address(1));
    check(
        json!({ "to": to }),
        &["transfer needs amount: u128, for example \"1000\""],
    );
    check(
        json!({ "to": to, "ammount": 1 }),
        &["no argument \"ammount\"", "did you mean \"amount\"?"],
    );
    check(
        json!({ "to": to, "amount": 1, "zzz": 1 }),
        &["no argument \"zzz\"", "it has to, amount"],
    );
    check(
        json!([to]),
        &["transfer(to: Address, amount: u128) takes 2 arguments, 1 are given"],
    );
    check(
        json!("x"),
        &["object by name or array by position", "\"x\""],
    );
    check(
        json!([to, -5]),
        &["amount: expected u128, for example \"1000\"; found -5: it is negative"],
    );
    check(json!([to, 1.5]), &["found 1.5", "none has a point"]);
    with_codec(|codec| {
        for (wrong, told) in [
            (json!(1.5), "written as strings"),
            (json!("1.005"), "more than 2 digits behind the point"),
            (json!("-1"), "it is negative"),
            (json!([1]), "an array"),
        ] {
            let error = codec.encode_value("Fixed<2>", &wrong).unwrap_err();
            let error = error.to_string();
            assert!(error.contains(told) && error.contains("1.5"), "{error}");
        }
    });
    check(json!([to, 1e20]), &["written as strings"]);
    check(json!([to, "1e3"]), &["no plain decimal number"]);
    let over = "340282366920938463463374607431768211456";
    check(
        json!([to, over]),
        &["beyond 340282366920938463463374607431768211455"],
    );
    check(json!([to, true]), &["found true: it is true or false"]);
    check(json!([7, 1]), &["to: expected Address", "it is a number"]);
    check(
        json!(["dargo1qqqq", 1]),
        &["to: expected Address", "dargo1q"],
    );
    let main = address(1).to_text(argosy_primitives::Hrp::Main);
    check(json!([main, 1]), &["of another network: argo, not dargo"]);
}

#[test]
fn methods_are_looked_up() {
    with_codec(|codec| {
        let told = |kind, name| {
            codec
                .encode_call(kind, name, Args::None)
                .unwrap_err()
                .to_string()
        };
        let message = told(MessageKind::Call, "transfre");
        assert_eq!(
            message,
            "the contract has no call method \"transfre\"; did you mean \"transfer\"?"
        );
        let message = told(MessageKind::Query, "transfer");
        assert_eq!(
            message,
            "the contract has no query method \"transfer\"; it has balance_of"
        );
        let message = told(MessageKind::Upgrade, "x");
        assert_eq!(
            message,
            "the contract has no upgrade method \"x\"; it has none"
        );
    });
}

#[track_caller]
fn check_value(ty: &str, json: Value, told: &[&str]) {
    with_codec(|codec| {
        let message = codec.encode_value(ty, &json).unwrap_err().to_string();
        for part in told {
            assert!(message.contains(part), "{part:?} in {message:?}");
        }
    });
}

#[test]
fn the_place_inside_a_value_is_named() {
    let order = json!({ "id": 1, "note": "", "lines": [[1, null], [2, 70_000]] });
    check_value(
        "Order",
        order,
        &["value.lines[1].1: expected i16", "beyond 32767"],
    );
    check_value(
        "(u8, Vec<bool>)",
        json!([1, [true, 0]]),
        &["value[1][1]: expected bool"],
    );
    check_value(
        "Result<u8, bool>",
        json!({ "err": 1 }),
        &["value.err: expected bool"],
    );
}

#[test]
fn fields_and_variants_are_looked_up() {
    let order = json!({ "id": 1, "nota": "", "lines": [] });
    check_value(
        "Order",
        order,
        &["no field \"nota\"; did you mean \"note\"?"],
    );
    let order = json!({ "id": 1, "lines": [] });
    check_value("Order", order, &["field \"note\" is missing"]);
    check_value("Order", json!([1]), &["it is an array", "{\"id\":\"1000\""]);
    check_value("Pair", json!([1]), &["it must have 2 items, it has 1"]);
    check_value(
        "Shape",
        json!("Cirle"),
        &["there is no Cirle; did you mean Circle?"],
    );
    check_value("Shape", json!("Zzz"), &["only Empty, Circle, Line, Other"]);
    check_value("Shape", json!("Circle"), &["field \"radius\" is missing"]);
    check_value("Shape", json!({ "radius": 1 }), &["it has no \"type\""]);
    check_value(
        "Shape",
        json!({ "type": "Empty", "x": 1 }),
        &["no field \"x\""],
    );
    check_value("Shape", json!(1), &["for example \"Empty\""]);
    // In a struct `type` is a field like any other.
    let order = json!({ "id": 1, "note": "", "lines": [], "type": "Order" });
    check_value("Order", order, &["no field \"type\""]);
}

#[test]
fn shapes_are_compared() {
    check_value(
        "[u8; 2]",
        json!("0x01"),
        &["it must have 2 items, it has 1"],
    );
    check_value("[u8; 2]", json!([1, 256]), &["numbers from 0 to 255"]);
    check_value(
        "Bytes",
        json!("00"),
        &["0x and an even number of hex digits"],
    );
    check_value("Bytes", json!("0x0x00"), &["0x and an even"]);
    check_value("Hash", json!("0x00"), &["it must have 32 bytes"]);
    check_value("Option<Option<u8>>", json!(1), &["{\"some\": …}"]);
    check_value(
        "Result<u8, u8>",
        json!({ "ok": 1, "err": 2 }),
        &["{\"ok\": …} or {\"err\": …}"],
    );
    check_value("u8", json!("256"), &["beyond 255"]);
    check_value("i8", json!("-129"), &["beyond -128"]);
    check_value("u8", json!("1_"), &["no plain decimal"]);
    check_value("u8", json!(null), &["it is null"]);
}

#[test]
fn texts_are_read_by_name() {
    with_codec(|codec| {
        let told = |args: &[(&str, &str)]| {
            let args: Vec<_> = args
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).into()))
                .collect();
            let kind = MessageKind::Init;
            codec
                .encode_call(kind, "init", Args::Texts(&args))
                .map_err(|it| it.to_string())
        };
        assert!(told(&[("initial-supply", "5")]).is_ok());
        assert!(told(&[("initial_supply", "5")]).is_ok());
        let twice = told(&[("initial_supply", "5"), ("initial-supply", "6")]);
        assert_eq!(twice, Err("init is given initial_supply twice".into()));
        let missing = told(&[]);
        let expected = "init needs initial_supply: u128, for example \"1000\"";
        assert_eq!(missing, Err(expected.into()));
        let other = told(&[("supply", "5")]);
        assert_eq!(
            other,
            Err("init has no argument \"supply\"; it has initial_supply".into())
        );
    });
    with_codec(|codec| {
        let error = codec
            .encode_text("Order", "{\"id\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("it is no JSON"), "{error}");
    });
}

#[test]
fn a_long_wrong_value_is_shortened() {
    let long = "x".repeat(10_000);
    with_codec(|codec| {
        let error = codec
            .encode_value("u8", &json!(long))
            .unwrap_err()
            .to_string();
        assert!(error.len() < 300 && error.contains('…'), "{error}");
    });
}

#[test]
fn depth_and_size_are_limited() {
    let mut deep = json!({ "type": "Leaf" });
    for _ in 0..100 {
        deep = json!({ "type": "Node", "0": [deep] });
    }
    check_value("Tree", deep, &["more than 64 levels"]);
    let many = Value::Array(vec![json!(true); 300_000]);
    check_value("Vec<bool>", many, &["more than 262144 values"]);
    check_value(
        "String",
        json!("x".repeat(2 << 20)),
        &["more than 1048576 bytes"],
    );
}

#[track_caller]
fn check_bytes(ty: &str, bytes: &[u8], told: &str) {
    with_codec(|codec| {
        let error = codec.decode_value(ty, bytes).unwrap_err();
        assert!(!error.is_input());
        let message = error.to_string();
        assert!(message.contains(told), "{told:?} in {message:?}");
    });
}

#[test]
fn bytes_of_a_contract_are_not_believed() {
    check_bytes(
        "u32",
        &[1, 2, 3],
        "byte 0 of the contract's u32: the bytes end too early",
    );
    check_bytes(
        "u8",
        &[1, 2],
        "byte 1 of the contract's data: bytes are left over",
    );
    check_bytes("bool", &[2], "no value begins with this byte");
    check_bytes("Option<u8>", &[2], "no value begins with this byte");
    check_bytes("String", &[4, 0xff], "not UTF-8");
    check_bytes("Shape", &[1], "no such variant");
    check_bytes("Vec<u8>", &[0xfe, 0xff, 0xff, 0xff], "end too early");
    check_bytes("(u8, Shape)", &[0, 7, 1], "value[1].radius");
}

#[test]
fn bombs_end() {
    // A million values of no bytes; a type without end; a list that nests for ever.
    check_bytes("Vec<()>", &[0xfe, 0xff, 0xff, 0xff], "too many parts");
    check_bytes("[(); 4294967295]", &[], "too many parts");
    check_bytes("Endless", &[], "nests too deeply");
    let nested = [1, 4].repeat(200);
    check_bytes("Tree", &nested, "nests too deeply");
    check_bytes("Bytes", &vec![0; (1 << 20) + 1], "too many bytes");
}

#[test]
fn who_decodes_for_strangers_takes_less() {
    with_codec(|codec| {
        let bytes = vec![true; 10].encode();
        let decode = |values_max| {
            let codec = codec.with_values_max(values_max);
            codec.decode_value("Vec<bool>", &bytes)
        };
        assert!(decode(11).is_ok());
        let error = decode(10).unwrap_err().to_string();
        assert!(error.contains("too many parts"), "{error}");
    });
}

/// Bytes that fit none of many types cost as much as all of them.
#[test]
fn one_allowance_bounds_all_that_is_tried() {
    let error_of = |number: u8| MessageItem {
        kind: MessageKind::Call,
        name: format!("m{number}"),
        selector: [number; 4],
        args: Vec::new(),
        returns: "()".to_owned(),
        error: Some(format!("(Vec<bool>, [u8; {number}])")),
        payable: false,
        docs: String::new(),
    };
    let abi = Abi {
        messages: (1..=60).map(error_of).collect(),
        ..Abi::default()
    };
    let codec = Codec::new(&abi, Hrp::Dev);
    // Fits the last type alone: ten flags, and sixty bytes.
    let error = (vec![true; 10], [7u8; 60]).encode();
    let data = RevertData::Error(error).encode();
    let decode = |values| {
        let allowance = Allowance::new(values);
        codec.with_allowance(&allowance).decode_revert(None, &data)
    };
    // A tuple, a list, its ten flags, bytes: thirteen values for each type, also where they end early.
    assert!(matches!(decode(13 * 60), Revert::Error(_)));
    assert_eq!(decode(13 * 60 - 1), Revert::Unknown(data.clone()));
    // It is used up for whoever comes next.
    let allowance = Allowance::new(13 * 60);
    let codec = codec.with_allowance(&allowance);
    assert!(matches!(codec.decode_revert(None, &data), Revert::Error(_)));
    assert_eq!(codec.decode_revert(None, &data), Revert::Unknown(data));
}

#[test]
fn an_abi_made_by_hand_may_be_broken() {
    with_codec(|codec| {
        let error = codec.decode_value("Missing", &[]).unwrap_err();
        assert!(matches!(error, CodecError::UnknownType { .. }), "{error}");
        let error = codec.decode_value("Vec<", &[]).unwrap_err();
        assert!(matches!(error, CodecError::BadType { .. }), "{error}");
    });
}

//! What contracts ask the chain and each other.

use argosy_primitives::Address;
use serde_json::{Value, json};

use super::echo::{base64, call, create, echoes, kept_json, module, text};
use crate::kit::{ALICE, BOB, Kit, address};
use crate::puppet::Steps;

/// The answer to a contract's request.
#[track_caller]
fn ask(kit: &mut Kit, contract: &Address, request: &Value) -> Value {
    kit.must(ALICE, call(contract, 0, format!("?{request}")));
    kept_json(kit, contract, "answer")
}

/// The JSON document in a good answer.
#[track_caller]
fn document(answer: &Value) -> String {
    let text = answer["ok"]["ok"].as_str();
    text.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn other_contracts_answer() {
    let (mut kit, _, contracts) = echoes(2);
    let to = text(&kit, &contracts[1]);
    let smart = |kit: &mut Kit, message: &str| {
        let smart = json!({"contract_addr": to, "msg": base64(message.as_bytes())});
        ask(kit, &contracts[0], &json!({"wasm": {"smart": smart}}))
    };
    let answer = smart(&mut kit, r#"{"ok":"aGk="}"#);
    assert_eq!(document(&answer), "aGk=");
    let answer = smart(&mut kit, r#"{"error":"unknown"}"#);
    assert_eq!(answer, json!({"ok": {"error": "unknown"}}));
    let answer = smart(&mut kit, "!");
    assert_eq!(
        answer,
        json!({"ok": {"error": "read_only"}}),
        "nothing is written"
    );
}

#[test]
fn a_contract_may_ask_itself() {
    let (mut kit, _, contracts) = echoes(1);
    let smart = json!({
        "contract_addr": text(&kit, &contracts[0]), "msg": base64(br#"{"ok":"aGk="}"#),
    });
    let answer = ask(&mut kit, &contracts[0], &json!({"wasm": {"smart": smart}}));
    assert_eq!(document(&answer), "aGk=");
}

#[test]
fn native_contracts_answer_too() {
    let (mut kit, _, contracts) = echoes(1);
    let (_, puppets) = kit.puppets(1);
    let message = base64(&Steps::new().get(b"absent").bytes());
    let smart = json!({"contract_addr": text(&kit, &puppets[0]), "msg": message});
    let answer = ask(&mut kit, &contracts[0], &json!({"wasm": {"smart": smart}}));
    // Its own words: the length -1, and an empty register.
    let absent = [&(-1_i64).to_le_bytes()[..], &0_u32.to_le_bytes()].concat();
    assert_eq!(document(&answer), base64(&absent));
}

#[test]
fn storage_of_others_is_read_raw() {
    let (mut kit, _, contracts) = echoes(2);
    let to = text(&kit, &contracts[1]);
    let mut raw = |key: &[u8]| {
        let raw = json!({"contract_addr": to, "key": base64(key)});
        document(&ask(
            &mut kit,
            &contracts[0],
            &json!({"wasm": {"raw": raw}}),
        ))
    };
    assert_eq!(raw(b"absent"), "");
    let info = raw(b"info");
    let expected = super::echo::kept(&kit, &contracts[1], "info").unwrap();
    assert_eq!(info, base64(&expected));
}

#[test]
fn storage_of_others_is_listed() {
    let (mut kit, _, contracts) = echoes(2);
    let [env, info] = ["env", "info"].map(|key| {
        let value = super::echo::kept(&kit, &contracts[1], key).unwrap();
        json!([base64(key.as_bytes()), base64(&value)])
    });
    let key = |key: &str| json!(base64(key.as_bytes()));
    let long = json!(base64(&[b'f'; 1_000]));
    let nothing = json!([]);
    let to = text(&kit, &contracts[1]);
    for (start, end, limit, order, data, next) in [
        (None, None, 9, "ascending", json!([env, info]), None),
        (None, None, 9, "descending", json!([info, env]), None),
        (None, None, 1, "ascending", json!([env]), Some("info")),
        (None, None, 1, "descending", json!([info]), Some("env")),
        (None, None, 0, "ascending", nothing.clone(), Some("env")),
        (
            Some(key("env")),
            Some(key("info")),
            9,
            "ascending",
            json!([env]),
            None,
        ),
        (Some(key("f")), None, 1, "ascending", json!([info]), None),
        (
            Some(long.clone()),
            None,
            9,
            "ascending",
            json!([info]),
            None,
        ),
        (None, Some(long), 9, "descending", json!([env]), None),
        (
            Some(key("info")),
            Some(key("env")),
            9,
            "descending",
            nothing,
            None,
        ),
    ] {
        let range = json!({
            "contract_addr": to, "start": start, "end": end, "limit": limit, "order": order,
        });
        let answer = ask(
            &mut kit,
            &contracts[0],
            &json!({"wasm": {"raw_range": range}}),
        );
        let expected = json!({"data": data, "next_key": next.map(key)});
        assert_eq!(unpacked(&document(&answer)), expected, "{range}");
    }
}

#[test]
fn what_is_listed_at_once_is_bounded_in_bytes() {
    let mut kit = Kit::with_spec(|spec| spec.limits.range_bytes_max = 4_096);
    let code = kit.store_code(ALICE, module(""));
    let [asks, keeps] = [0, 1].map(|salt| create(&mut kit, code, salt, 0));
    let long = "x".repeat(5_000);
    kit.must(ALICE, call(&keeps, 0, format!("={long}")));
    let to = text(&kit, &keeps);
    let mut list = |order: &str| {
        let range = json!({
            "contract_addr": to, "start": null, "end": null, "limit": 65_535, "order": order,
        });
        let answer = ask(&mut kit, &asks, &json!({"wasm": {"raw_range": range}}));
        unpacked(&document(&answer))
    };
    let kept = json!([base64(b"replies"), base64(long.as_bytes())]);
    let listed = list("descending");
    assert_eq!(listed["data"], json!([kept]));
    assert_eq!(listed["next_key"], base64(b"info"));
    // What is read last may be longer.
    let listed = list("ascending");
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&listed["data"][2], &listed["next_key"]),
        (&kept, &json!(null))
    );
}

#[test]
fn contracts_and_codes_are_described() {
    let (mut kit, code, contracts) = echoes(2);
    let (me, alice) = (text(&kit, &contracts[1]), text(&kit, &address(ALICE)));
    let request = json!({"wasm": {"contract_info": {"contract_addr": me}}});
    let answer = document(&ask(&mut kit, &contracts[0], &request));
    let expected = json!({
        "code_id": 1, "creator": alice, "admin": alice, "pinned": false,
        "ibc_port": null, "ibc2_port": null,
    });
    assert_eq!(unpacked(&answer), expected);
    let request = json!({"wasm": {"code_info": {"code_id": 1}}});
    let answer = document(&ask(&mut kit, &contracts[0], &request));
    let checksum = kit.code(&code).sha256;
    let checksum: String = checksum.iter().map(|it| format!("{it:02x}")).collect();
    let expected = json!({"code_id": 1, "creator": alice, "checksum": checksum});
    assert_eq!(unpacked(&answer), expected);
}

#[test]
fn balances_are_of_one_denomination() {
    let (mut kit, _, contracts) = echoes(1);
    let me = text(&kit, &contracts[0]);
    for (denom, amount) in [("pargo", "1000000"), ("uatom", "0")] {
        let request = json!({"bank": {"balance": {"address": me, "denom": denom}}});
        let answer = document(&ask(&mut kit, &contracts[0], &request));
        let expected = json!({"amount": {"denom": denom, "amount": amount}});
        assert_eq!(unpacked(&answer), expected);
    }
    // Contracts built with CosmWasm 1 and 2 ask so.
    let request = json!({"bank": {"all_balances": {"address": me}}});
    let answer = document(&ask(&mut kit, &contracts[0], &request));
    let expected = json!({"amount": [{"denom": "pargo", "amount": "1000000"}]});
    assert_eq!(unpacked(&answer), expected);
}

#[test]
fn the_chain_describes_its_token() {
    let (mut kit, _, contracts) = echoes(1);
    let metadata = json!({
        "description": "", "base": "pargo", "display": "argo", "name": "ARGO", "symbol": "ARGO",
        "denom_units": [
            {"denom": "pargo", "exponent": 0, "aliases": []},
            {"denom": "argo", "exponent": 12, "aliases": []},
        ],
        "uri": "", "uri_hash": "",
    });
    let mut answer = |request: Value| ask(&mut kit, &contracts[0], &json!({"bank": request}));
    let one = answer(json!({"denom_metadata": {"denom": "pargo"}}));
    assert_eq!(unpacked(&document(&one)), json!({"metadata": metadata}));
    let none = answer(json!({"denom_metadata": {"denom": "uatom"}}));
    let expected = json!({"ok": {"error": "this chain has one denomination"}});
    assert_eq!(none, expected);
    let (before, behind) = (base64(b"a"), base64(b"z"));
    for (page, is_shown) in [
        (json!(null), true),
        (json!({"key": null, "limit": 9, "reverse": true}), true),
        (json!({"key": before, "limit": 9, "reverse": false}), true),
        (json!({"key": behind, "limit": 9, "reverse": false}), false),
        (json!({"key": before, "limit": 9, "reverse": true}), false),
        (json!({"key": behind, "limit": 9, "reverse": true}), true),
    ] {
        let all = answer(json!({"all_denom_metadata": {"pagination": page}}));
        let shown: Vec<&Value> = is_shown.then_some(&metadata).into_iter().collect();
        let expected = json!({"metadata": shown, "next_key": null});
        assert_eq!(unpacked(&document(&all)), expected, "{page}");
    }
}

/// The supply is that of the block's start, so that it is the same wherever in a block it is read.
#[test]
fn the_supply_is_as_the_block_found_it() {
    let (mut kit, _, contracts) = echoes(1);
    let mut last = kit.kept_supply();
    for _ in 0..2 {
        let request = json!({"bank": {"supply": {"denom": "pargo"}}});
        let answer = document(&ask(&mut kit, &contracts[0], &request));
        let expected = json!({"amount": {"denom": "pargo", "amount": last.to_string()}});
        assert_eq!(unpacked(&answer), expected);
        let now = kit.kept_supply();
        assert!(now < last, "the question's own fee is burned behind it");
        last = now;
    }
    let request = json!({"bank": {"supply": {"denom": "uatom"}}});
    let answer = document(&ask(&mut kit, &contracts[0], &request));
    let expected = json!({"amount": {"denom": "uatom", "amount": "0"}});
    assert_eq!(unpacked(&answer), expected);
}

#[test]
fn what_is_not_there_has_its_own_answer() {
    let (mut kit, _, contracts) = echoes(1);
    let nobody = text(&kit, &address(BOB));
    for (request, expected) in [
        (
            json!({"wasm": {"contract_info": {"contract_addr": nobody}}}),
            json!({"no_such_contract": {"addr": nobody}}),
        ),
        (
            json!({"wasm": {"smart": {"contract_addr": nobody, "msg": ""}}}),
            json!({"no_such_contract": {"addr": nobody}}),
        ),
        (
            json!({"wasm": {"code_info": {"code_id": 99}}}),
            json!({"no_such_code": {"code_id": 99}}),
        ),
        (
            json!({"staking": {"bonded_denom": {}}}),
            json!({"unsupported_request": {"kind": "staking"}}),
        ),
        (
            json!({"stargate": {"path": "/x", "data": ""}}),
            json!({"unsupported_request": {"kind": "stargate"}}),
        ),
        (
            json!({"grpc": {"path": "/x", "data": ""}}),
            json!({"unsupported_request": {"kind": "grpc"}}),
        ),
        (
            json!({"custom": {"x": 1}}),
            json!({"unsupported_request": {"kind": "custom"}}),
        ),
    ] {
        let answer = ask(&mut kit, &contracts[0], &request);
        assert_eq!(answer, json!({"error": expected}), "{request}");
    }
    let answer = ask(&mut kit, &contracts[0], &json!({"unheard": {}}));
    assert_eq!(
        answer["error"]["invalid_request"]["request"],
        base64(br#"{"unheard":{}}"#)
    );
}

/// The JSON document behind base64.
#[track_caller]
fn unpacked(text: &str) -> Value {
    let digit = |it: u8| match it {
        b'A'..=b'Z' => it - b'A',
        b'a'..=b'z' => it - b'a' + 26,
        b'0'..=b'9' => it - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(digit).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let word = (0..4).fold(0_u32, |word, index| {
            word << 6 | u32::from(*group.get(index).unwrap_or(&0))
        });
        bytes.extend_from_slice(&word.to_be_bytes()[1..group.len()]);
    }
    serde_json::from_slice(&bytes).unwrap()
}

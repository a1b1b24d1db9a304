//! What contracts may try against the node: each ends with a status, bounded, and the same on both tiers.

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{Action, Address, StatusCode};
use serde_json::{Value, json};

use super::echo::{
    NOTHING, base64, call, create, echoes, execute, heard, kept_json, sending, silent, text,
};
use crate::kit::{ALICE, BOB, Kit, address};

/// The message at whose size the allocator of [`odd`] does what it is told.
const MISBEHAVE: &str = "misbehave now";

/// A contract whose allocator does `allocate` when it is asked for room for [`MISBEHAVE`], whose `execute` does
/// `act`, and whose `query` does `answer`. A key lies in the region at 16, room for regions is at 32, scratch from
/// 4096 on.
fn odd(allocate: &str, act: &str, answer: &str) -> Vec<u8> {
    let size = MISBEHAVE.len();
    let escaped = NOTHING.replace('"', "\\\"");
    let length = NOTHING.len();
    let text = format!(
        r#"(module
        (import "env" "db_read" (func $db_read (param i32) (result i32)))
        (import "env" "db_write" (func $db_write (param i32 i32)))
        (import "env" "query_chain" (func $query_chain (param i32) (result i32)))
        (memory (export "memory") 8)
        (global $free (mut i32) (i32.const 65536))
        (func (export "interface_version_8"))
        (func (export "deallocate") (param i32))
        (func $region (param $at i32) (param $offset i32) (param $capacity i32) (param $length i32)
            (result i32)
            (i32.store (local.get $at) (local.get $offset))
            (i32.store offset=4 (local.get $at) (local.get $capacity))
            (i32.store offset=8 (local.get $at) (local.get $length))
            (local.get $at))
        (func (export "allocate") (param $size i32) (result i32)
            (local $at i32)
            (if (i32.eq (local.get $size) (i32.const {size})) (then {allocate}))
            (local.set $at (global.get $free))
            (global.set $free (i32.add (i32.const 16) (i32.add (local.get $at) (local.get $size))))
            (call $region (local.get $at) (i32.add (local.get $at) (i32.const 16))
                (local.get $size) (i32.const 0)))
        (func $nothing (result i32)
            (call $region (i32.const 64) (i32.const 1024) (i32.const {length}) (i32.const {length})))
        (func (export "instantiate") (param i32 i32 i32) (result i32) (call $nothing))
        (func (export "execute") (param $env i32) (param $info i32) (param $msg i32) (result i32)
            {act})
        (func (export "query") (param $env i32) (param $msg i32) (result i32) {answer})
        (data (i32.const 16) "\00\01\00\00\03\00\00\00\03\00\00\00")
        (data (i32.const 256) "key")
        (data (i32.const 1024) "{escaped}"))"#
    );
    wat::parse_str(text).unwrap()
}

const WELL: &str = "(call $nothing)";

/// A chain with an odd contract.
fn with(allocate: &str, act: &str, answer: &str) -> (Kit, Address) {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, odd(allocate, act, answer));
    let contract = create(&mut kit, code, 0, 0);
    (kit, contract)
}

#[track_caller]
fn check_allocator(allocate: &str, expected: StatusCode) {
    let (mut kit, contract) = with(allocate, WELL, WELL);
    kit.must(ALICE, call(&contract, 0, "else it behaves"));
    let receipt = kit.run(ALICE, vec![call(&contract, 0, MISBEHAVE)]);
    assert_eq!(receipt.status, expected, "{allocate}");
    assert!(receipt.events.is_empty());
}

#[test]
fn allocators_that_loop_re_enter_and_lie() {
    check_allocator("(loop $for_ever (br $for_ever))", StatusCode::OutOfGas);
    check_allocator("(drop (call $db_read (i32.const 16)))", StatusCode::Trapped);
    check_allocator("(unreachable)", StatusCode::Trapped);
    for place in ["0", "-1", "-4", "524284", "2147483647"] {
        let lie = format!("(return (i32.const {place}))");
        check_allocator(&lie, StatusCode::Trapped);
    }
    for words in [
        // Less room than was asked for, none that there is, and more than there is.
        "4096 12 0",
        "524280 13 0",
        "4096 -1 0",
        "-8 4096 0",
        "0 13 0",
        "4096 13 14",
    ] {
        let words: String = words
            .split(' ')
            .map(|it| format!("(i32.const {it})"))
            .collect();
        let lie = format!("(return (call $region (i32.const 32) {words}))");
        check_allocator(&lie, StatusCode::Trapped);
    }
}

/// A module whose `allocate` and `instantiate` are these functions, and whose `execute` and `query` are imports of
/// a fitting type.
fn passing_on(allocate: &str, instantiate: &str) -> Vec<u8> {
    let escaped = NOTHING.replace('"', "\\\"");
    let length = NOTHING.len();
    let text = format!(
        r#"(module
        (import "env" "db_read" (func $db_read (param i32) (result i32)))
        (import "env" "db_scan" (func $db_scan (param i32 i32 i32) (result i32)))
        (import "env" "addr_canonicalize" (func $addr_canonicalize (param i32 i32) (result i32)))
        (memory (export "memory") 2)
        (global $free (mut i32) (i32.const 8192))
        (func (export "interface_version_8"))
        (func (export "deallocate") (param i32))
        (func $honest (param $size i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $free))
            (global.set $free (i32.add (i32.const 16) (i32.add (local.get $at) (local.get $size))))
            (call $region (local.get $at) (i32.add (local.get $at) (i32.const 16))
                (local.get $size) (i32.const 0)))
        (func $region (param $at i32) (param $offset i32) (param $capacity i32) (param $length i32)
            (result i32)
            (i32.store (local.get $at) (local.get $offset))
            (i32.store offset=4 (local.get $at) (local.get $capacity))
            (i32.store offset=8 (local.get $at) (local.get $length))
            (local.get $at))
        (func $nothing (param i32 i32 i32) (result i32)
            (call $region (i32.const 64) (i32.const 1024) (i32.const {length}) (i32.const {length})))
        (export "allocate" (func {allocate}))
        (export "instantiate" (func {instantiate}))
        (export "execute" (func $db_scan))
        (export "query" (func $addr_canonicalize))
        (data (i32.const 1024) "{escaped}"))"#
    );
    wat::parse_str(text).unwrap()
}

/// An import that is exported again is called by the chain itself, with no code of the contract in between: it is
/// served as ever where imports are, and refused where they are not.
#[test]
fn imports_that_are_entries_end_like_others() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, passing_on("$honest", "$nothing"));
    let contract = create(&mut kit, code, 0, 0);
    // The message's place is no order of a range.
    let receipt = kit.run(ALICE, vec![call(&contract, 0, "{}")]);
    assert_eq!(receipt.status, StatusCode::Trapped);
    let asked = QueryRequest {
        contract,
        caller: address(BOB),
        funds: 0,
        message: b"{}",
        gas_max: 10_000_000,
    };
    // What is wrong with `env` as an address is no result of a query.
    let ended = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &asked).unwrap();
    assert_eq!(ended.status, StatusCode::Reverted);
    for (allocate, instantiate) in [("$db_read", "$nothing"), ("$honest", "$db_scan")] {
        let action = Action::Instantiate {
            code: kit.store_code(ALICE, passing_on(allocate, instantiate)),
            salt: [0; 32],
            admin: None,
            funds: 0,
            message: NOTHING.into(),
        };
        let status = kit.run(ALICE, vec![action]).status;
        assert_eq!(status, StatusCode::Trapped, "{allocate} {instantiate}");
    }
}

#[test]
fn a_region_that_overlaps_itself_is_the_contracts_own_affair() {
    let (mut kit, contract) = with(
        "(return (call $region (i32.const 32) (i32.const 32) (i32.const 13) (i32.const 0)))",
        WELL,
        WELL,
    );
    kit.must(ALICE, call(&contract, 0, MISBEHAVE));
}

#[track_caller]
fn check_result(words: &str, expected: StatusCode) {
    let words: String = words
        .split(' ')
        .map(|it| format!("(i32.const {it})"))
        .collect();
    let act = format!("(call $region (i32.const 32) {words})");
    let (mut kit, contract) = with("", &act, WELL);
    let receipt = kit.run(ALICE, vec![call(&contract, 0, "{}")]);
    assert_eq!(receipt.status, expected, "{words}");
}

#[test]
fn results_lie_in_the_memory_and_are_bounded() {
    check_result("1024 63 63", StatusCode::Reverted);
    check_result("1024 62 63", StatusCode::Trapped);
    check_result("1024 -1 62", StatusCode::Trapped);
    check_result("524287 2 0", StatusCode::Trapped);
    check_result("0 4 4", StatusCode::Trapped);
    check_result("-1 1 1", StatusCode::Trapped);
    // 256 KiB may be a result, if it is one.
    check_result("4096 262144 262144", StatusCode::Reverted);
    check_result("4096 262145 262145", StatusCode::LimitExceeded);
}

#[test]
fn keys_and_values_are_bounded_and_what_is_longer_is_not_written() {
    for (key, value, expected) in [
        (256, 65_536, StatusCode::Success),
        (257, 1, StatusCode::LimitExceeded),
        (1, 65_537, StatusCode::LimitExceeded),
    ] {
        let act = format!(
            "(call $db_write
                (call $region (i32.const 32) (i32.const 4096) (i32.const {key}) (i32.const {key}))
                (call $region (i32.const 48) (i32.const 8192) (i32.const {value}) (i32.const {value})))
            (call $nothing)"
        );
        let (mut kit, contract) = with("", &act, WELL);
        let receipt = kit.run(ALICE, vec![call(&contract, 0, "{}")]);
        assert_eq!(receipt.status, expected, "{key} {value}");
        let kept = kit.state().storage_get(&contract, &vec![0; key]).unwrap();
        assert_eq!(kept.is_some(), expected == StatusCode::Success);
    }
}

/// `execute` keeps a request, and `query` makes it.
#[test]
fn queries_that_ask_themselves_end_with_the_depth() {
    let (mut kit, contract) = with(
        "",
        "(call $db_write (i32.const 16) (local.get $msg)) (call $nothing)",
        "(call $query_chain (call $db_read (i32.const 16)))",
    );
    let smart = json!({"contract_addr": text(&kit, &contract), "msg": base64(b"{}")});
    let request = json!({"wasm": {"smart": smart}}).to_string();
    kit.must(ALICE, call(&contract, 0, request));
    let asked = QueryRequest {
        contract,
        caller: address(BOB),
        funds: 0,
        message: b"{}",
        gas_max: 50_000_000,
    };
    let ended = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &asked).unwrap();
    // An answer to a query is no result of one.
    assert_eq!(ended.status, StatusCode::Reverted);
    let depths = ended.trace.frames.iter().map(|it| it.depth).max();
    assert_eq!(depths, Some(kit.spec.limits.call_depth_max + 1));
}

#[test]
fn events_are_bounded_in_number_and_size() {
    let (mut kit, _, contracts) = echoes(1);
    let mut result = |attributes: Value, events: Value| {
        let response = json!({
            "messages": [], "attributes": attributes, "events": events, "data": null,
        });
        let message = json!({ "ok": response }).to_string();
        let mut draft = kit.draft(ALICE, vec![call(&contracts[0], 0, message)]);
        draft.gas_limit = kit.spec.limits.tx_gas_max;
        kit.run_draft(ALICE, draft).status
    };
    let long = json!([{"key": "k", "value": "v".repeat(17_000)}]);
    assert_eq!(result(long, json!([])), StatusCode::LimitExceeded);
    let event = json!({"type": "abc", "attributes": []});
    let many = vec![event; 1_100];
    assert_eq!(result(json!([]), json!(many)), StatusCode::LimitExceeded);
}

#[test]
fn what_says_two_things_at_once_is_no_result() {
    let (mut kit, _, contracts) = echoes(1);
    let both = format!(
        "{},\"error\":\"x\"}}",
        NOTHING.trim_end_matches('}').to_owned() + "}"
    );
    for result in [
        both.as_str(),
        r#"{"ok":{"messages":[],"messages":[],"attributes":[],"events":[],"data":null}}"#,
        r#"{"ok":{"messages":[{"id":-1}],"attributes":[],"events":[],"data":null}}"#,
        r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":"no base64"}}"#,
        r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}} and more"#,
    ] {
        let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, format!(" {result}"))]);
        assert_eq!(receipt.status, StatusCode::Reverted, "{result}");
        assert!(
            receipt.data.starts_with(b"the contract's result"),
            "{result}"
        );
    }
}

/// Documents that the chain has no use for are passed over: no number is read, no tree is built.
#[test]
fn custom_messages_and_queries_are_not_read() {
    let (mut kit, _, contracts) = echoes(1);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for custom in ["1e999", r#"{"":{"":{}}}"#, deep.as_str()] {
        let result = sending(&[silent(json!({"custom": "?"}))]).replace("\"?\"", custom);
        let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, result)]);
        assert_eq!(receipt.status, StatusCode::Reverted, "{custom}");
        assert_eq!(receipt.data, b"unsupported message: custom", "{custom}");
        let request = format!("?{{\"custom\":{custom}}}");
        kit.must(ALICE, call(&contracts[0], 0, request));
        let answer = kept_json(&kit, &contracts[0], "answer");
        let kind = json!({"unsupported_request": {"kind": "custom"}});
        assert_eq!(answer, json!({ "error": kind }), "{custom}");
    }
}

/// Two contracts that send messages to each other and hear of each.
#[test]
fn messages_to_and_fro_and_any_limit_are_bounded() {
    let (mut kit, _, contracts) = echoes(2);
    let mut message = NOTHING.to_owned();
    for round in 0..20 {
        let to = contracts[round % 2];
        message = sending(&[silent(execute(&kit, &to, message.as_bytes(), 0))]);
        if message.len() > 40_000 {
            break;
        }
    }
    let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, message)]);
    // Base64 in base64 grows, so that the depth may not be reached.
    assert!(matches!(
        receipt.status,
        StatusCode::Success | StatusCode::Reverted
    ));
    let limited = heard(
        execute(&kit, &contracts[1], NOTHING.as_bytes(), 0),
        "always",
    );
    for limit in [0_u64, 1, u64::MAX] {
        let mut limited = limited.clone();
        limited["gas_limit"] = json!(limit);
        kit.must(ALICE, call(&contracts[0], 0, sending(&[limited])));
    }
}

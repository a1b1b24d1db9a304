//! A contract in text form that does what its message says.
//!
//! - `instantiate`, `execute`: the message *is* the result, so that a test writes any response. Env and
//!   info are kept under `env` and `info`. Three first bytes mean something else:
//!   `?` the rest is a request to the chain, whose answer is kept under `answer`;
//!   `=` the rest is what `reply` will return; `#` the contract panics with the rest.
//! - `query`: the message is the result; with `!` in front it tries to write.
//! - `reply`: keeps what it is told under `reply`, and returns what was set, or nothing.
//! - `migrate`: keeps the message under `migrated`, and returns nothing.

use argosy_primitives::{AbiKind, Action, Address, Balance, CodeHash, Receipt};
use serde_json::{Value, json};

use crate::kit::{ALICE, Kit, address};

/// The response that does nothing.
pub(crate) const NOTHING: &str =
    r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}}"#;

const IMPORTS: &str = r#"
    (import "env" "db_read" (func $db_read (param i32) (result i32)))
    (import "env" "db_write" (func $db_write (param i32 i32)))
    (import "env" "query_chain" (func $query_chain (param i32) (result i32)))
    (import "env" "abort" (func $abort (param i32)))"#;

const CODE: &str = r#"
    (memory (export "memory") 2)
    (global $free (mut i32) (i32.const 8192))
    (func (export "allocate") (param $size i32) (result i32)
        (local $region i32)
        (local.set $region (global.get $free))
        (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 12)))
        (i32.store offset=4 (local.get $region) (local.get $size))
        (i32.store offset=8 (local.get $region) (i32.const 0))
        (global.set $free (i32.and (i32.const -8)
            (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 19))))
        (local.get $region))
    (func (export "deallocate") (param i32))
    (func $first (param $region i32) (result i32)
        (i32.load8_u (i32.load (local.get $region))))
    ;; The region without its first byte.
    (func $rest (param $region i32) (result i32)
        (i32.store (local.get $region) (i32.add (i32.load (local.get $region)) (i32.const 1)))
        (i32.store offset=4 (local.get $region)
            (i32.sub (i32.load offset=4 (local.get $region)) (i32.const 1)))
        (i32.store offset=8 (local.get $region)
            (i32.sub (i32.load offset=8 (local.get $region)) (i32.const 1)))
        (local.get $region))
    (func $act (param $env i32) (param $info i32) (param $msg i32) (result i32)
        (call $db_write (i32.const $env_key) (local.get $env))
        (call $db_write (i32.const $info_key) (local.get $info))
        (if (i32.eq (call $first (local.get $msg)) (i32.const 63)) (then
            (call $db_write (i32.const $answer_key)
                (call $query_chain (call $rest (local.get $msg))))
            (return (i32.const $nothing))))
        (if (i32.eq (call $first (local.get $msg)) (i32.const 61)) (then
            (call $db_write (i32.const $replies_key) (call $rest (local.get $msg)))
            (return (i32.const $nothing))))
        (if (i32.eq (call $first (local.get $msg)) (i32.const 35)) (then
            (call $abort (call $rest (local.get $msg)))
            (unreachable)))
        (local.get $msg))
    (export "instantiate" (func $act))
    (export "execute" (func $act))
    (func (export "query") (param $env i32) (param $msg i32) (result i32)
        (if (i32.eq (call $first (local.get $msg)) (i32.const 33)) (then
            (call $db_write (i32.const $info_key) (local.get $msg))))
        (local.get $msg))
    (func (export "reply") (param $env i32) (param $msg i32) (result i32)
        (local $set i32)
        (call $db_write (i32.const $reply_key) (local.get $msg))
        (local.set $set (call $db_read (i32.const $replies_key)))
        (if (result i32) (local.get $set)
            (then (local.get $set))
            (else (i32.const $nothing))))
    (func (export "migrate") (param $env i32) (param $msg i32) (result i32)
        (call $db_write (i32.const $migrated_key) (local.get $msg))
        (i32.const $nothing))"#;

/// The entry of a migration, as the code has it.
const MIGRATE: &str = r#"(func (export "migrate") (param $env i32) (param $msg i32) (result i32)
        (call $db_write (i32.const $migrated_key) (local.get $msg))"#;

/// Regions that the code names.
const CONSTANTS: [(&str, &str); 7] = [
    ("$env_key", "env"),
    ("$info_key", "info"),
    ("$answer_key", "answer"),
    ("$replies_key", "replies"),
    ("$reply_key", "reply"),
    ("$migrated_key", "migrated"),
    ("$nothing", NOTHING),
];

/// The module; `more` is added to it.
pub(crate) fn module(more: &str) -> Vec<u8> {
    module_of(r#"(func (export "interface_version_8"))"#, more)
}

/// The module with a `migrate` that keeps, under `info`, who migrates and from what.
pub(crate) fn informed() -> Vec<u8> {
    let told = MIGRATE
        .replace("(result", "(param $told i32) (result")
        .replace("$migrated_key", "$info_key")
        .replace("$msg)", "$told)");
    let code = CODE.replace(MIGRATE, &told);
    assert_ne!(code, CODE);
    assemble(code, r#"(func (export "interface_version_8"))"#, "")
}

/// The module with other marks.
pub(crate) fn module_of(marks: &str, more: &str) -> Vec<u8> {
    assemble(CODE.to_owned(), marks, more)
}

fn assemble(mut code: String, marks: &str, more: &str) -> Vec<u8> {
    let mut at = 1024;
    for (name, text) in CONSTANTS {
        let words = [at + 12, text.len(), text.len()];
        let words = words.map(|it| u32::try_from(it).unwrap().to_le_bytes());
        let bytes = words.concat().into_iter().chain(text.bytes());
        let bytes: String = bytes.map(|it| format!("\\{it:02x}")).collect();
        code.push_str(&format!("(data (i32.const {at}) \"{bytes}\")"));
        code = code.replace(&format!("{name})"), &format!("{at})"));
        code = code.replace(&format!("{name} "), &format!("{at} "));
        at += 12 + text.len() + 4;
    }
    wat::parse_str(format!("(module {IMPORTS} {code} {marks} {more})")).unwrap()
}

/// A chain with so many echoes, created by alice with funds.
pub(crate) fn echoes(count: u8) -> (Kit, CodeHash, Vec<Address>) {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, module(""));
    assert_eq!(kit.code(&code).abi, AbiKind::CosmWasm);
    let contracts = (0..count).map(|salt| create(&mut kit, code, salt, 1_000_000));
    let contracts = contracts.collect();
    (kit, code, contracts)
}

/// An echo, with alice as its admin.
#[track_caller]
pub(crate) fn create(kit: &mut Kit, code: CodeHash, salt: u8, funds: Balance) -> Address {
    let action = Action::Instantiate {
        code,
        salt: [salt; 32],
        admin: Some(address(ALICE)),
        funds,
        message: NOTHING.into(),
    };
    let receipt = kit.must(ALICE, action);
    Address::from_bytes(receipt.data[..32].try_into().unwrap())
}

/// A call with this message.
pub(crate) fn call(contract: &Address, funds: Balance, message: impl Into<Vec<u8>>) -> Action {
    Action::Call {
        contract: *contract,
        funds,
        message: message.into(),
        abi_hash: None,
    }
}

/// The result with these messages.
pub(crate) fn sending(messages: &[Value]) -> String {
    let response = json!({"messages": messages, "attributes": [], "events": [], "data": null});
    json!({ "ok": response }).to_string()
}

/// The result that fails with this text.
pub(crate) fn failing(text: &str) -> String {
    json!({ "error": text }).to_string()
}

/// A message of which nobody hears, with the number 0.
pub(crate) fn silent(message: Value) -> Value {
    heard(message, "never")
}

/// A message of which `reply` hears in this case.
pub(crate) fn heard(message: Value, reply_on: &str) -> Value {
    json!({"id": 7, "payload": "", "msg": message, "gas_limit": null, "reply_on": reply_on})
}

/// Sends funds.
pub(crate) fn send(kit: &Kit, to: &Address, amount: Balance) -> Value {
    let coin = json!({"denom": "pargo", "amount": amount.to_string()});
    json!({"bank": {"send": {"to_address": text(kit, to), "amount": [coin]}}})
}

/// Executes another contract.
pub(crate) fn execute(kit: &Kit, to: &Address, message: &[u8], funds: Balance) -> Value {
    let funds = match funds {
        0 => json!([]),
        funds => json!([{"denom": "pargo", "amount": funds.to_string()}]),
    };
    let execute = json!({"contract_addr": text(kit, to), "msg": base64(message), "funds": funds});
    json!({"wasm": {"execute": execute}})
}

/// The text of an address.
pub(crate) fn text(kit: &Kit, address: &Address) -> String {
    address.to_text(kit.spec.network.hrp)
}

/// What a contract keeps under a key.
pub(crate) fn kept(kit: &Kit, contract: &Address, key: &str) -> Option<Vec<u8>> {
    let value = kit.state().storage_get(contract, key.as_bytes()).unwrap();
    value.map(|it| it.to_vec())
}

/// What it keeps, as JSON.
#[track_caller]
pub(crate) fn kept_json(kit: &Kit, contract: &Address, key: &str) -> Value {
    serde_json::from_slice(&kept(kit, contract, key).unwrap()).unwrap()
}

/// The events of a receipt that CosmWasm contracts announced, as they wrote them.
pub(crate) fn events(receipt: &Receipt) -> Vec<Value> {
    let events = receipt.events.iter();
    let own = events.filter(|it| it.contract != Address::SYSTEM);
    own.map(|it| serde_json::from_slice(&it.data).unwrap())
        .collect()
}

/// An event with these attributes.
pub(crate) fn event(ty: &str, attributes: &[(&str, &str)]) -> Value {
    let attributes = attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    json!({"type": ty, "attributes": attributes})
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, index| {
            word << 8 | u32::from(*group.get(index).unwrap_or(&0))
        });
        for index in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index > group.len() {
                '='
            } else {
                digit.into()
            });
        }
    }
    text
}

#[test]
fn base64_is_the_standard_one() {
    for (bytes, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
        assert_eq!(base64(bytes.as_bytes()), expected);
    }
}

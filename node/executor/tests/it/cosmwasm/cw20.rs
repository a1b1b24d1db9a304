//! `cw20-base` of the Rust crate registry, unmodified: created, transferred, asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{AbiKind, Action, Address, CodeHash, StatusCode};
use serde_json::{Value, json};

use super::echo::{call, event, events, text};
use crate::kit::{ALICE, BOB, Kit, address};

/// The module of a contract of the registry, built once and kept.
fn module(name: &str, version: &str) -> Vec<u8> {
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"),
    };
    let dir = cache.join("argosy/cosmwasm");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/cosmwasm.sh");
    let mut build = Command::new("bash");
    let status = build.arg(script).arg(&dir).arg(name).arg(version).status();
    assert!(status.unwrap().success(), "{name} was not built");
    std::fs::read(dir.join(format!("{name}-{version}.wasm"))).unwrap()
}

fn store(kit: &mut Kit, code: Vec<u8>) -> CodeHash {
    let mut draft = kit.draft(ALICE, vec![Action::StoreCode { code }]);
    draft.gas_limit = kit.spec.limits.tx_gas_max;
    let tx = crate::kit::sign(ALICE, draft);
    let outcome = kit.block(&[tx]);
    let receipt = &outcome.receipts[0];
    assert_eq!(receipt.status, StatusCode::Success, "{:?}", outcome.traces);
    CodeHash::from_bytes(receipt.data[..].try_into().unwrap())
}

#[track_caller]
fn ask(kit: &Kit, contract: &Address, message: &Value) -> Value {
    let message = message.to_string();
    let request = QueryRequest {
        contract: *contract,
        caller: address(BOB),
        funds: 0,
        message: message.as_bytes(),
        gas_max: 10_000_000,
    };
    let answer = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap();
    assert_eq!(answer.status, StatusCode::Success, "{:?}", answer.trace);
    serde_json::from_slice(&answer.data).unwrap()
}

#[test]
#[ignore = "builds cw20-base, which takes minutes the first time; ./x test --full"]
fn a_token_of_the_registry_works_as_it_is() {
    let mut kit = Kit::new();
    let code = store(&mut kit, module("cw20-base", "2.0.0"));
    assert_eq!(kit.code(&code).abi, AbiKind::CosmWasm);
    let (alice, bob) = (text(&kit, &address(ALICE)), text(&kit, &address(BOB)));
    let (alice, bob) = (alice.as_str(), bob.as_str());
    let message = json!({
        "name": "Harbour", "symbol": "HRB", "decimals": 6,
        "initial_balances": [{"address": alice, "amount": "1000"}],
        "mint": {"minter": alice, "cap": null}, "marketing": null,
    });
    let created = kit.must(
        ALICE,
        Action::Instantiate {
            code,
            salt: [0; 32],
            admin: None,
            funds: 0,
            message: message.to_string().into_bytes(),
        },
    );
    let token = Address::from_bytes(created.data[..32].try_into().unwrap());
    let transfer = json!({"transfer": {"recipient": bob, "amount": "250"}}).to_string();
    let receipt = kit.must(ALICE, call(&token, 0, transfer.clone()));
    let me = text(&kit, &token);
    let contract = ("_contract_address", me.as_str());
    let attributes = [
        contract,
        ("action", "transfer"),
        ("from", alice),
        ("to", bob),
        ("amount", "250"),
    ];
    let expected = [event("execute", &[contract]), event("wasm", &attributes)];
    assert_eq!(events(&receipt), expected);
    let balance = |kit: &Kit, who: &str| ask(kit, &token, &json!({"balance": {"address": who}}));
    assert_eq!(balance(&kit, bob), json!({"balance": "250"}));
    assert_eq!(balance(&kit, alice), json!({"balance": "750"}));
    // The token lists holders in the order of their keys, from either side.
    let all = ask(&kit, &token, &json!({"all_accounts": {}}));
    assert_eq!(all["accounts"].as_array().map(Vec::len), Some(2));

    // More than there is: the token's own words, and nothing changes.
    let too_much = json!({"transfer": {"recipient": bob, "amount": "751"}}).to_string();
    let receipt = kit.run(ALICE, vec![call(&token, 0, too_much)]);
    assert_eq!(receipt.status, StatusCode::Reverted);
    let words = String::from_utf8(receipt.data).unwrap();
    assert!(words.contains("Cannot Sub"), "{words}");
    assert_eq!(balance(&kit, alice), json!({"balance": "750"}));
    eprintln!(
        "cw20-base: instantiate {} gas, transfer {} gas",
        created.gas_used,
        kit.must(ALICE, call(&token, 0, transfer)).gas_used
    );
}

//! Tokens of both kinds of contracts change hands in one transaction, or none of them does.

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{Action, Address, Balance, CodeHash, Receipt, StatusCode};
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;
use serde_json::{Value, json};

use super::echo::{self, call, create, execute, sending, silent, text};
use super::registry;
use crate::kit::{ALICE, BOB, Kit, address};

/// A native contract, written with the SDK.
const TOKEN: &[u8] = include_bytes!("../../../../../contracts/artifacts/token.wasm");

/// A message of the native token.
fn native(method: &str, args: impl Encode) -> Vec<u8> {
    (selector_of(method), args).encode()
}

/// Executes an action with all the gas that there may be.
fn send(kit: &mut Kit, who: u8, action: Action) -> Receipt {
    let mut draft = kit.draft(who, vec![action]);
    draft.gas_limit = kit.spec.limits.tx_gas_max;
    kit.run_draft(who, draft)
}

#[track_caller]
fn deploy(kit: &mut Kit, code: Vec<u8>, message: Vec<u8>) -> Address {
    let stored = send(kit, ALICE, Action::StoreCode { code });
    assert!(stored.status.is_success(), "{stored:?}");
    let create = Action::Instantiate {
        code: CodeHash::from_bytes(stored.data[..].try_into().unwrap()),
        salt: [7; 32],
        admin: None,
        funds: 0,
        message,
    };
    let created = send(kit, ALICE, create);
    assert!(created.status.is_success(), "{created:?}");
    Address::from_bytes(created.data[..32].try_into().unwrap())
}

/// A chain with alice's native token, and a CosmWasm contract that does what it is told.
fn market() -> (Kit, Address, Address) {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, echo::module(""));
    let market = create(&mut kit, code, 1, 0);
    let init = native("init", ("Harbour", "HRB", 0_u8, 1_000_u128));
    let token = deploy(&mut kit, TOKEN.to_vec(), init);
    (kit, token, market)
}

#[track_caller]
fn ask(kit: &Kit, contract: &Address, message: &[u8]) -> Vec<u8> {
    let request = QueryRequest {
        contract: *contract,
        caller: address(BOB),
        funds: 0,
        message,
        gas_max: kit.spec.limits.tx_gas_max,
    };
    let answer = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap();
    assert!(answer.status.is_success(), "{answer:?}");
    answer.data
}

/// Native tokens of somebody.
#[track_caller]
fn tokens(kit: &Kit, token: &Address, owner: &Address) -> Balance {
    let balance = ask(kit, token, &native("balance_of", *owner));
    Balance::from_le_bytes(balance.try_into().unwrap())
}

#[test]
fn native_tokens_are_sold_for_funds() {
    let (mut kit, token, market) = market();
    let bob = address(BOB);
    let stock = native("transfer", (market, 100_u128));
    kit.must(ALICE, call(&token, 0, stock));
    let buy = |kit: &Kit, amount: Balance| {
        let transfer = native("transfer", (bob, amount));
        let message = sending(&[silent(execute(kit, &token, &transfer, 0))]);
        call(&market, 40, message)
    };
    let bought = buy(&kit, 5);
    kit.must(BOB, bought);
    let owned = |kit: &Kit| [bob, market].map(|owner| tokens(kit, &token, &owner));
    assert_eq!(owned(&kit), [5, 95]);
    assert_eq!(kit.account(&market).balance, 40);
    let too_many = buy(&kit, 96);
    let receipt = kit.run(BOB, vec![too_many]);
    assert_eq!(receipt.status, StatusCode::Reverted);
    assert_eq!(owned(&kit), [5, 95]);
    assert_eq!(kit.account(&market).balance, 40);
}

#[test]
#[ignore = "builds a contract, which takes minutes the first time; ./x test --full"]
fn native_tokens_are_swapped_for_cw20() {
    let (mut kit, token, market) = market();
    let alice = address(ALICE);
    let approval = native("approve", (market, 50_u128));
    kit.must(ALICE, call(&token, 0, approval));
    let holder = json!({"address": text(&kit, &market), "amount": "10"});
    let init = json!({
        "name": "Harbour", "symbol": "HRB", "decimals": 0, "initial_balances": [holder],
        "mint": null, "marketing": null,
    });
    let module = registry::module("cw20-base");
    let cw20 = deploy(&mut kit, module, init.to_string().into_bytes());
    let swap = |kit: &Kit, wanted: Balance| {
        let pay = native("transfer_from", (alice, market, 5_u128));
        let transfer = json!({"recipient": text(kit, &alice), "amount": wanted.to_string()});
        let get = json!({ "transfer": transfer }).to_string();
        let message = sending(&[
            silent(execute(kit, &token, &pay, 0)),
            silent(execute(kit, &cw20, get.as_bytes(), 0)),
        ]);
        call(&market, 0, message)
    };
    let owned = |kit: &Kit| {
        let question = json!({"balance": {"address": text(kit, &alice)}});
        let answer = ask(kit, &cw20, question.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        (tokens(kit, &token, &market), answer["balance"].clone())
    };
    let swapped = swap(&kit, 7);
    let receipt = send(&mut kit, ALICE, swapped);
    assert_eq!(receipt.status, StatusCode::Success, "{receipt:?}");
    assert_eq!(owned(&kit), (5, json!("7")));
    // It has 3 left: what was paid comes back.
    let too_many = swap(&kit, 4);
    let receipt = send(&mut kit, ALICE, too_many);
    assert_eq!(receipt.status, StatusCode::Reverted, "{receipt:?}");
    assert_eq!(owned(&kit), (5, json!("7")));
}

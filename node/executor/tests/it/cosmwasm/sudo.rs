//! What the chain itself tells a contract: calls of its own addresses, for which nobody has a key.
//!
//! No action of the protocol makes one yet; the dev chain's edits do, and governance will.

use argosy_executor::Edit;
use argosy_primitives::{Action, Address, Receipt, StatusCode};
use serde_json::json;

use super::echo::{
    NOTHING, call, create, echoes, event, events, execute, failing, module, send, sending, silent,
    text,
};
use crate::kit::{ALICE, BOB, Kit, address};

const SUDO: &str = r#"(func (export "sudo") (param $env i32) (param $msg i32) (result i32)
    (local.get $msg))"#;

fn as_the_chain(kit: &Kit, sender: Address, action: Action) -> Receipt {
    let act = Edit::Act {
        sender,
        actions: vec![action],
        gas_limit: 50_000_000,
        deposit_max: 1 << 60,
    };
    let mut executor = kit.executor();
    executor.edit(&act).unwrap();
    let outcome = executor.finish().unwrap();
    outcome.receipts[0].clone()
}

#[test]
fn the_chain_is_served_by_sudo_and_others_by_execute() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, module(SUDO));
    let contract = create(&mut kit, code, 1, 1_000);
    let message = sending(&[silent(send(&kit, &address(BOB), 5))]);
    let me = text(&kit, &contract);
    let ran = |ty: &str| event(ty, &[("_contract_address", me.as_str())]);
    for sender in [Address::SYSTEM, Address::STAKING, Address::GOVERNANCE] {
        let receipt = as_the_chain(&kit, sender, call(&contract, 0, message.clone()));
        assert_eq!(receipt.status, StatusCode::Success, "{receipt:?}");
        assert_eq!(events(&receipt), [ran("sudo")]);
        let moved = receipt.events.len() - 1;
        assert_eq!(moved, 1, "its messages are sent");
    }
    let receipt = kit.must(ALICE, call(&contract, 0, message));
    assert_eq!(events(&receipt), [ran("execute")]);
}

#[test]
fn what_sudo_says_is_what_becomes_of_it() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, module(SUDO));
    let contract = create(&mut kit, code, 1, 0);
    let run =
        |message: String| as_the_chain(&kit, Address::GOVERNANCE, call(&contract, 0, message));
    let receipt = run(failing("not now"));
    assert_eq!(receipt.status, StatusCode::Reverted);
    assert_eq!(receipt.data, b"not now");
    let response = json!({"messages": [], "attributes": [{"key": "a", "value": "b"}],
        "events": [], "data": "aGk="});
    let receipt = run(json!({"ok": response}).to_string());
    assert_eq!(
        (receipt.status, &receipt.data[..]),
        (StatusCode::Success, &b"hi"[..])
    );
    assert_eq!(events(&receipt).len(), 2, "sudo, and wasm");
}

#[test]
fn a_contract_without_sudo_is_not_entered() {
    let (kit, _, contracts) = echoes(1);
    let message = call(&contracts[0], 0, NOTHING);
    let receipt = as_the_chain(&kit, Address::GOVERNANCE, message);
    assert_eq!(receipt.status, StatusCode::EntryMissing);
}

/// Whom the chain calls has none of its power: what it calls in turn is served by `execute`, also itself.
#[test]
fn who_is_called_by_the_chain_does_not_call_as_the_chain() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, module(SUDO));
    let [first, second] = [1, 2].map(|salt| create(&mut kit, code, salt, 0));
    let messages = [&second, &first].map(|to| silent(execute(&kit, to, NOTHING.as_bytes(), 0)));
    let message = call(&first, 0, sending(&messages));
    let receipt = as_the_chain(&kit, Address::GOVERNANCE, message);
    assert_eq!(receipt.status, StatusCode::Success, "{receipt:?}");
    let ran = |ty: &str, contract: &Address| {
        event(ty, &[("_contract_address", text(&kit, contract).as_str())])
    };
    let expected = [
        ran("sudo", &first),
        ran("execute", &second),
        ran("execute", &first),
    ];
    assert_eq!(events(&receipt), expected);
}

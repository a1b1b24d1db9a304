//! Entries with their documents, funds, events, and calls between ABIs.

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{AbiKind, Action, Address, StatusCode};
use serde_json::json;

use super::echo::{
    NOTHING, call, echoes, event, events, execute, failing, kept, kept_json, module, send, sending,
    silent, text,
};
use crate::kit::{ALICE, BOB, Kit, address};
use crate::puppet::Steps;

#[test]
fn an_entry_is_given_the_world_and_who_called() {
    let (mut kit, _, contracts) = echoes(1);
    let echo = contracts[0];
    kit.must(BOB, call(&echo, 25, NOTHING));
    let info = kept_json(&kit, &echo, "info");
    let funds = json!([{"denom": "pargo", "amount": "25"}]);
    assert_eq!(
        info,
        json!({"sender": text(&kit, &address(BOB)), "funds": funds})
    );
    let env = kept_json(&kit, &echo, "env");
    let chain = kit.spec.genesis_hash();
    let chain = format!("dev-{}", &chain.to_string().trim_start_matches("0x")[..8]);
    let block = json!({
        "height": kit.height,
        "time": (kit.height * 1_000 * 1_000_000).to_string(),
        "chain_id": chain,
    });
    let contract = json!({"address": text(&kit, &echo)});
    let expected = json!({"block": block, "transaction": null, "contract": contract});
    assert_eq!(env, expected);
    assert_eq!(kit.account(&echo).balance, 1_000_025);
    kit.must(BOB, call(&echo, 0, NOTHING));
    assert_eq!(kept_json(&kit, &echo, "info")["funds"], json!([]));
}

#[test]
fn events_are_built_as_wasmd_does() {
    let (mut kit, _, contracts) = echoes(1);
    let me = text(&kit, &contracts[0]);
    let result = json!({"ok": {
        "messages": [],
        "attributes": [{"key": "action ", "value": " test"}],
        "events": [{"type": "done", "attributes": [{"key": "k", "value": ""}]}],
        "data": "aGk=",
    }});
    let receipt = kit.must(ALICE, call(&contracts[0], 0, result.to_string()));
    assert_eq!(receipt.data, b"hi");
    let contract = ("_contract_address", me.as_str());
    let expected = [
        event("execute", &[contract]),
        event("wasm", &[contract, ("action", "test")]),
        event("wasm-done", &[contract, ("k", "")]),
    ];
    assert_eq!(events(&receipt), expected);
    let topics = receipt.events.iter().map(|it| it.topics.clone());
    let types = ["execute", "wasm", "wasm-done"];
    assert!(topics.eq(types.map(|it| vec![argosy_vm_abi::event_topic(it)])));
}

#[test]
fn reserved_attributes_fail_the_call() {
    let (mut kit, _, contracts) = echoes(1);
    let forged = json!({"ok": {
        "messages": [],
        "attributes": [{"key": "_contract_address", "value": "someone"}],
        "events": [],
        "data": null,
    }});
    let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, forged.to_string())]);
    assert_eq!(receipt.status, StatusCode::Reverted);
    assert!(receipt.data.starts_with(b"event attribute key starts"));
    assert!(receipt.events.is_empty());
}

#[test]
fn an_error_is_the_contracts_own_text_and_undoes_the_call() {
    let (mut kit, _, contracts) = echoes(1);
    let echo = contracts[0];
    let receipt = kit.run(BOB, vec![call(&echo, 25, failing("no such thing"))]);
    assert_eq!(receipt.status, StatusCode::Reverted);
    assert_eq!(receipt.data, b"no such thing");
    assert_eq!(kit.account(&echo).balance, 1_000_000);
    let sender = kept_json(&kit, &echo, "info")["sender"].clone();
    assert_eq!(sender, json!(text(&kit, &address(ALICE))));
}

#[test]
fn a_panic_is_a_trap_and_its_text_is_for_people() {
    let (mut kit, _, contracts) = echoes(1);
    let draft = kit.draft(ALICE, vec![call(&contracts[0], 0, "#out of ideas")]);
    let outcome = kit.block(&[crate::kit::sign(ALICE, draft)]);
    assert_eq!(outcome.receipts[0].status, StatusCode::Trapped);
    assert!(outcome.receipts[0].data.is_empty());
    let (_, trace) = &outcome.traces[0];
    assert_eq!(trace.logs[0].text, "panicked: out of ideas");
}

#[test]
fn what_is_no_result_reverts() {
    let (mut kit, _, contracts) = echoes(1);
    for result in ["", "{}", "[]", "nonsense", r#"{"ok":null}"#, r#"{"ok":{}}"#] {
        let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, format!(" {result}"))]);
        assert_eq!(receipt.status, StatusCode::Reverted, "{result}");
    }
    let bomb = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, bomb)]);
    assert_eq!(receipt.status, StatusCode::Reverted);
}

#[test]
fn bank_messages_move_the_native_token() {
    let (mut kit, _, contracts) = echoes(1);
    let (echo, bob) = (contracts[0], address(BOB));
    let before = kit.account(&bob).balance;
    let result = sending(&[silent(send(&kit, &bob, 40)), silent(send(&kit, &bob, 2))]);
    let receipt = kit.must(ALICE, call(&echo, 0, result));
    assert_eq!(kit.account(&bob).balance, before + 42);
    assert_eq!(kit.account(&echo).balance, 1_000_000 - 42);
    assert_eq!(
        events(&receipt).len(),
        1,
        "transfers are the chain's events"
    );
    assert_eq!(receipt.events.len(), 3);
}

#[test]
fn nobody_sends_what_he_has_not() {
    let (mut kit, _, contracts) = echoes(1);
    let bob = address(BOB);
    let too_much = send(&kit, &bob, 1_000_001);
    let mut foreign = send(&kit, &bob, 1);
    foreign["bank"]["send"]["amount"][0]["denom"] = json!("uatom");
    let nothing = send(&kit, &bob, 0);
    let mut nowhere = send(&kit, &bob, 1);
    nowhere["bank"]["send"]["to_address"] = json!("cosmos1nowhere");
    let mut huge = send(&kit, &bob, 1);
    huge["bank"]["send"]["amount"][0]["amount"] = json!("1".repeat(60));
    for message in [too_much, foreign, nothing, nowhere, huge] {
        let result = sending(&[silent(send(&kit, &bob, 1)), silent(message.clone())]);
        let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, result)]);
        assert_eq!(receipt.status, StatusCode::Reverted, "{message}");
        assert_eq!(kit.account(&contracts[0]).balance, 1_000_000, "{message}");
    }
}

#[test]
fn what_the_chain_has_not_is_unsupported() {
    let (mut kit, _, contracts) = echoes(1);
    let messages = [
        json!({"bank": {"burn": {"amount": []}}}),
        json!({"custom": {"any": "thing"}}),
        json!({"staking": {"delegate": {
            "validator": "v", "amount": {"denom": "pargo", "amount": "1"},
        }}}),
        json!({"distribution": {"withdraw_delegator_reward": {"validator": "v"}}}),
        json!({"stargate": {"type_url": "/x", "value": ""}}),
        json!({"any": {"type_url": "/x", "value": ""}}),
        json!({"gov": {"vote": {"proposal_id": 1, "option": "yes"}}}),
    ];
    for message in messages {
        let result = sending(&[silent(message.clone())]);
        let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, result)]);
        assert_eq!(receipt.status, StatusCode::Reverted, "{message}");
        let data = String::from_utf8(receipt.data).unwrap();
        assert!(data.starts_with("unsupported message"), "{message}: {data}");
    }
}

#[test]
fn contracts_pay_and_call_each_other() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let inner = sending(&[silent(send(&kit, &address(BOB), 5))]);
    let result = sending(&[silent(execute(&kit, &second, inner.as_bytes(), 30))]);
    let receipt = kit.must(ALICE, call(&first, 0, result));
    assert_eq!(kit.account(&first).balance, 1_000_000 - 30);
    assert_eq!(kit.account(&second).balance, 1_000_000 + 25);
    let sender = kept_json(&kit, &second, "info")["sender"].clone();
    assert_eq!(sender, json!(text(&kit, &first)));
    let types: Vec<_> = events(&receipt)
        .iter()
        .map(|it| it["type"].clone())
        .collect();
    assert_eq!(types, [json!("execute"), json!("execute")]);
}

#[test]
fn a_contract_may_message_itself_and_whoever_called() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let back = sending(&[silent(execute(&kit, &first, NOTHING.as_bytes(), 0))]);
    let result = sending(&[
        silent(execute(&kit, &first, NOTHING.as_bytes(), 0)),
        silent(execute(&kit, &second, back.as_bytes(), 0)),
    ]);
    kit.must(ALICE, call(&first, 0, result));
    let sender = kept_json(&kit, &first, "info")["sender"].clone();
    assert_eq!(sender, json!(text(&kit, &second)));
}

/// A native contract pays a CosmWasm one, which pays another native one: one transaction.
#[test]
fn contracts_of_both_abis_call_and_pay_each_other() {
    let mut kit = Kit::new();
    let (_, puppets) = kit.puppets(2);
    let code = kit.store_code(ALICE, module(""));
    let echo = super::echo::create(&mut kit, code, 9, 0);
    let (first, last) = (puppets[0], puppets[1]);
    let steps = Steps::new().set(b"heard", b"yes");
    let result = sending(&[silent(execute(&kit, &last, &steps.bytes(), 60))]);
    let outer = Steps::new().call_with_bytes(&echo, 100, result.as_bytes());
    kit.must(ALICE, crate::kit::call(&first, outer));
    assert_eq!(kit.account(&first).balance, 1_000_000 - 100);
    assert_eq!(kit.account(&echo).balance, 40);
    assert_eq!(kit.account(&last).balance, 1_000_000 + 60);
    let sender = kept_json(&kit, &echo, "info")["sender"].clone();
    assert_eq!(sender, json!(text(&kit, &first)));
    assert_eq!(kept(&kit, &last, "heard").as_deref(), Some(&b"yes"[..]));
}

/// A native contract that waits for a call without leave to come back is not entered.
#[test]
fn a_native_contract_keeps_its_own_rule_of_re_entry() {
    let mut kit = Kit::new();
    let (_, puppets) = kit.puppets(1);
    let code = kit.store_code(ALICE, module(""));
    let echo = super::echo::create(&mut kit, code, 9, 0);
    let back = execute(&kit, &puppets[0], &Steps::new().bytes(), 0);
    let result = sending(&[silent(back)]);
    let outer = Steps::new().call_with_bytes(&echo, 0, result.as_bytes());
    let receipt = kit.must(ALICE, crate::kit::call(&puppets[0], outer));
    let mut returned = crate::kit::Returned::of(&receipt.data);
    assert_eq!(returned.status(), StatusCode::Reverted);
    assert_eq!(returned.register(), b"reentry");
}

fn ask(kit: &Kit, contract: &Address, message: &[u8]) -> argosy_executor::QueryOutcome {
    let request = QueryRequest {
        contract: *contract,
        caller: address(BOB),
        funds: 0,
        message,
        gas_max: 10_000_000,
    };
    query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap()
}

#[test]
fn queries_return_bytes_and_change_nothing() {
    let (kit, _, contracts) = echoes(1);
    let answer = ask(&kit, &contracts[0], br#"{"ok":"aGk="}"#);
    assert_eq!(
        (answer.status, &answer.data[..]),
        (StatusCode::Success, &b"hi"[..])
    );
    let answer = ask(&kit, &contracts[0], br#"{"error":"unknown"}"#);
    assert_eq!(
        (answer.status, &answer.data[..]),
        (StatusCode::Reverted, &b"unknown"[..])
    );
    let answer = ask(&kit, &contracts[0], b"!");
    assert_eq!(answer.status, StatusCode::ReadOnly);
    let answer = ask(&kit, &address(BOB), b"{}");
    assert_eq!(answer.status, StatusCode::ContractNotFound);
}

#[test]
fn an_allocator_that_fails_fails_the_creation() {
    let mut kit = Kit::new();
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "interface_version_8"))
        (func (export "allocate") (param i32) (result i32) unreachable)
        (func (export "deallocate") (param i32))
        (func (export "instantiate") (param i32 i32 i32) (result i32) unreachable))"#;
    let code = kit.store_code(ALICE, wat::parse_str(text).unwrap());
    assert_eq!(kit.code(&code).abi, AbiKind::CosmWasm);
    let action = Action::Instantiate {
        code,
        salt: [0; 32],
        admin: None,
        funds: 0,
        message: NOTHING.into(),
    };
    let receipt = kit.run(ALICE, vec![action]);
    assert_eq!(receipt.status, StatusCode::Trapped);
}

//! Messages that succeed and fail, who hears of it, and what is left.

use argosy_primitives::{Address, StatusCode};
use serde_json::{Value, json};

use super::echo::{
    NOTHING, base64, call, echoes, event, execute, failing, heard, kept, kept_json, send, sending,
    silent, text,
};
use crate::kit::{ALICE, BOB, Kit, address};

/// What came of a message in one mode.
#[track_caller]
fn check(message: &str, reply_on: &str, status: StatusCode, is_heard: bool) {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let inner = execute(&kit, &second, message.as_bytes(), 10);
    let receipt = kit.run(
        ALICE,
        vec![call(&first, 0, sending(&[heard(inner, reply_on)]))],
    );
    assert_eq!(receipt.status, status, "{message} {reply_on}");
    let reply = kept(&kit, &first, "reply");
    assert_eq!(reply.is_some(), is_heard, "{message} {reply_on}");
    let is_done = kept_json(&kit, &second, "info")["sender"] == json!(text(&kit, &first));
    let is_good = message == NOTHING;
    assert_eq!(is_done, is_good && status == StatusCode::Success);
    let moved = if is_done { 10 } else { 0 };
    assert_eq!(kit.account(&second).balance, 1_000_000 + moved);
}

#[test]
fn every_mode_of_reply() {
    use StatusCode::{Reverted, Success};
    let bad = failing("bad");
    for (reply_on, on_success, on_error) in [
        ("always", true, true),
        ("success", true, false),
        ("error", false, true),
        ("never", false, false),
    ] {
        check(NOTHING, reply_on, Success, on_success);
        let status = if on_error { Success } else { Reverted };
        check(&bad, reply_on, status, on_error);
    }
}

#[test]
fn a_failure_passes_through_with_its_text() {
    let (mut kit, _, contracts) = echoes(3);
    let inner = silent(execute(&kit, &contracts[2], failing("deep").as_bytes(), 0));
    let middle = silent(execute(
        &kit,
        &contracts[1],
        sending(&[inner]).as_bytes(),
        0,
    ));
    let receipt = kit.run(ALICE, vec![call(&contracts[0], 0, sending(&[middle]))]);
    assert_eq!(
        (receipt.status, &receipt.data[..]),
        (StatusCode::Reverted, &b"deep"[..])
    );
    assert!(receipt.events.is_empty());
}

#[test]
fn a_caught_failure_undoes_its_whole_branch_and_nothing_else() {
    let (mut kit, _, contracts) = echoes(3);
    let [first, second, third] = [contracts[0], contracts[1], contracts[2]];
    let bob = address(BOB);
    let before = kit.account(&bob).balance;
    // The third pays, then the second fails after it.
    let pays = sending(&[silent(send(&kit, &bob, 1))]);
    let nowhere = json!({"custom": {}});
    let branch = sending(&[
        silent(execute(&kit, &third, pays.as_bytes(), 0)),
        silent(send(&kit, &bob, 10)),
        silent(nowhere),
    ]);
    let result = sending(&[
        silent(send(&kit, &bob, 100)),
        heard(execute(&kit, &second, branch.as_bytes(), 7), "error"),
        silent(send(&kit, &bob, 1_000)),
    ]);
    kit.must(ALICE, call(&first, 0, result));
    assert_eq!(kit.account(&bob).balance, before + 1_100);
    assert_eq!(kit.account(&second).balance, 1_000_000);
    assert_eq!(kit.account(&third).balance, 1_000_000);
    let result = kept_json(&kit, &first, "reply")["result"].clone();
    assert_eq!(result, json!({"error": "unsupported message: custom"}));
}

#[test]
fn a_reply_is_told_events_and_data() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let (one, two) = (text(&kit, &first), text(&kit, &second));
    let inner = json!({"ok": {
        "messages": [silent(send(&kit, &address(BOB), 3))],
        "attributes": [{"key": "k", "value": "v"}, {"key": "A", "value": "1"}],
        "events": [],
        "data": base64(b"answer"),
    }});
    let message = execute(&kit, &second, inner.to_string().as_bytes(), 5);
    let mut message = heard(message, "success");
    message["payload"] = json!(base64(b"note"));
    kit.must(ALICE, call(&first, 0, sending(&[message])));
    let reply = kept_json(&kit, &first, "reply");
    assert_eq!(reply["id"], 7);
    assert_eq!(reply["payload"], json!(base64(b"note")));
    assert!(reply["gas_used"].as_u64().is_some_and(|it| it > 0));
    let answer = base64(b"\x0a\x06answer");
    let ok = &reply["result"]["ok"];
    assert_eq!(ok["data"], json!(answer));
    let type_url = "/cosmwasm.wasm.v1.MsgExecuteContractResponse";
    assert_eq!(
        ok["msg_responses"],
        json!([{"type_url": type_url, "value": answer}])
    );
    let bob = text(&kit, &address(BOB));
    let contract = ("_contract_address", two.as_str());
    // Attributes are in the order of their keys.
    let transfer = |from: &str, to: &str, amount: &str| {
        let amount = ("amount", amount);
        [
            event("coin_spent", &[amount, ("spender", from)]),
            event("coin_received", &[amount, ("receiver", to)]),
            event("transfer", &[amount, ("recipient", to), ("sender", from)]),
        ]
    };
    let own = [
        event("execute", &[contract]),
        event("wasm", &[("A", "1"), contract, ("k", "v")]),
    ];
    let expected: Vec<Value> = transfer(&one, &two, "5pargo")
        .into_iter()
        .chain(own)
        .chain(transfer(&two, &bob, "3pargo"))
        .collect();
    assert_eq!(ok["events"], json!(expected));
}

#[test]
fn a_reply_to_a_payment_is_told_no_events() {
    let (mut kit, _, contracts) = echoes(1);
    let (echo, bob) = (contracts[0], address(BOB));
    let reply = |kit: &mut Kit, message: Value| {
        kit.must(ALICE, call(&echo, 0, sending(&[heard(message, "always")])));
        kept_json(kit, &echo, "reply")["result"]["ok"].clone()
    };
    let paid = send(&kit, &bob, 3);
    let type_url = "/cosmos.bank.v1beta1.MsgSendResponse";
    let answer = json!([{"type_url": type_url, "value": ""}]);
    let expected = json!({"events": [], "data": null, "msg_responses": answer});
    assert_eq!(reply(&mut kit, paid), expected);
    // No coins are no message, and so there is no answer.
    let mut nothing = send(&kit, &bob, 3);
    nothing["bank"]["send"]["amount"] = json!([]);
    let expected = json!({"events": [], "data": null, "msg_responses": []});
    assert_eq!(reply(&mut kit, nothing), expected);
}

/// Sets what the contract's `reply` returns.
pub(super) fn on_reply(kit: &mut Kit, contract: &Address, result: &str) {
    kit.must(ALICE, call(contract, 0, format!("={result}")));
}

#[test]
fn the_last_reply_with_data_decides_the_data() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let inner = execute(&kit, &second, NOTHING.as_bytes(), 0);
    let own = |messages: Value| {
        json!({"ok": {
            "messages": messages, "attributes": [], "events": [], "data": base64(b"own"),
        }})
        .to_string()
    };
    let message = own(json!([heard(inner.clone(), "always")]));
    let receipt = kit.must(ALICE, call(&first, 0, message.clone()));
    assert_eq!(receipt.data, b"own");
    let replied = json!({"ok": {
        "messages": [], "attributes": [], "events": [], "data": base64(b"replied"),
    }});
    on_reply(&mut kit, &first, &replied.to_string());
    let receipt = kit.must(ALICE, call(&first, 0, message));
    assert_eq!(receipt.data, b"replied");
}

#[test]
fn a_reply_that_fails_fails_its_contract() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    on_reply(&mut kit, &first, &failing("not so"));
    let inner = execute(&kit, &second, NOTHING.as_bytes(), 10);
    let result = sending(&[heard(inner, "always")]);
    let receipt = kit.run(ALICE, vec![call(&first, 0, result)]);
    assert_eq!(
        (receipt.status, &receipt.data[..]),
        (StatusCode::Reverted, &b"not so"[..])
    );
    assert_eq!(kit.account(&second).balance, 1_000_000);
}

#[test]
fn replies_that_reply_for_ever_end_with_the_depth() {
    let (mut kit, _, contracts) = echoes(1);
    let echo = contracts[0];
    let again = heard(send(&kit, &address(BOB), 1), "always");
    on_reply(&mut kit, &echo, &sending(std::slice::from_ref(&again)));
    let receipt = kit.run(ALICE, vec![call(&echo, 0, sending(&[again]))]);
    assert_eq!(
        (receipt.status, &receipt.data[..]),
        (StatusCode::Reverted, &b"call_depth"[..])
    );
    assert_eq!(kit.account(&echo).balance, 1_000_000);
}

#[test]
fn a_gas_limit_is_caught_and_the_end_of_gas_is_not() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second) = (contracts[0], contracts[1]);
    let mut limited = heard(execute(&kit, &second, NOTHING.as_bytes(), 0), "error");
    limited["gas_limit"] = json!(10);
    kit.must(ALICE, call(&first, 0, sending(&[limited.clone()])));
    let result = kept_json(&kit, &first, "reply")["result"].clone();
    assert_eq!(result, json!({"error": "out_of_gas"}));
    // A limit above what is left is none.
    for limit in [Value::Null, json!(u64::MAX)] {
        limited["gas_limit"] = limit;
        let action = call(&first, 0, sending(&[limited.clone()]));
        let needed = kit.must(ALICE, action.clone()).gas_used;
        let mut draft = kit.draft(ALICE, vec![action]);
        // Enough for the first frame, not for the second.
        draft.gas_limit = needed - 30_000;
        let receipt = kit.run_draft(ALICE, draft);
        assert_eq!(receipt.status, StatusCode::OutOfGas);
    }
}

//! Every mode of reply for every kind of message, and branches within branches.

use argosy_primitives::{Action, Address, StatusCode};
use serde_json::{Value, json};

use super::echo::{
    NOTHING, base64, call, echoes, execute, failing, heard, kept, kept_json, send, sending, silent,
    text,
};
use super::replies::on_reply;
use crate::kit::{ALICE, BOB, Kit, address};

/// Mode, and whether success and failure are heard in it.
const MODES: [(&str, bool, bool); 4] = [
    ("always", true, true),
    ("success", true, false),
    ("error", false, true),
    ("never", false, false),
];

/// A kind of message: one that works, and one that fails. The first contract is the admin of the second.
fn kinds(kit: &Kit, first: &Address, second: &Address) -> [(&'static str, Value, Value); 5] {
    let bob = address(BOB);
    let (me, other) = (text(kit, first), text(kit, second));
    let instantiate = |message: &str| {
        json!({"wasm": {"instantiate": {
            "admin": null, "code_id": 1, "msg": base64(message.as_bytes()), "funds": [], "label": "child",
        }}})
    };
    let migrate = |code_id: u64| {
        json!({"wasm": {"migrate": {
            "contract_addr": other, "new_code_id": code_id, "msg": base64(b"{}"),
        }}})
    };
    let hand_over = |contract: &str| json!({"wasm": {"update_admin": {"contract_addr": contract, "admin": me}}});
    [
        ("send", send(kit, &bob, 5), send(kit, &bob, 2_000_000)),
        (
            "execute",
            execute(kit, second, NOTHING.as_bytes(), 0),
            execute(kit, second, failing("no").as_bytes(), 0),
        ),
        (
            "instantiate",
            instantiate(NOTHING),
            instantiate(&failing("no")),
        ),
        ("migrate", migrate(1), migrate(77)),
        ("update_admin", hand_over(&other), hand_over(&me)),
    ]
}

#[test]
fn every_mode_of_reply_for_every_kind_of_message() {
    let (mut kit, _, contracts) = echoes(2);
    let (first, second, bob) = (contracts[0], contracts[1], address(BOB));
    let admin = Some(first);
    let contract = second;
    kit.must(ALICE, Action::SetAdmin { contract, admin });
    let mut id = 0;
    for (kind, good, bad) in kinds(&kit, &first, &second) {
        for (mode, on_success, on_error) in MODES {
            for (message, is_good) in [(&good, true), (&bad, false)] {
                let case = format!("{kind} {mode} {is_good}");
                id += 1;
                let mut message = heard(message.clone(), mode);
                message["id"] = json!(id);
                // Sent before, and undone if the contract fails of what follows.
                let before = silent(send(&kit, &bob, 1));
                let balance = kit.account(&bob).balance;
                let action = call(&first, 0, sending(&[before, message]));
                let receipt = kit.run(ALICE, vec![action]);
                let is_kept = is_good || on_error;
                let expected = match is_kept {
                    true => StatusCode::Success,
                    false => StatusCode::Reverted,
                };
                assert_eq!(receipt.status, expected, "{case}: {receipt:?}");
                let told = kept(&kit, &first, "reply");
                let told = told.map(|it| serde_json::from_slice::<Value>(&it).unwrap());
                let told = told.filter(|it| it["id"] == id);
                let is_heard = if is_good { on_success } else { on_error };
                assert_eq!(told.is_some(), is_heard, "{case}");
                if let Some(told) = told {
                    assert_eq!(told["result"].get("ok").is_some(), is_good, "{case}");
                }
                let own = if kind == "send" && is_good { 5 } else { 0 };
                let paid = if is_kept { 1 + own } else { 0 };
                assert_eq!(kit.account(&bob).balance - balance, paid, "{case}");
            }
        }
    }
}

#[test]
fn what_was_caught_below_is_undone_with_what_is_above() {
    let (mut kit, _, contracts) = echoes(3);
    let [first, second, third] = [contracts[0], contracts[1], contracts[2]];
    let bob = address(BOB);
    let before = kit.account(&bob).balance;
    // The third pays and fails, and the second hears of it. Then that pays and fails, and the first hears of it.
    let deep = sending(&[silent(send(&kit, &bob, 1)), silent(json!({"custom": {}}))]);
    let middle = sending(&[
        heard(execute(&kit, &third, deep.as_bytes(), 0), "error"),
        silent(send(&kit, &bob, 10)),
        silent(execute(&kit, &third, failing("late").as_bytes(), 0)),
    ]);
    let top = sending(&[
        heard(execute(&kit, &second, middle.as_bytes(), 0), "always"),
        silent(send(&kit, &bob, 100)),
    ]);
    kit.must(ALICE, call(&first, 0, top));
    assert_eq!(kit.account(&bob).balance, before + 100);
    let result = kept_json(&kit, &first, "reply")["result"].clone();
    assert_eq!(result, json!({"error": "late"}));
    assert_eq!(kept(&kit, &second, "reply"), None, "it heard in vain");
    // Without the second failure the first one stays caught.
    let middle = sending(&[
        heard(execute(&kit, &third, deep.as_bytes(), 0), "error"),
        silent(send(&kit, &bob, 10)),
    ]);
    let top = sending(&[heard(execute(&kit, &second, middle.as_bytes(), 0), "error")]);
    kit.must(ALICE, call(&first, 0, top));
    assert_eq!(kit.account(&bob).balance, before + 110);
    let result = kept_json(&kit, &second, "reply")["result"].clone();
    assert_eq!(result, json!({"error": "unsupported message: custom"}));
}

#[test]
fn messages_of_a_reply_belong_to_it() {
    let (mut kit, _, contracts) = echoes(3);
    let [outer, first, second] = [contracts[0], contracts[1], contracts[2]];
    let bob = address(BOB);
    let funds = |kit: &Kit| kit.account(&second).balance;
    let run = |kit: &mut Kit, inner: Value| {
        let inner = execute(kit, &first, sending(&[inner]).as_bytes(), 0);
        kit.must(ALICE, call(&outer, 0, sending(&[heard(inner, "error")])));
    };
    // A reply to a success, whose message fails: what succeeded is undone.
    on_reply(&mut kit, &first, &sending(&[silent(json!({"custom": {}}))]));
    let before = funds(&kit);
    let paid = heard(execute(&kit, &second, NOTHING.as_bytes(), 10), "success");
    run(&mut kit, paid.clone());
    assert_eq!(funds(&kit), before);
    let result = kept_json(&kit, &outer, "reply")["result"].clone();
    assert_eq!(result, json!({"error": "unsupported message: custom"}));
    // One that works: both stay.
    let balance = kit.account(&bob).balance;
    let pays = sending(&[silent(send(&kit, &bob, 3))]);
    on_reply(&mut kit, &first, &pays);
    run(&mut kit, paid);
    assert_eq!(funds(&kit), before + 10);
    assert_eq!(kit.account(&bob).balance, balance + 3);
    // A reply to a failure may send, too.
    let failed = execute(&kit, &second, failing("no").as_bytes(), 10);
    run(&mut kit, heard(failed, "error"));
    assert_eq!(funds(&kit), before + 10);
    assert_eq!(kit.account(&bob).balance, balance + 6);
}

//! Contracts of Cosmos chains, from the command line: JSON in, JSON out.

use serde_json::json;

use crate::world::Dev;

/// Its results are the messages that it is given.
const MIRROR: &str = include_str!("../../../../node/driver/tests/it/mirror.wat");
const NOTHING: &str = r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}}"#;
const SAYING: &str = r#"{"ok":{"messages":[],"attributes":[{"key":"action","value":"say"}],"events":[],"data":null}}"#;

fn mirror(dev: &Dev) -> String {
    let file = dev.file("mirror.wasm", &wat::parse_str(MIRROR).unwrap());
    let deployed = dev.json(&format!("contract deploy {file} --from alice -- {NOTHING}"));
    assert_eq!(deployed["stored"], true);
    deployed["contract"].as_str().unwrap().to_owned()
}

#[test]
fn messages_answers_and_events_are_json() {
    let dev = Dev::start();
    let id = mirror(&dev);
    let called = dev.json(&format!("contract call {id} --from bob -- {SAYING}"));
    let expected = json!({"name": "wasm", "attributes": [
        {"key": "_contract_address", "value": id},
        {"key": "action", "value": "say"},
    ]});
    assert_eq!(called["events"][1]["decoded"], expected, "{called}");
    dev.line(&format!("contract call {id} --from bob -- {SAYING}"))
        .ok()
        .shows(&["execute { _contract_address: ", "action: say }"]);

    // The answer is `{"a":1}`.
    let query = format!(r#"contract query {id} -- {{"ok":"eyJhIjoxfQ=="}}"#);
    assert_eq!(dev.line(&query).ok().stdout, "{\"a\":1}\n");
    assert_eq!(dev.json(&query)["result"], json!({"a": 1}));
}

#[test]
fn code_may_be_uploaded_alone_and_is_there_then() {
    let dev = Dev::start();
    let file = dev.file("mirror.wasm", &wat::parse_str(MIRROR).unwrap());
    let upload = format!("contract upload {file} --from alice");
    let uploaded = dev.json(&upload);
    assert_eq!(uploaded["stored"], true, "{uploaded}");
    let again = dev.json(&upload);
    assert_eq!(
        (&again["stored"], &again["code"]),
        (&json!(false), &uploaded["code"])
    );
    dev.line(&upload).ok().shows(&["was on the chain already"]);
    let deployed = dev.json(&format!("contract deploy {file} --from bob -- {NOTHING}"));
    assert_eq!(deployed["stored"], false);
    assert_eq!(deployed["code"], uploaded["code"]);
    // What is no module is refused by its reason.
    let broken = dev.file("broken.wasm", b"\0asm\x01\0\0\0\x01\x05");
    dev.line(&format!("contract upload {broken} --from alice"))
        .fails(1, &["not accepted"]);
}

#[test]
fn a_failure_is_told_in_the_contracts_own_words() {
    let dev = Dev::start();
    let id = mirror(&dev);
    let failing = r#"{"error":"not_enough"}"#;
    dev.line(&format!("contract call {id} --from bob -- {failing}"))
        .fails(
            3,
            &["not_enough", &id, "call stack", r#"error("not_enough")"#],
        );
    dev.line(&format!("contract query {id} -- {failing}"))
        .fails(3, &["not_enough"]);
    let nonce = |dev: &Dev| dev.json("account get bob")["nonce"].clone();
    assert_eq!(nonce(&dev), "0", "nothing was sent");
    dev.line(&format!("contract call {id} --from bob -- nonsense"))
        .fails(2, &["no JSON"]);
    assert_eq!(nonce(&dev), "0");
    // What is sent all the same is told by its receipt.
    let sent = format!("contract call {id} --from bob --gas 9000000 --deposit-max 0 -- {failing}");
    dev.line(&sent)
        .fails(3, &["call reverted: not_enough", "call stack"]);
    assert_eq!(nonce(&dev), "1");
}

#[test]
fn a_schema_file_is_asked_before_anything_is_signed() {
    let dev = Dev::start();
    let id = mirror(&dev);
    let variant = |word: &str| {
        json!({
            "description": format!("Says {word}"), "type": "object", "required": [word],
            "properties": {word: {"type": "object"}}, "additionalProperties": false,
        })
    };
    let schema = json!({
        "contract_name": "mirror",
        "execute": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "oneOf": [variant("ok"), variant("error")],
        },
    });
    let file = dev.file("mirror.json", schema.to_string().as_bytes());
    let call = |message: &str| {
        dev.line(&format!(
            "contract call {id} --from bob --schema {file} -- {message}"
        ))
    };
    call(SAYING).ok();
    call(r#"{"error":"text"}"#).fails(2, &["/error"]);
    call(r#"{"burn":{}}"#).fails(2, &["has no burn", "ok, error"]);
    call("--help").ok().shows(&["execute", "ok", "Says error"]);
    dev.line(&format!("contract query {id} --schema {file} -- {{}}"))
        .fails(2, &["says nothing of `query`"]);
}

#[test]
fn an_answer_that_a_schema_file_does_not_know_is_shown_behind_a_warning() {
    let dev = Dev::start();
    let id = mirror(&dev);
    let schema = json!({
        "query": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        "responses": {"ok": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}},
        }},
    });
    let file = dev.file("mirror.json", schema.to_string().as_bytes());
    // What follows is `{"a":1}` and `{"a":"b"}`.
    for (answer, shown, is_good) in [
        ("eyJhIjoxfQ==", "{\"a\":1}\n", true),
        ("eyJhIjoiYiJ9", "{\"a\":\"b\"}\n", false),
    ] {
        let query = format!(r#"contract query {id} --schema {file} -- {{"ok":"{answer}"}}"#);
        let ran = dev.line(&query).ok();
        assert_eq!(ran.stdout, shown);
        let says = ran.stderr.contains("warning:") && ran.stderr.contains("/a");
        assert_eq!(says, !is_good, "{ran:#?}");
    }
}

#[test]
fn a_trace_names_what_was_left_to_the_chain() {
    let dev = Dev::start();
    let id = mirror(&dev);
    let called = dev.json(&format!("contract call {id} --from bob -- {SAYING}"));
    let tx = called["txId"].as_str().unwrap();
    let trace = dev.json(&format!("tx trace {tx}"));
    let frame = &trace["frames"][0];
    assert_eq!(
        (&frame["entry"], &frame["method"]),
        (&json!("call"), &json!("ok"))
    );
    let imports: Vec<_> = frame["imports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["import"].clone())
        .collect();
    assert_eq!(imports, ["event"]);
}

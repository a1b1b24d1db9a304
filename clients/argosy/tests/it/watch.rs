//! What comes, as it comes: events and blocks.

use serde_json::Value;

use crate::world::{Dev, argosy};

fn documents(stdout: &str) -> Vec<Value> {
    let lines = stdout.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .expect("one JSON document a line")
}

#[test]
fn events_are_printed_each_once_from_a_cursor_on() {
    let dev = Dev::start();
    for amount in 1..=4 {
        dev.line(&format!(
            "tx transfer --from alice --to bob --amount {amount}"
        ))
        .ok();
    }
    let page = dev.json("events query --after 1.0.0");
    let watched = dev
        .line("events watch --after 1.0.0 --count 3 -o json")
        .ok()
        .stdout;
    let watched = documents(&watched);
    assert_eq!(Value::Array(watched.clone()), page["events"]);
    let cursors: Vec<_> = watched.iter().map(|it| it["cursor"].clone()).collect();
    assert_eq!(cursors, ["2.0.0", "3.0.0", "4.0.0"]);

    dev.line("events watch --after 2.0.0 --count 1")
        .ok()
        .shows(&["3.0.0  Transferred { from: alice, to: bob, amount: "]);
    dev.line("events watch --after 9").fails(2, &["cursor"]);
}

#[test]
fn blocks_are_printed_from_a_height_on() {
    let dev = Dev::start();
    for _ in 0..3 {
        dev.line("tx transfer --from alice --to bob --amount 1")
            .ok();
    }
    let watched = dev
        .line("block watch --after 0 --count 3 -o json")
        .ok()
        .stdout;
    let heads = documents(&watched);
    assert_eq!(heads.len(), 3);
    for (height, head) in (1..).zip(&heads) {
        let block = dev.json(&format!("block get {height}"));
        assert_eq!(head["at"], block["at"]);
        assert_eq!(head["header"], block["header"]);
    }
    let newest = heads[2]["at"]["hash"].as_str().unwrap();
    dev.line("block watch --count 1")
        .ok()
        .shows(&["3  0x", newest, " UTC  ", " gas"]);
}

#[test]
fn without_a_node_it_says_so() {
    let words = ["events", "watch", "--rpc-url", "http://127.0.0.1:1"];
    argosy(&words).fails(4, &["cannot be reached"]);
}

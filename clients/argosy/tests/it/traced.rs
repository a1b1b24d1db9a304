//! What transactions did, and where their gas went, as people and files are told.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::between::Between;
use crate::world::{Dev, artifact};

/// A token of alice's, and a transfer of it.
fn transfer(dev: &Dev) -> (String, String) {
    let deployed = dev.json(&format!(
        "contract deploy {} --from alice -- --name Coin --symbol CO --decimals 2 --supply 1000",
        artifact("token.wasm")
    ));
    let token = deployed["contract"].as_str().unwrap().to_owned();
    let called = dev.json(&format!(
        "contract call {token} --from alice -- transfer --to bob --amount 5"
    ));
    (token, called["txId"].as_str().unwrap().to_owned())
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_transaction_is_told_as_a_tree() {
    let dev = Dev::start();
    let (token, tx) = transfer(&dev);
    let amount = "amount: 5)";
    dev.line(&format!("tx trace {tx}")).ok().shows(&[
        "status       success",
        "outside contracts",
        "Calls",
        &format!("{token} transfer(to: "),
        amount,
        "storage_set 0x",
        "emit ",
        "Changes",
        "nonce: 1 -> 2",
    ]);
    let trace = dev.json(&format!("tx trace {tx}"));
    let own: u64 = (trace["frames"].as_array().unwrap().iter())
        .map(|it| number(&it["ownGas"]))
        .sum();
    let whole = number(&trace["gasUsed"]);
    assert_eq!(own + number(&trace["outsideGas"]), whole);
    let receipt = dev.json(&format!("tx get {tx}"));
    assert_eq!(receipt["receipt"]["gasUsed"], trace["gasUsed"], "{receipt}");
    let missing = "0x".to_owned() + &"1".repeat(64);
    dev.line(&format!("tx trace {missing}"))
        .fails(1, &["not found"]);
}

#[test]
fn a_call_shows_what_it_changes_if_asked() {
    let dev = Dev::start();
    let (token, _) = transfer(&dev);
    let line = format!("contract call {token} --from alice --diff");
    let transfer = "-- transfer --to bob --amount 5";
    let tried = dev.line(&format!("{line} --dry-run {transfer}")).ok();
    let tried = tried.shows(&["Changes", " -> 0x"]);
    assert!(!tried.stdout.contains("nonce: "), "{tried:?}");
    let sent = dev.line(&format!("{line} {transfer}")).ok();
    sent.shows(&["status       success", "Changes", "nonce: 2 -> 3", " -> 0x"]);
    let sent = dev.json(&format!("{line} {transfer}"));
    let kinds = sent["changes"].as_array().unwrap().iter();
    let storage = kinds.filter(|it| it["type"] == "storage").count();
    assert_eq!(storage, 2, "two balances");
}

#[test]
fn a_node_that_tells_no_changes_does_not_make_a_failure_of_what_was_sent() {
    let dev = Dev::start();
    let (token, _) = transfer(&dev);
    let between = Between::of(&dev.url);
    let disabled = json!({"kind": "METHOD_DISABLED", "method": "debug_traceTransaction"});
    let refused = json!({"code": 1302, "message": "m", "data": disabled});
    between.lies("debug_traceTransaction", move |it| {
        *it = json!({"jsonrpc": "2.0", "id": it["id"], "error": refused});
    });
    let url = &between.url;
    let line = format!("contract call {token} --from alice --diff --rpc-url {url} -o json");
    let sent = dev.line(&format!("{line} -- transfer --to bob --amount 5"));
    assert_eq!(between.asked("debug_traceTransaction"), 1);
    let id = sent.json()["txId"].as_str().unwrap().to_owned();
    assert!(
        sent.stderr.contains(&format!("argosy tx trace {id}")),
        "{sent:?}"
    );
    assert!(sent.ok().json().get("changes").is_none());
}

/// A module's name section, with names for these functions.
fn name_section(functions: &BTreeSet<u64>) -> Vec<u8> {
    let mut map = leb(functions.len() as u64);
    for function in functions {
        let name = format!("token::number_{function}::h0123456789abcdef");
        map.extend(leb(*function));
        map.extend(leb(name.len() as u64));
        map.extend(name.as_bytes());
    }
    let part = [vec![1], leb(map.len() as u64), map].concat();
    let content = [b"\x04name".to_vec(), part].concat();
    [vec![0], leb(content.len() as u64), content].concat()
}

fn leb(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn gas_is_told_by_function_and_debug_builds_name_them() {
    let dev = Dev::start();
    let (_, tx) = transfer(&dev);
    let [svg, folded] = ["gas.svg", "gas.folded"].map(|it| dev.file(it, b""));
    let line = format!("tx profile {tx} --svg {svg} --folded {folded}");
    dev.line(&line)
        .ok()
        .shows(&["flame graph", "folded stacks", "Gas of their own", " x  "]);
    let files = || [&svg, &folded].map(|it| fs::read_to_string(it).unwrap());
    let [picture, stacks] = files();
    let sum: u64 = (stacks.lines())
        .map(|it| it.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
        .sum();
    let profile = dev.json(&format!("tx profile {tx}"));
    assert_eq!(sum, number(&profile["gasUsed"]));
    assert!(
        stacks.contains(";func[") && stacks.contains(";storage_set "),
        "{stacks}"
    );
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    dev.line(&line).ok();
    assert_eq!(files(), [picture, stacks], "the same every time");

    // The same module with a name section is the same functions.
    let nodes = profile["nodes"].as_array().unwrap();
    let functions = nodes.iter().filter_map(|it| it["function"].as_u64());
    let functions: BTreeSet<u64> = functions.collect();
    let mut twin = fs::read(artifact("token.wasm")).unwrap();
    twin.extend(name_section(&functions));
    let twin = dev.file("twin.wasm", &twin);
    dev.line(&format!("{line} --twin {twin}")).ok();
    let [picture, stacks] = files();
    assert!(!stacks.contains("func[") && !stacks.contains("0123456789abcdef"));
    assert!(stacks.contains(";token::number_") && picture.contains("token::number_"));

    let other = artifact("counter.wasm");
    dev.line(&format!("{line} --twin {other}"))
        .fails(2, &["no module that ran", "unstripped"]);
    dev.line(&format!("{line} --twin {svg}"))
        .fails(2, &["no WebAssembly module"]);
    dev.line(&format!("tx profile {tx} --svg /nonexistent/gas.svg"))
        .fails(1, &["cannot write"]);
}

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
    dev.line(&format!("tx trace {tx}")).ok().shows(&[
        "status       success",
        "outside contracts",
        "Calls",
        &format!("{token} transfer(to: bob, amount: 5)"),
        "storage_set 0x",
        "emit ",
        "Changes",
        "alice nonce: 1 -> 2",
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
    sent.shows(&[
        "status       success",
        "Changes",
        "alice nonce: 2 -> 3",
        " -> 0x",
    ]);
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

#[test]
fn a_trace_calls_accounts_what_people_call_them_here_and_tells_programs_their_addresses() {
    let dev = Dev::start();
    let phrase = dev.passphrase("a long passphrase");
    let made = dev.json(&format!("keys new mine --passphrase-file {phrase}"));
    let sent = dev.json("tx transfer --from alice --to mine --amount 5");
    let tx = sent["txId"].as_str().unwrap();
    let shown = dev.line(&format!("tx trace {tx}")).ok();
    let shown = shown.shows(&["  mine balance: ", "  alice balance: "]);
    let told = dev.json(&format!("tx trace {tx}")).to_string();
    let address = made["address"].as_str().unwrap_or_default();
    assert!(address.starts_with("dargo1"), "{made}");
    assert!(told.contains(address), "{told}");
    assert!(!shown.stdout.contains(address), "{shown:?}");
    assert!(!told.contains("mine"), "{told}");
}

#[test]
fn blocks_are_listed_and_tell_what_they_changed() {
    let dev = Dev::start();
    let (token, tx) = transfer(&dev);
    let trace = dev.json(&format!("tx trace {tx}"));
    let block = dev.json("block changes 2");
    assert_eq!(block["at"], trace["at"]);
    // Of the block is what its one transaction changed, and what it did at its end.
    let of = |value: &Value, kind: &str| {
        let all = value["changes"].as_array().unwrap().iter();
        let of_kind = all.filter(|it| it["type"] == kind);
        of_kind.cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(&block, "storage"), of(&trace, "storage"));
    assert_eq!(of(&block, "storage").len(), 2, "two balances");
    dev.line("block changes")
        .ok()
        .shows(&["alice nonce: 1 -> 2", &token, "supply: "]);
    assert_eq!(block["more"], false);
    let all = block["changes"].as_array().unwrap();
    let first = dev.json("block changes 2 --limit 1");
    assert_eq!(
        (&first["more"], &first["changes"][0]),
        (&Value::Bool(true), &all[0])
    );
    assert_eq!(first["changes"].as_array().unwrap().len(), 1);
    dev.line("block changes 2 --limit 1")
        .ok()
        .shows(&["There are more than these 1"]);
    let just = dev.json(&format!("block changes 2 --limit {}", all.len()));
    assert_eq!(
        (&just["more"], &just["changes"]),
        (&Value::Bool(false), &block["changes"])
    );
    dev.line("block changes 2 --limit 0").fails(2, &["--limit"]);
    let own = dev.json("block changes 2 --account bob");
    assert!(own["changes"].as_array().unwrap().is_empty(), "{own}");
    dev.line("block changes 2 --account bob")
        .ok()
        .shows(&["nothing is different"]);
    dev.line("block changes 77").fails(1, &["not found"]);
    dev.line("dev mine 40").ok();
    dev.line("block changes 2").fails(1, &["no longer kept"]);

    let listed = dev.json("block list --limit 2 --before 42");
    let heights = listed["blocks"].as_array().unwrap().iter();
    let heights: Vec<&Value> = heights.map(|it| &it["at"]["height"]).collect();
    assert_eq!(heights, [41, 40]);
    let all = dev.line("block list --limit 1000").ok().stdout;
    assert_eq!(all.lines().count(), 43);
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

/// A contract as an assembler makes it: with a name section, which calls its functions what a compiler of
/// Rust would.
fn named_build() -> Vec<u8> {
    wat::parse_str(include_str!("ledger.wat")).unwrap()
}

/// What is uploaded of it: all but the name section, which comes last.
fn stripped(mut build: Vec<u8>) -> Vec<u8> {
    let name = b"\x04name";
    let begin = (build.windows(name.len())).rposition(|it| it == name);
    let begin = begin.expect("it has names");
    let head = 1 + leb((build.len() - begin) as u64).len();
    assert_eq!(build[begin - head], 0, "a custom section, to the end");
    build.truncate(begin - head);
    build
}

#[test]
fn the_unstripped_build_of_what_was_deployed_names_its_functions() {
    let dev = Dev::start();
    let build = named_build();
    let code = dev.file("ledger.wasm", &stripped(build.clone()));
    let twin = dev.file("ledger.debug.wasm", &build);
    let deployed = dev.json(&format!(
        "contract deploy {code} --from alice --message 0x00"
    ));
    let ledger = deployed["contract"].as_str().unwrap();
    let called = dev.json(&format!(
        "contract call {ledger} --from alice --message 0x00"
    ));
    let tx = called["txId"].as_str().unwrap();
    let folded = dev.file("gas.folded", b"");
    let line = format!("tx profile {tx} --folded {folded}");
    let stacks = || {
        let text = fs::read_to_string(&folded).unwrap();
        let line = |it: &str| {
            let (stack, gas) = it.rsplit_once(' ').unwrap();
            (stack.to_owned(), gas.parse::<u64>().unwrap())
        };
        text.lines().map(line).collect::<Vec<_>>()
    };
    dev.line(&line).ok().shows(&["func[1]", "func[2]"]);
    let numbered = stacks();
    let named = dev.line(&format!("{line} --twin {twin}")).ok();
    named.shows(&["ledger::spin", "ledger::keep", "ledger::entry"]);
    // Names are all that is different; who called whom is as it was written.
    let named: Vec<_> = stacks();
    let frame = format!("transaction;call_{ledger}");
    for (before, after) in [
        (";call;func[1]", ";ledger::entry;ledger::spin"),
        (
            ";call;func[2];storage_set",
            ";ledger::entry;ledger::keep;storage_set",
        ),
    ] {
        let gas = |stacks: &[(String, u64)], end: &str| {
            let stack = format!("{frame}{end}");
            let found = stacks.iter().find(|(it, _)| *it == stack);
            found
                .unwrap_or_else(|| panic!("no {stack} in {stacks:?}"))
                .1
        };
        assert_eq!(gas(&named, after), gas(&numbered, before));
    }
    assert_eq!(named.len(), numbered.len());
    assert!(
        named
            .iter()
            .all(|(it, _)| !it.contains("func[") && !it.contains("::h")),
        "{named:?}"
    );
}

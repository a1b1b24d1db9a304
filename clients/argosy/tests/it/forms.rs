//! One result in all its forms: text, JSON, lines of JSON, one field. And what the exit codes say.

use serde_json::Value;

use crate::world::{Dev, argosy, artifact};

#[test]
fn one_field_is_printed_bare() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    let id = dev.line(&deploy).ok().stdout;
    assert!(
        id.starts_with("dargo1") && id.ends_with('\n') && id.lines().count() == 1,
        "{id}"
    );
    let call = format!(
        "contract call {} --from alice --get events.0.decoded.fields.value -- add --add 2",
        id.trim()
    );
    assert_eq!(dev.line(&call).ok().stdout, "42\n");
    dev.line("account get alice --get balanse")
        .fails(2, &["no field balanse", "there is: ", "balance"]);
    // Who wants JSON gets errors as JSON.
    dev.line("account get alice --get balance -o json")
        .fails(2, &[])
        .shows(&["cannot be used with"]);
}

#[test]
fn lists_are_a_document_a_line() {
    let dev = Dev::start();
    for _ in 0..2 {
        dev.line("tx transfer --from alice --to bob --amount 1")
            .ok();
    }
    let lines = |line: &str| -> Vec<Value> {
        let ran = dev.line(line).ok();
        ran.stdout
            .lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect()
    };
    let events = lines("events query -o jsonl");
    let cursors: Vec<&Value> = events.iter().map(|it| &it["cursor"]).collect();
    assert_eq!(cursors, ["1.0.0", "2.0.0"]);
    assert_eq!(
        lines("events query --after 2.0.0 -o jsonl"),
        Vec::<Value>::new()
    );
    assert_eq!(lines("keys list -o jsonl").len(), 10);
    assert_eq!(lines("account get bob -o jsonl").len(), 1);
    let failed = dev.line("account get zebra -o jsonl");
    assert_eq!(
        (failed.code, failed.json()["error"]["exitCode"].as_u64()),
        (2, Some(2))
    );
}

/// Every command that reads answers with one document, and with text that is not JSON.
#[test]
fn every_command_has_both_forms() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 1");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    let tx = dev.json("tx transfer --from alice --to bob --amount 1")["txId"]
        .as_str()
        .unwrap()
        .to_owned();
    for line in [
        "account get bob".to_owned(),
        "account balance bob".to_owned(),
        "account nonce bob".to_owned(),
        "block get".to_owned(),
        "block list".to_owned(),
        "block changes".to_owned(),
        format!("tx get {tx}"),
        format!("tx status {tx}"),
        format!("tx wait {tx}"),
        "tx transfer --from alice --to bob --amount 1 --dry-run".to_owned(),
        format!("contract info {id}"),
        format!("contract abi {id}"),
        format!("contract abi {id} --format scale-info"),
        format!("contract storage {id}"),
        format!("contract query {id} -- value"),
        format!("contract call {id} --from bob --dry-run -- increment"),
        "events query".to_owned(),
        "keys list".to_owned(),
        "keys show alice".to_owned(),
        "network list".to_owned(),
        "rpc system_health".to_owned(),
        "rpc --list".to_owned(),
    ] {
        let text = dev.line(&line).ok().stdout;
        assert!(!text.is_empty(), "{line}");
        dev.json(&line);
    }
    assert_eq!(dev.line("account nonce bob").ok().stdout, "0\n");
    assert_eq!(
        dev.line("account balance judy").ok().stdout,
        "1000000 ARGO\n"
    );
}

#[test]
fn every_exit_code_is_as_the_table_says() {
    let dev = Dev::start_with(&["--block-time", "manual"]);
    let empty = dev.file("empty.wasm", b"\0asm\x01\0\0\0");
    let empty = format!("contract deploy {empty} --from alice --message 0x");
    for (line, code) in [
        ("block get 77", 1),
        ("account get zebra", 2),
        (empty.as_str(), 3),
        ("--rpc-url http://127.0.0.1:9 account get alice", 4),
        (
            "--timeout 1 tx transfer --from alice --to bob --amount 1",
            5,
        ),
    ] {
        let words = ["-o", "json"].into_iter().chain(line.split_whitespace());
        let ran = dev.run(&words.collect::<Vec<_>>());
        assert_eq!(ran.code, code, "{ran:#?}");
        assert_eq!(ran.json()["error"]["exitCode"], code, "{line}");
    }
    let help = argosy(&["--help"]).ok().stdout;
    for meaning in [
        "0 done",
        "1 failed",
        "2 wrong usage",
        "3 ran and failed",
        "4 node not",
        "5 waited",
    ] {
        assert!(help.contains(meaning), "{meaning}");
    }
}

#[test]
fn what_would_happen_is_told_and_does_not_happen() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice --get contract -- --start 40");
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    dev.line(&format!(
        "contract call {id} --from bob --dry-run -- add --add 2"
    ))
    .ok()
    .shows(&[
        "action 0  call",
        "add(add: 2)",
        "result    42",
        "limit",
        "at most",
        "Raised { by: bob, value: 42 }",
    ]);
    let told = dev.json(&format!(
        "contract call {id} --from bob --dry-run -- add --add 2"
    ));
    assert_eq!(
        (&told["dryRun"], &told["result"]),
        (&true.into(), &"42".into())
    );
    assert_eq!(told["receipt"]["status"], "success");
    assert_eq!(told["events"][0]["decoded"]["name"], "Raised");
    assert!(told["transaction"]["signature"].is_null());
    let at_most: u128 = told["costMax"].as_str().unwrap().parse().unwrap();
    let fee: u128 = told["receipt"]["fee"].as_str().unwrap().parse().unwrap();
    assert!(fee > 0 && fee < at_most);
    // With both limits given it is tried all the same.
    dev.line(&format!("contract call {id} --from bob --gas 500000 --deposit-max 0 --dry-run -- add --add 18446744073709551615"))
        .fails(3, &["add reverted: TooLarge"]);
    dev.line(&format!(
        "contract deploy {file} --from bob --dry-run -- --start 1"
    ))
    .ok()
    .shows(&[
        "instantiate code",
        "init(start: 1)",
        "ContractCreated { contract:",
    ]);
    assert_eq!(dev.json("account get bob")["nonce"], "0");
    assert_eq!(
        dev.line(&format!("contract query {id} -- value")).stdout,
        "40\n"
    );
}

#[test]
fn a_contract_gets_other_code_from_its_admin_only() {
    let dev = Dev::start();
    let probe = artifact("probe.wasm");
    let deploy = format!(
        "contract deploy {probe} --from alice --admin bob --get contract -- init --note first"
    );
    let id = dev.line(&deploy).ok().stdout.trim().to_owned();
    let upgrade = |who: &str| {
        dev.line(&format!(
            "contract upgrade {id} {probe} --from {who} -- upgrade --note second"
        ))
    };
    let refused = upgrade("carol");
    refused.fails(3, &["not the admin", "argosy contract info"]);
    upgrade("bob").ok().shows(&["contract", &id, "status"]);
    dev.line(&format!("contract upgrade {id} {probe} -- --help"))
        .ok()
        .shows(&["upgrade --note <String>"]);
    dev.line(&format!(
        "contract upgrade {id} {probe} --from bob -- upgrade-failing"
    ))
    .fails(3, &["upgrade_failing reverted"]);
}

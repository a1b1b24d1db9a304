//! Deploy, call, query, info, events.

use std::thread;

use crate::world::{Dev, artifact};

/// A counter that begins at 40.
fn counter(dev: &Dev) -> String {
    let deployed = dev.json(&format!(
        "contract deploy {} --from alice -- --start 40",
        artifact("counter.wasm")
    ));
    assert_eq!(deployed["stored"], true);
    deployed["contract"].as_str().unwrap().to_owned()
}

#[test]
fn a_contract_is_deployed_called_and_asked_by_its_abi() {
    let dev = Dev::start();
    let id = counter(&dev);
    dev.line(&format!("contract call {id} --from bob -- add --add 2"))
        .ok()
        .shows(&[
            "result       42",
            "gas used",
            "fee",
            "deposit",
            "transaction  0x",
            "Raised { by: bob, value: 42 }",
        ]);
    let called = dev.json(&format!("contract call {id} --from bob -- increment"));
    assert_eq!(called["result"], "43");
    assert_eq!(called["events"][0]["decoded"]["name"], "Raised");
    let (used, limit) = (
        number(&called["receipt"]["gasUsed"]),
        number(&called["gasLimit"]),
    );
    assert!(used < limit && limit < 2 * used, "{used} of {limit}");

    assert_eq!(
        dev.line(&format!("contract query {id} -- value"))
            .ok()
            .stdout,
        "43\n"
    );
    assert_eq!(
        dev.json(&format!("contract query {id} -- value"))["result"],
        "43"
    );
    dev.line(&format!("contract info {id}")).ok().shows(&[
        "created at  block 1",
        "counter 0.1.0",
        "increment -> u64",
        "Adds one",
    ]);
    let info = dev.json(&format!("contract info {id}"));
    assert!(
        info["abi"]["methods"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["name"] == "add")
    );

    dev.line(&format!("events query --contract {id}"))
        .ok()
        .shows(&["2.0.0  Raised { by: bob, value: 42 }", "3.0.0"]);
    let call = called["txId"].as_str().unwrap();
    dev.line(&format!("tx get {call}"))
        .ok()
        .shows(&["increment()"]);
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn the_same_code_is_uploaded_once_and_the_same_salt_taken_once() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deploy = |salt: &str| {
        dev.line(&format!(
            "contract deploy {file} --from alice --salt {salt} -- --start 1"
        ))
    };
    deploy("one").ok().shows(&["uploaded"]);
    deploy("two").ok().shows(&["was on the chain already"]);
    deploy("two").fails(3, &["choose another salt"]);
}

#[test]
fn help_comes_from_the_contract() {
    let dev = Dev::start();
    let file = artifact("token.wasm");
    dev.line(&format!("contract deploy {file} -- --help"))
        .ok()
        .shows(&[
            "init --name <String> --symbol <String> --decimals <u8> --supply <u128>",
            "Creates the token",
        ]);
    let id = counter(&dev);
    dev.line(&format!("contract call {id} -- --help"))
        .ok()
        .shows(&["add --add <u64> -> u64", "Adds one"]);
    dev.line(&format!("contract query {id} -- value --help"))
        .ok()
        .shows(&["value -> u64", "The number now."]);
    dev.line(&format!("contract call {id} -- add --add 1"))
        .fails(2, &["--from is missing", "--from alice"]);
}

#[test]
fn a_revert_is_decoded_before_anything_is_sent() {
    let dev = Dev::start();
    let id = counter(&dev);
    let line = format!("contract call {id} --from bob -- add --add 18446744073709551615");
    let expected = "error: add reverted: TooLarge { value: 40, add: 18446744073709551615 }";
    let ran = dev
        .line(&line)
        .fails(3, &[expected, &id, "call stack", "gas used"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(dev.json("account get bob")["nonce"], "0");

    let words = [
        "contract",
        "call",
        &id,
        "--from",
        "bob",
        "-o",
        "json",
        "--",
        "add",
        "--add",
        "18446744073709551615",
    ];
    let error = dev.run(&words).json()["error"].clone();
    assert_eq!(error["kind"], "REVERTED");
    assert_eq!(error["exitCode"], 3);
    assert_eq!(error["revert"]["error"]["type"], "TooLarge");
    assert_eq!(error["callStack"][0]["contract"], id.as_str());
}

#[test]
fn a_revert_names_every_contract_that_was_running() {
    let dev = Dev::start();
    let counter = counter(&dev);
    let methods = dev.json(&format!("contract info {counter}"))["abi"]["methods"].clone();
    let add = methods
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "add")
        .unwrap();
    let message = format!("{}ffffffffffffffff", add["selector"].as_str().unwrap());
    let file = artifact("probe.wasm");
    let probe = dev.json(&format!(
        "contract deploy {file} --from alice -- init --note x"
    ));
    let probe = probe["contract"].as_str().unwrap();
    let call = format!("relay-and-fail --to {counter} --message {message}");
    let relayed = format!("relay_and_fail(to: {counter}, message: {message})");
    let in_words = "TooLarge { value: 40, add: 18446744073709551615 }";
    let failed = dev.line(&format!("contract call {probe} --from bob -- {call}"));
    let sent = "--gas 9000000 --deposit-max 0";
    let kept = dev.line(&format!(
        "contract call {probe} --from bob {sent} -- {call}"
    ));
    for ran in [failed, kept] {
        let ran = ran.fails(3, &["relay_and_fail reverted: Detailed"]);
        let rows: Vec<&str> = ran.stderr.lines().collect();
        let first = rows.iter().position(|it| it.contains("call stack"));
        let [outer, ended, inner, cause] = rows[first.unwrap()..][..4] else {
            panic!("{ran:#?}")
        };
        assert!(outer.ends_with(&format!("{probe} {relayed}")), "{ran:#?}");
        assert!(ended.contains("  reverted, ") && ended.contains(" gas: Detailed"));
        let called = format!("  {counter} add(add: 18446744073709551615)");
        assert!(inner.ends_with(&called), "{ran:#?}");
        assert!(cause.ends_with(&format!(" gas: {in_words}")), "{ran:#?}");
    }

    // Programs find the same in the error, and later in the receipt.
    let line = format!("contract call {probe} --from bob {sent} -o json -- {call}");
    let failed = dev.line(&line).json();
    let id = failed["txId"].as_str().unwrap();
    let found = dev.json(&format!("tx get {id}"));
    for error in [&failed["error"], &found["error"]] {
        let [outer, inner] = error["callStack"].as_array().unwrap().as_slice() else {
            panic!("{error}")
        };
        assert_eq!(outer["contract"], probe);
        assert_eq!(outer["method"], "relay_and_fail");
        assert_eq!(inner["contract"], counter.as_str());
        assert_eq!(inner["method"], "add");
        assert_eq!(inner["args"]["add"], "18446744073709551615");
        assert!(number(&inner["gasUsed"]) < number(&outer["gasUsed"]));
        assert_eq!(inner["decoded"]["text"], in_words);
        assert_eq!(inner["decoded"]["error"]["type"], "TooLarge");
        assert_eq!(inner["decoded"]["error"]["value"], "40");
        assert_eq!(error["decoded"]["error"]["type"], "Detailed");
    }
}

#[test]
fn a_failing_transaction_can_be_sent_all_the_same() {
    let dev = Dev::start();
    let id = counter(&dev);
    let line = format!(
        "contract call {id} --from bob --gas 500000 --deposit-max 0 -- add --add 18446744073709551615"
    );
    dev.line(&line)
        .fails(3, &["add reverted: TooLarge"])
        .shows(&["status       reverted", "block        2"]);
    assert_eq!(dev.json("account get bob")["nonce"], "1");
    assert_eq!(
        dev.line(&format!("contract query {id} -- value")).stdout,
        "40\n"
    );
    let too_little =
        format!("contract call {id} --from bob --gas 80000 --deposit-max 0 -- increment");
    dev.line(&too_little)
        .fails(3, &["out_of_gas", "out of gas: used 80000 of 80000"]);
    // With --gas alone it is tried first, and the trial tells how much is enough.
    let too_little = format!("contract call {id} --from bob --gas 80000 -- increment");
    let ran = dev.line(&too_little).fails(3, &["is enough"]);
    let hint = ran.stderr.lines().find(|it| it.contains("is enough"));
    let mut words = hint.unwrap().split(' ').skip_while(|it| *it != "--gas");
    let gas = words.nth(1).unwrap();
    dev.line(&format!(
        "contract call {id} --from bob --gas {gas} -- increment"
    ))
    .ok();
}

#[test]
fn names_are_addresses_in_arguments() {
    let dev = Dev::start();
    let file = artifact("token.wasm");
    let init = "--name Harbour --symbol HRB --decimals 0 --supply 1000";
    let id = dev.json(&format!("contract deploy {file} --from alice -- {init}"))["contract"]
        .as_str()
        .unwrap()
        .to_owned();
    dev.line(&format!(
        "contract call {id} --from alice -- transfer --to bob --amount 250"
    ))
    .ok();
    dev.line(&format!(
        "contract call {id} --from alice -- approve --spender carol --amount 100"
    ))
    .ok();
    dev.line(&format!(
        "contract call {id} --from carol -- transfer-from --from alice --to carol --amount 60"
    ))
    .ok();
    let balance = |name: &str| {
        dev.line(&format!("contract query {id} -- balance-of --owner {name}"))
            .ok()
            .stdout
    };
    assert_eq!(
        [balance("alice"), balance("bob"), balance("carol")],
        ["690\n", "250\n", "60\n"]
    );
    dev.line(&format!(
        "contract call {id} --from bob -- transfer --to carol --amount 251"
    ))
    .fails(3, &["InsufficientBalance { have: 250, need: 251 }"]);
}

#[test]
fn two_clients_work_at_once() {
    let dev = Dev::start();
    let id = counter(&dev);
    let dev = &dev;
    thread::scope(|scope| {
        for name in ["bob", "carol"] {
            let line = format!("contract call {id} --from {name} -- increment");
            scope.spawn(move || (0..5).for_each(|_| drop(dev.line(&line).ok())));
        }
    });
    assert_eq!(
        dev.line(&format!("contract query {id} -- value")).stdout,
        "50\n"
    );
}

#[test]
fn what_a_contract_keeps_is_listed_by_field_and_by_page() {
    let dev = Dev::start();
    let deployed = dev.json(&format!(
        "contract deploy {} --from alice -- --name Coin --symbol CO --decimals 2 --supply 1000",
        artifact("token.wasm")
    ));
    let token = deployed["contract"].as_str().unwrap();
    let line = format!("contract storage {token}");
    let all = dev.json(&line);
    let entries = all["entries"].as_array().unwrap();
    let mut fields: Vec<&str> = (entries.iter())
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["balances", "decimals", "name", "supply", "symbol"],
        "{all}"
    );
    let supply = "0xe8030000000000000000000000000000";
    dev.line(&format!("{line} --field supply"))
        .ok()
        .shows(&["supply", supply]);

    // Page by page it is the same, also while the contract goes on.
    let mut paged = Vec::new();
    let mut next = String::new();
    for _ in 0..3 {
        let page = dev.json(&format!("{line} --limit 2{next}"));
        assert_eq!(page["at"], all["at"]);
        paged.extend(page["entries"].as_array().unwrap().clone());
        let call = format!("contract call {token} --from alice -- transfer --to bob --amount 5");
        dev.line(&call).ok();
        let Some(after) = page["next"].as_str() else {
            break;
        };
        next = format!(" --after {after} --at {}", all["at"]["height"]);
    }
    assert_eq!(paged, *entries);
    dev.line(&format!("{line} --limit 2"))
        .ok()
        .shows(&["More: --after 0x"]);
    let balances = dev.json(&format!("{line} --field balances"));
    assert_eq!(balances["entries"].as_array().unwrap().len(), 2);

    dev.line(&format!("{line} --field suply"))
        .fails(2, &["no field suply", "did you mean supply?"]);
    dev.line(&format!("{line} --prefix 0xffffffffff"))
        .ok()
        .shows(&["nothing is kept there"]);
    dev.line("contract storage bob").fails(1, &[]);
}

#[test]
fn the_module_of_a_contract_is_the_file_that_was_uploaded() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let deployed = dev.json(&format!(
        "contract deploy {file} --from alice -- --start 40"
    ));
    let id = deployed["contract"].as_str().unwrap();
    let out = dev.file("code.wasm", b"mine");
    // What is there stays, unless told otherwise.
    dev.line(&format!("contract code {id} --out {out}"))
        .fails(2, &["is there already", "--force"]);
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    let told = dev.json(&format!("contract code {id} --force --out {out}"));
    assert!(told["source"].is_null(), "{told}");
    assert_eq!(told["code"], deployed["code"]);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&file).unwrap());
    dev.line(&format!("contract code {id} --out /nonexistent/code.wasm"))
        .fails(1, &["cannot write"]);
    dev.line(&format!("contract code bob --force --out {out}"))
        .fails(1, &["contract"]);
    dev.line(&format!("contract code {id}"))
        .fails(2, &["--out"]);
}

//! The chain as a process: what it says, when it makes blocks, how it ends.

use crate::world::{Dev, argosy, artifact};

#[test]
fn the_banner_tells_what_a_script_needs() {
    let dev = Dev::start();
    let accounts = dev.banner["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 10);
    assert_eq!(
        (&accounts[0]["name"], &accounts[9]["name"]),
        (&"alice".into(), &"judy".into())
    );
    assert!(
        accounts
            .iter()
            .all(|it| it["secretKey"].as_str().unwrap().len() == 66)
    );
    assert!(dev.banner["caip2"].as_str().unwrap().starts_with("argosy:"));
    assert_eq!(dev.banner["blockTime"], "instant");
    assert!(dev.banner["readyMs"].is_u64());
}

#[test]
fn two_chains_have_one_genesis_and_two_ports() {
    let (one, two) = (Dev::start(), Dev::start());
    assert_eq!(one.banner["genesisHash"], two.banner["genesisHash"]);
    assert_ne!(one.url, two.url);
    let port = one.url.rsplit(':').next().unwrap();
    argosy(&["dev", "--port", port]).fails(1, &["cannot listen on", "--port 0"]);
}

#[test]
fn signals_stop_it_within_seconds() {
    for signal in ["-TERM", "-INT"] {
        let dev = Dev::start();
        dev.line("tx transfer --from alice --to bob --amount 1")
            .ok();
        assert_eq!(dev.signal(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_call_that_waits_does_not_keep_it_from_stopping() {
    let dev = Dev::start_with(&["--block-time", "manual"]);
    let url = dev.url.clone();
    let waiting = std::thread::spawn(move || {
        argosy(&[
            "--rpc-url",
            &url,
            "tx",
            "transfer",
            "--from",
            "alice",
            "--to",
            "bob",
            "--amount",
            "1",
        ])
    });
    dev.wait_until("one transaction waits", |dev| {
        dev.json("account get alice")["nextNonce"] == "1"
    });
    assert_eq!(dev.signal("-TERM"), Some(0));
    assert_ne!(waiting.join().unwrap().code, 0);
}

#[test]
fn manual_blocks_come_by_the_line() {
    let mut dev = Dev::start_with(&["--block-time", "manual"]);
    let sent = dev
        .line("--timeout 1 tx transfer --from alice --to bob --amount 1")
        .fails(5, &["argosy tx wait"]);
    let id = sent
        .stderr
        .split_whitespace()
        .find(|it| it.starts_with("0x"))
        .unwrap()
        .to_owned();
    dev.line(&format!("tx get {id}")).ok().shows(&["pending"]);
    dev.line(&format!("--timeout 1 tx wait {id}"))
        .fails(5, &["still waits"]);
    dev.type_line();
    dev.line(&format!("tx wait {id}"))
        .ok()
        .shows(&["status       success"]);
    dev.type_line();
    dev.wait_until("an empty block came", |dev| {
        dev.json("block get")["at"]["height"] == 2
    });
}

#[test]
fn blocks_come_by_the_clock() {
    let dev = Dev::start_with(&["--block-time", "50ms"]);
    dev.wait_until("three blocks came", |dev| {
        dev.json("block get")["at"]["height"].as_u64() >= Some(3)
    });
    dev.line("tx transfer --from alice --to bob --amount 1")
        .ok();
}

#[test]
fn a_bad_filter_is_refused() {
    argosy(&["dev", "--port", "0", "--log-filter", "rpc=loud"])
        .fails(2, &["--log-filter rpc=loud"]);
    // It would be taken for a part of the program, and nothing would be logged.
    argosy(&["dev", "--port", "0", "--log-filter", "inof"])
        .fails(2, &["\"inof\" is no level", "info"]);
}

#[test]
fn a_chain_that_runs_is_directed_from_the_command_line() {
    let dev = Dev::start();
    let given = dev.json("dev faucet bob --amount 5");
    assert_eq!(given["amount"], "5000000000000");
    dev.line("dev faucet carol")
        .ok()
        .shows(&["given", "1000 ARGO"]);
    dev.line("dev set-balance dave 7").ok().shows(&["7 ARGO"]);
    assert_eq!(dev.json("account get dave")["balance"], "7000000000000");
    let before = dev.json("block get");
    let taken = dev.json("dev snapshot");
    assert_eq!(taken["at"], before["at"]);
    assert_eq!(dev.json("dev mine 5")["at"]["height"], 8);
    dev.line("tx transfer --from alice --to bob --amount 1")
        .ok();
    let line = format!("dev revert {}", taken["snapshot"]);
    assert_eq!(dev.json(&line)["at"], before["at"]);
    dev.line(&line).fails(1, &["snapshot"]);
    let head_ms = before["header"]["timeMs"].as_u64().unwrap();
    let set = dev.json("dev increase-time 2d");
    assert!(set["timeMs"].as_u64().unwrap() >= head_ms + 2 * 86_400_000);
    dev.line("dev set-time 5").fails(1, &["backwards"]);
    dev.line("dev mining manual").ok().shows(&["manual"]);
    dev.line("--timeout 1 tx transfer --from alice --to bob --amount 1")
        .fails(5, &["argosy tx wait"]);
    assert_eq!(dev.json("dev reset")["at"]["height"], 0);
    dev.line("dev dump").fails(1, &["--state FILE"]);
    dev.line("dev increase-time fortnight").fails(2, &["90s"]);
    argosy(&["dev", "--port", "0", "mine"]).fails(2, &[]);
}

#[test]
fn state_is_set_and_others_are_acted_for_from_the_command_line() {
    let dev = Dev::start();
    dev.line("dev set-nonce dave 7").ok();
    assert_eq!(dev.line("account nonce dave").ok().stdout, "7\n");
    let file = artifact("counter.wasm");
    let deployed = dev.json(&format!(
        "contract deploy {file} --from alice -- --start 40"
    ));
    let id = deployed["contract"].as_str().unwrap();
    let stored = dev.json(&format!("contract storage {id}"))["entries"][0].clone();
    let (key, value) = (stored["key"].as_str().unwrap(), &stored["value"]);
    assert_eq!(value, "0x2800000000000000");
    dev.line(&format!("dev set-storage {id} {key} 0x2a00000000000000"))
        .ok();
    let query = format!("contract query {id} -- value");
    assert_eq!(dev.line(&query).ok().stdout, "42\n");
    dev.line(&format!("dev set-storage {id} {key}")).ok();
    let left = dev.json(&format!("contract storage {id}"));
    assert!(left["entries"].as_array().unwrap().is_empty(), "{left}");
    let set = dev.json(&format!("dev set-code {id} {}", artifact("token.wasm")));
    let info = dev.json(&format!("contract info {id}"));
    assert_eq!(info["code"]["hash"], set["code"]);

    let file = dev.file("pay.json", b"");
    dev.line(&format!(
        "tx transfer --from alice --to bob --amount 1 --unsigned {file}"
    ))
    .ok();
    dev.line(&format!("dev impersonate judy {file}"))
        .ok()
        .shows(&["as", "judy", "success", "to: bob"]);
    let judys = dev.line("account balance judy").ok().stdout;
    assert_eq!(judys, "999999 ARGO\n");
    dev.line("dev set-balance eve 0").ok();
    let failed = dev.line(&format!("dev impersonate eve {file}"));
    failed
        .fails(3, &["insufficient_balance", "0 in a block"])
        .shows(&["status", "block"]);
}

#[test]
fn accounts_and_blocks_are_chosen_at_the_start() {
    let plain = Dev::start();
    let phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    let options = [
        "--accounts",
        "12",
        "--balance",
        "5",
        "--block-gas",
        "3000000000",
    ];
    let dev = Dev::start_with(&[&options[..], &["--mnemonic", phrase]].concat());
    assert_ne!(dev.banner["genesisHash"], plain.banner["genesisHash"]);
    let accounts = dev.banner["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 12);
    assert_eq!(accounts[11]["name"], "dev11");
    assert!(accounts.iter().all(|it| it["balance"] == "5000000000000"));
    assert_ne!(
        accounts[0]["address"],
        plain.banner["accounts"][0]["address"]
    );
    argosy(&["dev", "--port", "0", "--mnemonic", "test junk"]).fails(2, &["words"]);
    argosy(&["dev", "--port", "0", "--block-gas", "5"]).fails(2, &["300000000"]);
}

#[test]
fn a_chain_with_a_file_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.state");
    let path = path.to_str().unwrap();
    let dev = Dev::start_with(&["--state", path, "--accounts", "3"]);
    assert_eq!(dev.banner["state"], path);
    dev.line("tx transfer --from alice --to bob --amount 1")
        .ok();
    let dumped = dev.json("dev dump");
    assert_eq!(dumped["file"], path);
    dev.line("tx transfer --from alice --to bob --amount 2")
        .ok();
    // A kill leaves what was dumped; the options come from the file.
    assert_eq!(dev.signal("-KILL"), None);
    let dev = Dev::start_with(&["--state", path]);
    assert_eq!(dev.banner["accounts"].as_array().unwrap().len(), 3);
    assert_eq!(dev.json("block get")["at"], dumped["at"]);
    assert_eq!(dev.json("account get alice")["nonce"], "1");
    dev.line("tx transfer --from alice --to bob --amount 3")
        .ok();
    let at = dev.json("block get")["at"].clone();
    assert_eq!(dev.signal("-TERM"), Some(0));
    let dev = Dev::start_with(&["--state", path]);
    assert_eq!(dev.json("block get")["at"], at);
    dev.line("dev mine 3").ok();
    assert_eq!(dev.json("dev load")["at"], at);
    // What is not the chain's is told at the start.
    argosy(&["dev", "--port", "0", "--state", path, "--accounts", "4"])
        .fails(1, &["other options", "--accounts"]);
    let foreign = dev.file("foreign", b"not a chain's state at all");
    argosy(&["dev", "--port", "0", "--state", &foreign]).fails(1, &["no file of"]);
}

#[test]
#[ignore = "takes half a minute"]
fn ten_thousand_blocks_take_less_than_100_mb() {
    let dev = Dev::start_with(&["--block-time", "manual"]);
    dev.line("--timeout 600 dev mine 10000").ok();
    assert_eq!(dev.json("block get")["at"]["height"], 10_000);
    // Without the program's own pages, which a debug build has many of.
    let anonymous_kib = dev.memory_kib("RssAnon");
    assert!(anonymous_kib < 100 * 1024, "{anonymous_kib} KiB");
}

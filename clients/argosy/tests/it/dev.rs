//! The chain as a process: what it says, when it makes blocks, how it ends.

use std::time::Duration;

use crate::world::{Dev, argosy};

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
    assert!(dev.banner["readyMs"].as_u64().unwrap() < 5_000);
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
        let (code, took) = dev.signal(signal);
        assert_eq!(code, Some(0), "{signal}");
        assert!(took < Duration::from_secs(3), "{signal}: {took:?}");
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
    let (code, took) = dev.signal("-TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
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
}

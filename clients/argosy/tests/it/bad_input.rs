//! What is wrong with what was typed: what, where, what to do, and the exit code.

use std::fs::File;

use argosy_vm_abi::schema::{MessageItem, MessageKind};
use argosy_vm_abi::{AbiItem, selector_of};

use crate::world::{Dev, Ran, argosy, artifact, command};

const ELSEWHERE: &str = "http://127.0.0.1:9";

#[test]
fn usage_is_exit_code_two() {
    argosy(&[]).fails(2, &["Usage:"]);
    argosy(&["frobnicate"]).fails(2, &["unrecognized subcommand"]);
    argosy(&["acount", "get", "alice"]).fails(2, &["account"]);
    argosy(&["account", "get", "Alice!"]).fails(2, &["lower-case letters"]);
    argosy(&["dev", "--block-time", "fast"]).fails(2, &["expected instant, manual, or a period"]);
    argosy(&["tx", "get", "0x12"]).fails(2, &["64 hex digits"]);
    argosy(&["events", "query", "--after", "7"]).fails(2, &["cursor"]);
    argosy(&["--help"])
        .ok()
        .shows(&["argosy demo", "Exit codes"]);
}

#[test]
fn a_node_that_is_not_there_is_exit_code_four() {
    let words = ["--rpc-url", ELSEWHERE, "account", "get", "alice"];
    argosy(&words).fails(4, &["cannot be reached", "argosy dev"]);
    let ran = argosy(&[
        "--rpc-url",
        ELSEWHERE,
        "-o",
        "json",
        "account",
        "get",
        "alice",
    ]);
    assert_eq!(
        (ran.code, ran.json()["error"]["kind"].as_str()),
        (4, Some("NETWORK"))
    );
    argosy(&["--rpc-url", "nonsense", "account", "get", "alice"])
        .fails(2, &["no address of a node"]);
}

/// On a full disk, say.
#[test]
fn a_result_that_cannot_be_written_is_a_failure_and_hides_none() {
    let lost = |words: &[&str]| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        Ran::of(command(words).stdout(full).output().unwrap())
    };
    lost(&["keys", "list"]).fails(1, &["cannot write the result"]);
    let words = [
        "--rpc-url",
        ELSEWHERE,
        "-o",
        "json",
        "account",
        "get",
        "bob",
    ];
    lost(&words).fails(4, &[]);
}

#[test]
fn accounts_must_be_of_this_chain() {
    let dev = Dev::start();
    dev.line("account get alicce")
        .fails(2, &["no account is called alicce", "did you mean alice?"]);
    dev.line("account get zebra")
        .fails(2, &["known names: alice"]);
    let alice = dev.banner["accounts"][0]["address"].as_str().unwrap();
    dev.line(&format!("account get {}", alice.replace('9', "8")))
        .fails(2, &["checksum"]);
    let main = dev.json("keys show alice");
    assert_eq!(main["address"], alice);
    let passphrase = dev.passphrase("secret");
    let other = dev
        .run(&[
            "keys",
            "new",
            "me",
            "--hrp",
            "argo",
            "--passphrase-file",
            &passphrase,
            "-o",
            "json",
        ])
        .ok()
        .json();
    let other = other["address"].as_str().unwrap();
    dev.line(&format!("account get {other}"))
        .fails(2, &["is an address of network argo, this chain is dargo"]);
    dev.line("keys show alice --hrp argo")
        .fails(2, &["dev account"]);
}

/// JSON has no numbers for them: the node, or this program, says no, and nothing ends without a word.
#[test]
fn heights_and_times_that_no_chain_has_are_refused() {
    let dev = Dev::start();
    let url = &dev.url;
    for (line, code, says) in [
        (
            "dev set-time 18446744073709551615".to_owned(),
            1,
            "block time never runs backwards",
        ),
        (
            "dev increase-time 999999999d".to_owned(),
            1,
            "block time never runs backwards",
        ),
        (
            format!("dev --port 0 --fork {url}@18446744073709551615"),
            1,
            "not found",
        ),
        (
            "account get alice --at 18446744073709551615".to_owned(),
            2,
            "expected a block",
        ),
    ] {
        dev.line(&line).fails(code, &[says]);
    }
    let page = dev.json("block list --before 18446744073709551615");
    assert_eq!(page["blocks"].as_array().map(Vec::len), Some(1), "{page}");
}

#[test]
fn amounts_must_be_exact_and_affordable() {
    let dev = Dev::start();
    let transfer = |amount: &str| {
        dev.run(&[
            "tx", "transfer", "--from", "alice", "--to", "bob", "--amount", amount,
        ])
    };
    for (amount, says) in [
        ("1,5", "no amount"),
        ("1.5 EUR", "not a unit of this chain"),
        ("0.0000000000001", "more than 12 decimals"),
        ("0.5 units", "decimals"),
        ("", "no amount"),
        ("-1", "no amount"),
    ] {
        transfer(amount).fails(2, &[says]);
    }
    transfer("1000001").fails(3, &["insufficient_balance"]);
    dev.line("tx transfer --from nobody --to bob --amount 1")
        .fails(2, &["no key nobody"]);
    dev.line("tx transfer --from bbo --to bob --amount 1")
        .fails(2, &["no key bbo", "did you mean bob?"]);
    dev.line("tx transfer --from alice --to alicee --amount 1")
        .fails(2, &["did you mean alice?"]);
    dev.line("tx transfer --from alice --to bob --amount 1 --gas 1")
        .fails(1, &["gas limit 1 is below"]);
}

#[test]
fn a_file_must_be_a_module_that_the_chain_takes() {
    let dev = Dev::start();
    let deploy = |file: &str| {
        dev.run(&[
            "contract",
            "deploy",
            file,
            "--from",
            "alice",
            "--message",
            "0x",
        ])
    };
    deploy("/nonexistent.wasm").fails(1, &["cannot read /nonexistent.wasm", "argosy build"]);
    let folder = dev.keys_dir.path().to_str().unwrap();
    deploy(folder).fails(1, &["cannot read", "argosy build"]);
    argosy(&["contract", "abi", "./nonexistent.wasm"]).fails(1, &["cannot read", "argosy build"]);
    deploy(&dev.file("text.wasm", b"not wasm")).fails(2, &["no Wasm module", "text.wasm"]);
    let short = dev.file("short.wasm", b"\0asm\x01\0\0\0\x01\x05");
    deploy(&short).fails(1, &["not accepted", "unexpected end", "byte 10"]);
    // A module without anything in it is one, but no contract.
    let empty = dev.file("empty.wasm", b"\0asm\x01\0\0\0");
    deploy(&empty).fails(3, &["entry_missing", "#[init]"]);
    dev.line(&format!("contract deploy {empty} --from alice -- init"))
        .fails(2, &["no JSON", "--message 0x", "#[contract]"]);
    // Each kind has its own limit. Zeros behind a module are custom sections without a name.
    let head = b"\0asm\x01\0\0\0";
    let large = [&head[..], &vec![0; 600_000]].concat();
    deploy(&dev.file("large.wasm", &large)).fails(1, &["native", "at most 524288", "large.wasm"]);
    let exports = b"\x07\x17\x01\x13interface_version_8\x00\x00";
    let large = [&head[..], exports, &vec![0; 820_000]].concat();
    deploy(&dev.file("large.wasm", &large)).fails(1, &["cosmwasm", "at most 819200"]);
    deploy(&dev.file("large.wasm", &vec![0; 860_161])).fails(1, &["at most 860160"]);
    let token = artifact("token.wasm");
    dev.line(&format!("contract deploy {token} --from alice -- --name x"))
        .fails(2, &["init needs symbol"]);
    dev.line(&format!("contract deploy {token} --from alice --salt 0x12 -- --name x --symbol x --decimals 0 --supply 1")).fails(2, &["salt"]);
}

/// A module with nothing but this ABI.
fn with_abi(section: &[u8]) -> Vec<u8> {
    let name = b"argosy.abi";
    let size = u8::try_from(1 + name.len() + section.len()).unwrap();
    [&b"\0asm\x01\0\0\0"[..], &[0, size, 10], name, section].concat()
}

#[test]
fn an_abi_must_be_one_and_tell_of_what_is_there() {
    let dev = Dev::start();
    let refuse = |file: &str, section: &[u8], says: &[&str]| {
        let path = dev.file(file, &with_abi(section));
        let words = [
            "contract",
            "deploy",
            &path,
            "--from",
            "alice",
            "--message",
            "0x",
        ];
        dev.run(&words).fails(2, says);
        let words = ["contract", "bindings", &path];
        argosy(&words).fails(1, &["cannot be read"]);
    };
    let remedy = ["cannot be read", "byte 0", "contract SDK", "cut.wasm"];
    refuse("cut.wasm", &[9, 0, 0, 0, 1], &remedy);
    let remedy = ["cannot be read", "no item of ABI version 1", "later.wasm"];
    refuse("later.wasm", &[1, 0, 0, 0, 99], &remedy);
    let get = MessageItem {
        kind: MessageKind::Query,
        name: "get".to_owned(),
        selector: selector_of("get"),
        args: Vec::new(),
        returns: "Missing".to_owned(),
        error: None,
        payable: false,
        docs: String::new(),
    };
    let unknown = AbiItem::Message(get.clone()).to_frame();
    let remedy = ["does not define type \"Missing\"", "unknown.wasm"];
    refuse("unknown.wasm", &unknown, &remedy);
    let returns = "()".to_owned();
    let lie = AbiItem::Message(MessageItem { returns, ..get }).to_frame();
    let path = dev.file("liar.wasm", &with_abi(&lie));
    let words = ["contract", "deploy", &path, "--from", "alice", "--", "get"];
    let remedy = ["tells of query get", "exports no `query`", "liar.wasm"];
    dev.run(&words).fails(2, &remedy);
}

#[test]
fn methods_and_arguments_must_be_the_contracts() {
    let dev = Dev::start();
    let file = artifact("counter.wasm");
    let id = dev.json(&format!("contract deploy {file} --from alice -- --start 1"))["contract"]
        .as_str()
        .unwrap()
        .to_owned();
    let call = |rest: &str| dev.line(&format!("contract call {id} --from alice -- {rest}"));
    call("incremet").fails(2, &["did you mean \"increment\"?", "--help"]);
    call("value").fails(2, &["value is a query", "argosy contract query"]);
    call("add").fails(2, &["add needs add: u64"]);
    call("add --ad 1").fails(2, &["did you mean \"add\"?"]);
    call("add --add").fails(2, &["--add needs a value"]);
    call("add --add -1").fails(2, &["add: expected u64"]);
    call("add --add 1 --add 2").fails(2, &["twice"]);
    call("add 1").fails(2, &["1 has no name"]);
    dev.line(&format!("contract call {id} --from alice"))
        .fails(2, &["which method?"]);
    dev.line(&format!("contract query {id} -- incremnt"))
        .fails(2, &["no query method"]);
    dev.line(&format!(
        "contract call {id} --from alice --funds 1 -- increment"
    ))
    .fails(2, &["takes no funds"]);
    dev.line(&format!("contract query {id} --message 0x00112233"))
        .fails(3, &["no such method"]);
    dev.line("contract query alice -- value")
        .fails(1, &["no contract has this address"]);
    dev.line("contract info bob")
        .fails(1, &["no contract has this address"]);
}

#[test]
fn who_forgets_the_dashes_before_the_method_is_told() {
    let words = ["contract", "call", "counter", "add", "--add", "1"];
    let tip = "argosy contract call … -- add";
    argosy(&words).fails(2, &["unexpected argument 'add'", tip]);
    let ran = argosy(&[&words[..], &["-o", "json"]].concat());
    let message = ran.json()["error"]["message"].clone();
    assert!(message.as_str().unwrap().contains(tip), "{message}");
}

#[test]
fn what_does_not_exist_is_not_found() {
    let dev = Dev::start();
    let hash = format!("0x{}", "00".repeat(32));
    dev.line(&format!("tx get {hash}")).fails(1, &["not found"]);
    dev.line(&format!("tx wait {hash}"))
        .fails(1, &["not found"]);
    dev.line("block get 1").fails(1, &["block 1 not found"]);
    dev.line(&format!("block get {hash}"))
        .fails(1, &["not found"]);
    dev.line("tx transfer --from alice --to bob --amount 1")
        .ok();
    dev.line("account get alice --at 2")
        .fails(1, &["block 2 not found"]);
}

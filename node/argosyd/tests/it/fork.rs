//! A development chain over the state of validators as processes: believed because several of them signed.
//!
//! The client's program is the one beside the daemon: a test of the workspace builds both.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use argosy_primitives::{CommitCertificate, Header, ValidatorSet};
use argosy_proof::verify_header;
use argosy_sdk::Client;
use argosy_sdk::api::BlockSelector;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::network::{Network, head};
use crate::world::{Daemon, Ended, account, argosyd};

/// `argosy`, of this build, without any setting of the caller and nobody's keys.
fn argosy(place: &TempDir) -> Command {
    let daemon = PathBuf::from(argosyd().get_program());
    let program = daemon.with_file_name(format!("argosy{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is missing; build it with: cargo build --package argosy",
        program.display()
    );
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARGOSY_") {
            command.env_remove(name);
        }
    }
    for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(name, place.path());
    }
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs a line against a node; what it says as JSON.
#[track_caller]
fn line(place: &TempDir, url: &str, line: &str) -> Value {
    let (before, after) = line.split_once(" -- ").unwrap_or((line, ""));
    let mut command = argosy(place);
    command.args(["--rpc-url", url, "-o", "json"]);
    command.args(before.split_whitespace());
    if !after.is_empty() {
        command.arg("--").args(after.split_whitespace());
    }
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(0), "{line}: {ended:#?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Who signed a block, after all that a client can check of it was checked.
async fn signers(client: &Client, height: u64) -> usize {
    let at = BlockSelector::Height(height);
    let header = Header::from(&client.header(at).await.unwrap().header);
    let deciders = client.validators(at).await.unwrap().deciders;
    let certificate = client.certificate(at).await.unwrap().certificate;
    let certificate = CommitCertificate::from(&certificate);
    verify_header(&header, &certificate, &ValidatorSet::from(&deciders)).unwrap();
    certificate.signatures.len()
}

#[tokio::test]
async fn a_fork_of_four_validators_believes_what_three_of_them_signed() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    let place = tempdir().unwrap();
    let url = network.daemon(0).rpc().to_owned();
    let token = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../contracts/artifacts/token.wasm"
    );
    let deployed = line(
        &place,
        &url,
        &format!(
            "contract deploy {token} --from alice -- --name Forked --symbol FRK --decimals 2 --supply 1000"
        ),
    );
    let token = deployed["contract"].as_str().unwrap();
    let pay = format!("contract call {token} --from alice -- transfer --to bob --amount 100");
    line(&place, &url, &pay);
    // Three decide without the fourth; then the chain stands, so that nothing is in a hurry below.
    network.kill(3);
    let client = network.client(0).await;
    let before = head(&client).await;
    network.reach(before + 3).await;
    network.kill(2);

    let mut dev = argosy(&place);
    dev.args(["dev", "--port", "0", "-o", "json", "--fork", &url]);
    let forked = Daemon::spawn(&mut dev).unwrap_or_else(|ended| panic!("{ended:#?}"));
    let facts = &forked.endpoints["fork"];
    assert_eq!(facts["isCertified"], true, "{facts}");
    assert_eq!(facts["isProven"], true, "{facts}");
    assert_eq!(forked.endpoints["genesisHash"], client.chain().to_string());
    let height = facts["height"].as_u64().unwrap();
    assert!(height > before, "{facts}");
    assert_eq!(signers(&client, height).await, 3, "block {height}");

    // Accounts and what a contract keeps are those of the network, at that block.
    let fork_url = forked.endpoints["url"].as_str().unwrap();
    let fork = Client::connect(fork_url).await.unwrap();
    for name in ["alice", "bob"] {
        let who = account(name).address();
        let there = client.account(who, BlockSelector::Height(height));
        let (there, here) = (
            there.await.unwrap(),
            fork.account(who, BlockSelector::Latest).await.unwrap(),
        );
        assert_eq!(
            (here.balance, here.nonce),
            (there.balance, there.nonce),
            "{name}"
        );
    }
    let balance = |url: &str, name: &str| {
        let ask = format!("contract query {token} -- balance-of --owner {name}");
        line(&place, url, &ask)["result"].clone()
    };
    let paid = [balance(&url, "bob"), balance(fork_url, "bob")];
    assert_eq!(paid, [Value::from("100"), Value::from("100")]);
    // One decides here, at once; the network hears nothing of it.
    let pay = format!("contract call {token} --from bob -- transfer --to carol --amount 30");
    line(&place, fork_url, &pay);
    let carol = [balance(&url, "carol"), balance(fork_url, "carol")];
    assert_eq!(carol, [Value::from("0"), Value::from("30")]);
    forked.stop();
}

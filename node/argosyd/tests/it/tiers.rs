//! What runs contracts does not show: the same chain by every tier, and each replays the others.

use std::path::Path;

use argosy_sdk::{Action, Client, TxOptions};
use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Daemon, Ended, account, argosyd};

const COUNTER: &[u8] = include_bytes!("../../../../contracts/artifacts/counter.wasm");

/// A counter, created and called some times; what became of every transaction.
async fn play(client: &Client) -> Vec<(String, u64, String)> {
    let alice = account("alice");
    let options = TxOptions::default();
    let mut seen = Vec::new();
    let store = Action::StoreCode {
        code: COUNTER.to_vec(),
    };
    let create = Action::Instantiate {
        code: argosy_primitives::CodeHash::of(COUNTER),
        salt: [1; 32],
        admin: None,
        funds: 0,
        message: message("init", 40),
    };
    let mut contract = None;
    for action in [store, create] {
        let receipt = client.send(&alice, vec![action], &options).await.unwrap();
        let data = serde_json::to_value(&receipt).unwrap()["receipt"]["data"].clone();
        contract = data.as_str().map(ToOwned::to_owned);
        seen.push(told(&receipt));
    }
    let created = contract.unwrap();
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&created[2 + 2 * at..4 + 2 * at], 16).unwrap())
        .collect();
    let contract = argosy_primitives::Address::from_bytes(bytes.try_into().unwrap());
    for by in 1..6 {
        let call = Action::Call {
            contract,
            funds: 0,
            message: message("add", by),
            abi_hash: None,
        };
        let receipt = client.send(&alice, vec![call], &options).await.unwrap();
        seen.push(told(&receipt));
    }
    seen
}

fn message(method: &str, number: u64) -> Vec<u8> {
    parity_scale_codec::Encode::encode(&(argosy_vm_abi::selector_of(method), number))
}

fn told(receipt: &argosy_sdk::api::ReceiptAnswer) -> (String, u64, String) {
    let json = serde_json::to_value(&receipt.receipt).unwrap();
    let text = |name: &str| json[name].to_string();
    (
        text("status"),
        json["gasUsed"].as_str().map_or(0, |it| it.parse().unwrap()),
        text("data"),
    )
}

async fn run(folder: &Path, tier: &str) -> (Vec<(String, u64, String)>, String) {
    let daemon = Daemon::start(folder, &["--dev", "--vm.tier", tier]);
    let seen = play(&daemon.client().await).await;
    let (_, metrics) = daemon.ops("/metrics");
    daemon.stop();
    (seen, metrics)
}

#[tokio::test]
async fn every_tier_gives_the_same_receipts_and_replays_the_others_blocks() {
    let folder = tempdir().unwrap();
    let by = |tier: &str| folder.path().join(tier);
    let (interpreted, metrics) = run(&by("interpreter"), "interpreter").await;
    assert!(!metrics.contains("argosy_tier_"), "{metrics}");
    assert!(!by("interpreter").join("tiers").exists());
    assert!(
        interpreted.iter().all(|it| it.0.contains("success")),
        "{interpreted:?}"
    );
    for tier in ["compiled", "shadow", "auto"] {
        let (seen, metrics) = run(&by(tier), tier).await;
        assert_eq!(seen, interpreted, "{tier}");
        let compiled = count(&metrics, "argosy_tier_modules_compiled_total");
        let frames = count(&metrics, "argosy_tier_compiled_frames_total");
        match tier {
            "auto" => assert_eq!((compiled, frames), (0, 0), "{metrics}"),
            _ => assert!(compiled == 1 && frames >= 6, "{metrics}"),
        }
    }
    let replayed = Ended::of(
        argosyd()
            .args(["replay", "--chain", "dev", "--vm.tier", "shadow", "--from"])
            .arg(by("interpreter"))
            .arg("--into")
            .arg(by("copy")),
    );
    assert_eq!(replayed.code, Some(0), "{replayed:#?}");
    let answer: Value = serde_json::from_str(&replayed.stdout).unwrap();
    assert_eq!(answer["transactions"], 7);
    // What was compiled is the copy's; the source was only read.
    assert!(by("copy").join("tiers").exists());
    assert!(!by("interpreter").join("tiers").exists());
}

fn count(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find(|it| it.starts_with(name));
    let number = line.and_then(|it| it.rsplit(' ').next());
    number.map_or(u64::MAX, |it| it.parse().unwrap())
}

//! What the OpenRPC document says is what the server does.

use argosy_primitives::SignedTransaction;
use argosy_rpc::{RpcConfig, Settled};
use argosy_rpc_api::{Bytes, METHODS, openrpc};
use serde_json::{Map, Value, json};

use crate::checker::Checker;
use crate::fake::{self, FakeNode};
use crate::fuzz;
use crate::net::{Rig, kind, plain_rig, rig};

fn document() -> Value {
    serde_json::from_str(openrpc().text()).unwrap()
}

#[tokio::test]
async fn the_document_is_served_both_ways() {
    let rig = plain_rig().await;
    let discovered = rig.call("rpc.discover", json!([])).await;
    assert_eq!(discovered, document());
    let plain = rig
        .http("GET /openrpc.json", "Host: localhost\r\n", "")
        .await;
    assert_eq!(plain.status, 200);
    assert!(
        plain.head.contains("content-type: application/json"),
        "{}",
        plain.head
    );
    assert_eq!(
        serde_json::from_str::<Value>(&plain.body).unwrap(),
        document()
    );
    let foreign = rig
        .http("GET /openrpc.json", "Host: evil.example\r\n", "")
        .await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test]
async fn all_methods_are_named() {
    let rig = plain_rig().await;
    let names: Vec<_> = METHODS.iter().map(|it| it.name).collect();
    let answer = rig.call("rpc_methods", json!({})).await;
    assert_eq!(answer, json!({"methods": names}));
}

/// The transaction of an example is in a block, so that nobody waits for it.
fn settle(rig: &Rig, params: &Map<String, Value>) {
    let bytes = params
        .get("transaction")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let bytes: Bytes = bytes.parse().unwrap_or_default();
    if let Ok(signed) = SignedTransaction::decode_untrusted(&bytes, 1024) {
        let settled = Settled::Included(fake::included());
        rig.node
            .settled
            .lock()
            .unwrap()
            .insert(signed.id(), settled);
    }
}

#[tokio::test]
async fn every_example_is_answered_as_the_document_says() {
    let document = document();
    let mut checker = Checker::new(&document);
    for (row, method) in document["methods"].as_array().unwrap().iter().enumerate() {
        for example in method["examples"].as_array().unwrap() {
            let rig = plain_rig().await;
            let given = example["params"].as_array().unwrap().iter();
            let params: Map<String, Value> = given
                .map(|it| (it["name"].as_str().unwrap().to_owned(), it["value"].clone()))
                .collect();
            settle(&rig, &params);
            let name = method["name"].as_str().unwrap();
            let response = rig.response(name, Value::Object(params)).await;
            if let Some(answer) = response.get("result") {
                let schema = format!("/methods/{row}/result/schema");
                assert_eq!(checker.problem(&schema, answer), None, "{name}");
                continue;
            }
            // The node that only pretends has not everything, and this is no WebSocket.
            let place = format!("#/components/errors/{}", kind(&response["error"]));
            let absent = ["NOT_FOUND", "CONTRACT_NOT_FOUND", "NEEDS_WEBSOCKET"];
            let absent = absent.contains(&kind(&response["error"]));
            let documented = method["errors"].as_array().unwrap();
            let documented = documented.iter().any(|it| it["$ref"] == *place);
            assert!(absent && documented, "{name}: {response}");
        }
    }
}

fn fuzzed() -> RpcConfig {
    RpcConfig {
        // Nothing that is made here is ever settled.
        max_wait_ms: 1,
        ..RpcConfig::on_free_port()
    }
}

#[tokio::test]
async fn two_thousand_random_requests_get_documented_answers() {
    let rig = rig(FakeNode::default(), fuzzed()).await;
    let succeeded = fuzz::run(rig.address(), 8, 2000).await;
    assert!(
        succeeded > 400,
        "{succeeded} of 2000 did what they were to do"
    );
}

/// `./x fuzz rpc` sets the number and the seed.
#[tokio::test]
#[ignore = "takes a minute"]
async fn a_hundred_thousand_random_requests_get_documented_answers_in_bounded_memory() {
    let setting = |name: &str, default: u64| {
        let text = std::env::var(name).unwrap_or_default();
        text.parse().unwrap_or(default)
    };
    let count = setting("ARGOSY_FUZZ_REQUESTS", 100_000) as usize;
    let seed = setting("ARGOSY_FUZZ_SEED", 1);
    let rig = rig(FakeNode::default(), fuzzed()).await;
    fuzz::run(rig.address(), seed, count / 10).await;
    rig.node.forget();
    let before = resident_kib();
    fuzz::run(rig.address(), seed.wrapping_add(1), count - count / 10).await;
    rig.node.forget();
    let grown = resident_kib().saturating_sub(before);
    println!("{count} requests, seed {seed}: {grown} KiB more resident memory");
    assert!(grown < 64 * 1024, "{grown} KiB");
}

/// What this process has in memory; server and client are both in it.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let number = line.and_then(|it| it.split_whitespace().next());
    number.and_then(|it| it.parse().ok()).unwrap_or(0)
}

//! Methods that a server does not offer, whichever way they are called.

use argosy_rpc::{Offer, RpcConfig};
use argosy_rpc_api::{Class, METHODS};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::fake::{self, FakeNode};
use crate::net::{Rig, kind, rig};
use crate::raw;

/// A server that offers so much and no more.
async fn offering(methods: Offer, dev_methods: bool) -> Rig {
    let config = RpcConfig {
        methods,
        dev_methods,
        ..RpcConfig::on_free_port()
    };
    rig(FakeNode::default(), config).await
}

/// Every method with parameters that it takes, and what is said of its class.
fn calls() -> impl Iterator<Item = (Class, Value)> {
    let examples = fake::examples().into_iter().zip(METHODS);
    examples.map(|((method, params), spec)| {
        assert_eq!(method, spec.name);
        let call = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        (spec.class, call)
    })
}

#[track_caller]
fn check(answer: &Value, call: &Value, is_offered: bool) {
    let is_disabled = kind(&answer["error"]) == "METHOD_DISABLED";
    assert_eq!(answer["id"], call["id"], "{answer}");
    assert_eq!(is_disabled, !is_offered, "{call}: {answer}");
    if is_disabled {
        assert_eq!(answer["error"]["code"], 1302);
        assert_eq!(answer["error"]["data"]["method"], call["method"]);
    }
}

/// By HTTP, in a batch and over a WebSocket it is the same.
async fn check_all(rig: &Rig, offers: impl Fn(Class) -> bool) {
    let (mut frames, mut writer) = raw::open(rig.address()).await;
    for (class, call) in calls() {
        let is_offered = offers(class);
        if is_offered && class == Class::Public {
            continue; // Others test these.
        }
        let text = call.to_string();
        let alone: Value = serde_json::from_str(&rig.post(&text).await.body).unwrap();
        check(&alone, &call, is_offered);

        let health = json!({"jsonrpc": "2.0", "id": 0, "method": "system_health"});
        let batch = json!([health, call, call]).to_string();
        let answers: Value = serde_json::from_str(&rig.post(&batch).await.body).unwrap();
        assert_eq!(answers[0]["result"]["status"], "ok", "{answers}");
        check(&answers[1], &call, is_offered);
        check(&answers[2], &call, is_offered);

        writer.write_all(&raw::frame(&text)).await.unwrap();
        let answer: Value = serde_json::from_str(&frames.text().await.unwrap()).unwrap();
        check(&answer, &call, is_offered);
    }
}

#[tokio::test]
async fn a_public_server_offers_what_is_for_anybody() {
    let rig = offering(Offer::Public, false).await;
    check_all(&rig, |class| class == Class::Public).await;
}

#[tokio::test]
async fn an_operators_server_offers_more_and_a_development_chains_too() {
    let rig = offering(Offer::Operator, false).await;
    check_all(&rig, |class| class != Class::Dev).await;
    let rig = offering(Offer::Public, true).await;
    check_all(&rig, |class| class != Class::Operator).await;
}

/// What is not offered is refused before anybody looks at its parameters, and told from what is not there.
#[tokio::test]
async fn parameters_of_what_is_not_offered_are_nobodys_business() {
    let rig = offering(Offer::Public, false).await;
    let error = rig.fail("dev_mine", json!({"no": "such"})).await;
    assert_eq!(kind(&error), "METHOD_DISABLED");
    let error = rig.fail("dev_yours", json!([])).await;
    assert_eq!(error["code"], -32601);
    let told = r#"{"jsonrpc":"2.0","method":"dev_mine"}"#;
    assert_eq!(rig.post(told).await.body, "null", "nobody waits for it");
}

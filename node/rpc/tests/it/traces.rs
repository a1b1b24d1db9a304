//! What somebody hears who follows calls.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use argosy_primitives::TxId;
use argosy_rpc::{BegunCall, Trace, Traces};
use argosy_rpc_api::{Bytes, RpcError, SystemApiClient};
use jsonrpsee::ws_client::{HeaderMap, WsClientBuilder};
use parity_scale_codec::Encode;
use serde_json::json;
use tokio::time::sleep;

use crate::fake::{self, FakeNode};
use crate::net::{Rig, traced_rig};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Follows every call but for `chain_getHeader`, and notes what it hears.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

/// A call that is followed.
struct Noted(Notes);

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    /// What was heard, once the last call has ended.
    async fn heard(&self) -> Vec<String> {
        let begin = Instant::now();
        loop {
            let heard = self.0.lock().unwrap().clone();
            let begun = heard.iter().filter(|it| it.starts_with("begins")).count();
            let ended = heard.iter().filter(|it| *it == "ends").count();
            if begun == ended {
                return heard;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "{heard:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Traces for Notes {
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        if call.method == "chain_getHeader" {
            return None;
        }
        let parent = call.traceparent.unwrap_or("alone");
        self.note(format!(
            "begins {} {} {parent}",
            call.method, call.transport
        ));
        Some(Arc::new(Noted(self.clone())))
    }
}

impl Trace for Noted {
    fn trace_id(&self) -> u128 {
        1
    }

    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        self.0.note(format!("begins {} within", call.method));
        Some(Arc::new(Noted(self.0.clone())))
    }

    fn submits(&self, id: &TxId) {
        self.0.note(format!("submits {id}"));
    }

    fn submitted(&self, id: &TxId, refused: Option<&RpcError>) {
        let verdict = refused.map_or("taken", RpcError::kind);
        self.0.note(format!("submitted {id} {verdict}"));
    }

    fn answered(&self, error_code: Option<i32>) {
        self.0.note(format!("answered {}", error_code.unwrap_or(0)));
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note("ends".to_owned());
    }
}

async fn noted_rig() -> (Rig, Notes) {
    let notes = Notes::default();
    let rig = traced_rig(FakeNode::default(), Arc::new(notes.clone())).await;
    (rig, notes)
}

async fn post(rig: &Rig, headers: &str, body: &str) {
    let headers = format!("Host: localhost\r\nContent-Type: application/json\r\n{headers}");
    assert_eq!(rig.http("POST /", &headers, body).await.status, 200);
}

#[tokio::test]
async fn a_submission_is_heard_from_its_beginning_to_its_answer() {
    let (rig, notes) = noted_rig().await;
    let id = fake::signed(0).id();
    let params = json!([Bytes(fake::signed(0).encode())]);
    rig.call("tx_submit", params.clone()).await;
    rig.fail("tx_submit", params).await;
    assert_eq!(
        notes.heard().await,
        [
            "begins tx_submit http alone".to_owned(),
            format!("submits {id}"),
            format!("submitted {id} taken"),
            "answered 0".to_owned(),
            "ends".to_owned(),
            "begins tx_submit http alone".to_owned(),
            format!("submits {id}"),
            format!("submitted {id} TX_KNOWN"),
            "answered 1109".to_owned(),
            "ends".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_clients_trace_is_handed_on_if_it_names_one() {
    let (rig, notes) = noted_rig().await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"system_health"}"#;
    let parent = format!("traceparent: {PARENT}\r\n");
    post(&rig, &parent, call).await;
    post(&rig, &format!("{parent}{parent}"), call).await;
    post(&rig, "Traceparent: anything at all\r\n", call).await;
    let heard = notes.heard().await;
    let begun: Vec<_> = heard
        .iter()
        .filter_map(|it| it.strip_prefix("begins system_health http "))
        .collect();
    assert_eq!(begun, [PARENT, "alone", "anything at all"]);
}

#[tokio::test]
async fn calls_of_a_batch_are_parts_of_one_whole() {
    let (rig, notes) = noted_rig().await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"system_health"}"#;
    let parent = format!("traceparent: {PARENT}\r\n");
    post(&rig, &parent, &format!("[{call},7,{call}]")).await;
    let whole = format!("begins batch http {PARENT}");
    let heard = notes.heard().await;
    let expected = [
        whole.as_str(),
        "begins system_health within",
        "answered 0",
        "ends",
        "begins system_health within",
        "answered 0",
        "ends",
        "answered 0",
        "ends",
    ];
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn a_socket_names_no_trace_for_its_calls() {
    let (rig, notes) = noted_rig().await;
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", PARENT.parse().unwrap());
    let client = WsClientBuilder::default()
        .set_headers(headers)
        .build(format!("ws://{}", rig.address()))
        .await
        .unwrap();
    client.health().await.unwrap();
    assert_eq!(
        notes.heard().await[0],
        "begins system_health websocket alone"
    );
}

#[tokio::test]
async fn only_methods_that_there_are_are_heard_of_and_served_the_same_otherwise() {
    let (rig, notes) = noted_rig().await;
    rig.fail("no_such", json!([])).await;
    rig.call("chain_getHeader", json!([])).await;
    let refused = rig.fail("tx_submit", json!([1, 2, 3, 4])).await;
    assert_eq!(
        notes.heard().await,
        [
            "begins tx_submit http alone".to_owned(),
            format!("answered {}", refused["code"]),
            "ends".to_owned(),
        ]
    );
}

//! What requests are called: in answers, and wherever their work is done.

use std::sync::{Arc, Mutex};

use argosy_primitives::TxId;
use argosy_rpc::{BegunCall, ServedCall, Trace, Traces};
use argosy_rpc_api::{BlockSelector, Bytes, ChainApiClient, RpcError};
use jsonrpsee::core::ClientError;
use jsonrpsee::ws_client::{HeaderMap, WsClientBuilder};
use parity_scale_codec::Encode;
use serde_json::{Value, json};

use crate::fake::{self, FakeNode};
use crate::net::{Answer, Rig, plain_rig, traced_rig};

const PARENT: &str = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// A call that fails.
const FAILS: &str = r#"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":[99]}"#;

async fn post(rig: &Rig, headers: &str, body: &str) -> Answer {
    let headers = format!("Host: localhost\r\nContent-Type: application/json\r\n{headers}");
    rig.http("POST /", &headers, body).await
}

/// What the head of the answer says that the request is called.
#[track_caller]
fn name(answer: &Answer) -> String {
    let lines = answer.head.lines();
    let names: Vec<_> = lines
        .filter_map(|it| it.strip_prefix("x-request-id: "))
        .collect();
    assert_eq!(names.len(), 1, "{}", answer.head);
    names[0].to_owned()
}

/// What the error in it says.
fn name_in_error(answer: &Value) -> String {
    let name = answer["error"]["data"]["requestId"].as_str();
    name.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The name of a request with these header lines.
async fn name_of(rig: &Rig, headers: &str) -> String {
    let answer = post(rig, headers, FAILS).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(name_in_error(&body), name(&answer));
    name(&answer)
}

fn is_own(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|it| it.is_ascii_hexdigit())
}

#[tokio::test]
async fn answers_say_what_their_requests_are_called() {
    let rig = plain_rig().await;
    let given = "x-request-id: mine-7.a:b_c\r\n";
    assert_eq!(name_of(&rig, given).await, "mine-7.a:b_c");
    let both = format!("{given}{PARENT}");
    assert_eq!(name_of(&rig, &both).await, "mine-7.a:b_c");
    assert_eq!(name_of(&rig, PARENT).await, TRACE);
    let (one, two) = (name_of(&rig, "").await, name_of(&rig, "").await);
    assert!(is_own(&one) && is_own(&two) && one != two, "{one} {two}");
}

#[tokio::test]
async fn names_that_do_not_fit_are_none() {
    let rig = plain_rig().await;
    let long = "x".repeat(129);
    for bad in ["a b", "a\"b", "a=b", "{a}", "", long.as_str()] {
        let name = name_of(&rig, &format!("x-request-id: {bad}\r\n")).await;
        assert!(is_own(&name), "{bad}: {name}");
    }
    let twice = "x-request-id: a\r\nx-request-id: a\r\n";
    assert!(is_own(&name_of(&rig, twice).await));
}

#[tokio::test]
async fn whoever_is_turned_away_is_told_too() {
    let rig = plain_rig().await;
    let foreign = "Host: evil.example\r\nx-request-id: mine\r\n";
    let answer = rig.http("GET /health", foreign, "").await;
    assert_eq!((answer.status, name(&answer).as_str()), (403, "mine"));
}

#[tokio::test]
async fn calls_of_a_batch_are_of_one_request() {
    let rig = plain_rig().await;
    let answer = post(&rig, "", &format!("[{FAILS},{FAILS}]")).await;
    let answers: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
    let names = [0, 1].map(|it: usize| name_in_error(&answers[it]));
    assert_eq!(names, [name(&answer), name(&answer)]);
}

#[tokio::test]
async fn each_call_of_a_socket_is_a_request() {
    let rig = plain_rig().await;
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", "mine".parse().unwrap());
    let client = WsClientBuilder::default()
        .set_headers(headers)
        .build(format!("ws://{}", rig.address()))
        .await
        .unwrap();
    let mut names = Vec::new();
    for _ in 0..2 {
        let error = client.header(Some(BlockSelector::Height(99))).await;
        let ClientError::Call(error) = error.unwrap_err() else {
            panic!("no answer");
        };
        let data: Value = serde_json::from_str(error.data().unwrap().get()).unwrap();
        names.push(data["requestId"].as_str().unwrap().to_owned());
    }
    assert!(names.iter().all(|it| is_own(it)), "{names:?}");
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn work_knows_which_call_it_is_for() {
    let rig = plain_rig().await;
    let tx = json!([Bytes(fake::signed(0).encode())]);
    let submit = json!({"jsonrpc": "2.0", "id": 1, "method": "tx_submit", "params": tx});
    post(&rig, "x-request-id: a\r\n", FAILS).await;
    post(&rig, &format!("x-request-id: b\r\n{PARENT}"), FAILS).await;
    post(&rig, PARENT, &submit.to_string()).await;
    let call = |request: &str, trace: Option<&str>| {
        Some(ServedCall {
            request_id: request.to_owned(),
            trace_id: trace.map(str::to_owned),
        })
    };
    let expected = [
        call("a", None),
        call("b", Some(TRACE)),
        call(TRACE, Some(TRACE)),
    ];
    assert_eq!(rig.node.served.lock().unwrap()[..], expected);
    assert_eq!(ServedCall::current(), None, "nobody is served here");
}

/// Follows every call, in a trace of its own choice, and notes the one it was to begin.
#[derive(Default)]
struct Follower(Mutex<Vec<Option<u128>>>);

/// Its trace.
struct Followed;

impl Traces for Follower {
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        self.0.lock().unwrap().push(call.new_trace_id);
        Some(Arc::new(Followed))
    }
}

impl Trace for Followed {
    fn trace_id(&self) -> u128 {
        7
    }

    fn begin(&self, _: &BegunCall<'_>) -> Option<Arc<dyn Trace>> {
        Some(Arc::new(Followed))
    }

    fn submits(&self, _: &TxId) {}

    fn submitted(&self, _: &TxId, _: Option<&RpcError>) {}

    fn answered(&self, _: Option<i32>) {}
}

#[tokio::test]
async fn the_trace_of_a_call_is_that_of_whoever_follows_it() {
    let follower = Arc::new(Follower::default());
    let rig = traced_rig(FakeNode::default(), follower.clone()).await;
    let own = name_of(&rig, "").await;
    name_of(&rig, "x-request-id: mine\r\n").await;
    let id = u128::from_str_radix(&own, 16).unwrap();
    assert_eq!(*follower.0.lock().unwrap(), [Some(id), None]);
    let served = rig.node.served.lock().unwrap().clone();
    let traces = served.into_iter().map(|it| it.unwrap().trace_id.unwrap());
    assert_eq!(
        traces.collect::<Vec<_>>(),
        [(); 2].map(|()| format!("{:032x}", 7))
    );
}

//! Host, Origin, CORS, paths and content types.

use argosy_rpc::RpcConfig;
use serde_json::Value;

use crate::fake::FakeNode;
use crate::net::{Rig, plain_rig, rig};

const HEALTH: &str = r#"{"jsonrpc":"2.0","id":1,"method":"system_health"}"#;
const JSON: &str = "Content-Type: application/json\r\n";

async fn post(rig: &Rig, headers: &str) -> u16 {
    rig.http("POST /", &format!("{headers}{JSON}"), HEALTH)
        .await
        .status
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_turned_away() {
    let rig = plain_rig().await;
    let address = rig.address();
    assert_eq!(post(&rig, "Host: localhost\r\n").await, 200);
    assert_eq!(post(&rig, &format!("Host: {address}\r\n")).await, 200);
    assert_eq!(post(&rig, "Host: evil.example\r\n").await, 403);
    assert_eq!(post(&rig, "Host: localhost.evil.example:80\r\n").await, 403);
    assert_eq!(post(&rig, "").await, 400, "HTTP/1.1 demands a host");
    assert_eq!(post(&rig, "Host: a b\r\n").await, 400);
    assert_eq!(
        post(&rig, "Host: localhost\r\nHost: evil.example\r\n").await,
        400
    );
    let absolute = rig
        .http("POST http://evil.example/", "Host: localhost\r\n", HEALTH)
        .await;
    assert_eq!(absolute.status, 400);
    let told = rig.http("GET /health", "Host: evil.example\r\n", "").await;
    assert_eq!(told.status, 403);
    assert!(told.body.contains("rpc.hosts"), "{}", told.body);
}

#[tokio::test]
async fn pages_of_other_origins_are_turned_away() {
    let rig = plain_rig().await;
    let host = "Host: localhost\r\n";
    for (origin, status) in [
        ("http://localhost:3000", 200),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let headers = format!("{host}Origin: {origin}\r\n{JSON}");
        let answer = rig.http("POST /", &headers, HEALTH).await;
        assert_eq!(answer.status, status, "{origin}");
        let echoed = format!("access-control-allow-origin: {origin}");
        assert_eq!(
            answer.head.contains(&echoed),
            status == 200,
            "{}",
            answer.head
        );
    }
    // A WebSocket is opened without asking first, so it is checked at the handshake.
    let handshake = format!(
        "{host}Origin: https://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: upgrade\r\n"
    );
    assert_eq!(rig.http("GET /", &handshake, "").await.status, 403);
}

#[tokio::test]
async fn browsers_may_ask_first() {
    let rig = plain_rig().await;
    let headers = "Host: localhost\r\nOrigin: http://localhost:3000\r\n\
        Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n";
    let answer = rig.http("OPTIONS /", headers, "").await;
    assert_eq!(answer.status, 200);
    for line in [
        "allow-origin: http://localhost:3000",
        "allow-methods: post,get",
        "allow-headers: content-type,accept,traceparent,x-request-id",
    ] {
        assert!(answer.head.contains(line), "{line} in {}", answer.head);
    }
    let headers = format!("Host: localhost\r\nOrigin: http://localhost:3000\r\n{JSON}");
    let answer = rig.http("POST /", &headers, HEALTH).await;
    let line = "access-control-expose-headers: x-request-id";
    assert!(answer.head.contains(line), "{}", answer.head);
}

#[tokio::test]
async fn the_operator_may_let_names_and_origins_in() {
    let config = RpcConfig {
        hosts: vec!["node.example".to_owned()],
        origins: vec!["https://app.example".to_owned()],
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let good = "Host: node.example:9533\r\nOrigin: https://app.example\r\n";
    assert_eq!(post(&rig, good).await, 200);
    assert_eq!(
        post(
            &rig,
            "Host: node.example\r\nOrigin: https://other.example\r\n"
        )
        .await,
        403
    );
    assert_eq!(post(&rig, "Host: other.example\r\n").await, 403);
}

#[tokio::test]
async fn health_answers_a_plain_get() {
    let rig = plain_rig().await;
    let answer = rig.http("GET /health", "Host: localhost\r\n", "").await;
    assert_eq!(answer.status, 200);
    let health: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["at"]["height"], 42);
}

#[tokio::test]
async fn only_json_by_post_is_taken() {
    let rig = plain_rig().await;
    let host = "Host: localhost\r\n";
    // Somebody with a browser is told what there is.
    for path in ["GET /", "GET /v1/nothing?of=it"] {
        let answer = rig.http(path, host, "").await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.body.contains("/openrpc.json"), "{}", answer.body);
    }
    assert_eq!(
        rig.http("PUT /", &format!("{host}{JSON}"), HEALTH)
            .await
            .status,
        405
    );
    let form = format!("{host}Content-Type: text/plain\r\n");
    assert_eq!(rig.http("POST /", &form, HEALTH).await.status, 415);
    assert_eq!(rig.http("POST /", host, HEALTH).await.status, 415);
}

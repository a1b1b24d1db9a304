//! Who a client is behind a proxy: shares are counted by whom a trusted one names, and by nothing else.

use argosy_rpc::{RateConfig, RpcConfig};
use serde_json::{Value, json};

use crate::fake::FakeNode;
use crate::net::{Rig, kind, rig};

/// Five blocks for each, and then hardly anything.
async fn limited(trusted_proxies: &[&str]) -> Rig {
    let config = RpcConfig {
        rate: Some(RateConfig {
            per_second: 1,
            burst: 50,
        }),
        trusted_proxies: trusted_proxies.iter().map(|&it| it.to_owned()).collect(),
        ..RpcConfig::on_free_port()
    };
    rig(FakeNode::default(), config).await
}

/// What a call is answered with that came with this header.
async fn asked(rig: &Rig, forwarded_for: &str) -> Value {
    let headers = format!(
        "Host: localhost\r\nContent-Type: application/json\r\nX-Forwarded-For: {forwarded_for}\r\n"
    );
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getBlock", "params": []});
    let answer = rig.http("POST /", &headers, &body.to_string()).await;
    serde_json::from_str(&answer.body).unwrap()
}

#[track_caller]
fn is_served(answer: &Value) -> bool {
    match answer.get("error") {
        None => true,
        Some(error) => {
            assert_eq!(kind(error), "RATE_LIMITED");
            false
        }
    }
}

/// How many of six calls are served whose headers these are, one after the other.
async fn served(rig: &Rig, headers: [&str; 6]) -> usize {
    let mut served = 0;
    for header in headers {
        served += usize::from(is_served(&asked(rig, header).await));
    }
    served
}

#[tokio::test]
async fn each_client_of_a_trusted_proxy_has_a_share() {
    let rig = limited(&["127.0.0.0/8"]).await;
    assert_eq!(served(&rig, ["203.0.113.7"; 6]).await, 5);
    assert_eq!(served(&rig, ["203.0.113.8"; 6]).await, 5);
    // The proxy's own, without a header that names anybody.
    assert_eq!(served(&rig, [""; 6]).await, 5);
}

#[tokio::test]
async fn nobody_has_more_shares_by_inventing_addresses() {
    let invented = [
        "1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5", "1.1.1.6",
    ];
    let rig = limited(&["127.0.0.1"]).await;
    let before = invented.map(|it| format!("{it}, 203.0.113.7"));
    assert_eq!(served(&rig, before.each_ref().map(String::as_str)).await, 5);
    // Nor where nobody is trusted, or another one.
    for trusted in [&[][..], &["192.0.2.1"]] {
        let rig = limited(trusted).await;
        assert_eq!(served(&rig, invented).await, 5);
    }
}

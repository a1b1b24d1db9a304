//! Submitting, waiting and trying.

use std::time::Duration;

use argosy_primitives::{Address, Signature};
use argosy_rpc::{RpcConfig, Settled};
use argosy_rpc_api::{Bytes, Decimal, DropReasonView, RpcError};
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::fake::{self, FakeNode};
use crate::net::{kind, plain_rig, rig};

fn params(nonce: u64) -> Value {
    json!([Bytes(fake::signed(nonce).encode())])
}

#[tokio::test]
async fn a_submitted_transaction_can_be_followed() {
    let rig = plain_rig().await;
    let id = fake::signed(0).id().to_string();
    let answer = rig.call("tx_submit", params(0)).await;
    assert_eq!(answer["txId"], id);
    let status = rig.call("tx_getStatus", json!([id])).await;
    assert_eq!(status["status"]["type"], "pending");
    assert_eq!(status["at"]["height"], fake::HEAD);
    let receipt = rig.call("tx_getReceipt", json!([id])).await;
    assert_eq!(receipt["receipt"]["status"], "success");
    let error = rig.fail("tx_submit", params(0)).await;
    assert_eq!(
        (kind(&error), &error["data"]["txId"]),
        ("TX_KNOWN", &json!(id))
    );
}

#[tokio::test]
async fn a_height_that_json_does_not_hold_is_no_height() {
    let rig = plain_rig().await;
    let mut far = fake::transaction(0);
    far.valid_until = u64::MAX;
    let far = Bytes(far.sign(&fake::key()).encode());
    let error = rig.fail("tx_decode", json!([far])).await;
    assert_eq!(kind(&error), "TX_MALFORMED");
    let mut last = fake::transaction(0);
    last.valid_until = (1 << 53) - 1;
    let last = Bytes(last.sign(&fake::key()).encode());
    let answer = rig.call("tx_decode", json!([last])).await;
    let expected = json!(9_007_199_254_740_991_u64);
    assert_eq!(answer["transaction"]["validUntil"], expected);
}

#[tokio::test]
async fn what_is_no_valid_transaction_never_reaches_the_node() {
    let rig = plain_rig().await;
    let submit = |bytes: Vec<u8>| rig.fail("tx_submit", json!([Bytes(bytes)]));
    let good = fake::signed(0);

    let mut forged = good.clone();
    forged.signature = Signature::Ed25519([7; 64]);
    assert_eq!(kind(&submit(forged.encode()).await), "TX_BAD_SIGNATURE");

    let mut idle = good.clone();
    idle.transaction.actions.clear();
    let error = submit(idle.encode()).await;
    assert_eq!(
        (kind(&error), &error["data"]["got"]),
        ("TX_ACTION_COUNT", &json!(0))
    );
    let mut busy = fake::transaction(0);
    busy.actions = vec![busy.actions[0].clone(); 17];
    let error = submit(busy.sign(&fake::key()).encode()).await;
    assert_eq!(
        (kind(&error), &error["data"]["got"]),
        ("TX_ACTION_COUNT", &json!(17))
    );

    let mut cut = good.encode();
    cut.pop();
    assert_eq!(kind(&submit(cut).await), "TX_MALFORMED");
    let mut trailing = good.encode();
    trailing.push(0);
    let error = submit(trailing).await;
    assert!(
        error["data"]["reason"]
            .as_str()
            .unwrap()
            .contains("left over"),
        "{error}"
    );
    assert_eq!(kind(&submit(vec![]).await), "TX_MALFORMED");
    assert_eq!(kind(&submit(vec![0xff; 1000]).await), "TX_MALFORMED");
    // The largest that fits is looked at, one byte more is not.
    assert_eq!(kind(&submit(vec![0; 860_160]).await), "TX_MALFORMED");
    let error = submit(vec![0; 860_161]).await;
    assert_eq!(
        (kind(&error), &error["data"]["max"]),
        ("TX_TOO_LARGE", &json!("860160"))
    );

    let error = rig.fail("tx_simulate", json!([Bytes(vec![1, 2])])).await;
    assert_eq!(kind(&error), "TX_MALFORMED");
    assert!(rig.node.submitted.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_nodes_verdict_is_passed_on() {
    let verdict = RpcError::TxNonceTooLow {
        expected: Decimal(7),
        got: Decimal(0),
    };
    let node = FakeNode {
        verdict: Err(verdict),
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    for method in ["tx_submit", "tx_submitAndWait"] {
        let error = rig.fail(method, params(0)).await;
        assert_eq!(error["message"], "nonce 0 is used; the next nonce is 7");
        assert_eq!(error["data"]["expected"], "7");
    }
}

#[tokio::test]
async fn waiting_ends_with_the_receipt() {
    let rig = plain_rig().await;
    let id = fake::signed(0).id();
    let settle = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let settled = Settled::Included(fake::included());
        rig.node.settled.lock().unwrap().insert(id, settled);
    };
    let (answer, ()) = tokio::join!(rig.call("tx_submitAndWait", params(0)), settle);
    assert_eq!(answer["txId"], id.to_string());
    assert_eq!(answer["at"]["height"], fake::HEAD);
    // Asking again is not an error: the answer may have been lost.
    let again = rig.call("tx_submitAndWait", params(0)).await;
    assert_eq!(again, answer);
    assert_eq!(rig.node.submitted.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn waiting_ends_in_time_and_loses_nothing() {
    let rig = plain_rig().await;
    let id = fake::signed(0).id().to_string();
    let tx = Bytes(fake::signed(0).encode());
    let error = rig.fail("tx_submitAndWait", json!([tx, 60])).await;
    assert_eq!(
        (error["code"].as_i64(), kind(&error)),
        (Some(1005), "WAIT_TIMEOUT")
    );
    assert_eq!(error["data"]["txId"], id);
    assert_eq!(error["data"]["waitedMs"], 60);
    let status = rig.call("tx_getStatus", json!([id])).await;
    assert_eq!(status["status"]["type"], "pending");
    let error = rig.fail("tx_submitAndWait", json!([tx, 60_001])).await;
    assert_eq!(
        (kind(&error), &error["data"]["max"]),
        ("RANGE_TOO_LARGE", &json!("60000"))
    );
}

#[tokio::test]
async fn waiting_ends_when_the_transaction_is_let_go() {
    let rig = plain_rig().await;
    let id = fake::signed(0).id();
    let dropped = Settled::Dropped(DropReasonView::Evicted);
    rig.node.settled.lock().unwrap().insert(id, dropped);
    let error = rig.fail("tx_submitAndWait", params(0)).await;
    assert_eq!(
        (kind(&error), &error["data"]["reason"]),
        ("TX_DROPPED", &json!({"type": "evicted"}))
    );
}

#[tokio::test]
async fn a_client_that_goes_away_while_waiting_takes_nothing_down() {
    let rig = plain_rig().await;
    let request =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tx_submitAndWait", "params": params(0)});
    let body = request.to_string();
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(rig.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    while rig.node.submitted.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stream);
    let id = fake::signed(0).id().to_string();
    let status = rig.call("tx_getStatus", json!([id])).await;
    assert_eq!(status["status"]["type"], "pending");
}

#[tokio::test]
async fn a_trial_answers_with_the_receipt() {
    let rig = plain_rig().await;
    let mut tx = fake::transaction(0);
    tx.actions[0] = argosy_primitives::Action::Transfer {
        to: Address::SYSTEM,
        amount: 5,
    };
    let answer = rig
        .call("tx_simulate", json!({"transaction": Bytes(tx.encode())}))
        .await;
    assert_eq!(answer["receipt"]["gasUsed"], "21");
    assert_eq!(answer["gasLimit"], "70000");
    assert_eq!(answer["depositMax"], "12");
    assert_eq!(answer["at"]["height"], fake::HEAD);
}

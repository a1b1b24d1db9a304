//! Bad JSON, oversize, floods, panics: a typed answer each time, and the server lives.

use std::time::Duration;

use argosy_rpc::{RateConfig, RpcConfig};
use serde_json::{Value, json};

use crate::fake::{self, FakeNode};
use crate::metrics::until;
use crate::net::{Rig, kind, plain_rig, rig};

async fn is_alive(rig: &Rig) -> bool {
    rig.call("system_health", json!([])).await["status"] == "ok"
}

/// The error's code, or that of the first answer of a batch.
fn code(text: &str) -> i64 {
    let answer: Value = serde_json::from_str(text).unwrap();
    let first = answer.get(0).unwrap_or(&answer);
    first["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("no error: {text}"))
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let rig = plain_rig().await;
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"account_get","params":[{}{}]}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    for (body, expected) in [
        ("{", -32700),
        ("[1", -32700),
        ("{}", -32700),
        (
            r#"{"jsonrpc":"1.0","id":1,"method":"system_health"}"#,
            -32600,
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":7}"#,
            -32602,
        ),
        ("[]", -32600),
        (nested.as_str(), -32600),
        (deep.as_str(), -32602),
    ] {
        let answer = rig.post(body).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(code(&answer.body), expected, "{shown}: {}", answer.body);
    }
    for body in ["", " ", "hello", "\u{0}"] {
        assert_eq!(rig.post(body).await.status, 400, "{body:?}");
    }
    // An id that is none makes it a notification, which is acknowledged and not run.
    let odd = r#"{"jsonrpc":"2.0","id":{},"method":"tx_submit","params":["0x"]}"#;
    assert_eq!(rig.post(odd).await.body, "null");
    assert!(is_alive(&rig).await);
}

#[tokio::test]
async fn batches_are_answered_one_by_one_and_bounded() {
    let rig = plain_rig().await;
    let request = |id: usize, method: &str| json!({"jsonrpc": "2.0", "id": id, "method": method});
    let batch = json!([
        request(1, "system_health"),
        request(2, "no_such"),
        7,
        {"jsonrpc": "2.0", "method": "system_health"},
        {"jsonrpc": "2.0", "id": 3, "method": "chain_getHeader", "params": {"att": 1}},
    ]);
    let answer: Value = serde_json::from_str(&rig.post(&batch.to_string()).await.body).unwrap();
    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 4, "the notification has no answer: {answer}");
    assert_eq!(answers[0]["result"]["status"], "ok");
    assert_eq!(answers[1]["error"]["code"], -32601);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert_eq!(kind(&answers[3]["error"]), "INVALID_PARAMS");

    let many = |count: usize| {
        json!(
            (0..count)
                .map(|it| request(it, "system_health"))
                .collect::<Vec<_>>()
        )
    };
    let answer: Value = serde_json::from_str(&rig.post(&many(32).to_string()).await.body).unwrap();
    assert_eq!(answer.as_array().unwrap().len(), 32);
    assert_eq!(code(&rig.post(&many(33).to_string()).await.body), -32010);
    let told = r#"[{"jsonrpc":"2.0","method":"system_health"}]"#;
    let acknowledged = rig.post(told).await;
    assert_eq!(
        (acknowledged.status, acknowledged.body.as_str()),
        (200, "null")
    );
}

#[tokio::test]
async fn bodies_are_bounded() {
    let rig = plain_rig().await;
    let limit = 2 * 860_160 + 16 * 1024;
    let request = |size: usize| {
        let frame = r#"{"jsonrpc":"2.0","id":1,"method":"tx_submit","params":[""]}"#;
        let digits = "0".repeat(size - frame.len());
        frame.replace("[\"\"]", &format!("[\"{digits}\"]"))
    };
    assert_eq!(
        code(&rig.post(&request(limit)).await.body),
        -32602,
        "read, and found to be no hex"
    );
    let answer = rig.post(&request(limit + 1)).await;
    assert_eq!((answer.status, code(&answer.body)), (413, -32007));
    // A length that is only claimed is refused before anything is read.
    let claim = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
        Connection: close\r\nContent-Length: 3000000000\r\n\r\n";
    assert_eq!(rig.raw(claim.as_bytes()).await.status, 413);
    let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(1 << 20));
    assert_eq!(rig.raw(head.as_bytes()).await.status, 431);
    assert!(is_alive(&rig).await);
}

#[tokio::test]
async fn answers_are_bounded() {
    let node = FakeNode {
        transactions: 200,
        ..FakeNode::default()
    };
    let config = RpcConfig {
        max_response_bytes: 64 * 1024,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let block = rig.call("chain_getBlock", json!({"detail": "ids"})).await;
    assert_eq!(block["txIds"].as_array().unwrap().len(), 200);
    let error = rig.fail("chain_getBlock", json!({"detail": "full"})).await;
    assert_eq!(error["code"], -32008);
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getBlock"});
    let answer = rig.post(&json!(vec![request; 10]).to_string()).await;
    assert_eq!(code(&answer.body), -32011);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_the_node_is_one_failed_call() {
    let rig = plain_rig().await;
    for _ in 0..20 {
        let error = rig
            .fail("chain_getHeader", json!([fake::PANIC_HEIGHT]))
            .await;
        assert_eq!(
            (error["code"].as_i64(), kind(&error)),
            (Some(-32603), "INTERNAL")
        );
        assert!(
            !error.to_string().contains("told to"),
            "the text stays in the log"
        );
    }
    assert!(is_alive(&rig).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_reads_do_not_hold_up_the_others() {
    let node = FakeNode {
        read_takes: Duration::from_millis(300),
        ..FakeNode::default()
    };
    let rig = rig(node, RpcConfig::on_free_port()).await;
    let slow = futures::future::join_all(
        (0..16).map(|_| rig.call("chain_getHeader", json!([fake::SLOW_HEIGHT]))),
    );
    tokio::pin!(slow);
    let quick = async {
        until(&rig, "open_calls", 16).await;
        is_alive(&rig).await
    };
    // Who comes first counts, not how soon: all threads that read are busy, and more wait for them.
    tokio::select! {
        answers = &mut slow => panic!("the slow {} came first", answers.len()),
        alive = quick => assert!(alive),
    }
    assert_eq!(slow.await.len(), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_finds_no_thread_is_told_so() {
    let node = FakeNode {
        read_takes: Duration::from_millis(2600),
        ..FakeNode::default()
    };
    let config = RpcConfig {
        read_threads: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(node, config).await;
    let slow = rig.call("chain_getHeader", json!([fake::SLOW_HEIGHT]));
    let late = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.fail("chain_getHeader", json!([1])).await
    };
    let (_, error) = tokio::join!(slow, late);
    assert_eq!(
        (error["code"].as_i64(), kind(&error)),
        (Some(1304), "OVERLOADED")
    );
}

#[tokio::test]
async fn the_number_of_open_calls_is_bounded() {
    let config = RpcConfig {
        max_calls: 1,
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    let tx = argosy_rpc_api::Bytes(parity_scale_codec::Encode::encode(&fake::signed(0)));
    let waiting = rig.response("tx_submitAndWait", json!([tx, 500]));
    let late = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        rig.fail("system_health", json!([])).await
    };
    let (_, error) = tokio::join!(waiting, late);
    assert_eq!(kind(&error), "OVERLOADED");
    assert!(is_alive(&rig).await);
}

#[tokio::test]
async fn an_address_that_asks_too_much_must_wait() {
    let config = RpcConfig {
        rate: Some(RateConfig {
            per_second: 10,
            burst: 50,
        }),
        ..RpcConfig::on_free_port()
    };
    let rig = rig(FakeNode::default(), config).await;
    for _ in 0..5 {
        rig.call("chain_getBlock", json!([])).await;
    }
    let error = rig.fail("chain_getBlock", json!([])).await;
    assert_eq!(
        (error["code"].as_i64(), kind(&error)),
        (Some(1301), "RATE_LIMITED")
    );
    let wait_ms = error["data"]["retryAfterMs"].as_u64().unwrap();
    assert!((1..=1000).contains(&wait_ms), "{error}");
    tokio::time::sleep(Duration::from_millis(wait_ms + 20)).await;
    rig.call("chain_getBlock", json!([])).await;
}

/// Whatever it says: who asks nothing that can be answered uses its share all the same.
#[tokio::test]
async fn calls_that_are_refused_cost_their_share() {
    let limited = || RpcConfig {
        rate: Some(RateConfig {
            per_second: 1,
            burst: 50,
        }),
        ..RpcConfig::on_free_port()
    };
    for (method, params, first) in [
        ("no_such", json!([]), "METHOD_NOT_FOUND"),
        ("chain_getHeader", json!({"att": 5}), "INVALID_PARAMS"),
    ] {
        let rig = rig(FakeNode::default(), limited()).await;
        for number in 0..=60 {
            let error = rig.fail(method, params.clone()).await;
            let expected = if number < 50 { first } else { "RATE_LIMITED" };
            // A second may pass meanwhile.
            if !(50..55).contains(&number) {
                assert_eq!(kind(&error), expected, "{method}, call {number}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_once_are_all_answered() {
    let rig = plain_rig().await;
    let calls = (0..300u64).map(|it| rig.call("chain_getHeader", json!([it % 40])));
    let answers = futures::future::join_all(calls).await;
    for (it, answer) in (0u64..).zip(answers) {
        assert_eq!(answer["header"]["height"], it % 40);
    }
}

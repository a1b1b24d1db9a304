//! What passes is tried again; what was sent is asked for, never signed or sent anew.

use std::time::Duration;

use argosy_primitives::{SignedTransaction, TxId};
use argosy_rpc_api::BlockSelector;
use argosy_sdk::{Action, Client, Retry, RetryPolicy, SdkError, dev_account};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::false_node::{FalseNode, Reply};

fn retry() -> Retry {
    let policy = RetryPolicy {
        attempts_max: 4,
        pause_min: Duration::from_millis(2),
        pause_max: Duration::from_millis(4),
        deadline: Duration::from_secs(5),
    };
    Retry::with_source(policy, || 0)
}

fn refuses(code: i32, data: Value) -> Reply {
    Reply::Error(json!({ "code": code, "message": "m", "data": data }))
}

fn overloaded() -> Reply {
    refuses(1304, json!({ "kind": "OVERLOADED", "what": "calls" }))
}

fn limited(retry_after_ms: u32) -> Reply {
    refuses(
        1301,
        json!({ "kind": "RATE_LIMITED", "retryAfterMs": retry_after_ms }),
    )
}

fn not_found(id: TxId) -> Reply {
    refuses(
        1001,
        json!({ "kind": "NOT_FOUND", "what": "transaction", "id": id.to_string() }),
    )
}

fn nonce_too_low() -> Reply {
    refuses(
        1101,
        json!({ "kind": "TX_NONCE_TOO_LOW", "expected": "1", "got": "0" }),
    )
}

fn at() -> Value {
    json!({ "height": 3, "hash": format!("0x{}", "01".repeat(32)) })
}

fn taken(id: TxId) -> Reply {
    Reply::Result(json!({ "txId": id.to_string() }))
}

fn status(id: TxId, status: Value) -> Reply {
    Reply::Result(json!({ "at": at(), "txId": id.to_string(), "status": status, "isFinal": false }))
}

fn signed(client: &Client) -> SignedTransaction {
    let alice = dev_account("alice").unwrap();
    alice.sign(argosy_sdk::Transaction {
        chain: client.chain(),
        signer: alice.public(),
        nonce: 0,
        valid_until: 10,
        gas_limit: 1,
        max_gas_price: 1,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Unjail],
    })
}

/// What a submission is told, what became of it then, and how it ends: methods in the order in which they
/// are asked.
struct Case {
    name: &'static str,
    submit: Vec<Reply>,
    status: Vec<Reply>,
    asked: &'static [&'static str],
    ends: Result<(), &'static str>,
}

fn cases(id: TxId) -> Vec<Case> {
    let pending = || status(id, json!({ "type": "pending" }));
    let dropped = |reason: &str| {
        status(
            id,
            json!({ "type": "dropped", "reason": { "type": reason } }),
        )
    };
    let case = |name, submit, status, asked, ends| Case {
        name,
        submit,
        status,
        asked,
        ends,
    };
    let (s, sa) = (&["tx_submit"][..], &["tx_submit", "tx_getStatus"][..]);
    vec![
        case("taken at once", vec![taken(id)], vec![], s, Ok(())),
        case(
            "busy, then taken",
            vec![overloaded(), limited(3), taken(id)],
            vec![],
            &["tx_submit", "tx_submit", "tx_submit"],
            Ok(()),
        ),
        case(
            "busy for ever",
            vec![overloaded()],
            vec![],
            &["tx_submit", "tx_submit", "tx_submit", "tx_submit"],
            Err("overloaded"),
        ),
        case("refused", vec![nonce_too_low()], vec![], s, Err("nonce")),
        case(
            "unknown, but it is there",
            vec![Reply::HangUp],
            vec![pending()],
            sa,
            Ok(()),
        ),
        case(
            "unknown, for a gateway gave up: it is there",
            vec![Reply::Http(504), nonce_too_low()],
            vec![pending()],
            sa,
            Ok(()),
        ),
        case(
            "unknown, for the node stopped, and it is in a block",
            vec![refuses(1305, json!({ "kind": "STOPPING" }))],
            vec![Reply::HangUp, pending()],
            &["tx_submit", "tx_getStatus", "tx_getStatus"],
            Ok(()),
        ),
        case(
            "unknown, and nobody knows it: the same once more",
            vec![Reply::Garbage, taken(id)],
            vec![not_found(id)],
            &["tx_submit", "tx_getStatus", "tx_submit"],
            Ok(()),
        ),
        case(
            "unknown, and the question fails first",
            vec![Reply::HangUp],
            vec![overloaded(), Reply::HangUp, pending()],
            &["tx_submit", "tx_getStatus", "tx_getStatus", "tx_getStatus"],
            Ok(()),
        ),
        case(
            "unknown, then its nonce is used: by itself",
            vec![Reply::HangUp, nonce_too_low()],
            vec![not_found(id), pending()],
            &["tx_submit", "tx_getStatus", "tx_submit", "tx_getStatus"],
            Ok(()),
        ),
        case(
            "unknown, then its nonce is used: by another",
            vec![Reply::HangUp, nonce_too_low()],
            vec![not_found(id)],
            &["tx_submit", "tx_getStatus", "tx_submit", "tx_getStatus"],
            Err("nonce"),
        ),
        case(
            "unknown, and forgotten by a restart",
            vec![Reply::HangUp, taken(id)],
            vec![dropped("restarted")],
            &["tx_submit", "tx_getStatus", "tx_submit"],
            Ok(()),
        ),
        case(
            "unknown, and let go for a reason",
            vec![Reply::HangUp],
            vec![dropped("nonceUsed")],
            sa,
            Err("dropped"),
        ),
        case(
            "unknown for ever: the error names it",
            vec![Reply::HangUp],
            vec![Reply::HangUp],
            &["tx_submit", "tx_getStatus", "tx_getStatus", "tx_getStatus"],
            Err("outcome is unknown"),
        ),
    ]
}

#[tokio::test]
async fn a_submission_is_never_sent_as_another() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    let transaction = signed(&client);
    let id = transaction.id();
    for case in cases(id) {
        let name = case.name;
        node.does_in_turn("tx_submit", case.submit);
        node.does_in_turn("tx_getStatus", case.status);
        node.asked();
        let ended = retry().submit(&client, &transaction).await;
        let asked = node.asked();
        let methods: Vec<&str> = asked.iter().map(|(method, _)| method.as_str()).collect();
        assert_eq!(methods, case.asked, "{name}");
        let sent = asked.iter().filter(|(method, _)| method == "tx_submit");
        let mut bytes: Vec<&Value> = sent.map(|(_, params)| params).collect();
        bytes.dedup();
        assert_eq!(bytes.len(), 1, "{name}: the same bytes each time");
        match (ended, case.ends) {
            (Ok(found), Ok(())) => assert_eq!(found, id, "{name}"),
            (Err(error), Err(says)) => {
                assert!(error.to_string().contains(says), "{name}: {error}");
                if matches!(error, SdkError::Unsettled { .. }) {
                    assert_eq!(error.tx_id(), Some(id), "{name}");
                }
            }
            (ended, _) => panic!("{name}: {ended:?}"),
        }
    }
}

#[tokio::test]
async fn a_read_is_asked_again_until_the_error_is_of_those_that_stay() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    node.does_in_turn("tx_getStatus", vec![limited(60), not_found(TxId::ZERO)]);
    let error = retry().run(|| client.tx_status(TxId::ZERO)).await;
    assert_eq!(error.unwrap_err().code(), Some(1001), "not tried again");
    assert_eq!(node.asked().len(), 3, "the chain, and twice the status");
}

/// A pause that would end behind the deadline is not begun.
#[tokio::test]
async fn the_deadline_holds_against_the_node() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    node.does("tx_getStatus", limited(60_000));
    let error = retry().run(|| client.tx_status(TxId::ZERO)).await;
    assert_eq!(error.unwrap_err().code(), Some(1301));
    assert_eq!(node.asked().len(), 2, "the chain, and once the status");
}

#[tokio::test]
async fn a_node_that_comes_back_is_found() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}");
    drop(listener);
    let away = retry().run(|| Client::connect(&url)).await.unwrap_err();
    assert!(matches!(away, SdkError::Unreachable { .. }), "{away}");
    let mut patient = Retry::new(RetryPolicy {
        attempts_max: 1_000,
        pause_max: Duration::from_millis(20),
        deadline: Duration::from_secs(10),
        ..RetryPolicy::default()
    });
    let failed = Notify::new();
    let connect = || async {
        let connected = Client::connect(&url).await;
        if connected.is_err() {
            failed.notify_one();
        }
        connected
    };
    let (found, _node) = tokio::join!(patient.run(connect), async {
        failed.notified().await;
        FalseNode::on(TcpListener::bind(address).await.unwrap())
    });
    assert_eq!(found.unwrap().url(), url);
}

/// Signed once, waited for by id, and the receipt is read when it is there.
#[tokio::test]
async fn a_receipt_is_waited_for_by_id() {
    let chain = crate::chain::start(argosy_replica::BlockMode::Interval { period_ms: 50 }).await;
    let pay = Action::Transfer {
        to: dev_account("bob").unwrap().address(),
        amount: 5,
    };
    let alice = dev_account("alice").unwrap();
    let sent = retry()
        .send(&chain.client, &alice, vec![pay], &Default::default())
        .await;
    let answer = argosy_sdk::require_success(sent.unwrap()).unwrap();
    let account = chain.client.account(alice.address(), BlockSelector::Latest);
    assert_eq!(account.await.unwrap().nonce.0, 1);
    assert!(answer.at.height.0 >= 1);
}

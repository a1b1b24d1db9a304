//! The client against servers that are slow, wrong, or no nodes at all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use argosy_primitives::{GenesisHash, TxId};
use argosy_rpc_api::{At, BlockSelector, ChainInfo};
use argosy_sdk::{Action, Category, Client, ClientOptions, SdkError, TxOptions, dev_account};
use argosy_spec::ChainSpec;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a method: its result, or its error, or nothing at all.
#[derive(Clone)]
pub(crate) enum Reply {
    Result(Value),
    Error(Value),
    Http(u16),
    Garbage,
    Silence,
    HangUp,
}

/// What comes in turn, by method; the last of them stays.
type Script = Arc<Mutex<Vec<(&'static str, Vec<Reply>)>>>;
/// What was asked: method and parameters.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

pub(crate) struct FalseNode {
    pub(crate) url: String,
    script: Script,
    asked: Asked,
}

impl FalseNode {
    /// A server that knows its chain and nothing else.
    pub(crate) async fn start() -> FalseNode {
        FalseNode::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// The same, where somebody listens already.
    pub(crate) fn on(listener: TcpListener) -> FalseNode {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (script, asked) = (Script::default(), Asked::default());
        let (served, noted) = (Arc::clone(&script), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&served), Arc::clone(&noted)));
            }
        });
        let node = FalseNode { url, script, asked };
        node.answers("system_chainInfo", chain_info());
        node
    }

    pub(crate) fn answers(&self, method: &'static str, result: Value) {
        self.does(method, Reply::Result(result));
    }

    /// The last word on a method counts.
    pub(crate) fn does(&self, method: &'static str, reply: Reply) {
        self.does_in_turn(method, vec![reply]);
    }

    /// One reply after the other; the last stays.
    pub(crate) fn does_in_turn(&self, method: &'static str, replies: Vec<Reply>) {
        self.script.lock().unwrap().push((method, replies));
    }

    /// What was asked since this was called last.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect_with(&self.url, impatient()).await.unwrap()
    }
}

fn impatient() -> ClientOptions {
    ClientOptions {
        request_timeout: Duration::from_millis(200),
        wait_timeout: Duration::from_millis(100),
        ..ClientOptions::default()
    }
}

fn chain_info() -> Value {
    let spec = ChainSpec::dev();
    let at = At::new(0, argosy_primitives::BlockHash::ZERO);
    serde_json::to_value(ChainInfo::new(at, &spec, spec.genesis_hash(), 1)).unwrap()
}

/// Answers requests of one connection until it is told to be silent.
async fn serve(mut socket: TcpStream, script: Script, asked: Asked) -> Option<()> {
    loop {
        let request: Value = serde_json::from_slice(&read_body(&mut socket).await?).ok()?;
        let method = request["method"].as_str()?;
        let noted = (method.to_owned(), request["params"].clone());
        asked.lock().unwrap().push(noted);
        let reply = next_reply(&script, method);
        let (status, body) = match reply {
            Reply::Result(result) => (
                200,
                json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string(),
            ),
            Reply::Error(error) => (
                200,
                json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }).to_string(),
            ),
            Reply::Http(status) => (status, String::new()),
            Reply::Garbage => (200, "<html>".to_owned()),
            Reply::HangUp => return None,
            Reply::Silence => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                return None;
            }
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        socket.write_all((head + &body).as_bytes()).await.ok()?;
    }
}

fn next_reply(script: &Script, method: &str) -> Reply {
    let mut script = script.lock().unwrap();
    let known = script.iter_mut().rev().find(|(it, _)| *it == method);
    match known {
        Some((_, replies)) if replies.len() > 1 => replies.remove(0),
        Some((_, replies)) => replies.first().cloned().unwrap_or(Reply::HangUp),
        None => Reply::Http(404),
    }
}

async fn read_body(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1)?;
            let length: usize = length.split("\r\n").next()?.parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some(bytes[end + 4..end + 4 + length].to_vec());
            }
        }
        let mut chunk = [0; 4096];
        match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::connect(&url).await.unwrap_err();
    assert_eq!(error.category(), Category::Network, "{error}");
    assert!(error.to_string().contains(&url), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_url_is_checked_before_anything_is_asked() {
    for url in ["", "localhost", "ftp://localhost", "http://"] {
        let error = Client::connect(url).await.unwrap_err();
        assert_eq!(error.category(), Category::Input, "{url}: {error}");
        assert!(
            error.to_string().contains("http://127.0.0.1:9533"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_no_node_is_told() {
    let node = FalseNode::start().await;
    let connect = async || {
        Client::connect_with(&node.url, impatient())
            .await
            .unwrap_err()
    };
    node.does("system_chainInfo", Reply::Http(404));
    let error = connect().await;
    assert!(
        matches!(error, SdkError::HttpStatus { status: 404, .. }),
        "{error}"
    );
    assert_eq!(error.category(), Category::Network);
    node.does("system_chainInfo", Reply::Garbage);
    let error = connect().await;
    assert_eq!(error.category(), Category::BadAnswer, "{error}");
    node.answers("system_chainInfo", json!({ "name": "x" }));
    let error = connect().await;
    assert_eq!(error.category(), Category::BadAnswer, "{error}");
    assert!(error.to_string().contains("system_chainInfo"), "{error}");
    node.does("system_chainInfo", Reply::HangUp);
    let error = connect().await;
    assert_eq!(error.category(), Category::Network, "{error}");
    node.does("system_chainInfo", Reply::Silence);
    let error = connect().await;
    assert!(
        matches!(error, SdkError::Timeout { waited_ms: 200, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn another_chain_is_refused() {
    let node = FalseNode::start().await;
    let options = ClientOptions {
        chain: Some(GenesisHash::ZERO),
        ..impatient()
    };
    let error = Client::connect_with(&node.url, options).await.unwrap_err();
    assert!(matches!(error, SdkError::OtherChain { .. }), "{error}");
    let client = node.client().await;
    assert_eq!(client.chain(), ChainSpec::dev().genesis_hash());
    // The node behind the address is exchanged.
    let mut other = chain_info();
    other["genesisHash"] = json!(GenesisHash::ZERO.to_string());
    node.answers("system_chainInfo", other);
    let error = client.chain_info().await.unwrap_err();
    assert_eq!(error.category(), Category::BadAnswer, "{error}");
}

#[tokio::test]
async fn a_header_without_its_hash_is_refused() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    let zero = format!("0x{}", "00".repeat(32));
    let header = json!({
        "version": 1, "chain": client.chain().to_string(), "height": 1, "timeMs": 1, "parent": zero,
        "proposer": dev_account("bob").unwrap().address().to_text(client.hrp()), "round": 0,
        "validators": zero, "nextValidators": zero, "lastCertificate": zero, "txRoot": zero,
        "evidenceRoot": zero, "basePrice": "1", "gasUsed": "0", "stateRoot": zero,
        "receiptsRoot": zero,
    });
    let answer = json!({ "at": { "height": 1, "hash": zero }, "header": header });
    node.answers("chain_getHeader", answer.clone());
    let error = client.header(BlockSelector::Latest).await.unwrap_err();
    assert!(
        error.to_string().contains("does not have the hash"),
        "{error}"
    );
    let mut other = answer;
    other["header"]["chain"] = json!(zero);
    node.answers("chain_getFinalizedHead", other);
    let error = client.finalized_head().await.unwrap_err();
    assert!(matches!(error, SdkError::OtherChain { .. }), "{error}");
}

#[tokio::test]
async fn errors_of_the_node_keep_code_kind_and_facts() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    let data = json!({ "kind": "NOT_FOUND", "what": "block", "id": "7", "docs": "x" });
    node.does(
        "chain_getHeader",
        Reply::Error(json!({ "code": 1001, "message": "m", "data": data })),
    );
    let error = client.header(BlockSelector::Height(7)).await.unwrap_err();
    assert_eq!(error.code(), Some(1001));
    assert_eq!(error.rpc().map(|it| it.kind()), Some("NOT_FOUND"));
    assert_eq!(error.to_string(), "block 7 not found");
    assert_eq!(error.category(), Category::Refused);
    let unknown = json!({ "code": 1999, "message": "of a newer node", "data": { "kind": "NEW" } });
    node.does("chain_getHeader", Reply::Error(unknown));
    let error = client.header(BlockSelector::Latest).await.unwrap_err();
    assert_eq!((error.code(), error.rpc()), (Some(1999), None));
    assert!(error.to_string().contains("of a newer node"), "{error}");
    let timeout =
        json!({ "kind": "WAIT_TIMEOUT", "txId": TxId::ZERO.to_string(), "waitedMs": 100 });
    node.does(
        "tx_getReceipt",
        Reply::Error(json!({ "code": 1005, "message": "m", "data": timeout })),
    );
    let error = client.receipt(TxId::ZERO).await.unwrap_err();
    assert_eq!(error.category(), Category::Timeout);
}

fn failed(code: i32, kind: &str) -> Reply {
    let data = json!({ "kind": kind, "reference": "x" });
    Reply::Error(json!({ "code": code, "message": "m", "data": data }))
}

/// Whatever happens after sending, the error names the transaction.
#[tokio::test]
async fn a_sent_transaction_is_never_lost() {
    let node = FalseNode::start().await;
    let client = node.client().await;
    let alice = dev_account("alice").unwrap();
    let transaction = argosy_sdk::Transaction {
        chain: client.chain(),
        signer: alice.public(),
        nonce: 0,
        valid_until: 10,
        gas_limit: 1,
        max_gas_price: 1,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Unjail],
    };
    let signed = alice.sign(transaction);
    let replies = [
        (Reply::Silence, Category::Timeout),
        (Reply::HangUp, Category::Network),
        (Reply::Garbage, Category::BadAnswer),
        (Reply::Http(502), Category::Network),
        (failed(-32603, "INTERNAL"), Category::Refused),
        (failed(1305, "STOPPING"), Category::Refused),
    ];
    for (reply, category) in replies {
        node.does("tx_submitAndWait", reply.clone());
        let error = client.submit_and_wait(&signed).await.unwrap_err();
        assert_eq!(error.tx_id(), Some(signed.id()), "{error}");
        assert_eq!(error.category(), category, "{error}");
        node.does("tx_submit", reply);
        let error = client.submit(&signed).await.unwrap_err();
        assert_eq!(error.tx_id(), Some(signed.id()), "{error}");
    }
    node.answers("tx_submit", json!({ "txId": TxId::ZERO.to_string() }));
    let error = client.submit(&signed).await.unwrap_err();
    assert_eq!(error.category(), Category::BadAnswer, "{error}");
    // Before it is sent nothing is lost either.
    let options = TxOptions::default();
    let error = client
        .send(&alice, vec![Action::Unjail], &options)
        .await
        .unwrap_err();
    assert_eq!(error.tx_id(), None, "{error}");
}

//! Plain HTTP and JSON for tests.

use std::net::SocketAddr;
use std::sync::Arc;

use argosy_rpc::{RpcConfig, RpcServer, Traces};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::fake::FakeNode;

/// A server before a fake node.
pub(crate) struct Rig {
    pub(crate) server: RpcServer,
    pub(crate) node: Arc<FakeNode>,
}

/// An HTTP answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) async fn rig(node: FakeNode, config: RpcConfig) -> Rig {
    let node = Arc::new(node);
    let port: Arc<dyn argosy_rpc::Node> = node.clone();
    let server = RpcServer::start(config, port, &Handle::current()).await;
    Rig {
        server: server.unwrap(),
        node,
    }
}

/// A server whose calls are followed.
pub(crate) async fn traced_rig(node: FakeNode, traces: Arc<dyn Traces>) -> Rig {
    let (node, config) = (Arc::new(node), RpcConfig::on_free_port());
    let port: Arc<dyn argosy_rpc::Node> = node.clone();
    let server = RpcServer::start_traced(config, port, Some(traces), &Handle::current()).await;
    Rig {
        server: server.unwrap(),
        node,
    }
}

pub(crate) async fn plain_rig() -> Rig {
    rig(FakeNode::default(), RpcConfig::on_free_port()).await
}

impl Rig {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Sends raw bytes and reads until the server closes.
    pub(crate) async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        // A server that has seen enough may close before it has read everything.
        let _ = stream.write_all(request).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        Answer {
            status: status.unwrap_or(0),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Sends a request with these header lines besides the usual ones.
    pub(crate) async fn http(&self, line: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.raw(request.as_bytes()).await
    }

    /// Posts a body as a well-behaved client does.
    pub(crate) async fn post(&self, body: &str) -> Answer {
        let headers = "Host: localhost\r\nContent-Type: application/json\r\n";
        self.http("POST /", headers, body).await
    }

    /// Calls a method; returns the whole response object.
    pub(crate) async fn response(&self, method: &str, params: Value) -> Value {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.post(&request.to_string()).await;
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no JSON: {}", answer.body))
    }

    /// Calls a method that must succeed.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        let method = method.to_owned();
        async move {
            let response = self.response(&method, params).await;
            let result = response.get("result");
            result
                .unwrap_or_else(|| panic!("{caller}: {method}: {response}"))
                .clone()
        }
    }

    /// Calls a method that must fail; returns the error object.
    #[track_caller]
    pub(crate) fn fail(&self, method: &str, params: Value) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        let method = method.to_owned();
        async move {
            let response = self.response(&method, params).await;
            let error = response.get("error");
            error
                .unwrap_or_else(|| panic!("{caller}: {method}: {response}"))
                .clone()
        }
    }
}

/// The error's stable name.
pub(crate) fn kind(error: &Value) -> &str {
    error["data"]["kind"].as_str().unwrap_or("none")
}

//! A collector on this machine: takes OTLP over HTTP and keeps what it is told.
//!
//! Tests of `argosyd` use this file, too.

#![allow(dead_code)] // no suite asks for all of it

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// A running collector.
pub(crate) struct Collector {
    address: SocketAddr,
    exports: mpsc::UnboundedReceiver<Export>,
    seen: Vec<Seen>,
    accepting: JoinHandle<()>,
}

/// A request of an exporter.
struct Export {
    /// The header `authorization`.
    token: String,
    spans: ExportTraceServiceRequest,
}

/// A span, as a collector sees it. Ids are hexadecimal digits.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) is_failed: bool,
    pub(crate) took: Duration,
    pub(crate) facts: BTreeMap<String, String>,
    /// Who says so.
    pub(crate) resource: BTreeMap<String, String>,
    /// And by what right; empty: none.
    pub(crate) token: String,
}

impl Collector {
    /// Takes everything.
    pub(crate) async fn start() -> Collector {
        Collector::answering(StatusCode::OK).await
    }

    /// Answers everything with this status.
    pub(crate) async fn answering(status: StatusCode) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, exports) = mpsc::unbounded_channel();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, status, told.clone()));
            }
        });
        Collector {
            address,
            exports,
            seen: Vec::new(),
            accepting,
        }
    }

    /// Its address, as settings have it.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All spans so far, once there are so many.
    pub(crate) async fn spans(&mut self, count: usize) -> Vec<Seen> {
        while self.seen.len() < count {
            let export = timeout(SOON, self.exports.recv()).await;
            let export = export.unwrap_or_else(|_| panic!("only {:#?}", self.seen));
            self.seen.extend(seen(&export.unwrap()));
        }
        self.seen.clone()
    }

    /// The span of this name, of which there is one.
    #[track_caller]
    pub(crate) fn the<'a>(spans: &'a [Seen], name: &str) -> &'a Seen {
        let mut named = spans.iter().filter(|it| it.name == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span,
            _ => panic!("not one {name} in {spans:#?}"),
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, status: StatusCode, told: mpsc::UnboundedSender<Export>) {
    let service = service_fn(move |request| take(request, status, told.clone()));
    // Whoever sends may go away.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn take(
    request: Request<Incoming>,
    status: StatusCode,
    told: mpsc::UnboundedSender<Export>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri().path(), "/v1/traces");
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    let token = request.headers().get("authorization");
    let token = token.map_or("", |it| it.to_str().unwrap()).to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let spans = ExportTraceServiceRequest::decode(body).unwrap();
    if status.is_success() {
        let _ = told.send(Export { token, spans });
    }
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    Ok(answer)
}

fn seen(export: &Export) -> Vec<Seen> {
    let mut seen = Vec::new();
    for whose in &export.spans.resource_spans {
        let resource = whose.resource.as_ref().unwrap();
        let resource = facts(&resource.attributes);
        for span in whose.scope_spans.iter().flat_map(|it| &it.spans) {
            seen.push(Seen::new(span, &resource, &export.token));
        }
    }
    seen
}

impl Seen {
    fn new(span: &Span, resource: &BTreeMap<String, String>, token: &str) -> Seen {
        let status = span.status.as_ref().map_or(0, |it| it.code);
        let took = span
            .end_time_unix_nano
            .checked_sub(span.start_time_unix_nano);
        Seen {
            name: span.name.clone(),
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            is_failed: status == SpanStatus::Error as i32,
            took: Duration::from_nanos(took.unwrap()),
            facts: facts(&span.attributes),
            resource: resource.clone(),
            token: token.to_owned(),
        }
    }
}

fn facts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |it: &KeyValue| match it.value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let facts = attributes.iter().map(|it| (it.key.clone(), text(it)));
    facts.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

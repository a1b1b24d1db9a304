//! Calls that are followed, from a client to the block on disk.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use argosy_primitives::SignedTransaction;
use parity_scale_codec::Encode;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::time::sleep;

use crate::collector::{Collector, Seen};
use crate::world::{Daemon, Ended, pay, run_command, transfer};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CLIENT: &str = "00f067aa0ba902b7";

/// A daemon that follows calls whose clients say so, and no others.
fn start(folder: &std::path::Path, dev: &str, collector: &Collector) -> Daemon {
    let endpoint = collector.endpoint();
    let words = [dev, "--traces.sample", "0", "--traces.endpoint", &endpoint];
    Daemon::start(folder, &words)
}

/// Submits a transaction over HTTP, with the client's trace; the whole answer.
fn submit(daemon: &Daemon, tx: &SignedTransaction) -> Value {
    let params = [const_hex::encode_prefixed(tx.encode())];
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tx_submit", "params": params});
    post(daemon, "", &call).1
}

/// Calls over HTTP, with the client's trace and other lines of a head: the answer's head and body.
fn post(daemon: &Daemon, lines: &str, call: &Value) -> (String, Value) {
    let traceparent = format!("traceparent: 00-{TRACE}-{CLIENT}-01\r\n");
    post_traced(daemon, &traceparent, lines, call)
}

fn post_traced(daemon: &Daemon, traceparent: &str, lines: &str, call: &Value) -> (String, Value) {
    let (call, address) = (call.to_string(), daemon.rpc().replace("http://", ""));
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         {traceparent}{lines}Connection: close\r\nContent-Length: {}\r\n\r\n{call}",
        call.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

/// Looks until a line of `/metrics` is there.
async fn told(daemon: &Daemon, line: &str) {
    let begin = Instant::now();
    loop {
        let (_, text) = daemon.ops("/metrics");
        if text.lines().any(|it| it == line) {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "no {line}: {text}"
        );
        sleep(Duration::from_millis(50)).await;
    }
}

/// They are of the client's trace: the call below the client, the others below the call.
#[track_caller]
fn check_tree(spans: &[Seen], others: &[&str]) {
    let call = Collector::the(spans, "tx_submit");
    assert_eq!((&call.trace[..], &call.parent[..]), (TRACE, CLIENT));
    for name in others {
        let span = Collector::the(spans, name);
        assert_eq!(span.trace, TRACE, "{name}");
        assert_eq!(span.parent, call.id, "{name}");
    }
    assert_eq!(spans.len(), 1 + others.len(), "{spans:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_followed_into_its_block() {
    let mut collector = Collector::start().await;
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), "--dev", &collector);
    let tx = transfer(&daemon.client().await, 0);
    let id = tx.id().to_string();
    assert_eq!(submit(&daemon, &tx)["result"]["txId"], id.as_str());

    let spans = collector.spans(3).await;
    check_tree(&spans, &["admitted", "committed"]);
    let call = Collector::the(&spans, "tx_submit");
    assert_eq!(call.facts["rpc.method"], "tx_submit");
    assert_eq!(call.facts["argosy.transport"], "http");
    assert_eq!(call.resource["service.name"], "argosyd");
    assert_eq!(Collector::the(&spans, "admitted").facts["argosy.tx.id"], id);
    let committed = Collector::the(&spans, "committed");
    for (key, value) in [
        ("argosy.tx.id", id.as_str()),
        ("argosy.block.height", "1"),
        ("argosy.tx.status", "success"),
        ("argosy.outcome", "committed"),
    ] {
        assert_eq!(committed.facts[key], value);
    }
    assert!(spans.iter().all(|it| !it.is_failed), "{spans:#?}");
    told(&daemon, "argosy_traces_exported_total 3").await;
    told(&daemon, "argosy_traces_dropped_total 0").await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_followed_until_somebody_makes_its_block() {
    const PAUSE: Duration = Duration::from_millis(1200);
    let mut collector = Collector::start().await;
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), "--dev=manual", &collector);
    let client = daemon.client().await;
    submit(&daemon, &transfer(&client, 0));
    assert_eq!(collector.spans(2).await.len(), 2);
    sleep(PAUSE).await;
    client.mine().await.unwrap();
    let spans = collector.spans(3).await;
    check_tree(&spans, &["admitted", "committed"]);
    assert!(Collector::the(&spans, "committed").took >= PAUSE);
    assert!(Collector::the(&spans, "tx_submit").took < PAUSE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_the_trace() {
    let mut collector = Collector::start().await;
    let folder = tempdir().unwrap();
    let daemon = start(folder.path(), "--dev", &collector);
    let answer = submit(&daemon, &transfer(&daemon.client().await, u64::MAX));
    let code = answer["error"]["code"].to_string();
    let spans = collector.spans(2).await;
    check_tree(&spans, &["admitted"]);
    for span in &spans {
        assert_eq!(span.facts["rpc.jsonrpc.error_code"], code);
        assert!(span.is_failed, "{span:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_collector_is_gone_misses_nothing() {
    let folder = tempdir().unwrap();
    let words = [
        "--dev",
        "--traces.sample",
        "1000",
        "--traces.endpoint",
        "http://127.0.0.1:1",
    ];
    let daemon = Daemon::start(folder.path(), &words);
    pay(&daemon.client().await).await;
    told(&daemon, "argosy_traces_exported_total 0").await;
    let begin = Instant::now();
    while daemon
        .ops("/metrics")
        .1
        .contains("argosy_traces_dropped_total 0")
    {
        assert!(begin.elapsed() < Duration::from_secs(20));
        sleep(Duration::from_millis(50)).await;
    }
    let log = daemon.stop();
    assert_eq!(log.matches("traces.refused").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn opentelemetrys_variables_name_collector_sampler_and_node() {
    const SECRET: &str = "s3cret";
    let mut collector = Collector::start().await;
    let folder = tempdir().unwrap();
    let mut command = run_command(folder.path(), &["--dev"]);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .env(
            "OTEL_EXPORTER_OTLP_HEADERS",
            format!("authorization=Bearer%20{SECRET}"),
        )
        .env("OTEL_SERVICE_NAME", "validator-7")
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "host.name=elsewhere,deployment.environment.name=test",
        )
        .env("OTEL_TRACES_SAMPLER", "always_on");
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|ended| panic!("{ended:#?}"));
    let health = json!({"jsonrpc": "2.0", "id": 1, "method": "system_health"});
    let address = daemon.rpc().replace("http://", "");
    // Whoever only looks at its health leaves no trace; calls do without a trace of the client's, and with one.
    assert_eq!(crate::world::http(&address, "GET /health HTTP/1.1").0, 200);
    post_traced(&daemon, "", "", &health);
    post(&daemon, "", &health);

    let spans = collector.spans(2).await;
    for span in &spans {
        assert_eq!(span.token, format!("Bearer {SECRET}"));
        for (key, value) in [
            ("service.name", "validator-7"),
            ("host.name", "elsewhere"),
            ("deployment.environment.name", "test"),
            ("argosy.network", "dev"),
        ] {
            assert_eq!(
                span.resource.get(key).map(String::as_str),
                Some(value),
                "{key}"
            );
        }
    }
    assert!(spans[0].parent.chars().all(|it| it == '0'), "{spans:#?}");
    assert_eq!(spans[1].trace, TRACE);
    let log = daemon.stop();
    assert!(
        log.contains("validator-7") && !log.contains(SECRET),
        "{log}"
    );

    command.env("OTEL_TRACES_SAMPLER", "xray");
    Ended::of(&mut command).fails(2, &["OTEL_TRACES_SAMPLER = xray", "always_on"]);
}

#[test]
fn lines_of_the_log_say_which_call_they_are_of() {
    for format in ["json", "logfmt", "pretty"] {
        let folder = tempdir().unwrap();
        let filter = "info,rpc=debug";
        let words = [
            "--dev=manual",
            "--log.format",
            format,
            "--log.filter",
            filter,
        ];
        let daemon = Daemon::start(folder.path(), &words);
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getHeader", "params": [9]});
        let (head, answer) = post(&daemon, "x-request-id: mine-7\r\n", &call);
        assert!(
            head.to_lowercase().contains("x-request-id: mine-7"),
            "{head}"
        );
        assert_eq!(answer["error"]["data"]["requestId"], "mine-7", "{answer}");
        // One that names nothing is called like its trace.
        let (_, answer) = post(&daemon, "", &call);
        assert_eq!(answer["error"]["data"]["requestId"], TRACE, "{answer}");

        let log = daemon.stop();
        let mut lines = log.lines().filter(|it| it.contains("mine-7"));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            panic!("not one line: {log}");
        };
        if format == "json" {
            let line: Value = serde_json::from_str(line).unwrap();
            for (key, value) in [
                ("message", "served a call"),
                ("method", "chain_getHeader"),
                ("requestId", "mine-7"),
                ("trace_id", TRACE),
            ] {
                assert_eq!(line[key], value, "{line}");
            }
        } else {
            let names = format!(" requestId=mine-7 trace_id={TRACE}");
            assert!(
                line.ends_with(&names) && line.contains("served a call"),
                "{line}"
            );
        }
        // Nobody's call began the node.
        let serving = log.lines().find(|it| it.contains("node.serving")).unwrap();
        assert!(!serving.contains("requestId"), "{serving}");
    }
}

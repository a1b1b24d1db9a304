//! What becomes of spans that ended.

use std::time::{Duration, Instant};

use argosy_traces::{Config, Exporting, Traceparent, Tracer};
use hyper::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::collector::Collector;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn tracer(endpoint: &str) -> (Tracer, Exporting) {
    let config = Config {
        endpoint: endpoint.parse().unwrap(),
        sample: 1000,
        clients_decide: true,
        resource: vec![("service.name".to_owned(), "test".to_owned())],
    };
    Tracer::start(&config).unwrap()
}

/// Exports in a task of its own.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn of(exporting: Exporting) -> Running {
        let (stop, asked) = oneshot::channel();
        let task = tokio::spawn(exporting.run(async {
            let _ = asked.await;
        }));
        Running { stop, task }
    }

    /// Stops it; how long that took.
    async fn stop(self) -> Duration {
        let begin = Instant::now();
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        begin.elapsed()
    }
}

fn call(tracer: &Tracer) {
    tracer.begin("call", None).unwrap().end();
}

#[tokio::test]
async fn a_call_and_its_parts_reach_the_collector_in_their_clients_trace() {
    let mut collector = Collector::start().await;
    let (tracer, exporting) = tracer(&collector.endpoint());
    let running = Running::of(exporting);
    let parent: Traceparent = PARENT.parse().unwrap();
    let mut call = tracer.begin("tx_submit", Some(parent)).unwrap();
    call.set("rpc.method", "tx_submit");
    let mut part = call.child("admitted");
    part.set_number("answer", -42);
    part.fail("it does not pay");
    let late = call.child("committed");
    drop((part, call));
    late.end();

    let spans = collector.spans(3).await;
    let (call, part) = (
        Collector::the(&spans, "tx_submit"),
        Collector::the(&spans, "admitted"),
    );
    for span in &spans {
        assert_eq!(span.trace, PARENT[3..35]);
        assert_eq!(span.resource["service.name"], "test");
        assert_eq!(span.resource.len(), 1, "{:?}", span.resource);
    }
    assert_eq!(call.parent, PARENT[36..52]);
    assert_eq!(call.facts["rpc.method"], "tx_submit");
    assert!(!call.is_failed && part.is_failed);
    assert_eq!(
        (&part.parent, &part.facts["answer"]),
        (&call.id, &"-42".to_owned())
    );
    assert_eq!(Collector::the(&spans, "committed").parent, call.id);

    running.stop().await;
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (3, 0)
    );
}

#[tokio::test]
async fn what_is_left_at_the_end_is_exported() {
    let mut collector = Collector::start().await;
    let (tracer, exporting) = tracer(&collector.endpoint());
    // More than one batch.
    (0..1000).for_each(|_| call(&tracer));
    Running::of(exporting).stop().await;
    assert_eq!(collector.spans(1000).await.len(), 1000);
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (1000, 0)
    );
}

#[tokio::test]
async fn what_a_collector_refuses_is_lost_and_counted() {
    let collector = Collector::answering(StatusCode::BAD_REQUEST).await;
    let (tracer, exporting) = tracer(&collector.endpoint());
    (0..10).for_each(|_| call(&tracer));
    let running = Running::of(exporting);
    let begin = Instant::now();
    while tracer.metrics().dropped() < 10 {
        assert!(begin.elapsed() < Duration::from_secs(20));
        sleep(Duration::from_millis(20)).await;
    }
    running.stop().await;
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (0, 10)
    );
}

#[tokio::test]
async fn without_a_collector_spans_are_lost_and_the_end_is_soon() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (tracer, exporting) = tracer(&endpoint);
    (0..1000).for_each(|_| call(&tracer));
    let took = Running::of(exporting).stop().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (0, 1000)
    );
}

#[tokio::test]
async fn a_collector_that_says_nothing_holds_nobody_up() {
    // It takes connections, and reads nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (tracer, exporting) = tracer(&format!("http://{}", silent.local_addr().unwrap()));
    let running = Running::of(exporting);
    (0..10).for_each(|_| call(&tracer));
    // Into the middle of an export.
    sleep(Duration::from_millis(1500)).await;
    let begin = Instant::now();
    (0..10).for_each(|_| call(&tracer));
    assert!(begin.elapsed() < Duration::from_secs(1));
    let took = running.stop().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (0, 20)
    );
}

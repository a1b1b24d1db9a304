//! What becomes of spans that ended.

use std::time::Duration;

use argosy_traces::{Config, Exporting, Traceparent, Tracer};
use hyper::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::collector::Collector;

/// Only against waiting for ever.
const SOON: Duration = Duration::from_secs(60);
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

    /// Stops it, and waits for its end.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        let ended = timeout(SOON, self.task).await;
        ended.expect("it never ends").unwrap();
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
    let lost = async {
        while tracer.metrics().dropped() < 10 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, lost).await.expect("they are never lost");
    running.stop().await;
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (0, 10)
    );
}

#[tokio::test]
async fn without_a_collector_spans_are_lost_and_it_ends() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let (tracer, exporting) = tracer(&endpoint);
    (0..1000).for_each(|_| call(&tracer));
    Running::of(exporting).stop().await;
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
    // In the middle of an export.
    let held = timeout(SOON, silent.accept()).await;
    let held = held.expect("nothing is exported").unwrap();
    (0..10).for_each(|_| call(&tracer));
    running.stop().await;
    // All of that before the collector said a word, or hung up.
    drop(held);
    assert_eq!(
        (tracer.metrics().exported(), tracer.metrics().dropped()),
        (0, 20)
    );
}

//! What comes, as it comes: events and blocks.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::world::{Dev, argosy, command};

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(25);

fn documents(stdout: &str) -> Vec<Value> {
    let lines = stdout.lines().map(serde_json::from_str);
    lines
        .collect::<Result<_, _>>()
        .expect("one JSON document a line")
}

#[test]
fn events_are_printed_each_once_from_a_cursor_on() {
    let dev = Dev::start();
    for amount in 1..=4 {
        dev.line(&format!(
            "tx transfer --from alice --to bob --amount {amount}"
        ))
        .ok();
    }
    let page = dev.json("events query --after 1.0.0");
    let watched = dev
        .line("events watch --after 1.0.0 --count 3 -o json")
        .ok()
        .stdout;
    let watched = documents(&watched);
    assert_eq!(Value::Array(watched.clone()), page["events"]);
    let cursors: Vec<_> = watched.iter().map(|it| it["cursor"].clone()).collect();
    assert_eq!(cursors, ["2.0.0", "3.0.0", "4.0.0"]);

    dev.line("events watch --after 2.0.0 --count 1")
        .ok()
        .shows(&["3.0.0  Transferred { from: alice, to: bob, amount: "]);
    dev.line("events watch --after 9").fails(2, &["cursor"]);
}

/// A command that runs, and its lines as they come.
struct Watch {
    child: Child,
    lines: Receiver<Value>,
}

impl Watch {
    fn start(url: &str, words: &[&str]) -> Watch {
        let mut child = command(words)
            .env("ARGOSY_RPC_URL", url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (told, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let document = serde_json::from_str(&line).expect("a JSON document a line");
                if told.send(document).is_err() {
                    return;
                }
            }
        });
        Watch { child, lines }
    }

    /// The cursors of so many more.
    fn cursors(&self, count: usize) -> Vec<String> {
        let next = || self.lines.recv_timeout(SOON).expect("a line in time");
        let cursor = |line: Value| line["cursor"].as_str().unwrap().to_owned();
        (0..count).map(|_| cursor(next())).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn events_are_printed_each_once_while_the_node_goes_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("chain.state");
    let options = ["--state", state.to_str().unwrap()];
    let pay = |dev: &Dev, amount: u32| {
        let line = format!("tx transfer --from alice --to bob --amount {amount}");
        dev.line(&line).ok();
    };
    let mut dev = Dev::start_with(&options);
    let port: u16 = dev.url.rsplit(':').next().unwrap().parse().unwrap();
    pay(&dev, 1);
    let words = "events watch --after 0.0.0 --count 6 -o json";
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut watch = Watch::start(&dev.url, &words);
    let mut seen = watch.cursors(1);
    for round in 1..=2 {
        // One that is told, and one that the end may come before.
        pay(&dev, 10 * round);
        seen.extend(watch.cursors(1));
        pay(&dev, 10 * round + 1);
        assert_eq!(dev.signal("-TERM"), Some(0));
        dev = Dev::start_at(port, &options);
    }
    pay(&dev, 99);
    seen.extend(watch.cursors(3));
    assert_eq!(watch.child.wait().unwrap().code(), Some(0));
    let page = dev.json("events query");
    let events = page["events"].as_array().unwrap();
    let all: Vec<_> = events
        .iter()
        .map(|it| it["cursor"].as_str().unwrap())
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn blocks_are_printed_from_a_height_on() {
    let dev = Dev::start();
    for _ in 0..3 {
        dev.line("tx transfer --from alice --to bob --amount 1")
            .ok();
    }
    let watched = dev
        .line("block watch --after 0 --count 3 -o json")
        .ok()
        .stdout;
    let heads = documents(&watched);
    assert_eq!(heads.len(), 3);
    for (height, head) in (1..).zip(&heads) {
        let block = dev.json(&format!("block get {height}"));
        assert_eq!(head["at"], block["at"]);
        assert_eq!(head["header"], block["header"]);
    }
    let newest = heads[2]["at"]["hash"].as_str().unwrap();
    dev.line("block watch --count 1")
        .ok()
        .shows(&["3  0x", newest, " UTC  ", " gas"]);
}

#[test]
fn without_a_node_it_says_so() {
    let words = ["events", "watch", "--rpc-url", "http://127.0.0.1:1"];
    argosy(&words).fails(4, &["cannot be reached"]);
}

//! Prometheus itself over nodes of a test, with our own configuration and alerts, and other targets.
//!
//! Always: it listens where the system lets it, keeps what it learns in a folder of its own, and ends with its value.
//! Not here: what it should find (`monitoring`).

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::network::SOON;
use crate::world::http;

/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it asks nodes and evaluates rules, in the file and here.
const INTERVALS: (&str, &str) = ("_interval: 5s", "_interval: 1s");

/// A server; killed when dropped.
pub(crate) struct Prometheus {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Prometheus {
    /// Watches these, whether they are there yet or not.
    pub(crate) async fn start(targets: &[SocketAddr]) -> Prometheus {
        let folder = tempdir().unwrap();
        let place = folder.path();
        fs::write(place.join("prometheus.yml"), configuration(targets)).unwrap();
        // It looks for them beside its configuration.
        fs::write(place.join("rules.yaml"), rules()).unwrap();
        let child = Command::new("prometheus")
            .current_dir(place)
            .args([
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                "--web.listen-address=127.0.0.1:0",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(place.join("log")).unwrap())
            .spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("prometheus: {error}; run ./x test, which installs it (Debian: prometheus)")
        });
        let mut server = Prometheus {
            child,
            address: String::new(),
            folder,
        };
        let listens = |it: &Prometheus| listening(&it.log()).ok_or_else(String::new);
        let address = server.until("it listens", listens).await;
        server.address = address;
        server
    }

    /// Looks until something is there, and gives it. What was wrong last is what the test fails with.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Prometheus) -> Result<T, String>,
    ) -> T {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("prometheus ended, {status}: {}", self.log());
            }
            match look(self) {
                Ok(found) => return found,
                Err(wrong) => {
                    assert!(begin.elapsed() < SOON, "{what}: {wrong}\n{}", self.log());
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What a question of its HTTP API is answered with; `Err`: it does not answer yet, or refuses.
    pub(crate) fn ask(&self, question: &str) -> Result<Value, String> {
        // By HTTP/1.1 a long answer would come in pieces.
        let line = format!("GET /api/v1/{question} HTTP/1.0");
        let (status, text) = http(&self.address, &line);
        let mut answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if status == 200 && answer["status"] == "success" {
            return Ok(answer["data"].take());
        }
        Err(format!("{question}: {status} {text}"))
    }

    /// The series that an expression has now.
    pub(crate) fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let answer = self.ask(&format!("query?query={}", escaped(expression)))?;
        Ok(list(&answer["result"]))
    }

    fn log(&self) -> String {
        // It may be in the midst of a line.
        let bytes = fs::read(self.folder.path().join("log")).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // One that is gone already cannot be ended, and has nothing to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address that a log tells.
fn listening(log: &str) -> Option<String> {
    let mut lines = log.lines();
    let line = lines.find(|it| it.contains("msg=\"Listening on\""))?;
    let (_, address) = line.split_once(" address=")?;
    let address = address.split(' ').next()?;
    let is_whole = log.ends_with('\n') && address.parse::<SocketAddr>().is_ok();
    is_whole.then(|| address.to_owned())
}

/// What containers of a test network are watched with, except whom and how often.
fn configuration(targets: &[SocketAddr]) -> String {
    let file = repository().join("testnet/monitoring/prometheus.yml");
    let text = fs::read_to_string(file).unwrap();
    let (before, rest) = text.split_once("targets: [").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    let targets: Vec<String> = targets.iter().map(|it| format!("\"{it}\"")).collect();
    let text = format!("{before}targets: [{}]{after}", targets.join(", "));
    assert_eq!(text.matches(INTERVALS.0).count(), 2, "{text}");
    text.replace(INTERVALS.0, INTERVALS.1)
}

/// Our alerts as it reads them: what is under `spec:` of the resource.
pub(crate) fn rules() -> String {
    let text = fs::read_to_string(observability().join("rules.yaml")).unwrap();
    let (_, spec) = text.split_once("\nspec:\n").unwrap();
    let lines = spec.lines().map(|it| it.strip_prefix("  ").unwrap_or(it));
    lines.map(|it| format!("{it}\n")).collect()
}

/// The folder of alerts and dashboards.
pub(crate) fn observability() -> PathBuf {
    repository().join("docker/kubernetes/overlays/observability")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The members of a list; none of what is no list.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// As a part of a URL.
fn escaped(text: &str) -> String {
    let byte = |it: u8| match it {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(it).to_string(),
        _ => format!("%{it:02X}"),
    };
    text.bytes().map(byte).collect()
}

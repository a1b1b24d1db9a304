//! `argosy dev --watch`: what is built goes into its contracts.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use argosy_primitives::CodeHash;
use serde_json::Value;

use crate::world::{Ran, artifact, command};

/// A chain that watches a folder, and what it says.
struct Watching {
    child: Child,
    said: Receiver<String>,
    folder: tempfile::TempDir,
    url: String,
}

/// The counter, told apart by a byte in a section that does nothing.
fn counter(byte: u8) -> Vec<u8> {
    let mut wasm = std::fs::read(artifact("counter.wasm")).unwrap();
    wasm.extend([0, 3, 1, b'x', byte]);
    wasm
}

const COPY: &str = "cp next.wasm out.wasm";
/// The same, and waits at a gate, if there is one, until it is let through.
const COPY_AND_WAIT: &str = "cp next.wasm out.wasm; if [ -p .gate ]; then read line < .gate; fi";
/// Longer than anything takes here.
const SOON: Duration = Duration::from_secs(20);

impl Watching {
    fn start() -> Watching {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
        write("next.wasm", &counter(0)).unwrap();
        write("build.sh", COPY.as_bytes()).unwrap();
        let path = folder.path().to_str().unwrap();
        let mut child = command(&[
            "dev",
            "--port",
            "0",
            "-o",
            "json",
            "--watch",
            path,
            "--build",
            "sh build.sh",
            "--module",
            "out.wasm",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut banner = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut banner).unwrap();
        let banner: Value = serde_json::from_str(&banner).unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let url = banner["url"].as_str().unwrap().to_owned();
        Watching {
            child,
            said,
            folder,
            url,
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// What it says until it says this.
    #[track_caller]
    fn says(&self, text: &str) -> Vec<String> {
        let (begin, mut heard) = (Instant::now(), Vec::new());
        loop {
            let left = SOON.saturating_sub(begin.elapsed());
            match self.said.recv_timeout(left) {
                Ok(line) => {
                    heard.push(line);
                    if heard.last().is_some_and(|it| it.contains(text)) {
                        return heard;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no {text:?} in {heard:#?}")
                }
            }
        }
    }

    /// Waits for a build at the gate, does something, and lets the build through.
    #[track_caller]
    fn while_it_builds(&self, does: impl FnOnce()) {
        let (sender, opened) = channel();
        let gate = self.path(".gate");
        // Opens when there is somebody who reads.
        std::thread::spawn(move || drop(sender.send(OpenOptions::new().write(true).open(gate))));
        let opened = opened.recv_timeout(SOON).expect("nothing is built");
        does();
        writeln!(opened.unwrap(), "on").unwrap();
    }

    #[track_caller]
    fn says_built(&self, wasm: &[u8]) {
        self.says(&format!("built out.wasm: code {}", CodeHash::of(wasm)));
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        let words: Vec<&str> = ["-o", "json"]
            .into_iter()
            .chain(line.split_whitespace())
            .collect();
        let mut command = command(&words);
        command.env("ARGOSY_RPC_URL", &self.url);
        command.env("ARGOSY_KEYS_DIR", self.path("keys"));
        Ran::of(command.output().unwrap()).ok().json()
    }

    #[track_caller]
    fn deployed(&self, options: &str) -> String {
        let module = self.path("out.wasm");
        let deployed = self.json(&format!(
            "contract deploy {module} --from alice {options} -- --start 40"
        ));
        let id = deployed["contract"].as_str().unwrap().to_owned();
        self.json(&format!("contract call {id} --from bob -- add --add 2"));
        id
    }

    #[track_caller]
    fn value(&self, id: &str) -> Value {
        self.json(&format!("contract query {id} -- value"))["result"].clone()
    }

    #[track_caller]
    fn code(&self, id: &str) -> Value {
        self.json(&format!("contract info {id}"))["code"]["hash"].clone()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The last address in a line such as `… cannot be upgraded: dargo1… in its place, …`.
fn successor(line: &str) -> String {
    let (_, rest) = line.split_once("cannot be upgraded: ").unwrap();
    rest.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_change_is_built_and_goes_into_the_contracts() {
    let dev = Watching::start();
    dev.says("deploy it: argosy contract deploy");
    let (owned, frozen) = (dev.deployed("--admin alice"), dev.deployed(""));
    let before = dev.code(&owned);
    dev.write("next.wasm", &counter(1));
    let mut heard = dev.says("in its place");
    if !heard.iter().any(|it| it.contains("has the new code")) {
        heard.extend(dev.says("has the new code"));
    }
    // With an admin: the same contract, its state, other code.
    let in_place = heard
        .iter()
        .find(|it| it.contains("has the new code"))
        .unwrap();
    assert!(in_place.contains(&owned), "{in_place}");
    assert_ne!(dev.code(&owned), before);
    assert_eq!(dev.value(&owned), "42");
    // Without: another contract, with the calls of the old one.
    let moved = heard.iter().find(|it| it.contains("in its place")).unwrap();
    assert!(moved.contains(&frozen), "{moved}");
    assert!(moved.contains("1 of 1 calls made once more"), "{moved}");
    let new = successor(moved);
    assert_eq!(dev.value(&new), "42");
    assert_eq!(dev.code(&new), dev.code(&owned));
    assert_eq!(dev.code(&frozen), before);

    // A build that fails: its words, and everything as it was.
    dev.write(
        "build.sh",
        b"echo 'error[E0308]: mismatched types' >&2; exit 7",
    );
    let heard = dev.says("the build failed");
    assert!(
        heard
            .iter()
            .any(|it| it.contains("error[E0308]: mismatched types")),
        "{heard:#?}"
    );
    assert!(heard.last().unwrap().contains('7'), "{heard:#?}");
    assert_eq!(dev.value(&new), "42");

    // And the next that does not: the successor has a successor, with all calls.
    dev.json(&format!("contract call {new} --from carol -- add --add 1"));
    dev.write("next.wasm", &counter(2));
    dev.write("build.sh", COPY.as_bytes());
    let heard = dev.says("in its place");
    let moved = heard.last().unwrap();
    assert!(moved.contains(&new), "{moved}");
    assert!(moved.contains("2 of 2 calls made once more"), "{moved}");
    assert_eq!(dev.value(&successor(moved)), "43");
}

/// However often somebody saves a file while what was saved before is built.
#[test]
fn what_is_written_while_it_builds_is_built_too() {
    let dev = Watching::start();
    dev.says("deploy it");
    dev.write("build.sh", COPY_AND_WAIT.as_bytes());
    dev.says("no module changed");
    // Hidden, and so no change.
    let made = Command::new("mkfifo").arg(dev.path(".gate")).status();
    assert!(made.unwrap().success());
    dev.write("next.wasm", &counter(1));
    for byte in [1, 2, 3] {
        dev.while_it_builds(|| dev.write("next.wasm", &counter(byte + 1)));
        dev.says_built(&counter(byte));
    }
    dev.while_it_builds(|| {});
    dev.says_built(&counter(4));
}

#[test]
fn what_is_no_module_is_told() {
    let dev = Watching::start();
    dev.says("deploy it");
    dev.write("next.wasm", b"#!/bin/sh");
    dev.says("out.wasm: this is no Wasm module");
    dev.write("next.wasm", &counter(3));
    dev.says("built out.wasm: code 0x");
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let missing = Path::new("/nonexistent/contract").to_str().unwrap();
    let ran = Ran::of(
        command(&["dev", "--port", "0", "--watch", missing])
            .output()
            .unwrap(),
    );
    ran.fails(2, &["--watch /nonexistent/contract", "Cargo.toml"]);
    let ran = Ran::of(
        command(&["dev", "--port", "0", "--build", "true"])
            .output()
            .unwrap(),
    );
    ran.fails(2, &["--watch"]);
}

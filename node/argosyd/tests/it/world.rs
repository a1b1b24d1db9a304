//! The real binary: daemons of a test's own, on free ports and in folders of their own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use argosy_sdk::api::{BlockDetail, BlockSelector, ReceiptAnswer};
use argosy_sdk::{Action, Client, SdkError, Signer, Transaction, TxOptions, dev_account};
use serde_json::Value;

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(25);
/// Addresses that are free.
const FREE_PORTS: [&str; 4] = ["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"];

/// The binary without any setting of the caller.
pub(crate) fn argosyd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_argosyd"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("ARGOSY_") || text.starts_with("OTEL_") {
            command.env_remove(&name);
        }
    }
    command.env("NO_COLOR", "1").env("RUST_BACKTRACE", "0");
    command.stdin(Stdio::null());
    command
}

/// `argosyd run` on a directory, with free ports and the dev chain.
pub(crate) fn run_command(directory: &Path, words: &[&str]) -> Command {
    let mut command = argosyd();
    command
        .args(["run", "--chain", "dev", "--data-dir"])
        .arg(directory)
        .args(FREE_PORTS)
        .args(words);
    command
}

/// What a command that ended by itself did.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It failed with this code, in a sentence that says all of these, and without a panic.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        let last = self.stderr.lines().rfind(|it| it.starts_with("error:"));
        let last = last.unwrap_or_else(|| panic!("no error: {self:#?}"));
        for text in says {
            assert!(last.contains(text), "no {text:?} in {last}");
        }
    }
}

/// A running daemon; killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    /// What it said when it was ready.
    pub(crate) endpoints: Value,
    log: JoinHandle<String>,
}

impl Daemon {
    /// With blocks on request.
    pub(crate) fn manual(directory: &Path) -> Daemon {
        Daemon::start(directory, &["--dev=manual"])
    }

    /// With any options.
    pub(crate) fn start(directory: &Path, words: &[&str]) -> Daemon {
        Daemon::spawn(&mut run_command(directory, words))
            .unwrap_or_else(|ended| panic!("{ended:#?}"))
    }

    /// Waits until it is ready; `Err`: it ended before that.
    pub(crate) fn spawn(command: &mut Command) -> Result<Daemon, Ended> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = collect(child.stderr.take().unwrap());
        let stdout = child.stdout.take().unwrap();
        let (ready, line) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = ready.send(line);
        });
        let line = match line.recv_timeout(SOON) {
            Ok(line) => line,
            Err(error) => {
                let _ = child.kill();
                panic!("not ready: {error}; {}", log.join().unwrap());
            }
        };
        if line.is_empty() {
            let code = child.wait().unwrap().code();
            let stderr = log.join().unwrap();
            let stdout = line;
            return Err(Ended {
                code,
                stdout,
                stderr,
            });
        }
        let endpoints = serde_json::from_str(&line).unwrap();
        Ok(Daemon {
            child,
            endpoints,
            log,
        })
    }

    /// The same, with a log whose other end is closed.
    pub(crate) fn spawn_mute(command: &mut Command) -> Daemon {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(writer)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Daemon {
            child,
            endpoints: serde_json::from_str(&line).unwrap(),
            log: std::thread::spawn(String::new),
        }
    }

    pub(crate) fn rpc(&self) -> &str {
        self.endpoints["rpc"].as_str().unwrap()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.rpc()).await.unwrap()
    }

    /// `GET` on the operators' port: status and body.
    pub(crate) fn ops(&self, path: &str) -> (u16, String) {
        let url = self.endpoints["ops"].as_str().unwrap();
        http(
            url.strip_prefix("http://").unwrap(),
            &format!("GET {path} HTTP/1.1"),
        )
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As a service manager stops it.
    pub(crate) fn terminate(&self) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// As an operator tells it to read its configuration again.
    pub(crate) fn hang_up(&self) {
        let pid = self.pid().to_string();
        let told = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(told.unwrap().success());
    }

    /// As nobody should: without a chance to finish anything.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.end().1
    }

    /// Stops it and expects that to go well.
    pub(crate) fn stop(self) -> String {
        self.terminate();
        let (status, log) = self.end();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(self) -> Ended {
        let (status, stderr) = self.end();
        Ended {
            code: status.code(),
            stdout: String::new(),
            stderr,
        }
    }

    fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        // `Drop` finds a child that is gone and a log that nobody needs.
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new));
        (status, log.join().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut stderr: ChildStderr) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// One request without a body.
pub(crate) fn http(address: &str, line: &str) -> (u16, String) {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    write!(
        stream,
        "{line}\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

/// A copy of a stopped node's directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.join("db")).unwrap();
    std::fs::copy(from.join("FORMAT"), to.join("FORMAT")).unwrap();
    for entry in std::fs::read_dir(from.join("db")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join("db").join(entry.file_name())).unwrap();
    }
}

pub(crate) fn account(name: &str) -> Signer {
    dev_account(name).unwrap()
}

/// A transfer of one unit from alice to bob; the same bytes whenever it is made again.
pub(crate) fn transfer(client: &Client, nonce: u64) -> argosy_primitives::SignedTransaction {
    let alice = account("alice");
    alice.sign(Transaction {
        chain: client.chain(),
        signer: alice.public(),
        nonce,
        valid_until: 1_000,
        gas_limit: 200_000,
        max_gas_price: 1_000_000,
        tip: 1,
        deposit_max: 0,
        actions: vec![Action::Transfer {
            to: account("bob").address(),
            amount: 1,
        }],
    })
}

/// Sends a transfer the way people do, and waits for it.
pub(crate) async fn pay(client: &Client) -> ReceiptAnswer {
    try_pay(client).await.unwrap()
}

/// The same, where it may fail.
pub(crate) async fn try_pay(client: &Client) -> Result<ReceiptAnswer, SdkError> {
    let pay = Action::Transfer {
        to: account("carol").address(),
        amount: 5,
    };
    let options = TxOptions::default();
    client.send(&account("alice"), vec![pay], &options).await
}

/// Every block with its header, transactions and receipts, as the node tells them.
pub(crate) async fn history(client: &Client) -> Vec<Value> {
    history_from(client, 0).await
}

/// The same, from a height on.
pub(crate) async fn history_from(client: &Client, first: u64) -> Vec<Value> {
    let head = client.finalized_head().await.unwrap().at.height.0;
    let mut blocks = Vec::new();
    for height in first..=head {
        let selector = BlockSelector::Height(height);
        let block = client.block(selector, BlockDetail::Full).await.unwrap();
        let mut receipts = Vec::new();
        for id in &block.tx_ids {
            let mut receipt = serde_json::to_value(client.receipt(id.0).await.unwrap()).unwrap();
            // What block it is in is told by the block.
            receipt.as_object_mut().unwrap().remove("at");
            receipts.push(receipt);
        }
        blocks.push(serde_json::json!({"header": block.header, "txIds": block.tx_ids, "receipts": receipts}));
    }
    blocks
}

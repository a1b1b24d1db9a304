//! A validator whose signer is another process.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::tempdir;

use crate::network::{Network, head};
use crate::world::{Ended, argosyd};

/// A signer in a process of its own; ended with its value.
struct SignerProcess(Child);

impl SignerProcess {
    /// Holds key and record of the node in `place`; listens when this returns.
    fn start(place: &Path, socket: &Path) -> SignerProcess {
        SignerProcess::spawn(place, &["--socket", &socket.display().to_string()]).0
    }

    /// The same, as told; gives what it says of itself.
    fn spawn(place: &Path, how: &[&str]) -> (SignerProcess, Value) {
        let mut command = argosyd();
        command.args(["signer", "serve", "--config"]);
        command.arg(place.join("config.toml"));
        command.args(how);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        let out = child.stdout.take().expect("it is piped");
        let signer = SignerProcess(child);
        BufReader::new(out).read_line(&mut told).unwrap();
        assert!(told.contains("publicKey"), "{told:?}");
        (signer, serde_json::from_str(&told).unwrap())
    }
}

impl Drop for SignerProcess {
    fn drop(&mut self) {
        // One that is gone already cannot be ended, and has nothing to wait for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_takes_part() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    network.kill(3);
    let socket = network.folder.path().join("signer.socket");
    let signer = SignerProcess::start(&network.place(3), &socket);
    let socket = socket.display().to_string();
    network.spawn_with(3, &["--signer.socket", &socket]);
    // Three of four are needed: nothing is decided without its votes.
    network.kill(0);
    let height = head(&network.client(1).await).await;
    network.reach(height + 6).await;
    network.agree(height + 6).await;
    drop(signer);
}

/// Returns when the terminal shows nothing of what is typed: that is so a moment after the question is there.
fn wait_until_quiet(terminal: &str) {
    let begin = Instant::now();
    loop {
        let mut stty = Command::new("stty");
        let state = stty.args(["--file", terminal, "--all"]).output().unwrap();
        if String::from_utf8_lossy(&state.stdout).contains(" -echo ") {
            return;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{terminal} shows what is typed"
        );
    }
}

/// Whoever sits at the terminal is asked for the passphrase, where no file has it.
#[test]
fn a_key_is_unlocked_at_the_terminal() {
    let folder = tempdir().unwrap();
    let folder = folder.path().display().to_string();
    let network = ["testnet", "--validators", "1", "--out", "net"];
    let mut command = argosyd();
    let made = Ended::of(command.current_dir(&folder).args(network));
    assert_eq!(made.code, Some(0), "{made:#?}");
    let place = format!("{folder}/net/node0");
    let passphrase = std::fs::read_to_string(format!("{place}/keys/passphrase")).unwrap();
    let serve = format!(
        "tty; exec {} signer serve --chain {folder}/net/chain.toml --validator={place}/keys/validator.pem --signer.dir {place}/data/signer --socket {folder}/socket",
        env!("CARGO_BIN_EXE_argosyd")
    );
    let serve = |typed: &str| {
        // Gives it a terminal of its own.
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &serve, "/dev/null"]);
        script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = script.spawn().unwrap();
        let mut terminal = child.stdin.take().unwrap();
        let mut said = String::new();
        let mut out = child.stdout.take().unwrap();
        let mut hear = |said: &mut String, ends: &str| {
            let mut byte = [0];
            while !said.contains(ends) && matches!(out.read(&mut byte), Ok(1)) {
                said.push(char::from(byte[0]));
            }
        };
        hear(&mut said, "validator.pem: ");
        wait_until_quiet(said.lines().next().unwrap());
        terminal.write_all(typed.trim().as_bytes()).unwrap();
        terminal.write_all(b"\n").unwrap();
        // A line of JSON, or an error and the end.
        hear(&mut said, "publicKey");
        // It ends with its terminal.
        drop(terminal);
        let _ = child.kill();
        let _ = child.wait();
        said
    };
    let wrong = serve("not this one");
    assert!(
        wrong.contains("Passphrase of") && wrong.contains("error"),
        "{wrong}"
    );
    let right = serve(&passphrase);
    assert!(
        right.contains("Passphrase of") && !right.contains("error"),
        "{right}"
    );
    assert!(!right.contains(passphrase.trim()), "it is not shown");
}

#[tokio::test]
async fn it_takes_part_from_another_machine() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(2).await;
    network.kill(3);
    let folder = network.folder.path().join("tls");
    let folder = folder.display().to_string();
    let mut command = argosyd();
    command.args([
        "signer",
        "certificates",
        "--dir",
        &folder,
        "--name",
        "localhost",
    ]);
    let made = Ended::of(&mut command);
    assert_eq!(made.code, Some(0), "{made:#?}");
    let sides = ["node", "signer"].map(|it| format!("{folder}/{it}"));
    let how = ["--listen", "127.0.0.1:0", "--tls-dir", &sides[1]];
    let (signer, told) = SignerProcess::spawn(&network.place(3), &how);
    let port = told["listen"].as_str().unwrap().rsplit_once(':').unwrap().1;
    let address = format!("localhost:{port}");
    let settings = ["--signer.address", &address, "--signer.tls-dir"];
    // One that is away may come back: another exit code than of what has to be changed.
    let mut command = argosyd();
    command
        .args(["run", "--config"])
        .arg(network.place(3).join("config.toml"));
    command.args(["--signer.socket", "/nowhere/signer"]);
    Ended::of(&mut command).fails(1, &["cannot connect to the signer at /nowhere/signer"]);
    // With the signer's own certificate it is no node of his.
    let place = network.place(3);
    let mut command = argosyd();
    command
        .args(["run", "--config"])
        .arg(place.join("config.toml"));
    command.args(settings).arg(&sides[1]);
    Ended::of(&mut command).fails(2, &["the signer at localhost", "alert"]);
    network.spawn_with(3, &[&settings[..], &[&sides[0]]].concat());
    network.kill(0);
    let height = head(&network.client(1).await).await;
    network.reach(height + 6).await;
    network.agree(height + 6).await;
    drop(signer);
}

//! A validator whose signer is another process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

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

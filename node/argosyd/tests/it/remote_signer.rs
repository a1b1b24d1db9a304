//! A validator whose signer is another process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::network::{Network, head};
use crate::world::argosyd;

/// A signer in a process of its own; ended with its value.
struct SignerProcess(Child);

impl SignerProcess {
    /// Holds key and record of the node in `place`; listens when this returns.
    fn start(place: &Path, socket: &Path) -> SignerProcess {
        let mut command = argosyd();
        command.args(["signer", "serve", "--config"]);
        command.arg(place.join("config.toml"));
        command.arg("--socket").arg(socket);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        let out = child.stdout.take().expect("it is piped");
        let signer = SignerProcess(child);
        BufReader::new(out).read_line(&mut told).unwrap();
        assert!(told.contains("publicKey"), "{told:?}");
        signer
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

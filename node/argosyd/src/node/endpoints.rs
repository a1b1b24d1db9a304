//! `endpoints.json` in the data directory: where the running node is reached.
//!
//! Always: it is there from when the node serves until it is told to stop. After a kill it stays, and
//! names a process that is gone.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const FILE: &str = "endpoints.json";
const BYTES_MAX: u64 = 64 * 1024;

/// Where a node is reached, and which it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoints {
    /// URL of JSON-RPC.
    pub(crate) rpc: String,
    /// URL of health and metrics.
    pub(crate) ops: String,
    /// Where whoever runs the node may ask for more, with a token: a URL, or `unix:` and a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) admin: Option<String>,
    /// The process.
    pub(crate) pid: u32,
    /// Name of the network.
    pub(crate) network: String,
    /// Which chain.
    pub(crate) genesis_hash: String,
    /// Where its data is.
    pub(crate) data_dir: PathBuf,
    /// Height of the head when it began to serve.
    pub(crate) height: u64,
}

impl Endpoints {
    /// As one line of JSON.
    pub(crate) fn line(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }

    /// Writes the file as a whole.
    pub(crate) fn write(&self) -> io::Result<()> {
        let (unfinished, file) = (
            self.data_dir.join(".endpoints.json.new"),
            self.data_dir.join(FILE),
        );
        fs::write(&unfinished, self.line())?;
        fs::rename(unfinished, file)
    }

    /// Takes the file away; it may be gone.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(self.data_dir.join(FILE));
    }

    /// What a directory says; `None`: nothing that can be understood.
    pub(crate) fn read(data_dir: &Path) -> Option<Endpoints> {
        let path = data_dir.join(FILE);
        let is_small = fs::metadata(&path).is_ok_and(|it| it.len() <= BYTES_MAX);
        let text = is_small.then(|| fs::read_to_string(path).ok()).flatten()?;
        serde_json::from_str(&text).ok()
    }

    /// Where health and metrics are.
    pub(crate) fn ops_address(&self) -> Option<SocketAddr> {
        self.ops.strip_prefix("http://")?.parse().ok()
    }
}

/// The URL by which this machine reaches a listener.
pub(crate) fn url(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => format!("http://127.0.0.1:{}", it.port()),
        SocketAddr::V6(it) if it.ip().is_unspecified() => format!("http://[::1]:{}", it.port()),
        other => format!("http://{other}"),
    }
}

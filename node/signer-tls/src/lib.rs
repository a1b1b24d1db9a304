//! The way from a node to its signer over a network: TLS 1.3, and each side shows a certificate.
//!
//! ```text
//! node: TlsWay (client certificate) ══ TLS 1.3 ══▶ TlsDoor (server certificate) : signer
//! ```
//!
//! Both certificates are of one authority, which has no other purpose: [`issue`] makes one, signs two
//! certificates with it and throws its key away, so that nobody can ever make a third. Files are named as
//! Kubernetes names those of a TLS secret: `ca.crt`, `tls.crt`, `tls.key`.
//!
//! Always: no byte of a request is read from, and none of an answer is sent to, who has not shown a
//! certificate of the authority; one side cannot take the other's part (the purpose is in the
//! certificate); each step ends in time, however slowly bytes come.
//! Not here: what is said (`argosy-signer`).

mod certificates; // making and reading them
mod door; // where clients come
mod stream; // bytes through TLS
mod way; // the way to a signer

use std::io;
use std::path::PathBuf;

pub use certificates::{Identity, issue};
pub use door::TlsDoor;
pub use way::TlsWay;

/// Why there is no connection to be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was being done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} is no {expected}: {reason}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Others could read the key.
    #[error(
        "{} may be read by others (mode {mode:o}): chmod 600 it; a secret that an orchestrator mounts may be of root, mode 440",
        path.display()
    )]
    Exposed {
        /// The key.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// There is something already.
    #[error("{} exists: certificates are made in a new folder", .0.display())]
    Exists(PathBuf),
    /// A name that no certificate can have, or no name at all.
    #[error("{0:?} is no name or address of a signer")]
    Name(String),
    /// The files do not belong together.
    #[error("the certificates in {} are of no use: {reason}", folder.display())]
    Unfit {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
}

//! TLS for clients' connections: a certificate from a folder, which may be another one while the server
//! runs.
//!
//! ```text
//! client ══ TLS 1.3 ══▶ Tls::accept ──▶ bytes of HTTP
//! ```
//!
//! Files are named as Kubernetes names those of a TLS secret: `tls.crt` (the certificate, then those that
//! lead to its authority) and `tls.key`.
//!
//! Always: the key is its owner's alone to read; a connection keeps the certificate that it began with; a
//! folder that is wrong changes nothing.
//! Not here: how long a handshake may take and who may connect (`argosy-rpc`); the way to a signer, where
//! both sides show certificates (`argosy-signer-tls`).

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
/// What is spoken inside.
const HTTP: &[u8] = b"http/1.1";
/// No certificate and no key is longer.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} is no {expected}: {reason}", path.display())]
    Content {
        /// Which.
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
    /// The files do not belong together.
    #[error("certificate and key in {} do not go together: {reason}", folder.display())]
    Unfit {
        /// Where they are.
        folder: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What a server shows to its clients.
pub struct Tls {
    folder: PathBuf,
    config: RwLock<Arc<ServerConfig>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads `tls.crt` and `tls.key` in a folder.
    pub fn read(folder: &Path) -> Result<Tls, TlsError> {
        Ok(Tls {
            config: RwLock::new(config(folder)?),
            folder: folder.to_owned(),
        })
    }

    /// Reads them again, for connections from now on.
    pub fn read_again(&self) -> Result<(), TlsError> {
        let config = config(&self.folder)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Shakes hands with a client. It may take as long as the client likes: who waits looks at the clock.
    pub async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        TlsAcceptor::from(self.config()).accept(stream).await
    }

    fn config(&self) -> Arc<ServerConfig> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config)
    }
}

fn config(folder: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let unfit = |error: rustls::Error| TlsError::Unfit {
        folder: folder.to_owned(),
        reason: error.to_string(),
    };
    let chain = certificates(&folder.join(CERTIFICATE))?;
    let key = key(&folder.join(KEY))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(&[&TLS13]).map_err(unfit)?;
    let builder = builder.with_no_client_auth();
    let mut config = builder.with_single_cert(chain, key).map_err(unfit)?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    // Nothing is kept of a client when it has gone, and no key outlives its connection.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let (bytes, _) = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| content(path, "certificate in PEM", &error))?;
    match found.is_empty() {
        true => Err(content(path, "certificate in PEM", &"there is none in it")),
        false => Ok(found),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    // Of the file that is read, and not of one that takes its place meanwhile.
    let (bytes, facts) = read(path)?;
    let mode = facts.mode() & 0o777;
    // A secret of root that a group was given.
    let is_mounted = facts.uid() == 0 && mode & 0o037 == 0;
    if mode & 0o077 != 0 && !is_mounted {
        return Err(TlsError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let key = PrivateKeyDer::from_pem_slice(&bytes);
    key.map_err(|error| content(path, "private key in PEM", &error))
}

fn read(path: &Path) -> Result<(Vec<u8>, Metadata), TlsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        let facts = file.metadata()?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > FILE_BYTES_MAX {
            true => Err(io::Error::other("it is larger than 1 MiB")),
            false => Ok(facts),
        }
    });
    let facts = read.map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Ok((bytes, facts))
}

fn content(path: &Path, expected: &'static str, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::Content {
        path: path.to_owned(),
        expected,
        reason: reason.to_string(),
    }
}

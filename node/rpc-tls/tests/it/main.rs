//! A client with an authority, over a pipe in memory.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use argosy_rpc_tls::{Tls, TlsError};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tempfile::{TempDir, tempdir};
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::TlsConnector;

/// An authority.
struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Authority { certificate, key }
    }

    /// Writes a certificate for `localhost` that ends in so many days.
    fn write(&self, folder: &Path, days: i64) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = OffsetDateTime::now_utc() - Duration::days(30);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(days);
        let signed = params
            .signed_by(&key, &self.certificate, &self.key)
            .unwrap();
        fs::write(folder.join("tls.crt"), signed.pem()).unwrap();
        put_key(folder, &key.serialize_pem(), 0o600);
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_protocol_versions(&[&TLS13]).unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

fn put_key(folder: &Path, pem: &str, mode: u32) {
    let path = folder.join("tls.key");
    let _ = fs::remove_file(&path);
    fs::write(&path, pem).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

fn written(authority: &Authority, days: i64) -> TempDir {
    let folder = tempdir().unwrap();
    authority.write(folder.path(), days);
    folder
}

/// A client says something and hears it again, or why not.
async fn echo(tls: &Tls, authority: &Authority) -> io::Result<()> {
    let (ours, theirs) = duplex(64 * 1024);
    let served = async {
        let mut stream = tls.accept(ours).await?;
        let mut heard = [0; 5];
        stream.read_exact(&mut heard).await?;
        stream.write_all(&heard).await?;
        stream.shutdown().await
    };
    let asked = async {
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = authority.connector().connect(name, theirs).await?;
        stream.write_all(b"hello").await?;
        let mut heard = [0; 5];
        stream.read_exact(&mut heard).await?;
        assert_eq!(&heard, b"hello");
        Ok(())
    };
    let (_, asked) = tokio::join!(served, asked);
    asked
}

#[tokio::test]
async fn a_client_that_knows_the_authority_is_served_and_another_one_does_not_trust_it() {
    let (authority, other) = (Authority::new(), Authority::new());
    let folder = written(&authority, 30);
    let tls = Tls::read(folder.path()).unwrap();
    echo(&tls, &authority).await.unwrap();
    echo(&tls, &other).await.unwrap_err();
}

#[tokio::test]
async fn an_expired_certificate_is_replaced_while_the_server_runs() {
    let authority = Authority::new();
    let folder = written(&authority, -1);
    let tls = Tls::read(folder.path()).unwrap();
    let error = echo(&tls, &authority).await.unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("expired"),
        "{error}"
    );
    authority.write(folder.path(), 30);
    echo(&tls, &authority).await.unwrap_err();
    tls.read_again().unwrap();
    echo(&tls, &authority).await.unwrap();

    // What is wrong changes nothing.
    fs::write(folder.path().join("tls.crt"), "nothing").unwrap();
    tls.read_again().unwrap_err();
    echo(&tls, &authority).await.unwrap();
}

#[tokio::test]
async fn what_is_no_tls_is_refused() {
    let folder = written(&Authority::new(), 30);
    let tls = Tls::read(folder.path()).unwrap();
    for said in [&b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], &[0; 64]] {
        let (ours, mut theirs) = duplex(64 * 1024);
        theirs.write_all(said).await.unwrap();
        assert!(tls.accept(ours).await.is_err());
        let mut heard = Vec::new();
        theirs.read_to_end(&mut heard).await.unwrap();
        // A word of TLS, and none of HTTP.
        assert!(heard.len() < 16, "{heard:?}");
    }
}

#[test]
fn files_that_do_not_fit_are_named() {
    let authority = Authority::new();
    let folder = written(&authority, 30);
    let refused = |says: &str| {
        let error = Tls::read(folder.path()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        error
    };
    let other = KeyPair::generate().unwrap().serialize_pem();
    put_key(folder.path(), &other, 0o600);
    assert!(matches!(
        refused("do not go together"),
        TlsError::Unfit { .. }
    ));
    put_key(folder.path(), &other, 0o644);
    assert!(matches!(refused("mode 644"), TlsError::Exposed { .. }));
    put_key(folder.path(), "nothing", 0o600);
    assert!(matches!(refused("tls.key"), TlsError::Content { .. }));
    fs::remove_file(folder.path().join("tls.key")).unwrap();
    assert!(matches!(refused("tls.key"), TlsError::Unreadable { .. }));
    fs::write(folder.path().join("tls.crt"), vec![b'x'; 1024 * 1024 + 1]).unwrap();
    assert!(matches!(
        refused("larger than 1 MiB"),
        TlsError::Unreadable { .. }
    ));
}

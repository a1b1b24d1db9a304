//! An authority of one's own with two certificates; one side's certificate and key, from its folder.
//!
//! Always: a key is its owner's alone to read; nothing that is there is written over.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ED25519,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig, client::Resumption, version::TLS13};
use time::{Duration, OffsetDateTime};

use crate::TlsError;

const AUTHORITY: &str = "ca.crt";
const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";

/// Makes an authority, and certificates for a signer, reachable under `names` (host names or IP
/// addresses), and for its node: `signer/` and `node/` in `folder`, which must not exist, each with
/// `ca.crt`, `tls.crt` and `tls.key`. They are valid for `days`. The authority's key is not kept.
pub fn issue(folder: &Path, names: &[String], days: u32) -> Result<(), TlsError> {
    for name in names {
        let is_address = name.parse::<IpAddr>().is_ok();
        if !is_address && rustls::pki_types::DnsName::try_from(name.as_str()).is_err() {
            return Err(TlsError::Name(name.clone()));
        }
    }
    if names.is_empty() {
        return Err(TlsError::Name(String::new()));
    }
    if folder.exists() {
        return Err(TlsError::Exists(folder.to_owned()));
    }
    let unfit = |error: rcgen::Error| TlsError::Unfit {
        folder: folder.to_owned(),
        reason: error.to_string(),
    };
    let key = || KeyPair::generate_for(&PKCS_ED25519).map_err(unfit);
    let params = |names: &[String], name: &str| {
        let mut params = CertificateParams::new(names).map_err(unfit)?;
        params.distinguished_name.push(DnType::CommonName, name);
        // A clock may be a little behind.
        params.not_before = OffsetDateTime::now_utc() - Duration::DAY;
        params.not_after = OffsetDateTime::now_utc() + Duration::days(i64::from(days));
        Ok(params)
    };
    let authority_key = key()?;
    let mut authority = params(&[], "argosy signer authority")?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = authority.self_signed(&authority_key).map_err(unfit)?;
    let sides = [
        ("signer", names, ExtendedKeyUsagePurpose::ServerAuth),
        ("node", &[], ExtendedKeyUsagePurpose::ClientAuth),
    ];
    for (side, names, purpose) in sides {
        let key = key()?;
        let mut params = params(names, &format!("argosy {side}"))?;
        params.extended_key_usages = vec![purpose];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let signed = params.signed_by(&key, &authority, &authority_key);
        let certificate = signed.map_err(unfit)?;
        let folder = folder.join(side);
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        made.map_err(|source| failed("make", &folder, source))?;
        write(&folder.join(AUTHORITY), 0o644, &authority.pem())?;
        write(&folder.join(CERTIFICATE), 0o644, &certificate.pem())?;
        write(&folder.join(KEY), 0o600, &key.serialize_pem())?;
    }
    Ok(())
}

fn write(path: &Path, mode: u32, text: &str) -> Result<(), TlsError> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let written = opened.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| failed("write", path, source))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> TlsError {
    TlsError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

/// One side's certificate and key, and the authority that the other side must show.
#[derive(Debug)]
pub struct Identity {
    folder: PathBuf,
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads `ca.crt`, `tls.crt` and `tls.key` in a folder. The key must be for its owner alone.
    pub fn read(folder: &Path) -> Result<Identity, TlsError> {
        let mut roots = RootCertStore::empty();
        let path = folder.join(AUTHORITY);
        for certificate in certificates(&path)? {
            let added = roots.add(certificate);
            added.map_err(|error| content(&path, "certificate of an authority", &error))?;
        }
        let path = folder.join(KEY);
        check_private(&path)?;
        let bytes = fs::read(&path).map_err(|source| failed("read", &path, source))?;
        let key = PrivateKeyDer::from_pem_slice(&bytes);
        Ok(Identity {
            folder: folder.to_owned(),
            roots: Arc::new(roots),
            chain: certificates(&folder.join(CERTIFICATE))?,
            key: key.map_err(|error| content(&path, "private key in PEM", &error))?,
        })
    }

    /// For the node.
    pub(crate) fn client(self) -> Result<Arc<ClientConfig>, TlsError> {
        let unfit = unfit(&self.folder);
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&[&TLS13]).map_err(&unfit)?;
        let builder = builder.with_root_certificates(self.roots);
        let made = builder.with_client_auth_cert(self.chain, self.key);
        let mut config = made.map_err(&unfit)?;
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }

    /// For the signer.
    pub(crate) fn server(self) -> Result<Arc<ServerConfig>, TlsError> {
        let unfit = unfit(&self.folder);
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots, provider());
        let verifier = verifier.build().map_err(|error| TlsError::Unfit {
            folder: self.folder.clone(),
            reason: error.to_string(),
        })?;
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_protocol_versions(&[&TLS13]).map_err(&unfit)?;
        let builder = builder.with_client_cert_verifier(verifier);
        let mut config = builder
            .with_single_cert(self.chain, self.key)
            .map_err(&unfit)?;
        // Every connection shows its certificate.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn unfit(folder: &Path) -> impl Fn(rustls::Error) -> TlsError + use<> {
    let folder = folder.to_owned();
    move |error| TlsError::Unfit {
        folder: folder.clone(),
        reason: error.to_string(),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| content(path, "certificate in PEM", &error))?;
    match found.is_empty() {
        true => Err(content(path, "certificate in PEM", &"there is none in it")),
        false => Ok(found),
    }
}

fn content(path: &Path, expected: &'static str, reason: &dyn std::fmt::Display) -> TlsError {
    TlsError::Content {
        path: path.to_owned(),
        expected,
        reason: reason.to_string(),
    }
}

/// Only its owner may read it; or it is a secret of root that a group was given.
fn check_private(path: &Path) -> Result<(), TlsError> {
    let facts = fs::metadata(path).map_err(|source| failed("read", path, source))?;
    let mode = facts.mode() & 0o777;
    let is_mounted = facts.uid() == 0 && mode & 0o037 == 0;
    match mode & 0o077 == 0 || is_mounted {
        true => Ok(()),
        false => Err(TlsError::Exposed {
            path: path.to_owned(),
            mode,
        }),
    }
}

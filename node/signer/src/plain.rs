//! A key file without a passphrase, for a key that must be there when nobody is: a node's network key.
//!
//! ```text
//! argosy-public-key: ed25519:0x<64 hex>
//! -----BEGIN PRIVATE KEY-----
//! PKCS#8 PrivateKeyInfo v1, Ed25519 (RFC 8410)   <- what OpenSSL writes, too
//! -----END PRIVATE KEY-----
//! ```
//!
//! Written, guarded (mode 0600) and never overwritten like every [`KeyFile`]. Keys that guard funds or
//! votes do not belong here.

use std::path::{Path, PathBuf};

use argosy_primitives::{PublicKey, SecretKey};
use pkcs8::der::pem::{LineEnding, PemLabel, decode_vec};
use pkcs8::der::{Decode, Encode};
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use crate::error::Damage;
use crate::{KeyFile, KeyFileError, pem};

/// A file of a key that is not locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainKeyFile(KeyFile);

impl PlainKeyFile {
    /// Names a file; nothing is touched yet.
    pub fn at(path: impl Into<PathBuf>) -> PlainKeyFile {
        PlainKeyFile(KeyFile::at(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes `key` as it is.
    pub fn create(&self, key: &SecretKey) -> Result<(), KeyFileError> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|_| KeyFileError::NoRandomness)?;
        self.0.create_with(seal(key).as_bytes(), &random)
    }

    /// Reads the key.
    pub fn open(&self) -> Result<SecretKey, KeyFileError> {
        open(&self.0.read()?).map_err(|what| self.0.damaged(what))
    }

    /// The public key of the key in the file.
    pub fn public_key(&self) -> Result<PublicKey, KeyFileError> {
        Ok(self.open()?.public())
    }
}

fn seal(key: &SecretKey) -> Zeroizing<String> {
    let octets = pem::octets(key);
    let der = Zeroizing::new(
        pem::key_info(&octets)
            .to_der()
            .expect("encoding 48 bytes in memory does not fail"),
    );
    let block = SecretDocument::try_from(der.as_slice())
        .and_then(|it| it.to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF))
        .expect("a key of 48 bytes is valid PEM");
    pem::with_public_key(key, &block)
}

fn open(text: &[u8]) -> Result<SecretKey, Damage> {
    let text = std::str::from_utf8(text).map_err(|_| Damage::NotPlainPem)?;
    let (label, der) = decode_vec(text.as_bytes()).map_err(|_| Damage::NotPlainPem)?;
    let der = Zeroizing::new(der);
    if label != PrivateKeyInfoRef::PEM_LABEL {
        return Err(Damage::NotPlainPem);
    }
    let key_info = PrivateKeyInfoRef::from_der(&der).map_err(|_| Damage::NotPlainPkcs8)?;
    let key = pem::key_in(&key_info)?;
    match pem::written_key(text) {
        Some(written) if written != key.public() => Err(Damage::OtherKey),
        _ => Ok(key),
    }
}

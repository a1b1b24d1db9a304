//! The content of a key file: a secret key to PEM text and back.
//!
//! ```text
//! argosy-public-key: ed25519:0x<64 hex>    <- outside the PEM block, for listing without a passphrase
//! -----BEGIN ENCRYPTED PRIVATE KEY-----
//! PKCS#8 EncryptedPrivateKeyInfo           <- PBES2: scrypt N=2^14 r=8 p=5, AES-256-CBC
//!   PrivateKeyInfo v1, Ed25519 (RFC 8410)  <- without the public key: OpenSSL 3.0 refuses version 2
//!     OCTET STRING of the 32-byte seed
//! -----END ENCRYPTED PRIVATE KEY-----
//! ```
//!
//! scrypt at N=2^14 is the most that OpenSSL's own memory cap lets through; p=5 makes up for it
//! (OWASP's equivalent of N=2^17, p=1). Files by OpenSSL itself (scrypt or PBKDF2) open too.

use argosy_primitives::{PublicKey, SecretKey};
use pkcs8::der::Decode;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::pem::{self, LineEnding, PemLabel};
use pkcs8::pkcs5::pbes2::{self, Kdf};
use pkcs8::pkcs5::{self, EncryptionScheme, scrypt};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{EncryptedPrivateKeyInfoOwned, ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use crate::Passphrase;
use crate::error::Damage;

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 8410: the private key is itself an octet string of 32 bytes, inside the one of PKCS#8.
const SEED_HEAD: [u8; 2] = [0x04, 0x20];
const PUBLIC_KEY_LINE: &str = "argosy-public-key: ";

const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// What a file may ask for when it is opened: 64 MiB and about two seconds.
const SCRYPT_BLOCKS_MAX: u64 = 1 << 19;
const SCRYPT_WORK_MAX: u64 = 1 << 23;
const PBKDF2_ROUNDS_MAX: u32 = 4_000_000;

/// Why a text did not give a key.
pub(crate) enum Unreadable {
    /// The text is not what it should be.
    Damaged(Damage),
    /// It is, but the passphrase gives no key.
    WrongPassphrase,
}

/// Locks `key`. `salt` and `iv` must be fresh randomness.
pub(crate) fn seal(
    key: &SecretKey,
    passphrase: &Passphrase,
    salt: &[u8; 16],
    iv: [u8; 16],
) -> Zeroizing<String> {
    let octets = octets(key);
    let key_info = key_info(&octets);
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P)
        .expect("the constants are inside scrypt's range");
    let parameters = pbes2::Parameters::generate_scrypt_aes256cbc(cost, salt, iv)
        .expect("a salt of 16 bytes is inside the range");
    let der = key_info
        .encrypt_with_params(parameters, passphrase.as_bytes())
        .expect("encrypting 48 bytes in memory does not fail");
    let block = der
        .to_pem(EncryptedPrivateKeyInfoOwned::PEM_LABEL, LineEnding::LF)
        .expect("a key of some hundred bytes is valid PEM");
    with_public_key(key, &block)
}

/// What PKCS#8 wraps: the seed as an octet string of its own.
pub(crate) fn octets(key: &SecretKey) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&SEED_HEAD[..], key.expose_seed()].concat())
}

/// The key as PKCS#8 has it, not locked.
pub(crate) fn key_info(octets: &[u8]) -> PrivateKeyInfoRef<'_> {
    let ed25519 = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    let octets = OctetStringRef::new(octets).expect("34 bytes fit into an octet string");
    PrivateKeyInfoRef::new(ed25519, octets)
}

/// The text of a file: its block with the public key above it.
pub(crate) fn with_public_key(key: &SecretKey, block: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{PUBLIC_KEY_LINE}{}\n{block}", key.public()))
}

/// Unlocks what [`seal`] or OpenSSL wrote.
pub(crate) fn open(text: &[u8], passphrase: &Passphrase) -> Result<SecretKey, Unreadable> {
    let damaged = Unreadable::Damaged;
    let (label, der) = pem::decode_vec(text).map_err(|_| damaged(Damage::NotPem))?;
    if label != EncryptedPrivateKeyInfoOwned::PEM_LABEL {
        return Err(damaged(Damage::NotPem));
    }
    let sealed =
        EncryptedPrivateKeyInfoOwned::from_der(&der).map_err(|_| damaged(Damage::NotPkcs8))?;
    check_cost(&sealed.encryption_algorithm).map_err(damaged)?;
    let plain = sealed
        .decrypt(passphrase.as_bytes())
        .map_err(|error| match error {
            pkcs8::Error::EncryptedPrivateKey(
                pkcs5::Error::UnsupportedAlgorithm { .. } | pkcs5::Error::NoPbes1CryptSupport,
            ) => damaged(Damage::Unsupported),
            _ => Unreadable::WrongPassphrase,
        })?;
    let key_info =
        PrivateKeyInfoRef::from_der(plain.as_bytes()).map_err(|_| Unreadable::WrongPassphrase)?;
    let key = key_in(&key_info).map_err(damaged)?;
    match public_key(text) {
        Ok(written) if written != key.public() => Err(damaged(Damage::OtherKey)),
        _ => Ok(key),
    }
}

/// The key in an open PKCS#8 document.
pub(crate) fn key_in(key_info: &PrivateKeyInfoRef<'_>) -> Result<SecretKey, Damage> {
    if key_info.algorithm.oid != ED25519 {
        return Err(Damage::NotEd25519);
    }
    let seed = (key_info.private_key.as_bytes().strip_prefix(&SEED_HEAD))
        .and_then(|seed| <[u8; 32]>::try_from(seed).ok())
        .map(Zeroizing::new)
        .ok_or(Damage::NotEd25519)?;
    Ok(SecretKey::generate_from(*seed))
}

/// The public key written above the block. Nothing proves it until the file is opened.
pub(crate) fn public_key(text: &[u8]) -> Result<PublicKey, Damage> {
    let text = std::str::from_utf8(text).map_err(|_| Damage::NotPem)?;
    if !text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
        return Err(Damage::NotPem);
    }
    written_key(text).ok_or(Damage::NoPublicKey)
}

/// The public key above the block, if there is one.
pub(crate) fn written_key(text: &str) -> Option<PublicKey> {
    text.lines()
        .take_while(|line| !line.starts_with("-----BEGIN"))
        .find_map(|line| line.strip_prefix(PUBLIC_KEY_LINE))
        .and_then(|key| key.trim().parse().ok())
}

/// A hostile file could ask for gigabytes and hours; this is checked before any work.
fn check_cost(scheme: &EncryptionScheme) -> Result<(), Damage> {
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return Err(Damage::Unsupported);
    };
    match &parameters.kdf {
        Kdf::Scrypt(asked) => {
            let (n, r) = (asked.cost_parameter, u64::from(asked.block_size));
            let p = u64::from(asked.parallelization);
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return Err(Damage::NotPkcs8);
            }
            let blocks = n.checked_mul(r).ok_or(Damage::TooCostly)?;
            let work = blocks.checked_mul(p).ok_or(Damage::TooCostly)?;
            if blocks > SCRYPT_BLOCKS_MAX || work > SCRYPT_WORK_MAX {
                return Err(Damage::TooCostly);
            }
            Ok(())
        }
        Kdf::Pbkdf2(asked) if asked.iteration_count > PBKDF2_ROUNDS_MAX => Err(Damage::TooCostly),
        Kdf::Pbkdf2(_) => Ok(()),
        _ => Err(Damage::Unsupported),
    }
}

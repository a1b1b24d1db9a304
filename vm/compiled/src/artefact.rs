//! Machine code at rest: sealed when it is made, opened before it is trusted.
//!
//! ```text
//! "ARGC" │ format 1 │ key 32 │ seal 32 │ machine code
//!                       seal = keyed blake3 over format, key and code, with the node's own secret
//! ```
//!
//! Always holds: the engine's unsafe loader, the only unsafe code of the VM, sees nothing that was
//! not sealed by this node for exactly this key.
//! Not here: files, and where the secret comes from (the node's rim).

#![allow(
    unsafe_code,
    reason = "the engine's loader trusts its input; see the invariant"
)]

use std::fmt;
use std::hash::{Hash, Hasher};

use argosy_primitives::{blake3, blake3_keyed};
use argosy_vm_host::HostFault;
use parity_scale_codec::Encode;
use wasmtime::{Engine, Module};

const MAGIC: [u8; 4] = *b"ARGC";
const FORMAT: u8 = 1;
const KEY_AT: usize = MAGIC.len() + 1;
const SEAL_AT: usize = KEY_AT + 32;
const CODE_AT: usize = SEAL_AT + 32;

/// What an artefact was made from: a hash over code, instrumentation, prices, engine, CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtefactKey([u8; 32]);

/// A node's own secret, which makes an artefact acceptable to it and to no other.
#[derive(Clone)]
pub struct SealSecret([u8; 32]);

/// Why an artefact was not loaded. It must be made again.
#[derive(Debug, thiserror::Error)]
pub enum ArtefactError {
    /// It is shorter than its head.
    #[error("the artefact is cut off at {0} bytes")]
    TooShort(usize),
    /// It begins as no artefact of this version does.
    #[error("not an artefact of this version")]
    NotAnArtefact,
    /// It was made from something else.
    #[error("the artefact was made for another module, price list, engine or machine")]
    WrongKey,
    /// It was changed, or sealed by another node.
    #[error("the artefact's seal does not match: it is damaged or not this node's")]
    WrongSeal,
    /// The engine does not take it.
    #[error("the engine refused the artefact: {0}")]
    Refused(String),
    /// It loads but does not fit the chain.
    #[error(transparent)]
    Unusable(HostFault),
}

impl ArtefactKey {
    /// The key of a module's code made on these terms. `parts` are hashed one by one.
    pub fn new(parts: &[&[u8]]) -> ArtefactKey {
        ArtefactKey(blake3(&parts.encode()))
    }

    /// The bytes, for a file's name.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SealSecret {
    /// A secret from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> SealSecret {
        SealSecret(bytes)
    }

    /// Seals machine code for a key.
    pub fn seal(&self, key: &ArtefactKey, code: &[u8]) -> Vec<u8> {
        let mut artefact = Vec::with_capacity(CODE_AT + code.len());
        artefact.extend_from_slice(&MAGIC);
        artefact.push(FORMAT);
        artefact.extend_from_slice(key.as_bytes());
        artefact.extend_from_slice(&self.seal_of(key, code));
        artefact.extend_from_slice(code);
        artefact
    }

    fn seal_of(&self, key: &ArtefactKey, code: &[u8]) -> [u8; 32] {
        blake3_keyed(&self.0, &[&[FORMAT], key.as_bytes(), code])
    }
}

impl fmt::Debug for SealSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealSecret(..)")
    }
}

/// Checks an artefact and loads its code.
pub(crate) fn open(
    engine: &Engine,
    secret: &SealSecret,
    key: &ArtefactKey,
    artefact: &[u8],
) -> Result<Module, ArtefactError> {
    let code = unseal(secret, key, artefact)?;
    // SAFETY: the loader needs bytes that `precompile_module` of this engine's version and settings
    // wrote. The seal proves that this node wrote them, for a key that names both; the engine
    // compares its own version and settings again.
    let module = unsafe { Module::deserialize(engine, code) };
    module.map_err(|error| ArtefactError::Refused(format!("{error:#}")))
}

/// The code of an artefact whose head, key and seal are right.
fn unseal<'a>(
    secret: &SealSecret,
    key: &ArtefactKey,
    artefact: &'a [u8],
) -> Result<&'a [u8], ArtefactError> {
    let Some((head, code)) = artefact.split_at_checked(CODE_AT) else {
        return Err(ArtefactError::TooShort(artefact.len()));
    };
    if head[..MAGIC.len()] != MAGIC || head[MAGIC.len()] != FORMAT {
        return Err(ArtefactError::NotAnArtefact);
    }
    if head[KEY_AT..SEAL_AT] != key.0 {
        return Err(ArtefactError::WrongKey);
    }
    // Compared as hashes: how far a forged seal agrees must not show in the time.
    if blake3(&head[SEAL_AT..]) != blake3(&secret.seal_of(key, code)) {
        return Err(ArtefactError::WrongSeal);
    }
    Ok(code)
}

/// Hash over the engine's version, its settings and the CPU features it compiles for.
pub(crate) fn engine_hash(engine: &Engine) -> [u8; 32] {
    struct Sink(Vec<u8>);
    impl Hasher for Sink {
        fn finish(&self) -> u64 {
            0 // Nobody asks: the bytes are hashed below.
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut sink = Sink(Vec::new());
    engine.precompile_compatibility_hash().hash(&mut sink);
    blake3(&sink.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (SealSecret, ArtefactKey, Vec<u8>) {
        let secret = SealSecret::from_bytes([7; 32]);
        let key = ArtefactKey::new(&[b"code", b"terms"]);
        let artefact = secret.seal(&key, b"machine code");
        (secret, key, artefact)
    }

    #[test]
    fn what_was_sealed_opens() {
        let (secret, key, artefact) = sealed();
        let code = unseal(&secret, &key, &artefact).expect("sealed a line above");
        assert_eq!(code, b"machine code");
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (secret, key, artefact) = sealed();
        for at in 0..artefact.len() {
            let mut changed = artefact.clone();
            changed[at] ^= 1;
            assert!(unseal(&secret, &key, &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn any_cut_is_noticed() {
        let (secret, key, artefact) = sealed();
        for end in 0..artefact.len() {
            let cut = unseal(&secret, &key, &artefact[..end]);
            assert!(cut.is_err(), "{end} bytes");
        }
    }

    #[test]
    fn another_nodes_artefact_is_refused() {
        let (_, key, artefact) = sealed();
        let other = SealSecret::from_bytes([8; 32]);
        let error = unseal(&other, &key, &artefact).expect_err("other secret");
        assert!(matches!(error, ArtefactError::WrongSeal));
    }

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        assert_ne!(
            ArtefactKey::new(&[b"ab", b"c"]),
            ArtefactKey::new(&[b"a", b"bc"])
        );
    }
}

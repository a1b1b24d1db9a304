//! Manifest: the only part of a contract that consensus reads besides its code.
//!
//! ```text
//! custom section `argosy.manifest`
//! +-----------+----------------------+
//! | version 1 | capabilities u32 LE  |   exactly 5 bytes
//! +-----------+----------------------+
//! ```
//!
//! Always holds: an unknown version, an unknown bit or another length is refused, so that a later
//! version can give them meaning. A module without the section asks for nothing.
//! Not here: the ABI's hash. A build cannot know it; the chain computes it at upload.

use core::fmt;

/// Name of the custom section.
pub const MANIFEST_SECTION: &str = "argosy.manifest";
/// Length of the section.
pub const MANIFEST_BYTES: usize = 5;

const VERSION: u8 = 1;

/// What a contract may do beyond its own storage, as a set of bits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Nothing.
    pub const NONE: Capabilities = Capabilities(0);
    /// Send its own funds: `transfer`, and funds sent along with `call` and `instantiate`.
    pub const TRANSFER: Capabilities = Capabilities(1);
    /// Call other contracts.
    pub const CALL: Capabilities = Capabilities(2);
    /// Create contracts.
    pub const INSTANTIATE: Capabilities = Capabilities(4);
    /// Replace its own code.
    pub const UPGRADE: Capabilities = Capabilities(8);
    /// Everything there is.
    pub const ALL: Capabilities = Capabilities(15);

    const NAMES: [(Capabilities, &'static str); 4] = [
        (Capabilities::TRANSFER, "transfer"),
        (Capabilities::CALL, "call"),
        (Capabilities::INSTANTIATE, "instantiate"),
        (Capabilities::UPGRADE, "upgrade"),
    ];

    /// The set with these bits; `None` if one of them is unknown.
    pub const fn from_bits(bits: u32) -> Option<Capabilities> {
        if bits & !Capabilities::ALL.0 == 0 {
            Some(Capabilities(bits))
        } else {
            None
        }
    }

    /// The bits of the set.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// `true` if everything in `other` is in `self`.
    pub const fn contains(self, other: Capabilities) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub const fn union(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }

    /// The names of what is in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Capabilities::NAMES
            .into_iter()
            .filter(move |(bit, _)| self.contains(*bit))
            .map(|(_, name)| name)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// What the section says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What the contract needs.
    pub capabilities: Capabilities,
}

impl Manifest {
    /// The bytes of the section.
    pub const fn to_bytes(self) -> [u8; MANIFEST_BYTES] {
        let [a, b, c, d] = self.capabilities.bits().to_le_bytes();
        [VERSION, a, b, c, d]
    }

    /// Reads the section.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let [version, bits @ ..] = bytes else {
            return Err(ManifestError::Length { found: 0 });
        };
        if *version != VERSION {
            return Err(ManifestError::Version { found: *version });
        }
        let bits: [u8; 4] = bits
            .try_into()
            .map_err(|_| ManifestError::Length { found: bytes.len() })?;
        let bits = u32::from_le_bytes(bits);
        let capabilities =
            Capabilities::from_bits(bits).ok_or(ManifestError::UnknownCapability { bits })?;
        Ok(Manifest { capabilities })
    }
}

/// Why a manifest was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The section has another length.
    #[error("manifest is {found} bytes long, expected {MANIFEST_BYTES}")]
    Length {
        /// Its length.
        found: usize,
    },
    /// The version is unknown.
    #[error("manifest version {found} is unknown, expected {VERSION}")]
    Version {
        /// The version.
        found: u8,
    },
    /// A capability bit is unknown.
    #[error("manifest asks for an unknown capability in {bits:#010x}")]
    UnknownCapability {
        /// All bits of the set.
        bits: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_survives_its_bytes() {
        for bits in 0..=Capabilities::ALL.bits() {
            let capabilities = Capabilities::from_bits(bits).expect("known bits");
            let manifest = Manifest { capabilities };
            assert_eq!(Manifest::parse(&manifest.to_bytes()), Ok(manifest));
        }
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], expected: ManifestError) {
        assert_eq!(Manifest::parse(bytes), Err(expected), "{bytes:?}");
    }

    #[test]
    fn refuses_anything_else() {
        check_refused(&[], ManifestError::Length { found: 0 });
        check_refused(&[1], ManifestError::Length { found: 1 });
        check_refused(&[1, 0, 0, 0], ManifestError::Length { found: 4 });
        check_refused(&[1, 0, 0, 0, 0, 0], ManifestError::Length { found: 6 });
        check_refused(&[0, 0, 0, 0, 0], ManifestError::Version { found: 0 });
        check_refused(&[2, 0, 0, 0, 0], ManifestError::Version { found: 2 });
        check_refused(
            &[1, 16, 0, 0, 0],
            ManifestError::UnknownCapability { bits: 16 },
        );
    }

    #[test]
    fn names_what_it_holds() {
        let set = Capabilities::TRANSFER.union(Capabilities::UPGRADE);
        assert_eq!(alloc::format!("{set:?}"), r#"{"transfer", "upgrade"}"#);
        assert!(set.contains(Capabilities::NONE) && !set.contains(Capabilities::CALL));
    }
}

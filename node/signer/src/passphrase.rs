//! A passphrase: wiped from memory when dropped, never printed.
//!
//! It comes from a prompt or a file, never from an argument or a plain environment variable:
//! both are visible to other processes.

use std::fmt;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::KeyFileError;
use crate::key_file::open_private;

/// The longest passphrase that is accepted, in bytes.
const PASSPHRASE_BYTES_MAX: usize = 1024;

/// What locks a key file. Not empty.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes what a person typed.
    pub fn new(text: impl Into<String>) -> Result<Passphrase, KeyFileError> {
        Passphrase::from_bytes(Zeroizing::new(text.into().into_bytes()))
    }

    /// Reads a passphrase file (or pipe), without its last line break.
    /// A regular file must be readable by its owner only.
    pub fn read(path: &Path) -> Result<Passphrase, KeyFileError> {
        let file = open_private(path)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX + 3));
        let readable = (PASSPHRASE_BYTES_MAX + 3) as u64; // One too many, and a line break.
        file.take(readable)
            .read_to_end(&mut bytes)
            .map_err(|source| KeyFileError::Io {
                action: "read",
                path: path.to_owned(),
                source,
            })?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Passphrase::from_bytes(bytes)
    }

    fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Result<Passphrase, KeyFileError> {
        if bytes.is_empty() {
            return Err(KeyFileError::PassphraseEmpty);
        }
        if bytes.len() > PASSPHRASE_BYTES_MAX {
            return Err(KeyFileError::PassphraseTooLong {
                max: PASSPHRASE_BYTES_MAX,
            });
        }
        Ok(Passphrase(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_the_empty_and_the_endless() {
        assert!(matches!(
            Passphrase::new(""),
            Err(KeyFileError::PassphraseEmpty)
        ));
        assert!(Passphrase::new("x".repeat(PASSPHRASE_BYTES_MAX)).is_ok());
        assert!(matches!(
            Passphrase::new("x".repeat(PASSPHRASE_BYTES_MAX + 1)),
            Err(KeyFileError::PassphraseTooLong { .. })
        ));
    }

    #[test]
    fn never_prints_itself() {
        let secret = Passphrase::new("open sesame").expect("not empty");
        assert_eq!(format!("{secret:?}"), "Passphrase(..)");
    }
}

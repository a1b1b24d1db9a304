//! One key file on disk.
//!
//! A file appears whole or not at all, is never overwritten, and belongs to its owner only
//! (mode 0600); one that others may touch is not opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use argosy_primitives::{PublicKey, SecretKey};
use zeroize::Zeroizing;

use crate::error::Damage;
use crate::pem::{self, Unreadable};
use crate::{KeyFileError, Passphrase};

/// The largest key file that is read.
const FILE_BYTES_MAX: u64 = 16 * 1024;

/// A new secret key from the system's randomness.
pub fn generate_key() -> Result<SecretKey, KeyFileError> {
    let mut seed = Zeroizing::new([0u8; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| KeyFileError::NoRandomness)?;
    Ok(SecretKey::generate_from(*seed))
}

/// A key file by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// Names a file; nothing is touched yet.
    pub fn at(path: impl Into<PathBuf>) -> KeyFile {
        KeyFile { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `key`, locked by `passphrase`. Takes a quarter of a second by design.
    pub fn create(&self, key: &SecretKey, passphrase: &Passphrase) -> Result<(), KeyFileError> {
        let mut random = [0u8; 48];
        getrandom::fill(&mut random).map_err(|_| KeyFileError::NoRandomness)?;
        let (salt, rest) = random.split_first_chunk().expect("48 bytes hold 16");
        let (iv, rest) = rest.split_first_chunk().expect("32 bytes hold 16");
        let text = pem::seal(key, passphrase, salt, *iv);
        self.create_with(text.as_bytes(), rest)
    }

    /// Writes the file whole. `random` makes the name of its scratch file.
    pub(crate) fn create_with(&self, text: &[u8], random: &[u8]) -> Result<(), KeyFileError> {
        let scratch = self.scratch_path(random)?;
        let written = self.write_scratch(&scratch, text);
        let placed = written.and_then(|()| self.place(&scratch));
        // The scratch file is a second link to the key, or the rest of a failed attempt.
        let removed = fs::remove_file(&scratch);
        placed?;
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.io("remove the temporary copy of", error))
            }
            _ => self.sync_folder(),
        }
    }

    /// Reads and unlocks the key.
    pub fn open(&self, passphrase: &Passphrase) -> Result<SecretKey, KeyFileError> {
        let text = self.read()?;
        pem::open(&text, passphrase).map_err(|why| match why {
            Unreadable::Damaged(what) => self.damaged(what),
            Unreadable::WrongPassphrase => KeyFileError::WrongPassphrase {
                path: self.path.clone(),
            },
        })
    }

    /// The public key written in the file, without unlocking it.
    /// Good for lists; [`KeyFile::open`] checks that it is the right one.
    pub fn public_key(&self) -> Result<PublicKey, KeyFileError> {
        pem::public_key(&self.read()?).map_err(|what| self.damaged(what))
    }

    pub(crate) fn read(&self) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let file = open_private(&self.path)?;
        let mut text = Zeroizing::new(Vec::with_capacity(1024));
        file.take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut text)
            .map_err(|error| self.io("read", error))?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(self.damaged(Damage::TooLarge {
                max: FILE_BYTES_MAX,
            }));
        }
        Ok(text)
    }

    /// In the same folder, so that placing it is one step of the file system.
    fn scratch_path(&self, random: &[u8]) -> Result<PathBuf, KeyFileError> {
        let name = self
            .path
            .file_name()
            .ok_or_else(|| self.io("create", io::Error::from(io::ErrorKind::InvalidFilename)))?;
        let mut scratch = std::ffi::OsString::from(".");
        scratch.push(name);
        scratch.push(format!(".{}.tmp", const_hex::encode(random)));
        Ok(self.path.with_file_name(scratch))
    }

    fn write_scratch(&self, scratch: &Path, text: &[u8]) -> Result<(), KeyFileError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(scratch).and_then(|mut file| {
            file.write_all(text)?;
            file.sync_all()
        });
        written.map_err(|error| self.io("write", error))
    }

    /// Linking fails when the name is taken: no window in which a key could be overwritten.
    fn place(&self, scratch: &Path) -> Result<(), KeyFileError> {
        fs::hard_link(scratch, &self.path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists {
                path: self.path.clone(),
            },
            _ => self.io("create", error),
        })
    }

    fn sync_folder(&self) -> Result<(), KeyFileError> {
        let folder = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|it| it.sync_all())
            .map_err(|error| self.io("sync the folder of", error))
    }

    pub(crate) fn damaged(&self, what: Damage) -> KeyFileError {
        KeyFileError::Damaged {
            path: self.path.clone(),
            what,
        }
    }

    fn io(&self, action: &'static str, source: io::Error) -> KeyFileError {
        KeyFileError::Io {
            action,
            path: self.path.clone(),
            source,
        }
    }
}

/// Whether others may touch a file that only its owner should.
///
/// Orchestrators mount secrets as files of root that a container's group may read, and the container's
/// user is not root: those are accepted.
#[cfg(unix)]
fn is_too_open(mode: u32, owner: u32, own: Option<u32>) -> bool {
    let is_mounted = owner == 0 && own.is_some_and(|it| it != 0);
    mode & (if is_mounted { 0o037 } else { 0o077 }) != 0
}

/// The user of this process, where the system says so in `/proc`.
#[cfg(unix)]
fn own_user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").ok().map(|it| it.uid())
}

/// Opens a file that nobody but its owner may touch. The check is on the opened file itself.
pub(crate) fn open_private(path: &Path) -> Result<File, KeyFileError> {
    let io_error = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing {
            path: path.to_owned(),
        },
        _ => KeyFileError::Io {
            action: "open",
            path: path.to_owned(),
            source,
        },
    };
    let file = File::open(path).map_err(io_error)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let facts = file.metadata().map_err(io_error)?;
        let mode = facts.permissions().mode() & 0o777;
        if facts.is_file() && is_too_open(mode, facts.uid(), own_user()) {
            return Err(KeyFileError::TooOpen {
                path: path.to_owned(),
                mode,
            });
        }
    }
    Ok(file)
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_too_open;

    #[test]
    fn the_group_may_read_what_an_orchestrator_mounts_and_nothing_else() {
        for mode in [0o600, 0o400] {
            assert!(!is_too_open(mode, 1_000, Some(1_000)));
        }
        // Files of this user, and root's own: nobody else.
        assert!(is_too_open(0o640, 1_000, Some(1_000)));
        assert!(is_too_open(0o440, 0, Some(0)));
        assert!(is_too_open(0o440, 0, None));
        assert!(is_too_open(0o440, 1_000, Some(65_532)));
        // A mounted secret.
        assert!(!is_too_open(0o440, 0, Some(65_532)));
        assert!(is_too_open(0o460, 0, Some(65_532)));
        assert!(is_too_open(0o444, 0, Some(65_532)));
    }
}

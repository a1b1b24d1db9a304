//! Artefacts on disk: one sealed file per module, written whole or not at all.
//!
//! ```text
//! DIR/seal.key        32 random bytes, for this node alone
//! DIR/<key>.argc      sealed machine code; the file's time is that of its last use
//! ```
//!
//! Always holds: the folder may be deleted at any time; a file that is damaged, foreign or of other
//! terms is removed and made again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use argosy_primitives::blake3;
use argosy_vm_compiled::{ArtefactKey, SealSecret};

const SECRET_FILE: &str = "seal.key";
const EXTENSION: &str = "argc";
/// Files in all; the least recently used go first.
const BYTES_MAX: u64 = 1 << 30;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the folder of compiled code, {}: {error}; delete it, or set vm.tier = \"interpreter\"", .path.display())]
pub struct CacheError {
    /// The folder or file.
    pub path: PathBuf,
    /// What happened.
    pub error: io::Error,
}

/// The folder.
pub(crate) struct ArtefactCache {
    dir: PathBuf,
    secret: SealSecret,
}

impl ArtefactCache {
    /// Opens the folder, makes it and its secret if they are not there.
    pub(crate) fn open(dir: &Path) -> Result<ArtefactCache, CacheError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |error| CacheError { path, error }
        };
        fs::create_dir_all(dir).map_err(failed(dir))?;
        let file = dir.join(SECRET_FILE);
        let secret = match read_secret(&file).map_err(failed(&file))? {
            Some(secret) => secret,
            None => make_secret(&file).map_err(failed(&file))?,
        };
        Ok(ArtefactCache {
            dir: dir.to_path_buf(),
            secret: SealSecret::from_bytes(secret),
        })
    }

    pub(crate) fn secret(&self) -> &SealSecret {
        &self.secret
    }

    /// The artefact of a key, which counts as used now.
    pub(crate) fn read(&self, key: &ArtefactKey) -> Option<Vec<u8>> {
        let path = self.path(key);
        let bytes = fs::read(&path).ok()?;
        if let Ok(file) = File::open(&path) {
            // Only the order of removal depends on it.
            let _ = file.set_modified(SystemTime::now());
        }
        Some(bytes)
    }

    /// Keeps an artefact, and removes old ones if there are too many.
    pub(crate) fn write(&self, key: &ArtefactKey, artefact: &[u8]) -> io::Result<()> {
        let (path, part) = (self.path(key), self.path(key).with_extension("part"));
        let written = private(&part)
            .and_then(|mut file| file.write_all(artefact))
            .and_then(|()| fs::rename(&part, &path));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        written?;
        self.trim()
    }

    /// Removes an artefact that is of no use.
    pub(crate) fn remove(&self, key: &ArtefactKey) {
        // If it cannot be removed it is refused again next time.
        let _ = fs::remove_file(self.path(key));
    }

    fn trim(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == EXTENSION) {
                let metadata = fs::metadata(&path)?;
                files.push((metadata.modified()?, metadata.len(), path));
            }
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, len, _)| len).sum();
        for (_, len, path) in files {
            if bytes <= BYTES_MAX {
                break;
            }
            fs::remove_file(path)?;
            bytes -= len;
        }
        Ok(())
    }

    fn path(&self, key: &ArtefactKey) -> PathBuf {
        let name: String = key
            .as_bytes()
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        self.dir.join(name).with_extension(EXTENSION)
    }
}

/// The secret and a check over it; `None` if there is none, or a torn one.
fn read_secret(file: &Path) -> io::Result<Option<[u8; 32]>> {
    let mut bytes = Vec::new();
    match File::open(file) {
        Ok(file) => file.take(65).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some((secret, check)) = bytes.split_first_chunk::<32>() else {
        return Ok(None);
    };
    Ok((blake3(secret) == check).then_some(*secret))
}

fn make_secret(file: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let part = file.with_extension("part");
    let mut handle = private(&part)?;
    handle.write_all(&secret)?;
    handle.write_all(&blake3(&secret))?;
    fs::rename(&part, file)?;
    Ok(secret)
}

/// A new file that nobody else may read.
fn private(path: &Path) -> io::Result<File> {
    // What a killed node left behind.
    let _ = fs::remove_file(path);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

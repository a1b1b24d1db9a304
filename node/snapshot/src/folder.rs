//! Snapshots as folders: their names, which there are, and reading one.
//!
//! Always: a folder counts only under its final name, which it gets once all of it is on disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use argosy_primitives::{BlockHash, Height};

use crate::limits::MANIFEST_BYTES_MAX;
use crate::source::{Source, SourceError};

pub(crate) const MANIFEST: &str = "manifest";
const CHUNK: &str = "chunk-";
const UNFINISHED: &str = ".unfinished";
/// Hex digits of the block's hash in a name.
const HASH_DIGITS: usize = 8;

/// A snapshot in a folder of snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Of what height.
    pub height: Height,
    /// Its own folder's name.
    pub name: String,
    /// Its own folder.
    pub path: PathBuf,
}

/// The name of the snapshot of a block.
pub fn name_of(height: Height, hash: &BlockHash) -> String {
    let digits = hash.as_bytes()[..HASH_DIGITS / 2].iter();
    let digits: String = digits.map(|byte| format!("{byte:02x}")).collect();
    format!("{height}-{digits}")
}

/// Whether a text is the name of a snapshot. No such text leads out of a folder.
pub fn is_name(text: &str) -> bool {
    height_in(text).is_some()
}

fn height_in(name: &str) -> Option<Height> {
    let (height, digits) = name.split_once('-')?;
    let is_hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    let is_hash = digits.len() == HASH_DIGITS && digits.bytes().all(is_hex);
    let is_number = height.bytes().all(|it| it.is_ascii_digit());
    // One name per height: no leading zeros.
    let height = height
        .parse::<Height>()
        .ok()
        .filter(|it| it.to_string() == height);
    height.filter(|_| is_hash && is_number)
}

pub(crate) fn chunk_name(index: u32) -> String {
    format!("{CHUNK}{index:06}")
}

pub(crate) fn unfinished(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{UNFINISHED}"))
}

/// The snapshots in a folder, the oldest height first; none if the folder is not there.
pub fn list(folder: &Path) -> io::Result<Vec<Listed>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut listed = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(height) = height_in(&name)
            && entry.path().is_dir()
        {
            let path = entry.path();
            listed.push(Listed { height, name, path });
        }
    }
    listed.sort_by(|a, b| (a.height, &a.name).cmp(&(b.height, &b.name)));
    Ok(listed)
}

/// Removes all snapshots of a folder but those of the highest `keep` heights; answers how many went.
pub fn prune(folder: &Path, keep: usize) -> io::Result<usize> {
    let mut listed = list(folder)?;
    listed.truncate(listed.len().saturating_sub(keep));
    for it in &listed {
        // Under its name it counts: first that goes, then the files.
        let gone = unfinished(folder, &it.name);
        if gone.exists() {
            fs::remove_dir_all(&gone)?;
        }
        fs::rename(&it.path, &gone)?;
        fs::remove_dir_all(gone)?;
    }
    Ok(listed.len())
}

/// Removes what was not finished. Nobody else may be making a snapshot in this folder.
pub fn remove_unfinished(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let stem = name.to_str().and_then(|it| it.strip_suffix(UNFINISHED));
        if stem.is_some_and(is_name) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// A snapshot in a folder of its own.
#[derive(Clone, Debug)]
pub struct FolderSource {
    path: PathBuf,
}

impl FolderSource {
    /// The snapshot at `path`, or, if that is a folder of snapshots, the one of the block with this
    /// hash, and without one the newest. Nothing is read yet.
    pub fn find(path: &Path, hash: Option<&BlockHash>) -> Result<FolderSource, SourceError> {
        if path.join(MANIFEST).exists() {
            return Ok(FolderSource::of(path));
        }
        let what = "snapshot".to_owned();
        let listed = list(path).map_err(|error| SourceError::Failed {
            what: what.clone(),
            reason: error.to_string(),
        })?;
        let is_wanted = |it: &&Listed| hash.is_none_or(|hash| name_of(it.height, hash) == it.name);
        let found = listed.iter().rev().find(is_wanted);
        let found = found.ok_or(SourceError::Missing { what })?;
        Ok(FolderSource::of(&found.path))
    }

    /// The snapshot at `path`.
    pub fn of(path: &Path) -> FolderSource {
        let path = path.to_path_buf();
        FolderSource { path }
    }

    fn read(&self, name: &str, bytes_max: u64) -> Result<Vec<u8>, SourceError> {
        let what = || name.to_owned();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::Missing { what: what() },
            _ => SourceError::Failed {
                what: what(),
                reason: error.to_string(),
            },
        };
        let path = self.path.join(name);
        // What is no file may never end, or never answer.
        if !path.metadata().map_err(failed)?.is_file() {
            return Err(SourceError::Missing { what: what() });
        }
        let file = File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        let mut limited = file.take(bytes_max.saturating_add(1));
        limited.read_to_end(&mut bytes).map_err(failed)?;
        match bytes.len() as u64 > bytes_max {
            true => Err(SourceError::TooLarge {
                what: what(),
                bytes_max,
            }),
            false => Ok(bytes),
        }
    }
}

impl Source for FolderSource {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn manifest(&self) -> Result<Vec<u8>, SourceError> {
        self.read(MANIFEST, MANIFEST_BYTES_MAX as u64)
    }

    fn chunk(&self, index: u32, bytes: u32) -> Result<Vec<u8>, SourceError> {
        self.read(&chunk_name(index), bytes.into())
    }

    fn chunk_beyond(&self, count: usize) -> Result<Option<u32>, SourceError> {
        let failed = |error: io::Error| SourceError::Failed {
            what: "folder".into(),
            reason: error.to_string(),
        };
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let index = name.to_str().and_then(|it| it.strip_prefix(CHUNK));
            let index = index.and_then(|it| it.parse::<u32>().ok());
            if let Some(index) = index.filter(|it| *it as usize >= count) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_name_heights_and_lead_nowhere_else() {
        let hash = BlockHash::from_bytes([0xab; 32]);
        assert_eq!(name_of(1200, &hash), "1200-abababab");
        assert!(is_name("1200-abababab") && is_name("0-00000000"));
        for other in [
            "",
            "-",
            "..",
            "1-abababa",
            "01-abababab",
            "+1-abababab",
            "1-ABABABAB",
            "1-abababab/",
            "1-abababab.unfinished",
            "1-../../ab",
            "99999999999999999999-abababab",
        ] {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn the_newest_are_kept_and_strangers_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "9-00000000",
            "10-00000000",
            "11-00000000",
            "other",
            "8-00000000.unfinished",
        ];
        for name in names {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert_eq!(prune(folder.path(), 2).unwrap(), 1);
        remove_unfinished(folder.path()).unwrap();
        let heights: Vec<_> = list(folder.path())
            .unwrap()
            .iter()
            .map(|it| it.height)
            .collect();
        assert_eq!(heights, [10, 11]);
        assert!(folder.path().join("other").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        let nowhere = folder.path().join("nowhere");
        assert_eq!(
            (list(&nowhere).unwrap(), prune(&nowhere, 1).unwrap()),
            (vec![], 0)
        );
    }
}

//! How far the log was on disk: a note beside the database, since a log that is gone or was cut short
//! looks like one that never was longer.
//!
//! ```text
//! db/SYNCED   sequence number u64 LE ‖ its complement u64 LE
//! ```
//!
//! Always: what the note names was on disk before the note was written, and the note itself is never
//! waited for. So a loss of power leaves an older note, never one that is ahead.
//! Not here: logs that are closed, which RocksDB follows itself.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::OpenError;

const NAME: &str = "SYNCED";
const BYTES: usize = 16;

/// The note of an open database.
pub(crate) struct Synced(File);

impl Synced {
    /// Opens the note of a database, making it if it is not there.
    pub(crate) fn open(database: &Path) -> Result<Synced, OpenError> {
        let path = database.join(NAME);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(&path);
        file.map(Synced)
            .map_err(|error| OpenError::of_io("write", &path, error))
    }

    /// Notes that everything up to a sequence number is on disk. Without room it stays as it was,
    /// which is true as well.
    pub(crate) fn note(&self, sequence: u64) {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&sequence.to_le_bytes());
        bytes[8..].copy_from_slice(&(!sequence).to_le_bytes());
        let _ = self.0.write_all_at(&bytes, 0);
    }
}

/// Refuses a database that ends before what was on disk.
pub(crate) fn check(database: &Path, sequence: u64) -> Result<(), OpenError> {
    let noted = read(database)?;
    match sequence < noted {
        false => Ok(()),
        true => Err(OpenError::Damaged {
            path: database.to_path_buf(),
            what: format!(
                "its log is gone or was cut: write {noted} was on disk, and {sequence} is the last that is there"
            ),
        }),
    }
}

/// What the note says; 0 if there is none.
fn read(database: &Path) -> Result<u64, OpenError> {
    let path = database.join(NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(OpenError::of_io("read", &path, error)),
    };
    // Made, and never written on disk.
    if bytes.iter().all(|it| *it == 0) {
        return Ok(0);
    }
    let parts = bytes.split_first_chunk::<8>().and_then(|(first, rest)| {
        let second = <[u8; 8]>::try_from(rest).ok()?;
        Some((u64::from_le_bytes(*first), u64::from_le_bytes(second)))
    });
    match parts {
        Some((sequence, complement)) if complement == !sequence => Ok(sequence),
        Some(_) | None => Err(OpenError::Damaged {
            path: database.to_path_buf(),
            what: format!(
                "{NAME}, which says how far the log was on disk, is not what was written; without the file that is not compared"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME, Synced, check, read};

    #[test]
    fn a_note_is_what_was_noted_last_and_no_other_bytes_are() {
        let folder = tempfile::tempdir().expect("there is a disk");
        let path = folder.path();
        assert_eq!(read(path).expect("there is none"), 0);
        let note = Synced::open(path).expect("it is ours");
        assert_eq!(read(path).expect("it is empty"), 0);
        for sequence in [1, 700, 699, u64::MAX] {
            note.note(sequence);
            assert_eq!(read(path).expect("it is whole"), sequence);
        }
        note.note(9);
        assert!(check(path, 9).is_ok() && check(path, 10).is_ok());
        let error = check(path, 8).expect_err("a write is lost").to_string();
        assert!(error.contains("write 9 was on disk"), "{error}");
        let whole = std::fs::read(path.join(NAME)).expect("it is there");
        for bit in 0..whole.len() * 8 {
            let mut harmed = whole.clone();
            harmed[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(path.join(NAME), harmed).expect("it is ours");
            assert!(read(path).is_err(), "bit {bit}");
        }
        for length in 1..whole.len() {
            std::fs::write(path.join(NAME), &whole[..length]).expect("it is ours");
            assert!(read(path).is_err(), "{length} bytes");
        }
    }
}

//! Why a directory cannot be used, and how RocksDB's failures become `kv`'s.
//!
//! Always: a message names the path and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use argosy_kv::{Cause, Column, KvError};
use rocksdb::ErrorKind;

/// What helps where bytes on disk are not those that were written.
pub const MEND: &str = "move it away and make a new one: from a backup (argosyd backup restore), a snapshot \
     (argosyd snapshot restore), or the blocks of a good one (argosyd replay, argosyd import-blocks)";

/// Why a data directory cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is something else.
    #[error("{} is not a directory; give the path of a directory, or of one to be made", .0.display())]
    NotADirectory(PathBuf),
    /// There is nothing to read.
    #[error("there is no data directory at {}; check the path", .0.display())]
    Missing(PathBuf),
    /// A restore would write over something.
    #[error("{} has a database already; give another directory, or move that one away", .0.display())]
    HasDatabase(PathBuf),
    /// A restore was broken off: a new chain is not what was asked for.
    #[error("{} holds no chain: {command} was broken off; repeat that command, or remove {} to begin a new chain", .path.display(), .mark.display())]
    Restoring {
        /// The directory.
        path: PathBuf,
        /// What was broken off.
        command: String,
        /// The file that says so.
        mark: PathBuf,
    },
    /// There are no backups.
    #[error("there are no backups in {}; check the path", .0.display())]
    NoBackups(PathBuf),
    /// There is no such backup.
    #[error("{} has no backup{}; argosyd backup list shows what there is", .path.display(), .id.map_or(String::new(), |id| format!(" {id}")))]
    NoBackup {
        /// The folder of backups.
        path: PathBuf,
        /// Which was asked for; none: the newest.
        id: Option<u32>,
    },
    /// The system does not let us read or write there.
    #[error("cannot {what} {}: {source}; check that the directory belongs to this user and is not read-only", .path.display())]
    Denied {
        /// What was tried: `create`, `read`, `write`.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// There is no room.
    #[error("no space left for {}; free some, then start again: nothing is lost", .0.display())]
    NoSpace(PathBuf),
    /// Another process has it.
    #[error("{} is in use by process {process}, or by one that reads it; stop that one, or give another directory", .path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Its process id, or what little is known of it.
        process: String,
    },
    /// It holds something, and not ours.
    #[error("{} is not an Argosy data directory (it holds {found}); give an empty one", .path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// What is there.
        found: String,
    },
    /// It was written by a release that knows more.
    #[error("{} was written by a newer release ({found}); this one reads {known}: upgrade, or give another directory", .path.display())]
    Newer {
        /// The directory.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What we read.
        known: String,
    },
    /// It was written by an earlier release, and is only to be read.
    #[error("{} was written by an earlier release, which had no column {column}; start the node once, which adds it", .path.display())]
    Older {
        /// The directory.
        path: PathBuf,
        /// What it does not have.
        column: Column,
    },
    /// A backup in the folder is broken.
    #[error("the backup in {} is damaged: {what}; give an older one with --id, argosyd backup list shows them", .path.display())]
    DamagedBackup {
        /// The folder of backups.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Something in it is broken.
    #[error("{} is damaged: {what}; {}", .path.display(), MEND)]
    Damaged {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Metadata failed in another way.
    #[error("cannot open the database in {}: {what}", .path.display())]
    Other {
        /// The directory.
        path: PathBuf,
        /// What RocksDB or the system said.
        what: String,
    },
}

impl OpenError {
    /// A failed operation of the system on a file of the directory.
    pub(crate) fn of_io(what: &'static str, path: &Path, source: io::Error) -> OpenError {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::NoSpace(path),
            io::ErrorKind::NotADirectory => OpenError::NotADirectory(path),
            _ => OpenError::Denied { what, path, source },
        }
    }

    /// What RocksDB answered about the backups in `path`.
    pub(crate) fn of_backup(path: &Path, error: &rocksdb::Error) -> OpenError {
        match OpenError::of_rocksdb(path, error) {
            OpenError::Damaged { path, what } => OpenError::DamagedBackup { path, what },
            other => other,
        }
    }

    /// What RocksDB answered when it was to open the database in `path`.
    pub(crate) fn of_rocksdb(path: &Path, error: &rocksdb::Error) -> OpenError {
        let (path, what) = (path.to_path_buf(), one_line(error));
        match cause(error) {
            Cause::NoSpace => OpenError::NoSpace(path),
            Cause::Damaged => OpenError::Damaged { path, what },
            Cause::Denied => OpenError::Denied {
                what: "open",
                path,
                source: io::Error::other(what),
            },
            Cause::TooMuch | Cause::Beneath | Cause::Other => OpenError::Other { path, what },
        }
    }
}

pub(crate) fn read_failed(column: Column, error: &rocksdb::Error) -> KvError {
    KvError::Read {
        column,
        cause: cause(error),
        source: one_line(error).into(),
    }
}

pub(crate) fn commit_failed(error: &rocksdb::Error) -> KvError {
    KvError::Commit {
        cause: cause(error),
        source: one_line(error).into(),
    }
}

fn cause(error: &rocksdb::Error) -> Cause {
    cause_of(error.kind(), error.as_ref())
}

fn cause_of(kind: ErrorKind, text: &str) -> Cause {
    // RocksDB passes the system's answer on as text only.
    if text.contains("No space left")
        || text.contains("Disk quota exceeded")
        || text.contains("File too large")
    {
        return Cause::NoSpace;
    }
    match kind {
        ErrorKind::Corruption => Cause::Damaged,
        // A file that the database names is gone, or is shorter than it says.
        ErrorKind::IOError if is_missing(text) => Cause::Damaged,
        _ if is_denied(text) => Cause::Denied,
        _ => Cause::Other,
    }
}

fn is_missing(text: &str) -> bool {
    text.contains("No such file") || text.contains("truncated")
}

fn is_denied(text: &str) -> bool {
    text.contains("Permission denied")
        || text.contains("Read-only file system")
        || text.contains("Input/output error")
}

fn one_line(error: &rocksdb::Error) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_damage_and_not_the_operators_configuration() {
        let gone = "IO error: No such file or directory: While open a file for random read: \
                    db/000123.sst: No such file or directory";
        assert_eq!(cause_of(ErrorKind::IOError, gone), Cause::Damaged);
        let full = "IO error: No space left on device: While appending to file: db/000124.log";
        assert_eq!(cause_of(ErrorKind::IOError, full), Cause::NoSpace);
        let denied =
            "IO error: Permission denied: While open a file for random read: db/000123.sst";
        assert_eq!(cause_of(ErrorKind::IOError, denied), Cause::Denied);
        assert_eq!(
            cause_of(ErrorKind::Corruption, "block checksum mismatch"),
            Cause::Damaged
        );
        assert_eq!(cause_of(ErrorKind::Busy, "busy"), Cause::Other);
    }
}

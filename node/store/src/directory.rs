//! The directory: whose it is, which layout it has, and that only one process uses it.
//!
//! States: absent or empty → marked (FORMAT) → with a database. Each step is complete on disk before
//! the next begins, so that a crash between two of them leaves a directory that opens.
//! Not here: what the database holds.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use argosy_kv::crash_point;

use crate::OpenError;

/// Version of the files and folders in a data directory.
const LAYOUT: u32 = 1;
const FORMAT: &str = "FORMAT";
const FIRST_LINE: &str = "argosy data directory";
const LOCK: &str = "LOCK";
const DATABASE: &str = "db";
/// What every database of RocksDB has.
const DATABASE_ENTRY: &str = "CURRENT";
/// A database that is being made; it counts only under its final name.
const UNFINISHED: &str = "db.new";
/// Lies there while a database is being restored: until that is done, or this is removed, no new one
/// is made. Its only line is the command.
const RESTORING: &str = "RESTORING";
/// What may lie in a directory before we take it: a file system's own, and the operator's.
const NOT_FOREIGN: &[&str] = &[
    LOCK,
    "FORMAT.new",
    "lost+found",
    "argosyd.toml",
    "config.toml",
    "keys",
    "signer",
];
/// More than this was not written by us.
const FORMAT_BYTES_MAX: u64 = 4096;

/// A data directory that this process holds. It is free again when this is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    /// Locked as long as it is open; the system frees it also when the process is killed. None in a
    /// copy that nobody ever used, opened to read.
    _lock: Option<File>,
}

impl DataDir {
    /// Takes the directory at `path`, making it if it is not there.
    pub fn open(path: &Path) -> Result<DataDir, OpenError> {
        fs::create_dir_all(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => OpenError::NotADirectory(path.to_path_buf()),
            _ => OpenError::of_io("create", path, source),
        })?;
        // The lock is the first file that we write: not into somebody else's folder.
        match read_format(path)? {
            Some(text) => check_format(path, &text)?,
            None => refuse_foreign(path)?,
        }
        let lock = take_lock(path)?;
        // Another process may have marked it before we had the lock.
        match read_format(path)? {
            Some(text) => check_format(path, &text)?,
            None => write_format(path)?,
        }
        let whole = path.canonicalize();
        Ok(DataDir {
            path: whole.map_err(|error| OpenError::of_io("read", path, error))?,
            _lock: Some(lock),
        })
    }

    /// Takes the directory at `path` to read what is there. Nothing is written, so that it may lie on
    /// a medium that cannot be written.
    pub fn open_to_read(path: &Path) -> Result<DataDir, OpenError> {
        let Some(text) = read_format(path)? else {
            return Err(match is_beside_database(path) {
                true => no_mark(path.to_path_buf(), "is missing"),
                false => OpenError::Missing(path.to_path_buf()),
            });
        };
        check_format(path, &text)?;
        let lock = path.join(LOCK);
        let lock = match File::open(&lock) {
            Ok(file) => Some(shared(path, file, &lock)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(OpenError::of_io("read", &lock, error)),
        };
        let whole = path.canonicalize();
        Ok(DataDir {
            path: whole.map_err(|error| OpenError::of_io("read", path, error))?,
            _lock: lock,
        })
    }

    /// Where it is, from the root of the file system.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has a database.
    pub fn has_database(&self) -> bool {
        self.database().exists()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Where a database is made; empty.
    pub(crate) fn unfinished(&self) -> Result<PathBuf, OpenError> {
        let path = self.path.join(UNFINISHED);
        match fs::remove_dir_all(&path) {
            Ok(()) => {
                crash_point!("directory::cleared");
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(OpenError::of_io("write", &path, error)),
        }
        Ok(path)
    }

    /// Deletes the database, and the mark of a restore that was broken off; whether there was a database.
    /// It goes in one step: where this ends too early, what is left counts for nothing, and goes later.
    pub fn delete_database(&self) -> Result<bool, OpenError> {
        let doomed = self.unfinished()?;
        let was_there = self.has_database();
        if was_there {
            fs::rename(self.database(), &doomed)
                .map_err(|error| OpenError::of_io("write", &doomed, error))?;
            sync_directory(&self.path)?;
            self.unfinished()?;
        }
        self.unmark_restore()?;
        Ok(was_there)
    }

    /// Says, durably, that a database is being restored by this command.
    pub(crate) fn mark_restore(&self, command: &str) -> Result<(), OpenError> {
        let path = self.path.join(RESTORING);
        let write = File::create(&path).and_then(|mut file| {
            writeln!(file, "{command}")?;
            file.sync_all()
        });
        write.map_err(|error| OpenError::of_io("write", &path, error))?;
        sync_directory(&self.path)
    }

    /// Takes the mark away, if there is one.
    pub(crate) fn unmark_restore(&self) -> Result<(), OpenError> {
        let path = self.path.join(RESTORING);
        match fs::remove_file(&path) {
            Ok(()) => sync_directory(&self.path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(OpenError::of_io("write", &path, error)),
        }
    }

    /// Refuses a directory without a database in which a restore was broken off.
    pub fn refuse_restoring(&self) -> Result<(), OpenError> {
        let path = self.path.join(RESTORING);
        if self.has_database() || !path.exists() {
            return Ok(());
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        Err(OpenError::Restoring {
            path: self.path.clone(),
            command: text.lines().next().unwrap_or_default().into(),
            mark: path,
        })
    }

    /// Gives the finished database its name.
    pub(crate) fn finish(&self) -> Result<(), OpenError> {
        let (from, to) = (self.path.join(UNFINISHED), self.database());
        crash_point!("directory::before_name");
        fs::rename(from, &to).map_err(|error| OpenError::of_io("write", &to, error))?;
        crash_point!("directory::named");
        sync_directory(&self.path)
    }
}

/// The text of FORMAT; `None`: there is none.
fn read_format(path: &Path) -> Result<Option<String>, OpenError> {
    let path = path.join(FORMAT);
    // What is no file may block, or is somebody else's.
    if path.metadata().is_ok_and(|it| !it.is_file()) {
        return Ok(Some(String::new()));
    }
    let mut text = Vec::new();
    let read =
        File::open(&path).and_then(|file| file.take(FORMAT_BYTES_MAX).read_to_end(&mut text));
    match read {
        Ok(_) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OpenError::of_io("read", &path, error)),
    }
}

fn check_format(path: &Path, text: &str) -> Result<(), OpenError> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        let (path, found) = (path.to_path_buf(), format!("another program's {FORMAT}"));
        return Err(match is_beside_database(&path) {
            true => no_mark(path, "begins with another line"),
            false => OpenError::Foreign { path, found },
        });
    }
    let layout = lines.next().and_then(|it| it.strip_prefix("layout = "));
    match layout.and_then(|it| it.parse::<u32>().ok()) {
        Some(LAYOUT) => Ok(()),
        Some(found) if found > LAYOUT => Err(OpenError::Newer {
            path: path.to_path_buf(),
            found: format!("{FORMAT} says layout {found}"),
            known: format!("layout {LAYOUT}"),
        }),
        Some(_) | None => Err(OpenError::Damaged {
            path: path.to_path_buf(),
            what: format!("{FORMAT} names no layout that ever was"),
        }),
    }
}

/// Whether a database lies where ours do: then the mark was there once.
fn is_beside_database(path: &Path) -> bool {
    path.join(DATABASE).join(DATABASE_ENTRY).is_file()
}

fn no_mark(path: PathBuf, what: &str) -> OpenError {
    let what = format!("{FORMAT} {what}; its lines are \"{FIRST_LINE}\" and \"layout = {LAYOUT}\"");
    OpenError::Damaged { path, what }
}

fn write_format(path: &Path) -> Result<(), OpenError> {
    refuse_foreign(path)?;
    let (unfinished, target) = (path.join("FORMAT.new"), path.join(FORMAT));
    let text = format!("{FIRST_LINE}\nlayout = {LAYOUT}\n");
    let write = File::create(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let failed = |error| OpenError::of_io("write", &target, error);
    write.map_err(failed)?;
    crash_point!("directory::before_mark");
    fs::rename(&unfinished, &target).map_err(failed)?;
    crash_point!("directory::marked");
    sync_directory(path)
}

/// A directory without our mark must hold nothing that somebody may miss.
fn refuse_foreign(path: &Path) -> Result<(), OpenError> {
    if is_beside_database(path) {
        return Err(no_mark(path.to_path_buf(), "is missing"));
    }
    let entries = fs::read_dir(path).map_err(|error| OpenError::of_io("read", path, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| OpenError::of_io("read", path, error))?;
        let name = entry.file_name();
        if !NOT_FOREIGN.iter().any(|it| name == *it) {
            let found = name.to_string_lossy().into_owned();
            let path = path.to_path_buf();
            return Err(OpenError::Foreign { path, found });
        }
    }
    Ok(())
}

fn take_lock(path: &Path) -> Result<File, OpenError> {
    let file_path = path.join(LOCK);
    let denied = |error| OpenError::of_io("write", &file_path, error);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&file_path)
        .map_err(denied)?;
    let mut file = locked(path, file, &file_path)?;
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(denied)?;
    Ok(file)
}

/// The lock's file, if nobody else has it.
fn locked(path: &Path, file: File, file_path: &Path) -> Result<File, OpenError> {
    let taken = file.try_lock();
    had(taken, path, file, file_path)
}

/// The lock's file, if others have it only to read.
fn shared(path: &Path, file: File, file_path: &Path) -> Result<File, OpenError> {
    let taken = file.try_lock_shared();
    had(taken, path, file, file_path)
}

fn had(
    taken: Result<(), TryLockError>,
    path: &Path,
    mut file: File,
    file_path: &Path,
) -> Result<File, OpenError> {
    match taken {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // Only to name the other process; who has the lock is what counts.
            let read = (&mut file).take(32).read_to_string(&mut owner);
            let known = read.is_ok() && !owner.trim().is_empty();
            Err(OpenError::InUse {
                path: path.to_path_buf(),
                process: if known {
                    owner.trim().into()
                } else {
                    "unknown".into()
                },
            })
        }
        Err(TryLockError::Error(error)) => Err(OpenError::of_io("lock", file_path, error)),
    }
}

/// Makes the names in a directory durable.
fn sync_directory(path: &Path) -> Result<(), OpenError> {
    File::open(path)
        .and_then(|it| it.sync_all())
        .map_err(|error| OpenError::of_io("write", path, error))
}

//! Backups: whole databases in a folder of their own, each new one only as large as what changed.
//!
//! ```text
//! FOLDER/meta/N             what backup N consists of, with checksums
//!        shared_checksum/   table files, shared by all backups that need them
//!        private/N/         the rest of backup N
//! ```
//!
//! Always: a restore goes into a directory without a database and gives it its name at the end, so
//! that one that is broken off leaves nothing that opens. Checksums of all files are compared while
//! they are copied.
//! Not here: whether the chain in a backup is whole (`argosyd db check`).

use std::path::{Path, PathBuf};

use rocksdb::Env;
use rocksdb::backup::{BackupEngine, BackupEngineOptions, RestoreOptions};

use argosy_kv::crash_point;

use crate::unfinished::given_up;
use crate::{DataDir, OpenError, RocksStore};

/// What is to be repeated where it was broken off.
const COMMAND: &str = "argosyd backup restore";

/// One backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its number; later ones are higher.
    pub id: u32,
    /// When it was made, in seconds of Unix time.
    pub time_s: i64,
    /// Bytes that a restore copies; backups share most of theirs.
    pub bytes: u64,
    /// Files that it consists of.
    pub files: u32,
}

/// A folder of backups.
pub struct Backups {
    engine: BackupEngine,
    path: PathBuf,
}

impl Backups {
    /// Opens a folder, making it if it is not there.
    pub fn open_or_create(path: &Path) -> Result<Backups, OpenError> {
        if path.exists() && !is_ours(path) {
            refuse_others(path)?;
        }
        std::fs::create_dir_all(path).map_err(|error| OpenError::of_io("create", path, error))?;
        crash_point!("backup::folder_made");
        Backups::open_engine(path)
    }

    /// Opens a folder that has backups.
    pub fn open(path: &Path) -> Result<Backups, OpenError> {
        if !is_ours(path) {
            return Err(OpenError::NoBackups(path.to_path_buf()));
        }
        Backups::open_engine(path)
    }

    fn open_engine(path: &Path) -> Result<Backups, OpenError> {
        let failed = |error: rocksdb::Error| OpenError::of_backup(path, &error);
        let mut options = BackupEngineOptions::new(path).map_err(failed)?;
        options.set_sync(true);
        let engine = BackupEngine::open(&options, &Env::new().map_err(failed)?).map_err(failed)?;
        Ok(Backups {
            engine,
            path: path.to_path_buf(),
        })
    }

    /// The backups, oldest first.
    pub fn list(&self) -> Vec<Backup> {
        let mut backups: Vec<Backup> = self
            .engine
            .get_backup_info()
            .into_iter()
            .map(|it| Backup {
                id: it.backup_id,
                time_s: it.timestamp,
                bytes: it.size,
                files: it.num_files,
            })
            .collect();
        backups.sort_by_key(|it| it.id);
        backups
    }

    /// Adds a backup of everything that was committed to `store`.
    pub fn create(&mut self, store: &RocksStore) -> Result<Backup, OpenError> {
        crash_point!("backup::begin");
        let made = self.engine.create_new_backup_flush(store.db(), true);
        made.map_err(|error| OpenError::of_rocksdb(&self.path, &error))?;
        crash_point!("backup::made");
        let newest = self.list().pop();
        newest.ok_or_else(|| OpenError::NoBackups(self.path.clone()))
    }

    /// Copies a backup, the newest if none is named, into a directory that has no database.
    pub fn restore(&mut self, id: Option<u32>, into: &DataDir) -> Result<Backup, OpenError> {
        if into.has_database() {
            return Err(OpenError::HasDatabase(into.path().to_path_buf()));
        }
        let backups = self.list();
        let wanted = match id {
            None => backups.last(),
            Some(id) => backups.iter().find(|it| it.id == id),
        };
        let Some(backup) = wanted.copied() else {
            return Err(OpenError::NoBackup {
                path: self.path.clone(),
                id,
            });
        };
        into.mark_restore(COMMAND)?;
        let copied = self.copy(backup.id, into);
        copied.map_err(|error| given_up(into, error))?;
        into.unmark_restore()?;
        Ok(backup)
    }

    fn copy(&mut self, id: u32, into: &DataDir) -> Result<(), OpenError> {
        let unfinished = into.unfinished()?;
        let options = RestoreOptions::default();
        crash_point!("restore::begin");
        self.engine
            .restore_from_backup(&unfinished, &unfinished, &options, id)
            .map_err(|error| OpenError::of_backup(&self.path, &error))?;
        crash_point!("restore::copied");
        into.finish()?;
        crash_point!("restore::named");
        Ok(())
    }

    /// Drops all backups but the newest `keep`.
    pub fn purge(&mut self, keep: u32) -> Result<(), OpenError> {
        crash_point!("backup::before_purge");
        let purged = self.engine.purge_old_backups(keep as usize);
        purged.map_err(|error| OpenError::of_backup(&self.path, &error))?;
        crash_point!("backup::purged");
        Ok(())
    }
}

/// What the engine makes first in a folder of its own.
fn is_ours(path: &Path) -> bool {
    path.join("meta").is_dir()
}

fn refuse_others(path: &Path) -> Result<(), OpenError> {
    let mut entries =
        std::fs::read_dir(path).map_err(|error| OpenError::of_io("read", path, error))?;
    match entries.next() {
        None => Ok(()),
        Some(Ok(entry)) => Err(OpenError::Foreign {
            path: path.to_path_buf(),
            found: entry.file_name().to_string_lossy().into_owned(),
        }),
        Some(Err(error)) => Err(OpenError::of_io("read", path, error)),
    }
}

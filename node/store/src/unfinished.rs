//! A database that is being made out of something else: a snapshot.
//!
//! ```text
//! create ──► written into ──► finish: flushed, closed, named     it opens
//!                 └─ dropped, discarded, or the process ends ──► it never does
//! ```
//!
//! Always: while it is there, a mark in the directory keeps a node from beginning a chain of its own
//! instead; whatever fails takes away both. There is no write-ahead log. What is committed is on disk once [`Unfinished::finish`] has
//! returned, all of it, and until then nothing of it counts; so the log would only cost as much again.

use std::sync::Arc;

use argosy_kv::crash_point;
use rocksdb::DB;

use crate::options::Log;
use crate::rocks::open;
use crate::{DataDir, OpenError, RocksStore, StoreConfig};

/// What is to be repeated where it was broken off.
const COMMAND: &str = "argosyd snapshot restore";

/// A database that is being made out of something else. It counts once it is finished; one that is
/// dropped, or broken off, leaves nothing that opens.
pub struct Unfinished {
    store: Arc<RocksStore>,
    directory: Arc<DataDir>,
}

impl Unfinished {
    /// Begins an empty one in a directory that has no database.
    pub fn create(directory: DataDir, config: &StoreConfig) -> Result<Unfinished, OpenError> {
        Unfinished::begin(Arc::new(directory), config)
    }

    fn begin(directory: Arc<DataDir>, config: &StoreConfig) -> Result<Unfinished, OpenError> {
        if directory.has_database() {
            return Err(OpenError::HasDatabase(directory.path().to_path_buf()));
        }
        match make(&directory, config) {
            Ok(db) => {
                let store = Arc::new(RocksStore::of(db, Log::Off, &directory));
                Ok(Unfinished { store, directory })
            }
            Err(error) => Err(given_up(&directory, error)),
        }
    }

    /// Drops what was written and begins again.
    pub fn again(self, config: &StoreConfig) -> Result<Unfinished, OpenError> {
        let Unfinished { store, directory } = self;
        drop(store);
        Unfinished::begin(directory, config)
    }

    /// What is written into. [`Unfinished::finish`] refuses while there is a clone of it.
    pub fn store(&self) -> &Arc<RocksStore> {
        &self.store
    }

    /// Writes everything to files, closes it, and gives it its name.
    pub fn finish(self) -> Result<(), OpenError> {
        let Unfinished { store, directory } = self;
        let named = name(store, &directory);
        named.map_err(|error| given_up(&directory, error))?;
        directory.unmark_restore()
    }

    /// Takes away what was written.
    pub fn discard(self) -> Result<(), OpenError> {
        let Unfinished { store, directory } = self;
        drop(store);
        clear(&directory)
    }
}

/// An empty database under a name that does not count, and the mark before it.
fn make(directory: &DataDir, config: &StoreConfig) -> Result<DB, OpenError> {
    directory.mark_restore(COMMAND)?;
    crash_point!("restore::marked");
    open(&directory.unfinished()?, config, true)
}

/// Flushed, closed, named.
fn name(store: Arc<RocksStore>, directory: &DataDir) -> Result<(), OpenError> {
    store.flush_as(directory.path())?;
    let Some(store) = Arc::into_inner(store) else {
        return Err(OpenError::Other {
            path: directory.path().to_path_buf(),
            what: "something still writes into it".into(),
        });
    };
    drop(store);
    crash_point!("restore::closed");
    directory.finish()?;
    crash_point!("restore::named");
    Ok(())
}

/// The error, once what it left is gone: a full disk is not kept full.
pub(crate) fn given_up(directory: &DataDir, error: OpenError) -> OpenError {
    // Under its final name it counts: what failed then is that the name is not durable yet.
    if !directory.has_database() {
        let _ = clear(directory);
    }
    error
}

/// First what was written, then the mark.
fn clear(directory: &DataDir) -> Result<(), OpenError> {
    let cleared = directory.unfinished();
    directory.unmark_restore()?;
    cleared.map(|_| ())
}

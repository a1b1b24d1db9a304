//! A database that is being made out of something else: a snapshot.
//!
//! ```text
//! create ──► written into ──► finish: flushed, closed, named     it opens
//!                 └─ dropped, discarded, or the process ends ──► it never does
//! ```
//!
//! Always: there is no write-ahead log. What is committed is on disk once [`Unfinished::finish`] has
//! returned, all of it, and until then nothing of it counts; so the log would only cost as much again.

use std::sync::Arc;

use argosy_kv::crash_point;

use crate::options::Log;
use crate::rocks::open;
use crate::{DataDir, OpenError, RocksStore, StoreConfig};

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
        let db = open(&directory.unfinished()?, config, true)?;
        let store = Arc::new(RocksStore::of(db, Log::Off, &directory));
        Ok(Unfinished { store, directory })
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

    /// Takes away what was written.
    pub fn discard(self) -> Result<(), OpenError> {
        let Unfinished { store, directory } = self;
        drop(store);
        directory.unfinished().map(|_| ())
    }
}

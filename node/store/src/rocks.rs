//! The store: batches and views over one RocksDB.
//!
//! Always: [`Durability::Synced`] means that the write-ahead log is on disk when `commit` returns.
//! After a failed commit the store takes no more: what is on disk is the last whole batch. A database
//! that has lost what was synced is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use argosy_kv::{Batch, Column, Durability, KvError, Op, Store, View, crash_point};
use rocksdb::{DB, Options, WriteBatch};

use crate::error::commit_failed;
use crate::options::{Log, columns, database, write};
use crate::synced::{self, Synced};
use crate::view::{RocksView, family};
use crate::{DataDir, Metrics, OpenError, StoreConfig, logs};

/// Sequence number and count at the beginning of a batch.
const BATCH_HEAD_BYTES: usize = 12;
/// Kind, column and two lengths, each of five bytes at most.
const OP_HEAD_BYTES: usize = 1 + 3 * 5;

/// A store in a data directory.
pub struct RocksStore {
    db: Arc<DB>,
    metrics: Metrics,
    log: Log,
    /// None: opened to read, or not finished.
    synced: Option<Synced>,
    /// Held as long as the store is open.
    directory: Arc<DataDir>,
}

/// Sizes that RocksDB tells of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Live data in files, estimated.
    pub live_bytes: u64,
    /// All files that hold data.
    pub file_bytes: u64,
    /// Writes that are in memory and in the log only.
    pub buffered_bytes: u64,
    /// In use of the cache.
    pub cached_bytes: u64,
    /// What compaction still has to rewrite, estimated.
    pub compaction_bytes: u64,
}

/// Sizes of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnFigures {
    /// Which.
    pub column: Column,
    /// Keys, estimated.
    pub keys: u64,
    /// Its files.
    pub file_bytes: u64,
    /// Live data in them, estimated.
    pub live_bytes: u64,
}

impl RocksStore {
    /// Opens the database of a directory, making it in a new one.
    pub fn open(directory: DataDir, config: &StoreConfig) -> Result<RocksStore, OpenError> {
        if directory.has_database() {
            // Of a restore that was killed after its last step but one.
            directory.unmark_restore()?;
        } else {
            directory.refuse_restoring()?;
            let unfinished = directory.unfinished()?;
            drop(open(&unfinished, config, true)?);
            crash_point!("store::database_made");
            directory.finish()?;
            crash_point!("store::database_named");
        }
        logs::check(&directory.database())?;
        // What an earlier release did not know is made.
        missing_columns(&directory.database())?;
        let db = open(&directory.database(), config, false)?;
        synced::check(&directory.database(), db.latest_sequence_number())?;
        let synced = Synced::open(&directory.database())?;
        let mut store = RocksStore::of(db, Log::On, &Arc::new(directory));
        store.synced = Some(synced);
        Ok(store)
    }

    /// Opens the database of a directory to read it. Nothing is written; a commit fails.
    pub fn open_to_read(directory: DataDir, config: &StoreConfig) -> Result<RocksStore, OpenError> {
        let path = directory.database();
        logs::check(&path)?;
        if let Some(missing) = missing_columns(&path)?.first() {
            let column = *missing;
            return Err(OpenError::Older { path, column });
        }
        let opened = DB::open_cf_descriptors_read_only(
            &database(config, false),
            &path,
            columns(config),
            false,
        );
        let db = opened.map_err(|error| OpenError::of_rocksdb(&path, &error))?;
        synced::check(&path, db.latest_sequence_number())?;
        Ok(RocksStore::of(db, Log::On, &Arc::new(directory)))
    }

    /// Without a note of what is synced: nothing is written, or nothing counts before it is finished.
    pub(crate) fn of(db: DB, log: Log, directory: &Arc<DataDir>) -> RocksStore {
        RocksStore {
            db: Arc::new(db),
            metrics: Metrics::default(),
            log,
            synced: None,
            directory: Arc::clone(directory),
        }
    }

    /// Where it is.
    pub fn directory(&self) -> &DataDir {
        &self.directory
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Writes what is only in memory and in the log to files, so that the next start is short.
    pub fn flush(&self) -> Result<(), KvError> {
        self.db
            .flush_cfs_opt(&families(&self.db), &whole_flush())
            .map_err(|error| commit_failed(&error))
    }

    /// As [`RocksStore::flush`], of a database that is being made in `path`.
    pub(crate) fn flush_as(&self, path: &Path) -> Result<(), OpenError> {
        self.db
            .flush_cfs_opt(&families(&self.db), &whole_flush())
            .map_err(|error| OpenError::of_rocksdb(path, &error))
    }

    /// Sizes of each column. What RocksDB does not tell counts as zero.
    pub fn column_figures(&self) -> Vec<ColumnFigures> {
        let of = |column, property: &str| {
            let value = self
                .db
                .property_int_value_cf(family(&self.db, column), property);
            value.ok().flatten().unwrap_or_default()
        };
        Column::ALL
            .into_iter()
            .map(|column| ColumnFigures {
                column,
                keys: of(column, "rocksdb.estimate-num-keys"),
                file_bytes: of(column, "rocksdb.total-sst-files-size"),
                live_bytes: of(column, "rocksdb.estimate-live-data-size"),
            })
            .collect()
    }

    /// Rewrites a column's files without what is deleted or overwritten. Takes room for a second
    /// copy of the column while it runs.
    pub fn compact(&self, column: Column) -> Result<(), KvError> {
        let flush = self.db.flush_cf(family(&self.db, column));
        flush.map_err(|error| commit_failed(&error))?;
        let whole = (None::<&[u8]>, None::<&[u8]>);
        self.db
            .compact_range_cf(family(&self.db, column), whole.0, whole.1);
        Ok(())
    }

    /// The changes as RocksDB takes them. Room is made once: a large batch is not moved as it grows.
    fn writes(&self, ops: &[Op]) -> WriteBatch {
        let families = Column::ALL.map(|column| family(&self.db, column));
        let bytes = ops.iter().map(written_bytes).sum::<usize>();
        let mut writes = WriteBatch::with_capacity_bytes(BATCH_HEAD_BYTES + bytes);
        for op in ops {
            match op {
                Op::Put { column, key, value } => {
                    writes.put_cf(families[column.index()], key, value)
                }
                Op::Delete { column, key } => writes.delete_cf(families[column.index()], key),
            }
        }
        writes
    }

    pub(crate) fn db(&self) -> &DB {
        &self.db
    }

    /// Sizes, for operators. What RocksDB does not tell counts as zero.
    pub fn figures(&self) -> Figures {
        let sum = |property: &str| {
            let of = |column| {
                self.db
                    .property_int_value_cf(family(&self.db, column), property)
            };
            let values = Column::ALL
                .into_iter()
                .filter_map(|column| of(column).ok().flatten());
            values.fold(0u64, u64::saturating_add)
        };
        let shared = |property: &str| {
            let meta = family(&self.db, Column::Meta);
            let value = self.db.property_int_value_cf(meta, property);
            value.ok().flatten().unwrap_or_default()
        };
        Figures {
            live_bytes: sum("rocksdb.estimate-live-data-size"),
            file_bytes: sum("rocksdb.total-sst-files-size"),
            buffered_bytes: sum("rocksdb.cur-size-all-mem-tables"),
            cached_bytes: shared("rocksdb.block-cache-usage"),
            compaction_bytes: sum("rocksdb.estimate-pending-compaction-bytes"),
        }
    }
}

impl Store for RocksStore {
    fn view(&self) -> Arc<dyn View> {
        Arc::new(RocksView::new(&self.db))
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let begin = Instant::now();
        let writes = self.writes(batch.ops());
        let bytes = writes.size_in_bytes() as u64;
        crash_point!("store::before_write");
        self.db
            .write_opt(writes, &write(durability == Durability::Synced, self.log))
            .map_err(|error| commit_failed(&error))?;
        crash_point!("store::after_write");
        if let Some(synced) = &self.synced
            && durability == Durability::Synced
        {
            synced.note(self.db.latest_sequence_number());
            crash_point!("store::noted");
        }
        self.metrics.committed(bytes, begin.elapsed());
        Ok(())
    }
}

impl Drop for RocksStore {
    fn drop(&mut self) {
        // Views may outlive the store for a moment; nothing may be written any more.
        self.db.cancel_all_background_work(true);
    }
}

/// At most what an operation takes in a batch: its kind, the column, lengths, and the bytes themselves.
fn written_bytes(op: &Op) -> usize {
    OP_HEAD_BYTES
        + match op {
            Op::Put { key, value, .. } => key.len() + value.len(),
            Op::Delete { key, .. } => key.len(),
        }
}

fn families(db: &DB) -> Vec<&rocksdb::ColumnFamily> {
    Column::ALL.into_iter().map(|it| family(db, it)).collect()
}

fn whole_flush() -> rocksdb::FlushOptions {
    rocksdb::FlushOptions::default()
}

pub(crate) fn open(path: &Path, config: &StoreConfig, create: bool) -> Result<DB, OpenError> {
    DB::open_cf_descriptors(&database(config, create), path, columns(config))
        .map_err(|error| OpenError::of_rocksdb(path, &error))
}

/// Columns that a database of an earlier release does not have. One that we do not know belongs to a later
/// release: what it holds would not be kept.
fn missing_columns(path: &Path) -> Result<Vec<Column>, OpenError> {
    let found = DB::list_cf(&Options::default(), path)
        .map_err(|error| OpenError::of_rocksdb(path, &error))?;
    let known: BTreeSet<&str> = Column::ALL
        .iter()
        .map(|it| it.as_str())
        .chain(["default"])
        .collect();
    if let Some(unknown) = found.iter().find(|it| !known.contains(it.as_str())) {
        return Err(OpenError::Newer {
            path: path.to_path_buf(),
            found: format!("column {unknown}"),
            known: format!("{} columns", Column::ALL.len()),
        });
    }
    let is_missing = |it: &Column| !found.iter().any(|name| name == it.as_str());
    let missing: Vec<Column> = Column::ALL.into_iter().filter(is_missing).collect();
    match missing.iter().find(|it| !Column::ADDED.contains(it)) {
        None => Ok(missing),
        Some(lost) => Err(OpenError::Damaged {
            path: path.to_path_buf(),
            what: format!("column {lost} is missing"),
        }),
    }
}

//! Every setting of RocksDB that matters, with its reason. Its defaults are not trusted.

use argosy_kv::Column;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType,
    DBRecoveryMode, LogLevel, Options, WriteOptions,
};

/// What a store may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreConfig {
    /// Blocks of files kept in memory, uncompressed.
    pub cache_bytes: usize,
    /// Writes kept in memory, over all columns, until they go to files.
    pub write_buffer_bytes: usize,
    /// Files of the database that may be open at a time.
    pub open_files_max: u32,
}

impl Default for StoreConfig {
    /// 64 MiB, 32 MiB, 512 files.
    fn default() -> StoreConfig {
        StoreConfig {
            cache_bytes: 64 << 20,
            write_buffer_bytes: 32 << 20,
            open_files_max: 512,
        }
    }
}

/// RocksDB's own log, beside the database: four files of 4 MiB.
const LOG_FILE_BYTES: usize = 4 << 20;
const LOG_FILES: usize = 4;
/// Blocks of the cache differ in size: it finds out by itself how many it holds.
const CHARGE_UNKNOWN: usize = 0;
/// Bits of the filter that tells which file may hold a key: 1 % of the absent keys are looked for.
const FILTER_BITS: f64 = 10.0;

/// Of writes and reads in memory, which have no setters. A batch is sorted within a column for the
/// most part, and so is what is read at a time: each key is looked for from where the one before it
/// was, not from the top. Hints are kept by a key's first byte.
const IN_MEMORY: &str =
    "memtable_insert_with_hint_prefix_extractor=fixed:1;memtable_batch_lookup_optimization=true";

/// Settings of the database as a whole. `create`: make it where there is none.
pub(crate) fn database(config: &StoreConfig, create: bool) -> Options {
    let mut options = Options::default();
    options.create_if_missing(create);
    // Those that an earlier release did not know; any other that is missing was refused before.
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    // A record that was torn by a crash ends the log; any other wrong byte refuses the database. The
    // default would drop everything behind a flipped bit, acknowledged blocks included.
    options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
    // A log that is gone or shorter than it was is noticed.
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_db_write_buffer_size(config.write_buffer_bytes);
    // Old logs are kept until every column has written its part to files; a quiet column must not
    // keep them for ever. This also bounds how much a restart reads again.
    options.set_max_total_wal_size(config.write_buffer_bytes as u64 * 2);
    options.set_max_open_files(i32::try_from(config.open_files_max).unwrap_or(i32::MAX));
    options.set_max_background_jobs(2);
    // Written to disk as we go, so that a compaction does not hold up the sync of a block.
    options.set_bytes_per_sync(1 << 20);
    options.set_log_level(LogLevel::Warn);
    options.set_max_log_file_size(LOG_FILE_BYTES);
    options.set_keep_log_file_num(LOG_FILES);
    options.set_stats_dump_period_sec(0);
    options
}

/// One descriptor per column; they share a cache.
pub(crate) fn columns(config: &StoreConfig) -> Vec<ColumnFamilyDescriptor> {
    // Who finds a block takes no lock and moves nothing: of a large state most blocks that are read
    // were not there, and one goes for each that comes.
    let cache = Cache::new_hyper_clock_cache(config.cache_bytes, CHARGE_UNKNOWN);
    let descriptor = |column: Column| {
        ColumnFamilyDescriptor::new(column.as_str(), column_options(config, column, &cache))
    };
    // RocksDB insists on a column of this name.
    let unused = ColumnFamilyDescriptor::new("default", Options::default());
    Column::ALL
        .into_iter()
        .map(descriptor)
        .chain([unused])
        .collect()
}

fn column_options(config: &StoreConfig, column: Column, cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(FILTER_BITS, false);
    // In the cache, so that the cache's size bounds them too. In parts of a block's size: as one piece
    // they take 1 MiB per file, as much as a shard of a small cache has, and drive each other out.
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
    blocks.set_partition_filters(true);
    blocks.set_pin_top_level_index_and_filter(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut options = Options::default();
    options.set_block_based_table_factory(&blocks);
    // Who asks for a node has a link to it: the last level holds it, and needs no filter to say so.
    options.set_optimize_filters_for_hits(column == Column::Trie);
    options.set_write_buffer_size((config.write_buffer_bytes / 2).max(1 << 20));
    options.set_compression_type(match column {
        // Keys and values are mostly hashes.
        Column::Trie | Column::TxIndex | Column::Meta => DBCompressionType::None,
        _ => DBCompressionType::Lz4,
    });
    options
        .get_options_from_string(IN_MEMORY)
        .expect("RocksDB has these settings")
}

/// How a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// To the write-ahead log first: always, but for what follows.
    On,
    /// To memory and files alone: a database that counts only once all of it is in files.
    Off,
}

pub(crate) fn write(synced: bool, log: Log) -> WriteOptions {
    let mut options = WriteOptions::default();
    match log {
        Log::On => options.set_sync(synced),
        // Nothing to be synced.
        Log::Off => options.disable_wal(true),
    }
    options
}

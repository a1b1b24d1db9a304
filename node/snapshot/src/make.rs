//! From a view to a folder.
//!
//! ```text
//! view ─scan─► sort by path ─► records ─► modules ─► blocks ─► manifest ─► synced ─► named
//! ```
//!
//! A view is all it takes: it shows one moment, whatever is committed meanwhile, costs no copy, and
//! keeps only what was overwritten since. A checkpoint of the database would give the same, at the
//! price of a flush in the midst of blocks.
//!
//! Always: each range is verified against the header's state root before it is written, as whoever
//! restores it will; a state that has another root than its header says becomes no snapshot.

mod files; // written, synced in the end
mod parts; // records, modules, blocks

use std::fs::{self, File};
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use argosy_chain::{ChainError, ChainView, crash_point};
use argosy_primitives::Height;
use argosy_proof::ProofError;
use argosy_state::Paths;

use crate::error::ManifestError;
use crate::folder::{MANIFEST, name_of, unfinished};
use crate::limits::{CHUNK_BYTES_TARGET, RUN_BYTES};
use crate::manifest::{Manifest, blocks_at};
use crate::sort::{Merge, Sorter};
use files::Files;
use parts::{write_blocks, write_modules, write_records};

/// Records between two looks at whether it is to stop.
const LOOK_EVERY: u64 = 10_000;

/// Why no snapshot was made. What was written of it is removed.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// It was told to.
    #[error("stopped before the snapshot was made")]
    Stopped,
    /// There is one of that block.
    #[error("{} is there already", .0.display())]
    AlreadyThere(PathBuf),
    /// The system does not let us write, or read what we wrote.
    #[error("cannot write {}: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The view does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Records and trie of this node differ.
    #[error(
        "the state is not what its header says, in chunk {index}: {source}; argosyd db check says more"
    )]
    Differs {
        /// Of which chunk.
        index: u32,
        /// What does not hold.
        source: ProofError,
    },
    /// The view is of a time whose trie is gone.
    #[error(
        "the state of height {height} is kept without proofs: no snapshot can be made of it any more"
    )]
    Unproven {
        /// Of the view.
        height: Height,
    },
    /// Blocks that belong into it are gone.
    #[error(
        "a snapshot of height {height} holds the blocks from {first} on, of which those before {oldest} are no longer kept"
    )]
    Pruned {
        /// Of the view.
        height: Height,
        /// The lowest one that it would hold.
        first: Height,
        /// The lowest one that there is.
        oldest: Height,
    },
    /// What was made is none that a node takes.
    #[error("what was made is no snapshot that a node takes: {0}")]
    Refused(ManifestError),
    /// A block is beyond what any snapshot holds.
    #[error("block {height} is larger than a chunk may be")]
    BlockTooLarge {
        /// Which.
        height: Height,
    },
}

/// How a snapshot is made.
#[derive(Clone, Copy, Debug)]
pub struct MakeOptions<'a> {
    /// Memory for records while they are sorted.
    pub run_bytes: usize,
    /// A chunk is closed before it becomes larger.
    pub chunk_bytes: usize,
    /// Looked at again and again: `true` ends it.
    pub stop: &'a AtomicBool,
}

impl<'a> MakeOptions<'a> {
    /// As nodes make them.
    pub fn new(stop: &'a AtomicBool) -> MakeOptions<'a> {
        MakeOptions {
            run_bytes: RUN_BYTES,
            chunk_bytes: CHUNK_BYTES_TARGET,
            stop,
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MakeStep {
    /// Records read so far.
    Read(u64),
    /// Records written so far, of how many.
    Written(u64, u64),
}

/// A snapshot that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its folder's name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// What it consists of.
    pub manifest: Manifest,
}

/// Refuses a view of which no whole snapshot can be made: [`make`] does so before it writes anything.
pub fn refuse_partial(view: &ChainView) -> Result<(), MakeError> {
    let height = view.head().header.height;
    if !view.is_proven() {
        return Err(MakeError::Unproven { height });
    }
    let (first, oldest) = (lowest_block(height), view.oldest_block());
    match first < oldest {
        true => Err(MakeError::Pruned {
            height,
            first,
            oldest,
        }),
        false => Ok(()),
    }
}

/// The lowest block in a snapshot of a height.
fn lowest_block(height: Height) -> Height {
    height.saturating_add(1).saturating_sub(blocks_at(height))
}

/// Makes the snapshot of the view's head in a folder of snapshots, which is made if it is not there.
pub fn make(
    view: &ChainView,
    folder: &FilePath,
    options: &MakeOptions<'_>,
    mut each: impl FnMut(MakeStep),
) -> Result<Made, MakeError> {
    let head = view.head();
    let name = name_of(head.header.height, &head.hash);
    let (path, unfinished) = (folder.join(&name), unfinished(folder, &name));
    if path.exists() {
        return Err(MakeError::AlreadyThere(path));
    }
    refuse_partial(view)?;
    let made = fill(view, &unfinished, options, &mut each)
        .and_then(|manifest| named(folder, &unfinished, &path).map(|()| manifest));
    match made {
        Ok(manifest) => Ok(Made {
            name,
            path,
            manifest,
        }),
        Err(error) => {
            // What is left of it is of no use, and the next attempt begins anew anyway.
            let _ = fs::remove_dir_all(&unfinished);
            Err(error)
        }
    }
}

/// Writes and syncs everything.
fn fill(
    view: &ChainView,
    unfinished: &FilePath,
    options: &MakeOptions<'_>,
    each: &mut impl FnMut(MakeStep),
) -> Result<Manifest, MakeError> {
    let failed = |source| io_error(unfinished, source);
    match fs::remove_dir_all(unfinished) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    fs::create_dir_all(unfinished).map_err(failed)?;
    crash_point!("snapshot::begun");
    let sort = unfinished.join("sort");
    let (mut sorted, count) = scan(view, &sort, options, each)?;
    crash_point!("snapshot::sorted");
    let mut files = Files {
        folder: unfinished.to_path_buf(),
        options,
        next: 0,
    };
    let state = write_records(view, &mut sorted, &mut files, |written| {
        each(MakeStep::Written(written, count));
    })?;
    drop(sorted);
    match fs::remove_file(&sort) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io_error(&sort, error)),
    }
    let code = write_modules(view, &mut files)?;
    let blocks = write_blocks(view, &mut files)?;
    let header = view.head().header.clone();
    let sets = view.validator_sets()?;
    let manifest = Manifest {
        certificate: view.certificate(header.height)?,
        validators: sets.last,
        next_validators: sets.current,
        header,
        state,
        code,
        blocks,
    };
    let bytes = manifest.to_bytes();
    // What its maker refuses must never stand for another one.
    Manifest::decode(&bytes).map_err(MakeError::Refused)?;
    files.write(MANIFEST, &bytes)?;
    crash_point!("snapshot::manifest_written");
    files.sync()?;
    crash_point!("snapshot::synced");
    Ok(manifest)
}

/// Gives the finished folder its name.
fn named(folder: &FilePath, unfinished: &FilePath, path: &FilePath) -> Result<(), MakeError> {
    fs::rename(unfinished, path).map_err(|error| io_error(path, error))?;
    sync(folder)?;
    crash_point!("snapshot::named");
    Ok(())
}

/// Reads every record; answers them in the order of their paths, and how many there are.
fn scan(
    view: &ChainView,
    file: &FilePath,
    options: &MakeOptions<'_>,
    each: &mut impl FnMut(MakeStep),
) -> Result<(Merge, u64), MakeError> {
    let mut sorter = Sorter::new(file.to_path_buf(), options.run_bytes);
    let (mut paths, mut count) = (Paths::default(), 0_u64);
    for entry in view.records() {
        let (key, value) = entry.map_err(ChainError::from)?;
        let path = paths.of(&key).map_err(ChainError::from)?;
        sorter
            .push(path, &key, &value)
            .map_err(|error| io_error(file, error))?;
        count += 1;
        if count.is_multiple_of(LOOK_EVERY) {
            options.look()?;
            each(MakeStep::Read(count));
        }
    }
    let merge = sorter.merge().map_err(|error| io_error(file, error))?;
    Ok((merge, count))
}

impl MakeOptions<'_> {
    fn look(&self) -> Result<(), MakeError> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(MakeError::Stopped),
            false => Ok(()),
        }
    }
}

fn sync(path: &FilePath) -> Result<(), MakeError> {
    File::open(path)
        .and_then(|it| it.sync_all())
        .map_err(|error| io_error(path, error))
}

fn io_error(path: &FilePath, source: io::Error) -> MakeError {
    let path = path.to_path_buf();
    MakeError::Io { path, source }
}

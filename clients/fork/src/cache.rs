//! What was read of an origin, kept on disk for the next fork from the same block.
//!
//! ```text
//! ~/.cache/argosy/forks/GENESIS-HEIGHT-HASH/read      entry ‖ entry ‖ …
//! entry     length u32 LE ‖ first 8 bytes of a hash of the content ‖ content (SCALE)
//! ```
//!
//! Always: one process writes; a torn end is cut off; a file stops growing at [`FILE_BYTES_MAX`], and the
//! folders of the oldest forks go when there are more than [`FORKS_MAX`]. The files are the user's own:
//! what was proven when it was written counts as proven, what was not names the node whose word it is, and
//! modules are known by their hash again.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use argosy_primitives::{Address, BlockHash, GenesisHash, Height, Limits, decode_untrusted};
use argosy_proof::trie;
use argosy_sdk::without_secret;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// A file does not grow beyond.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Forks whose reads are kept.
const FORKS_MAX: usize = 16;
const CHECK_BYTES: usize = 8;
/// Larger than a module, and than any value.
const ENTRY_BYTES_MAX: usize = 9 << 20;

/// A node, by the start of a hash of its address.
pub(super) type Teller = [u8; CHECK_BYTES];

/// The node at an address.
pub(super) fn teller(url: &str) -> Teller {
    check(without_secret(url).as_bytes())
}

/// Something that was read. 0 and 1 were values and addresses that did not say whose word they were: files
/// with these are not read on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub(super) enum Entry {
    /// What a whole key of state holds.
    #[codec(index = 3)]
    Value {
        key: Vec<u8>,
        value: Option<Vec<u8>>,
        /// Whose word it is; `None`: it is proven.
        told_by: Option<Teller>,
    },
    /// All that is kept under an address was read: what is not among the values is not there.
    #[codec(index = 4)]
    Whole {
        address: Address,
        /// As with values.
        told_by: Option<Teller>,
    },
    /// A module, as it was uploaded.
    #[codec(index = 2)]
    Code { bytes: Vec<u8> },
}

impl Entry {
    /// Whose word it is; `None`: it is proven, or known by its hash.
    pub(super) fn told_by(&self) -> Option<Teller> {
        match self {
            Entry::Value { told_by, .. } | Entry::Whole { told_by, .. } => *told_by,
            Entry::Code { .. } => None,
        }
    }
}

/// A file that entries are added to.
pub(super) struct Cache {
    file: File,
    bytes: u64,
}

/// What is in the cache, and the cache, if it may be written.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) cache: Option<Cache>,
}

/// Why nothing is kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    /// Nobody says where.
    #[error("there is no folder for caches: set HOME or XDG_CACHE_HOME")]
    NoFolder,
    /// A file or folder could not be used.
    #[error("cannot {what} {}: {source}", .path.display())]
    File {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
}

impl CacheError {
    fn of(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> CacheError {
        let path = path.to_owned();
        move |source| CacheError::File { what, path, source }
    }
}

impl Cache {
    /// What is kept of a block's state.
    pub(super) fn open(
        chain: GenesisHash,
        height: Height,
        block: BlockHash,
    ) -> Result<Found, CacheError> {
        let folder = forks().ok_or(CacheError::NoFolder)?;
        Cache::open_in(&folder, &name_of(chain, height, block))
    }

    fn open_in(forks: &Path, name: &str) -> Result<Found, CacheError> {
        let folder = forks.join(name);
        std::fs::create_dir_all(&folder).map_err(CacheError::of("make", &folder))?;
        forget_old(forks, name);
        let path = folder.join("read");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path);
        let mut file = file.map_err(CacheError::of("open", &path))?;
        // Another fork from the same block writes; what it has written so far is good.
        let is_ours = file.try_lock().is_ok();
        let read = read_all(&mut file);
        let (entries, bytes) = read.map_err(CacheError::of("read", &path))?;
        if !is_ours {
            return Ok(Found {
                entries,
                cache: None,
            });
        }
        let at_end = file.set_len(bytes);
        let at_end = at_end.and_then(|()| file.seek(SeekFrom::Start(bytes)));
        at_end.map_err(CacheError::of("write", &path))?;
        Ok(Found {
            entries,
            cache: Some(Cache { file, bytes }),
        })
    }

    /// Adds entries; what does not fit any more is not kept.
    pub(super) fn add(&mut self, entries: &[Entry]) -> std::io::Result<()> {
        let mut written = Vec::new();
        for entry in entries {
            let content = entry.encode();
            let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
            written.extend_from_slice(&length.to_le_bytes());
            written.extend_from_slice(&check(&content));
            written.extend_from_slice(&content);
        }
        let grown = self.bytes.saturating_add(written.len() as u64);
        if grown > FILE_BYTES_MAX {
            return Ok(());
        }
        self.file.write_all(&written)?;
        self.bytes = grown;
        Ok(())
    }
}

/// What a fork's folder is called. The block is named by all of its hash, so that nobody can have made another one
/// whose values are taken for its own.
fn name_of(chain: GenesisHash, height: Height, block: BlockHash) -> String {
    let (chain, block) = (&chain.as_bytes()[..CHECK_BYTES], block.as_bytes());
    let (chain, block) = (const_hex::encode(chain), const_hex::encode(block));
    format!("{chain}-{height}-{block}")
}

fn check(content: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&trie::value_hash(content)[..CHECK_BYTES]);
    check
}

/// The entries that are whole, and where they end.
fn read_all(file: &mut File) -> std::io::Result<(Vec<Entry>, u64)> {
    let mut bytes = Vec::new();
    Read::take(&mut *file, FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    let (mut entries, mut rest) = (Vec::new(), bytes.as_slice());
    while let Some((entry, behind)) = next(rest) {
        entries.push(entry);
        rest = behind;
    }
    let good = bytes.len() - rest.len();
    Ok((entries, good as u64))
}

fn next(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (expected, rest) = rest.split_first_chunk::<CHECK_BYTES>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (content, behind) = rest.split_at_checked(length)?;
    if check(content) != *expected {
        return None;
    }
    let entry = decode_untrusted(content, Limits::for_size(ENTRY_BYTES_MAX)).ok()?;
    Some((entry, behind))
}

/// Where caches of forks are, as the XDG rules say.
fn forks() -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let caches = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Some(caches?.join("argosy").join("forks"))
}

/// Removes the folders that were written to the longest ago. What cannot be removed stays.
fn forget_old(forks: &Path, kept: &str) {
    let Ok(folders) = std::fs::read_dir(forks) else {
        return;
    };
    let with_age = |folder: std::fs::DirEntry| {
        let path = folder.path();
        let written = std::fs::metadata(path.join("read")).and_then(|it| it.modified());
        (folder.file_name() != kept).then(|| (written.ok(), path))
    };
    let mut old: Vec<_> = folders.flatten().filter_map(with_age).collect();
    old.sort();
    let over = old.len().saturating_add(1).saturating_sub(FORKS_MAX);
    for (_, path) in old.into_iter().take(over) {
        drop(std::fs::remove_dir_all(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(number: u8) -> Entry {
        Entry::Value {
            key: vec![number; 33],
            value: (number > 0).then(|| vec![number]),
            told_by: (!number.is_multiple_of(2)).then_some([number; CHECK_BYTES]),
        }
    }

    #[test]
    fn what_was_added_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let all = [
            value(0),
            value(1),
            Entry::Whole {
                address: Address::from_bytes([7; 32]),
                told_by: None,
            },
            Entry::Code {
                bytes: vec![1; 700_000],
            },
        ];
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert!(found.entries.is_empty());
        let mut cache = found.cache.unwrap();
        cache.add(&all[..2]).unwrap();
        cache.add(&all[2..]).unwrap();
        // Another process may read it meanwhile, and no more.
        let beside = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(
            (beside.entries.as_slice(), beside.cache.is_some()),
            (&all[..], false)
        );
        drop(cache);
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(found.entries, all);
        assert!(found.cache.is_some());
    }

    #[test]
    fn a_torn_or_damaged_end_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open_in(folder.path(), "a").unwrap().cache.unwrap();
        cache.add(&[value(1), value(2), value(3)]).unwrap();
        drop(cache);
        let path = folder.path().join("a").join("read");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(found.entries, [value(1), value(2)]);
        let mut cache = found.cache.unwrap();
        cache.add(&[value(4)]).unwrap();
        drop(cache);
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(found.entries, [value(1), value(2), value(4)]);
        drop(found);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(
            found.entries,
            [value(1)],
            "nothing behind the damage counts"
        );
    }

    #[test]
    fn entries_that_do_not_say_whose_word_they_are_count_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Cache::open_in(folder.path(), "a").unwrap());
        // A value that was not proven: 0 stood where nobody's word stands now.
        let content = (0_u8, vec![7_u8; 33], Some(vec![1_u8]), false).encode();
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let entry = [&length[..], &check(&content)[..], &content[..]].concat();
        std::fs::write(folder.path().join("a").join("read"), entry).unwrap();
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert!(found.entries.is_empty());
        found.cache.unwrap().add(&[value(1)]).unwrap();
        let found = Cache::open_in(folder.path(), "a").unwrap();
        assert_eq!(found.entries, [value(1)]);
    }

    #[test]
    fn blocks_that_are_alike_at_first_sight_have_folders_of_their_own() {
        let name = |last: u8| {
            let mut block = [7; 32];
            block[31] = last;
            name_of(GenesisHash::ZERO, 5, BlockHash::from_bytes(block))
        };
        assert_ne!(name(1), name(2));
        assert!(name(1).starts_with("0000000000000000-5-0707"));
        assert_eq!(name(1).len(), 16 + 3 + 64);
    }

    #[test]
    fn forks_that_were_read_long_ago_go() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..FORKS_MAX + 3 {
            let found = Cache::open_in(folder.path(), &number.to_string()).unwrap();
            found.cache.unwrap().add(&[value(1)]).unwrap();
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, FORKS_MAX);
        let newest = (FORKS_MAX + 2).to_string();
        assert_eq!(
            Cache::open_in(folder.path(), &newest)
                .unwrap()
                .entries
                .len(),
            1
        );
    }
}

//! Records in the order of their paths, however many: sorted runs of bounded size, merged.
//!
//! ```text
//! scan ─► run in memory, full ─sort─► file ‖ file ‖ … ─┐
//!                      the last one, sort ─► memory ───┴─ merge ─► by path
//! ```
//!
//! A run in the file is a row of entries: path 64 ‖ key length u32 LE ‖ value length u32 LE ‖ key ‖
//! value. Nobody but this process reads it.
//!
//! Always: memory is one run while it reads and one buffer per run while it merges; one file is open.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use argosy_proof::Path;

use crate::limits::MERGE_BYTES;

/// Bytes before an entry's key.
const HEAD: usize = 72;
/// Bounds of a run's buffer.
const BUFFER_BYTES: std::ops::RangeInclusive<usize> = (16 << 10)..=(1 << 20);

/// A record with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) path: Path,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// Takes records in any order.
pub(crate) struct Sorter {
    file_path: PathBuf,
    file: Option<Arc<File>>,
    run_bytes: usize,
    run: MemoryRun,
    /// Where each run ends in the file.
    ends: Vec<u64>,
}

/// Records in memory.
#[derive(Default)]
struct MemoryRun {
    data: Vec<u8>,
    places: Vec<Place>,
    /// Of those that are sorted, the next to give.
    next: usize,
}

struct Place {
    path: Path,
    start: usize,
    key: usize,
    value: usize,
}

impl Sorter {
    /// Keeps runs of up to `run_bytes` in memory, and others in a file that is made if it is needed.
    pub(crate) fn new(file_path: PathBuf, run_bytes: usize) -> Sorter {
        Sorter {
            file_path,
            file: None,
            run_bytes,
            run: MemoryRun::default(),
            ends: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, path: Path, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.run.push(path, key, value);
        match self.run.size() >= self.run_bytes {
            true => self.spill(),
            false => Ok(()),
        }
    }

    /// All of them by path.
    pub(crate) fn merge(mut self) -> io::Result<Merge> {
        self.run.sort();
        let buffer = (MERGE_BYTES / self.ends.len().max(1))
            .clamp(*BUFFER_BYTES.start(), *BUFFER_BYTES.end());
        let mut runs = Vec::with_capacity(self.ends.len() + 1);
        let mut start = 0;
        if let Some(file) = &self.file {
            for end in self.ends {
                let section = Section {
                    file: Arc::clone(file),
                    at: start,
                    end,
                };
                runs.push(Run::File(FileRun {
                    reader: BufReader::with_capacity(buffer, section),
                    data: Vec::new(),
                    key: 0,
                }));
                start = end;
            }
        }
        runs.push(Run::Memory(self.run));
        Merge::new(runs)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.run.sort();
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => {
                let options = File::options()
                    .read(true)
                    .write(true)
                    .create_new(true)
                    .clone();
                Arc::clone(self.file.insert(Arc::new(options.open(&self.file_path)?)))
            }
        };
        // The file's own position is its end: sections are read without moving it.
        let mut writer = BufWriter::with_capacity(1 << 20, &*file);
        let mut end = self.ends.last().copied().unwrap_or(0);
        while let Some(entry) = self.run.give() {
            end += write_entry(&mut writer, &entry)?;
        }
        writer.flush()?;
        self.ends.push(end);
        self.run.clear();
        Ok(())
    }
}

fn write_entry(writer: &mut impl Write, entry: &Entry<'_>) -> io::Result<u64> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
    writer.write_all(entry.path.as_bytes())?;
    writer.write_all(&length(entry.key)?.to_le_bytes())?;
    writer.write_all(&length(entry.value)?.to_le_bytes())?;
    writer.write_all(entry.key)?;
    writer.write_all(entry.value)?;
    Ok((HEAD + entry.key.len() + entry.value.len()) as u64)
}

impl MemoryRun {
    fn push(&mut self, path: Path, key: &[u8], value: &[u8]) {
        self.places.push(Place {
            path,
            start: self.data.len(),
            key: key.len(),
            value: value.len(),
        });
        self.data.extend(key);
        self.data.extend(value);
    }

    fn size(&self) -> usize {
        self.data.len() + self.places.len() * size_of::<Place>()
    }

    fn sort(&mut self) {
        self.places.sort_unstable_by_key(|it| it.path);
    }

    fn clear(&mut self) {
        self.data.clear();
        self.places.clear();
        self.next = 0;
    }

    fn get(&self, index: usize) -> Option<Entry<'_>> {
        let place = self.places.get(index)?;
        let (key, value) = self.data[place.start..].split_at(place.key);
        Some(Entry {
            path: place.path,
            key,
            value: &value[..place.value],
        })
    }

    fn give(&mut self) -> Option<Entry<'_>> {
        self.next += 1;
        self.get(self.next - 1)
    }
}

/// A part of the file, read from its beginning to its end.
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A run in the file, and the entry that it is at.
struct FileRun {
    reader: BufReader<Section>,
    data: Vec<u8>,
    key: usize,
}

impl FileRun {
    /// The path of the next entry; `None`: the run is at its end.
    fn advance(&mut self) -> io::Result<Option<Path>> {
        let section = self.reader.get_ref();
        if self.reader.buffer().is_empty() && section.at == section.end {
            return Ok(None);
        }
        let (mut path, mut key, mut value) = ([0; 64], [0; 4], [0; 4]);
        self.reader.read_exact(&mut path)?;
        self.reader.read_exact(&mut key)?;
        self.reader.read_exact(&mut value)?;
        self.key = u32::from_le_bytes(key) as usize;
        self.data
            .resize(self.key + u32::from_le_bytes(value) as usize, 0);
        self.reader.read_exact(&mut self.data)?;
        Ok(Some(Path::from_bytes(path)))
    }
}

enum Run {
    File(FileRun),
    Memory(MemoryRun),
}

impl Run {
    fn advance(&mut self) -> io::Result<Option<Path>> {
        match self {
            Run::File(run) => run.advance(),
            Run::Memory(run) => Ok(run.give().map(|it| it.path)),
        }
    }

    /// The entry that it was advanced to.
    fn entry(&self, path: Path) -> Option<Entry<'_>> {
        match self {
            Run::File(run) => {
                let (key, value) = run.data.split_at(run.key);
                Some(Entry { path, key, value })
            }
            Run::Memory(run) => run.get(run.next.checked_sub(1)?),
        }
    }
}

/// Runs that become one.
pub(crate) struct Merge {
    runs: Vec<Run>,
    /// Where each run is, the smallest path first.
    waiting: BinaryHeap<Reverse<(Path, usize)>>,
    /// The run of the entry given last.
    given: Option<usize>,
}

impl Merge {
    fn new(mut runs: Vec<Run>) -> io::Result<Merge> {
        let mut waiting = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter_mut().enumerate() {
            waiting.extend(run.advance()?.map(|path| Reverse((path, index))));
        }
        let given = None;
        Ok(Merge {
            runs,
            waiting,
            given,
        })
    }

    /// The next entry; `None`: that was all.
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry<'_>>> {
        if let Some(index) = self.given.take()
            && let Some(path) = self.runs[index].advance()?
        {
            self.waiting.push(Reverse((path, index)));
        }
        let Some(Reverse((path, index))) = self.waiting.pop() else {
            return Ok(None);
        };
        self.given = Some(index);
        Ok(self.runs[index].entry(path))
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Sorter};
    use argosy_proof::Path;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_come_back_in_order_however_small_the_runs(
            keys in prop::collection::btree_map(any::<[u8; 8]>(), any::<Vec<u8>>(), 0..60),
            run_bytes in 1_usize..3_000,
            seed in any::<u64>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::new(folder.path().join("sort"), run_bytes);
            let path = |key: &[u8; 8]| {
                let mut bytes = [7; 64];
                bytes[30..38].copy_from_slice(key);
                Path::from_bytes(bytes)
            };
            let mut mixed: Vec<_> = keys.iter().collect();
            mixed.sort_by_key(|(key, _)| u64::from_le_bytes(**key).wrapping_mul(seed | 1));
            for (key, value) in mixed {
                sorter.push(path(key), key, value).unwrap();
            }
            let mut merge = sorter.merge().unwrap();
            for (key, value) in &keys {
                let entry = Entry { path: path(key), key: &key[..], value };
                prop_assert_eq!(merge.next().unwrap(), Some(entry));
            }
            prop_assert_eq!(merge.next().unwrap(), None);
        }
    }
}

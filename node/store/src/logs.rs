//! A look at RocksDB's logs before it reads them: a record of a kind that only a reused log has makes it
//! read that record again and again, for ever (11.8: `Reader::ReadPhysicalRecord` refuses it without
//! stepping over it). Our logs are never reused; one flipped bit makes a record look so.
//!
//! ```text
//! MANIFEST-…, ….log   blocks of 32 KiB: record, record, …, fewer than 7 bytes of nothing
//! record              checksum u32 LE ‖ length u16 LE ‖ kind u8 ‖ payload
//! ```
//!
//! Not here: whether records are what was written. RocksDB compares their checksums.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::OpenError;

const BLOCK_BYTES: u64 = 32 * 1024;
const HEADER_BYTES: usize = 7;
/// Kinds of records in reused logs.
const REUSED: [u8; 6] = [5, 6, 7, 8, 11, 131];

/// Refuses a database with such a record.
pub(crate) fn check(database: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::of_io("read", database, error);
    let entries = match fs::read_dir(database) {
        Ok(entries) => entries,
        // That it is not there is RocksDB's to say.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("MANIFEST-") && !name.ends_with(".log") {
            continue;
        }
        let file = File::open(&path).map_err(|error| OpenError::of_io("read", &path, error))?;
        let found = find(file).map_err(|error| OpenError::of_io("read", &path, error))?;
        if let Some(at) = found {
            return Err(OpenError::Damaged {
                path: database.to_path_buf(),
                what: format!("{name} has a record at byte {at} of a kind that is never written"),
            });
        }
    }
    Ok(())
}

/// Where the first such record begins.
fn find(mut file: impl Read) -> io::Result<Option<u64>> {
    let (mut block, mut start) = (Vec::new(), 0_u64);
    loop {
        block.clear();
        let read = file.by_ref().take(BLOCK_BYTES).read_to_end(&mut block)?;
        if read == 0 {
            return Ok(None);
        }
        if let Some(at) = find_in_block(&block) {
            return Ok(Some(start.saturating_add(at as u64)));
        }
        start = start.saturating_add(read as u64);
    }
}

/// Follows the lengths as RocksDB does, which goes on with the next block where they make no sense.
fn find_in_block(block: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let header = block.get(at..at.checked_add(HEADER_BYTES)?)?;
        let &[_, _, _, _, low, high, kind] = header else {
            return None;
        };
        if REUSED.contains(&kind) {
            return Some(at);
        }
        let length = u16::from_le_bytes([low, high]);
        if kind == 0 && length == 0 {
            return None;
        }
        at = at.checked_add(HEADER_BYTES)?.checked_add(length.into())?;
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, find};

    fn record(kind: u8, length: u16) -> Vec<u8> {
        let [low, high] = length.to_le_bytes();
        // A payload that looks like headers.
        let payload = std::iter::repeat_n(5, length.into());
        [1, 2, 3, 4, low, high, kind]
            .into_iter()
            .chain(payload)
            .collect()
    }

    #[track_caller]
    fn check(parts: &[Vec<u8>], expected: Option<u64>) {
        let found = find(parts.concat().as_slice());
        assert_eq!(found.expect("it is in memory"), expected);
    }

    #[test]
    fn records_of_reused_logs_are_found_and_no_others() {
        let whole = [
            record(1, 0),
            record(2, 30_000),
            record(3, 2_747),
            record(4, 9),
        ];
        assert_eq!(whole[..3].concat().len() as u64, BLOCK_BYTES);
        check(&[], None);
        check(&whole, None);
        for (index, at) in [(0, 0), (1, 7), (2, 30_014), (3, BLOCK_BYTES)] {
            for kind in super::REUSED {
                let mut harmed = whole.clone();
                harmed[index][6] = kind;
                check(&harmed, Some(at));
            }
        }
        for kind in [9, 10, 129, 130, 255] {
            check(&[record(kind, 40)], None);
        }
        // Behind a block's last record there may be a few bytes of anything.
        check(&[record(1, 32_755), vec![5; 6], record(1, 4)], None);
        check(
            &[record(1, 32_755), vec![5; 6], record(5, 4)],
            Some(BLOCK_BYTES),
        );
        // What was never written, and what was cut.
        check(&[record(1, 4), vec![0; 500]], None);
        check(&[record(1, 4), record(1, 4)[..9].to_vec()], None);
        check(&[record(1, 4), record(5, 4)[..6].to_vec()], None);
    }
}

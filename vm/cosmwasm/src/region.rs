//! Data in the contract's memory.
//!
//! ```text
//! region   offset u32 · capacity u32 · length u32     12 bytes, little-endian, at the pointer
//! ```
//!
//! Always holds: a region that is read or written lies inside the memory, with its length within its
//! capacity, and nothing is copied before its length is within the import's limit.
//! Source: CosmWasm, `packages/vm/src/memory.rs` and `sections.rs`.

use std::ops::Range;

use argosy_primitives::StatusCode;
use argosy_vm_host::{Guest, Stop, TrapKind};

use crate::table::ALLOCATE;

const REGION_BYTES: usize = 12;

/// Where data lies, and how much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    offset: u32,
    capacity: u32,
    length: u32,
}

impl Region {
    /// The region at a pointer, which lies inside the memory as all of its capacity does.
    fn at(memory: &[u8], ptr: u32) -> Result<Region, Stop> {
        let head = memory
            .get(ptr as usize..)
            .and_then(|it| it.first_chunk::<REGION_BYTES>())
            .ok_or(BAD_POINTER)?;
        let word =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let region = Region {
            offset: word(0),
            capacity: word(4),
            length: word(8),
        };
        let end = u64::from(region.offset) + u64::from(region.capacity);
        let fits = ptr != 0 && region.offset != 0 && region.length <= region.capacity;
        if !fits || end > memory.len() as u64 {
            return Err(BAD_POINTER);
        }
        Ok(region)
    }

    fn start(self) -> usize {
        self.offset as usize
    }
}

/// How many bytes the region at a pointer holds; more than `len_max` ends the frame.
pub(crate) fn length(guest: &mut dyn Guest, ptr: u32, len_max: u32) -> Result<u32, Stop> {
    let region = Region::at(guest.memory(), ptr)?;
    if region.length > len_max {
        return Err(Stop::Refused(StatusCode::LimitExceeded));
    }
    Ok(region.length)
}

/// What the region at a pointer holds, as far as `len_max` bytes.
pub(crate) fn read(guest: &mut dyn Guest, ptr: u32, len_max: u32) -> Result<Vec<u8>, Stop> {
    let memory = &*guest.memory();
    let region = Region::at(memory, ptr)?;
    let length = region.length.min(len_max) as usize;
    // In bounds: the capacity lies inside the memory.
    Ok(memory[region.start()..region.start() + length].to_vec())
}

/// Where in the memory the sections of the region at a pointer lie; a region that has more than `count_max`, or
/// does not consist of sections, ends the frame.
pub(crate) fn sections(
    guest: &mut dyn Guest,
    ptr: u32,
    count_max: usize,
) -> Result<Vec<Range<usize>>, Stop> {
    let memory = &*guest.memory();
    let region = Region::at(memory, ptr)?;
    let (start, length) = (region.start(), region.length as usize);
    // In bounds: the capacity lies inside the memory.
    let found = decode_sections(&memory[start..start + length], count_max);
    let found = found.ok_or(Stop::Trapped(TrapKind::BadArgument))?;
    let in_memory = |it: Range<usize>| start + it.start..start + it.end;
    Ok(found.into_iter().map(in_memory).collect())
}

/// Fills the region at a pointer.
pub(crate) fn fill(guest: &mut dyn Guest, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
    let memory = guest.memory();
    let region = Region::at(memory, ptr)?;
    let length = u32::try_from(bytes.len()).map_err(|_| BAD_POINTER)?;
    if length > region.capacity {
        return Err(BAD_POINTER);
    }
    let start = region.start();
    memory[start..start + bytes.len()].copy_from_slice(bytes);
    let word = ptr as usize + 8;
    memory[word..word + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Lets the contract allocate a region, and fills it.
pub(crate) fn give(guest: &mut dyn Guest, bytes: &[u8]) -> Result<u32, Stop> {
    let length = i64::try_from(bytes.len()).map_err(|_| BAD_POINTER)?;
    let ptr = guest.invoke(ALLOCATE, &[length])?.ok_or(BAD_POINTER)? as u32;
    fill(guest, ptr, bytes)?;
    Ok(ptr)
}

/// Sections end to end, each behind its bytes with its length: `bytes ‖ length u32 big-endian`.
pub(crate) fn encode_sections(sections: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for section in sections {
        bytes.extend_from_slice(section);
        // A section is shorter than a memory.
        let length = u32::try_from(section.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
    }
    bytes
}

/// Where the sections lie that bytes consist of, at most `count_max`; `None` if they do not.
fn decode_sections(mut bytes: &[u8], count_max: usize) -> Option<Vec<Range<usize>>> {
    let mut sections = Vec::new();
    while !bytes.is_empty() {
        if sections.len() == count_max {
            return None;
        }
        let (rest, length) = bytes.split_last_chunk::<4>()?;
        let start = rest
            .len()
            .checked_sub(u32::from_be_bytes(*length) as usize)?;
        sections.push(start..rest.len());
        bytes = &rest[..start];
    }
    sections.reverse();
    Some(sections)
}

const BAD_POINTER: Stop = Stop::Trapped(TrapKind::BadPointer);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: [u32; 3], is_good: bool) {
        let mut memory = vec![0; 64];
        for (index, word) in words.iter().enumerate() {
            memory[8 + 4 * index..12 + 4 * index].copy_from_slice(&word.to_le_bytes());
        }
        assert_eq!(Region::at(&memory, 8).is_ok(), is_good, "{words:?}");
    }

    #[test]
    fn a_region_lies_inside_the_memory() {
        check([20, 44, 0], true);
        check([20, 44, 44], true);
        check([20, 44, 45], false);
        check([20, 45, 0], false);
        check([0, 4, 4], false);
        check([64, 0, 0], true);
        check([65, 0, 0], false);
        check([u32::MAX, u32::MAX, 1], false);
    }

    #[test]
    fn a_head_lies_inside_the_memory() {
        let memory = [1; 16];
        for ptr in [5, 16, 17, u32::MAX] {
            assert!(Region::at(&memory, ptr).is_err(), "{ptr}");
        }
        assert!(Region::at(&memory, 0).is_err(), "null");
    }

    #[test]
    fn sections_are_read_from_their_end() {
        let sections: [&[u8]; 3] = [b"", b"key", b"value"];
        let bytes = encode_sections(&sections);
        let found = decode_sections(&bytes, 3).expect("three sections");
        let found: Vec<&[u8]> = found.into_iter().map(|it| &bytes[it]).collect();
        assert_eq!(found, sections);
        assert_eq!(decode_sections(&bytes, 2), None);
        assert_eq!(decode_sections(b"", 0), Some(Vec::new()));
        assert_eq!(decode_sections(&[0, 0, 0, 1], 9), None);
        assert_eq!(decode_sections(&[0, 0, 1], 9), None);
        assert_eq!(encode_sections(&[b"", b""]), [0; 8]);
    }
}

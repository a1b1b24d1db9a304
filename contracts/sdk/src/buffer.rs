//! Bytes under construction.
//!
//! `Encode::encode` would do, but brings the general growth of vectors with it, wherever it is
//! used. One small growing function for all of a module makes small contracts a third smaller.

use alloc::vec;
use alloc::vec::Vec;

use parity_scale_codec::{Encode, Output};

/// Enough for most values, so that they never grow.
const BYTES_FIRST: usize = 64;

/// Takes SCALE bytes, and hands them over as a vector.
pub(crate) struct Buffer {
    /// Zeros from `length` on.
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    pub(crate) fn new() -> Buffer {
        Buffer {
            bytes: vec![0; BYTES_FIRST],
            length: 0,
        }
    }

    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }

    #[inline(never)]
    fn append(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if end > self.bytes.len() {
            let mut larger = vec![0; end * 2];
            copy(&mut larger, 0, &self.bytes);
            self.bytes = larger;
        }
        copy(&mut self.bytes, self.length, bytes);
        self.length = end;
    }
}

/// Copies `from` to the place where there is room for it.
fn copy(to: &mut [u8], start: usize, from: &[u8]) {
    if let Some(place) = to.get_mut(start..start + from.len()) {
        place.copy_from_slice(from);
    }
}

impl Output for Buffer {
    fn write(&mut self, bytes: &[u8]) {
        self.append(bytes);
    }

    fn push_byte(&mut self, byte: u8) {
        self.append(&[byte]);
    }
}

/// The SCALE bytes of a value.
pub(crate) fn encode(value: &(impl Encode + ?Sized)) -> Vec<u8> {
    let mut buffer = Buffer::new();
    value.encode_to(&mut buffer);
    buffer.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_written() {
        for length in [0, 1, 63, 64, 65, 127, 128, 129, 1000] {
            let value: Vec<u8> = (0..length).map(|it| it as u8).collect();
            assert_eq!(encode(&value), value.encode(), "{length}");
            let pieces: Vec<[u8; 3]> = value
                .chunks_exact(3)
                .map(|it| [it[0], it[1], it[2]])
                .collect();
            assert_eq!(encode(&pieces), pieces.encode(), "{length}");
        }
    }
}

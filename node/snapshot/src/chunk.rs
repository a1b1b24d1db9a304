//! Bytes of chunks.
//!
//! ```text
//! records   each  key length u32 LE ‖ value length u32 LE ‖ key ‖ value      key: address 32 ‖ kind ‖ rest
//! modules   each  length u32 LE ‖ module as uploaded                        by hash
//! blocks    each  length u32 LE ‖ SCALE(Block, receipts)                    the head first
//! ```
//!
//! Always: a reader takes nothing but what lies in the chunk, and says at which byte it stopped.
//! Not here: whether the entries are the right ones (`check`).

use crate::error::ChunkError;

/// Bytes before a record's key.
const RECORD_HEAD: usize = 8;

/// Appends a record; `None`: it is larger than a length can say.
pub(crate) fn put_record(chunk: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Option<()> {
    chunk.extend(u32::try_from(key.len()).ok()?.to_le_bytes());
    chunk.extend(u32::try_from(value.len()).ok()?.to_le_bytes());
    chunk.extend(key);
    chunk.extend(value);
    Some(())
}

/// Bytes that a record takes.
pub(crate) fn record_size(key: &[u8], value: &[u8]) -> usize {
    RECORD_HEAD + key.len() + value.len()
}

/// Appends a module or a block; `None`: it is larger than a length can say.
pub(crate) fn put_blob(chunk: &mut Vec<u8>, blob: &[u8]) -> Option<()> {
    chunk.extend(u32::try_from(blob.len()).ok()?.to_le_bytes());
    chunk.extend(blob);
    Some(())
}

/// Key and value.
pub(crate) type Record<'a> = (&'a [u8], &'a [u8]);

/// Reads a chunk from its beginning.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, offset: 0 }
    }

    /// The next record; `None`: there is no more.
    pub(crate) fn record(&mut self) -> Result<Option<Record<'a>>, ChunkError> {
        if self.offset == self.bytes.len() {
            return Ok(None);
        }
        let (key, value) = (self.length()?, self.length()?);
        Ok(Some((self.take(key)?, self.take(value)?)))
    }

    /// The next module or block; `None`: there is no more.
    pub(crate) fn blob(&mut self) -> Result<Option<&'a [u8]>, ChunkError> {
        if self.offset == self.bytes.len() {
            return Ok(None);
        }
        let length = self.length()?;
        self.take(length).map(Some)
    }

    fn length(&mut self) -> Result<usize, ChunkError> {
        let offset = self.offset;
        let bytes = self.take(4)?.try_into();
        let bytes = bytes.map_err(|_| ChunkError::Malformed { offset })?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], ChunkError> {
        let offset = self.offset;
        let end = offset.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(offset..end));
        let taken = taken.ok_or(ChunkError::Malformed { offset })?;
        self.offset += count;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_are_frozen() {
        let mut chunk = Vec::new();
        put_record(&mut chunk, b"key", b"va").expect("it is small");
        assert_eq!(chunk, b"\x03\0\0\0\x02\0\0\0keyva");
        let mut chunk = Vec::new();
        put_blob(&mut chunk, b"module").expect("it is small");
        assert_eq!(chunk, b"\x06\0\0\0module");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            records in prop::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let (mut chunk, mut ends) = (Vec::new(), vec![0]);
            for (key, value) in &records {
                put_record(&mut chunk, key, value).expect("it is small");
                prop_assert_eq!(ends[ends.len() - 1] + record_size(key, value), chunk.len());
                ends.push(chunk.len());
            }
            let mut reader = Reader::new(&chunk);
            for (key, value) in &records {
                prop_assert_eq!(reader.record().unwrap(), Some((&key[..], &value[..])));
            }
            prop_assert_eq!(reader.record().unwrap(), None);
            // Cut anywhere but between two records, it is malformed.
            let cut = cut.index(chunk.len() + 1);
            let mut reader = Reader::new(&chunk[..cut]);
            let is_torn = loop {
                match reader.record() {
                    Ok(Some(_)) => {}
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            };
            prop_assert_eq!(is_torn, !ends.contains(&cut));
        }

        #[test]
        fn nonsense_never_reads_beyond_its_end(bytes in any::<Vec<u8>>()) {
            let mut reader = Reader::new(&bytes);
            while let Ok(Some(blob)) = reader.blob() {
                prop_assert!(blob.len() < bytes.len());
            }
        }
    }
}

//! Files that are being written, into a folder that does not count yet.

use std::fs;
use std::path::PathBuf;

use argosy_chain::{ChainError, crash_point};

use super::parts::too_long;
use super::{MakeError, MakeOptions, io_error, sync};
use crate::folder::{MANIFEST, chunk_name};
use crate::manifest::Chunk;

/// The files of a snapshot that is being made.
pub(super) struct Files<'a> {
    pub(super) folder: PathBuf,
    pub(super) options: &'a MakeOptions<'a>,
    /// Number of the next chunk.
    pub(super) next: u32,
}

impl Files<'_> {
    pub(super) fn chunk(&mut self, bytes: &[u8], entries: usize) -> Result<Chunk, MakeError> {
        self.options.look()?;
        let name = chunk_name(self.next);
        let chunk = Chunk::of(bytes, entries);
        let chunk = chunk.ok_or_else(|| ChainError::from(too_long()))?;
        self.write(&name, bytes)?;
        crash_point!("snapshot::chunk_written");
        self.next = self.next.saturating_add(1);
        Ok(chunk)
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), MakeError> {
        let path = self.folder.join(name);
        fs::write(&path, bytes).map_err(|error| io_error(&path, error))
    }

    /// Everything at once in the end: by then the system has written most of it.
    pub(super) fn sync(&self) -> Result<(), MakeError> {
        let names = (0..self.next).map(chunk_name);
        for name in names.chain([MANIFEST.to_owned()]) {
            self.options.look()?;
            sync(&self.folder.join(name))?;
        }
        sync(&self.folder)
    }
}

//! Uploaded modules: a record in state, and two blobs beside it that the record's hash and the
//! chain's rules determine.

use argosy_kv::{Batch, Bytes, Column, Direction, KeyRange, View};
use argosy_primitives::{CodeHash, Limits, decode_untrusted};
use argosy_proof::{CodeRecord, RecordError};
use parity_scale_codec::{DecodeWithMemTracking, Encode};

use crate::{State, StateError, key};

/// The bytes of a module; kept beside state, not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlobs {
    /// As uploaded.
    pub original: Bytes,
    /// As it runs.
    pub instrumented: Bytes,
}

impl CodeBlobs {
    /// Writes them where state looks for them.
    pub fn write_to(self, code: &CodeHash, batch: &mut Batch) {
        batch.put(Column::Code, key::blob_original(code), self.original);
        batch.put(
            Column::Code,
            key::blob_instrumented(code),
            self.instrumented,
        );
    }
}

/// The modules that a view holds, as they were uploaded, in the order of their hashes.
pub fn modules(view: &dyn View) -> impl Iterator<Item = Result<(CodeHash, Bytes), StateError>> {
    let entries = view.range(Column::Code, KeyRange::all(), Direction::Ascending);
    entries.filter_map(|entry| match entry {
        Ok((key, bytes)) => key::original_of(&key).map(|code| Ok((code, bytes))),
        Err(error) => Some(Err(error.into())),
    })
}

impl State {
    /// The record of a module, if it was uploaded.
    pub fn code(&self, code: &CodeHash) -> Result<Option<CodeRecord>, StateError> {
        self.record(&key::code(code), CodeRecord::from_value)
    }

    /// The module with this number, if it is still there.
    pub fn code_by_id(&self, id: u64) -> Result<Option<CodeHash>, StateError> {
        self.record(&key::code_id(id), small)
    }

    /// Adds a module and returns its number, which replaces `record.code_id`. Numbers rise from 1
    /// and are never reused.
    pub fn add_code(
        &mut self,
        code: &CodeHash,
        record: CodeRecord,
        blobs: CodeBlobs,
    ) -> Result<u64, StateError> {
        let uploads = self.record(&key::code_count(), small::<u64>)?.unwrap_or(0);
        let what = "more than 2^64 uploads";
        let code_id = uploads
            .checked_add(1)
            .ok_or(StateError::Inconsistent { what })?;
        self.set(key::code_count(), Some(code_id.encode().into()));
        self.set(key::code_id(code_id), Some(code.encode().into()));
        self.set_code(code, &CodeRecord { code_id, ..record });
        self.blobs
            .set(key::blob_original(code).into(), Some(blobs.original));
        self.blobs.set(
            key::blob_instrumented(code).into(),
            Some(blobs.instrumented),
        );
        Ok(code_id)
    }

    /// Replaces the record of a module that is there.
    pub fn set_code(&mut self, code: &CodeHash, record: &CodeRecord) {
        self.set(key::code(code), Some(record.to_value().into()));
    }

    /// Removes a module with its bytes, its number and its place in the hot set.
    pub fn remove_code(&mut self, code: &CodeHash) -> Result<(), StateError> {
        let Some(record) = self.code(code)? else {
            return Ok(());
        };
        self.set(key::code(code), None);
        self.set(key::code_id(record.code_id), None);
        self.blobs.set(key::blob_original(code).into(), None);
        self.blobs.set(key::blob_instrumented(code).into(), None);
        self.hot_remove(code)
    }

    /// A module as it was uploaded.
    pub fn code_original(&self, code: &CodeHash) -> Result<Option<Bytes>, StateError> {
        self.blob(&key::blob_original(code))
    }

    /// A module as it runs.
    pub fn code_instrumented(&self, code: &CodeHash) -> Result<Option<Bytes>, StateError> {
        self.blob(&key::blob_instrumented(code))
    }

    fn blob(&self, key: &[u8]) -> Result<Option<Bytes>, StateError> {
        match self.blobs.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.view.get(Column::Code, key)?),
        }
    }
}

/// Reads a value of a few fixed fields.
pub(crate) fn small<T: DecodeWithMemTracking + Encode>(value: &[u8]) -> Result<T, RecordError> {
    decode_untrusted(value, Limits::for_size(64))
}

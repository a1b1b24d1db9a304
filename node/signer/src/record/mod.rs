//! The sign record of one key on one chain: a file that is synced before a signature leaves.
//!
//! ```text
//! absent ──init, init at, import──▶ free ──open──▶ locked ──write fails──▶ closed to signing
//!                                     ▲              │
//!                                     └───process ends, signer dropped
//! ```
//!
//! Invariant: what is read was written whole by this key's signer for this chain; anything else is
//! a [`RecordError`]. A record is locked by whoever has it open, and never overwritten by a new one.
//! Not here: what it means (`history`), and text for moving it (`interchange`).

mod error; // what can be wrong with a record
mod file; // one file on disk: create, open, write
mod slot; // the bytes inside

pub use error::{RecordDamage, RecordError, SlotDamage};
pub use file::{RECORD_FILE, init_record, init_record_at};

pub(crate) use file::{Record, create};

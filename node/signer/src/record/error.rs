//! Everything that can be wrong with a sign record, as one enum.

use std::io;
use std::path::PathBuf;

use argosy_primitives::{DecodeError, GenesisHash, PublicKey};

/// Why a sign record could not be created, opened or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is none. An absent record is never taken for an empty one.
    #[error(
        "there is no sign record at {}: put it back or import an export of it; only if this key has never signed on this chain, create an empty one",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is one already; a record is never overwritten.
    #[error(
        "there is a sign record at {} already, and records are never overwritten: use it, or import into it",
        path.display()
    )]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// Another signer has it open.
    #[error("the sign record {} is in use by another process: stop that one first", path.display())]
    InUse {
        /// Where.
        path: PathBuf,
    },
    /// Its bytes are not what a signer has written.
    #[error(
        "the sign record {} is damaged ({what}): import an export of it, or create one that sits out until a height above all that this key may have signed",
        path.display()
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        what: RecordDamage,
    },
    /// It belongs to another chain.
    #[error("the sign record {} is of chain {found}, not {expected}", path.display())]
    OtherChain {
        /// Where.
        path: PathBuf,
        /// Its chain.
        found: GenesisHash,
        /// Ours.
        expected: GenesisHash,
    },
    /// It belongs to another key.
    #[error("the sign record {} is of key {found}, not {expected}", path.display())]
    OtherKey {
        /// Where.
        path: PathBuf,
        /// Its key.
        found: PublicKey,
        /// Ours.
        expected: PublicKey,
    },
    /// Somebody put another file in its place while it was open.
    #[error(
        "the sign record {} was moved or replaced while a signer had it open: stop the signer before touching it",
        path.display()
    )]
    Replaced {
        /// Where.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// What is wrong with the content of a sign record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordDamage {
    /// The file is shorter or longer than any record.
    #[error("{found} bytes instead of {expected}")]
    Length {
        /// Of the file.
        found: u64,
        /// Of every record.
        expected: u64,
    },
    /// Neither of the two slots is whole.
    #[error("first slot: {first}; second slot: {second}")]
    BothSlots {
        /// Of the first.
        first: SlotDamage,
        /// Of the second.
        second: SlotDamage,
    },
    /// Both slots are whole, but no interrupted write leaves them like this.
    #[error("its slots are writes {first} and {second}: the disk has lost writes")]
    Apart {
        /// Number of the write in the first.
        first: u64,
        /// Number of the write in the second.
        second: u64,
    },
}

/// What is wrong with one slot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotDamage {
    /// It does not begin as one.
    #[error("does not begin as a sign record")]
    NoMagic,
    /// It says that it is longer than a slot.
    #[error("wrong length")]
    Length,
    /// Its checksum is of other bytes.
    #[error("checksum does not match")]
    Checksum,
    /// Written by a later version.
    #[error("version {found}, this program knows {known}")]
    Version {
        /// In the slot.
        found: u16,
        /// Ours.
        known: u16,
    },
    /// The bytes are no record.
    #[error("unreadable: {0}")]
    Unreadable(DecodeError),
    /// Marks that contradict one another.
    #[error("its marks are out of order")]
    OutOfOrder,
}

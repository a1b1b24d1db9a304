//! What a contract may learn of others: codes, contracts, their storage, and what was announced.
//!
//! Asked by ABIs whose contracts see more of the chain than the native one's do. Questions and
//! answers are plain values, so that whoever writes down a frame writes them down as they are.
//!
//! Not here: who pays for the answer (the adapter).

use argosy_primitives::{AbiKind, Address, Balance, CodeHash, Event};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// A question of a frame to the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Question {
    /// Who is the contract at this address?
    Contract(Address),
    /// Which code has this number?
    Code(u64),
    /// What does this contract keep under this key?
    Stored(Address, Vec<u8>),
    /// How many events has the transaction by now?
    EventCount,
    /// Which events follow the first so many?
    EventsFrom(u32),
    /// How many bytes have they?
    EventBytesFrom(u32),
    /// Which versions of its storage does the migration that runs now lie between?
    Migration,
    /// How much was there of the chain's token when the block began?
    Supply,
}

/// An answer, of the question's kind.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Facts {
    /// The contract, if there is one.
    Contract(Option<ContractFacts>),
    /// The code, if there is one.
    Code(Option<CodeFacts>),
    /// The value, if there is one.
    Stored(Option<Vec<u8>>),
    /// A number of events.
    EventCount(u32),
    /// Events in order.
    Events(Vec<SeenEvent>),
    /// Bytes of events, topics included.
    EventBytes(u64),
    /// What the old code and the new one say; nothing outside of a migration.
    Migration(MigrationFacts),
    /// In the smallest unit.
    Supply(Balance),
}

/// The versions of a contract's storage that its codes expect, as far as they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct MigrationFacts {
    /// Of the code that it had.
    pub old: Option<u64>,
    /// Of the code that it has now.
    pub new: Option<u64>,
}

/// A contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ContractFacts {
    /// Its ABI.
    pub abi: AbiKind,
    /// Number of its code.
    pub code_id: u64,
    /// Who created it.
    pub creator: Address,
    /// Who may upgrade it; `None`: nobody.
    pub admin: Option<Address>,
}

/// A code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CodeFacts {
    /// By which the chain knows it.
    pub code: CodeHash,
    /// SHA-256 of the module.
    pub sha256: [u8; 32],
    /// Who uploaded it.
    pub uploader: Address,
}

/// An event of the running transaction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum SeenEvent {
    /// Funds were moved.
    Transferred {
        /// Who paid.
        from: Address,
        /// Who received.
        to: Address,
        /// How much.
        amount: Balance,
    },
    /// A contract announced something.
    Announced {
        /// The contract's ABI, by which its events are read.
        abi: AbiKind,
        /// What it announced.
        event: Event,
    },
}

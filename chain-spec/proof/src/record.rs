//! What the values in state mean: the records that a client may want proven.
//!
//! Their SCALE bytes are frozen by golden files.
//! Not here: the chain's private bookkeeping (`argosy-state`) and what moves the numbers
//! (`argosy-executor`).

use argosy_primitives::{
    AbiHash, AbiKind, Address, Balance, CodeHash, DecodeError, Height, Limits, Nonce,
    decode_untrusted,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::StateKey;

/// Longer than any record.
const RECORD_SIZE_MAX: usize = 1024;

/// First byte of the keys of code records among the chain's own keys.
const CODE_TAG: u8 = 0;

/// The key of the supply among the chain's own keys.
const SUPPLY_TAG: u8 = 6;

/// Why bytes are not a record.
pub type RecordError = DecodeError;

/// Who pays and signs; contracts have one too, for their balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode, DecodeWithMemTracking)]
pub struct Account {
    /// Transactions sent so far.
    pub nonce: Nonce,
    /// Tokens that it may spend.
    pub balance: Balance,
    /// Tokens locked for the account's own place in state.
    pub deposit: Balance,
}

/// A contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ContractRecord {
    /// Which host interface it speaks.
    pub abi: AbiKind,
    /// The code it runs.
    pub code: CodeHash,
    /// Who may upgrade it; none = frozen.
    pub admin: Option<Address>,
    /// Who instantiated it.
    pub creator: Address,
    /// Tokens locked for its place in state.
    pub deposit: Balance,
    /// Bytes of its keys and values.
    pub storage_bytes: u64,
    /// Number of its keys.
    pub storage_items: u32,
    /// Block in which it was instantiated.
    pub created_at: Height,
}

/// An uploaded module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct CodeRecord {
    /// SHA-256 of the module, for those who know it by that.
    pub sha256: [u8; 32],
    /// Its number, counted from 1 over all uploads.
    pub code_id: u64,
    /// Which host interface it speaks.
    pub abi: AbiKind,
    /// Size as uploaded.
    pub size_bytes: u32,
    /// Size as instrumented.
    pub instrumented_bytes: u32,
    /// Who uploaded it, and may remove it.
    pub uploader: Address,
    /// Tokens locked for its place in state.
    pub deposit: Balance,
    /// Contracts that run it.
    pub users: u64,
    /// Hash of its ABI description, if it has one.
    pub abi_hash: Option<AbiHash>,
    /// Capabilities that its manifest declares.
    pub capabilities: u32,
    /// The version of its contracts' storage that it expects, if it says: a contract that comes from code of the same
    /// version is not migrated.
    pub storage_version: Option<u64>,
}

/// All that there is of the chain's token: every balance and every deposit, of accounts, contracts and code. It
/// holds what it was after the last block that changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Supply(
    /// In the smallest unit.
    pub Balance,
);

impl Supply {
    /// Where it is kept: under [`Address::SYSTEM`], as [`crate::StateKey::System`] of these bytes.
    pub const KEY: [u8; 1] = [SUPPLY_TAG];

    /// Whether a whole key of state is the one under which it is kept.
    pub fn is_at(whole: &[u8]) -> bool {
        StateKey::of_whole(whole) == Some((Address::SYSTEM, StateKey::System(&Supply::KEY)))
    }
}

impl CodeRecord {
    /// Where the record of `code` is kept: under [`Address::SYSTEM`], as
    /// [`crate::StateKey::System`] of these bytes.
    pub fn key(code: &CodeHash) -> [u8; 33] {
        let mut key = [CODE_TAG; 33];
        key[1..].copy_from_slice(code.as_bytes());
        key
    }
}

macro_rules! records {
    ($($name:ident)*) => {$(
        impl $name {
            /// Reads the value of a key in state.
            pub fn from_value(value: &[u8]) -> Result<$name, RecordError> {
                decode_untrusted(value, Limits::for_size(RECORD_SIZE_MAX))
            }

            /// The value that state holds for it.
            pub fn to_value(&self) -> alloc::vec::Vec<u8> {
                self.encode()
            }
        }
    )*};
}

records! { Account ContractRecord CodeRecord Supply }

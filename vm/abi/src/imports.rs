//! The import table: every function a native contract may import from the module `argosy`.
//!
//! Always holds: `IMPORTS[import as usize]` describes `import`; names are unique; a module that
//! imports a name outside the table, or with another signature, is refused at upload.
//!
//! Conventions, the same for every row:
//! - pointers and lengths are `i32`, read as unsigned; a range outside the memory is a trap;
//! - a fixed-size value (address 32, hash 32, amount 16 little-endian) is passed by pointer alone;
//! - a result of variable size goes into the *result register*, read by `result_len`/`result_read`;
//! - what may fail in an honest contract returns a [`StatusCode`](argosy_primitives::StatusCode)
//!   number; what only a broken or overreaching contract does ends the frame.

/// The module name of every native import.
pub const MODULE: &str = "argosy";

/// Passed as a pointer: no value (`instantiate` without an admin). As a length: no bound
/// (the end of `storage_range`).
pub const NONE: i32 = -1;

/// Returned by `storage_get` when the key is absent.
pub const ABSENT: i64 = -1;

/// `call` flag: the callee may call back into contracts that are already running.
pub const CALL_ALLOW_REENTRY: i32 = 1;
/// `call` flag: the callee, and all it calls, may read only.
pub const CALL_READ_ONLY: i32 = 2;
/// `storage_range` flag: greatest key first.
pub const RANGE_DESCENDING: i32 = 1;

/// Length of an address.
pub const ADDRESS_BYTES: u32 = 32;
/// Length of a hash, a topic and a salt.
pub const HASH_BYTES: u32 = 32;
/// Length of an amount: `u128`, little-endian.
pub const AMOUNT_BYTES: u32 = 16;

/// A value type of the ABI; there are no floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
}

/// One row of an import table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportSpec {
    /// Name inside the module.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [ValType],
    /// The result, if there is one.
    pub result: Option<ValType>,
}

macro_rules! imports {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal ($($param:ident),*) $(-> $result:ident)?;)+) => {
        /// A native import. The discriminant is its index in [`IMPORTS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Import {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Import {
            /// Every import, in table order.
            pub const ALL: &'static [Import] = &[$(Import::$variant,)+];

            /// What it does, for people: the words above.
            pub fn docs(self) -> &'static str {
                match self {
                    $(Import::$variant => concat!($($doc,)+),)+
                }
            }
        }

        /// The rows of the native ABI.
        pub const IMPORTS: &[ImportSpec] = &[
            $(ImportSpec {
                name: $name,
                params: &[$(ValType::$param,)*],
                result: imports!(@result $($result)?),
            },)+
        ];
    };
    (@result) => { None };
    (@result $result:ident) => { Some(ValType::$result) };
}

imports! {
    /// Length of the input: selector and arguments.
    InputLen = "input_len" () -> I32;
    /// `(dst, offset, len)`: copies a part of the input.
    InputRead = "input_read" (I32, I32, I32);
    /// `(ptr, len)`: ends the frame with success and this data. Does not return.
    Finish = "finish" (I32, I32);
    /// `(ptr, len)`: ends the frame, undoing it, with this data. Does not return.
    Revert = "revert" (I32, I32);
    /// Length of the result register.
    ResultLen = "result_len" () -> I32;
    /// `(dst, offset, len)`: copies a part of the result register.
    ResultRead = "result_read" (I32, I32, I32);
    /// `(key, key_len, out, capacity)`: the value's length, or -1. The value goes to the result
    /// register, and to `out` if it fits whole.
    StorageGet = "storage_get" (I32, I32, I32, I32) -> I64;
    /// `(key, key_len, value, value_len)`.
    StorageSet = "storage_set" (I32, I32, I32, I32);
    /// `(key, key_len)`: 1 if the key existed.
    StorageRemove = "storage_remove" (I32, I32) -> I32;
    /// `(start, start_len, end, end_len, flags, limit)`: number of entries with
    /// `start <= key < end`, at most `limit`; they go to the result register as SCALE
    /// `Vec<(Vec<u8>, Vec<u8>)>`. `end_len` -1: no end. The chain has limits of its own on entries
    /// and bytes, so fewer than `limit` does not mean the end; none does.
    StorageRange = "storage_range" (I32, I32, I32, I32, I32, I32) -> I32;
    /// `(out32)`: who called this frame.
    Caller = "caller" (I32);
    /// `(out32)`: this contract.
    SelfAddress = "self_address" (I32);
    /// `(out32)`: who signed the transaction.
    Signer = "signer" (I32);
    /// `(out32)`: the genesis hash.
    Chain = "chain" (I32);
    /// `(out16)`: what the caller sent along.
    Funds = "funds" (I32);
    /// `(address, out16)`: what an address owns.
    Balance = "balance" (I32, I32);
    /// Height of the block.
    BlockHeight = "block_height" () -> I64;
    /// Time of the block in milliseconds.
    BlockTime = "block_time" () -> I64;
    /// `(to, amount16)`: a status code.
    Transfer = "transfer" (I32, I32) -> I32;
    /// `(address, funds16, gas, flags, input, input_len)`: a status code; the callee's data goes to
    /// the result register. Gas 0: all that may be passed on, which is 63/64 of what is left, and
    /// never more. The callee's `call` runs, or its `query` if the call is read-only, as all calls
    /// from a read-only frame are.
    Call = "call" (I32, I32, I64, I32, I32, I32) -> I32;
    /// `(code32, salt32, admin32 or -1, funds16, gas, input, input_len, out_address32)`: a status
    /// code; the new contract's data goes to the result register, its address to `out_address32`.
    Instantiate = "instantiate" (I32, I32, I32, I32, I64, I32, I32, I32) -> I32;
    /// `(code32, input, input_len)`: a status code. The new code runs its `upgrade` now and serves
    /// the next frame.
    UpgradeSelf = "upgrade_self" (I32, I32, I32) -> I32;
    /// `(topics, count, data, data_len)`: topics lie end to end, 32 bytes each.
    Emit = "emit" (I32, I32, I32, I32);
    /// `(ptr, len, out32)`: plain BLAKE3.
    Blake3 = "blake3" (I32, I32, I32);
    /// `(ptr, len, out32)`.
    Sha256 = "sha256" (I32, I32, I32);
    /// `(ptr, len, out32)`: Keccak as Ethereum uses it, not SHA-3.
    Keccak256 = "keccak256" (I32, I32, I32);
    /// `(key32, signature64, message, message_len)`: 1 if valid by the strict rule.
    Ed25519Verify = "ed25519_verify" (I32, I32, I32, I32) -> I32;
    /// `(key33, signature64, hash32)`: 1 if valid; low S and compressed keys only.
    Secp256k1Verify = "secp256k1_verify" (I32, I32, I32) -> I32;
    /// `(hash32, signature64, recovery_id, out_key33)`: 1 and the key, or 0.
    Secp256k1Recover = "secp256k1_recover" (I32, I32, I32, I32) -> I32;
    /// `(key33, signature64, hash32)`: 1 if valid; low S and compressed keys only.
    P256Verify = "p256_verify" (I32, I32, I32) -> I32;
    /// Gas that this frame has left.
    GasLeft = "gas_left" () -> I64;
    /// `(ptr, len)`: a line for the node's local log. No effect on any result.
    Log = "log" (I32, I32);
}

impl Import {
    /// The row at `index`.
    pub fn from_index(index: usize) -> Option<Import> {
        Import::ALL.get(index).copied()
    }

    /// The row of this import.
    pub fn spec(self) -> &'static ImportSpec {
        // In bounds: both tables come from one list.
        &IMPORTS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn the_discriminant_is_the_index() {
        assert_eq!(Import::ALL.len(), IMPORTS.len());
        for (index, import) in Import::ALL.iter().enumerate() {
            assert_eq!(*import as usize, index);
            assert_eq!(Import::from_index(index), Some(*import));
        }
        assert_eq!(Import::from_index(IMPORTS.len()), None);
    }

    #[test]
    fn every_import_has_words() {
        assert_eq!(
            Import::StorageRemove.docs().trim(),
            "`(key, key_len)`: 1 if the key existed."
        );
        assert!(Import::ALL.iter().all(|it| !it.docs().trim().is_empty()));
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = IMPORTS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), IMPORTS.len());
    }
}

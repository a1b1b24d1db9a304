//! Gas prices of execution: instructions, loading, upload and host functions.
//!
//! One gas is about one simple Wasm operation, one nanosecond or less on the reference
//! interpreter. Prices are versioned chain state; a cache of instrumented code is keyed by them.
//! Not here: fees in tokens (`fees`) and the charging itself (`vm`).

use argosy_primitives::Gas;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// A price with a fixed part and a part that grows with the bytes handled.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, serde::Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Charged always.
    pub base: Gas,
    /// Charged for every started group of 8 bytes.
    pub per_8_bytes: Gas,
}

impl Price {
    /// The price for `bytes` bytes; `u64::MAX`, which nobody can pay, if it does not fit.
    pub fn of(&self, bytes: u64) -> Gas {
        self.per_8_bytes
            .saturating_mul(bytes.div_ceil(8))
            .saturating_add(self.base)
    }
}

bounded! {
    /// What the instrumentation charges inside a module.
    pub struct InstructionPrices {
        /// Every operation not named below.
        simple: u64 = 1..=1_000,
        /// Integer division and remainder.
        div_rem: u64 = 1..=1_000,
        /// Arithmetic, comparison and conversion of floats, making NaNs canonical included.
        float: u64 = 1..=1_000,
        /// Direct call.
        call: u64 = 1..=1_000,
        /// Call through the table.
        call_indirect: u64 = 1..=1_000,
        /// Jump through a table of labels.
        br_table: u64 = 1..=1_000,
        /// Entering a metered block, for the metering itself.
        block_header: u64 = 1..=1_000,
        /// Entering a function, per started group of 8 locals (parameters included).
        entry_per_8_locals: u64 = 1..=1_000,
        /// `memory.copy` and `memory.fill`, whatever their length.
        bulk: u64 = 1..=1_000,
        /// `memory.copy` and `memory.fill`, per started group of 64 bytes.
        bulk_per_64_bytes: u64 = 1..=1_000,
    }
}

bounded! {
    /// What it costs to bring code and memory into existence for a call.
    pub struct LoadPrices {
        /// Every call of a contract, whatever its code.
        hot_base: u64 = 1..=10_000_000,
        /// Creating an instance, per 64 bytes of the instrumented module, on top of `hot_base`:
        /// functions, imports and exports are bound anew for each.
        hot_per_64_bytes: u64 = 0..=1_000_000,
        /// Loading code outside the hot set, per byte of the instrumented module, on top of both.
        cold_per_byte: u64 = 1..=10_000,
        /// One page of initial memory.
        memory_page_initial: u64 = 1..=10_000_000,
        /// One page of grown memory; a failing growth pays too.
        memory_grow_page: u64 = 1..=10_000_000,
    }
}

impl LoadPrices {
    /// An instance of a module of so many instrumented bytes; `u64::MAX`, which nobody can pay, if it does not fit.
    pub fn instance(&self, instrumented_bytes: u32) -> Gas {
        let parts = u64::from(instrumented_bytes.div_ceil(64));
        self.hot_base
            .saturating_add(self.hot_per_64_bytes.saturating_mul(parts))
    }

    /// Reading and translating a module of so many instrumented bytes, on top of the instance.
    pub fn cold(&self, instrumented_bytes: u32) -> Gas {
        self.cold_per_byte.saturating_mul(instrumented_bytes.into())
    }
}

bounded! {
    /// What an upload pays for validation, instrumentation and first translation.
    pub struct UploadPrices {
        /// Every upload.
        base: u64 = 1..=1_000_000_000,
        /// Per byte of the module as uploaded.
        per_byte: u64 = 1..=100_000,
        /// Per function.
        per_function: u64 = 1..=1_000_000,
        /// Per local.
        per_local: u64 = 1..=1_000_000,
        /// Per metered block.
        per_block: u64 = 1..=1_000_000,
    }
}

bounded! {
    /// What host functions cost; `per_8_bytes` counts the bytes named in each line.
    pub struct HostPrices {
        /// Every import, on top of its own price; bytes copied between guest and host.
        import: Price = 1..=1_000_000,
        /// Reading a storage entry; bytes of key and value.
        storage_read: Price = 1..=1_000_000_000,
        /// Writing a storage entry; bytes of key and value.
        storage_write: Price = 1..=1_000_000_000,
        /// Removing a storage entry; bytes of the key.
        storage_remove: Price = 1..=1_000_000_000,
        /// Starting a range read; bytes of both bounds.
        storage_range: Price = 1..=1_000_000_000,
        /// Each entry of a range read; bytes of key and value.
        storage_range_entry: Price = 1..=1_000_000_000,
        /// Reading a balance; no bytes.
        balance_read: Price = 1..=1_000_000_000,
        /// Moving funds; no bytes.
        transfer: Price = 1..=1_000_000_000,
        /// Calling a contract, before its code is loaded; bytes of input and returned data.
        call: Price = 1..=1_000_000_000,
        /// Creating a contract, before its code is loaded; bytes of input and returned data.
        instantiate: Price = 1..=1_000_000_000,
        /// Replacing the own code, before it is loaded; bytes of input and returned data.
        upgrade: Price = 1..=1_000_000_000,
        /// Emitting an event; bytes of topics and data.
        emit: Price = 1..=1_000_000_000,
        /// A line for the node's log; bytes of the line.
        log: Price = 1..=1_000_000_000,
        /// BLAKE3; bytes hashed.
        blake3: Price = 1..=1_000_000_000,
        /// SHA-256; bytes hashed.
        sha256: Price = 1..=1_000_000_000,
        /// Keccak-256; bytes hashed.
        keccak256: Price = 1..=1_000_000_000,
        /// Verifying an Ed25519 signature; bytes of the message.
        ed25519_verify: Price = 1..=1_000_000_000,
        /// Verifying a secp256k1 signature; no bytes.
        secp256k1_verify: Price = 1..=1_000_000_000,
        /// Recovering a secp256k1 key; no bytes.
        secp256k1_recover: Price = 1..=1_000_000_000,
        /// Verifying a P-256 signature; no bytes.
        p256_verify: Price = 1..=1_000_000_000,
        /// Recovering a P-256 key; no bytes. Foreign ABIs only, as all that follows.
        p256_recover: Price = 1..=1_000_000_000,
        /// Adding points of BLS12-381; bytes of the points.
        bls12_381_aggregate: Price = 1..=1_000_000_000,
        /// Comparing products of pairings; bytes of the points of all pairs.
        bls12_381_pairing: Price = 1..=10_000_000_000,
        /// Hashing a message to a point; bytes of message and domain.
        bls12_381_hash: Price = 1..=1_000_000_000,
        /// Reading an address from text or writing it; no bytes.
        address_text: Price = 1..=1_000_000_000,
        /// Reading or writing a JSON document between chain and contract; its bytes.
        json: Price = 1..=1_000_000_000,
    }
}

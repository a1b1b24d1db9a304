//! Attestation: readings of sensors in batches that their devices have signed.
//!
//! ```text
//! readings ──► leaves ──► Merkle root ──signed by the device──► kept: root, count, times
//!                              ▲
//!            one reading and its path: anyone can check that it was among them
//! ```
//!
//! The tree: `leaf = blake3(0 ‖ SCALE(reading))`, `node = blake3(1 ‖ left ‖ right)`, level by level, an odd
//! one goes up as it is; `root = blake3(2 ‖ count u32 LE ‖ top)`.
//!
//! Invariant: batches of a device are numbered without gaps, and their times never go back; the key that
//! signed was the device's in the registry of devices at that moment.
//! Not here: keeping the readings themselves; they are in the transaction, and with who sent it.

#![cfg_attr(target_arch = "wasm32", no_std)]

mod tree; // the Merkle tree

use argosy_contract::crypto;
use argosy_contract::prelude::*;

/// Most readings of a batch.
pub const READINGS_MAX: u32 = 2_048;

/// What is asked of the registry of devices.
#[interface]
pub trait Registry {
    /// The key of a device; none: it is unknown or revoked.
    #[query]
    fn key_of(&self, device: String) -> Option<[u8; 32]>;
}

/// Batches of readings that their devices have signed.
#[storage]
pub struct Attestation {
    /// A contract with the query `key_of(device) -> Option<[u8; 32]>`, such as `devices`.
    registry: Item<Address>,
    /// By device and number.
    batches: Map<(String, u64), Batch>,
    /// How many batches a device has.
    counts: Map<String, u64>,
}

/// What a sensor said.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When. Milliseconds since 1970, by the device's clock.
    pub time: TimestampMs,
    /// What, in the device's unit.
    pub value: i64,
}

/// A batch of readings.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Root of their tree.
    pub root: [u8; 32],
    /// How many there are.
    pub count: u32,
    /// Time of the first.
    pub first: TimestampMs,
    /// Time of the last.
    pub last: TimestampMs,
    /// The key that signed.
    pub key: [u8; 32],
    /// Time of the block that took it.
    pub taken_at: TimestampMs,
}

/// A batch was taken.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Attested {
    /// The device.
    #[topic]
    pub device: String,
    /// Its number.
    pub batch: u64,
    /// Root of its tree.
    #[topic]
    pub root: [u8; 32],
    /// How many readings.
    pub count: u32,
}

/// Why a batch was refused.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum AttestationError {
    /// There are no readings, or too many.
    BadCount {
        /// How many there are.
        count: u32,
    },
    /// A reading is not later than the one before, or of the future.
    BadTime {
        /// Its place in the batch.
        index: u32,
    },
    /// The registry has no key for the device.
    UnknownDevice,
    /// The device's key did not sign this.
    BadSignature,
    /// The registry does not answer.
    NoRegistry {
        /// The status code.
        status: u8,
    },
}

#[contract(uses(call))]
impl Attestation {
    /// Takes batches of the devices of a registry.
    #[init]
    pub fn init(&mut self, registry: Address) {
        self.registry.set(&registry);
    }

    /// Takes a batch; anyone may send it. The device has signed `to_sign(device, number, root)` with the
    /// number of this batch. Its number.
    #[call]
    pub fn submit(
        &mut self,
        device: String,
        readings: Vec<Reading>,
        signature: [u8; 64],
    ) -> Result<u64, AttestationError> {
        let number = self.count(device.clone());
        let (first, last) = self.check_times(&device, number, &readings)?;
        let key = self.key_of(&device)?;
        let root = tree::root(&readings);
        let hash = self.to_sign(device.clone(), number, root);
        let is_signed = crypto::ed25519_verify(&key, &signature, &hash);
        ensure!(is_signed, AttestationError::BadSignature);
        let count = readings.len() as u32;
        let batch = Batch {
            root,
            count,
            first,
            last,
            key,
            taken_at: context::block_time(),
        };
        self.batches.set(&(device.clone(), number), &batch);
        self.counts.set(&device, &(number + 1));
        emit(&Attested {
            device,
            batch: number,
            root,
            count,
        });
        Ok(number)
    }

    /// What a device signs: a hash over this contract, the device, the number of the batch and its root.
    #[query]
    pub fn to_sign(&self, device: String, number: u64, root: [u8; 32]) -> [u8; 32] {
        let here = context::self_address();
        crypto::blake3(
            &(
                "argosy readings",
                context::chain(),
                here,
                device,
                number,
                root,
            )
                .encode(),
        )
    }

    /// How many batches of a device there are; the number of the next.
    #[query]
    pub fn count(&self, device: String) -> u64 {
        self.counts.get_or_default(&device)
    }

    /// A batch.
    #[query]
    pub fn batch(&self, device: String, number: u64) -> Option<Batch> {
        self.batches.get(&(device, number))
    }

    /// Whether a reading was at this place of a batch; `path` are its neighbours, from the leaf up.
    #[query]
    pub fn holds(
        &self,
        device: String,
        number: u64,
        index: u32,
        reading: Reading,
        path: Vec<[u8; 32]>,
    ) -> bool {
        let batch = self.batch(device, number);
        batch.is_some_and(|it| tree::root_by(&reading, index, it.count, &path) == Some(it.root))
    }

    fn check_times(
        &self,
        device: &str,
        number: u64,
        readings: &[Reading],
    ) -> Result<(TimestampMs, TimestampMs), AttestationError> {
        let count = readings.len() as u32;
        let (Some(first), Some(last)) = (readings.first(), readings.last()) else {
            return Err(AttestationError::BadCount { count });
        };
        ensure!(count <= READINGS_MAX, AttestationError::BadCount { count });
        let before = number
            .checked_sub(1)
            .and_then(|it| self.batches.get(&(device.to_owned(), it)));
        let mut before = before.map(|it| it.last);
        for (index, reading) in (0u32..).zip(readings) {
            let is_later = before.is_none_or(|it| it < reading.time);
            ensure!(is_later, AttestationError::BadTime { index });
            before = Some(reading.time);
        }
        let index = count - 1;
        let is_past = last.time <= context::block_time();
        ensure!(is_past, AttestationError::BadTime { index });
        Ok((first.time, last.time))
    }

    fn key_of(&self, device: &String) -> Result<[u8; 32], AttestationError> {
        let registry = Registry::at(self.registry.load());
        match registry.key_of(device).invoke() {
            Ok(key) => key.ok_or(AttestationError::UnknownDevice),
            Err(failure) => Err(AttestationError::NoRegistry {
                status: failure.status() as u8,
            }),
        }
    }
}

#[cfg(test)]
mod tests;

//! Devices: which key speaks for which device, now and at any time before.
//!
//! ```text
//! enroll ──► key 0 ──rotate: the old key agrees──► key 1 ──replace: the registry's owner──► key 2 …
//!               └───────────────revoke──► none, for ever
//! ```
//!
//! Each new key signs that it belongs to the device: nobody can enrol a key that they do not have.
//!
//! Invariant: at any time a device has one key or none; keys of the past are kept with their times, so
//! that old signatures can still be judged.
//! Not here: what devices say (`attestation`).

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{AccessError, Owner};
use argosy_contract::crypto;
use argosy_contract::prelude::*;

/// Longest id of a device and longest name of a model, in bytes.
pub const TEXT_BYTES_MAX: u32 = 64;
/// Most keys that a device has in its life.
pub const KEYS_MAX: u32 = 1_000;

/// An ed25519 key.
pub type Key = [u8; 32];
/// An ed25519 signature.
pub type Signature = [u8; 64];

/// Which key speaks for which device.
#[storage]
pub struct Devices {
    owner: Owner,
    devices: Map<String, Device>,
    /// By device and number.
    keys: Map<(String, u32), KeyRecord>,
}

/// A device.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Who speaks for it on the chain.
    pub controller: Address,
    /// What it is.
    pub model: String,
    /// The number of its last key.
    pub key_number: u32,
    /// When it was revoked.
    pub revoked_at: Option<TimestampMs>,
}

/// A key of a device.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key.
    pub key: Key,
    /// Since when it speaks for the device.
    pub from: TimestampMs,
    /// Until when; none: still.
    pub until: Option<TimestampMs>,
}

/// A device got a key.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct KeySet {
    /// The device.
    #[topic]
    pub device: String,
    /// The key's number.
    pub number: u32,
    /// The key.
    pub key: Key,
    /// Who set it.
    #[topic]
    pub by: Address,
}

/// No key speaks for a device any more.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The device.
    #[topic]
    pub device: String,
    /// Who revoked it.
    #[topic]
    pub by: Address,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// Only the owner of the registry may.
    NotOwner,
    /// Only the controller of the device may.
    NotController,
    /// The id or the model is empty or too long.
    BadText,
    /// There is such a device already.
    Enrolled,
    /// There is no such device.
    NoSuchDevice,
    /// The device was revoked.
    Revoked,
    /// The new key did not sign that it belongs to the device.
    NoPossession,
    /// The old key did not sign that the new one follows.
    NoConsent,
    /// The device has had too many keys.
    TooManyKeys,
}

impl From<AccessError> for DeviceError {
    fn from(_: AccessError) -> DeviceError {
        DeviceError::NotOwner
    }
}

#[contract]
impl Devices {
    /// An empty registry of its creator's.
    #[init]
    pub fn init(&mut self) {
        self.owner.set(&context::caller());
    }

    /// Enrols a device. Its key has signed `statement(device, 0, key)`.
    #[call]
    pub fn enroll(
        &mut self,
        device: String,
        controller: Address,
        model: String,
        key: Key,
        possession: Signature,
    ) -> Result<(), DeviceError> {
        self.owner.check()?;
        let fits = |text: &String| (1..=TEXT_BYTES_MAX as usize).contains(&text.len());
        ensure!(fits(&device) && fits(&model), DeviceError::BadText);
        ensure!(!self.devices.contains(&device), DeviceError::Enrolled);
        let found = Device {
            controller,
            model,
            key_number: 0,
            revoked_at: None,
        };
        self.set_key(device, found, 0, key, &possession)
    }

    /// Gives a device of the caller another key. Both keys have signed `statement(device, number, key)`
    /// with the number of the new one.
    #[call]
    pub fn rotate(
        &mut self,
        device: String,
        key: Key,
        possession: Signature,
        consent: Signature,
    ) -> Result<(), DeviceError> {
        let found = self.living(&device)?;
        let is_controller = context::caller() == found.controller;
        ensure!(is_controller, DeviceError::NotController);
        let number = self.end_key(&device, &found)?;
        let old = self.keys.get(&(device.clone(), found.key_number));
        let old = old.ok_or(DeviceError::NoSuchDevice)?;
        let statement = self.statement(device.clone(), number, key);
        let agrees = crypto::ed25519_verify(&old.key, &consent, &statement);
        ensure!(agrees, DeviceError::NoConsent);
        self.set_key(device, found, number, key, &possession)
    }

    /// Gives a device another key whose old one was lost or stolen. The owner of the registry answers for it.
    #[call]
    pub fn replace(
        &mut self,
        device: String,
        key: Key,
        possession: Signature,
    ) -> Result<(), DeviceError> {
        self.owner.check()?;
        let found = self.living(&device)?;
        let number = self.end_key(&device, &found)?;
        self.set_key(device, found, number, key, &possession)
    }

    /// Takes a device out of service for ever: its controller or the owner of the registry.
    #[call]
    pub fn revoke(&mut self, device: String) -> Result<(), DeviceError> {
        let mut found = self.living(&device)?;
        let by = context::caller();
        if by != found.controller {
            self.owner.check()?;
        }
        self.end_key(&device, &found)?;
        found.revoked_at = Some(context::block_time());
        self.devices.set(&device, &found);
        emit(&Revoked { device, by });
        Ok(())
    }

    /// A device.
    #[query]
    pub fn device(&self, device: String) -> Option<Device> {
        self.devices.get(&device)
    }

    /// The key that speaks for a device now.
    #[query]
    pub fn key_of(&self, device: String) -> Option<Key> {
        let found = self.living(&device).ok()?;
        let record = self.keys.get(&(device, found.key_number))?;
        Some(record.key)
    }

    /// The key that spoke for a device at a time.
    #[query]
    pub fn key_at(&self, device: String, time: TimestampMs) -> Option<Key> {
        let newest_first = self.keys.under(&device, Order::Descending);
        let record = newest_first
            .map(|(_, record)| record)
            .find(|record| record.from <= time)?;
        let was_over = record.until.is_some_and(|until| until <= time);
        (!was_over).then_some(record.key)
    }

    /// Whether the key that spoke for a device at a time has signed a hash.
    #[query]
    pub fn has_signed(
        &self,
        device: String,
        time: TimestampMs,
        hash: [u8; 32],
        signature: Signature,
    ) -> bool {
        let key = self.key_at(device, time);
        key.is_some_and(|key| crypto::ed25519_verify(&key, &signature, &hash))
    }

    /// What keys sign to belong to a device: a hash over this registry, the device, the key and its number.
    #[query]
    pub fn statement(&self, device: String, number: u32, key: Key) -> [u8; 32] {
        let here = context::self_address();
        crypto::blake3(
            &(
                "argosy device key",
                context::chain(),
                here,
                device,
                number,
                key,
            )
                .encode(),
        )
    }

    /// The owner of the registry.
    #[query]
    pub fn owner(&self) -> Option<Address> {
        self.owner.get()
    }

    fn living(&self, device: &String) -> Result<Device, DeviceError> {
        let found = self.devices.get(device).ok_or(DeviceError::NoSuchDevice)?;
        ensure!(found.revoked_at.is_none(), DeviceError::Revoked);
        Ok(found)
    }

    /// The last key speaks until now; the number of the next.
    fn end_key(&mut self, device: &str, found: &Device) -> Result<u32, DeviceError> {
        let key = (device.to_owned(), found.key_number);
        let mut record = self.keys.get(&key).ok_or(DeviceError::NoSuchDevice)?;
        record.until = Some(context::block_time());
        self.keys.set(&key, &record);
        // Below the most.
        Ok(found.key_number + 1)
    }

    fn set_key(
        &mut self,
        device: String,
        found: Device,
        number: u32,
        key: Key,
        possession: &Signature,
    ) -> Result<(), DeviceError> {
        ensure!(number < KEYS_MAX, DeviceError::TooManyKeys);
        let statement = self.statement(device.clone(), number, key);
        let has_key = crypto::ed25519_verify(&key, possession, &statement);
        ensure!(has_key, DeviceError::NoPossession);
        let record = KeyRecord {
            key,
            from: context::block_time(),
            until: None,
        };
        self.keys.set(&(device.clone(), number), &record);
        let found = Device {
            key_number: number,
            ..found
        };
        self.devices.set(&device, &found);
        emit(&KeySet {
            device,
            number,
            key,
            by: context::caller(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;

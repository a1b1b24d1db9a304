//! One value.

use core::marker::PhantomData;

use argosy_vm_abi::SdkError;
use argosy_vm_abi::schema::StorageKind;

use super::{Key, Stored};
use crate::abi::{AbiType, TypeName};
use crate::error::revert_sdk;
use crate::host;

/// One value in storage. Reading and writing it costs gas each time.
pub struct Item<T> {
    key: Key,
    value: PhantomData<fn() -> T>,
}

impl<T: AbiType> Stored for Item<T> {
    const TYPE: TypeName = T::NAME;
    const KIND: StorageKind = StorageKind::Item;
}

impl<T: AbiType> Item<T> {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    pub const fn open_at(key: Key) -> Item<T> {
        Item {
            key,
            value: PhantomData,
        }
    }

    /// The value, if it was ever set.
    pub fn get(&self) -> Option<T> {
        super::read(&self.key.0)
    }

    /// The value, which `#[init]` has set. Reverts if it is not there.
    pub fn load(&self) -> T {
        self.get()
            .unwrap_or_else(|| revert_sdk(SdkError::CorruptStorage))
    }

    /// The value, or its type's default.
    pub fn get_or_default(&self) -> T
    where
        T: Default,
    {
        self.get().unwrap_or_default()
    }

    /// Whether it was set; cheaper than reading it.
    pub fn is_set(&self) -> bool {
        host::storage_has(&self.key.0)
    }

    /// Sets the value.
    pub fn set(&mut self, value: &T) {
        super::write(&self.key.0, value);
    }

    /// Removes the value, which frees its deposit; `true` if it was set.
    pub fn remove(&mut self) -> bool {
        host::storage_remove(&self.key.0)
    }
}

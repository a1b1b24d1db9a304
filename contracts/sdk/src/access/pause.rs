//! A switch that stops what asks it.

use argosy_vm_abi::schema::StorageKind;

use super::AccessError;
use crate::abi::TypeName;
use crate::storage::{Item, Key, Stored};

/// Whether a contract is paused: a field of its `#[storage]` struct. It begins to run.
pub struct Pause {
    /// Kept while it is paused only.
    paused: Item<bool>,
}

impl Stored for Pause {
    const TYPE: TypeName = <Item<bool> as Stored>::TYPE;
    const KIND: StorageKind = <Item<bool> as Stored>::KIND;
}

impl Pause {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    #[inline]
    pub const fn open_at(key: Key) -> Pause {
        Pause {
            paused: Item::open_at(key),
        }
    }

    /// Whether it is paused.
    #[inline]
    pub fn is_paused(&self) -> bool {
        self.paused.is_set()
    }

    /// That it is not paused.
    #[inline]
    pub fn check(&self) -> Result<(), AccessError> {
        if self.is_paused() {
            Err(AccessError::Paused)
        } else {
            Ok(())
        }
    }

    /// Stops; `true` if it ran. Check first who asks for it.
    #[inline]
    pub fn pause(&mut self) -> bool {
        let ran = !self.is_paused();
        if ran {
            self.paused.set(&true);
        }
        ran
    }

    /// Goes on; `true` if it was paused. Check first who asks for it.
    #[inline]
    pub fn resume(&mut self) -> bool {
        self.paused.remove()
    }
}

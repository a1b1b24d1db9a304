//! Keys without values.

use argosy_vm_abi::schema::StorageKind;

use super::{BeginsWith, Entries, Key, Map, MapKey, Order, Stored};
use crate::abi::TypeName;

/// A set of keys in storage. It lies there as a `Map<K, ()>`.
pub struct Set<K> {
    keys: Map<K, ()>,
}

impl<K: MapKey> Stored for Set<K> {
    const TYPE: TypeName = <Map<K, ()> as Stored>::TYPE;
    const KIND: StorageKind = StorageKind::Set;
}

impl<K: MapKey> Set<K> {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    pub const fn open_at(key: Key) -> Set<K> {
        Set {
            keys: Map::open_at(key),
        }
    }

    /// Whether it is in the set.
    pub fn contains(&self, key: &K) -> bool {
        self.keys.contains(key)
    }

    /// Adds a key; `true` if it is new.
    pub fn insert(&mut self, key: &K) -> bool {
        let is_new = !self.keys.contains(key);
        if is_new {
            self.keys.set(key, &());
        }
        is_new
    }

    /// Removes a key, which frees its deposit; `true` if it was there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.keys.remove(key)
    }

    /// The keys in their order. A set may grow for ever: bound it by `take`.
    pub fn keys(&self, order: Order) -> impl Iterator<Item = K> {
        self.keys.entries(order).map(|(key, ())| key)
    }

    /// The keys that begin with `first`, in their order; see [`Map::under`].
    pub fn under<P: MapKey>(&self, first: &P, order: Order) -> Entries<'_, K, ()>
    where
        K: BeginsWith<P>,
    {
        self.keys.under(first, order)
    }

    /// The keys as entries of a map, whose walk can begin behind a key: [`Entries::after`].
    pub fn entries(&self, order: Order) -> Entries<'_, K, ()> {
        self.keys.entries(order)
    }
}

//! What a contract keeps.
//!
//! ```text
//! key of a field   = first 4 bytes of blake3(name of the field)
//! Item<T>            key                  -> SCALE(T)
//! Map<K, V>          key ‖ MapKey(K)      -> SCALE(V)
//! Set<K>             key ‖ MapKey(K)      -> nothing
//! List<T>            key                  -> SCALE(u32): its length
//!                    key ‖ place (be32)   -> SCALE(T)
//! ```
//!
//! Fields are found by name: reordering them is harmless, and `#[key = "old name"]` keeps the
//! place of a renamed one.
//!
//! Invariant: no two fields share a key prefix (`#[storage]` checks it), and no key inside a map
//! is the beginning of another.
//! Not here: caches. Keep a value in a variable if you need it twice.

mod item; // one value
mod key; // keys that sort like their values
mod list; // many values in a row
mod map; // many values
pub mod raw; // bytes under bytes
mod set; // keys without values
mod walk; // the entries of a map, page by page

pub use item::Item;
pub use key::MapKey;
pub use list::List;
pub use map::{Map, Order};
pub use set::Set;
pub use walk::{BeginsWith, Entries};

use alloc::vec::Vec;

use argosy_vm_abi::SdkError;
use argosy_vm_abi::schema::StorageKind;
use parity_scale_codec::{Decode, Encode};

use crate::abi::{StorageDef, TypeName};
use crate::buffer::encode;
use crate::error::revert_sdk;
use crate::host;

/// Where a field lives. Made by `#[storage]`.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Key(pub [u8; 4]);

/// A field of a storage struct: [`Item`], [`Map`], [`Set`], [`List`], or a building block of
/// [`access`](crate::access). What is not stored by itself does not compile:
///
/// ```compile_fail
/// use argosy_contract::prelude::*;
///
/// #[storage]
/// pub struct Counter {
///     value: u64,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a storage struct",
    label = "use `Item<{Self}>` for one value, `Map<K, V>` for many",
    note = "a contract holds handles to its state, not the state itself"
)]
pub trait Stored {
    /// What it holds, as the ABI says it: a map is a list of pairs.
    const TYPE: TypeName;
    /// How it lies.
    const KIND: StorageKind;
}

/// The state of a contract; `#[storage]` on a struct implements it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the state of a contract",
    note = "add `#[storage]` to the struct"
)]
pub trait State: Sized {
    /// Handles to every field.
    const HANDLES: Self;
    /// The fields as the ABI says them.
    const FIELDS: &'static [StorageDef<'static>];
    /// What the struct's doc comment says.
    const DOCS: &'static str;
}

fn read<T: Decode>(key: &[u8]) -> Option<T> {
    host::storage_get(key).map(|bytes| decode_stored(&bytes))
}

fn write(key: &[u8], value: &impl Encode) {
    host::storage_set(key, &encode(value));
}

/// Stored bytes are the contract's own: if they do not decode, an upgrade forgot to migrate them.
fn decode_stored<T: Decode>(mut bytes: &[u8]) -> T {
    match T::decode(&mut bytes) {
        Ok(value) if bytes.is_empty() => value,
        _ => revert_sdk(SdkError::CorruptStorage),
    }
}

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

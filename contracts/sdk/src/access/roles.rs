//! Many addresses, by what they may do.

use argosy_primitives::Address;
use argosy_vm_abi::schema::StorageKind;

use super::AccessError;
use crate::abi::TypeName;
use crate::context;
use crate::storage::{Key, Map, MapKey, Order, Stored};

/// Who has which role: a field of a `#[storage]` struct. It lies there as a `Map<(R, Address), ()>`.
///
/// A role is any key of a map; an enum of your own reads best:
///
/// ```
/// use argosy_contract::MapKey;
/// use argosy_contract::access::Roles;
/// use argosy_contract::prelude::*;
///
/// #[derive(AbiType, MapKey, Clone, Copy)]
/// pub enum Role {
///     Minter,
///     Auditor,
/// }
///
/// #[storage]
/// pub struct Mint {
///     roles: Roles<Role>,
/// }
/// ```
pub struct Roles<R> {
    members: Map<(R, Address), ()>,
}

impl<R: MapKey> Stored for Roles<R> {
    const TYPE: TypeName = <Map<(R, Address), ()> as Stored>::TYPE;
    const KIND: StorageKind = StorageKind::Set;
}

impl<R: MapKey + Clone> Roles<R> {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    pub const fn open_at(key: Key) -> Roles<R> {
        Roles {
            members: Map::open_at(key),
        }
    }

    /// Whether an address has a role.
    pub fn has(&self, role: &R, address: &Address) -> bool {
        self.members.contains(&(role.clone(), *address))
    }

    /// That the caller has a role.
    pub fn check(&self, role: &R) -> Result<(), AccessError> {
        if self.has(role, &context::caller()) {
            Ok(())
        } else {
            Err(AccessError::RoleMissing)
        }
    }

    /// Gives a role; `true` if the address did not have it. Check first who asks for it.
    pub fn grant(&mut self, role: &R, address: &Address) -> bool {
        let key = (role.clone(), *address);
        let is_new = !self.members.contains(&key);
        if is_new {
            self.members.set(&key, &());
        }
        is_new
    }

    /// Takes a role away; `true` if the address had it. Check first who asks for it.
    pub fn revoke(&mut self, role: &R, address: &Address) -> bool {
        self.members.remove(&(role.clone(), *address))
    }

    /// Who has a role, in the order of addresses. Bound it by `take`.
    pub fn members(&self, role: &R) -> impl Iterator<Item = Address> {
        let entries = self.members.under(role, Order::Ascending);
        entries.map(|((_, address), ())| address)
    }
}

//! One address that a contract belongs to.
//!
//! ```text
//! set ──► owned ──offer──► offered ──accept, by the other──► owned, by the other
//!           ▲                 │
//!           └────withdraw─────┘             renounce, by the owner ──► nobody's, for ever
//! ```
//!
//! Two steps, so that a contract is never handed to an address that nobody can sign for.

use argosy_primitives::Address;
use argosy_vm_abi::schema::StorageKind;

use super::AccessError;
use crate::abi::TypeName;
use crate::context;
use crate::storage::{Item, Key, Stored};

/// The owner, and who was offered to be the next one.
type Owned = (Address, Option<Address>);

/// The owner of a contract: a field of its `#[storage]` struct.
pub struct Owner {
    owned: Item<Owned>,
}

impl Stored for Owner {
    const TYPE: TypeName = <Item<Owned> as Stored>::TYPE;
    const KIND: StorageKind = <Item<Owned> as Stored>::KIND;
}

impl Owner {
    /// Used by `#[storage]`.
    #[doc(hidden)]
    #[inline]
    pub const fn open_at(key: Key) -> Owner {
        Owner {
            owned: Item::open_at(key),
        }
    }

    /// The owner from now on, without asking anyone: for `#[init]`.
    #[inline]
    pub fn set(&mut self, owner: &Address) {
        self.owned.set(&(*owner, None));
    }

    /// The owner; `None` if it was never set or renounced.
    #[inline]
    pub fn get(&self) -> Option<Address> {
        self.owned.get().map(|(owner, _)| owner)
    }

    /// Who may accept the contract.
    #[inline]
    pub fn offered_to(&self) -> Option<Address> {
        self.owned.get().and_then(|(_, next)| next)
    }

    /// Whether this address is the owner.
    #[inline]
    pub fn is(&self, address: &Address) -> bool {
        self.get().is_some_and(|owner| owner == *address)
    }

    /// That the caller is the owner.
    #[inline]
    pub fn check(&self) -> Result<(), AccessError> {
        self.owner_calling().map(drop)
    }

    /// The owner offers the contract to somebody, instead of an earlier offer.
    #[inline]
    pub fn offer(&mut self, next: &Address) -> Result<(), AccessError> {
        let owner = self.owner_calling()?;
        self.owned.set(&(owner, Some(*next)));
        Ok(())
    }

    /// The owner takes an offer back, if there is one.
    #[inline]
    pub fn withdraw(&mut self) -> Result<(), AccessError> {
        let owner = self.owner_calling()?;
        self.owned.set(&(owner, None));
        Ok(())
    }

    /// The caller, who was offered the contract, becomes its owner; answers with the owner before.
    #[inline]
    pub fn accept(&mut self) -> Result<Address, AccessError> {
        let caller = context::caller();
        match self.owned.get() {
            Some((owner, Some(next))) if next == caller => {
                self.set(&caller);
                Ok(owner)
            }
            _ => Err(AccessError::NotOffered),
        }
    }

    /// The owner leaves; from then on nobody is, and every `check` fails.
    #[inline]
    pub fn renounce(&mut self) -> Result<(), AccessError> {
        self.check()?;
        self.owned.remove();
        Ok(())
    }

    #[inline]
    fn owner_calling(&self) -> Result<Address, AccessError> {
        let caller = context::caller();
        if self.is(&caller) {
            Ok(caller)
        } else {
            Err(AccessError::NotOwner)
        }
    }
}

//! Who may do what, and when nobody may: building blocks for the state of a contract.
//!
//! ```
//! use argosy_contract::access::{AccessError, Owner, Pause};
//! use argosy_contract::prelude::*;
//!
//! #[storage]
//! pub struct Till {
//!     owner: Owner,
//!     pause: Pause,
//!     sales: Item<u64>,
//! }
//!
//! #[contract]
//! impl Till {
//!     #[init]
//!     pub fn init(&mut self) {
//!         self.owner.set(&context::caller());
//!     }
//!
//!     /// Anyone may buy while the till is open.
//!     #[call]
//!     pub fn buy(&mut self) -> Result<(), AccessError> {
//!         self.pause.check()?;
//!         self.sales.set(&(self.sales.get_or_default() + 1));
//!         Ok(())
//!     }
//!
//!     #[call]
//!     pub fn close(&mut self) -> Result<(), AccessError> {
//!         self.owner.check()?;
//!         self.pause.pause();
//!         Ok(())
//!     }
//! }
//! ```
//!
//! Invariant: every check of owners and roles asks about the caller, never about the signer, who may have been lured.
//! Every function is `#[inline]`: it is compiled where it is used, so that the modules of contracts without
//! it stay as they were, byte by byte.
//! Not here: events, which are part of your own interface; and who may grant what, which is your
//! contract's rule: call `check` first.

mod error; // why somebody may not
mod owner; // one address, handed over in two steps
mod pause; // a switch
mod permit; // permissions signed off the chain
mod roles; // many addresses, by what they may do

pub use error::AccessError;
pub use owner::Owner;
pub use pause::Pause;
pub use permit::{PermitError, Permits};
pub use roles::Roles;

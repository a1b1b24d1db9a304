//! Write Argosy contracts in Rust.
//!
//! ```
//! use argosy_contract::prelude::*;
//!
//! #[storage]
//! pub struct Counter {
//!     value: Item<u64>,
//! }
//!
//! #[contract]
//! impl Counter {
//!     /// Starts counting at `start`.
//!     #[init]
//!     pub fn init(&mut self, start: u64) {
//!         self.value.set(&start);
//!     }
//!
//!     /// Adds one.
//!     #[call]
//!     pub fn increment(&mut self) {
//!         self.value.set(&(self.value.load() + 1));
//!     }
//!
//!     /// The value now.
//!     #[query]
//!     pub fn value(&self) -> u64 {
//!         self.value.load()
//!     }
//! }
//!
//! // Natively, without a chain:
//! let host = TestHost::new::<Counter>();
//! let mut counter = Counter::open();
//! counter.init(41);
//! host.call_as(account("alice"), || counter.increment());
//! assert_eq!(counter.value(), 42);
//! ```
//!
//! Invariant: a contract in this SDK holds no state but its storage; every read and write goes to
//! the chain at once, so that calls to other contracts never see something half written.
//! Not here: what the chain does with a call (`vm/host`, `node/executor`) and the formats on the
//! wire (`argosy-vm-abi`). `docs/contracts.md` is the guide.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

pub mod abi; // the description in the module, built at compile time
pub mod access; // who may do what, and when nobody may
mod buffer; // SCALE bytes on their way out
mod call; // other contracts, funds, new instances, new code
pub mod context; // who calls, what was sent, when
pub mod crypto; // hashes and signatures, computed by the chain
mod error; // how a message gives up
mod event; // announcements
mod host; // the imports, safe
mod interface; // typed handles of other contracts
pub mod math; // amounts without overflow, decimal fractions
mod message; // from bytes to a method and back
#[cfg(target_arch = "wasm32")]
mod runtime; // allocator and panics of a module
pub mod storage; // what a contract keeps
#[cfg(not(target_arch = "wasm32"))]
pub mod testing; // the chain, played by a test

#[doc(hidden)]
pub mod __private; // what the macros' output uses

pub use abi::AbiType;
pub use argosy_contract_macros::{
    AbiType, MapKey, contract, error, event, interface, selector, storage,
};
pub use argosy_primitives as primitives;
pub use argosy_vm_abi::{Capabilities, Entry, RevertData, SdkError, Selector};
pub use call::{Call, CallError, Instantiate, transfer, upgrade_self};
pub use error::{OrRevert, Reason, Revert, revert};
pub use event::{Event, Topics, emit};
pub use interface::{Answer, CallFailure, Interface, NoError, TypedCall};
pub use message::{Contract, Outcome};
pub use parity_scale_codec as codec;

/// What a contract usually needs: `use argosy_contract::prelude::*;`.
pub mod prelude {
    pub use crate::codec::{Decode, Encode};
    pub use crate::primitives::{
        Address, Balance, CodeHash, Gas, Hash32, Height, StatusCode, TimestampMs,
    };
    pub use crate::storage::{Item, List, Map, MapKey, Order, Set};
    #[cfg(not(target_arch = "wasm32"))]
    pub use crate::testing::{TestHost, account};
    pub use crate::{
        AbiType, Call, CallError, Contract, Instantiate, MapKey, OrRevert, RevertData, context,
        contract, emit, ensure, error, event, interface, revert, selector, storage, transfer,
        upgrade_self,
    };
    pub use alloc::borrow::ToOwned;
    pub use alloc::boxed::Box;
    pub use alloc::string::{String, ToString};
    pub use alloc::vec;
    pub use alloc::vec::Vec;
}

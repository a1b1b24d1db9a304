//! The chain, played by a test: contracts are tested natively by plain `cargo test`.
//!
//! ```text
//! test ──► TestHost ──► chain (storage, balances, events, stubs), one per thread
//!  └─────► contract ──► host ──► bridge ──┘
//! ```
//!
//! It keeps the rules that a contract can run into: rollback of failed calls, read-only frames,
//! capabilities, size limits, funds. What breaks a rule panics with the status that the chain would
//! give.
//!
//! Not here: gas, deposits, depth, several real contracts at once; `clients/testing` runs the real
//! executor.

pub(crate) mod bridge; // the imports, played
mod chain; // state and rules
mod compare; // an interface with the contract it is of
mod signer; // keys that sign
mod test_host; // what a test says

pub use chain::{Ledger, Payment, SubCall, SubInstantiate, UpgradeRequest};
pub use compare::interface_differences;
pub use signer::Signer;
pub use test_host::{Failure, TestHost};

use argosy_primitives::Address;

/// An address made from a name of at most 32 bytes: the same name, the same address.
pub fn account(name: &str) -> Address {
    let mut bytes = [0; 32];
    bytes
        .get_mut(..name.len())
        .expect("the name of an account has at most 32 bytes")
        .copy_from_slice(name.as_bytes());
    Address::from_bytes(bytes)
}

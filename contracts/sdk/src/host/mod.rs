//! The chain as a contract sees it: one safe function per import.
//!
//! ```text
//! wasm32      host::* ── guest ── imports of module `argosy`
//! elsewhere   host::* ── testing::chain, the chain played by a test
//! ```
//!
//! Invariant: both sides have the same functions, and no other module knows which one it has.
//! Not here: comfortable types (`context`, `storage`, `call`, `event`).

use alloc::vec::Vec;

use argosy_primitives::{Address, Balance, Gas};

#[cfg(target_arch = "wasm32")]
mod guest; // the imports, and all that is unsafe about them

#[cfg(target_arch = "wasm32")]
pub(crate) use guest::*;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::bridge::*;

/// A call to another contract.
pub(crate) struct CallRequest<'a> {
    pub(crate) to: &'a Address,
    pub(crate) funds: Balance,
    /// 0: all that may be passed on.
    pub(crate) gas: Gas,
    pub(crate) allow_reentry: bool,
    pub(crate) read_only: bool,
    pub(crate) input: &'a [u8],
}

/// A new contract.
pub(crate) struct InstantiateRequest<'a> {
    pub(crate) code: &'a [u8; 32],
    pub(crate) salt: &'a [u8; 32],
    pub(crate) admin: Option<&'a Address>,
    pub(crate) funds: Balance,
    /// 0: all that may be passed on.
    pub(crate) gas: Gas,
    pub(crate) input: &'a [u8],
}

/// How a call or an instantiation ended: a status number and what came back.
pub(crate) struct CallReply {
    pub(crate) status: u8,
    pub(crate) data: Vec<u8>,
}

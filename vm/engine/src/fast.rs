//! The `FastCode` port: where a node gets faster code for a module, and the module's full name.
//!
//! Always holds: whether there is faster code, and when, changes no result.

use std::sync::Arc;

use argosy_primitives::{AbiKind, CodeHash};
use argosy_vm_host::{Code, HostFault};

use crate::shadow::Report;

/// What a translation of a module depends on, beside the tier that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleKey {
    /// The code as uploaded.
    pub code: CodeHash,
    /// Its ABI.
    pub abi: AbiKind,
    /// Hash over limits, instruction prices, versions of instrumentation and interpreter.
    pub terms: [u8; 32],
}

/// Reads the instrumented bytes of a module from where the chain keeps them.
pub type FetchCode<'a> = dyn Fn() -> Result<Arc<[u8]>, HostFault> + 'a;

/// What a node does with faster code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastUse {
    /// Runs it in place of the interpreter.
    Run,
    /// Runs it after the interpreter and compares.
    Compare,
}

/// Where faster code comes from.
pub trait FastCode: Send + Sync {
    /// What it is for.
    fn purpose(&self) -> FastUse;

    /// Faster code for a module that is about to run, if it is there now; asking counts as a use.
    fn find(
        &self,
        key: &ModuleKey,
        fetch: &FetchCode<'_>,
    ) -> Result<Option<Arc<dyn Code>>, HostFault>;

    /// Tiers differ: the last word before the node stops.
    fn differs(&self, report: &Report);

    /// The module's faster code does not suffice for what contracts do with it: not again.
    fn give_up(&self, key: &ModuleKey);
}

//! What one ABI lets a module be.

use argosy_spec::{AbiLimits, InstructionPrices};
use argosy_vm_abi::{ExportRules, ImportSpec};

/// The rules by which an upload is judged and instrumented.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Limits and features.
    pub limits: &'a AbiLimits,
    /// What the instrumentation charges.
    pub prices: &'a InstructionPrices,
    /// The module name that every import must have.
    pub import_module: &'a str,
    /// The functions that may be imported from it.
    pub imports: &'a [ImportSpec],
    /// What it asks of exports.
    pub exports: &'a ExportRules,
}

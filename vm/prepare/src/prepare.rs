//! The entry point: a module as uploaded in, a module to run out.

use argosy_vm_abi::{Entry, Manifest};

use crate::{
    Limit, Refusal, Rules, Section,
    emit::{For, emit},
    inspect::inspect,
    limit::at_most,
};

/// Changes whenever the same upload would give other instrumented bytes; part of every cache key.
pub const INSTRUMENTATION_VERSION: u32 = 3;

/// Exported `i64`: gas left. The host sets it before a call; below zero, the call ran out of gas.
pub const GAS_GLOBAL: &str = "__gas";

/// Exported `i32`: words left on the guest's stack. The host sets it to the ABI's
/// `stack_words_max` before a call. Below zero with gas left, the call recursed too deeply.
pub const DEPTH_GLOBAL: &str = "__depth";

/// Imported `(i32) -> i32` by modules that grow their memory, in place of `memory.grow`: charges
/// the pages, grows, returns the old size in pages or -1.
pub const MEMORY_GROW_IMPORT: &str = "__memory_grow";

/// Imported `(i32) -> ()` by modules that are instrumented for a profile: a function begins.
pub const ENTER_IMPORT: &str = "__enter";

/// Imported `() -> ()` by modules that are instrumented for a profile: a function returns.
pub const LEAVE_IMPORT: &str = "__leave";

/// A module that meters itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedModule {
    /// What engines run.
    pub bytes: Vec<u8>,
    /// What the chain needs to know of it.
    pub facts: ModuleFacts,
}

/// What the chain needs to know of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Functions defined.
    pub functions: u32,
    /// Locals of all functions, parameters included.
    pub locals: u32,
    /// Metered blocks.
    pub blocks: u32,
    /// Memory at the start, in pages; 0 without memory.
    pub memory_initial_pages: u32,
    /// Memory after growth, in pages, as declared or else the limit; 0 without memory.
    pub memory_max_pages: u32,
    /// Whether the module imports [`MEMORY_GROW_IMPORT`].
    pub grows_memory: bool,
    /// The entries it exports.
    pub entries: Vec<Entry>,
    /// What it asks permission for; nothing if it has no manifest.
    pub manifest: Manifest,
    /// All `argosy.abi` sections end to end, not decoded; `None` if there are none.
    pub abi: Option<Vec<u8>>,
    /// The version of its own storage that it expects, if it says.
    pub storage_version: Option<u64>,
}

/// Validates a module against an ABI's rules and instruments it with the chain's prices.
pub fn prepare(code: &[u8], rules: &Rules<'_>) -> Result<PreparedModule, Refusal> {
    let module = inspect(code, rules)?;
    let bytes = emit(&module, rules.prices, For::Execution);
    let end = (Section::Module, code.len());
    at_most(
        Limit::InstrumentedBytes,
        bytes.len(),
        rules.limits.instrumented_bytes_max,
        end,
    )?;
    let sections = module.sections;
    let facts = ModuleFacts {
        functions: u32::try_from(sections.defined.len()).unwrap_or(u32::MAX),
        locals: module.locals,
        blocks: module.blocks,
        memory_initial_pages: sections.memory.map_or(0, |it| it.initial_pages),
        memory_max_pages: sections.memory.map_or(0, |it| it.max_pages),
        grows_memory: module.grows_memory,
        entries: sections.exports.entries,
        manifest: sections.customs.manifest.unwrap_or_default(),
        storage_version: sections.customs.storage_version,
        abi: sections.customs.has_abi.then_some(sections.customs.abi),
    };
    Ok(PreparedModule { bytes, facts })
}

/// Instruments a module as [`prepare`] does, and besides so that each of its functions tells where it
/// begins and returns, by [`ENTER_IMPORT`] and [`LEAVE_IMPORT`]. What it charges, weighs and does is the
/// same; no chain stores it.
pub fn prepare_profiled(code: &[u8], rules: &Rules<'_>) -> Result<Vec<u8>, Refusal> {
    let module = inspect(code, rules)?;
    Ok(emit(&module, rules.prices, For::Profile))
}

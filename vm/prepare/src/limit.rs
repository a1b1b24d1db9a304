//! Limits by name, and the one comparison that enforces them.
//!
//! Not here: their values (`argosy_spec::AbiLimits`) and where each is checked.

use crate::{Reason, Refusal, Section};

/// A limit of [`argosy_spec::AbiLimits`], by the name of its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is documented where its value is")]
pub enum Limit {
    CodeBytes,
    InstrumentedBytes,
    BodyBytes,
    Functions,
    Types,
    Params,
    Results,
    LocalsFunction,
    Locals,
    OperandsFunction,
    Nesting,
    NestingLoops,
    BlocksFunction,
    Blocks,
    BrTableTargets,
    BrTableTargetsModule,
    Imports,
    Exports,
    Globals,
    Tables,
    TableEntries,
    ElementEntries,
    DataSegments,
    MemoryInitialPages,
    MemoryPages,
    NameBytes,
    AbiBytes,
}

impl Limit {
    /// Name of the field in the chain spec; `tables` is fixed at one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Limit::CodeBytes => "code_bytes_max",
            Limit::InstrumentedBytes => "instrumented_bytes_max",
            Limit::BodyBytes => "body_bytes_max",
            Limit::Functions => "functions_max",
            Limit::Types => "types_max",
            Limit::Params => "params_max",
            Limit::Results => "results_max",
            Limit::LocalsFunction => "locals_function_max",
            Limit::Locals => "locals_max",
            Limit::OperandsFunction => "operands_function_max",
            Limit::Nesting => "nesting_max",
            Limit::NestingLoops => "nesting_loops_max",
            Limit::BlocksFunction => "blocks_function_max",
            Limit::Blocks => "blocks_max",
            Limit::BrTableTargets => "br_table_targets_max",
            Limit::BrTableTargetsModule => "br_table_targets_module_max",
            Limit::Imports => "imports_max",
            Limit::Exports => "exports_max",
            Limit::Globals => "globals_max",
            Limit::Tables => "tables",
            Limit::TableEntries => "table_entries_max",
            Limit::ElementEntries => "element_entries_max",
            Limit::DataSegments => "data_segments_max",
            Limit::MemoryInitialPages => "memory_initial_pages_max",
            Limit::MemoryPages => "memory_pages_max",
            Limit::NameBytes => "name_bytes_max",
            Limit::AbiBytes => "abi_bytes_max",
        }
    }

    /// What the author can do.
    pub const fn hint(self) -> &'static str {
        match self {
            Limit::CodeBytes | Limit::InstrumentedBytes | Limit::Functions | Limit::Blocks => {
                "build with opt-level = \"z\", lto = true, codegen-units = 1 and strip = true, or \
                 split the contract"
            }
            Limit::BodyBytes
            | Limit::LocalsFunction
            | Limit::Locals
            | Limit::OperandsFunction
            | Limit::BlocksFunction
            | Limit::BrTableTargets
            | Limit::BrTableTargetsModule => {
                "build with opt-level = \"z\", which inlines less, or split large functions and \
                 matches"
            }
            Limit::Nesting | Limit::NestingLoops => "move inner blocks into functions of their own",
            Limit::MemoryInitialPages => {
                "link with a small stack: RUSTFLAGS=\"-C link-arg=-zstack-size=32768\", and move \
                 large statics to the heap"
            }
            Limit::MemoryPages => "do not declare a maximum memory above the limit",
            Limit::AbiBytes => "shorten the contract's documentation comments",
            Limit::Types | Limit::Params | Limit::Results | Limit::NameBytes => {
                "use functions with fewer parameters and shorter names"
            }
            Limit::Imports | Limit::Exports | Limit::Globals => {
                "import and export only what the contract SDK declares"
            }
            Limit::Tables => "use one table, as linkers do",
            Limit::TableEntries | Limit::ElementEntries => {
                "use fewer function pointers and trait objects"
            }
            Limit::DataSegments => "link without --no-merge-data-segments",
        }
    }
}

/// Refuses a count above its limit.
pub(crate) fn at_most(
    limit: Limit,
    found: impl TryInto<u64>,
    max: u32,
    (section, offset): (Section, usize),
) -> Result<(), Refusal> {
    let (found, max) = (found.try_into().unwrap_or(u64::MAX), u64::from(max));
    if found <= max {
        return Ok(());
    }
    Err(Refusal::at(
        section,
        offset,
        Reason::Limit { limit, found, max },
    ))
}

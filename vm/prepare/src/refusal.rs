//! Refusals: why a module is not accepted, where, and what its author can do.
//!
//! Invariant: [`Reason::code`] strings are stable; texts are for people and never hashed.

use std::fmt;

use argosy_vm_abi::ManifestError;

use crate::Feature;

/// Why a module is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub reason: Reason,
    /// In which section.
    pub section: Section,
    /// At which byte of the upload.
    pub offset: u64,
}

/// What is wrong with a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not WebAssembly, or not valid.
    Malformed {
        /// The validator's words.
        message: String,
    },
    /// Something uses a feature that is switched off.
    Feature {
        /// Which feature.
        feature: Feature,
        /// The instruction, type or part that uses it.
        used_by: String,
    },
    /// A limit is exceeded.
    Limit {
        /// Which limit.
        limit: Limit,
        /// What the module has; counting stops at the first that is too much.
        found: u64,
        /// What is allowed.
        max: u64,
    },
    /// Something other than a function is imported.
    ImportKind {
        /// Its name.
        name: String,
    },
    /// An import that the chain does not offer.
    ImportUnknown {
        /// Its module.
        module: String,
        /// Its name.
        name: String,
    },
    /// An import with other parameters or results than the chain's.
    ImportSignature {
        /// Its name.
        name: String,
        /// The chain's signature.
        expected: String,
        /// The module's signature.
        found: String,
    },
    /// An export with a name that belongs to the chain.
    ExportReserved {
        /// Its name.
        name: String,
    },
    /// `memory` is not the memory, or an entry is not a function without parameters and results.
    ExportType {
        /// Its name.
        name: String,
    },
    /// The module has a memory that the chain cannot reach.
    MemoryNotExported,
    /// The module would run code before it is called.
    StartFunction,
    /// A segment's place is not a plain constant.
    SegmentOffset,
    /// A segment lies outside its memory or table.
    SegmentBounds {
        /// Where the segment ends.
        end: u64,
        /// Where memory or table end.
        size: u64,
    },
    /// The manifest cannot be read.
    Manifest(ManifestError),
    /// There is more than one manifest.
    ManifestRepeated,
}

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

/// A part of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "names of the binary format")]
pub enum Section {
    Module,
    Custom,
    Type,
    Import,
    Function,
    Table,
    Memory,
    Tag,
    Global,
    Export,
    Start,
    Element,
    DataCount,
    Code,
    Data,
    Unknown,
}

impl Refusal {
    /// A refusal for `reason` at a byte of a section.
    pub(crate) fn at(section: Section, offset: usize, reason: Reason) -> Refusal {
        Refusal {
            reason,
            section,
            offset: offset as u64,
        }
    }

    /// What wasmparser says, with the feature's name if it is about one.
    pub(crate) fn of_parser(section: Section, error: &wasmparser::Error) -> Refusal {
        let reason = match error.missing_wasm_feature() {
            Some(flag) => Reason::Feature {
                feature: Feature::of_flag(flag),
                used_by: error.message().to_owned(),
            },
            None => Reason::Malformed {
                message: error.message().to_owned(),
            },
        };
        Refusal::at(section, error.offset(), reason)
    }

    /// Stable name of the reason, for tools and metrics.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// The feature to avoid, if it is about one.
    pub fn feature(&self) -> Option<Feature> {
        match self.reason {
            Reason::Feature { feature, .. } => Some(feature),
            _ => None,
        }
    }

    /// What the author can do.
    pub fn hint(&self) -> &'static str {
        self.reason.hint()
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

impl Reason {
    /// Stable name of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::Malformed { .. } => "malformed",
            Reason::Feature { .. } => "feature",
            Reason::Limit { .. } => "limit",
            Reason::ImportKind { .. } => "import_kind",
            Reason::ImportUnknown { .. } => "import_unknown",
            Reason::ImportSignature { .. } => "import_signature",
            Reason::ExportReserved { .. } => "export_reserved",
            Reason::ExportType { .. } => "export_type",
            Reason::MemoryNotExported => "memory_not_exported",
            Reason::StartFunction => "start_function",
            Reason::SegmentOffset => "segment_offset",
            Reason::SegmentBounds { .. } => "segment_bounds",
            Reason::Manifest(_) => "manifest",
            Reason::ManifestRepeated => "manifest_repeated",
        }
    }

    /// What the author can do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Reason::Malformed { .. } => "upload the .wasm file as the compiler wrote it",
            Reason::Feature { feature, .. } => feature.hint(),
            Reason::Limit { limit, .. } => limit.hint(),
            Reason::ImportKind { .. } => {
                "import functions only; link without --import-memory and --import-table"
            }
            Reason::ImportUnknown { .. } => {
                "import only what the contract SDK declares; look for a dependency that expects a \
                 browser or an operating system, such as wasm-bindgen or wasi"
            }
            Reason::ImportSignature { .. } => "use the declarations of the contract SDK",
            Reason::ExportReserved { .. } => {
                "do not export names that begin with two underscores, and upload the module as \
                 the compiler wrote it, not an instrumented one"
            }
            Reason::ExportType { .. } => {
                "let `memory` be the memory, and init, call, query and upgrade functions without \
                 parameters and results"
            }
            Reason::MemoryNotExported => "export the memory under the name `memory`",
            Reason::StartFunction => "move the work into `init`",
            Reason::SegmentOffset => "link at fixed addresses, without -C relocation-model=pic",
            Reason::SegmentBounds { .. } => "declare an initial memory or table that holds it",
            Reason::Manifest(_) => "build with the contract SDK of this chain's version",
            Reason::ManifestRepeated => "declare one contract per module",
        }
    }
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

impl Section {
    /// Name as in the binary format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Section::Module => "module",
            Section::Custom => "custom",
            Section::Type => "type",
            Section::Import => "import",
            Section::Function => "function",
            Section::Table => "table",
            Section::Memory => "memory",
            Section::Tag => "tag",
            Section::Global => "global",
            Section::Export => "export",
            Section::Start => "start",
            Section::Element => "element",
            Section::DataCount => "data count",
            Section::Code => "code",
            Section::Data => "data",
            Section::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (section, offset) = (self.section.as_str(), self.offset);
        write!(
            f,
            "{} ({section} section, byte {offset}); {}",
            self.reason,
            self.hint()
        )
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Malformed { message } => write!(f, "module is not valid: {message}"),
            Reason::Feature { feature, used_by } => {
                write!(f, "feature {} is switched off: {used_by}", feature.as_str())
            }
            Reason::Limit { limit, found, max } => {
                write!(f, "limit {} is {max}, module has {found}", limit.as_str())
            }
            Reason::ImportKind { name } => write!(f, "import `{name}` is not a function"),
            Reason::ImportUnknown { module, name } => {
                write!(f, "import `{module}.{name}` does not exist on this chain")
            }
            Reason::ImportSignature {
                name,
                expected,
                found,
            } => {
                write!(f, "import `{name}` is {expected}, not {found}")
            }
            Reason::ExportReserved { name } => write!(f, "export name `{name}` is reserved"),
            Reason::ExportType { name } => write!(f, "export `{name}` has the wrong type"),
            Reason::MemoryNotExported => f.write_str("memory is not exported"),
            Reason::StartFunction => f.write_str("module has a start function"),
            Reason::SegmentOffset => f.write_str("segment is not placed by a constant"),
            Reason::SegmentBounds { end, size } => {
                write!(f, "segment ends at {end}, beyond the initial {size}")
            }
            Reason::Manifest(error) => write!(f, "{error}"),
            Reason::ManifestRepeated => f.write_str("module has two manifests"),
        }
    }
}

//! Refusals: why a module is not accepted, where, and what its author can do.
//!
//! Invariant: [`Reason::code`] strings are stable; texts are for people and never hashed.

use std::fmt;

use argosy_vm_abi::ManifestError;

use crate::{Feature, Limit};

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
    /// The ABI cannot do without an export that is not there.
    ExportMissing {
        /// Its name.
        name: &'static str,
    },
    /// The module was built for another version of its ABI.
    InterfaceVersion {
        /// The marker that says so.
        found: String,
        /// Those that the chain knows.
        known: String,
    },
    /// The module needs something that the chain does not have.
    RequirementUnknown {
        /// The marker that says so.
        found: String,
        /// Those that the chain knows.
        known: String,
    },
    /// The module looks like one of several ABIs.
    AbiAmbiguous,
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
    /// The instrumented module keeps every rule, and the interpreter fails on it.
    Untranslatable,
    /// The section with the version of the module's storage holds no number.
    StorageVersion {
        /// What it holds.
        found: String,
    },
    /// Loading the module would cost more gas than any transaction has.
    Unloadable {
        /// What loading it would cost once nobody has used it for a while.
        gas: u64,
        /// What a transaction can spend on it at most.
        max: u64,
    },
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

/// Bytes of what a module says of itself that a refusal repeats.
const SHOWN_MAX: usize = 200;

/// Words from a module, or about one, fit for a line of a terminal: no line breaks, nothing
/// that a terminal obeys or shows as something else, not longer than anybody reads.
pub(crate) fn shown(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if line.len() >= SHOWN_MAX {
                line.push('…');
                return line;
            }
            match character.is_ascii_graphic() {
                true => line.push(character),
                false => line.extend(character.escape_unicode()),
            }
        }
    }
    line
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

    /// For a module on which the interpreter fails. No such module is known; if there is one, it must
    /// not stop every node that is asked to take it.
    pub fn untranslatable() -> Refusal {
        Refusal::at(Section::Module, 0, Reason::Untranslatable)
    }

    /// For a module that could be run by more than one ABI: none is guessed.
    pub fn ambiguous() -> Refusal {
        Refusal::at(Section::Module, 0, Reason::AbiAmbiguous)
    }

    /// For a module that no transaction could load: it could be stored, and never run.
    pub fn unloadable(gas: u64, max: u64) -> Refusal {
        Refusal::at(Section::Module, 0, Reason::Unloadable { gas, max })
    }

    /// What wasmparser says, with the feature's name if it is about one.
    pub(crate) fn of_parser(section: Section, error: &wasmparser::Error) -> Refusal {
        let reason = match error.missing_wasm_feature() {
            Some(flag) => Reason::Feature {
                feature: Feature::of_flag(flag),
                used_by: shown(error.message()),
            },
            None => Reason::Malformed {
                message: shown(error.message()),
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

impl Reason {
    /// Every stable name.
    pub const CODES: [&'static str; 21] = [
        "malformed",
        "feature",
        "limit",
        "import_kind",
        "import_unknown",
        "import_signature",
        "export_reserved",
        "export_type",
        "memory_not_exported",
        "start_function",
        "segment_offset",
        "segment_bounds",
        "manifest",
        "manifest_repeated",
        "untranslatable",
        "export_missing",
        "interface_version",
        "requirement_unknown",
        "abi_ambiguous",
        "unloadable",
        "storage_version",
    ];

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
            Reason::Untranslatable => "untranslatable",
            Reason::ExportMissing { .. } => "export_missing",
            Reason::InterfaceVersion { .. } => "interface_version",
            Reason::RequirementUnknown { .. } => "requirement_unknown",
            Reason::AbiAmbiguous => "abi_ambiguous",
            Reason::Unloadable { .. } => "unloadable",
            Reason::StorageVersion { .. } => "storage_version",
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
                "let `memory` be the memory, and the entries functions of the type that the ABI \
                 gives them; of the native ABI, init, call, query and upgrade have neither \
                 parameters nor results"
            }
            Reason::MemoryNotExported => "export the memory under the name `memory`",
            Reason::StartFunction => "move the work into `init`",
            Reason::SegmentOffset => "link at fixed addresses, without -C relocation-model=pic",
            Reason::SegmentBounds { .. } => "declare an initial memory or table that holds it",
            Reason::ExportMissing { .. } => {
                "build a contract, not a library: CosmWasm crates without their `library` feature"
            }
            Reason::InterfaceVersion { .. } => {
                "build with cosmwasm-std 1.0 or later, whose interface has the version 8"
            }
            Reason::RequirementUnknown { .. } => {
                "build without the feature of cosmwasm-std, or of the chain, that asks for it"
            }
            Reason::AbiAmbiguous => "link the contract SDK of one chain only",
            Reason::Manifest(_) => "build with the contract SDK of this chain's version",
            Reason::ManifestRepeated => "declare one contract per module",
            Reason::StorageVersion { .. } => {
                "let `#[migrate_version(…)]` of cosmwasm-std write the section, or leave it out"
            }
            Reason::Unloadable { .. } => {
                "make it smaller: opt-level = \"z\", lto = true, strip = true, fewer dependencies; or \
                 split it into contracts that call each other"
            }
            Reason::Untranslatable => {
                "report this module to the chain's developers, and build it with other settings of the \
                 optimiser meanwhile"
            }
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
            Reason::ExportMissing { name } => write!(f, "export `{name}` is missing"),
            Reason::InterfaceVersion { found, known } => {
                write!(f, "module is built for `{found}`, this chain runs {known}")
            }
            Reason::RequirementUnknown { found, known } => {
                write!(f, "module has `{found}`, this chain offers {known}")
            }
            Reason::AbiAmbiguous => {
                f.write_str("module has marks of several ABIs, so that none can be chosen")
            }
            Reason::MemoryNotExported => f.write_str("memory is not exported"),
            Reason::StartFunction => f.write_str("module has a start function"),
            Reason::SegmentOffset => f.write_str("segment is not placed by a constant"),
            Reason::SegmentBounds { end, size } => {
                write!(f, "segment ends at {end}, beyond the initial {size}")
            }
            Reason::Manifest(error) => write!(f, "{error}"),
            Reason::ManifestRepeated => f.write_str("module has two manifests"),
            Reason::StorageVersion { found } => {
                write!(
                    f,
                    "the version of the module's storage is no number: {found}"
                )
            }
            Reason::Unloadable { gas, max } => write!(
                f,
                "loading the module would cost {gas} gas, and a transaction can spend {max} on that"
            ),
            Reason::Untranslatable => {
                f.write_str("the interpreter has a fault that keeps it from running this module")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_says_fits_a_line() {
        assert_eq!(shown("plain name"), "plain name");
        assert_eq!(shown("a\n  b\tc"), "a b c");
        assert_eq!(shown("red\u{1b}[31m\u{0}"), "red\\u{1b}[31m\\u{0}");
        let long = shown(&"x".repeat(100_000));
        assert_eq!(long.len(), SHOWN_MAX + "…".len());
        assert!(long.ends_with('…'));
        assert_eq!(shown("\u{202e}abc"), "\\u{202e}abc");
        assert_eq!(shown(""), "");
    }
}

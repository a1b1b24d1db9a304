//! Export tables: what an ABI asks of the functions that a module shows.
//!
//! Always holds: an accepted module's exports that bear a name of its ABI's table have the type of a
//! row of that name; those that the table requires are there.
//! Not here: reserved names and the memory, which are the same for every ABI (`argosy-vm-prepare`).

use crate::entry::Entry;
use crate::imports::ValType;

/// One row: a function that the chain knows by name. Two rows of a name allow two types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSpec {
    /// Its name.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [ValType],
    /// The result, if there is one.
    pub result: Option<ValType>,
    /// The entry that it serves.
    pub entry: Option<Entry>,
    /// A module without it is refused.
    pub is_required: bool,
}

/// Exports that say something by their name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkerSpec {
    /// How such names begin.
    pub prefix: &'static str,
    /// Those that are accepted.
    pub known: &'static [&'static str],
    /// What they say.
    pub meaning: Marker,
}

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The version of the interface that the module was built for.
    Version,
    /// Something that the module needs of the chain.
    Requirement,
}

/// What an ABI asks of exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportRules {
    /// Functions by name.
    pub functions: &'static [ExportSpec],
    /// Names that mean something.
    pub markers: &'static [MarkerSpec],
    /// The custom section in which a module says which version of its own storage it expects, as a decimal
    /// number; none: modules of this ABI do not say.
    pub storage_version: Option<&'static str>,
}

/// By what a module is recognised as one of an ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs {
    /// It imports from this module.
    pub import_module: &'static str,
    /// It exports a name that begins like this.
    pub export_prefixes: &'static [&'static str],
}

const fn entry(entry: Entry) -> ExportSpec {
    ExportSpec {
        name: entry.export_name(),
        params: &[],
        result: None,
        entry: Some(entry),
        is_required: false,
    }
}

/// The native ABI's: entries without parameters and results.
pub const EXPORTS: ExportRules = ExportRules {
    functions: &[
        entry(Entry::Init),
        entry(Entry::Call),
        entry(Entry::Query),
        entry(Entry::Upgrade),
    ],
    markers: &[],
    storage_version: None,
};

//! The sections of a module that are not code: their rules, and what later steps need of them.
//!
//! Invariant: counts are compared with their limits before anything is read or allocated by them.
//! Not here: segments (`segments`), imports and exports (`interface`), bodies (`body`).

use argosy_spec::AbiLimits;
use wasmparser::{
    CompositeInnerType, DataSectionReader, ElementSectionReader, ExportSectionReader, FuncType,
    FunctionSectionReader, GlobalSectionReader, ImportSectionReader, MemorySectionReader,
    TableSectionReader, TypeSectionReader, ValType,
};

use crate::{
    Feature, Limit, Reason, Refusal, Section,
    interface::{Customs, Exports},
    limit::at_most,
};

/// Where a refusal points to.
type At = (Section, usize);

/// What the module consists of besides code.
#[derive(Default)]
pub(crate) struct Sections<'a> {
    pub(crate) signatures: Signatures,
    /// Types of imported functions.
    pub(crate) imported: Vec<u32>,
    /// Types of the module's own functions.
    pub(crate) defined: Vec<u32>,
    pub(crate) table_entries: Option<u32>,
    pub(crate) memory: Option<Memory>,
    pub(crate) globals: u32,
    pub(crate) exports: Exports,
    pub(crate) customs: Customs,
    pub(crate) readers: Readers<'a>,
}

/// Sections that are copied, with functions renumbered.
#[derive(Default)]
pub(crate) struct Readers<'a> {
    pub(crate) imports: Option<ImportSectionReader<'a>>,
    pub(crate) globals: Option<GlobalSectionReader<'a>>,
    pub(crate) exports: Option<ExportSectionReader<'a>>,
    pub(crate) elements: Option<ElementSectionReader<'a>>,
    pub(crate) data: Option<DataSectionReader<'a>>,
}

/// The linear memory as declared; its maximum is never above the limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) initial_pages: u32,
    pub(crate) max_pages: u32,
}

/// Function types by index.
#[derive(Debug, Default)]
pub(crate) struct Signatures(Vec<FuncType>);

impl Signatures {
    /// The type at `index`.
    pub(crate) fn function(&self, index: u32) -> Option<&FuncType> {
        self.0.get(index as usize)
    }

    /// All types in order.
    pub(crate) fn all(&self) -> &[FuncType] {
        &self.0
    }
}

impl Sections<'_> {
    /// The type of a function, imported or defined.
    pub(crate) fn signature_of(&self, function: u32) -> Option<&FuncType> {
        let mut types = self.imported.iter().chain(&self.defined);
        self.signatures.function(*types.nth(function as usize)?)
    }
}

/// Checks the type section: functions over accepted values.
pub(crate) fn check_types(
    section: &TypeSectionReader<'_>,
    limits: &AbiLimits,
) -> Result<Signatures, Refusal> {
    let start = (Section::Type, section.range().start);
    at_most(Limit::Types, section.count(), limits.types_max, start)?;
    let mut signatures = Vec::new();
    for group in section.clone().into_iter_with_offsets() {
        let (offset, group) = group.map_err(|it| Refusal::of_parser(Section::Type, &it))?;
        let at = (Section::Type, offset);
        if group.is_explicit_rec_group() {
            return Err(feature(at, Feature::Gc, "recursive type group"));
        }
        for ty in group.into_types() {
            let CompositeInnerType::Func(function) = ty.composite_type.inner else {
                return Err(feature(at, Feature::Gc, "type that is not a function"));
            };
            check_signature(&function, limits, at)?;
            signatures.push(function);
        }
    }
    Ok(Signatures(signatures))
}

fn check_signature(function: &FuncType, limits: &AbiLimits, at: At) -> Result<(), Refusal> {
    for ty in function.params().iter().chain(function.results()) {
        check_value(*ty, limits, at)?;
    }
    at_most(
        Limit::Params,
        function.params().len(),
        limits.params_max,
        at,
    )?;
    at_most(
        Limit::Results,
        function.results().len(),
        limits.results_max,
        at,
    )
}

fn check_value(ty: ValType, limits: &AbiLimits, at: At) -> Result<(), Refusal> {
    match Feature::of_type(ty, limits) {
        None => Ok(()),
        Some(found) => Err(feature(at, found, &format!("type {ty}"))),
    }
}

/// Checks the function section; the types of the module's functions in order.
pub(crate) fn check_functions(
    section: &FunctionSectionReader<'_>,
    limits: &AbiLimits,
) -> Result<Vec<u32>, Refusal> {
    let start = (Section::Function, section.range().start);
    at_most(
        Limit::Functions,
        section.count(),
        limits.functions_max,
        start,
    )?;
    let types = section.clone().into_iter().collect::<Result<_, _>>();
    types.map_err(|it| Refusal::of_parser(Section::Function, &it))
}

/// Checks the table section: at most one, of functions; its number of entries.
pub(crate) fn check_tables(
    section: &TableSectionReader<'_>,
    limits: &AbiLimits,
) -> Result<Option<u32>, Refusal> {
    let start = (Section::Table, section.range().start);
    at_most(Limit::Tables, section.count(), 1, start)?;
    let mut entries = None;
    for table in section.clone().into_iter_with_offsets() {
        let (offset, table) = table.map_err(|it| Refusal::of_parser(Section::Table, &it))?;
        let (at, ty) = ((Section::Table, offset), table.ty);
        if ty.element_type != wasmparser::RefType::FUNCREF {
            return Err(feature(
                at,
                Feature::ReferenceTypes,
                "table of other than functions",
            ));
        }
        if ty.table64 {
            return Err(feature(at, Feature::Memory64, "table with 64-bit indices"));
        }
        if matches!(table.init, wasmparser::TableInit::Expr(_)) {
            return Err(feature(at, Feature::Gc, "table with an initial value"));
        }
        at_most(
            Limit::TableEntries,
            ty.initial,
            limits.table_entries_max,
            at,
        )?;
        entries = u32::try_from(ty.initial).ok();
    }
    Ok(entries)
}

/// Checks the memory section: at most one plain memory.
pub(crate) fn check_memories(
    section: &MemorySectionReader<'_>,
    limits: &AbiLimits,
) -> Result<Option<Memory>, Refusal> {
    let start = (Section::Memory, section.range().start);
    if section.count() > 1 {
        return Err(feature(start, Feature::MultiMemory, "second memory"));
    }
    let mut found = None;
    for memory in section.clone().into_iter_with_offsets() {
        let (offset, memory) = memory.map_err(|it| Refusal::of_parser(Section::Memory, &it))?;
        let at = (Section::Memory, offset);
        if memory.memory64 {
            return Err(feature(
                at,
                Feature::Memory64,
                "memory with 64-bit addresses",
            ));
        }
        if memory.shared {
            return Err(feature(at, Feature::Threads, "shared memory"));
        }
        if memory.page_size_log2.is_some() {
            return Err(feature(
                at,
                Feature::Experimental,
                "memory with pages of another size",
            ));
        }
        let (initial_max, pages_max) = (limits.memory_initial_pages_max, limits.memory_pages_max);
        at_most(Limit::MemoryInitialPages, memory.initial, initial_max, at)?;
        let max_pages = memory.maximum.unwrap_or(pages_max.into());
        at_most(Limit::MemoryPages, max_pages, pages_max, at)?;
        found = Some(Memory {
            initial_pages: u32::try_from(memory.initial).unwrap_or(initial_max),
            max_pages: u32::try_from(max_pages).unwrap_or(pages_max),
        });
    }
    Ok(found)
}

/// Checks the global section: accepted values; how many there are.
pub(crate) fn check_globals(
    section: &GlobalSectionReader<'_>,
    limits: &AbiLimits,
) -> Result<u32, Refusal> {
    let start = (Section::Global, section.range().start);
    at_most(Limit::Globals, section.count(), limits.globals_max, start)?;
    for global in section.clone().into_iter_with_offsets() {
        let (offset, global) = global.map_err(|it| Refusal::of_parser(Section::Global, &it))?;
        let at = (Section::Global, offset);
        check_value(global.ty.content_type, limits, at)?;
    }
    Ok(section.count())
}

/// A refusal because of a feature.
pub(crate) fn feature((section, offset): At, feature: Feature, used_by: &str) -> Refusal {
    let used_by = used_by.to_owned();
    Refusal::at(section, offset, Reason::Feature { feature, used_by })
}

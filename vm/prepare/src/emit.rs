//! Writes the instrumented module.
//!
//! ```text
//! types      the module's, then those that the instrumentation needs
//! imports    the module's, then __memory_grow if it grows,
//!            then __enter, __leave for a profile            ─► functions after them move up
//! globals    the module's, then __gas i64, __depth i32      ─► nothing moves
//! exports    the module's without the linker's, then __gas, __depth
//! ```
//!
//! Guest code cannot name what is added: it was validated before that existed.
//! Invariant: equal input gives equal bytes; what is written is valid if the module was.

use std::convert::Infallible;

use argosy_spec::InstructionPrices;
use argosy_vm_abi::MODULE;
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, FuncType, FunctionSection,
    GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, RefType,
    TableSection, TableType, TypeSection, ValType,
    reencode::{Error, Reencode},
};

use crate::{
    DEPTH_GLOBAL, ENTER_IMPORT, GAS_GLOBAL, LEAVE_IMPORT, MEMORY_GROW_IMPORT,
    emit_body::{BodyContext, emit_body},
    inspect::Inspected,
    interface::is_linker_export,
    sections::Sections,
};

/// Why a re-encoding that was checked cannot fail.
const CHECKED: &str = "the module was read and validated before";

/// Moves the module's own functions behind the imports that are put before them.
pub(crate) struct Renumber {
    /// Functions from this one on move up.
    from: u32,
    /// By so many.
    by: u32,
}

/// What a module is instrumented for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// To be run.
    Execution,
    /// To be run, and to tell where its functions begin and return.
    Profile,
}

/// The imports that a profile needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hooks {
    pub(crate) enter: u32,
    pub(crate) leave: u32,
}

/// Imports that instrumentation adds, behind the module's own.
#[derive(Clone, Copy, Debug)]
struct Added {
    memory_grow: Option<u32>,
    hooks: Option<Hooks>,
    count: u32,
}

impl Added {
    fn new(imported: u32, grows_memory: bool, purpose: For) -> Added {
        let enter = imported.saturating_add(u32::from(grows_memory));
        let leave = enter.saturating_add(1);
        let hooks = (purpose == For::Profile).then_some(Hooks { enter, leave });
        let count = u32::from(grows_memory) + if hooks.is_some() { 2 } else { 0 };
        Added {
            memory_grow: grows_memory.then_some(imported),
            hooks,
            count,
        }
    }
}

impl Reencode for Renumber {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(match function >= self.from {
            true => function.saturating_add(self.by),
            false => function,
        })
    }
}

/// Writes the instrumented form of a module.
pub(crate) fn emit(inspected: &Inspected<'_>, prices: &InstructionPrices, purpose: For) -> Vec<u8> {
    let sections = &inspected.sections;
    let imported = u32::try_from(sections.imported.len()).expect("imports are limited");
    let added = Added::new(imported, inspected.grows_memory, purpose);
    let mut renumber = Renumber {
        from: imported,
        by: added.count,
    };
    let mut types = Types::new(sections);
    let mut module = Module::new();

    // Bodies come first, since they may add types.
    let mut code = CodeSection::new();
    let bodies = inspected.bodies.iter().zip(&sections.defined);
    for (function, ((body, plan), ty)) in (imported..).zip(bodies) {
        let results = sections.signatures.function(*ty).expect(CHECKED).results();
        let mut context = BodyContext {
            plan,
            prices,
            block_type: (plan.calls || plan.leaves_by_branch || added.hooks.is_some())
                .then(|| types.block_with(results)),
            memory_grow: added.memory_grow,
            hooks: added.hooks,
            function,
            gas_global: sections.globals,
            depth_global: sections.globals.saturating_add(1),
            renumber: &mut renumber,
        };
        code.function(&emit_body(body, &mut context).expect(CHECKED));
    }
    let imports = emit_imports(sections, added, &mut types, &mut renumber).expect(CHECKED);
    module.section(&types.section).section(&imports);
    emit_declarations(&mut module, sections);
    emit_globals_and_exports(&mut module, sections, &mut renumber).expect(CHECKED);
    emit_rest(&mut module, sections, &code, &mut renumber).expect(CHECKED);
    module.finish()
}

fn emit_imports(
    sections: &Sections<'_>,
    added: Added,
    types: &mut Types,
    renumber: &mut Renumber,
) -> Result<ImportSection, Error<Infallible>> {
    let mut imports = ImportSection::new();
    if let Some(reader) = &sections.readers.imports {
        renumber.parse_import_section(&mut imports, reader.clone())?;
    }
    if added.memory_grow.is_some() {
        let ty = types.index_of(FuncType::new([ValType::I32], [ValType::I32]));
        imports.import(MODULE, MEMORY_GROW_IMPORT, EntityType::Function(ty));
    }
    if added.hooks.is_some() {
        let enter = types.index_of(FuncType::new([ValType::I32], []));
        imports.import(MODULE, ENTER_IMPORT, EntityType::Function(enter));
        let leave = types.index_of(FuncType::new([], []));
        imports.import(MODULE, LEAVE_IMPORT, EntityType::Function(leave));
    }
    Ok(imports)
}

/// Functions, table and memory, the latter two with a maximum that is the chain's.
fn emit_declarations(module: &mut Module, sections: &Sections<'_>) {
    let mut functions = FunctionSection::new();
    for ty in &sections.defined {
        functions.function(*ty);
    }
    module.section(&functions);
    if let Some(entries) = sections.table_entries {
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: entries.into(),
            maximum: Some(entries.into()),
            shared: false,
        });
        module.section(&tables);
    }
    if let Some(memory) = sections.memory {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: memory.initial_pages.into(),
            maximum: Some(memory.max_pages.into()),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        module.section(&memories);
    }
}

fn emit_globals_and_exports(
    module: &mut Module,
    sections: &Sections<'_>,
    renumber: &mut Renumber,
) -> Result<(), Error<Infallible>> {
    let mut globals = GlobalSection::new();
    if let Some(reader) = &sections.readers.globals {
        renumber.parse_global_section(&mut globals, reader.clone())?;
    }
    let gas = globals.len();
    let global = |val_type| GlobalType {
        val_type,
        mutable: true,
        shared: false,
    };
    globals.global(global(ValType::I64), &ConstExpr::i64_const(0));
    globals.global(global(ValType::I32), &ConstExpr::i32_const(0));
    module.section(&globals);

    let mut exports = ExportSection::new();
    for export in sections.readers.exports.iter().flat_map(|it| it.clone()) {
        let export = export?;
        if !is_linker_export(&export) {
            renumber.parse_export(&mut exports, export)?;
        }
    }
    exports.export(GAS_GLOBAL, ExportKind::Global, gas);
    exports.export(DEPTH_GLOBAL, ExportKind::Global, gas.saturating_add(1));
    module.section(&exports);
    Ok(())
}

fn emit_rest(
    module: &mut Module,
    sections: &Sections<'_>,
    code: &CodeSection,
    renumber: &mut Renumber,
) -> Result<(), Error<Infallible>> {
    if let Some(reader) = &sections.readers.elements {
        let mut elements = wasm_encoder::ElementSection::new();
        renumber.parse_element_section(&mut elements, reader.clone())?;
        module.section(&elements);
    }
    module.section(code);
    if let Some(reader) = &sections.readers.data {
        let mut data = wasm_encoder::DataSection::new();
        renumber.parse_data_section(&mut data, reader.clone())?;
        module.section(&data);
    }
    Ok(())
}

/// The type section, to which the instrumentation adds what it lacks.
struct Types {
    section: TypeSection,
    known: Vec<FuncType>,
}

impl Types {
    fn new(sections: &Sections<'_>) -> Types {
        let mut types = Types {
            section: TypeSection::new(),
            known: Vec::new(),
        };
        for ty in sections.signatures.all() {
            types.add(FuncType::new(
                ty.params().iter().map(|it| value_type(*it)),
                ty.results().iter().map(|it| value_type(*it)),
            ));
        }
        types
    }

    /// The index of a function type, added if new.
    fn index_of(&mut self, ty: FuncType) -> u32 {
        let known = self.known.iter().position(|it| *it == ty);
        let index = known.unwrap_or(self.known.len());
        if known.is_none() {
            self.add(ty);
        }
        u32::try_from(index).expect("types are limited")
    }

    /// The type of a block without parameters.
    fn block_with(&mut self, results: &[wasmparser::ValType]) -> wasm_encoder::BlockType {
        match results {
            [] => wasm_encoder::BlockType::Empty,
            [one] => wasm_encoder::BlockType::Result(value_type(*one)),
            many => {
                let ty = FuncType::new([], many.iter().map(|it| value_type(*it)));
                wasm_encoder::BlockType::FunctionType(self.index_of(ty))
            }
        }
    }

    fn add(&mut self, ty: FuncType) {
        self.section.ty().func_type(&ty);
        self.known.push(ty);
    }
}

/// Accepted modules have numbers only.
fn value_type(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

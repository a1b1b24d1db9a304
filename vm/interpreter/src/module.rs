//! Code ready to run.
//!
//! Always holds: a module owns its wasmi engine. wasmi keeps translated code in the engine and
//! frees it with the engine only, so that modules of a shared engine could never be evicted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use argosy_vm_abi::{ENTRY_MEMORY, ImportSpec};
use argosy_vm_host::{AbiAdapter, HostFault};
use argosy_vm_prepare::{ENTER_IMPORT, LEAVE_IMPORT, MEMORY_GROW_IMPORT};
use wasmi::{Config, Engine, ExternType};

use crate::Terms;

/// A translated module, to be shared between calls and threads.
pub struct Module {
    pub(crate) engine: Engine,
    pub(crate) module: wasmi::Module,
    /// What its imports are, in its own order.
    pub(crate) imports: Vec<Import>,
    pub(crate) memory: Option<MemoryPages>,
    pub(crate) terms: Arc<Terms>,
}

/// An import of a module.
#[derive(Clone, Copy)]
pub(crate) enum Import {
    /// A row of the ABI's table.
    Abi {
        index: usize,
        spec: &'static ImportSpec,
    },
    /// What instrumentation puts in place of `memory.grow`.
    MemoryGrow,
    /// What it puts where a function begins, for a profile.
    Enter,
    /// What it puts where a function returns, for a profile.
    Leave,
}

/// A module's memory, in pages.
#[derive(Clone, Copy)]
pub(crate) struct MemoryPages {
    pub(crate) initial: u64,
    pub(crate) max: u64,
}

impl Module {
    pub(crate) fn new(
        config: &Config,
        terms: Arc<Terms>,
        instrumented: &[u8],
    ) -> Result<Module, HostFault> {
        let engine = Engine::new(config);
        // The engine is this module's alone, so that nothing is left half done.
        let translated = catch_unwind(AssertUnwindSafe(|| {
            wasmi::Module::new(&engine, instrumented)
        }));
        let module = match translated {
            Ok(module) => module.map_err(HostFault::new)?,
            Err(_) => return Err(HostFault::new("the interpreter panicked at a module")),
        };
        let resolved = module
            .imports()
            .map(|import| resolve(terms.adapter.as_ref(), import.module(), import.name()));
        let imports = resolved.collect::<Result<_, _>>()?;
        let memory = match module.get_export(ENTRY_MEMORY) {
            Some(ExternType::Memory(ty)) => Some(MemoryPages {
                initial: ty.minimum(),
                max: ty.maximum().unwrap_or(ty.minimum()),
            }),
            _ => None,
        };
        Ok(Module {
            engine,
            module,
            imports,
            memory,
            terms,
        })
    }
}

fn resolve(adapter: &dyn AbiAdapter, module: &str, name: &str) -> Result<Import, HostFault> {
    match name {
        MEMORY_GROW_IMPORT => return Ok(Import::MemoryGrow),
        ENTER_IMPORT => return Ok(Import::Enter),
        LEAVE_IMPORT => return Ok(Import::Leave),
        _ => {}
    }
    let table = adapter.imports().iter().enumerate();
    let found = table
        .filter(|_| module == adapter.import_module())
        .find(|(_, spec)| spec.name == name);
    match found {
        Some((index, spec)) => Ok(Import::Abi { index, spec }),
        None => Err(HostFault::new(format!(
            "a stored module imports {module}.{name}, which no ABI offers"
        ))),
    }
}

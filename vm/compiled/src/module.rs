//! Code ready to run.

use std::sync::Arc;

use argosy_primitives::Gas;
use argosy_vm_abi::ENTRY_MEMORY;
use argosy_vm_host::{Code, Execution, Host, HostFault, Invocation, TierError};
use argosy_vm_prepare::{DEPTH_GLOBAL, GAS_GLOBAL};
use wasmtime::{ExternType, InstancePre, Linker, ModuleExport};

use crate::Terms;
use crate::guest::Running;
use crate::run::run;

/// A compiled module, to be shared between calls and threads.
pub struct Module {
    /// The module with its imports found.
    pub(crate) pre: InstancePre<Running>,
    pub(crate) gas: ModuleExport,
    pub(crate) depth: ModuleExport,
    pub(crate) memory: Option<Memory>,
    pub(crate) terms: Arc<Terms>,
    image_bytes: usize,
}

/// A module's memory, in pages.
pub(crate) struct Memory {
    pub(crate) export: ModuleExport,
    pub(crate) initial: u64,
    pub(crate) max: u64,
}

impl Module {
    pub(crate) fn new(
        linker: &Linker<Running>,
        terms: Arc<Terms>,
        module: wasmtime::Module,
    ) -> Result<Module, HostFault> {
        let not_instrumented = || HostFault::new("a stored module is not instrumented");
        let export = |name| module.get_export_index(name);
        let gas = export(GAS_GLOBAL).ok_or_else(not_instrumented)?;
        let depth = export(DEPTH_GLOBAL).ok_or_else(not_instrumented)?;
        let memory = match (module.get_export(ENTRY_MEMORY), export(ENTRY_MEMORY)) {
            (Some(ExternType::Memory(ty)), Some(export)) => Some(Memory {
                export,
                initial: ty.minimum(),
                max: ty.maximum().unwrap_or(ty.minimum()),
            }),
            _ => None,
        };
        let range = module.image_range();
        let image_bytes = (range.end as usize).saturating_sub(range.start as usize);
        let pre = linker
            .instantiate_pre(&module)
            .map_err(|error| HostFault::new(format!("{error:#}")))?;
        Ok(Module {
            pre,
            gas,
            depth,
            memory,
            terms,
            image_bytes,
        })
    }

    /// What its machine code weighs in memory, in bytes.
    pub fn image_bytes(&self) -> usize {
        self.image_bytes
    }
}

impl Code for Module {
    fn run(
        &self,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, TierError> {
        let session = self.terms.adapter.start(invocation);
        run(self, session, gas_limit, host)
    }
}

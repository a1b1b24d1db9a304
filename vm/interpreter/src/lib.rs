//! Tier 1: runs instrumented modules on wasmi.
//!
//! ```text
//! bytes ─load─► Module ─run─► instance (one per frame) ─imports─► Session ─► Host
//! ```
//!
//! Always holds: gas is what the module's own counter says, never wasmi's fuel; each frame gets a
//! fresh instance; wasmi's own limits lie far above the chain's, so that reaching one is a fault of
//! the node; a panic of the host passes through.
//! Not here: validation and instrumentation (`argosy-vm-prepare`), what imports do
//! (`argosy-vm-host`), caching (`argosy-vm-engine`).

mod bind; // imports as functions of an instance
mod config; // wasmi, switched to what the chain needs
mod guest; // an instance as imports see it
mod module; // code ready to run
mod run; // one frame from start to end
mod running; // what a frame carries along
mod stop; // wasmi's traps in our words

pub use module::Module;

use std::sync::Arc;

use argosy_primitives::Gas;
use argosy_spec::{AbiLimits, HostPrices, LoadPrices};
use argosy_vm_host::{
    AbiAdapter, Code, Execution, Host, HostFault, Invocation, MemoryPrices, TierError,
};

/// Part of every cache key: another version may translate otherwise.
pub const ENGINE_NAME: &str = "wasmi 2.0.0";

/// Tier 1 for one ABI.
pub struct Interpreter {
    config: wasmi::Config,
    terms: Arc<Terms>,
}

/// What all modules of a tier share.
pub(crate) struct Terms {
    pub(crate) adapter: Arc<dyn AbiAdapter>,
    pub(crate) memory_prices: MemoryPrices,
    pub(crate) stack_words: i32,
}

impl Interpreter {
    /// The tier for modules of one ABI, on the terms of one chain.
    pub fn new(
        adapter: Arc<dyn AbiAdapter>,
        limits: &AbiLimits,
        load: &LoadPrices,
        host: &HostPrices,
    ) -> Interpreter {
        Interpreter {
            config: config::config(limits),
            terms: Arc::new(Terms {
                adapter,
                memory_prices: MemoryPrices::new(load, host),
                stack_words: i32::try_from(limits.stack_words_max).unwrap_or(i32::MAX),
            }),
        }
    }

    /// Translates an instrumented module. One that does not load was never accepted: a fault.
    pub fn load(&self, instrumented: &[u8]) -> Result<Module, HostFault> {
        Module::new(&self.config, self.terms.clone(), instrumented)
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
        Ok(run::run(self, session, gas_limit, host)?)
    }
}

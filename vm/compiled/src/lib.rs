//! Tier 2: the same instrumented modules, compiled to machine code by wasmtime's Cranelift.
//!
//! ```text
//! instrumented bytes ─compile─► machine code ─seal─► artefact on disk
//!                                     artefact ─load─► Module ─run─► instance (one per frame)
//! ```
//!
//! Compiling takes 40 times longer than tier 1's translation and much more memory on hostile code,
//! so that nodes do it in a process of its own; this crate only offers the steps.
//!
//! Always holds: gas is what the module's own counter says; each frame gets a fresh instance from a
//! pool, its memory as new; the machine's stack or memory running out is no result
//! (`TierError`).
//! Not here: when to compile and where artefacts lie (`argosy-tiers`), validation and
//! instrumentation (`argosy-vm-prepare`), what imports do (`argosy-vm-host`).

mod artefact; // machine code at rest, and the only unsafe code of the VM
mod bind; // imports as functions of a linker
mod compiler; // the compiler without the pool
mod config; // wasmtime, switched to what the chain needs
mod function; // what an instance exports, and calls to it
mod guest; // an instance as imports see it
mod module; // code ready to run
mod run; // one frame from start to end
mod stop; // wasmtime's traps in our words

use std::sync::Arc;

use argosy_spec::{AbiLimits, HostPrices, LoadPrices};
use argosy_vm_host::{AbiAdapter, HostFault, MemoryPrices};
use wasmtime::{Engine, Linker};

pub use artefact::{ArtefactError, ArtefactKey, SealSecret};
pub use compiler::{CompileError, Compiler};
pub use module::Module;

/// Part of every artefact's key: another version compiles otherwise.
pub const ENGINE_NAME: &str = "wasmtime 48.0.8";

/// Tier 2 for one ABI.
pub struct Compiled {
    engine: Engine,
    linker: Linker<guest::Running>,
    terms: Arc<Terms>,
    terms_hash: [u8; 32],
}

/// What all modules of a tier share.
struct Terms {
    adapter: Arc<dyn AbiAdapter>,
    memory_prices: MemoryPrices,
    stack_words: i32,
}

/// Why this machine has no tier 2.
#[derive(Debug, thiserror::Error)]
#[error("compiled code cannot run on this machine: {0}")]
pub struct Unsupported(pub(crate) String);

impl Compiled {
    /// The tier for modules of one ABI, on the terms of one chain, with room for `instances` at
    /// once. Reserves address space, 4 GiB and guards for each; none of it is used at first.
    pub fn new(
        adapter: Arc<dyn AbiAdapter>,
        limits: &AbiLimits,
        load: &LoadPrices,
        host: &HostPrices,
        instances: u32,
    ) -> Result<Compiled, Unsupported> {
        let unsupported = |error: wasmtime::Error| Unsupported(format!("{error:#}"));
        let engine = Engine::new(&config::pooled(limits, instances)).map_err(unsupported)?;
        let linker = bind::linker(&engine, adapter.as_ref()).map_err(unsupported)?;
        Ok(Compiled {
            terms_hash: artefact::engine_hash(&engine),
            engine,
            linker,
            terms: Arc::new(Terms {
                adapter,
                memory_prices: MemoryPrices::new(load, host),
                stack_words: i32::try_from(limits.stack_words_max).unwrap_or(i32::MAX),
            }),
        })
    }

    /// What machine code depends on beside the module: engine version, settings, CPU features.
    pub fn terms_hash(&self) -> [u8; 32] {
        self.terms_hash
    }

    /// Opens a sealed artefact and makes its code ready to run.
    ///
    /// `key` and `secret` must be those it was sealed with: machine code is not checked by the
    /// engine, so whoever can write artefacts can run anything as this node.
    pub fn load(
        &self,
        secret: &SealSecret,
        key: &ArtefactKey,
        artefact: &[u8],
    ) -> Result<Module, ArtefactError> {
        let module = artefact::open(&self.engine, secret, key, artefact)?;
        self.ready(module).map_err(ArtefactError::Unusable)
    }

    fn ready(&self, module: wasmtime::Module) -> Result<Module, HostFault> {
        Module::new(&self.linker, self.terms.clone(), module)
    }
}

//! The compiler without the pool: what a process that only compiles needs.

use argosy_spec::AbiLimits;
use wasmtime::Engine;

use crate::artefact::engine_hash;
use crate::{Unsupported, config};

/// Compiles modules of one ABI to machine code of this machine.
pub struct Compiler {
    engine: Engine,
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
#[error("the compiler refused the module: {0}")]
pub struct CompileError(String);

impl Compiler {
    /// A compiler whose code [`Compiled`](crate::Compiled) with the same limits takes.
    pub fn new(limits: &AbiLimits) -> Result<Compiler, Unsupported> {
        let engine = Engine::new(&config::compiler(limits));
        let engine = engine.map_err(|error| Unsupported(format!("{error:#}")))?;
        Ok(Compiler { engine })
    }

    /// Compiles an instrumented module. Takes 1 to 2 ms per KB; hostile ones much more.
    pub fn compile(&self, instrumented: &[u8]) -> Result<Vec<u8>, CompileError> {
        let compiled = self.engine.precompile_module(instrumented);
        compiled.map_err(|error| CompileError(format!("{error:#}")))
    }

    /// What machine code depends on beside the module: engine version, settings, CPU features.
    pub fn terms_hash(&self) -> [u8; 32] {
        engine_hash(&self.engine)
    }
}

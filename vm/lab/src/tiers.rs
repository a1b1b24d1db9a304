//! Both tiers, without waiting: code is compiled here and now, for tests only.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argosy_spec::ChainSpec;
use argosy_vm_compiled::{ArtefactKey, Compiled, Compiler, SealSecret};
use argosy_vm_engine::{Engine, FastCode, FastUse, FetchCode, ModuleKey, Report};
use argosy_vm_host::{Code, HostFault, Native};
use argosy_vm_interpreter::Interpreter;

use crate::chain::SPEC;

/// Instances of compiled code at once: 16 nested frames on some threads.
const INSTANCES: u32 = 16 * 6;

/// Compiled modules that are kept.
const MODULES_MAX: usize = 256;

/// An engine that interprets, and one that compiles all it runs, on the development chain's terms.
pub fn both_engines() -> Vec<Arc<Engine>> {
    vec![interpreted_engine(), compiled_engine()]
}

/// Tier 1 on the development chain's terms.
pub fn interpreted_engine() -> Arc<Engine> {
    Arc::new(Engine::new(&SPEC))
}

/// Tier 2 for every module, on the development chain's terms.
pub fn compiled_engine() -> Arc<Engine> {
    let fast: Arc<dyn FastCode> = DEV.clone();
    Arc::new(Engine::with_fast_code(&SPEC, Some(fast)))
}

/// One for all tests of a process: its pool reserves address space.
static DEV: LazyLock<Arc<CompileAtOnce>> =
    LazyLock::new(|| Arc::new(CompileAtOnce::new(&SPEC, FastUse::Run)));

/// An engine that runs every frame on both tiers and panics if they differ.
pub fn shadow_engine(spec: &ChainSpec) -> Engine {
    let fast = Arc::new(CompileAtOnce::new(spec, FastUse::Compare));
    Engine::with_fast_code(spec, Some(fast))
}

/// Both tiers and the compiler on the terms of a chain.
pub(crate) struct Fixture {
    pub(crate) interpreter: Interpreter,
    pub(crate) compiler: Compiler,
    pub(crate) compiled: Compiled,
}

impl Fixture {
    pub(crate) fn new(spec: &ChainSpec) -> Fixture {
        let native = Arc::new(Native::new(&spec.limits, &spec.host_prices));
        let limits = spec.native_limits();
        let (load, host) = (&spec.load_prices, &spec.host_prices);
        let compiled = Compiled::new(native.clone(), limits, load, host, INSTANCES);
        Fixture {
            interpreter: Interpreter::new(native, limits, load, host),
            compiler: Compiler::new(limits).expect("a compiler"),
            compiled: compiled.expect("this machine runs compiled code"),
        }
    }
}

/// Compiles every module when it is first asked for.
struct CompileAtOnce {
    fixture: Fixture,
    purpose: FastUse,
    modules: Mutex<BTreeMap<ModuleKey, Arc<dyn Code>>>,
}

impl CompileAtOnce {
    fn new(spec: &ChainSpec, purpose: FastUse) -> CompileAtOnce {
        CompileAtOnce {
            fixture: Fixture::new(spec),
            purpose,
            modules: Mutex::default(),
        }
    }

    fn make(&self, key: &ModuleKey, instrumented: &[u8]) -> Result<Arc<dyn Code>, HostFault> {
        let Fixture {
            compiler, compiled, ..
        } = &self.fixture;
        let code = compiler.compile(instrumented).map_err(HostFault::new)?;
        let secret = SealSecret::from_bytes([1; 32]);
        let artefact = ArtefactKey::new(&[key.code.as_bytes(), &key.terms]);
        let sealed = secret.seal(&artefact, &code);
        let module = compiled.load(&secret, &artefact, &sealed);
        Ok(Arc::new(module.map_err(HostFault::new)?))
    }
}

impl FastCode for CompileAtOnce {
    fn purpose(&self) -> FastUse {
        self.purpose
    }

    fn differs(&self, report: &Report) {
        panic!("the tiers differ: {report}");
    }

    fn find(
        &self,
        key: &ModuleKey,
        fetch: &FetchCode<'_>,
    ) -> Result<Option<Arc<dyn Code>>, HostFault> {
        let modules = || self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = modules().get(key) {
            return Ok(Some(known.clone()));
        }
        let module = self.make(key, &fetch()?)?;
        // Each has mappings of its own, of which a process may have so many.
        if modules().len() >= MODULES_MAX {
            modules().clear();
        }
        modules().insert(*key, module.clone());
        Ok(Some(module))
    }

    fn give_up(&self, key: &ModuleKey) {
        panic!("a test needs more of the machine's stack than expected: {key:?}");
    }
}

//! Both tiers, without waiting: code is compiled here and now, for tests only.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argosy_primitives::{AbiKind, Gas};

use argosy_spec::ChainSpec;
use argosy_vm_compiled::{ArtefactKey, Compiled, Compiler, SealSecret};
use argosy_vm_engine::{Engine, FastCode, FastUse, FetchCode, ModuleKey, Report, adapter_of};
use argosy_vm_host::{Code, Execution, Host, HostFault, Invocation, TierError};
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

/// An engine that runs compiled code, and how many modules went back to the interpreter since the
/// machine was too small for them.
pub fn watched_engine(spec: &ChainSpec) -> (Engine, Arc<AtomicU64>) {
    let mut fast = CompileAtOnce::new(spec, FastUse::Run);
    let given_up = Arc::new(AtomicU64::new(0));
    fast.given_up = Some(given_up.clone());
    (Engine::with_fast_code(spec, Some(Arc::new(fast))), given_up)
}

/// An engine whose second tier runs every other frame to its end, and then says that the machine
/// was too small.
pub fn failing_engine(spec: &ChainSpec) -> Engine {
    let fast = Failing {
        fixture: Fixture::new(spec),
        frames: Arc::new(AtomicU64::new(0)),
    };
    Engine::with_fast_code(spec, Some(Arc::new(fast)))
}

struct Failing {
    fixture: Fixture,
    frames: Arc<AtomicU64>,
}

struct FailingCode {
    module: argosy_vm_interpreter::Module,
    frames: Arc<AtomicU64>,
}

impl Code for FailingCode {
    fn run(
        &self,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, TierError> {
        let ended = self.module.run(invocation, gas_limit, host);
        match self.frames.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Err(TierError::Exhausted),
            _ => ended,
        }
    }
}

impl FastCode for Failing {
    fn purpose(&self) -> FastUse {
        FastUse::Run
    }

    fn find(
        &self,
        key: &ModuleKey,
        fetch: &FetchCode<'_>,
    ) -> Result<Option<Arc<dyn Code>>, HostFault> {
        assert_eq!(key.abi, AbiKind::Native, "made for native contracts");
        Ok(Some(Arc::new(FailingCode {
            module: self.fixture.interpreter.load(&fetch()?)?,
            frames: self.frames.clone(),
        })))
    }

    fn differs(&self, report: &Report) {
        panic!("nothing is compared here: {report}");
    }

    fn give_up(&self, _: &ModuleKey) {}
}

/// Both tiers and the compiler on the terms of a chain.
pub(crate) struct Fixture {
    pub(crate) interpreter: Interpreter,
    pub(crate) compiler: Compiler,
    pub(crate) compiled: Compiled,
}

impl Fixture {
    pub(crate) fn new(spec: &ChainSpec) -> Fixture {
        Fixture::of(AbiKind::Native, spec)
    }

    pub(crate) fn of(abi: AbiKind, spec: &ChainSpec) -> Fixture {
        let adapter = adapter_of(abi, spec).expect("an ABI that this version serves");
        let limits = spec.vm.get(&abi).expect("an ABI that the chain offers");
        let (load, host) = (&spec.load_prices, &spec.host_prices);
        let compiled = Compiled::new(adapter.clone(), limits, load, host, INSTANCES);
        Fixture {
            interpreter: Interpreter::new(adapter, limits, load, host),
            compiler: Compiler::new(limits).expect("a compiler"),
            compiled: compiled.expect("this machine runs compiled code"),
        }
    }
}

/// Compiles every module when it is first asked for.
struct CompileAtOnce {
    fixtures: BTreeMap<AbiKind, Fixture>,
    purpose: FastUse,
    /// Counts modules that are given up; a test that expects none has no counter.
    given_up: Option<Arc<AtomicU64>>,
    modules: Mutex<BTreeMap<ModuleKey, Arc<dyn Code>>>,
}

impl CompileAtOnce {
    fn new(spec: &ChainSpec, purpose: FastUse) -> CompileAtOnce {
        let abis = spec.vm.keys().copied();
        CompileAtOnce {
            fixtures: abis.map(|it| (it, Fixture::of(it, spec))).collect(),
            purpose,
            given_up: None,
            modules: Mutex::default(),
        }
    }

    fn make(&self, key: &ModuleKey, instrumented: &[u8]) -> Result<Arc<dyn Code>, HostFault> {
        let Fixture {
            compiler, compiled, ..
        } = &self.fixtures[&key.abi];
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
        let Some(count) = &self.given_up else {
            panic!("a test needs more of the machine than expected: {key:?}");
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

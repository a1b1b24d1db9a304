//! The entry point: prepares uploads, keeps loaded modules, runs frames.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_primitives::{AbiKind, CodeHash, Gas, blake3};
use argosy_spec::{AbiLimits, ChainSpec, InstructionPrices};
use argosy_vm_host::{AbiAdapter, Execution, Host, HostFault, Invocation, Native};
use argosy_vm_interpreter::{ENGINE_NAME, Interpreter, Module};
use argosy_vm_prepare::{INSTRUMENTATION_VERSION, Measure, PreparedModule, Refusal};

use crate::cache::{ModuleCache, ModuleKey};

/// Room in the cache beside the hot set, for code that is used now and then.
const CACHE_SPARE_BYTES: u64 = 16 << 20;

/// Runs contracts on the terms of one chain. Shared between threads.
pub struct Engine {
    native: Tier,
    instruction_prices: InstructionPrices,
    cache: Mutex<ModuleCache>,
}

/// What serves one ABI.
struct Tier {
    adapter: Arc<dyn AbiAdapter>,
    interpreter: Interpreter,
    limits: AbiLimits,
    terms: [u8; 32],
}

/// A module ready to run; cheap to clone.
#[derive(Clone)]
pub struct LoadedModule {
    abi: AbiKind,
    module: Arc<Module>,
}

impl Engine {
    /// An engine for a chain.
    pub fn new(spec: &ChainSpec) -> Engine {
        let native = Arc::new(Native::new(&spec.limits, &spec.host_prices));
        let cache_bytes_max = spec
            .limits
            .hot_set_bytes_max
            .saturating_add(CACHE_SPARE_BYTES);
        Engine {
            native: Tier::new(native, spec.native_limits(), spec),
            instruction_prices: spec.instruction_prices.clone(),
            cache: Mutex::new(ModuleCache::new(cache_bytes_max)),
        }
    }

    /// Counts what an upload is charged for, before anything expensive is done with it.
    pub fn measure(&self, code: &[u8]) -> Result<Measure, Refusal> {
        argosy_vm_prepare::measure(code, &self.native.limits)
    }

    /// Validates and instruments an upload.
    pub fn prepare(&self, code: &[u8]) -> Result<(AbiKind, PreparedModule), Refusal> {
        let Tier {
            adapter, limits, ..
        } = &self.native;
        let imports = adapter.imports();
        let prepared = argosy_vm_prepare::prepare(code, limits, &self.instruction_prices, imports)?;
        Ok((adapter.kind(), prepared))
    }

    /// The module behind stored code; `fetch` gives its instrumented bytes if they are needed.
    pub fn load(
        &self,
        code: &CodeHash,
        abi: AbiKind,
        fetch: impl FnOnce() -> Result<Arc<[u8]>, HostFault>,
    ) -> Result<LoadedModule, HostFault> {
        let tier = self.tier(abi)?;
        let key = ModuleKey {
            code: *code,
            abi,
            terms: tier.terms,
        };
        let known = self.cache().get(&key);
        if let Some(module) = known {
            return Ok(LoadedModule { abi, module });
        }
        // Not under the lock: translating takes long. Two threads may do it both.
        let instrumented = fetch()?;
        let module = Arc::new(tier.interpreter.load(&instrumented)?);
        self.cache().insert(key, module.clone(), instrumented.len());
        Ok(LoadedModule { abi, module })
    }

    /// Runs one frame: pays for its initial memory, serves its imports by `host`, says how it
    /// ended. What the frame did is kept or undone by the caller. Calls of the host back into this
    /// engine nest; see [`on_big_stack`](crate::on_big_stack).
    pub fn execute(
        &self,
        module: &LoadedModule,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, HostFault> {
        let tier = self.tier(module.abi)?;
        tier.interpreter
            .run(&module.module, invocation, gas_limit, host)
    }

    /// Bytes that the cached modules weigh; at most the hot set and some room beside it.
    pub fn cached_bytes(&self) -> u64 {
        self.cache().bytes()
    }

    fn tier(&self, abi: AbiKind) -> Result<&Tier, HostFault> {
        if abi == self.native.adapter.kind() {
            return Ok(&self.native);
        }
        Err(HostFault::new(format!(
            "a stored contract has the ABI {abi:?}, which this version does not know"
        )))
    }

    /// A panic while the lock was held leaves the cache whole: it changes in steps that cannot fail.
    fn cache(&self) -> MutexGuard<'_, ModuleCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tier {
    fn new(adapter: Arc<dyn AbiAdapter>, limits: &AbiLimits, spec: &ChainSpec) -> Tier {
        let (load, host) = (&spec.load_prices, &spec.host_prices);
        Tier {
            interpreter: Interpreter::new(adapter.clone(), limits, load, host),
            adapter,
            limits: limits.clone(),
            terms: terms(limits, &spec.instruction_prices),
        }
    }
}

/// Hash over all that an instrumented and translated module depends on beside its code.
fn terms(limits: &AbiLimits, prices: &InstructionPrices) -> [u8; 32] {
    let terms = (limits, prices, INSTRUMENTATION_VERSION, ENGINE_NAME);
    blake3(&parity_scale_codec::Encode::encode(&terms))
}

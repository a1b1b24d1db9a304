//! The entry point: prepares uploads, keeps loaded modules, runs frames.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_primitives::{AbiKind, CodeHash, Gas, blake3};
use argosy_spec::{AbiLimits, ChainSpec, InstructionPrices, LoadPrices};
use argosy_vm_cosmwasm::{CosmWasm, SIGNS};
use argosy_vm_host::{
    AbiAdapter, Code, Execution, Host, HostFault, Invocation, Native, TierError, Watched,
};
use argosy_vm_interpreter::{ENGINE_NAME, Interpreter, Module};
use argosy_vm_prepare::{
    INSTRUMENTATION_VERSION, Measure, PreparedModule, Refusal, Rules, has_signs,
};

use crate::cache::ModuleCache;
use crate::fast::{FastCode, FastUse, FetchCode, ModuleKey};
use crate::shadow::{self, Difference, Pair, Report};

/// Room in the cache beside the hot set, for code that is used now and then.
const CACHE_SPARE_BYTES: u64 = 16 << 20;

/// Runs contracts on the terms of one chain. Shared between threads.
pub struct Engine {
    /// Those that the chain offers; the native one is always there.
    abis: BTreeMap<AbiKind, Abi>,
    instruction_prices: InstructionPrices,
    load_prices: LoadPrices,
    /// What a transaction that only calls can spend on loading.
    load_gas_max: Gas,
    cache: Mutex<ModuleCache>,
    fast: Option<Arc<dyn FastCode>>,
}

/// What serves one ABI.
struct Abi {
    adapter: Arc<dyn AbiAdapter>,
    interpreter: Interpreter,
    /// The same, of modules that tell what they do.
    watching: Interpreter,
    limits: AbiLimits,
    terms: [u8; 32],
}

/// A module ready to run; cheap to clone.
#[derive(Clone)]
pub struct LoadedModule {
    key: ModuleKey,
    module: Arc<Module>,
    /// The same on tier 2, if it is there.
    fast: Option<Fast>,
}

/// A module on tier 2.
#[derive(Clone)]
enum Fast {
    Run(Arc<dyn Code>),
    /// With the instrumented bytes, for a report.
    Compare(Arc<dyn Code>, Arc<[u8]>),
}

/// A module whose frames are to be watched.
#[derive(Clone, Copy, Debug)]
pub enum WatchedCode<'a> {
    /// Its imports only; the module as instrumented.
    Imports(&'a [u8]),
    /// Its functions, too; the module as uploaded, which is instrumented for that now.
    Functions(&'a [u8]),
}

impl LoadedModule {
    /// The module as tier 1 runs it, whatever else there is.
    pub fn interpreted(&self) -> LoadedModule {
        LoadedModule {
            fast: None,
            ..self.clone()
        }
    }
}

impl Engine {
    /// An engine for a chain that interprets everything.
    pub fn new(spec: &ChainSpec) -> Engine {
        Engine::with_fast_code(spec, None)
    }

    /// An engine for a chain that takes faster code, where there is some, from `fast`.
    pub fn with_fast_code(spec: &ChainSpec, fast: Option<Arc<dyn FastCode>>) -> Engine {
        let served = spec.vm.iter().filter_map(|(kind, limits)| {
            let adapter = adapter_of(*kind, spec)?;
            Some((*kind, Abi::new(adapter, limits, spec)))
        });
        let cache_bytes_max = spec
            .limits
            .hot_set_bytes_max
            .saturating_add(CACHE_SPARE_BYTES);
        Engine {
            abis: served.collect(),
            instruction_prices: spec.instruction_prices.clone(),
            load_prices: spec.load_prices.clone(),
            load_gas_max: (spec.limits.tx_gas_max)
                .saturating_sub(spec.fees.tx_gas)
                .saturating_sub(spec.fees.action_gas.call),
            cache: Mutex::new(ModuleCache::new(cache_bytes_max)),
            fast,
        }
    }

    /// Counts what an upload is charged for, before anything expensive is done with it.
    pub fn measure(&self, code: &[u8]) -> Result<Measure, Refusal> {
        argosy_vm_prepare::measure(code, &self.abi_of(code)?.limits)
    }

    /// Judges an upload: prepares it as [`Self::prepare`] does, and sees that a transaction can pay for loading it
    /// at today's prices.
    pub fn accept(&self, code: &[u8]) -> Result<(AbiKind, PreparedModule), Refusal> {
        self.prepare_checked(code, |prepared| self.check_load(prepared))
    }

    /// Validates and instruments a module by the rules of its ABI, and sees that the interpreter takes it. For code
    /// that the chain has: it was accepted at the prices of its block, and no other prices refuse it later.
    pub fn prepare(&self, code: &[u8]) -> Result<(AbiKind, PreparedModule), Refusal> {
        self.prepare_checked(code, |_| Ok(()))
    }

    /// `check` comes before the interpreter, as docs/vm.md orders the rules.
    fn prepare_checked(
        &self,
        code: &[u8],
        check: impl FnOnce(&PreparedModule) -> Result<(), Refusal>,
    ) -> Result<(AbiKind, PreparedModule), Refusal> {
        let abi = self.abi_of(code)?;
        let prepared = argosy_vm_prepare::prepare(code, &self.rules(abi))?;
        check(&prepared)?;
        let translated = abi.interpreter.load(&prepared.bytes);
        // Not kept: what is only simulated must not drive out what blocks run.
        translated
            .map(drop)
            .map_err(|_| Refusal::untranslatable())?;
        Ok((abi.adapter.kind(), prepared))
    }

    /// Refuses what could be stored and never run: a transaction could not even load it.
    fn check_load(&self, prepared: &PreparedModule) -> Result<(), Refusal> {
        let bytes = u32::try_from(prepared.bytes.len()).unwrap_or(u32::MAX);
        let pages = u64::from(prepared.facts.memory_initial_pages);
        let prices = &self.load_prices;
        let memory = prices.memory_page_initial.saturating_mul(pages);
        let parts = [prices.instance(bytes), prices.cold(bytes), memory];
        let gas = parts.into_iter().fold(0, Gas::saturating_add);
        match gas <= self.load_gas_max {
            true => Ok(()),
            false => Err(Refusal::unloadable(gas, self.load_gas_max)),
        }
    }

    /// The ABI whose marks an upload has: the native one if it has none, and none if it has those of
    /// several.
    fn abi_of(&self, code: &[u8]) -> Result<&Abi, Refusal> {
        let mut marked = (self.abis.values()).filter(|it| has_signs(code, &it.adapter.signs()));
        match (marked.next(), marked.next()) {
            (Some(abi), None) => Ok(abi),
            (None, _) => Ok(self.native()),
            (Some(_), Some(_)) => Err(Refusal::ambiguous()),
        }
    }

    fn native(&self) -> &Abi {
        self.abis
            .get(&AbiKind::Native)
            .expect("a spec without native limits is refused when it is read")
    }

    /// The module behind stored code; `fetch` gives its instrumented bytes if they are needed.
    pub fn load(
        &self,
        code: &CodeHash,
        abi: AbiKind,
        fetch: impl Fn() -> Result<Arc<[u8]>, HostFault>,
    ) -> Result<LoadedModule, HostFault> {
        let tier = self.abi(abi)?;
        let key = ModuleKey {
            code: *code,
            abi,
            terms: tier.terms,
        };
        let fast = self.find_fast(&key, &fetch)?;
        let known = self.cache().get(&key);
        if let Some(module) = known {
            return Ok(LoadedModule { key, module, fast });
        }
        // Not under the lock: translating takes long. Two threads may do it both.
        let instrumented = fetch()?;
        let module = Arc::new(tier.interpreter.load(&instrumented)?);
        self.cache().insert(key, module.clone(), instrumented.len());
        Ok(LoadedModule { key, module, fast })
    }

    /// The module behind stored code, on tier 1, as one whose frames tell their host what they do: see
    /// [`Host::observe`]. It does, pays and returns what [`Self::load`]'s does. Not kept: whoever runs it
    /// more than once keeps it.
    pub fn load_watched(
        &self,
        code: &CodeHash,
        abi: AbiKind,
        watched: WatchedCode<'_>,
    ) -> Result<LoadedModule, HostFault> {
        let tier = self.abi(abi)?;
        let profiled;
        let bytes = match watched {
            WatchedCode::Imports(instrumented) => instrumented,
            WatchedCode::Functions(uploaded) => {
                profiled = argosy_vm_prepare::prepare_profiled(uploaded, &self.rules(tier))
                    .map_err(HostFault::new)?;
                profiled.as_slice()
            }
        };
        let key = ModuleKey {
            code: *code,
            abi,
            terms: tier.terms,
        };
        let module = Arc::new(tier.watching.load(bytes)?);
        Ok(LoadedModule {
            key,
            module,
            fast: None,
        })
    }

    /// Runs one frame: pays for its initial memory, serves its imports by `host`, says how it
    /// ended. What the frame did is kept or undone by the caller. Calls of the host back into this
    /// engine nest; see [`on_big_stack`](crate::on_big_stack).
    ///
    /// After [`TierError::Exhausted`] the caller undoes the frame and runs it once more with
    /// [`LoadedModule::interpreted`].
    pub fn execute(
        &self,
        module: &LoadedModule,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, TierError> {
        let code = match &module.fast {
            None => return module.module.run(invocation, gas_limit, host),
            Some(Fast::Compare(code, bytes)) => {
                let pair = Pair {
                    interpreted: module.module.as_ref(),
                    compiled: code.as_ref(),
                };
                let ended = pair.run(invocation, gas_limit, host)?;
                return ended.map_err(|difference| self.differs(&module.key, bytes, difference));
            }
            Some(Fast::Run(code)) => code,
        };
        match code.run(invocation.clone(), gas_limit, host) {
            Err(TierError::NoRoom(_)) => module.module.run(invocation, gas_limit, host),
            Err(TierError::Exhausted) => {
                if let Some(fast) = &self.fast {
                    fast.give_up(&module.key);
                }
                Err(TierError::Exhausted)
            }
            ended => ended,
        }
    }

    fn rules<'a>(&'a self, abi: &'a Abi) -> Rules<'a> {
        Rules {
            limits: &abi.limits,
            prices: &self.instruction_prices,
            import_module: abi.adapter.import_module(),
            imports: abi.adapter.imports(),
            exports: abi.adapter.exports(),
        }
    }

    fn find_fast(&self, key: &ModuleKey, fetch: &FetchCode<'_>) -> Result<Option<Fast>, HostFault> {
        let Some(fast) = &self.fast else {
            return Ok(None);
        };
        let Some(code) = fast.find(key, fetch)? else {
            return Ok(None);
        };
        Ok(Some(match fast.purpose() {
            FastUse::Run => Fast::Run(code),
            FastUse::Compare => Fast::Compare(code, fetch()?),
        }))
    }

    /// Reports a difference between the tiers; the fault that stops the node.
    fn differs(&self, key: &ModuleKey, bytes: &[u8], difference: Difference) -> TierError {
        let report = Report {
            code: key.code,
            instrumented: bytes.to_vec(),
            frame: difference.frame,
            interpreted: difference.interpreted,
            compiled: difference.compiled,
        };
        if let Some(fast) = &self.fast {
            fast.differs(&report);
        }
        shadow::fault(&report).into()
    }

    /// Bytes that the cached modules weigh; at most the hot set and some room beside it.
    pub fn cached_bytes(&self) -> u64 {
        self.cache().bytes()
    }

    fn abi(&self, abi: AbiKind) -> Result<&Abi, HostFault> {
        self.abis.get(&abi).ok_or_else(|| {
            HostFault::new(format!(
                "a stored contract has the ABI {abi:?}, which this version does not know"
            ))
        })
    }

    /// A panic while the lock was held leaves the cache whole: it changes in steps that cannot fail.
    fn cache(&self) -> MutexGuard<'_, ModuleCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Abi {
    fn new(adapter: Arc<dyn AbiAdapter>, limits: &AbiLimits, spec: &ChainSpec) -> Abi {
        let (load, host) = (&spec.load_prices, &spec.host_prices);
        let watched = Arc::new(Watched::new(adapter.clone()));
        Abi {
            watching: Interpreter::new(watched, limits, load, host),
            interpreter: Interpreter::new(adapter.clone(), limits, load, host),
            adapter,
            limits: limits.clone(),
            terms: terms(limits, &spec.instruction_prices),
        }
    }
}

/// What serves an ABI on the terms of a chain; `None` for those that this version cannot serve.
pub fn adapter_of(kind: AbiKind, spec: &ChainSpec) -> Option<Arc<dyn AbiAdapter>> {
    match kind {
        AbiKind::Native => Some(Arc::new(Native::new(&spec.limits, &spec.host_prices))),
        AbiKind::CosmWasm => Some(Arc::new(CosmWasm::new(spec))),
        AbiKind::Ink | AbiKind::Near => None,
    }
}

/// The ABI that a module is likely of, for those who must know before the chain has judged it.
pub fn likely_abi(code: &[u8]) -> AbiKind {
    match has_signs(code, &SIGNS) {
        true => AbiKind::CosmWasm,
        false => AbiKind::Native,
    }
}

/// Hash over all that an instrumented and translated module depends on beside its code.
fn terms(limits: &AbiLimits, prices: &InstructionPrices) -> [u8; 32] {
    let terms = (limits, prices, INSTRUMENTATION_VERSION, ENGINE_NAME);
    blake3(&parity_scale_codec::Encode::encode(&terms))
}

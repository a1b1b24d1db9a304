//! A small host for tests: prepares modules with the dev chain's limits and prices of its own, runs them on
//! wasmi, and reports what the chain would see.

use argosy_spec::{AbiLimits, ChainSpec, InstructionPrices};
use argosy_vm_abi::{IMPORTS, MODULE};
use argosy_vm_prepare::{
    DEPTH_GLOBAL, ENTER_IMPORT, GAS_GLOBAL, LEAVE_IMPORT, MEMORY_GROW_IMPORT, PreparedModule,
    Refusal, Rules, prepare, prepare_profiled,
};
use wasmi::{
    Caller, CompilationMode, Config, Engine, Extern, Global, Instance, Linker, Module, Store, Val,
};

/// Gas per page that this host takes.
pub(crate) const PAGE_GAS: i64 = 65_536;

/// Enough gas for everything that is meant to end by itself.
pub(crate) const PLENTY: i64 = 1_000_000_000;

pub(crate) fn limits() -> AbiLimits {
    ChainSpec::dev().native_limits().clone()
}

/// Prices that are easy to count with, and that no calibration changes.
pub(crate) fn prices() -> InstructionPrices {
    InstructionPrices {
        simple: 1,
        div_rem: 4,
        float: 8,
        call: 5,
        call_indirect: 8,
        br_table: 3,
        block_header: 3,
        entry_per_8_locals: 1,
        bulk: 1,
        bulk_per_64_bytes: 1,
    }
}

pub(crate) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn try_prepare(code: &[u8]) -> Result<PreparedModule, Refusal> {
    prepare_by(code, &limits(), &prices())
}

pub(crate) fn prepare_by(
    code: &[u8],
    limits: &AbiLimits,
    prices: &InstructionPrices,
) -> Result<PreparedModule, Refusal> {
    let rules = Rules {
        limits,
        prices,
        import_module: MODULE,
        imports: IMPORTS,
        exports: &argosy_vm_abi::EXPORTS,
    };
    prepare(code, &rules)
}

/// The same module for a profile.
#[track_caller]
pub(crate) fn profiled(code: &[u8]) -> Vec<u8> {
    let (limits, prices) = (limits(), prices());
    let rules = Rules {
        limits: &limits,
        prices: &prices,
        import_module: MODULE,
        imports: IMPORTS,
        exports: &argosy_vm_abi::EXPORTS,
    };
    prepare_profiled(code, &rules).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[track_caller]
pub(crate) fn prepare_wat(text: &str) -> PreparedModule {
    try_prepare(&wasm(text)).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

#[track_caller]
pub(crate) fn refused(text: &str) -> Refusal {
    match try_prepare(&wasm(text)) {
        Ok(_) => panic!("accepted\n{text}"),
        Err(refusal) => refusal,
    }
}

/// How a call ended, in the chain's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Returned(Vec<i64>),
    OutOfGas,
    TooDeep,
    Trapped,
    /// The engine's own stack limit, which must never be reached.
    EngineStack,
}

/// What a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) gas_used: i64,
    pub(crate) depth_left: i32,
    pub(crate) memory: Vec<u8>,
}

pub(crate) fn engine() -> Engine {
    let mut config = Config::default();
    config
        .compilation_mode(CompilationMode::Eager)
        .wasm_reference_types(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .floats(false)
        .allow_start_fn(false);
    config.set_max_recursion_depth(1_000_000);
    config.set_max_stack_height(64 << 20);
    Engine::new(&config)
}

/// An instance with the imports that tests use.
pub(crate) struct Guest {
    pub(crate) store: Store<()>,
    pub(crate) instance: Instance,
}

impl Guest {
    /// Instantiates instrumented or raw code.
    pub(crate) fn new(code: &[u8]) -> Guest {
        let engine = engine();
        let module = Module::new(&engine, code).unwrap_or_else(|error| panic!("{error}"));
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let define = "defined once";
        linker
            .func_wrap("argosy", MEMORY_GROW_IMPORT, memory_grow)
            .expect(define);
        linker
            .func_wrap("argosy", "block_height", || 7_i64)
            .expect(define);
        linker
            .func_wrap("argosy", "input_len", || 3_i32)
            .expect(define);
        linker
            .func_wrap("argosy", "finish", |_: i32, _: i32| ())
            .expect(define);
        linker
            .func_wrap("argosy", ENTER_IMPORT, |_: i32| ())
            .expect(define);
        linker
            .func_wrap("argosy", LEAVE_IMPORT, || ())
            .expect(define);
        let instance = linker
            .instantiate_and_start(&mut store, &module)
            .unwrap_or_else(|error| panic!("{error}"));
        Guest { store, instance }
    }

    /// Calls an export of an instrumented module.
    pub(crate) fn call(&mut self, name: &str, arguments: &[i64], gas: i64, depth: i32) -> Outcome {
        self.set(GAS_GLOBAL, Val::I64(gas));
        self.set(DEPTH_GLOBAL, Val::I32(depth));
        let status = self.call_raw(name, arguments);
        let (gas_left, depth_left) = (self.get(GAS_GLOBAL), self.get(DEPTH_GLOBAL));
        let depth_left = i32::try_from(depth_left).expect("an i32");
        let status = match status {
            Status::Trapped | Status::Returned(_) if gas_left < 0 => Status::OutOfGas,
            Status::Trapped if depth_left < 0 => Status::TooDeep,
            status => status,
        };
        let memory = self.memory();
        Outcome {
            status,
            gas_used: gas - gas_left,
            depth_left,
            memory,
        }
    }

    /// Calls an export as it is.
    pub(crate) fn call_raw(&mut self, name: &str, arguments: &[i64]) -> Status {
        let function = self
            .instance
            .get_func(&self.store, name)
            .unwrap_or_else(|| panic!("no export {name}"));
        let ty = function.ty(&self.store);
        let arguments: Vec<Val> = ty
            .params()
            .iter()
            .zip(arguments)
            .map(|(ty, value)| match ty {
                wasmi::ValType::I32 => Val::I32(i32::try_from(*value).expect("an i32")),
                _ => Val::I64(*value),
            })
            .collect();
        let mut results: Vec<Val> = ty
            .results()
            .iter()
            .map(|it| Val::default_for_ty(*it))
            .collect();
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Status::Returned(results.iter().map(number).collect()),
            Err(error) if error.as_trap_code() == Some(wasmi::TrapCode::StackOverflow) => {
                Status::EngineStack
            }
            Err(_) => Status::Trapped,
        }
    }

    pub(crate) fn memory(&self) -> Vec<u8> {
        match self.instance.get_memory(&self.store, "memory") {
            Some(memory) => memory.data(&self.store).to_vec(),
            None => Vec::new(),
        }
    }

    fn global(&self, name: &str) -> Global {
        self.instance
            .get_global(&self.store, name)
            .unwrap_or_else(|| panic!("no global {name}"))
    }

    fn set(&mut self, name: &str, value: Val) {
        let global = self.global(name);
        global.set(&mut self.store, value).expect("mutable");
    }

    fn get(&self, name: &str) -> i64 {
        number(&self.global(name).get(&self.store))
    }
}

/// Prepares a module, calls an export with the dev chain's stack and says what happened.
#[track_caller]
pub(crate) fn run(text: &str, name: &str, arguments: &[i64], gas: i64) -> Outcome {
    let prepared = prepare_wat(text);
    let depth = i32::try_from(limits().stack_words_max).expect("small");
    Guest::new(&prepared.bytes).call(name, arguments, gas, depth)
}

/// KiB that an optimised interpreter is content with. Unoptimised, its own functions have frames of
/// many KiB: then it gets more, and must not use it up, either.
fn small_stack_kib() -> usize {
    let said = std::env::var("ARGOSY_SMALL_STACK_KIB");
    said.map_or(256, |it| it.parse().expect("a number of KiB"))
}

/// Runs on a thread with a stack as small as an engine might ever get.
#[expect(
    clippy::disallowed_methods,
    reason = "a stack of known size needs its own thread"
)]
pub(crate) fn on_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(small_stack_kib() << 10)
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("the thread ends by itself")
}

fn number(value: &Val) -> i64 {
    match value {
        Val::I32(value) => (*value).into(),
        Val::I64(value) => *value,
        other => panic!("not an integer: {other:?}"),
    }
}

/// What the real host does: charge for the pages, then grow.
fn memory_grow(mut caller: Caller<'_, ()>, pages: i32) -> Result<i32, wasmi::Error> {
    let gas = caller.get_export(GAS_GLOBAL).and_then(Extern::into_global);
    let gas = gas.expect("instrumented");
    let pages = u32::from_ne_bytes(pages.to_ne_bytes());
    let left = number(&gas.get(&caller)) - i64::from(pages) * PAGE_GAS;
    gas.set(&mut caller, Val::I64(left)).expect("mutable");
    if left < 0 {
        return Err(wasmi::Error::new("out of gas"));
    }
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.expect("a module that grows has a memory");
    match memory.grow(&mut caller, pages.into()) {
        Ok(before) => Ok(i32::try_from(before).expect("few pages")),
        Err(_) => Ok(-1),
    }
}

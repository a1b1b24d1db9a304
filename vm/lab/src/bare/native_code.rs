//! wasmtime.

use std::sync::LazyLock;

use argosy_vm_abi::MODULE;
use argosy_vm_prepare::MEMORY_GROW_IMPORT;
use wasmtime::{
    Caller, Config, Engine, Extern, Instance, Linker, Module, OptLevel, Store, Val, WasmFeatures,
};

use super::{Bare, Number, Stopped, counted, fill_counters};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_backtrace_max_frames(None)
        .async_stack_size(8 << 20)
        .max_wasm_stack(8 << 20)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(
            WasmFeatures::MUTABLE_GLOBAL
                | WasmFeatures::SIGN_EXTENSION
                | WasmFeatures::BULK_MEMORY
                | WasmFeatures::BULK_MEMORY_OPT
                | WasmFeatures::CALL_INDIRECT_OVERLONG
                | WasmFeatures::MULTI_VALUE
                | WasmFeatures::FLOATS
                | WasmFeatures::SATURATING_FLOAT_TO_INT,
            true,
        );
    Engine::new(&config).expect("this machine runs compiled code")
});

/// An instance on wasmtime.
pub struct NativeCode {
    store: Store<()>,
    instance: Instance,
}

impl NativeCode {
    /// Compiles a module and makes an instance.
    pub fn new(code: &[u8]) -> anyhow::Result<NativeCode> {
        NativeCode::make(code).map_err(|error| anyhow::anyhow!("{error:#}"))
    }

    fn make(code: &[u8]) -> wasmtime::Result<NativeCode> {
        let engine = &*ENGINE;
        let module = Module::new(engine, code)?;
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.func_wrap("spectest", "print", || ())?;
        linker.func_wrap("spectest", "print_i32", |_: i32| ())?;
        linker.func_wrap("spectest", "print_i64", |_: i64| ())?;
        linker.func_wrap(MODULE, MEMORY_GROW_IMPORT, memory_grow)?;
        let instance = linker.instantiate(&mut store, &module)?;
        Ok(NativeCode { store, instance })
    }
}

impl Bare for NativeCode {
    fn call(&mut self, name: &str, arguments: &[Number]) -> Result<Vec<Number>, Stopped> {
        let func = self.instance.get_func(&mut self.store, name);
        let func = func.ok_or_else(|| Stopped::Missing(name.into()))?;
        let arguments: Vec<_> = arguments.iter().copied().map(value).collect();
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        let ended = func.call(&mut self.store, &arguments, &mut results);
        ended.map_err(|error| Stopped::Trap(format!("{error:#}")))?;
        Ok(results.iter().filter_map(number).collect())
    }

    fn global(&mut self, name: &str) -> Option<Number> {
        let global = self.instance.get_global(&mut self.store, name)?;
        number(&global.get(&mut self.store))
    }

    fn set_global(&mut self, name: &str, to: Number) {
        if let Some(global) = self.instance.get_global(&mut self.store, name) {
            global.set(&mut self.store, value(to)).expect("its type");
        }
    }

    fn refuel(&mut self) {
        fill_counters(self);
    }

    fn gas_used(&mut self) -> u64 {
        counted(self).unwrap_or(0)
    }

    fn memory(&mut self) -> Vec<u8> {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.map_or_else(Vec::new, |it| it.data(&self.store).to_vec())
    }
}

fn memory_grow(mut caller: Caller<'_, ()>, pages: i32) -> i32 {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return -1;
    };
    let pages = u64::from(pages.cast_unsigned());
    memory.grow(&mut caller, pages).map_or(-1, |old| old as i32)
}

fn value(number: Number) -> Val {
    match number {
        Number::I32(bits) => Val::I32(bits.cast_signed()),
        Number::I64(bits) => Val::I64(bits.cast_signed()),
        Number::F32(bits) => Val::F32(bits),
        Number::F64(bits) => Val::F64(bits),
    }
}

/// `None` for what is no number.
fn number(value: &Val) -> Option<Number> {
    match value {
        Val::I32(value) => Some(Number::I32(value.cast_unsigned())),
        Val::I64(value) => Some(Number::I64(value.cast_unsigned())),
        Val::F32(bits) => Some(Number::F32(*bits)),
        Val::F64(bits) => Some(Number::F64(*bits)),
        _ => None,
    }
}

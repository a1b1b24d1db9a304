//! wasmi.

use argosy_vm_abi::MODULE;
use argosy_vm_prepare::MEMORY_GROW_IMPORT;
use wasmi::{
    Caller, CompilationMode, Config, Engine, Extern, F32, F64, Global, Instance, Linker, Memory,
    MemoryType, Module, Mutability, Ref, Store, Table, TableType, Val,
};

use super::{Bare, Number, Stopped, counted, fill_counters};

/// Where the imports live by which an instrumentation that is not ours charges.
pub const FOREIGN_METER: &str = "foreign_meter";

/// An instance on wasmi.
pub struct Interpreted {
    /// With what a foreign instrumentation charged.
    store: Store<u64>,
    instance: Instance,
}

impl Interpreted {
    /// Translates a module and makes an instance with the imports of the testsuite.
    pub fn new(code: &[u8]) -> anyhow::Result<Interpreted> {
        let mut config = Config::default();
        config
            .compilation_mode(CompilationMode::Eager)
            .set_max_recursion_depth(1 << 20)
            .set_max_stack_height(64 << 20);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, code)?;
        let mut store = Store::new(&engine, 0);
        let linker = linker(&engine, &mut store)?;
        let instance = linker.instantiate_and_start(&mut store, &module)?;
        Ok(Interpreted { store, instance })
    }
}

impl Bare for Interpreted {
    fn call(&mut self, name: &str, arguments: &[Number]) -> Result<Vec<Number>, Stopped> {
        let func = self.instance.get_func(&self.store, name);
        let func = func.ok_or_else(|| Stopped::Missing(name.into()))?;
        let arguments: Vec<_> = arguments.iter().copied().map(value).collect();
        let count = func.ty(&self.store).results().len();
        let mut results = vec![Val::I32(0); count];
        let ended = func.call(&mut self.store, &arguments, &mut results);
        ended.map_err(|error| Stopped::Trap(error.to_string()))?;
        Ok(results.iter().filter_map(number).collect())
    }

    fn global(&mut self, name: &str) -> Option<Number> {
        let global = self.instance.get_global(&self.store, name)?;
        number(&global.get(&self.store))
    }

    fn set_global(&mut self, name: &str, to: Number) {
        if let Some(global) = self.instance.get_global(&self.store, name) {
            global.set(&mut self.store, value(to)).expect("its type");
        }
    }

    fn refuel(&mut self) {
        *self.store.data_mut() = 0;
        fill_counters(self);
    }

    fn gas_used(&mut self) -> u64 {
        counted(self).unwrap_or(*self.store.data())
    }

    fn memory(&mut self) -> Vec<u8> {
        let memory = self.instance.get_memory(&self.store, "memory");
        memory.map_or_else(Vec::new, |it| it.data(&self.store).to_vec())
    }
}

/// `spectest`, as the testsuite's interpreter defines it, and the instrumentation's import.
fn linker(engine: &Engine, store: &mut Store<u64>) -> anyhow::Result<Linker<u64>> {
    const SPECTEST: &str = "spectest";
    let mut linker = Linker::new(engine);
    linker.func_wrap(SPECTEST, "print", || ())?;
    linker.func_wrap(SPECTEST, "print_i32", |_: i32| ())?;
    linker.func_wrap(SPECTEST, "print_i64", |_: i64| ())?;
    linker.func_wrap(SPECTEST, "print_f32", |_: F32| ())?;
    linker.func_wrap(SPECTEST, "print_f64", |_: F64| ())?;
    linker.func_wrap(SPECTEST, "print_i32_f32", |_: i32, _: F32| ())?;
    linker.func_wrap(SPECTEST, "print_f64_f64", |_: F64, _: F64| ())?;
    for (name, initial) in [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(F32::from(666.6))),
        ("global_f64", Val::F64(F64::from(666.6))),
    ] {
        let global = Global::new(&mut *store, initial, Mutability::Const);
        linker.define(SPECTEST, name, global)?;
    }
    let table = TableType::new(wasmi::RefType::Func, 10, Some(20));
    let table = Table::new(
        &mut *store,
        table,
        Ref::from(wasmi::Nullable::<wasmi::Func>::Null),
    )?;
    linker.define(SPECTEST, "table", table)?;
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define(SPECTEST, "memory", memory)?;
    linker.func_wrap(MODULE, MEMORY_GROW_IMPORT, memory_grow)?;
    foreign_meter(&mut linker)?;
    Ok(linker)
}

/// The imports of the crate `finite-wasm`'s instrumentation: a charge; a charge by length, which it
/// passes on; depth, which is not looked at.
fn foreign_meter(linker: &mut Linker<u64>) -> anyhow::Result<()> {
    let charge = |mut caller: Caller<'_, u64>, gas: u64| *caller.data_mut() += gas;
    linker.func_wrap(FOREIGN_METER, "finite_wasm_gas", charge)?;
    for name in [
        "memory_copy",
        "memory_fill",
        "memory_init",
        "table_copy",
        "table_fill",
        "table_init",
    ] {
        let charge = |mut caller: Caller<'_, u64>, length: u32, by_length: u64, gas: u64| {
            *caller.data_mut() += gas + by_length * u64::from(length);
            length
        };
        linker.func_wrap(FOREIGN_METER, &format!("finite_wasm_{name}"), charge)?;
    }
    for name in ["finite_wasm_stack", "finite_wasm_unstack"] {
        linker.func_wrap(FOREIGN_METER, name, |_: u64, _: u64| ())?;
    }
    Ok(())
}

fn memory_grow(mut caller: Caller<'_, u64>, pages: i32) -> i32 {
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
        Number::F32(bits) => Val::F32(F32::from_bits(bits)),
        Number::F64(bits) => Val::F64(F64::from_bits(bits)),
    }
}

/// `None` for what is no number.
fn number(value: &Val) -> Option<Number> {
    match value {
        Val::I32(value) => Some(Number::I32(value.cast_unsigned())),
        Val::I64(value) => Some(Number::I64(value.cast_unsigned())),
        Val::F32(value) => Some(Number::F32(value.to_bits())),
        Val::F64(value) => Some(Number::F64(value.to_bits())),
        _ => None,
    }
}

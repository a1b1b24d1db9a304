//! One frame from start to end.

use argosy_primitives::Gas;
use argosy_vm_abi::ENTRY_MEMORY;
use argosy_vm_host::{Budget, Execution, Guest, Host, HostFault, Session, Stop, play};
use argosy_vm_prepare::{DEPTH_GLOBAL, GAS_GLOBAL};
use wasmi::{AsContextMut, Extern, Global, Instance, Store, Val};

use crate::bind::bind;
use crate::guest::InstanceGuest;
use crate::module::Module;
use crate::running::{Handles, Running};

/// Runs a session in a fresh instance.
pub(crate) fn run(
    module: &Module,
    mut session: Box<dyn Session>,
    gas_limit: Gas,
    host: &mut dyn Host,
) -> Result<Execution, HostFault> {
    let terms = &module.terms;
    let pages = module.memory.map_or(0, |it| it.initial);
    let Some(budget) = Budget::new(gas_limit, &terms.memory_prices, pages) else {
        return Execution::new(Stop::OutOfGas, gas_limit, 0);
    };
    let running = Running {
        handles: None,
        stop: None,
        panic: None,
        memory_prices: terms.memory_prices,
    };
    let mut store = Store::new(&module.engine, running);
    let handles = instantiate(&mut store, module)?;
    store.data_mut().handles = Some(handles);
    set(&mut store, handles.gas, Val::I64(budget.counter()))?;
    set(&mut store, handles.depth, Val::I32(terms.stack_words))?;
    let mut guest = InstanceGuest::new(store.as_context_mut(), handles);
    let stop = play(session.as_mut(), &mut guest, host);
    budget.close(stop, guest.gas_left())
}

fn instantiate(store: &mut Store<Running>, module: &Module) -> Result<Handles, HostFault> {
    let bound = module.imports.iter().map(|it| bind(store, *it));
    let imports: Vec<Extern> = bound.map(Extern::Func).collect();
    let instance = Instance::new(&mut *store, &module.module, &imports).map_err(HostFault::new)?;
    let global = |name| instance.get_global(&*store, name);
    let (Some(gas), Some(depth)) = (global(GAS_GLOBAL), global(DEPTH_GLOBAL)) else {
        return Err(HostFault::new("a stored module is not instrumented"));
    };
    let memory = instance.get_memory(&*store, ENTRY_MEMORY);
    Ok(Handles {
        instance,
        memory: memory.zip(module.memory),
        gas,
        depth,
    })
}

fn set(store: &mut Store<Running>, global: Global, value: Val) -> Result<(), HostFault> {
    global.set(store, value).map_err(HostFault::new)
}

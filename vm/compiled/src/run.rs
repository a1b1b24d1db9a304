//! One frame from start to end.

use argosy_primitives::Gas;
use argosy_vm_host::{Budget, Execution, Guest, Host, HostFault, Session, Stop, TierError, play};
use wasmtime::{AsContextMut, Extern, ModuleExport, Store, Val};

use crate::function::Functions;
use crate::guest::{Handles, InstanceGuest, Running};
use crate::module::Module;

/// Runs a session in a fresh instance.
pub(crate) fn run(
    module: &Module,
    mut session: Box<dyn Session>,
    gas_limit: Gas,
    host: &mut dyn Host,
) -> Result<Execution, TierError> {
    let terms = &module.terms;
    let pages = module.memory.as_ref().map_or(0, |it| it.initial);
    let Some(budget) = Budget::new(gas_limit, &terms.memory_prices, pages) else {
        return Ok(Execution::new(Stop::OutOfGas, gas_limit, 0)?);
    };
    let running = Running {
        handles: None,
        functions: Functions::default(),
        stop: None,
        exhausted: false,
        memory_prices: terms.memory_prices,
    };
    let mut store = Store::new(module.pre.module().engine(), running);
    let handles = instantiate(&mut store, module)?;
    store.data_mut().handles = Some(handles);
    set(&mut store, handles.gas, Val::I64(budget.counter()))?;
    set(&mut store, handles.depth, Val::I32(terms.stack_words))?;
    let mut guest = InstanceGuest::new(store.as_context_mut(), handles);
    let stop = play(session.as_mut(), &mut guest, host);
    let left = guest.gas_left();
    if store.data().exhausted {
        return Err(TierError::Exhausted);
    }
    Ok(budget.close(stop, left)?)
}

fn instantiate(store: &mut Store<Running>, module: &Module) -> Result<Handles, TierError> {
    let no_room = |error: wasmtime::Error| TierError::NoRoom(format!("{error:#}"));
    let instance = module.pre.instantiate(&mut *store).map_err(no_room)?;
    let mut export = |index: &ModuleExport| instance.get_module_export(&mut *store, index);
    let (Some(Extern::Global(gas)), Some(Extern::Global(depth))) =
        (export(&module.gas), export(&module.depth))
    else {
        return Err(HostFault::new("a compiled module lost its counters").into());
    };
    let memory = match &module.memory {
        Some(memory) => match export(&memory.export) {
            Some(Extern::Memory(it)) => Some((it, memory.max)),
            _ => return Err(HostFault::new("a compiled module lost its memory").into()),
        },
        None => None,
    };
    Ok(Handles {
        instance,
        memory,
        gas,
        depth,
    })
}

fn set(store: &mut Store<Running>, global: wasmtime::Global, value: Val) -> Result<(), HostFault> {
    let set = global.set(store, value);
    set.map_err(|error| HostFault::new(format!("{error:#}")))
}

//! One frame from start to end.

use argosy_primitives::{Gas, StatusCode};
use argosy_vm_abi::ENTRY_MEMORY;
use argosy_vm_host::{Execution, Guest, Host, HostFault, Session, Stop};
use argosy_vm_prepare::{DEPTH_GLOBAL, GAS_GLOBAL};
use wasmi::{AsContextMut, Extern, Global, Instance, Store, Val};

use crate::Interpreter;
use crate::bind::bind;
use crate::guest::InstanceGuest;
use crate::module::Module;
use crate::running::{Handles, Running, Service};

/// Runs a session in a fresh instance.
pub(crate) fn run(
    interpreter: &Interpreter,
    module: &Module,
    session: Box<dyn Session>,
    gas_limit: Gas,
    host: &mut dyn Host,
) -> Result<Execution, HostFault> {
    let pages = module.memory.map_or(0, |it| it.initial);
    let Some(gas) = gas_limit.checked_sub(interpreter.memory_prices.initial(pages)) else {
        return Execution::new(Stop::OutOfGas, gas_limit, 0);
    };
    let running = Running {
        service: Some(Service { session, host }),
        handles: None,
        stop: None,
        panic: None,
        memory_prices: interpreter.memory_prices,
    };
    let mut store = Store::new(&module.engine, running);
    let handles = instantiate(&mut store, module)?;
    store.data_mut().handles = Some(handles);
    // More than i64 holds is more than any block: what is cut off is neither used nor lost.
    let gas = i64::try_from(gas).unwrap_or(i64::MAX);
    set(&mut store, handles.gas, Val::I64(gas))?;
    set(&mut store, handles.depth, Val::I32(interpreter.stack_words))?;

    let stop = play(&mut store, handles);
    let left = InstanceGuest::new(store.as_context_mut(), handles).gas_left();
    let used = (gas as Gas).saturating_sub(left);
    let initial = interpreter.memory_prices.initial(pages);
    Execution::new(stop, gas_limit, gas_limit - initial - used)
}

fn instantiate(store: &mut Store<Running<'_>>, module: &Module) -> Result<Handles, HostFault> {
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

fn set(store: &mut Store<Running<'_>>, global: Global, value: Val) -> Result<(), HostFault> {
    global.set(store, value).map_err(HostFault::new)
}

/// Lets the session begin, runs the export that it names, lets it end.
fn play(store: &mut Store<Running<'_>>, handles: Handles) -> Stop {
    let begun = with_session(store, handles, |session, guest, host| {
        session.begin(guest, host)
    });
    let invoke = match begun {
        Ok(invoke) => invoke,
        Err(stop) => return stop,
    };
    if handles.instance.get_func(&*store, invoke.export).is_none() {
        return Stop::Refused(StatusCode::EntryMissing);
    }
    let mut guest = InstanceGuest::new(store.as_context_mut(), handles);
    match guest.invoke(invoke.export, &invoke.args) {
        Err(stop) => stop,
        Ok(returned) => {
            let ended = with_session(store, handles, |session, guest, host| {
                Ok(session.end(returned, guest, host))
            });
            match ended {
                Ok(stop) | Err(stop) => stop,
            }
        }
    }
}

/// Lends guest and host to a step of the session, outside of any import.
fn with_session<T>(
    store: &mut Store<Running<'_>>,
    handles: Handles,
    step: impl FnOnce(&mut dyn Session, &mut dyn Guest, &mut dyn Host) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let Some(mut service) = store.data_mut().service.take() else {
        return Err(HostFault::new("the session is away outside of any import").into());
    };
    let mut guest = InstanceGuest::new(store.as_context_mut(), handles);
    let done = step(service.session.as_mut(), &mut guest, service.host);
    guest.settle();
    store.data_mut().service = Some(service);
    done
}

//! wasmtime's traps in our words.

use argosy_vm_host::{HostFault, Stop, TrapKind};
use wasmtime::{Error, StoreContextMut, Trap, Val};

use crate::guest::{Handles, Running};

/// Why a call into the instance failed: an import said so, or a counter of the instrumentation is
/// below zero, or a rule of Wasm was broken.
pub(crate) fn stop_of(
    error: &Error,
    mut store: StoreContextMut<'_, Running>,
    handles: Handles,
) -> Stop {
    if let Some(stop) = store.data_mut().stop.take() {
        return stop;
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::StackOverflow) {
        store.data_mut().exhausted = true;
        return HostFault::new("the machine's stack ran out").into();
    }
    if matches!(handles.gas.get(&mut store), Val::I64(gas) if gas < 0) {
        return Stop::OutOfGas;
    }
    if matches!(handles.depth.get(&mut store), Val::I32(depth) if depth < 0) {
        return Stop::Trapped(TrapKind::StackDepth);
    }
    match trap {
        Some(trap) => stop_of_trap(*trap),
        None => HostFault::new(format!("compiled code failed: {error:#}")).into(),
    }
}

fn stop_of_trap(trap: Trap) -> Stop {
    let kind = match trap {
        Trap::UnreachableCodeReached => TrapKind::Unreachable,
        Trap::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        Trap::TableOutOfBounds | Trap::IndirectCallToNull | Trap::BadSignature => {
            TrapKind::IndirectCall
        }
        Trap::IntegerDivisionByZero | Trap::IntegerOverflow | Trap::BadConversionToInteger => {
            TrapKind::Arithmetic
        }
        // Features that are switched off, or the machine: never a result.
        other => return HostFault::new(format!("compiled code ended oddly: {other}")).into(),
    };
    Stop::Trapped(kind)
}

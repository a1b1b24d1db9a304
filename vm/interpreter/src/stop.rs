//! wasmi's traps in our words.

use argosy_vm_host::{HostFault, Stop, TrapKind};
use wasmi::{Error, StoreContextMut, TrapCode, Val};

use crate::running::{Handles, Running};

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
    if matches!(handles.gas.get(&store), Val::I64(gas) if gas < 0) {
        return Stop::OutOfGas;
    }
    if matches!(handles.depth.get(&store), Val::I32(depth) if depth < 0) {
        return Stop::Trapped(TrapKind::StackDepth);
    }
    match error.as_trap_code() {
        Some(code) => stop_of_trap(code),
        None => HostFault::new(format!("the interpreter failed: {error}")).into(),
    }
}

fn stop_of_trap(code: TrapCode) -> Stop {
    let kind = match code {
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        TrapCode::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds | TrapCode::IndirectCallToNull | TrapCode::BadSignature => {
            TrapKind::IndirectCall
        }
        TrapCode::IntegerDivisionByZero
        | TrapCode::IntegerOverflow
        | TrapCode::BadConversionToInteger => TrapKind::Arithmetic,
        // The machine, or a limit that the instrumented ones should have kept out of reach: other
        // nodes may not see it, so it must not become a result.
        TrapCode::StackOverflow
        | TrapCode::OutOfFuel
        | TrapCode::GrowthOperationLimited
        | TrapCode::OutOfSystemMemory => {
            return HostFault::new(format!("a limit of the interpreter was reached: {code}"))
                .into();
        }
    };
    Stop::Trapped(kind)
}

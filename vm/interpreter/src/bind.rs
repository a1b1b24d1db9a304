//! Imports as functions of an instance.
//!
//! Functions of `i32`s, which is most imports, get a typed wrapper: a call of it costs about two
//! thirds of an untyped one. All others go the untyped way.

use std::panic::{AssertUnwindSafe, catch_unwind};

use argosy_vm_abi::{ImportSpec, ValType};
use argosy_vm_host::Stop;
use wasmi::{AsContextMut, Caller, Error, Func, FuncType, Store};

use crate::guest::{InstanceGuest, cut, widen};
use crate::module::Import;
use crate::running::Running;

/// The function behind an import.
pub(crate) fn bind(store: &mut Store<Running>, import: Import) -> Func {
    let (index, spec) = match import {
        Import::Abi { index, spec } => (index, spec),
        Import::MemoryGrow => return Func::wrap(store, memory_grow),
        Import::Enter => return Func::wrap(store, enter),
        Import::Leave => return Func::wrap(store, leave),
    };
    if spec.params.contains(&ValType::I64) {
        return untyped(store, index, spec);
    }
    let result = spec.result;
    match spec.params.len() {
        0 => nullary(store, index, result),
        1 => unary(store, index, result),
        2 => binary(store, index, result),
        3 => ternary(store, index, result),
        4 => quaternary(store, index, result),
        _ => untyped(store, index, spec),
    }
}

macro_rules! typed {
    ($name:ident($($arg:ident),*)) => {
        fn $name(store: &mut Store<Running>, index: usize, result: Option<ValType>) -> Func {
            match result {
                None => Func::wrap(
                    store,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<(), Error> {
                        serve(caller, index, &[$($arg.into()),*]).map(drop)
                    },
                ),
                Some(ValType::I32) => Func::wrap(
                    store,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<i32, Error> {
                        serve(caller, index, &[$($arg.into()),*]).map(|it| it as i32)
                    },
                ),
                Some(ValType::I64) => Func::wrap(
                    store,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<i64, Error> {
                        serve(caller, index, &[$($arg.into()),*])
                    },
                ),
            }
        }
    };
}

typed!(nullary());
typed!(unary(a));
typed!(binary(a, b));
typed!(ternary(a, b, c));
typed!(quaternary(a, b, c, d));

fn untyped(store: &mut Store<Running>, index: usize, spec: &ImportSpec) -> Func {
    let ty = FuncType::new(
        spec.params.iter().copied().map(engine_type),
        spec.result.map(engine_type),
    );
    Func::new(store, ty, move |caller, args, results| {
        let words: Vec<_> = args.iter().filter_map(widen).collect();
        let word = serve(caller, index, &words)?;
        for result in results {
            *result = cut((&result.ty(), &word));
        }
        Ok(())
    })
}

/// Lets the session serve an import.
fn serve(mut caller: Caller<'_, Running>, index: usize, args: &[i64]) -> Result<i64, Error> {
    with_guest(&mut caller, |guest| {
        argosy_vm_host::serve(index, args, guest)
    })
}

fn memory_grow(mut caller: Caller<'_, Running>, pages: i32) -> Result<i32, Error> {
    with_guest(&mut caller, |guest| guest.grow(pages as u32))
}

fn enter(mut caller: Caller<'_, Running>, function: i32) -> Result<(), Error> {
    with_guest(&mut caller, |guest| {
        argosy_vm_host::enter(function as u32, guest);
        Ok(())
    })
}

fn leave(mut caller: Caller<'_, Running>) -> Result<(), Error> {
    with_guest(&mut caller, |guest| {
        argosy_vm_host::leave(guest);
        Ok(())
    })
}

/// Runs our side of a call from the instance. A panic cannot unwind through wasmi, whose functions
/// would abort the process: it is carried around it and goes on where the call began.
fn with_guest<T>(
    caller: &mut Caller<'_, Running>,
    work: impl FnOnce(&mut InstanceGuest<'_>) -> Result<T, Stop>,
) -> Result<T, Error> {
    let Some(handles) = caller.data().handles else {
        return Err(Error::new("code ran before its instance was complete"));
    };
    let done = catch_unwind(AssertUnwindSafe(|| {
        let mut guest = InstanceGuest::new(caller.as_context_mut(), handles);
        let done = work(&mut guest);
        guest.settle();
        done
    }));
    match done {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(stop)) => Err(end(caller.data_mut(), stop)),
        Err(panic) => {
            caller.data_mut().panic = Some(panic);
            Err(Error::i32_exit(0))
        }
    }
}

/// Unwinds wasmi; the reason waits in [`Running::stop`].
fn end(running: &mut Running, stop: Stop) -> Error {
    running.stop = Some(stop);
    Error::i32_exit(0)
}

fn engine_type(ty: ValType) -> wasmi::ValType {
    match ty {
        ValType::I32 => wasmi::ValType::I32,
        ValType::I64 => wasmi::ValType::I64,
    }
}

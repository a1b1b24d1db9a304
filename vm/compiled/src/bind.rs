//! Imports as functions of a linker, made once for all modules.
//!
//! A panic of the host passes through compiled code: the engine carries it around.

use argosy_vm_abi::{ImportSpec, MODULE, ValType};
use argosy_vm_host::{AbiAdapter, Stop, serve as serve_import};
use argosy_vm_prepare::MEMORY_GROW_IMPORT;
use wasmtime::{AsContextMut, Caller, Engine, Error, FuncType, Linker, Result};

use crate::guest::{InstanceGuest, Running, cut, widen};

/// All imports of an ABI, and what instrumentation adds.
pub(crate) fn linker(engine: &Engine, adapter: &dyn AbiAdapter) -> Result<Linker<Running>> {
    let mut linker = Linker::new(engine);
    for (index, spec) in adapter.imports().iter().enumerate() {
        bind(&mut linker, adapter.import_module(), index, spec)?;
    }
    linker.func_wrap(MODULE, MEMORY_GROW_IMPORT, memory_grow)?;
    Ok(linker)
}

fn bind(
    linker: &mut Linker<Running>,
    module: &str,
    index: usize,
    spec: &'static ImportSpec,
) -> Result<()> {
    if spec.params.contains(&ValType::I64) {
        return untyped(linker, module, index, spec);
    }
    match spec.params.len() {
        0 => nullary(linker, module, index, spec),
        1 => unary(linker, module, index, spec),
        2 => binary(linker, module, index, spec),
        3 => ternary(linker, module, index, spec),
        4 => quaternary(linker, module, index, spec),
        _ => untyped(linker, module, index, spec),
    }
}

macro_rules! typed {
    ($name:ident($($arg:ident),*)) => {
        fn $name(
            linker: &mut Linker<Running>,
            module: &str,
            index: usize,
            spec: &'static ImportSpec,
        ) -> Result<()> {
            match spec.result {
                None => linker.func_wrap(
                    module,
                    spec.name,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<()> {
                        serve(caller, index, &[$($arg.into()),*]).map(drop)
                    },
                )?,
                Some(ValType::I32) => linker.func_wrap(
                    module,
                    spec.name,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<i32> {
                        serve(caller, index, &[$($arg.into()),*]).map(|it| it as i32)
                    },
                )?,
                Some(ValType::I64) => linker.func_wrap(
                    module,
                    spec.name,
                    move |caller: Caller<'_, Running>, $($arg: i32),*| -> Result<i64> {
                        serve(caller, index, &[$($arg.into()),*])
                    },
                )?,
            };
            Ok(())
        }
    };
}

typed!(nullary());
typed!(unary(a));
typed!(binary(a, b));
typed!(ternary(a, b, c));
typed!(quaternary(a, b, c, d));

fn untyped(
    linker: &mut Linker<Running>,
    module: &str,
    index: usize,
    spec: &'static ImportSpec,
) -> Result<()> {
    let ty = FuncType::new(
        linker.engine(),
        spec.params.iter().copied().map(engine_type),
        spec.result.map(engine_type),
    );
    let result = spec.result.map(engine_type);
    linker.func_new(module, spec.name, ty, move |caller, args, results| {
        let words: Vec<_> = args.iter().filter_map(widen).collect();
        let word = serve(caller, index, &words)?;
        if let (Some(slot), Some(ty)) = (results.first_mut(), result.clone()) {
            *slot = cut((ty, &word));
        }
        Ok(())
    })?;
    Ok(())
}

/// Lets the session serve an import.
fn serve(caller: Caller<'_, Running>, index: usize, args: &[i64]) -> Result<i64> {
    with_guest(caller, |guest| serve_import(index, args, guest))
}

fn memory_grow(caller: Caller<'_, Running>, pages: i32) -> Result<i32> {
    with_guest(caller, |guest| guest.grow(pages as u32))
}

/// Runs our side of a call from the instance.
fn with_guest<T>(
    mut caller: Caller<'_, Running>,
    work: impl FnOnce(&mut InstanceGuest<'_>) -> Result<T, Stop>,
) -> Result<T> {
    let Some(handles) = caller.data().handles else {
        return Err(Error::msg("code ran before its instance was complete"));
    };
    let mut guest = InstanceGuest::new(caller.as_context_mut(), handles);
    let done = work(&mut guest);
    guest.settle();
    done.map_err(|stop| {
        // The reason waits here until the engine has unwound.
        caller.data_mut().stop = Some(stop);
        Error::from(wasmtime::Trap::UnreachableCodeReached)
    })
}

fn engine_type(ty: ValType) -> wasmtime::ValType {
    match ty {
        ValType::I32 => wasmtime::ValType::I32,
        ValType::I64 => wasmtime::ValType::I64,
    }
}

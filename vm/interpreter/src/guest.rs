//! An instance as imports see it.
//!
//! Always holds: while an `InstanceGuest` lives, the gas counter is here; `settle` puts it back into
//! the instance before its code runs again.

use std::panic::resume_unwind;

use argosy_primitives::Gas;
use argosy_vm_host::{Guest, HostFault, Instance, Meter, OutOfGas, Stop, TrapKind};
use wasmi::{AsContextMut, StoreContextMut, Val, ValType};

use crate::running::{Handles, Running};
use crate::stop::stop_of;

/// A running instance, with its gas counter taken out.
pub(crate) struct InstanceGuest<'a> {
    store: StoreContextMut<'a, Running>,
    handles: Handles,
    meter: Meter,
}

impl<'a> InstanceGuest<'a> {
    pub(crate) fn new(store: StoreContextMut<'a, Running>, handles: Handles) -> Self {
        let mut guest = InstanceGuest {
            store,
            handles,
            meter: Meter::new(0),
        };
        guest.take_gas();
        guest
    }

    /// Puts the gas counter back.
    pub(crate) fn settle(&mut self) {
        self.handles
            .gas
            .set(&mut self.store, Val::I64(self.meter.counter()))
            .expect("the global is a mutable i64: instrumentation made it");
    }

    /// Grows the memory by pages that are paid here: the old size, or -1 if it would be too large.
    /// Only the declared maximum decides; memory that the machine does not have is a fault.
    pub(crate) fn grow(&mut self, pages: u32) -> Result<i32, Stop> {
        let prices = self.store.data().memory_prices;
        self.charge(prices.growth(pages))?;
        let Some((memory, declared)) = self.handles.memory else {
            return Err(HostFault::new("a module without memory grows it").into());
        };
        let old = memory.size(&self.store);
        if old + u64::from(pages) > declared.max {
            return Ok(-1);
        }
        memory
            .grow(&mut self.store, pages.into())
            .map_err(HostFault::new)?;
        i32::try_from(old).map_err(|error| HostFault::new(error).into())
    }

    fn take_gas(&mut self) {
        self.meter = match self.handles.gas.get(&self.store) {
            Val::I64(gas) => Meter::new(gas),
            _ => unreachable!("the global is an i64: instrumentation made it"),
        };
    }

    fn call_export(&mut self, export: &str, args: &[i64]) -> Result<Option<i64>, Stop> {
        let bad_export = Stop::Trapped(TrapKind::BadExport);
        let Some(func) = self.handles.instance.get_func(&self.store, export) else {
            return Err(bad_export);
        };
        let ty = func.ty(&self.store);
        let (params, results) = (ty.params(), ty.results());
        if params.len() != args.len() || results.len() > 1 {
            return Err(bad_export);
        }
        let args: Vec<_> = params.iter().zip(args).map(cut).collect();
        let mut returned = [Val::I32(0)];
        let returned = &mut returned[..results.len()];
        let ended = func.call(&mut self.store, &args, returned);
        if let Some(panic) = self.store.data_mut().panic.take() {
            resume_unwind(panic);
        }
        if let Err(error) = ended {
            return Err(stop_of(&error, self.store.as_context_mut(), self.handles));
        }
        Ok(returned.first().and_then(widen))
    }
}

impl Guest for InstanceGuest<'_> {
    fn memory(&mut self) -> &mut [u8] {
        match self.handles.memory {
            Some((memory, _)) => memory.data_mut(&mut self.store),
            None => &mut [],
        }
    }

    fn gas_left(&mut self) -> Gas {
        self.meter.left()
    }

    fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas> {
        self.meter.charge(amount)
    }

    fn params_of(&mut self, export: &str) -> Option<usize> {
        let func = self.handles.instance.get_func(&self.store, export)?;
        Some(func.ty(&self.store).params().len())
    }

    fn invoke(&mut self, export: &str, args: &[i64]) -> Result<Option<i64>, Stop> {
        self.settle();
        let returned = self.call_export(export, args);
        self.take_gas();
        self.meter.ended(returned)
    }
}

impl Instance for InstanceGuest<'_> {
    fn has_function(&mut self, name: &str) -> bool {
        let func = self.handles.instance.get_func(&self.store, name);
        func.is_some()
    }
}

/// An argument word as a value of the parameter's type.
pub(crate) fn cut((ty, word): (&ValType, &i64)) -> Val {
    match ty {
        ValType::I64 => Val::I64(*word),
        _ => Val::I32(*word as i32),
    }
}

/// A result as a word; `None` for types that no ABI has.
pub(crate) fn widen(value: &Val) -> Option<i64> {
    match value {
        Val::I32(value) => Some(i64::from(*value)),
        Val::I64(value) => Some(*value),
        _ => None,
    }
}

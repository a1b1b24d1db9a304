//! An instance as imports see it, and what it carries along in wasmtime's store.
//!
//! Always holds: while an `InstanceGuest` lives, the gas counter is here; `settle` puts it back into
//! the instance before its code runs again.

use argosy_primitives::Gas;
use argosy_vm_host::{Guest, HostFault, Instance, MemoryPrices, Meter, OutOfGas, Stop, TrapKind};
use wasmtime::{AsContextMut, Global, Memory, StoreContextMut, Val, ValType};

use crate::function::{self, Function, Functions};
use crate::stop::stop_of;

/// The store's data.
pub(crate) struct Running {
    /// The instance; absent until there is one.
    pub(crate) handles: Option<Handles>,
    /// What of the instance was called so far.
    pub(crate) functions: Functions,
    /// Why an import ended the frame.
    pub(crate) stop: Option<Stop>,
    /// The machine's stack or memory ran out.
    pub(crate) exhausted: bool,
    pub(crate) memory_prices: MemoryPrices,
}

/// Parts of the instance, found once.
#[derive(Clone, Copy)]
pub(crate) struct Handles {
    pub(crate) instance: wasmtime::Instance,
    /// The memory and its maximum in pages.
    pub(crate) memory: Option<(Memory, u64)>,
    pub(crate) gas: Global,
    pub(crate) depth: Global,
}

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
    /// Only the declared maximum decides; without the machine's memory there is no result here.
    pub(crate) fn grow(&mut self, pages: u32) -> Result<i32, Stop> {
        let prices = self.store.data().memory_prices;
        self.charge(prices.growth(pages))?;
        let Some((memory, max)) = self.handles.memory else {
            return Err(HostFault::new("a module without memory grows it").into());
        };
        let old = memory.size(&self.store);
        if old + u64::from(pages) > max {
            return Ok(-1);
        }
        if let Err(error) = memory.grow(&mut self.store, pages.into()) {
            self.store.data_mut().exhausted = true;
            return Err(HostFault::new(format!("{error:#}")).into());
        }
        i32::try_from(old).map_err(|error| HostFault::new(error).into())
    }

    fn take_gas(&mut self) {
        self.meter = match self.handles.gas.get(&mut self.store) {
            Val::I64(gas) => Meter::new(gas),
            _ => unreachable!("the global is an i64: instrumentation made it"),
        };
    }

    fn find(&mut self, export: &str) -> Option<Function> {
        let instance = self.handles.instance;
        function::find(self.store.as_context_mut(), instance, export)
    }

    fn call_export(&mut self, export: &str, args: &[i64]) -> Result<Option<i64>, Stop> {
        let bad_export = Stop::Trapped(TrapKind::BadExport);
        let Some(function) = self.find(export) else {
            return Err(bad_export);
        };
        match function.call(self.store.as_context_mut(), args) {
            Some(Ok(returned)) => Ok(returned),
            Some(Err(error)) => {
                let store = self.store.as_context_mut();
                Err(stop_of(&error, store, self.handles))
            }
            None => Err(bad_export),
        }
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
        self.find(export).map(|it| it.params)
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
        self.find(name).is_some()
    }
}

/// An argument word as a value of the parameter's type.
pub(crate) fn cut((ty, word): (ValType, &i64)) -> Val {
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

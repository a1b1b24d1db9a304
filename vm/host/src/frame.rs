//! One frame on any tier: who serves the imports of an instance, and the steps from start to end.
//!
//! Engines keep host functions for longer than a frame lives, so what serves them is lent for one
//! run at a time, on this thread: [`play`] lends, [`serve`] borrows.
//!
//! Always holds: while an import is served nothing is lent, so that an import inside an import is
//! refused; a frame within a frame lends its own and gives the slot back as it was, by a panic too.

use argosy_primitives::{Gas, StatusCode};
use scoped_tls_hkt::{ReborrowMut, scoped_thread_local};

use crate::adapter::{Session, Stop};
use crate::execution::{Execution, TrapKind};
use crate::fault::HostFault;
use crate::guest::Guest;
use crate::memory::MemoryPrices;
use crate::port::Host;
use crate::watch::Observed;

/// An instance that a tier made for one frame.
pub trait Instance: Guest {
    /// Whether it exports a function of this name.
    fn has_function(&mut self, name: &str) -> bool;
}

/// Who serves the imports of the running instance.
struct Service<'a> {
    session: &'a mut (dyn Session + 'a),
    host: &'a mut (dyn Host + 'a),
}

impl<'a, 'b: 'a> ReborrowMut<'a> for Service<'b> {
    type Result = Service<'a>;

    fn reborrow_mut(&'a mut self) -> Service<'a> {
        Service {
            session: &mut *self.session,
            host: &mut *self.host,
        }
    }
}

scoped_thread_local!(static mut SERVICE: for<'a> Service<'a>);

/// Serves the import at `index` of the ABI's table to the instance that calls it, unless that has
/// no gas left for what it did before.
pub fn serve(index: usize, args: &[i64], guest: &mut dyn Guest) -> Result<i64, Stop> {
    guest.charge(0)?;
    if !SERVICE.is_set() {
        return Err(Stop::Trapped(TrapKind::NestedImport));
    }
    SERVICE.with(|service| service.session.import(index, args, guest, service.host))
}

/// Tells the host that a function of a watched instance begins.
pub fn enter(function: u32, guest: &mut dyn Guest) {
    let gas_left = guest.gas_left();
    observe(Observed::Enter { function, gas_left });
}

/// Tells the host that the function which began last returns.
pub fn leave(guest: &mut dyn Guest) {
    let gas_left = guest.gas_left();
    observe(Observed::Leave { gas_left });
}

fn observe(observed: Observed) {
    // Within an import nobody serves, and nobody listens.
    if SERVICE.is_set() {
        SERVICE.with(|service| service.host.observe(observed));
    }
}

/// What a frame gets and what it must pay at once.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    limit: Gas,
    initial: Gas,
}

impl Budget {
    /// The budget of a frame with so much initial memory; `None` if it cannot pay even that.
    pub fn new(limit: Gas, prices: &MemoryPrices, pages: u64) -> Option<Budget> {
        let initial = prices.initial(pages);
        (initial <= limit).then_some(Budget { limit, initial })
    }

    /// What the instance's counter starts with. More than `i64` holds is more than any block: what
    /// is cut off is neither used nor lost.
    pub fn counter(&self) -> i64 {
        i64::try_from(self.limit - self.initial).unwrap_or(i64::MAX)
    }

    /// The end of a frame that stopped so, with this much on its counter.
    pub fn close(&self, stop: Stop, left: Gas) -> Result<Execution, HostFault> {
        let used = self.counter().cast_unsigned().saturating_sub(left);
        let left = self.limit - self.initial - used;
        Execution::new(stop, self.limit, left)
    }
}

/// Lets the session begin, runs the export that it names, lets it end.
pub fn play(session: &mut dyn Session, instance: &mut dyn Instance, host: &mut dyn Host) -> Stop {
    let invoke = match session.begin(instance, host) {
        Ok(invoke) => invoke,
        Err(stop) => return stop,
    };
    if !instance.has_function(invoke.export) {
        return Stop::Refused(StatusCode::EntryMissing);
    }
    let service = Service {
        session: &mut *session,
        host: &mut *host,
    };
    match SERVICE.set(service, || instance.invoke(invoke.export, &invoke.args)) {
        Ok(returned) => session.end(returned, instance, host),
        Err(stop) => stop,
    }
}

//! Watching a frame: an ABI whose sessions tell the host what each import used.
//!
//! Always holds: a watched frame does, pays and returns what it would unwatched; an instance that was
//! not made to be watched tells nothing, and pays nothing for that.
//! Not here: what is made of it (`argosy-executor`).

use std::sync::Arc;

use argosy_primitives::{AbiKind, Gas};
use argosy_vm_abi::ImportSpec;

use crate::adapter::{AbiAdapter, Invocation, Invoke, Session, Stop};
use crate::guest::Guest;
use crate::port::Host;

/// What a watched frame tells. Gas is what the frame has left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// An import is about to be served.
    Import {
        /// Its row in the ABI's table.
        index: usize,
        /// Gas left.
        gas_left: Gas,
    },
    /// It was served, whether or not that ended the frame.
    Served {
        /// Gas left.
        gas_left: Gas,
    },
    /// A function of the module begins. Only modules that were instrumented for a profile tell.
    Enter {
        /// Its index in the module as uploaded, imports included.
        function: u32,
        /// Gas left.
        gas_left: Gas,
    },
    /// The function that began last returns. One that traps does not.
    Leave {
        /// Gas left.
        gas_left: Gas,
    },
}

/// An ABI that does what another one does, and tells the host of each import.
pub struct Watched(Arc<dyn AbiAdapter>);

impl Watched {
    /// The same ABI, watched.
    pub fn new(adapter: Arc<dyn AbiAdapter>) -> Watched {
        Watched(adapter)
    }
}

impl AbiAdapter for Watched {
    fn kind(&self) -> AbiKind {
        self.0.kind()
    }

    fn import_module(&self) -> &'static str {
        self.0.import_module()
    }

    fn imports(&self) -> &'static [ImportSpec] {
        self.0.imports()
    }

    fn start(&self, invocation: Invocation) -> Box<dyn Session> {
        Box::new(WatchedSession(self.0.start(invocation)))
    }
}

struct WatchedSession(Box<dyn Session>);

impl Session for WatchedSession {
    fn begin(&mut self, guest: &mut dyn Guest, host: &mut dyn Host) -> Result<Invoke, Stop> {
        self.0.begin(guest, host)
    }

    fn import(
        &mut self,
        index: usize,
        args: &[i64],
        guest: &mut dyn Guest,
        host: &mut dyn Host,
    ) -> Result<i64, Stop> {
        let gas_left = guest.gas_left();
        host.observe(Observed::Import { index, gas_left });
        let served = self.0.import(index, args, guest, host);
        let gas_left = guest.gas_left();
        host.observe(Observed::Served { gas_left });
        served
    }

    fn end(&mut self, returned: Option<i64>, guest: &mut dyn Guest, host: &mut dyn Host) -> Stop {
        self.0.end(returned, guest, host)
    }
}

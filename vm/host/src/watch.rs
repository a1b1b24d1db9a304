//! Watching a frame: an ABI whose sessions tell the host what each import used.
//!
//! Always holds: a watched frame does, pays and returns what it would unwatched; the imports and
//! functions of an instance that was not made to be watched tell nothing, and pay nothing for that.
//! What a session does of itself, when the contract's code has returned, it tells in any case.
//! Not here: what is made of it (`argosy-executor`).

use std::sync::Arc;

use argosy_primitives::{AbiKind, Gas};
use argosy_vm_abi::{ExportRules, ImportSpec, Signs};

use crate::adapter::{AbiAdapter, Invocation, Invoke, Session, Stop};
use crate::guest::Guest;
use crate::port::Host;

/// What a watched frame tells. Gas is what the frame has left then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// An import is about to be served, or the session to do a thing that the contract left to it.
    Import {
        /// Its row in the ABI's table; what sessions do of themselves has rows behind it.
        index: usize,
        /// What it is called.
        name: &'static str,
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

    fn exports(&self) -> &'static ExportRules {
        self.0.exports()
    }

    fn signs(&self) -> Signs {
        self.0.signs()
    }

    fn start(&self, invocation: Invocation) -> Box<dyn Session> {
        Box::new(WatchedSession {
            session: self.0.start(invocation),
            imports: self.0.imports(),
        })
    }
}

struct WatchedSession {
    session: Box<dyn Session>,
    imports: &'static [ImportSpec],
}

impl Session for WatchedSession {
    fn begin(&mut self, guest: &mut dyn Guest, host: &mut dyn Host) -> Result<Invoke, Stop> {
        self.session.begin(guest, host)
    }

    fn import(
        &mut self,
        index: usize,
        args: &[i64],
        guest: &mut dyn Guest,
        host: &mut dyn Host,
    ) -> Result<i64, Stop> {
        let gas_left = guest.gas_left();
        // A row that is not there is the session's to refuse.
        let name = self.imports.get(index).map_or("", |it| it.name);
        host.observe(Observed::Import {
            index,
            name,
            gas_left,
        });
        let served = self.session.import(index, args, guest, host);
        let gas_left = guest.gas_left();
        host.observe(Observed::Served { gas_left });
        served
    }

    fn end(&mut self, returned: Option<i64>, guest: &mut dyn Guest, host: &mut dyn Host) -> Stop {
        self.session.end(returned, guest, host)
    }
}

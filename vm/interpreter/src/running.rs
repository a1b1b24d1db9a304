//! What a frame carries along inside wasmi's store.
//!
//! The store's data may borrow: wasmi asks only host *functions* to outlive it, and ours capture an
//! index. So the host is lent for one frame and no longer, without any unsafe code.

use std::any::Any;

use argosy_vm_host::{Host, MemoryPrices, Session, Stop};
use wasmi::{Global, Instance, Memory};

use crate::module::MemoryPages;

/// The store's data.
pub(crate) struct Running<'h> {
    /// Who serves imports; away while one is being served.
    pub(crate) service: Option<Service<'h>>,
    /// The instance; absent until there is one.
    pub(crate) handles: Option<Handles>,
    /// Why an import ended the frame.
    pub(crate) stop: Option<Stop>,
    /// A panic on its way around wasmi.
    pub(crate) panic: Option<Box<dyn Any + Send>>,
    pub(crate) memory_prices: MemoryPrices,
}

/// Who serves imports.
pub(crate) struct Service<'h> {
    pub(crate) session: Box<dyn Session>,
    pub(crate) host: &'h mut dyn Host,
}

/// Parts of the instance, found once.
#[derive(Clone, Copy)]
pub(crate) struct Handles {
    pub(crate) instance: Instance,
    pub(crate) memory: Option<(Memory, MemoryPages)>,
    pub(crate) gas: Global,
    pub(crate) depth: Global,
}

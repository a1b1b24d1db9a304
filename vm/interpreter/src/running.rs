//! What a frame carries along inside wasmi's store.

use std::any::Any;

use argosy_vm_host::{MemoryPrices, Stop};
use wasmi::{Global, Instance, Memory};

use crate::module::MemoryPages;

/// The store's data.
pub(crate) struct Running {
    /// The instance; absent until there is one.
    pub(crate) handles: Option<Handles>,
    /// Why an import ended the frame.
    pub(crate) stop: Option<Stop>,
    /// A panic on its way around wasmi.
    pub(crate) panic: Option<Box<dyn Any + Send>>,
    pub(crate) memory_prices: MemoryPrices,
}

/// Parts of the instance, found once.
#[derive(Clone, Copy)]
pub(crate) struct Handles {
    pub(crate) instance: Instance,
    pub(crate) memory: Option<(Memory, MemoryPages)>,
    pub(crate) gas: Global,
    pub(crate) depth: Global,
}

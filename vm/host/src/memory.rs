//! What memory costs, the same on every tier.

use argosy_primitives::Gas;
use argosy_spec::{HostPrices, LoadPrices};

/// Prices of a frame's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPrices {
    page_initial: Gas,
    page_grown: Gas,
    growth: Gas,
}

impl MemoryPrices {
    /// The prices of a chain.
    pub fn new(load: &LoadPrices, host: &HostPrices) -> MemoryPrices {
        MemoryPrices {
            page_initial: load.memory_page_initial,
            page_grown: load.memory_grow_page,
            growth: host.import.base,
        }
    }

    /// What a frame pays before its instance exists.
    pub fn initial(&self, pages: u64) -> Gas {
        self.page_initial.saturating_mul(pages)
    }

    /// What a growth by `pages` pays before it is tried; one that cannot be pays as well.
    pub fn growth(&self, pages: u32) -> Gas {
        self.page_grown
            .saturating_mul(pages.into())
            .saturating_add(self.growth)
    }
}

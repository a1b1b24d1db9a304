//! The desk where an import is checked and paid.

use std::ops::Range;

use argosy_primitives::StatusCode;
use argosy_spec::Price;
use argosy_vm_abi::Entry;
use argosy_vm_host::{Guest, Host, Observed, Stop};

use crate::adapter::Terms;
use crate::region;
use crate::table::Afterwards;

/// One import, or one step around the contract's code, at work.
pub(crate) struct Desk<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) guest: &'a mut dyn Guest,
    pub(crate) host: &'a mut dyn Host,
}

impl Desk<'_> {
    /// Ends the frame if it may only read.
    pub(crate) fn require_writable(&self) -> Result<(), Stop> {
        if self.host.context().read_only {
            return Err(Stop::Refused(StatusCode::ReadOnly));
        }
        Ok(())
    }

    /// Whether the chain itself calls, so that `sudo` serves it and not `execute`: none but the chain's own addresses
    /// do, for which nobody has a key.
    pub(crate) fn is_sudo(&self, entry: Entry) -> bool {
        entry == Entry::Call && self.host.context().caller.is_system()
    }

    /// Does what the contract left to the chain, and tells whoever watches.
    pub(crate) fn afterwards<T>(
        &mut self,
        what: Afterwards,
        run: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.host.observe(Observed::Import {
            index: what.index(),
            name: what.name(),
            gas_left: self.guest.gas_left(),
        });
        let done = run(self);
        let gas_left = self.guest.gas_left();
        self.host.observe(Observed::Served { gas_left });
        done
    }

    /// Pays for `copied` bytes between guest and host. The base is paid when the import begins.
    pub(crate) fn pay_copy(&mut self, copied: u64) -> Result<(), Stop> {
        let price = self.terms.prices.import;
        self.guest.charge(price.of(copied) - price.base)?;
        Ok(())
    }

    /// Pays `price` for so many bytes.
    pub(crate) fn pay(&mut self, price: Price, bytes: u64) -> Result<(), Stop> {
        self.guest.charge(price.of(bytes))?;
        Ok(())
    }

    /// Pays what `price` asks for the bytes that became known after the base was paid.
    pub(crate) fn pay_rest(&mut self, price: Price, paid: u64, bytes: u64) -> Result<(), Stop> {
        let rest = price.of(bytes).saturating_sub(price.of(paid));
        self.guest.charge(rest)?;
        Ok(())
    }

    /// A region of at most `len_max` bytes, paid before it is copied.
    pub(crate) fn read(&mut self, ptr: i64, len_max: u32) -> Result<Vec<u8>, Stop> {
        self.pay_region(ptr, len_max)?;
        self.copy(ptr, len_max)
    }

    /// Pays for copying a region of at most `len_max` bytes, and says how many it has. What else these bytes cost
    /// is paid before [`Self::copy`].
    pub(crate) fn pay_region(&mut self, ptr: i64, len_max: u32) -> Result<u64, Stop> {
        let length = region::length(self.guest, ptr as u32, len_max)?.into();
        self.pay_copy(length)?;
        Ok(length)
    }

    /// A region that is paid.
    pub(crate) fn copy(&mut self, ptr: i64, len_max: u32) -> Result<Vec<u8>, Stop> {
        region::read(self.guest, ptr as u32, len_max)
    }

    /// Where in the memory the sections of a region lie, at most `count_max`: paid as if it was copied, and not
    /// copied.
    pub(crate) fn sections(
        &mut self,
        ptr: i64,
        len_max: u32,
        count_max: usize,
    ) -> Result<Vec<Range<usize>>, Stop> {
        self.pay_region(ptr, len_max)?;
        region::sections(self.guest, ptr as u32, count_max)
    }

    /// As far as `len_max` bytes of a region that may be longer.
    pub(crate) fn read_head(&mut self, ptr: i64, len_max: u32) -> Result<Vec<u8>, Stop> {
        let ptr = ptr as u32;
        let length = region::length(self.guest, ptr, u32::MAX)?.min(len_max);
        self.pay_copy(length.into())?;
        region::read(self.guest, ptr, len_max)
    }

    /// A new region with these bytes, paid before the contract allocates it.
    pub(crate) fn give(&mut self, bytes: &[u8]) -> Result<i64, Stop> {
        self.pay_copy(bytes.len() as u64)?;
        Ok(region::give(self.guest, bytes)?.into())
    }

    /// Fills a region of the contract's with these bytes.
    pub(crate) fn fill(&mut self, ptr: i64, bytes: &[u8]) -> Result<(), Stop> {
        self.pay_copy(bytes.len() as u64)?;
        region::fill(self.guest, ptr as u32, bytes)
    }
}

//! The desk where an import is checked and paid.
//!
//! Always holds: a [`Span`] lies inside the memory, now and later, since memory never shrinks.

use argosy_primitives::{Address, Balance, StatusCode};
use argosy_spec::Price;
use argosy_vm_abi::Capabilities;
use argosy_vm_abi::imports::{ADDRESS_BYTES, AMOUNT_BYTES};

use super::Terms;
use crate::adapter::Stop;
use crate::execution::TrapKind;
use crate::guest::Guest;
use crate::port::Host;

/// One import at work.
pub(super) struct Desk<'a> {
    pub(super) terms: &'a Terms,
    pub(super) guest: &'a mut dyn Guest,
    pub(super) host: &'a mut dyn Host,
}

/// A checked part of the guest's memory.
#[derive(Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    pub(super) fn len(self) -> u64 {
        (self.end - self.start) as u64
    }

    /// The first `len` bytes of the span, which has at least as many.
    pub(super) fn first(self, len: usize) -> Span {
        Span {
            start: self.start,
            end: self.start + len,
        }
    }

    pub(super) fn of(self, memory: &[u8]) -> &[u8] {
        &memory[self.start..self.end]
    }
}

impl Desk<'_> {
    /// Ends the frame if it may only read.
    pub(super) fn require_writable(&self) -> Result<(), Stop> {
        if self.host.context().read_only {
            return Err(Stop::Refused(StatusCode::ReadOnly));
        }
        Ok(())
    }

    /// Ends the frame if the contract did not declare `needed`.
    pub(super) fn require(&self, needed: Capabilities) -> Result<(), Stop> {
        if !self.host.context().capabilities.contains(needed) {
            return Err(Stop::Refused(StatusCode::CapabilityMissing));
        }
        Ok(())
    }

    /// Checks pointer and length, both unsigned 32 bits.
    pub(super) fn span(&mut self, ptr: i64, len: u32) -> Result<Span, Stop> {
        let memory = self.guest.memory().len() as u64;
        let start = u64::from(ptr as u32);
        let end = start + u64::from(len); // Both fit 32 bits: no overflow.
        if end > memory {
            return Err(Stop::Trapped(TrapKind::BadPointer));
        }
        Ok(Span {
            start: start as usize,
            end: end as usize,
        })
    }

    /// As [`Self::span`], for data whose length the chain limits.
    pub(super) fn limited(&mut self, ptr: i64, len: i64, len_max: u32) -> Result<Span, Stop> {
        let len = len as u32;
        if len > len_max {
            return Err(Stop::Refused(StatusCode::LimitExceeded));
        }
        self.span(ptr, len)
    }

    /// Pays for `copied` bytes between guest and host. The base is paid when the import begins.
    pub(super) fn pay_copy(&mut self, copied: u64) -> Result<(), Stop> {
        let price = self.terms.prices.import;
        self.guest.charge(price.of(copied) - price.base)?;
        Ok(())
    }

    /// Pays `price` for `bytes`, and for as many `copied` between guest and host.
    pub(super) fn pay(&mut self, price: Price, bytes: u64, copied: u64) -> Result<(), Stop> {
        self.guest.charge(price.of(bytes))?;
        self.pay_copy(copied)
    }

    /// Pays what `price` asks for the bytes that became known after the base was paid.
    pub(super) fn pay_rest(&mut self, price: Price, paid: u64, bytes: u64) -> Result<(), Stop> {
        let rest = price.of(bytes).saturating_sub(price.of(paid));
        self.guest.charge(rest)?;
        Ok(())
    }

    pub(super) fn bytes(&mut self, span: Span) -> &[u8] {
        span.of(self.guest.memory())
    }

    /// Fills the span, which is as long as `bytes`.
    pub(super) fn write(&mut self, span: Span, bytes: &[u8]) {
        self.guest.memory()[span.start..span.end].copy_from_slice(bytes);
    }

    pub(super) fn array<const N: usize>(&mut self, span: Span) -> [u8; N] {
        self.bytes(span)
            .try_into()
            .expect("the span was made with this length")
    }

    pub(super) fn address_span(&mut self, ptr: i64) -> Result<Span, Stop> {
        self.span(ptr, ADDRESS_BYTES)
    }

    pub(super) fn amount_span(&mut self, ptr: i64) -> Result<Span, Stop> {
        self.span(ptr, AMOUNT_BYTES)
    }

    pub(super) fn address(&mut self, span: Span) -> Address {
        Address::from_bytes(self.array(span))
    }

    pub(super) fn amount(&mut self, span: Span) -> Balance {
        Balance::from_le_bytes(self.array(span))
    }
}

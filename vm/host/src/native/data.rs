//! Input, result register, context, events, log: imports that move bytes and change little.

use argosy_primitives::StatusCode;
use argosy_vm_abi::imports::HASH_BYTES;

use super::desk::Desk;
use crate::adapter::Stop;
use crate::execution::TrapKind;
use crate::port::CallContext;

impl Desk<'_> {
    /// Copies a part of `source` to the guest; the part must lie inside.
    pub(super) fn read_from(
        &mut self,
        source: &[u8],
        [dst, offset, len]: [i64; 3],
    ) -> Result<i64, Stop> {
        let len = len as u32;
        let part = source
            .get(offset as u32 as usize..)
            .and_then(|rest| rest.get(..len as usize))
            .ok_or(Stop::Trapped(TrapKind::BadArgument))?;
        let dst = self.span(dst, len)?;
        self.pay_copy(dst.len())?;
        self.write(dst, part);
        Ok(0)
    }

    pub(super) fn finish(&mut self, args: [i64; 2]) -> Result<i64, Stop> {
        Err(Stop::Finished(self.last_words(args)?))
    }

    pub(super) fn revert(&mut self, args: [i64; 2]) -> Result<i64, Stop> {
        Err(Stop::Reverted(self.last_words(args)?))
    }

    /// Gives the guest a value of the context.
    pub(super) fn give<const N: usize>(
        &mut self,
        [out]: [i64; 1],
        value: impl Fn(&CallContext) -> [u8; N],
    ) -> Result<i64, Stop> {
        let out = self.span(out, N as u32)?;
        self.pay_copy(out.len())?;
        let value = value(self.host.context());
        self.write(out, &value);
        Ok(0)
    }

    pub(super) fn balance(&mut self, [address, out]: [i64; 2]) -> Result<i64, Stop> {
        let address = self.address_span(address)?;
        let out = self.amount_span(out)?;
        let copied = address.len() + out.len();
        self.pay(self.terms.prices.balance_read, 0, copied)?;
        let address = self.address(address);
        let balance = self.host.balance(&address)?;
        self.write(out, &balance.to_le_bytes());
        Ok(0)
    }

    pub(super) fn emit(&mut self, [topics, count, data, len]: [i64; 4]) -> Result<i64, Stop> {
        self.require_writable()?;
        let count = count as u32;
        if count > self.terms.limits.event_topics_max {
            return Err(Stop::Refused(StatusCode::LimitExceeded));
        }
        let topics = self.span(topics, count.saturating_mul(HASH_BYTES))?;
        let data = self.limited(data, len, self.terms.limits.event_bytes_max)?;
        let bytes = topics.len() + data.len();
        self.pay(self.terms.prices.emit, bytes, bytes)?;
        let memory = &*self.guest.memory();
        let (topics, _) = topics.of(memory).as_chunks();
        self.host.emit(topics, data.of(memory))?;
        Ok(0)
    }

    pub(super) fn log(&mut self, [ptr, len]: [i64; 2]) -> Result<i64, Stop> {
        let line = self.limited(ptr, len, self.terms.limits.event_bytes_max)?;
        self.pay(self.terms.prices.log, line.len(), line.len())?;
        let line = String::from_utf8_lossy(line.of(self.guest.memory()));
        self.host.log(&line);
        Ok(0)
    }

    fn last_words(&mut self, [ptr, len]: [i64; 2]) -> Result<Vec<u8>, Stop> {
        let data = self.limited(ptr, len, self.terms.limits.data_bytes_max)?;
        self.pay_copy(data.len())?;
        Ok(self.bytes(data).to_vec())
    }
}

//! The contract's own storage.

use std::ops::ControlFlow;

use argosy_vm_abi::imports::{ABSENT, NONE, RANGE_DESCENDING};
use parity_scale_codec::{Compact, Encode};

use super::desk::{Desk, Span};
use super::session::Register;
use crate::adapter::Stop;
use crate::execution::TrapKind;
use crate::port::{Direction, RangeRequest, RangeStep};

impl Desk<'_> {
    pub(super) fn storage_get(
        &mut self,
        [key, key_len, out, capacity]: [i64; 4],
        register: &mut Register,
    ) -> Result<i64, Stop> {
        let key = self.key(key, key_len)?;
        let out = self.span(out, capacity as u32)?;
        let price = self.terms.prices.storage_read;
        self.pay(price, key.len(), key.len())?;
        *register = Register::Empty;
        let Some(value) = self.host.storage_get(key.of(self.guest.memory()))? else {
            return Ok(ABSENT);
        };
        let len = value.len() as u64;
        self.pay_rest(price, key.len(), key.len() + len)?;
        if len <= out.len() {
            self.pay_copy(len)?;
            self.write(out.first(value.len()), &value);
        }
        *register = Register::Shared(value);
        Ok(len as i64)
    }

    pub(super) fn storage_set(
        &mut self,
        [key, key_len, value, value_len]: [i64; 4],
    ) -> Result<i64, Stop> {
        self.require_writable()?;
        let key = self.key(key, key_len)?;
        let value = self.limited(value, value_len, self.terms.limits.storage_value_bytes_max)?;
        let bytes = key.len() + value.len();
        self.pay(self.terms.prices.storage_write, bytes, bytes)?;
        let memory = &*self.guest.memory();
        self.host.storage_set(key.of(memory), value.of(memory))?;
        Ok(0)
    }

    pub(super) fn storage_remove(&mut self, [key, key_len]: [i64; 2]) -> Result<i64, Stop> {
        self.require_writable()?;
        let key = self.key(key, key_len)?;
        self.pay(self.terms.prices.storage_remove, key.len(), key.len())?;
        let existed = self.host.storage_remove(key.of(self.guest.memory()))?;
        Ok(i64::from(existed))
    }

    /// Entries until the limit asked for, or one of the chain's on entries and bytes. The first
    /// entry always comes, so that fewer entries than asked for may be left, but none means the end.
    pub(super) fn storage_range(
        &mut self,
        [start, start_len, end, end_len, flags, limit]: [i64; 6],
        register: &mut Register,
    ) -> Result<i64, Stop> {
        let direction = match flags as i32 {
            0 => Direction::Ascending,
            RANGE_DESCENDING => Direction::Descending,
            _ => return Err(Stop::Trapped(TrapKind::BadArgument)),
        };
        let start = self.key(start, start_len)?;
        let end = match end_len as i32 {
            NONE => None,
            _ => Some(self.key(end, end_len)?),
        };
        let bytes = start.len() + end.map_or(0, Span::len);
        self.pay(self.terms.prices.storage_range, bytes, bytes)?;
        // Copied, because the guest pays for each entry while the host looks at the bounds.
        let start = self.bytes(start).to_vec();
        let end = end.map(|end| self.bytes(end).to_vec());
        let limit = (limit as u32).min(self.terms.limits.range_entries_max);
        let is_empty = end.as_ref().is_some_and(|end| *end <= start);
        let entries = if is_empty || limit == 0 {
            Entries::default()
        } else {
            self.collect(&RangeRequest {
                owner: None,
                start: &start,
                end: end.as_deref(),
                direction,
                limit,
            })?
        };
        let count = entries.count;
        *register = Register::Owned(entries.encode());
        Ok(i64::from(count))
    }

    fn collect(&mut self, range: &RangeRequest<'_>) -> Result<Entries, Stop> {
        let price = self.terms.prices.storage_range_entry;
        let bytes_max = u64::from(self.terms.limits.range_bytes_max);
        let guest = &mut *self.guest;
        let mut entries = Entries::default();
        let mut unpaid = None;
        self.host.storage_range(range, &mut |step| {
            let (key, value) = match step {
                RangeStep::Entry { key, value } => (key, value),
                RangeStep::Removed => (&[][..], &[][..]),
            };
            let bytes = key.len() as u64 + value.len() as u64;
            if let Err(out_of_gas) = guest.charge(price.of(bytes)) {
                unpaid = Some(out_of_gas);
                return ControlFlow::Break(());
            }
            if step == RangeStep::Removed {
                return ControlFlow::Continue(());
            }
            if entries.count > 0 && entries.bytes + bytes > bytes_max {
                return ControlFlow::Break(());
            }
            entries.push(key, value);
            if entries.count < range.limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        match unpaid {
            Some(out_of_gas) => Err(out_of_gas.into()),
            None => Ok(entries),
        }
    }

    fn key(&mut self, ptr: i64, len: i64) -> Result<Span, Stop> {
        self.limited(ptr, len, self.terms.limits.storage_key_bytes_max)
    }
}

/// Entries on their way into the result register.
#[derive(Default)]
struct Entries {
    count: u32,
    bytes: u64,
    encoded: Vec<u8>,
}

impl Entries {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.count += 1;
        self.bytes += key.len() as u64 + value.len() as u64;
        key.encode_to(&mut self.encoded);
        value.encode_to(&mut self.encoded);
    }

    /// SCALE bytes of `Vec<(Vec<u8>, Vec<u8>)>`.
    fn encode(self) -> Vec<u8> {
        let mut bytes = Compact(self.count).encode();
        bytes.extend(self.encoded);
        bytes
    }
}

//! The contract's own storage.
//!
//! A write or a removal lets iterators look again: they show the state as it is.

use argosy_vm_host::Stop;

use crate::desk::Desk;
use crate::scan::Scans;

impl Desk<'_> {
    pub(crate) fn db_read(&mut self, [key]: [i64; 1]) -> Result<i64, Stop> {
        let key = self.key(key)?;
        let price = self.terms.prices.storage_read;
        let key_bytes = key.len() as u64;
        self.pay(price, key_bytes)?;
        let Some(value) = self.host.storage_get(&key)? else {
            return Ok(0);
        };
        self.pay_rest(price, key_bytes, key_bytes + value.len() as u64)?;
        self.give(&value)
    }

    pub(crate) fn db_write(
        &mut self,
        [key, value]: [i64; 2],
        scans: &mut Scans,
    ) -> Result<i64, Stop> {
        self.require_writable()?;
        let key = self.key(key)?;
        let value = self.read(value, self.terms.limits.storage_value_bytes_max)?;
        let bytes = key.len() as u64 + value.len() as u64;
        self.pay(self.terms.prices.storage_write, bytes)?;
        self.host.storage_set(&key, &value)?;
        scans.forget_ahead();
        Ok(0)
    }

    pub(crate) fn db_remove(&mut self, [key]: [i64; 1], scans: &mut Scans) -> Result<i64, Stop> {
        self.require_writable()?;
        let key = self.key(key)?;
        self.pay(self.terms.prices.storage_remove, key.len() as u64)?;
        self.host.storage_remove(&key)?;
        scans.forget_ahead();
        Ok(0)
    }

    pub(crate) fn key(&mut self, ptr: i64) -> Result<Vec<u8>, Stop> {
        self.read(ptr, self.terms.limits.storage_key_bytes_max)
    }
}

//! Addresses as contracts write them: text of the network, and the 32 bytes behind it.
//!
//! Always holds: an address has one text; what a contract hears of a wrong one are constants.

use argosy_primitives::Address;
use argosy_vm_host::Stop;

use crate::adapter::Terms;
use crate::desk::Desk;

/// Text of an address as a contract may hand it over, in bytes.
const TEXT_BYTES_MAX: u32 = 256;
/// Bytes of an address as a contract may hand it over.
const CANONICAL_BYTES_MAX: u32 = 64;

/// What is wrong with an address, as contracts hear it.
pub(crate) type AddressFlaw = &'static str;

impl Terms {
    /// The text of an address.
    pub(crate) fn text(&self, address: &Address) -> String {
        address.to_text(self.hrp)
    }

    /// The address of a text, which must be of this network.
    pub(crate) fn address(&self, text: &str) -> Result<Address, AddressFlaw> {
        if text.is_empty() {
            return Err("Input is empty");
        }
        match Address::parse(text) {
            Ok((hrp, address)) if hrp == self.hrp => Ok(address),
            Ok(_) => Err("Address of another network"),
            Err(_) => Err("Not an address"),
        }
    }
}

impl Desk<'_> {
    pub(crate) fn addr_validate(&mut self, [source]: [i64; 1]) -> Result<i64, Stop> {
        let text = self.address_bytes(source)?;
        let flaw = match self.parse(&text) {
            // Texts of one address differ in nothing but their case.
            Ok(_) if text.iter().any(u8::is_ascii_uppercase) => "Address is not normalized",
            Ok(_) => return Ok(0),
            Err(flaw) => flaw,
        };
        self.give(flaw.as_bytes())
    }

    pub(crate) fn addr_canonicalize(&mut self, [source, out]: [i64; 2]) -> Result<i64, Stop> {
        let text = self.address_bytes(source)?;
        match self.parse(&text) {
            Ok(address) => {
                self.fill(out, address.as_bytes())?;
                Ok(0)
            }
            Err(flaw) => self.give(flaw.as_bytes()),
        }
    }

    pub(crate) fn addr_humanize(&mut self, [source, out]: [i64; 2]) -> Result<i64, Stop> {
        let bytes = self.read(source, CANONICAL_BYTES_MAX)?;
        self.pay(self.terms.prices.address_text, 0)?;
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) => {
                let text = self.terms.text(&Address::from_bytes(bytes));
                self.fill(out, text.as_bytes())?;
                Ok(0)
            }
            Err(_) => self.give(b"Canonical addresses of this chain have 32 bytes"),
        }
    }

    fn address_bytes(&mut self, ptr: i64) -> Result<Vec<u8>, Stop> {
        let text = self.read(ptr, TEXT_BYTES_MAX)?;
        self.pay(self.terms.prices.address_text, 0)?;
        Ok(text)
    }

    fn parse(&self, text: &[u8]) -> Result<Address, AddressFlaw> {
        let text = str::from_utf8(text).map_err(|_| "Input is not valid UTF-8")?;
        self.terms.address(text)
    }
}

//! SCALE's own words, read from foreign bytes: never past their end, and only canonical.

/// Bytes, and how many of them are read.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// What is wrong with the bytes, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) reason: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, offset: 0 }
    }

    /// What is wrong with the bytes here.
    pub(crate) fn fault(&self, reason: &'static str) -> Fault {
        Fault {
            offset: self.offset,
            reason,
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.offset..];
        let taken = rest
            .get(..count)
            .ok_or_else(|| self.fault("the bytes end too early"))?;
        self.offset += count;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.take(N)?;
        Ok(bytes.try_into().expect("take gives as many bytes as asked"))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    /// A byte that must be below `end`.
    pub(crate) fn index(&mut self, end: u8) -> Result<u8, Fault> {
        let index = self.byte()?;
        if index < end {
            return Ok(index);
        }
        self.offset -= 1;
        Err(self.fault("no value begins with this byte"))
    }

    /// An unsigned integer of `bits`, which are at most 128.
    pub(crate) fn unsigned(&mut self, bits: u32) -> Result<u128, Fault> {
        let bytes = self.take((bits / 8) as usize)?;
        let mut wide = [0; 16];
        wide[..bytes.len()].copy_from_slice(bytes);
        Ok(u128::from_le_bytes(wide))
    }

    /// A signed integer of `bits`, which are at most 128.
    pub(crate) fn signed(&mut self, bits: u32) -> Result<i128, Fault> {
        let wide = self.unsigned(bits)?.cast_signed();
        let unused = 128 - bits;
        Ok((wide << unused) >> unused)
    }

    /// The length of a list: a compact integer, in its shortest form only.
    pub(crate) fn length(&mut self) -> Result<usize, Fault> {
        let start = self.offset;
        let first = self.byte()?;
        let (number, least) = match first & 3 {
            0 => (u32::from(first >> 2), 0),
            1 => {
                let [second] = self.array()?;
                (u32::from(u16::from_le_bytes([first, second]) >> 2), 1 << 6)
            }
            2 => {
                let [b, c, d] = self.array()?;
                (u32::from_le_bytes([first, b, c, d]) >> 2, 1 << 14)
            }
            _ if first == 3 => (u32::from_le_bytes(self.array()?), 1 << 30),
            _ => (0, 1), // Longer than 32 bits: no list is.
        };
        if number < least {
            self.offset = start;
            return Err(self.fault("this is no length in its shortest form"));
        }
        Ok(number as usize)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.offset == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parity_scale_codec::{Compact, Encode};

    #[test]
    fn lengths_are_scale_compacts() {
        for length in [
            0u32,
            1,
            63,
            64,
            16_383,
            16_384,
            (1 << 30) - 1,
            1 << 30,
            u32::MAX,
        ] {
            let bytes = Compact(length).encode();
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.length(), Ok(length as usize));
            assert!(reader.is_at_end());
        }
    }

    #[test]
    fn longer_forms_are_refused() {
        for bytes in [
            &[1, 0][..],
            &[2, 0, 0, 0],
            &[3, 0, 0, 0, 0],
            &[7, 0, 0, 0, 0, 1],
            &[1],
        ] {
            assert!(Reader::new(bytes).length().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn signed_integers_keep_their_sign() {
        let bytes = [(-2i8).encode(), i128::MIN.encode(), (-3i32).encode()].concat();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.signed(8), Ok(-2));
        assert_eq!(reader.signed(128), Ok(i128::MIN));
        assert_eq!(reader.signed(32), Ok(-3));
    }
}

//! Keys inside a map: bytes that sort like the values they stand for.
//!
//! ```text
//! unsigned integer    big-endian
//! signed integer      big-endian, sign bit flipped
//! bool                0 or 1
//! Address, hash       32 bytes as they are
//! [u8; N]             as it is
//! String, Vec<u8>     every 00 becomes 00 ff; ends with 00 00
//! tuple               its parts, end to end
//! ```
//!
//! SCALE would not do: its integers are little-endian and its lists begin with their length, so
//! that ranges would come in a strange order.
//!
//! Invariant: `a < b` if and only if the bytes of `a` sort before those of `b`; the bytes of one
//! key are never the beginning of another's.

use alloc::string::String;
use alloc::vec::Vec;

use argosy_primitives::{Address, BlockHash, CodeHash, Hash32, TxId};

use crate::abi::AbiType;

/// A type that can be the key of a [`Map`](super::Map). Others do not compile:
///
/// ```compile_fail
/// use argosy_contract::prelude::*;
///
/// #[storage]
/// pub struct Shop {
///     by_prices: Map<Vec<u64>, u32>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key of a map",
    note = "keys are integers, `bool`, `Address`, hashes, `String`, `Vec<u8>`, `[u8; N]` and tuples of up to four of them",
    note = "your own structs and enums: add `#[derive(AbiType, MapKey)]`"
)]
pub trait MapKey: AbiType {
    /// Appends the bytes of the key.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads a key from the beginning of `bytes`; `None` if it is none.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident)*) => {$(
        impl MapKey for $unsigned {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                <[u8; _]>::read(bytes).map(Self::from_be_bytes)
            }
        }

        impl MapKey for $signed {
            fn write(&self, out: &mut Vec<u8>) {
                (self.cast_unsigned() ^ $signed::MIN.cast_unsigned()).write(out);
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                let flipped = $unsigned::read(bytes)?;
                Some((flipped ^ $signed::MIN.cast_unsigned()).cast_signed())
            }
        }
    )*};
}

integers! { u8 i8 u16 i16 u32 i32 u64 i64 u128 i128 }

impl MapKey for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match u8::read(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<const N: usize> MapKey for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*head)
    }
}

macro_rules! words {
    ($($name:ident)*) => {$(
        impl MapKey for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.as_bytes().write(out);
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                <[u8; 32]>::read(bytes).map(Self::from_bytes)
            }
        }
    )*};
}

words! { Address Hash32 CodeHash BlockHash TxId }

const ESCAPE: u8 = 0x00;
const ESCAPED: u8 = 0xff;
const END: u8 = 0x00;

impl MapKey for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        for &byte in self {
            out.push(byte);
            if byte == ESCAPE {
                out.push(ESCAPED);
            }
        }
        out.extend_from_slice(&[ESCAPE, END]);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let mut value = Vec::new();
        loop {
            match u8::read(bytes)? {
                ESCAPE => match u8::read(bytes)? {
                    END => return Some(value),
                    ESCAPED => value.push(ESCAPE),
                    _ => return None,
                },
                byte => value.push(byte),
            }
        }
    }
}

impl MapKey for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().to_vec().write(out);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        String::from_utf8(Vec::read(bytes)?).ok()
    }
}

macro_rules! tuples {
    ($($($part:ident $index:tt)+;)*) => {$(
        impl<$($part: MapKey),+> MapKey for ($($part),+)
        where
            Self: AbiType,
        {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$index.write(out);)+
            }

            fn read(bytes: &mut &[u8]) -> Option<Self> {
                Some(($($part::read(bytes)?),+))
            }
        }
    )*};
}

tuples! {
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `values` are in order; so must their bytes be.
    #[track_caller]
    fn check<K: MapKey + PartialEq + core::fmt::Debug>(values: &[K]) {
        let mut last: Option<Vec<u8>> = None;
        for value in values {
            let mut bytes = Vec::new();
            value.write(&mut bytes);
            assert_eq!(K::read(&mut bytes.as_slice()).as_ref(), Some(value));
            assert_eq!(K::read(&mut &bytes[..bytes.len() - 1]), None, "{value:?}");
            if let Some(last) = last {
                assert!(last < bytes, "{value:?} sorts too early");
                assert!(
                    !bytes.starts_with(&last),
                    "{value:?} begins with another key"
                );
            }
            last = Some(bytes);
        }
    }

    #[test]
    fn keys_sort_like_values() {
        check(&[0u8, 1, 255]);
        check(&[0u64, 1, 255, 256, 1 << 40, u64::MAX]);
        check(&[i32::MIN, -256, -1, 0, 1, 255, 256, i32::MAX]);
        check(&[i128::MIN, -1, 0, i128::MAX]);
        check(&[false, true]);
        check(&[Address::from_bytes([0; 32]), Address::from_bytes([9; 32])]);
        check(&[[0u8, 1], [0, 2], [1, 0]]);
    }

    #[test]
    fn texts_sort_and_none_begins_another() {
        check(&["", "\0", "\0\0", "\0a", "a", "a\0", "ab", "b", "é"].map(String::from));
        check(&[
            vec![],
            vec![0],
            vec![0, 0],
            vec![0, 255],
            vec![1],
            vec![255, 0],
            vec![255, 255],
        ]);
        check(&[
            (String::from("a"), 9u8),
            (String::from("a\0"), 0),
            (String::from("ab"), 0),
        ]);
    }

    #[test]
    fn refuses_what_is_no_key() {
        assert_eq!(bool::read(&mut [2u8].as_slice()), None);
        assert_eq!(Vec::<u8>::read(&mut [0u8, 7].as_slice()), None);
        assert_eq!(String::read(&mut [0xff_u8, 0, 0].as_slice()), None);
    }
}

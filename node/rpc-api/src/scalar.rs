//! The small JSON values that everything else is made of.
//!
//! Invariant: what a type here writes, it reads back equal; nothing else is read except that
//! decimal strings may also come as JSON numbers below 2^53. A [`BlockSelector`] of a height that no
//! JSON number holds is written as the largest that one does: no chain has either.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::str::FromStr;

use argosy_primitives::{Address, AddressError, BlockHash, Hrp};
use schemars::JsonSchema;
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first integer that a JSON number of JavaScript no longer holds exactly.
const NUMBER_END: u64 = 1 << 53;

/// Any bytes, as `0x` hex.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&const_hex::encode_prefixed(&self.0))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes(bytes)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Bytes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Bytes, &'static str> {
        let expected = "expected bytes: 0x and an even number of hex digits";
        let digits = text.strip_prefix("0x").ok_or(expected)?;
        // The hex crate would also accept a second prefix.
        if digits.starts_with("0x") {
            return Err(expected);
        }
        const_hex::decode(digits).map(Bytes).map_err(|_| expected)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&const_hex::encode_prefixed(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_str(FromText(PhantomData))
    }
}

/// A protocol word in its own text: hashes, keys, signatures, cursors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<T>(pub T);

impl<T> From<T> for Text<T> {
    fn from(value: T) -> Text<T> {
        Text(value)
    }
}

impl<T: fmt::Display> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T> Deserialize<'de> for Text<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<T>, D::Error> {
        deserializer
            .deserialize_str(FromText(PhantomData))
            .map(Text)
    }
}

/// Reads anything that is written as one string.
struct FromText<T>(PhantomData<T>);

impl<T> Visitor<'_> for FromText<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// An integer of 64 bits or more, as a decimal string.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal<T>(pub T);

impl<T> From<T> for Decimal<T> {
    fn from(value: T) -> Decimal<T> {
        Decimal(value)
    }
}

impl<T: fmt::Display> fmt::Display for Decimal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> Serialize for Decimal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Decimal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal<T>, D::Error> {
        deserializer.deserialize_any(FromDecimal(PhantomData))
    }
}

struct FromDecimal<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for FromDecimal<T> {
    type Value = Decimal<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal string such as \"1000\" (a number only below 2^53)")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal<T>, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
            && (text == "0" || !digits.starts_with('0'));
        // Rust's own parser refuses what is empty, too large, or negative where it may not be.
        let parsed = if plain { text.parse().ok() } else { None };
        parsed
            .map(Decimal)
            .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Decimal<T>, E> {
        if number >= NUMBER_END {
            return Err(E::invalid_value(Unexpected::Unsigned(number), &self));
        }
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal<T>, E> {
        if number.unsigned_abs() >= NUMBER_END {
            return Err(E::invalid_value(Unexpected::Signed(number), &self));
        }
        self.visit_str(&number.to_string())
    }
}

macro_rules! plain_numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// The largest number that is written; a larger one ends in an error.
            pub const MAX: $name = $name(NUMBER_END - 1);

            /// The number, or [`Self::MAX`] for a larger one: for what clients say, who may say anything.
            pub const fn capped(number: u64) -> $name {
                match number < NUMBER_END {
                    true => $name(number),
                    false => $name::MAX,
                }
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> $name {
                $name(number)
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> u64 {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                check_number(self.0).map_err(serde::ser::Error::custom)?;
                serializer.serialize_u64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let number = u64::deserialize(deserializer)?;
                check_number(number).map_err(de::Error::custom)?;
                Ok($name(number))
            }
        }
    )*};
}

plain_numbers! {
    /// Number of a block, as a JSON number.
    Height;
    /// Milliseconds since the Unix epoch, as a JSON number.
    TimestampMs;
    /// So many milliseconds, as a JSON number.
    DurationMs;
    /// Position or count, as a JSON number.
    Index;
}

fn check_number(number: u64) -> Result<(), String> {
    if number < NUMBER_END {
        return Ok(());
    }
    Err(format!("{number} is not below 2^53"))
}

/// An address in the text of its network, `dargo1…`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressText {
    /// Network that the text is for.
    pub hrp: Hrp,
    /// Whom it names.
    pub address: Address,
}

impl AddressText {
    /// The address for people of network `hrp`.
    pub const fn new(hrp: Hrp, address: Address) -> AddressText {
        AddressText { hrp, address }
    }
}

impl fmt::Display for AddressText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address.to_text(self.hrp))
    }
}

impl fmt::Debug for AddressText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for AddressText {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<AddressText, AddressError> {
        Address::parse(text).map(|(hrp, address)| AddressText { hrp, address })
    }
}

impl Serialize for AddressText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AddressText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AddressText, D::Error> {
        deserializer.deserialize_str(FromText(PhantomData))
    }
}

/// Which block a read is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BlockSelector {
    /// By number.
    Height(u64),
    /// By hash.
    Hash(BlockHash),
    /// The newest block.
    #[default]
    Latest,
    /// The newest block that cannot be undone; the same as latest where finality is instant.
    Finalized,
    /// The oldest block the node still has.
    Earliest,
}

impl fmt::Display for BlockSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockSelector::Height(height) => height.fmt(f),
            BlockSelector::Hash(hash) => hash.fmt(f),
            BlockSelector::Latest => f.write_str("latest"),
            BlockSelector::Finalized => f.write_str("finalized"),
            BlockSelector::Earliest => f.write_str("earliest"),
        }
    }
}

const SELECTOR_EXPECTED: &str =
    "a block: its height, its 0x hash, \"latest\", \"finalized\" or \"earliest\"";

/// As people type it: a height is written in digits.
impl FromStr for BlockSelector {
    type Err = String;

    fn from_str(text: &str) -> Result<BlockSelector, String> {
        let by_word = match text {
            "latest" => Some(BlockSelector::Latest),
            "finalized" => Some(BlockSelector::Finalized),
            "earliest" => Some(BlockSelector::Earliest),
            hash if hash.starts_with("0x") => hash.parse().ok().map(BlockSelector::Hash),
            height => (height.parse().ok())
                .filter(|it| *it < NUMBER_END && !height.starts_with('+'))
                .map(BlockSelector::Height),
        };
        by_word.ok_or_else(|| format!("expected {SELECTOR_EXPECTED}"))
    }
}

impl Serialize for BlockSelector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            BlockSelector::Height(height) => Height::capped(*height).serialize(serializer),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for BlockSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BlockSelector, D::Error> {
        struct Selector;

        impl Visitor<'_> for Selector {
            type Value = BlockSelector;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SELECTOR_EXPECTED)
            }

            fn visit_u64<E: de::Error>(self, height: u64) -> Result<BlockSelector, E> {
                check_number(height).map_err(E::custom)?;
                Ok(BlockSelector::Height(height))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<BlockSelector, E> {
                match text.parse() {
                    // In JSON a height is a number and nothing else.
                    Ok(BlockSelector::Height(_)) | Err(_) => {
                        Err(E::invalid_value(Unexpected::Str(text), &self))
                    }
                    Ok(selector) => Ok(selector),
                }
            }
        }

        deserializer.deserialize_any(Selector)
    }
}

/// The block that an answer speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct At {
    /// Its number.
    pub height: Height,
    /// Its hash.
    pub hash: Text<BlockHash>,
}

impl At {
    /// The block with this number and hash.
    pub const fn new(height: u64, hash: BlockHash) -> At {
        At {
            height: Height(height),
            hash: Text(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::EventCursor;

    #[track_caller]
    fn check<T>(value: T, json: &str)
    where
        T: Serialize + for<'de> Deserialize<'de> + PartialEq + fmt::Debug,
    {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
    }

    #[track_caller]
    fn refuse<T: for<'de> Deserialize<'de> + fmt::Debug>(json: &str, says: &str) {
        let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
        assert!(error.contains(says), "{json}: {error}");
    }

    #[test]
    fn bytes_are_hex() {
        check(Bytes(vec![]), "\"0x\"");
        check(Bytes(vec![0, 0xab]), "\"0x00ab\"");
        for bad in [
            "\"\"",
            "\"00\"",
            "\"0x0\"",
            "\"0xgg\"",
            "\"0x0x00\"",
            "\"0X00\"",
        ] {
            refuse::<Bytes>(bad, "expected bytes");
        }
        refuse::<Bytes>("[1]", "expected a string");
    }

    #[test]
    fn wide_integers_are_decimal_strings() {
        check(Decimal(u64::MAX), "\"18446744073709551615\"");
        check(
            Decimal(u128::MAX),
            "\"340282366920938463463374607431768211455\"",
        );
        check(Decimal(-5i128), "\"-5\"");
        check(Decimal(0u64), "\"0\"");
        assert_eq!(
            serde_json::from_str::<Decimal<u64>>("7").unwrap(),
            Decimal(7)
        );
        assert_eq!(
            serde_json::from_str::<Decimal<i128>>("-7").unwrap(),
            Decimal(-7)
        );
        for bad in [
            "\"\"", "\"-\"", "\"+1\"", "\"01\"", "\"-0\"", "\"1e3\"", "\"0x1\"", "\" 1\"",
        ] {
            refuse::<Decimal<i128>>(bad, "expected a decimal string");
        }
        refuse::<Decimal<u64>>("\"-1\"", "expected a decimal string");
        refuse::<Decimal<u64>>("\"18446744073709551616\"", "expected a decimal string");
        refuse::<Decimal<u64>>("9007199254740992", "below 2^53");
        refuse::<Decimal<u64>>("1.5", "expected a decimal string");
        refuse::<Decimal<u64>>("null", "expected a decimal string");
    }

    #[test]
    fn heights_are_numbers_that_every_client_can_hold() {
        check(Height(0), "0");
        check(Height(NUMBER_END - 1), "9007199254740991");
        refuse::<Height>("9007199254740992", "2^53");
        refuse::<Height>("\"1\"", "expected u64");
        refuse::<Height>("-1", "expected u64");
        assert!(serde_json::to_string(&TimestampMs(NUMBER_END)).is_err());
        check(Height::capped(u64::MAX), "9007199254740991");
        check(Height::capped(NUMBER_END - 1), "9007199254740991");
        check(Height::capped(7), "7");
    }

    #[test]
    fn addresses_carry_their_network() {
        let address = Address::from_bytes([7; 32]);
        let text = AddressText::new(Hrp::Dev, address);
        check(text, &format!("\"{}\"", address.to_text(Hrp::Dev)));
        refuse::<AddressText>("\"0x0707\"", "");
        refuse::<AddressText>("\"dargo1qqqq\"", "");
    }

    #[test]
    fn blocks_are_selected_by_number_hash_or_word() {
        check(BlockSelector::Height(12), "12");
        check(BlockSelector::Latest, "\"latest\"");
        check(BlockSelector::Finalized, "\"finalized\"");
        check(BlockSelector::Earliest, "\"earliest\"");
        let hash = BlockHash::from_bytes([3; 32]);
        check(BlockSelector::Hash(hash), &format!("\"{hash}\""));
        for bad in [
            "\"12\"",
            "\"newest\"",
            "\"0x12\"",
            "-1",
            "1.5",
            "null",
            "{}",
        ] {
            refuse::<BlockSelector>(bad, "expected a block");
        }
        refuse::<BlockSelector>("9007199254740992", "2^53");
        let beyond = serde_json::to_string(&BlockSelector::Height(u64::MAX));
        assert_eq!(beyond.unwrap(), "9007199254740991");
        assert_eq!("12".parse(), Ok(BlockSelector::Height(12)));
        assert!("+12".parse::<BlockSelector>().is_err());
        assert!("9007199254740992".parse::<BlockSelector>().is_err());
    }

    #[test]
    fn cursors_and_hashes_keep_their_text() {
        let cursor = EventCursor {
            height: 1,
            tx: 2,
            event: 3,
        };
        check(Text(cursor), "\"1.2.3\"");
        refuse::<Text<EventCursor>>("\"1.2\"", "expected a cursor");
        refuse::<Text<BlockHash>>("\"0x00\"", "expected a hash");
    }
}

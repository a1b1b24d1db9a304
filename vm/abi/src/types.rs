//! Type names: the small grammar in which an ABI spells its types.
//!
//! ```text
//! type = bool | u8 u16 u32 u64 u128 | i8 i16 i32 i64 i128
//!      | String | Bytes | Address | Hash | Fixed<D>
//!      | Vec<type> | Option<type> | Result<type, type>
//!      | [type; N] | () | (type, type, …) | Name
//! ```
//!
//! `Bytes` is SCALE `Vec<u8>`, `Address` and `Hash` are 32 bytes. `Fixed<D>` is a `u128` of units with
//! `D` decimal digits behind the point, at most [`DECIMALS_MAX`]. `Name` refers to a `Type` item of
//! the same ABI, possibly to itself: who walks values must bound the depth.
//!
//! Always holds: parsing ends, on any text, within [`TEXT_BYTES_MAX`] and [`DEPTH_MAX`]; what
//! `Display` prints parses back to the same type.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Longest accepted text.
const TEXT_BYTES_MAX: usize = 512;
/// Deepest accepted nesting.
const DEPTH_MAX: usize = 16;
/// Most digits behind the point of a `Fixed`: 10 to this power fits a `u128`.
pub const DECIMALS_MAX: u8 = 38;

/// A type, read from its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // The variants are the words of the grammar.
pub enum TypeExpr {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    String,
    Bytes,
    Address,
    Hash,
    Fixed(u8),
    Vec(Box<TypeExpr>),
    Option(Box<TypeExpr>),
    Result(Box<TypeExpr>, Box<TypeExpr>),
    Array(Box<TypeExpr>, u32),
    Tuple(Vec<TypeExpr>),
    Named(String),
}

/// The words that stand for themselves.
const WORDS: [(&str, TypeExpr); 15] = [
    ("bool", TypeExpr::Bool),
    ("u8", TypeExpr::U8),
    ("u16", TypeExpr::U16),
    ("u32", TypeExpr::U32),
    ("u64", TypeExpr::U64),
    ("u128", TypeExpr::U128),
    ("i8", TypeExpr::I8),
    ("i16", TypeExpr::I16),
    ("i32", TypeExpr::I32),
    ("i64", TypeExpr::I64),
    ("i128", TypeExpr::I128),
    ("String", TypeExpr::String),
    ("Bytes", TypeExpr::Bytes),
    ("Address", TypeExpr::Address),
    ("Hash", TypeExpr::Hash),
];

impl TypeExpr {
    /// Reads a type name; blanks between words do not matter.
    pub fn parse(text: &str) -> Result<TypeExpr, TypeError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TypeError::TooLong { found: text.len() });
        }
        let mut parser = Parser { text, offset: 0 };
        let parsed = parser.any(DEPTH_MAX)?;
        parser.blanks();
        if parser.offset < text.len() {
            return Err(parser.unexpected());
        }
        Ok(parsed)
    }

    /// Calls `visit` with every name that the type refers to.
    pub fn for_each_name<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        match self {
            TypeExpr::Named(name) => visit(name),
            TypeExpr::Vec(item) | TypeExpr::Option(item) | TypeExpr::Array(item, _) => {
                item.for_each_name(visit);
            }
            TypeExpr::Result(ok, error) => {
                ok.for_each_name(visit);
                error.for_each_name(visit);
            }
            TypeExpr::Tuple(items) => items.iter().for_each(|item| item.for_each_name(visit)),
            _ => {}
        }
    }
}

impl fmt::Display for TypeExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypeExpr::Vec(item) => write!(f, "Vec<{item}>"),
            TypeExpr::Option(item) => write!(f, "Option<{item}>"),
            TypeExpr::Result(ok, error) => write!(f, "Result<{ok}, {error}>"),
            TypeExpr::Array(item, count) => write!(f, "[{item}; {count}]"),
            TypeExpr::Fixed(decimals) => write!(f, "Fixed<{decimals}>"),
            TypeExpr::Tuple(items) => {
                f.write_str("(")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{item}")?;
                }
                f.write_str(if items.len() == 1 { ",)" } else { ")" })
            }
            TypeExpr::Named(name) => f.write_str(name),
            word => {
                let found = WORDS.iter().find(|(_, it)| it == word);
                f.write_str(found.map_or("?", |(name, _)| name))
            }
        }
    }
}

/// Why a type name does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// The text is too long.
    #[error("type name has {found} bytes, more than {TEXT_BYTES_MAX}")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// The nesting is too deep.
    #[error("type name nests deeper than {DEPTH_MAX}")]
    TooDeep,
    /// Something else was expected at this byte of the text.
    #[error("type name is malformed at byte {offset}")]
    Unexpected {
        /// Where.
        offset: usize,
    },
}

/// `true` for a plain identifier: a letter or `_`, then letters, digits and `_`.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    let starts_well = bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    starts_well && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self, depth: usize) -> Result<TypeExpr, TypeError> {
        let depth = depth.checked_sub(1).ok_or(TypeError::TooDeep)?;
        if self.eat('[') {
            return self.array(depth);
        }
        if self.eat('(') {
            return self.tuple(depth);
        }
        let word = self.word();
        match word {
            "" => Err(self.unexpected()),
            "Vec" => Ok(TypeExpr::Vec(self.one_argument(depth)?)),
            "Option" => Ok(TypeExpr::Option(self.one_argument(depth)?)),
            "Fixed" => self.fixed(),
            "Result" => {
                self.expect('<')?;
                let ok = self.any(depth)?;
                self.expect(',')?;
                let error = self.any(depth)?;
                self.expect('>')?;
                Ok(TypeExpr::Result(Box::new(ok), Box::new(error)))
            }
            _ => Ok(WORDS
                .iter()
                .find(|(name, _)| *name == word)
                .map_or_else(|| TypeExpr::Named(word.to_string()), |(_, it)| it.clone())),
        }
    }

    fn one_argument(&mut self, depth: usize) -> Result<Box<TypeExpr>, TypeError> {
        self.expect('<')?;
        let item = self.any(depth)?;
        self.expect('>')?;
        Ok(Box::new(item))
    }

    fn array(&mut self, depth: usize) -> Result<TypeExpr, TypeError> {
        let item = self.any(depth)?;
        self.expect(';')?;
        let count = self.number(u32::MAX)?;
        self.expect(']')?;
        Ok(TypeExpr::Array(Box::new(item), count))
    }

    fn fixed(&mut self) -> Result<TypeExpr, TypeError> {
        self.expect('<')?;
        let start = self.offset;
        let decimals = self.number(u32::from(DECIMALS_MAX))?;
        let decimals =
            u8::try_from(decimals).map_err(|_| TypeError::Unexpected { offset: start })?;
        self.expect('>')?;
        Ok(TypeExpr::Fixed(decimals))
    }

    /// A decimal number up to `max`.
    fn number(&mut self, max: u32) -> Result<u32, TypeError> {
        self.blanks();
        let start = self.offset;
        while self.rest().starts_with(|it: char| it.is_ascii_digit()) {
            self.offset += 1;
        }
        let digits = &self.text[start..self.offset];
        let number = digits.parse().ok().filter(|it| *it <= max);
        number.ok_or(TypeError::Unexpected { offset: start })
    }

    /// `(T)` is just `T`, as in Rust.
    fn tuple(&mut self, depth: usize) -> Result<TypeExpr, TypeError> {
        let mut items = Vec::new();
        let mut comma_last = true;
        while !self.eat(')') {
            if !comma_last {
                return Err(self.unexpected());
            }
            items.push(self.any(depth)?);
            comma_last = self.eat(',');
        }
        match items.pop() {
            Some(only) if items.is_empty() && !comma_last => Ok(only),
            last => {
                items.extend(last);
                Ok(TypeExpr::Tuple(items))
            }
        }
    }

    fn word(&mut self) -> &'a str {
        self.blanks();
        let rest = self.rest();
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let word = &rest[..length];
        if !is_identifier(word) {
            return "";
        }
        self.offset += length;
        word
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.blanks();
        let found = self.rest().starts_with(wanted);
        self.offset += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), TypeError> {
        if self.eat(wanted) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn blanks(&mut self) {
        while self.rest().starts_with(' ') {
            self.offset += 1;
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn unexpected(&self) -> TypeError {
        TypeError::Unexpected {
            offset: self.offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, canonical: &str) {
        let parsed = TypeExpr::parse(text).expect(text);
        assert_eq!(parsed.to_string(), canonical);
        assert_eq!(TypeExpr::parse(canonical), Ok(parsed));
    }

    #[test]
    fn reads_the_grammar() {
        for (word, _) in WORDS {
            check(word, word);
        }
        check("Vec < u8 >", "Vec<u8>");
        check("Option<Vec<Address>>", "Option<Vec<Address>>");
        check("Result<(),Error>", "Result<(), Error>");
        check("[ u8 ; 32 ]", "[u8; 32]");
        check("Fixed < 6 >", "Fixed<6>");
        check("Vec<Fixed<0>>", "Vec<Fixed<0>>");
        check("Fixed<38>", "Fixed<38>");
        check("()", "()");
        check("(u8)", "u8");
        check("(u8,)", "(u8,)");
        check("(u8, (Hash,Bytes,))", "(u8, (Hash, Bytes))");
        check("u8x", "u8x");
        check("_my_Type2", "_my_Type2");
    }

    #[track_caller]
    fn check_refused(text: &str, offset: usize) {
        assert_eq!(
            TypeExpr::parse(text),
            Err(TypeError::Unexpected { offset }),
            "{text:?}"
        );
    }

    #[test]
    fn refuses_what_is_not_in_the_grammar() {
        check_refused("", 0);
        check_refused("8", 0);
        check_refused("Vec", 3);
        check_refused("Vec<u8", 6);
        check_refused("Vec<u8>>", 7);
        check_refused("[u8; -1]", 5);
        check_refused("[u8; 4294967296]", 5);
        check_refused("Fixed", 5);
        check_refused("Fixed<>", 6);
        check_refused("Fixed<39>", 6);
        check_refused("Fixed<u8>", 6);
        check_refused("(,)", 1);
        check_refused("(u8 u8)", 4);
        check_refused("Map<u8, u8>", 3);
        check_refused("é", 0);
        check_refused("u8\u{a0}", 2);
    }

    #[test]
    fn bounds_length_and_depth() {
        let nested = |depth: usize| "Vec<".repeat(depth) + "u8" + &">".repeat(depth);
        assert!(TypeExpr::parse(&nested(DEPTH_MAX - 1)).is_ok());
        assert_eq!(TypeExpr::parse(&nested(DEPTH_MAX)), Err(TypeError::TooDeep));
        let parens = "(".repeat(TEXT_BYTES_MAX);
        assert_eq!(TypeExpr::parse(&parens), Err(TypeError::TooDeep));
        let long = "a".repeat(TEXT_BYTES_MAX + 1);
        assert_eq!(
            TypeExpr::parse(&long),
            Err(TypeError::TooLong { found: 513 })
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[A-Za-z0-9 <>(),;\\[\\]é]{0,64}") {
            if let Ok(parsed) = TypeExpr::parse(&text) {
                assert_eq!(TypeExpr::parse(&parsed.to_string()), Ok(parsed));
            }
        }
    }
}

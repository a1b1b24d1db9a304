//! Arguments out of nothing: values of any type of an ABI, in the JSON of `argosy-values`, from a seed.
//!
//! Always: the same seed gives the same values; lists are short and nesting is bounded, so that every
//! value ends.
//! Not here: numbers of the real world. A contract that wants a deadline gets any number.

use argosy_vm_abi::schema::{Field, TypeDef, Variant};
use argosy_vm_abi::{Abi, TypeExpr};
use serde_json::{Map, Value, json};

/// A list has at most so many values.
const LIST_MAX: u64 = 3;
/// Deeper than that, lists are empty and options are none.
const DEPTH_MAX: u32 = 6;
/// Longest bytes and texts.
const BYTES_MAX: u64 = 12;

/// Numbers that look random: SplitMix64, after Steele, Lea and Flood (2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// From a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any number.
    pub(crate) fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.any() % end
    }

    /// One of some; `None` if there are none.
    pub(crate) fn one_of<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(some.len()).ok().filter(|it| *it > 0)?;
        some.get(usize::try_from(self.below(count)).ok()?)
    }

    /// A number of so many bits: often small, often the most, else of any size.
    fn bits(&mut self, bits: u32) -> u128 {
        let most = u128::MAX >> (128 - bits);
        let any = (u128::from(self.any()) << 64) | u128::from(self.any());
        match self.below(8) {
            0..=3 => u128::from(self.below(100)) & most,
            4 => most,
            5 => most - (u128::from(self.below(4)) & most),
            _ => (any & most) >> self.below(u64::from(bits)),
        }
    }
}

/// What values are made with.
pub(crate) struct Maker<'a> {
    /// Names of people and contracts, for addresses.
    pub(crate) names: &'a [String],
    /// Where types are told.
    pub(crate) abi: &'a Abi,
}

impl Maker<'_> {
    /// Arguments by name; `None` if a type cannot be read.
    pub(crate) fn arguments(&self, args: &[Field], random: &mut Random) -> Option<Value> {
        let mut values = Map::new();
        for arg in args {
            let ty = TypeExpr::parse(&arg.ty).ok()?;
            values.insert(arg.name.clone(), self.value(&ty, random, 0)?);
        }
        Some(Value::Object(values))
    }

    fn value(&self, ty: &TypeExpr, random: &mut Random, depth: u32) -> Option<Value> {
        let deeper = depth + 1;
        let is_deep = depth >= DEPTH_MAX;
        Some(match ty {
            TypeExpr::Bool => Value::Bool(random.below(2) == 1),
            TypeExpr::U8 => unsigned(random, 8),
            TypeExpr::U16 => unsigned(random, 16),
            TypeExpr::U32 => unsigned(random, 32),
            TypeExpr::U64 => unsigned(random, 64),
            TypeExpr::U128 => unsigned(random, 128),
            TypeExpr::I8 => signed(random, 8),
            TypeExpr::I16 => signed(random, 16),
            TypeExpr::I32 => signed(random, 32),
            TypeExpr::I64 => signed(random, 64),
            TypeExpr::I128 => signed(random, 128),
            TypeExpr::String => Value::String(text(random)),
            TypeExpr::Bytes => {
                let count = random.below(BYTES_MAX);
                bytes(random, count)
            }
            TypeExpr::Hash => bytes(random, 32),
            TypeExpr::Fixed(decimals) => fraction(random, *decimals),
            TypeExpr::Address => match random.one_of(self.names) {
                Some(name) => Value::String(name.clone()),
                None => return None,
            },
            TypeExpr::Vec(item) => {
                let count = if is_deep {
                    0
                } else {
                    random.below(LIST_MAX + 1)
                };
                self.list(item, count, random, deeper)?
            }
            TypeExpr::Array(item, count) if **item == TypeExpr::U8 => {
                bytes(random, u64::from(*count))
            }
            TypeExpr::Array(item, count) => self.list(item, u64::from(*count), random, deeper)?,
            TypeExpr::Option(item) => {
                let is_some = !is_deep && random.below(2) == 1;
                let value = is_some.then(|| self.value(item, random, deeper)).flatten();
                match (value, item.as_ref()) {
                    (None, _) => Value::Null,
                    (Some(value), TypeExpr::Option(_)) => json!({ "some": value }),
                    (Some(value), _) => value,
                }
            }
            TypeExpr::Result(good, bad) => match random.below(2) {
                0 => json!({ "ok": self.value(good, random, deeper)? }),
                _ => json!({ "err": self.value(bad, random, deeper)? }),
            },
            TypeExpr::Tuple(items) => {
                let values = items.iter().map(|it| self.value(it, random, deeper));
                Value::Array(values.collect::<Option<_>>()?)
            }
            TypeExpr::Named(name) => self.named(name, random, deeper)?,
        })
    }

    fn list(&self, item: &TypeExpr, count: u64, random: &mut Random, depth: u32) -> Option<Value> {
        let values = (0..count).map(|_| self.value(item, random, depth));
        Some(Value::Array(values.collect::<Option<_>>()?))
    }

    fn named(&self, name: &str, random: &mut Random, depth: u32) -> Option<Value> {
        // A type that only refers to itself has no value that ends.
        if depth > 4 * DEPTH_MAX {
            return None;
        }
        match &self.abi.type_named(name)?.def {
            TypeDef::Struct(fields) => self.fields(fields, random, depth),
            TypeDef::Enum(variants) => {
                let Variant { name, fields, .. } = random.one_of(variants)?;
                if fields.is_empty() {
                    return Some(Value::String(name.clone()));
                }
                let mut values = Map::from_iter([("type".to_owned(), Value::String(name.clone()))]);
                for field in fields {
                    let ty = TypeExpr::parse(&field.ty).ok()?;
                    values.insert(beside_type(&field.name), self.value(&ty, random, depth)?);
                }
                Some(Value::Object(values))
            }
        }
    }

    fn fields(&self, fields: &[Field], random: &mut Random, depth: u32) -> Option<Value> {
        let is_numbered = fields
            .iter()
            .all(|it| it.name.bytes().all(|it| it.is_ascii_digit()));
        let mut values = Vec::new();
        for field in fields {
            let ty = TypeExpr::parse(&field.ty).ok()?;
            values.push((field.name.clone(), self.value(&ty, random, depth)?));
        }
        Some(match is_numbered && !values.is_empty() {
            true => Value::Array(values.into_iter().map(|(_, value)| value).collect()),
            false => Value::Object(values.into_iter().collect()),
        })
    }
}

/// In an enum a field called `type` is written `type_`, and `type_` as `type__`.
pub(crate) fn beside_type(name: &str) -> String {
    let is_taken = name
        .strip_prefix("type")
        .is_some_and(|it| it.bytes().all(|it| it == b'_'));
    match is_taken {
        true => format!("{name}_"),
        false => name.to_owned(),
    }
}

fn unsigned(random: &mut Random, bits: u32) -> Value {
    let number = random.bits(bits);
    match u32::try_from(number) {
        Ok(small) if bits <= 32 => Value::from(small),
        _ => Value::String(number.to_string()),
    }
}

fn signed(random: &mut Random, bits: u32) -> Value {
    let number = random.bits(bits - 1).cast_signed();
    let number = if random.below(2) == 1 {
        !number
    } else {
        number
    };
    match i32::try_from(number) {
        Ok(small) if bits <= 32 => Value::from(small),
        _ => Value::String(number.to_string()),
    }
}

fn fraction(random: &mut Random, decimals: u8) -> Value {
    with_point(random.bits(128), decimals)
}

/// Units with their point: `12.05`.
pub(crate) fn with_point(units: u128, decimals: u8) -> Value {
    let decimals = usize::from(decimals);
    let digits = format!("{units:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    Value::String(match part {
        "" => whole.to_owned(),
        _ => format!("{whole}.{part}"),
    })
}

fn text(random: &mut Random) -> String {
    const LETTERS: [char; 8] = ['a', 'b', 'z', '0', '-', ' ', 'ä', '船'];
    let count = random.below(BYTES_MAX);
    let letters = (0..count).filter_map(|_| random.one_of(&LETTERS).copied());
    letters.collect()
}

fn bytes(random: &mut Random, count: u64) -> Value {
    let bytes: Vec<u8> = (0..count).map(|_| random.any().to_le_bytes()[0]).collect();
    Value::String(const_hex::encode_prefixed(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use argosy_primitives::{Address, Hrp};
    use argosy_values::Codec;
    use argosy_vm_abi::schema::TypeItem;

    use super::*;

    fn field(name: &str, ty: &str) -> Field {
        Field {
            name: name.to_owned(),
            ty: ty.to_owned(),
        }
    }

    fn abi() -> Abi {
        let variant = |index, name: &str, fields: &[Field]| Variant {
            name: name.to_owned(),
            index,
            fields: fields.to_vec(),
        };
        let rating = TypeDef::Enum(vec![
            variant(0, "None", &[]),
            variant(1, "Stars", &[field("0", "u8")]),
            variant(
                2,
                "Typed",
                &[field("type", "i16"), field("more", "Option<Note>")],
            ),
        ]);
        let note = TypeDef::Struct(vec![field("text", "String"), field("replies", "Vec<Note>")]);
        let pair = TypeDef::Struct(vec![field("0", "u128"), field("1", "Bytes")]);
        let item = |name: &str, def| TypeItem {
            name: name.to_owned(),
            def,
            docs: String::new(),
        };
        Abi {
            types: vec![
                item("Note", note),
                item("Pair", pair),
                item("Rating", rating),
            ],
            ..Abi::default()
        }
    }

    #[test]
    fn every_value_is_one_of_its_type() {
        let (abi, names) = (abi(), vec!["alice".to_owned()]);
        let book = BTreeMap::from([("alice".to_owned(), Address::from_bytes([1; 32]))]);
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&book);
        let maker = Maker {
            names: &names,
            abi: &abi,
        };
        let types = [
            "bool",
            "u8",
            "u16",
            "u32",
            "u64",
            "u128",
            "i8",
            "i16",
            "i32",
            "i64",
            "i128",
            "String",
            "Bytes",
            "Address",
            "Hash",
            "Fixed<0>",
            "Fixed<6>",
            "Fixed<38>",
            "Vec<u64>",
            "Option<Option<u8>>",
            "Result<u8, String>",
            "[u8; 4]",
            "[u16; 2]",
            "(u8, Address)",
            "Note",
            "Pair",
            "Vec<Rating>",
        ];
        let mut random = Random::new(1);
        for ty in types {
            let parsed = TypeExpr::parse(ty).unwrap();
            for _ in 0..200 {
                let value = maker.value(&parsed, &mut random, 0).unwrap();
                let encoded = codec.encode_value(ty, &value);
                assert!(encoded.is_ok(), "{ty}: {value}: {encoded:?}");
            }
        }
    }

    #[test]
    fn a_seed_says_it_all() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            [random.any(), random.any(), random.any()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn a_type_without_end_is_given_up() {
        let endless = TypeItem {
            name: "Endless".to_owned(),
            def: TypeDef::Struct(vec![field("again", "Endless")]),
            docs: String::new(),
        };
        let abi = Abi {
            types: vec![endless],
            ..Abi::default()
        };
        let maker = Maker {
            names: &[],
            abi: &abi,
        };
        let ty = TypeExpr::Named("Endless".to_owned());
        assert_eq!(maker.value(&ty, &mut Random::new(1), 0), None);
    }
}

//! Messages as proptest makes them, by the ABI of a contract: any value of any type, which shrinks towards the
//! plain ones.
//!
//! Always: lists are short and nesting is bounded, so that every value ends; a type whose strategy would be larger
//! than `NODES_MAX` has none.
//! Not here: running them (`property`); sequences from a seed without proptest (`random`, `explore`).

use argosy_primitives::Balance;
use argosy_vm_abi::schema::{Field, MessageItem, MessageKind, TypeDef, Variant};
use argosy_vm_abi::{Abi, TypeExpr};
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

use crate::contract::Contract;
use crate::explore::{Exploration, Sent};
use crate::random::{beside_type, with_point};

/// A list has at most so many values.
const LIST_MAX: usize = 3;
/// Deeper than that, lists are empty and options are none.
const DEPTH_MAX: u32 = 4;
/// Longest bytes and texts.
const BYTES_MAX: usize = 12;
/// Strategies within the strategy of one type.
const NODES_MAX: u32 = 10_000;

/// Sequences of at most `plan.steps` messages to a contract: the methods, people and funds of the plan. `None`: there
/// is no such method, nobody, or no method whose arguments can be made.
pub fn messages(contract: &Contract, plan: &Exploration) -> Option<BoxedStrategy<Vec<Sent>>> {
    let abi = contract.abi();
    let is_wanted = |name: &String| plan.methods.is_empty() || plan.methods.contains(name);
    let methods =
        (abi.messages.iter()).filter(|it| it.kind == MessageKind::Call && is_wanted(&it.name));
    let mut names: Vec<String> = plan.people.iter().map(|it| it.name().to_owned()).collect();
    names.push(contract.name().to_owned());
    let of_method = methods.filter_map(|it| message(abi, &names, it, plan));
    let of_method: Vec<BoxedStrategy<Sent>> = of_method.collect();
    if of_method.is_empty() {
        return None;
    }
    let steps = usize::try_from(plan.steps).unwrap_or(usize::MAX).max(1);
    Some(vec(Union::new(of_method), 1..=steps).boxed())
}

/// Values of a type of an ABI, in the JSON of messages. Addresses are some of `names`, people and contracts of a
/// world. `None`: the type is unknown, or has no value that ends.
pub fn values(abi: &Abi, names: &[String], ty: &str) -> Option<BoxedStrategy<Value>> {
    let mut maker = Maker {
        abi,
        names,
        nodes: 0,
    };
    maker.value(&TypeExpr::parse(ty).ok()?, 0)
}

fn message(
    abi: &Abi,
    names: &[String],
    method: &MessageItem,
    plan: &Exploration,
) -> Option<BoxedStrategy<Sent>> {
    if plan.people.is_empty() {
        return None;
    }
    let args: Option<Vec<_>> = (method.args.iter())
        .map(|it| values(abi, names, &it.ty))
        .collect();
    let fields: Vec<String> = method.args.iter().map(|it| it.name.clone()).collect();
    let funds: BoxedStrategy<Balance> = match method.payable {
        true => (0..=plan.funds_max).boxed(),
        false => Just(0_u128).boxed(),
    };
    let pause_ms = prop_oneof![Just(0_u64), 0..=plan.pause_ms_max];
    let name = method.name.clone();
    let all = (select(plan.people.clone()), args?, funds, pause_ms);
    let sent = all.prop_map(move |(by, args, funds, pause_ms)| Sent {
        by,
        method: name.clone(),
        args: Value::Object(fields.iter().cloned().zip(args).collect()),
        funds,
        pause_ms,
    });
    Some(sent.boxed())
}

/// Makes the strategy of one type.
struct Maker<'a> {
    abi: &'a Abi,
    names: &'a [String],
    /// Strategies made so far.
    nodes: u32,
}

impl Maker<'_> {
    fn value(&mut self, ty: &TypeExpr, depth: u32) -> Option<BoxedStrategy<Value>> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return None;
        }
        let (deeper, is_deep) = (depth + 1, depth >= DEPTH_MAX);
        Some(match ty {
            TypeExpr::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
            TypeExpr::U8 => unsigned(8),
            TypeExpr::U16 => unsigned(16),
            TypeExpr::U32 => unsigned(32),
            TypeExpr::U64 => unsigned(64),
            TypeExpr::U128 => unsigned(128),
            TypeExpr::I8 => signed(8),
            TypeExpr::I16 => signed(16),
            TypeExpr::I32 => signed(32),
            TypeExpr::I64 => signed(64),
            TypeExpr::I128 => signed(128),
            TypeExpr::String => text(),
            TypeExpr::Bytes => bytes(0, BYTES_MAX),
            TypeExpr::Hash => bytes(32, 32),
            TypeExpr::Fixed(decimals) => fraction(*decimals),
            TypeExpr::Address if self.names.is_empty() => return None,
            TypeExpr::Address => select(self.names.to_vec()).prop_map(Value::String).boxed(),
            TypeExpr::Vec(_) if is_deep => Just(json!([])).boxed(),
            TypeExpr::Vec(item) => {
                let items = vec(self.value(item, deeper)?, 0..=LIST_MAX);
                items.prop_map(Value::Array).boxed()
            }
            TypeExpr::Array(item, count) if **item == TypeExpr::U8 => {
                let count = usize::try_from(*count).ok()?;
                bytes(count, count)
            }
            TypeExpr::Array(item, count) => {
                let count = usize::try_from(*count).ok()?;
                let items = vec(self.value(item, deeper)?, count..=count);
                items.prop_map(Value::Array).boxed()
            }
            TypeExpr::Option(_) if is_deep => Just(Value::Null).boxed(),
            TypeExpr::Option(item) => {
                let is_nested = matches!(item.as_ref(), TypeExpr::Option(_));
                let some = self.value(item, deeper)?;
                let some = some.prop_map(move |value| match is_nested {
                    true => json!({ "some": value }),
                    false => value,
                });
                prop_oneof![Just(Value::Null), some].boxed()
            }
            TypeExpr::Result(good, bad) => {
                let good = self.value(good, deeper)?;
                let bad = self.value(bad, deeper)?;
                let good = good.prop_map(|value| json!({ "ok": value }));
                let bad = bad.prop_map(|value| json!({ "err": value }));
                prop_oneof![good, bad].boxed()
            }
            TypeExpr::Tuple(items) => {
                let items = items.iter().map(|it| self.value(it, deeper));
                let items: Vec<_> = items.collect::<Option<_>>()?;
                items.prop_map(Value::Array).boxed()
            }
            TypeExpr::Named(name) => self.named(name, deeper)?,
        })
    }

    fn named(&mut self, name: &str, depth: u32) -> Option<BoxedStrategy<Value>> {
        // A type that only refers to itself has no value that ends.
        if depth > 4 * DEPTH_MAX {
            return None;
        }
        let abi = self.abi;
        match &abi.type_named(name)?.def {
            TypeDef::Struct(fields) => self.fields(fields, depth),
            TypeDef::Enum(variants) => {
                // A variant that cannot be made, such as one that holds the enum again, is left out.
                let some = variants.iter().filter_map(|it| self.variant(it, depth));
                let some: Vec<_> = some.collect();
                (!some.is_empty()).then(|| Union::new(some).boxed())
            }
        }
    }

    fn variant(&mut self, variant: &Variant, depth: u32) -> Option<BoxedStrategy<Value>> {
        let name = variant.name.clone();
        if variant.fields.is_empty() {
            return Some(Just(Value::String(name)).boxed());
        }
        let values = self.each(&variant.fields, depth)?;
        let fields: Vec<String> = (variant.fields.iter())
            .map(|it| beside_type(&it.name))
            .collect();
        let made = values.prop_map(move |values| {
            let mut all = Map::from_iter([("type".to_owned(), Value::String(name.clone()))]);
            all.extend(fields.iter().cloned().zip(values));
            Value::Object(all)
        });
        Some(made.boxed())
    }

    fn fields(&mut self, fields: &[Field], depth: u32) -> Option<BoxedStrategy<Value>> {
        let names: Vec<String> = fields.iter().map(|it| it.name.clone()).collect();
        let is_number = |name: &String| name.bytes().all(|it| it.is_ascii_digit());
        let is_numbered = !names.is_empty() && names.iter().all(is_number);
        let values = self.each(fields, depth)?;
        let made = values.prop_map(move |values| match is_numbered {
            true => Value::Array(values),
            false => Value::Object(names.iter().cloned().zip(values).collect()),
        });
        Some(made.boxed())
    }

    fn each(&mut self, fields: &[Field], depth: u32) -> Option<Vec<BoxedStrategy<Value>>> {
        let values = fields.iter().map(|it| {
            let ty = TypeExpr::parse(&it.ty).ok()?;
            self.value(&ty, depth)
        });
        values.collect()
    }
}

/// Numbers of so many bits: often small, often the most, else any.
fn numbers(bits: u32) -> impl Strategy<Value = u128> {
    let most = u128::MAX >> (128 - bits);
    prop_oneof![
        4 => 0..100_u128,
        1 => Just(most),
        1 => most - 3..=most,
        2 => 0..=most,
    ]
}

/// Such numbers of units, with their point.
fn fraction(decimals: u8) -> BoxedStrategy<Value> {
    let units = numbers(128);
    units.prop_map(move |it| with_point(it, decimals)).boxed()
}

fn unsigned(bits: u32) -> BoxedStrategy<Value> {
    let value = move |number: u128| match u32::try_from(number) {
        Ok(small) if bits <= 32 => Value::from(small),
        _ => Value::String(number.to_string()),
    };
    numbers(bits).prop_map(value).boxed()
}

fn signed(bits: u32) -> BoxedStrategy<Value> {
    let most = i128::MAX >> (128 - bits);
    let least = -most - 1;
    let numbers = prop_oneof![
        4 => -50..50_i128,
        1 => Just(most),
        1 => Just(least),
        2 => least..=most,
    ];
    let value = move |number: i128| match i32::try_from(number) {
        Ok(small) if bits <= 32 => Value::from(small),
        _ => Value::String(number.to_string()),
    };
    numbers.prop_map(value).boxed()
}

fn text() -> BoxedStrategy<Value> {
    let letter = select(vec!['a', 'b', 'z', '0', '-', ' ', 'ä', '船']);
    let text = vec(letter, 0..=BYTES_MAX);
    text.prop_map(|letters| Value::String(letters.into_iter().collect()))
        .boxed()
}

fn bytes(least: usize, most: usize) -> BoxedStrategy<Value> {
    let bytes = vec(any::<u8>(), least..=most);
    bytes
        .prop_map(|it| Value::String(const_hex::encode_prefixed(it)))
        .boxed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use argosy_primitives::{Address, Hrp};
    use argosy_values::Codec;
    use argosy_vm_abi::schema::TypeItem;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    fn field(name: &str, ty: &str) -> Field {
        Field {
            name: name.to_owned(),
            ty: ty.to_owned(),
        }
    }

    fn item(name: &str, def: TypeDef) -> TypeItem {
        TypeItem {
            name: name.to_owned(),
            def,
            docs: String::new(),
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
            variant(
                1,
                "Typed",
                &[field("type", "i16"), field("more", "Option<Note>")],
            ),
        ]);
        let note = TypeDef::Struct(vec![field("text", "String"), field("replies", "Vec<Note>")]);
        let pair = TypeDef::Struct(vec![field("0", "u128"), field("1", "Bytes")]);
        let endless = TypeDef::Struct(vec![field("again", "Endless")]);
        let types = [
            ("Endless", endless),
            ("Note", note),
            ("Pair", pair),
            ("Rating", rating),
        ];
        Abi {
            types: types.map(|(name, def)| item(name, def)).to_vec(),
            ..Abi::default()
        }
    }

    #[test]
    fn every_value_is_one_of_its_type_also_when_it_shrinks() {
        let (abi, names) = (abi(), vec!["alice".to_owned()]);
        let book = BTreeMap::from([("alice".to_owned(), Address::from_bytes([1; 32]))]);
        let codec = Codec::new(&abi, Hrp::Dev).with_names(&book);
        let types = [
            "bool",
            "u8",
            "u32",
            "u64",
            "u128",
            "i8",
            "i32",
            "i64",
            "i128",
            "String",
            "Bytes",
            "Address",
            "Hash",
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
        let mut runner = TestRunner::deterministic();
        for ty in types {
            let strategy = values(&abi, &names, ty).expect("it has values");
            for _ in 0..20 {
                let mut tree = strategy.new_tree(&mut runner).expect("nothing is rejected");
                for _ in 0..20 {
                    let value = tree.current();
                    let encoded = codec.encode_value(ty, &value);
                    assert!(encoded.is_ok(), "{ty}: {value}: {encoded:?}");
                    if !tree.simplify() {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn what_has_no_value_has_no_strategy() {
        let abi = abi();
        for ty in ["Endless", "Unknown", "Vec<", "Address"] {
            assert!(values(&abi, &[], ty).is_none(), "{ty}");
        }
    }
}

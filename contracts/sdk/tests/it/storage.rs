//! Maps, sets and lists do what Rust's own do, in any sequence of steps.

use std::collections::{BTreeMap, BTreeSet};

use argosy_contract::prelude::*;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use proptest::{collection, prop_assert, prop_assert_eq};

#[storage]
struct Shelf {
    nested: Map<(u8, String), u32>,
    keys: Set<Key>,
    row: List<u64>,
    /// Begins where others would run on.
    next: Item<u8>,
}

#[contract]
impl Shelf {
    #[init]
    fn init(&mut self) {}
}

/// Sorts like its fields.
#[derive(AbiType, MapKey, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i16),
    Nothing,
    Both { name: String, bit: bool },
}

/// Keys that meet often and touch both ends of a byte.
fn nested_key() -> impl Strategy<Value = (u8, String)> {
    let first = prop_oneof![0u8..3, 253u8..=255];
    let second = collection::vec(prop_oneof![Just('\0'), Just('a'), Just('b')], 0..3);
    (first, second.prop_map(String::from_iter))
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        (-2i16..3).prop_map(Key::Number),
        Just(Key::Nothing),
        ("[ab]{0,2}", any::<bool>()).prop_map(|(name, bit)| Key::Both { name, bit }),
    ]
}

type Model = BTreeMap<(u8, String), u32>;

fn filled(shelf: &mut Shelf, steps: Vec<((u8, String), Option<u32>)>) -> Model {
    let mut model = Model::new();
    for (key, value) in steps {
        match value {
            Some(value) => {
                shelf.nested.set(&key, &value);
                model.insert(key, value);
            }
            None => assert_eq!(shelf.nested.remove(&key), model.remove(&key).is_some()),
        }
    }
    // Neighbours that must not be seen.
    shelf.row.push(&1);
    shelf.next.set(&1);
    model
}

fn compare<T: PartialEq + std::fmt::Debug>(
    found: impl Iterator<Item = T>,
    expected: impl Iterator<Item = T>,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_map_is_walked_in_order(
        steps in collection::vec((nested_key(), any::<Option<u32>>()), 0..60),
        from in nested_key(),
        first in 0u8..=255,
    ) {
        let _host = TestHost::new::<Shelf>();
        let mut shelf = Shelf::open();
        let model = filled(&mut shelf, steps);
        let owned = || model.clone().into_iter();

        compare(shelf.nested.entries(Order::Ascending), owned())?;
        compare(shelf.nested.entries(Order::Descending), owned().rev())?;
        let behind = owned().filter(|(key, _)| *key > from);
        compare(shelf.nested.entries(Order::Ascending).after(&from), behind)?;
        let before = owned().rev().filter(|(key, _)| *key < from);
        compare(shelf.nested.entries(Order::Descending).after(&from), before)?;

        for first in [first, 0, 2, 255] {
            let under = || owned().filter(move |((it, _), _)| *it == first);
            compare(shelf.nested.under(&first, Order::Ascending), under())?;
            compare(shelf.nested.under(&first, Order::Descending), under().rev())?;
            let behind = under().filter(|(key, _)| *key > from);
            compare(shelf.nested.under(&first, Order::Ascending).after(&from), behind)?;
            let before = under().rev().filter(|(key, _)| *key < from);
            compare(shelf.nested.under(&first, Order::Descending).after(&from), before)?;
        }
    }

    #[test]
    fn a_set_holds_each_key_once(steps in collection::vec((key(), any::<bool>()), 0..40)) {
        let host = TestHost::new::<Shelf>();
        let mut shelf = Shelf::open();
        let mut model = BTreeSet::new();
        for (key, adds) in steps {
            if adds {
                prop_assert_eq!(shelf.keys.insert(&key), model.insert(key.clone()));
            } else {
                prop_assert_eq!(shelf.keys.remove(&key), model.remove(&key));
            }
            prop_assert_eq!(shelf.keys.contains(&key), model.contains(&key));
        }
        compare(shelf.keys.keys(Order::Ascending), model.iter().cloned())?;
        compare(shelf.keys.keys(Order::Descending), model.iter().rev().cloned())?;
        prop_assert_eq!(host.ledger().storage.len(), model.len());
    }

    #[test]
    fn a_list_is_a_vector(steps in collection::vec((0u8..6, 0u32..12, any::<u64>()), 0..60)) {
        let host = TestHost::new::<Shelf>();
        let mut shelf = Shelf::open();
        let mut model: Vec<u64> = Vec::new();
        for (step, place, value) in steps {
            let (row, at) = (&mut shelf.row, place as usize);
            match step {
                0 | 1 => {
                    prop_assert_eq!(row.push(&value) as usize, model.len());
                    model.push(value);
                }
                2 => prop_assert_eq!(row.pop(), model.pop()),
                3 => {
                    let is_there = model.get_mut(at).map(|it| *it = value).is_some();
                    prop_assert_eq!(row.set(place, &value), is_there);
                }
                4 => {
                    let expected = (at < model.len()).then(|| model.swap_remove(at));
                    prop_assert_eq!(row.swap_remove(place), expected);
                }
                _ => {
                    let expected: Vec<u64> = model.iter().copied().skip(at).take(3).collect();
                    prop_assert_eq!(row.page(place, 3), expected);
                }
            }
            prop_assert_eq!(row.len() as usize, model.len());
            prop_assert_eq!(row.is_empty(), model.is_empty());
            prop_assert_eq!(row.last(), model.last().copied());
            prop_assert_eq!(row.get(place), model.get(at).copied());
        }
        let expected = if model.is_empty() { 0 } else { model.len() + 1 };
        prop_assert_eq!(host.ledger().storage.len(), expected, "nothing else is kept");
    }

    #[test]
    fn derived_keys_sort_like_values(keys in collection::btree_set(key(), 2..12)) {
        let bytes = |key: &Key| {
            let mut bytes = Vec::new();
            MapKey::write(key, &mut bytes);
            bytes
        };
        for key in &keys {
            let read = Key::read(&mut bytes(key).as_slice());
            prop_assert_eq!(read.as_ref(), Some(key));
        }
        let written: Vec<_> = keys.iter().map(bytes).collect();
        prop_assert!(written.is_sorted());
        for pair in written.windows(2) {
            prop_assert!(!pair[1].starts_with(&pair[0]));
        }
    }
}

#[test]
fn a_walk_goes_over_pages_and_asks_for_no_more_than_it_needs() {
    let _host = TestHost::new::<Shelf>();
    let mut shelf = Shelf::open();
    for number in 0..100 {
        shelf.nested.set(&(7, format!("{number:03}")), &number);
    }
    let entries = shelf.nested.under(&7, Order::Ascending);
    let numbers: Vec<u32> = entries.map(|(_, number)| number).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    let mut entries = shelf.nested.entries(Order::Descending);
    assert_eq!(entries.next(), Some(((7, "099".into()), 99)));
    let mut entries = shelf.nested.under(&8, Order::Ascending);
    assert_eq!((entries.next(), entries.next()), (None, None));
}

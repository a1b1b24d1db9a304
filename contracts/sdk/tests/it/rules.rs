//! What the chain refuses, the played chain refuses too.

use std::ops::Bound;

use argosy_contract::Capabilities;
use argosy_contract::prelude::*;
use argosy_contract::storage::{Order, raw};

use crate::vault::Vault;

/// May do nothing beyond its storage.
#[storage]
struct Modest {
    value: Item<u64>,
    names: Map<String, u8>,
}

#[contract]
impl Modest {
    #[init]
    fn init(&mut self) {}
}

#[track_caller]
fn check_panics(expected: &str, work: impl FnOnce()) {
    let work = std::panic::AssertUnwindSafe(work);
    let panic = std::panic::catch_unwind(work).expect_err("must panic");
    let text = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| {
        let text = panic.downcast_ref::<&str>().expect("a text");
        (*text).to_owned()
    });
    assert!(text.contains(expected), "{text:?}");
}

#[test]
fn capabilities_must_be_declared() {
    let somebody = account("somebody");
    let refused = "end this call with `capability_missing`";
    let check = |work: fn(&Address)| {
        let host = TestHost::new::<Modest>();
        host.set_balance(host.contract(), 9);
        check_panics(refused, || work(&somebody));
    };
    assert_eq!(Modest::CAPABILITIES, Capabilities::NONE);
    check(|it| drop(transfer(it, 1)));
    check(|it| drop(Call::new(it, [0; 4]).invoke_raw()));
    check(|_| drop(Instantiate::new(&CodeHash::ZERO, [0; 4]).invoke()));
    check(|_| drop(upgrade_self(&CodeHash::ZERO, &[])));
}

#[test]
fn queries_change_nothing() {
    let host = TestHost::new::<Vault>();
    let mut modest = Modest::open();
    check_panics("`read_only`", || host.query(|| modest.value.set(&1)));
}

#[test]
fn a_contract_needs_a_chain() {
    check_panics("TestHost::new", || {
        context::caller();
    });
    let host = TestHost::new::<Modest>();
    check_panics("one TestHost at a time", || drop(TestHost::new::<Modest>()));
    drop(host);
    drop(TestHost::new::<Vault>());
}

#[test]
fn items_are_set_read_and_removed() {
    let _host = TestHost::new::<Modest>();
    let mut modest = Modest::open();
    assert_eq!(
        (modest.value.get(), modest.value.get_or_default()),
        (None, 0)
    );
    assert!(!modest.value.is_set());
    modest.value.set(&0);
    assert!(modest.value.is_set());
    assert_eq!((modest.value.get(), modest.value.load()), (Some(0), 0));
    assert!(modest.value.remove());
    assert!(!modest.value.remove());
    check_panics("CorruptStorage", || {
        modest.value.load();
    });
}

#[test]
fn what_another_layout_left_is_not_misread() {
    let host = TestHost::new::<Modest>();
    let mut modest = Modest::open();
    modest.value.set(&1);
    let keys: Vec<_> = host.ledger().storage.into_keys().collect();
    raw::set(&keys[0], &[1; 9]);
    check_panics("CorruptStorage", || {
        modest.value.get();
    });
}

#[test]
fn maps_are_read_in_order_page_by_page() {
    let _host = TestHost::new::<Modest>();
    let mut modest = Modest::open();
    let names = ["a", "a\0", "ab", "b", ""];
    for (number, name) in names.iter().enumerate() {
        modest.names.set(&name.to_string(), &(number as u8));
    }
    modest.value.set(&u64::MAX);
    let page = |start: Bound<&str>, end: Bound<&str>, order, limit| {
        let (start, end) = (start.map(str::to_owned), end.map(str::to_owned));
        let entries = modest
            .names
            .range(start.as_ref(), end.as_ref(), order, limit);
        entries
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    let all = (Bound::Unbounded, Bound::Unbounded);
    assert_eq!(
        page(all.0, all.1, Order::Ascending, 9),
        ["", "a", "a\0", "ab", "b"]
    );
    assert_eq!(page(all.0, all.1, Order::Descending, 2), ["b", "ab"]);
    let (after, until) = (Bound::Excluded("a"), Bound::Included("ab"));
    assert_eq!(page(after, until, Order::Ascending, 9), ["a\0", "ab"]);
    let (from, before) = (Bound::Included("a"), Bound::Excluded("ab"));
    assert_eq!(page(from, before, Order::Ascending, 9), ["a", "a\0"]);
}

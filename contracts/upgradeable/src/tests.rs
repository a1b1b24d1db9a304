//! The counter on the played chain: when its code is replaced, and what becomes of its state.

use std::cell::Cell;
use std::rc::Rc;

use argosy_contract::storage::raw;
use argosy_contract::testing::Failure;
use argosy_contract::{Entry, codec::Encode};
use proptest::collection::vec;
use proptest::prelude::proptest;
use proptest::prop_assert_eq;

use super::*;

const NOW: TimestampMs = 1_000;
const CODE: CodeHash = CodeHash::from_bytes([7; 32]);

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn counter() -> (TestHost, Upgradeable) {
    let host = TestHost::new::<Upgradeable>();
    host.set_block(1, NOW);
    let mut counter = Upgradeable::open();
    host.call_as(alice(), || counter.init(40));
    (host, counter)
}

#[test]
fn code_is_replaced_only_by_what_was_announced_a_day_before() {
    let (host, mut counter) = counter();
    let upgrades = Rc::new(Cell::new(0));
    let seen = upgrades.clone();
    host.stub_upgrade(move |request| {
        assert_eq!(
            (request.code, request.input.as_slice()),
            (CODE, &b"message"[..])
        );
        seen.set(seen.get() + 1);
        Ok(vec![])
    });
    let message = || b"message".to_vec();
    let upgrade =
        |counter: &mut Upgradeable, by, code| host.call_as(by, || counter.upgrade(code, message()));
    let not_announced = Err(CounterError::NotAnnounced);
    assert_eq!(upgrade(&mut counter, alice(), CODE), not_announced);
    let refused = host.call_as(bob(), || counter.announce(CODE));
    assert_eq!(refused, Err(CounterError::NotOwner));
    assert_eq!(host.call_as(alice(), || counter.announce(CODE)), Ok(()));
    let from = NOW + NOTICE_MS;
    let early = Err(CounterError::TooEarly { from });
    host.set_block(2, from - 1);
    assert_eq!(upgrade(&mut counter, alice(), CODE), early);
    host.set_block(3, from);
    let not_owner = Err(CounterError::NotOwner);
    assert_eq!(upgrade(&mut counter, bob(), CODE), not_owner);
    assert_eq!(
        upgrade(&mut counter, alice(), CodeHash::ZERO),
        not_announced
    );
    assert_eq!(upgrade(&mut counter, alice(), CODE), Ok(()));
    assert_eq!(upgrade(&mut counter, alice(), CODE), not_announced, "once");
    assert_eq!(upgrades.get(), 1);
}

#[test]
fn an_announcement_is_taken_back() {
    let (host, mut counter) = counter();
    assert_eq!(host.call_as(alice(), || counter.announce(CODE)), Ok(()));
    let refused = host.call_as(bob(), || counter.withdraw());
    assert_eq!(refused, Err(CounterError::NotOwner));
    assert_eq!(host.call_as(alice(), || counter.withdraw()), Ok(()));
    let again = host.call_as(alice(), || counter.withdraw());
    assert_eq!(
        (again, counter.announced()),
        (Err(CounterError::NotAnnounced), None)
    );
}

#[test]
fn code_that_is_refused_changes_nothing() {
    let (host, mut counter) = counter();
    assert_eq!(host.call_as(alice(), || counter.announce(CODE)), Ok(()));
    host.set_block(2, NOW + NOTICE_MS);
    host.stub_upgrade(|_| {
        Err(CallError {
            status: StatusCode::Reverted,
            data: vec![3],
        })
    });
    let status = StatusCode::Reverted as u8;
    let refused = host.call_as(alice(), || counter.upgrade(CODE, vec![]));
    let data = vec![3];
    assert_eq!(refused, Err(CounterError::Refused { status, data }));
    assert_eq!(counter.announced().map(|it| it.code), Some(CODE));
}

/// A hash of nothing can be announced, and does no harm: it is refused when it is to be used.
#[test]
fn code_that_the_chain_does_not_have_is_never_used() {
    let (host, mut counter) = counter();
    let nothing = CodeHash::from_bytes([0xee; 32]);
    assert_eq!(host.call_as(alice(), || counter.announce(nothing)), Ok(()));
    host.set_block(2, NOW + NOTICE_MS);
    let status = StatusCode::CodeNotFound as u8;
    let refused = host.call_as(alice(), || counter.upgrade(nothing, vec![]));
    let data = vec![];
    assert_eq!(refused, Err(CounterError::Refused { status, data }));
    assert_eq!(counter.announced().map(|it| it.code), Some(nothing));
    assert_eq!(host.call_as(bob(), || counter.add(1)), Ok(41));
    // Other code takes its place, with a day of its own.
    assert_eq!(host.call_as(alice(), || counter.announce(CODE)), Ok(()));
    let from = NOW + 2 * NOTICE_MS;
    let early = host.call_as(alice(), || counter.upgrade(CODE, vec![]));
    assert_eq!(early, Err(CounterError::TooEarly { from }));
}

#[test]
fn the_number_of_the_plain_counter_is_taken_over() {
    let host = TestHost::new::<Upgradeable>();
    // What contracts/counter leaves: blake3("value")[..4] -> SCALE(u64).
    raw::set(&selector!("value"), &41u64.encode());
    let mut counter = Upgradeable::open();
    assert_eq!((counter.layout(), counter.owner()), (1, None));
    let arguments = &bob();
    let migrate = || host.send::<Upgradeable>(Entry::Upgrade, selector!("migrate"), arguments);
    assert_eq!(migrate(), Ok(vec![]));
    assert_eq!(
        (counter.value(), counter.owner(), counter.layout()),
        (41, Some(bob()), 2)
    );
    assert_eq!(host.events::<Migrated>(), [Migrated { from: 1, to: 2 }]);
    let error = CounterError::NothingToMigrate { layout: 2 }.encode();
    assert_eq!(migrate(), Err(Failure::Reverted(RevertData::Error(error))));
    assert_eq!(host.call_as(bob(), || counter.keep()), Ok(()));
    assert_eq!(host.call_as(bob(), || counter.add(1)), Ok(42));
}

#[test]
fn the_counter_is_handed_over() {
    let (host, mut counter) = counter();
    let refused = host.call_as(bob(), || counter.accept());
    assert_eq!(refused, Err(CounterError::NotOffered));
    assert_eq!(host.call_as(alice(), || counter.offer(bob())), Ok(()));
    assert_eq!(host.call_as(bob(), || counter.accept()), Ok(()));
    assert_eq!(counter.owner(), Some(bob()));
}

proptest! {
    #[test]
    fn it_adds_up_or_stays(adds in vec(0u64..=u64::MAX, 0..12)) {
        let (host, mut counter) = counter();
        let (mut value, mut times) = (40u64, 0);
        for add in adds {
            let added = host.call_as(bob(), || counter.add(add));
            match value.checked_add(add) {
                Some(sum) => {
                    (value, times) = (sum, times + 1);
                    prop_assert_eq!(added, Ok(sum));
                }
                None => prop_assert_eq!(added, Err(CounterError::TooLarge { value, add })),
            }
            prop_assert_eq!((counter.value(), counter.times()), (value, times));
        }
    }
}

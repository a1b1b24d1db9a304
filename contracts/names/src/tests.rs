//! The registry on the played chain: who gets a name, for how long, and for what.

use proptest::prelude::proptest;
use proptest::prop_assert_eq;

use super::*;

const FEE: Balance = 100;
const NOW: TimestampMs = 1_000_000_000;
const SECRET: [u8; 32] = [7; 32];

fn alice() -> Address {
    account("alice")
}

fn bob() -> Address {
    account("bob")
}

fn names() -> (TestHost, Names) {
    let host = TestHost::new::<Names>();
    host.set_block(1, NOW);
    for person in [alice(), bob()] {
        host.set_balance(person, 100 * FEE);
    }
    let mut names = Names::open();
    host.call_as(account("clerk"), || names.init(FEE));
    (host, names)
}

fn commit(host: &TestHost, names: &mut Names, by: Address, name: &str) {
    let hash = names.commitment(name.into(), by, SECRET);
    assert_eq!(host.call_as(by, || names.commit(hash)), Ok(()));
}

fn register(host: &TestHost, names: &mut Names, by: Address, name: &str) -> Result<(), NamesError> {
    host.pay_as(by, FEE, || names.register(name.into(), by, 1, SECRET))
}

/// Alice has `ship`, registered a minute after the beginning.
fn registered() -> (TestHost, Names) {
    let (host, mut names) = names();
    commit(&host, &mut names, alice(), "ship");
    host.set_block(2, NOW + COMMIT_MS_MIN);
    assert_eq!(register(&host, &mut names, alice(), "ship"), Ok(()));
    (host, names)
}

const END: TimestampMs = NOW + COMMIT_MS_MIN + YEAR_MS;

#[test]
fn a_name_is_registered_by_whom_committed_to_it() {
    let (host, mut names) = names();
    let not_committed = Err(NamesError::NotCommitted);
    assert_eq!(register(&host, &mut names, alice(), "ship"), not_committed);
    commit(&host, &mut names, alice(), "ship");
    let hash = names.commitment("ship".into(), alice(), SECRET);
    let again = host.call_as(bob(), || names.commit(hash));
    assert_eq!(again, Err(NamesError::Committed));
    let from = NOW + COMMIT_MS_MIN;
    let early = Err(NamesError::TooEarly { from });
    assert_eq!(register(&host, &mut names, alice(), "ship"), early);
    host.set_block(2, from);
    // Who has seen the name cannot use what alice committed to.
    assert_eq!(register(&host, &mut names, bob(), "ship"), not_committed);
    assert_eq!(register(&host, &mut names, alice(), "ship"), Ok(()));
    assert_eq!(names.resolve("ship".into()), Some(alice()));
    let expires_at = from + YEAR_MS;
    let told = Registered {
        name: "ship".into(),
        owner: alice(),
        expires_at,
    };
    assert_eq!(host.events::<Registered>(), [told]);
    assert_eq!(host.balance(host.contract()), FEE);
}

#[test]
fn a_commitment_grows_old() {
    let (host, mut names) = names();
    commit(&host, &mut names, alice(), "ship");
    host.set_block(2, NOW + COMMIT_MS_MAX + 1);
    let refused = register(&host, &mut names, alice(), "ship");
    assert_eq!(refused, Err(NamesError::NotCommitted));
    commit(&host, &mut names, alice(), "ship");
}

#[test]
fn a_name_is_kept_through_its_grace() {
    let (host, mut names) = registered();
    commit(&host, &mut names, bob(), "ship");
    host.set_block(3, NOW + 2 * COMMIT_MS_MIN);
    let until = END + GRACE_MS;
    let taken = Err(NamesError::Taken { until });
    assert_eq!(register(&host, &mut names, bob(), "ship"), taken);

    host.set_block(4, END);
    assert_eq!(names.resolve("ship".into()), None, "its time is over");
    let mine = host.call_as(alice(), || names.set_target("ship".into(), bob()));
    assert_eq!(mine, Err(NamesError::NoSuchName));
    let renewed = host.pay_as(bob(), 2 * FEE, || names.renew("ship".into(), 2));
    assert_eq!(renewed, Ok(()), "anyone may pay");
    assert_eq!(names.resolve("ship".into()), Some(alice()));

    host.set_block(5, END + 2 * YEAR_MS + GRACE_MS);
    let late = host.pay_as(alice(), FEE, || names.renew("ship".into(), 1));
    assert_eq!(late, Err(NamesError::NoSuchName));
    commit(&host, &mut names, bob(), "ship");
    host.set_block(6, END + 2 * YEAR_MS + GRACE_MS + COMMIT_MS_MIN);
    assert_eq!(register(&host, &mut names, bob(), "ship"), Ok(()));
    assert_eq!(names.resolve("ship".into()), Some(bob()));
}

#[test]
fn only_the_owner_changes_a_name() {
    let (host, mut names) = registered();
    let set = |names: &mut Names, by, target| {
        host.call_as(by, || names.set_target("ship".into(), target))
    };
    assert_eq!(set(&mut names, bob(), bob()), Err(NamesError::NotOwner));
    assert_eq!(set(&mut names, alice(), bob()), Ok(()));
    assert_eq!(names.resolve("ship".into()), Some(bob()));
    let given = host.call_as(alice(), || names.give("ship".into(), bob()));
    assert_eq!(given, Ok(()));
    assert_eq!(set(&mut names, alice(), alice()), Err(NamesError::NotOwner));
    assert_eq!(host.events::<Changed>().len(), 2);
}

#[test]
fn what_one_calls_oneself_must_be_so() {
    let (host, mut names) = registered();
    let ship = || Some("ship".to_owned());
    let wrong = host.call_as(bob(), || names.set_primary(ship()));
    assert_eq!(wrong, Err(NamesError::NotTarget));
    assert_eq!(host.call_as(alice(), || names.set_primary(ship())), Ok(()));
    assert_eq!(names.name_of(alice()), ship());
    let moved = host.call_as(alice(), || names.set_target("ship".into(), bob()));
    assert_eq!((moved, names.name_of(alice())), (Ok(()), None));
    assert_eq!(host.call_as(alice(), || names.set_primary(None)), Ok(()));
}

#[test]
fn fees_are_exact_and_go_to_the_clerk() {
    let (host, mut names) = registered();
    let mut renew =
        |funds, years| host.pay_as(alice(), funds, || names.renew("ship".into(), years));
    assert_eq!(renew(FEE, 0), Err(NamesError::BadYears));
    assert_eq!(renew(11 * FEE, 11), Err(NamesError::BadYears));
    let fee = 2 * FEE;
    assert_eq!(renew(FEE, 2), Err(NamesError::WrongFee { fee }));
    assert_eq!(renew(3 * FEE, 2), Err(NamesError::WrongFee { fee }));
    assert_eq!(renew(fee, 2), Ok(()));
    let refused = host.call_as(alice(), || names.collect());
    assert_eq!(refused, Err(NamesError::NotOwner));
    let collected = host.call_as(account("clerk"), || names.collect());
    assert_eq!(collected, Ok(3 * FEE));
    assert_eq!(host.balance(account("clerk")), 3 * FEE);
    let refused = host.call_as(alice(), || names.set_fee(0));
    assert_eq!(refused, Err(NamesError::NotOwner));
    let changed = host.call_as(account("clerk"), || names.set_fee(7));
    assert_eq!((changed, names.fee()), (Ok(()), 7));
}

#[test]
fn names_are_plain() {
    for name in ["abc", "a-b", "0x0", "a2345678901234567890123456789012"] {
        assert!(is_name(name), "{name}");
    }
    for name in [
        "",
        "ab",
        "-ab",
        "ab-",
        "Abc",
        "a.b",
        "a b",
        "äbc",
        "a23456789012345678901234567890123",
    ] {
        assert!(!is_name(name), "{name}");
    }
}

proptest! {
    #[test]
    fn no_two_commitments_are_alike(a in "[a-c]{3,4}", b in "[a-c]{3,4}", c in 0u8..2, d in 0u8..2) {
        let host = TestHost::new::<Names>();
        let names = Names::open();
        let hash = |name: &str, secret| names.commitment(name.into(), alice(), [secret; 32]);
        prop_assert_eq!(hash(&a, c) == hash(&b, d), a == b && c == d);
        drop(host);
    }
}

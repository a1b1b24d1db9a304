//! The escrow on the played chain: every person, both ways, in any order.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

const AMOUNT: Balance = 1_000;
const NOW: TimestampMs = 1_000_000;
const DEADLINE: TimestampMs = 2_000_000;

fn person(name: &str) -> Address {
    account(name)
}

fn escrow() -> (TestHost, Escrow) {
    let host = TestHost::new::<Escrow>();
    host.set_block(1, NOW);
    host.set_balance(person("buyer"), AMOUNT);
    let mut escrow = Escrow::open();
    let begun = host.pay_as(person("buyer"), AMOUNT, || {
        escrow.init(person("seller"), person("arbiter"), DEADLINE)
    });
    assert_eq!(begun, Ok(()));
    (host, escrow)
}

#[track_caller]
fn check(by: &str, time: TimestampMs, may_release: bool, may_refund: bool) {
    let (host, mut escrow) = escrow();
    host.set_block(2, time);
    let released = host.call_as(person(by), || escrow.release());
    assert_eq!(
        released.is_ok(),
        may_release,
        "release by {by}: {released:?}"
    );
    if may_release {
        assert_eq!(host.balance(person("seller")), AMOUNT);
    }
    drop(host);
    let (host, mut escrow) = self::escrow();
    host.set_block(2, time);
    let refunded = host.call_as(person(by), || escrow.refund());
    assert_eq!(refunded.is_ok(), may_refund, "refund by {by}: {refunded:?}");
    if may_refund {
        assert_eq!(host.balance(person("buyer")), AMOUNT);
    }
}

#[test]
fn each_decides_what_is_theirs_to_decide() {
    check("buyer", DEADLINE - 1, true, false);
    check("buyer", DEADLINE, true, true);
    check("seller", NOW, false, true);
    check("seller", DEADLINE, false, true);
    check("arbiter", NOW, true, true);
    check("stranger", DEADLINE, false, false);
}

#[test]
fn a_deal_must_make_sense() {
    let host = TestHost::new::<Escrow>();
    host.set_block(1, NOW);
    host.set_balance(person("buyer"), AMOUNT);
    let mut escrow = Escrow::open();
    let mut begin = |funds, seller, arbiter, deadline| {
        host.pay_as(person("buyer"), funds, || {
            escrow.init(person(seller), person(arbiter), deadline)
        })
    };
    let nothing = begin(0, "seller", "arbiter", DEADLINE);
    assert_eq!(nothing, Err(EscrowError::NothingPaid));
    for (seller, arbiter) in [
        ("buyer", "arbiter"),
        ("seller", "seller"),
        ("seller", "buyer"),
    ] {
        let same = begin(1, seller, arbiter, DEADLINE);
        assert_eq!(same, Err(EscrowError::SamePerson));
    }
    let (deadline, now) = (NOW, NOW);
    let over = begin(1, "seller", "arbiter", deadline);
    assert_eq!(over, Err(EscrowError::DeadlineOver { deadline, now }));
    assert_eq!(host.balance(person("buyer")), AMOUNT);
}

#[test]
fn what_was_decided_is_told() {
    let (host, mut escrow) = escrow();
    assert_eq!(host.call_as(person("arbiter"), || escrow.release()), Ok(()));
    let settled = Settled {
        by: person("arbiter"),
        to: person("seller"),
        amount: AMOUNT,
    };
    assert_eq!(host.events::<Settled>(), [settled]);
    assert_eq!(escrow.deal().amount, AMOUNT);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_payment_goes_to_one_of_them_once(
        steps in vec((0usize..4, any::<bool>(), 0u64..600_000), 1..20),
    ) {
        let people = ["buyer", "seller", "arbiter", "stranger"].map(person);
        let (host, mut escrow) = escrow();
        let mut time = NOW;
        let mut decided = None;
        for (who, releases, later) in steps {
            time += later;
            host.set_block(2, time);
            let done = host.call_as(people[who], || {
                if releases { escrow.release() } else { escrow.refund() }
            });
            if let Some(state) = decided {
                prop_assert_eq!(done, Err(EscrowError::NotHeld { state }));
            } else if done.is_ok() {
                decided = Some(if releases { State::Released } else { State::Refunded });
            }
            prop_assert_eq!(escrow.state(), decided.unwrap_or(State::Held));
            let [buyer, seller, others @ ..] = people.map(|it| host.balance(it));
            let here = host.balance(host.contract());
            prop_assert_eq!(others, [0, 0]);
            prop_assert_eq!(buyer + seller + here, AMOUNT);
            prop_assert!([buyer, seller, here].contains(&AMOUNT), "it is never split");
        }
    }
}

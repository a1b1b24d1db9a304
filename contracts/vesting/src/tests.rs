//! The gift on the played chain: how it grows, and that nothing of it is lost.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

const START: TimestampMs = 1_000_000;
const CLIFF: u64 = 250;
const DURATION: u64 = 1_000;

fn grantor() -> Address {
    account("grantor")
}

fn friend() -> Address {
    account("friend")
}

fn gift(total: Balance, revocable: bool) -> (TestHost, Vesting) {
    let host = TestHost::new::<Vesting>();
    host.set_block(1, START - 10);
    host.set_balance(grantor(), total);
    let mut vesting = Vesting::open();
    let given = host.pay_as(grantor(), total, || {
        vesting.init(friend(), START, CLIFF, DURATION, revocable)
    });
    assert_eq!(given, Ok(()));
    (host, vesting)
}

#[test]
fn it_grows_from_the_cliff_to_the_end() {
    let (host, vesting) = gift(1_000, false);
    let cases = [
        (START - 10, 0),
        (START, 0),
        (START + CLIFF - 1, 0),
        (START + CLIFF, 250),
        (START + 333, 333),
        (START + DURATION - 1, 999),
        (START + DURATION, 1_000),
        (u64::MAX, 1_000),
    ];
    for (time, grown) in cases {
        host.set_block(2, time);
        assert_eq!(vesting.grown(), grown, "at {time}");
    }
    let (host, vesting) = {
        drop(host);
        gift(u128::MAX, false)
    };
    host.set_block(2, START + DURATION / 2);
    assert_eq!(vesting.grown(), u128::MAX / 2, "the largest gift fits");
}

#[test]
fn what_has_grown_is_paid_once() {
    let (host, mut vesting) = gift(1_000, false);
    let early = host.call_as(friend(), || vesting.release());
    assert_eq!(early, Err(VestingError::NothingGrown));
    host.set_block(2, START + 400);
    // Anyone may ask; it is the friend who is paid.
    assert_eq!(
        host.call_as(account("stranger"), || vesting.release()),
        Ok(400)
    );
    let again = host.call_as(friend(), || vesting.release());
    assert_eq!(again, Err(VestingError::NothingGrown));
    host.set_block(3, START + DURATION);
    assert_eq!(host.call_as(friend(), || vesting.release()), Ok(600));
    assert_eq!(host.balance(friend()), 1_000);
    let amounts: Vec<_> = host
        .events::<Released>()
        .iter()
        .map(|it| it.amount)
        .collect();
    assert_eq!(amounts, [400, 600]);
}

#[test]
fn only_what_has_not_grown_is_taken_back() {
    let (host, mut vesting) = gift(1_000, true);
    host.set_block(2, START + 400);
    let refused = host.call_as(friend(), || vesting.revoke());
    assert_eq!(refused, Err(VestingError::NotGrantor));
    assert_eq!(host.call_as(grantor(), || vesting.revoke()), Ok(600));
    assert_eq!(vesting.revoked_at(), Some(START + 400));
    let again = host.call_as(grantor(), || vesting.revoke());
    assert_eq!(again, Err(VestingError::NotRevocable));
    host.set_block(3, START + DURATION);
    assert_eq!(host.call_as(friend(), || vesting.release()), Ok(400));
    assert_eq!([grantor(), friend()].map(|it| host.balance(it)), [600, 400]);
    drop(host);
    let (host, mut vesting) = gift(1_000, false);
    let refused = host.call_as(grantor(), || vesting.revoke());
    assert_eq!(refused, Err(VestingError::NotRevocable));
}

#[test]
fn a_plan_must_make_sense() {
    let host = TestHost::new::<Vesting>();
    host.set_balance(grantor(), 1);
    let mut vesting = Vesting::open();
    let mut begin = |funds, start, cliff, duration| {
        host.pay_as(grantor(), funds, || {
            vesting.init(friend(), start, cliff, duration, true)
        })
    };
    assert_eq!(begin(0, START, 0, 1), Err(VestingError::NothingPaid));
    let bad = Err(VestingError::BadPlan);
    assert_eq!(begin(1, START, 0, 0), bad);
    assert_eq!(begin(1, START, 2, 1), bad);
    assert_eq!(begin(1, u64::MAX, 1, 1), bad);
    assert_eq!(begin(1, START, 1, 1), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_lost(
        total in 1u128..=u128::from(u64::MAX),
        steps in vec((0u64..300, 0u8..8), 0..20),
        revocable in any::<bool>(),
    ) {
        let (host, mut vesting) = gift(total, revocable);
        let (mut time, mut grown) = (START - 10, 0);
        for (later, step) in steps {
            time += later;
            host.set_block(2, time);
            prop_assert!(vesting.grown() >= grown, "it never shrinks");
            grown = vesting.grown();
            if step == 0 {
                let revoked = host.call_as(grantor(), || vesting.revoke());
                prop_assert!(revocable || revoked.is_err());
            } else {
                let due = vesting.releasable();
                let paid = host.call_as(friend(), || vesting.release());
                prop_assert_eq!(paid.unwrap_or(0), due);
            }
            let [friends, grantors] = [friend(), grantor()].map(|it| host.balance(it));
            prop_assert_eq!(friends + grantors + host.balance(host.contract()), total);
            prop_assert_eq!(friends, vesting.released());
            prop_assert!(friends <= vesting.grown());
        }
    }
}

//! Lots on the played chain: limits, alarms, who decides, and the trail.

use argosy_contract::codec::Encode;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::{prop_assert, prop_assert_eq};

use super::*;

fn owner() -> Address {
    account("owner")
}

fn inspector() -> Address {
    account("inspector")
}

fn manager() -> Address {
    account("manager")
}

fn id() -> String {
    "L-1".into()
}

fn characteristic(name: &str, min: i64, max: i64) -> Characteristic {
    Characteristic {
        name: name.into(),
        unit: "µm".into(),
        min,
        max,
    }
}

fn plan() -> Vec<Characteristic> {
    vec![
        characteristic("diameter", 990, 1_010),
        characteristic("play", 0, 5),
    ]
}

/// An open lot that two alarms block.
fn lots() -> (TestHost, Lots) {
    let host = TestHost::new::<Lots>();
    let mut lots = Lots::open();
    host.call_as(owner(), || lots.init());
    for (role, who) in [(Role::Inspector, inspector()), (Role::Manager, manager())] {
        assert_eq!(
            host.call_as(owner(), || lots.set_role(role, who, true)),
            Ok(())
        );
    }
    let opened = host.call_as(inspector(), || {
        lots.open_lot(id(), "shaft".into(), plan(), 2)
    });
    assert_eq!(opened, Ok(()));
    (host, lots)
}

fn measure(
    host: &TestHost,
    lots: &mut Lots,
    characteristic: u32,
    value: i64,
) -> Result<bool, LotError> {
    host.call_as(inspector(), || lots.measure(id(), characteristic, value))
}

fn status(lots: &Lots) -> Status {
    lots.lot(id()).expect("opened").status
}

#[test]
fn limits_belong_to_what_is_good() {
    let (host, mut lots) = lots();
    for (value, alarm) in [(990, false), (1_010, false), (989, true)] {
        assert_eq!(measure(&host, &mut lots, 0, value), Ok(alarm), "{value}");
    }
    assert_eq!(status(&lots), Status::Open);
    let missing = measure(&host, &mut lots, 2, 0);
    assert_eq!(missing, Err(LotError::NoSuchCharacteristic));
    let alarm = Alarm {
        lot: id(),
        characteristic: 0,
        value: 989,
        alarms: 1,
    };
    assert_eq!(host.events::<Alarm>(), [alarm]);
}

#[test]
fn alarms_block_a_lot_until_a_manager_resumes_it() {
    let (host, mut lots) = lots();
    assert_eq!(measure(&host, &mut lots, 0, 0), Ok(true));
    assert_eq!(measure(&host, &mut lots, 1, 6), Ok(true));
    let blocked = Status::Blocked;
    assert_eq!(status(&lots), blocked);
    let wrong = LotError::WrongStatus { status: blocked };
    assert_eq!(measure(&host, &mut lots, 0, 1_000), Err(wrong));
    let release = host.call_as(manager(), || lots.release(id()));
    assert_eq!(release, Err(LotError::WrongStatus { status: blocked }));
    let resume =
        |lots: &mut Lots, by| host.call_as(by, || lots.resume(id(), "gauge mended".into()));
    assert_eq!(resume(&mut lots, inspector()), Err(LotError::RoleMissing));
    assert_eq!(resume(&mut lots, manager()), Ok(()));
    assert_eq!(lots.lot(id()).map(|it| it.alarms), Some(0));
    assert_eq!(measure(&host, &mut lots, 0, 1_000), Ok(false));
    assert_eq!(host.call_as(manager(), || lots.release(id())), Ok(()));
    assert_eq!(status(&lots), Status::Released);
}

#[test]
fn nothing_is_released_that_was_not_measured() {
    let (host, mut lots) = lots();
    assert_eq!(measure(&host, &mut lots, 0, 1_000), Ok(false));
    let early = host.call_as(manager(), || lots.release(id()));
    assert_eq!(early, Err(LotError::NotMeasured { characteristic: 1 }));
    assert_eq!(measure(&host, &mut lots, 1, 3), Ok(false));
    assert_eq!(host.call_as(manager(), || lots.release(id())), Ok(()));
    let status = Status::Released;
    let late = host.call_as(manager(), || lots.reject(id(), "second thoughts".into()));
    assert_eq!(late, Err(LotError::WrongStatus { status }));
}

#[test]
fn only_who_has_the_role_acts() {
    let (host, mut lots) = lots();
    let refused = host.call_as(manager(), || lots.measure(id(), 0, 1_000));
    assert_eq!(refused, Err(LotError::RoleMissing));
    let refused = host.call_as(inspector(), || lots.reject(id(), "no".into()));
    assert_eq!(refused, Err(LotError::RoleMissing));
    let refused = host.call_as(manager(), || {
        lots.set_role(Role::Inspector, manager(), true)
    });
    assert_eq!(refused, Err(LotError::NotOwner));
    let taken = host.call_as(owner(), || {
        lots.set_role(Role::Inspector, inspector(), false)
    });
    assert_eq!(taken, Ok(()));
    assert!(!lots.has_role(Role::Inspector, inspector()));
    assert_eq!(
        measure(&host, &mut lots, 0, 1_000),
        Err(LotError::RoleMissing)
    );
}

#[test]
fn a_lot_must_make_sense() {
    let (host, mut lots) = lots();
    let mut open = |lot: &str, plan, alarms| {
        host.call_as(inspector(), || {
            lots.open_lot(lot.into(), "shaft".into(), plan, alarms)
        })
    };
    assert_eq!(open("L-1", plan(), 1), Err(LotError::Known));
    assert_eq!(open("", plan(), 1), Err(LotError::BadText));
    let bad = Err(LotError::BadPlan);
    assert_eq!(open("L-2", vec![], 1), bad);
    assert_eq!(open("L-2", vec![characteristic("x", 1, 0)], 1), bad);
    assert_eq!(open("L-2", plan(), 0), bad);
    assert_eq!(open("L-2", vec![characteristic("x", 0, 0); 33], 1), bad);
    assert_eq!(open("L-2", vec![characteristic("x", 0, 0); 32], 1), Ok(()));
}

/// What anyone computes from the steps that the contract lists.
fn trail_of(steps: &[Step]) -> [u8; 32] {
    let join = |hash: [u8; 32], step: &Step| crypto::blake3(&(hash, step).encode());
    steps.iter().fold([0; 32], join)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_trail_tells_all(steps in vec((0u8..6, 0u32..2, -2i64..9), 0..40)) {
        let (host, mut lots) = lots();
        let mut counted = 1; // It was opened.
        for (step, characteristic, value) in steps {
            let before = status(&lots);
            let done = match step {
                0..=2 => measure(&host, &mut lots, characteristic, value + 990 * i64::from(characteristic == 0)).map(drop),
                3 => host.call_as(manager(), || lots.resume(id(), "again".into())),
                4 => host.call_as(manager(), || lots.release(id())),
                _ => host.call_as(manager(), || lots.reject(id(), "bad".into())),
            };
            if done.is_ok() {
                let blocks = step <= 2 && status(&lots) == Status::Blocked;
                counted += 1 + usize::from(blocks);
            } else {
                prop_assert_eq!(status(&lots), before);
            }
            let was_final = matches!(before, Status::Released | Status::Rejected);
            prop_assert!(!was_final || done.is_err(), "nothing follows a decision");
        }
        let lot = lots.lot(id()).expect("opened");
        let listed = lots.steps(id(), 0, 100);
        prop_assert_eq!(listed.len(), counted);
        prop_assert_eq!(trail_of(&listed), lot.trail);
        let measured = listed.iter().filter(|it| matches!(it.what, Act::Measured { .. })).count();
        prop_assert_eq!(lot.measured.iter().sum::<u32>() as usize, measured);
        prop_assert!(lots.steps(id(), lot.steps, 5).is_empty());
        if lot.status == Status::Released {
            prop_assert!(lot.measured.iter().all(|it| *it > 0));
        }
    }
}

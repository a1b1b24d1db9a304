//! The registry on the played chain: which key speaks when, and who may change it.

use argosy_contract::testing::Signer;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, proptest};
use proptest::prop_assert_eq;

use super::*;

const NOW: TimestampMs = 1_000;

fn clerk() -> Address {
    account("clerk")
}

fn firm() -> Address {
    account("firm")
}

fn pump() -> String {
    "pump-7".into()
}

fn key(number: u32) -> Signer {
    Signer::named(&format!("key {number}"))
}

/// What a key signs to be the one of this number.
fn proof(devices: &Devices, signer: &Signer, number: u32, of: &Signer) -> Signature {
    signer.sign(&devices.statement(pump(), number, of.key()))
}

/// The firm has the pump, with key 0.
fn enrolled() -> (TestHost, Devices) {
    let host = TestHost::new::<Devices>();
    host.set_block(1, NOW);
    let mut devices = Devices::open();
    host.call_as(clerk(), || devices.init());
    let possession = proof(&devices, &key(0), 0, &key(0));
    let done = host.call_as(clerk(), || {
        devices.enroll(pump(), firm(), "P100".into(), key(0).key(), possession)
    });
    assert_eq!(done, Ok(()));
    (host, devices)
}

fn rotate(
    host: &TestHost,
    devices: &mut Devices,
    by: Address,
    from: u32,
    to: u32,
) -> Result<(), DeviceError> {
    let possession = proof(devices, &key(to), to, &key(to));
    let consent = proof(devices, &key(from), to, &key(to));
    host.call_as(by, || {
        devices.rotate(pump(), key(to).key(), possession, consent)
    })
}

#[test]
fn a_device_is_enrolled_once_by_the_owner_and_with_a_key_that_is_there() {
    let (host, mut devices) = enrolled();
    assert_eq!(devices.key_of(pump()), Some(key(0).key()));
    let possession = proof(&devices, &key(0), 0, &key(0));
    let mut enroll = |by, id: &str, model: &str, key: Key| {
        host.call_as(by, || {
            devices.enroll(id.into(), firm(), model.into(), key, possession)
        })
    };
    let known = key(0).key();
    assert_eq!(
        enroll(clerk(), "pump-7", "P", known),
        Err(DeviceError::Enrolled)
    );
    assert_eq!(
        enroll(firm(), "pump-8", "P", known),
        Err(DeviceError::NotOwner)
    );
    // A signature for another device is none for this one.
    assert_eq!(
        enroll(clerk(), "pump-8", "P", known),
        Err(DeviceError::NoPossession)
    );
    assert_eq!(enroll(clerk(), "", "P", known), Err(DeviceError::BadText));
    let long = "x".repeat(65);
    assert_eq!(
        enroll(clerk(), &long, "P", known),
        Err(DeviceError::BadText)
    );
    assert_eq!(
        enroll(clerk(), "pump-8", &long, known),
        Err(DeviceError::BadText)
    );
}

#[test]
fn a_key_follows_with_the_consent_of_the_old_one() {
    let (host, mut devices) = enrolled();
    host.set_block(2, NOW + 10);
    let not_controller = Err(DeviceError::NotController);
    assert_eq!(rotate(&host, &mut devices, clerk(), 0, 1), not_controller);
    // Key 2 is not the one that speaks now.
    let no_consent = Err(DeviceError::NoConsent);
    assert_eq!(rotate(&host, &mut devices, firm(), 2, 1), no_consent);
    assert_eq!(rotate(&host, &mut devices, firm(), 0, 1), Ok(()));
    assert_eq!(devices.key_of(pump()), Some(key(1).key()));
    // The same proofs do not go a second time: the number is another.
    assert_eq!(rotate(&host, &mut devices, firm(), 0, 1), no_consent);
    let at = |time| devices.key_at(pump(), time);
    assert_eq!(at(NOW - 1), None);
    assert_eq!(at(NOW + 9), Some(key(0).key()));
    assert_eq!(at(NOW + 10), Some(key(1).key()));
    let hash = [9; 32];
    let signed = |time| devices.has_signed(pump(), time, hash, key(0).sign(&hash));
    assert!(signed(NOW) && !signed(NOW + 10));
}

#[test]
fn a_lost_key_is_replaced_by_the_owner() {
    let (host, mut devices) = enrolled();
    let possession = proof(&devices, &key(1), 1, &key(1));
    let mut replace = |by| host.call_as(by, || devices.replace(pump(), key(1).key(), possession));
    assert_eq!(replace(firm()), Err(DeviceError::NotOwner));
    assert_eq!(replace(clerk()), Ok(()));
    assert_eq!(
        replace(clerk()),
        Err(DeviceError::NoPossession),
        "it is key 2 now"
    );
    let told = host.events::<KeySet>();
    assert_eq!((told[1].number, told[1].by), (1, clerk()));
}

#[test]
fn a_revoked_device_is_silent_for_ever() {
    let (host, mut devices) = enrolled();
    host.set_block(2, NOW + 10);
    let mut revoke = |by| host.call_as(by, || devices.revoke(pump()));
    assert_eq!(revoke(account("mallory")), Err(DeviceError::NotOwner));
    assert_eq!(revoke(firm()), Ok(()));
    assert_eq!(revoke(clerk()), Err(DeviceError::Revoked));
    assert_eq!(devices.key_of(pump()), None);
    assert_eq!(devices.key_at(pump(), NOW + 10), None);
    assert_eq!(
        devices.key_at(pump(), NOW + 9),
        Some(key(0).key()),
        "what it said before holds"
    );
    assert_eq!(
        rotate(&host, &mut devices, firm(), 0, 1),
        Err(DeviceError::Revoked)
    );
    let missing = host.call_as(clerk(), || devices.revoke("pump-9".into()));
    assert_eq!(missing, Err(DeviceError::NoSuchDevice));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn at_any_time_the_right_key_speaks(pauses in vec(0u64..5, 0..6), asked in 0u64..40) {
        let (host, mut devices) = enrolled();
        let (mut time, mut begins) = (NOW, vec![NOW]);
        for (number, pause) in (1u32..).zip(pauses) {
            time += pause;
            host.set_block(2, time);
            prop_assert_eq!(rotate(&host, &mut devices, firm(), number - 1, number), Ok(()));
            begins.push(time);
        }
        let asked = NOW - 1 + asked;
        // The last that had begun; one that began and ended at once never spoke.
        let speaks = begins.iter().rposition(|it| *it <= asked);
        let expected = speaks.map(|it| key(it as u32).key());
        prop_assert_eq!(devices.key_at(pump(), asked), expected);
    }
}

//! Batches on the played chain, with a registry that a test plays; the tree for every size and place.

use argosy_contract::codec::Encode;
use argosy_contract::testing::Signer;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::prop_assert_eq;

use super::*;

const NOW: TimestampMs = 1_000_000;

fn pump() -> String {
    "pump-7".into()
}

/// The registry knows the pump and nothing else.
fn attestation() -> (TestHost, Attestation) {
    let host = TestHost::new::<Attestation>();
    host.set_block(1, NOW);
    let mut attestation = Attestation::open();
    attestation.init(account("registry"));
    host.stub(account("registry"), |call| {
        assert!(call.is(selector!("key_of")) && call.read_only);
        let (device,) = call.arguments::<(String,)>();
        let key = (device == pump()).then(|| Signer::named("pump").key());
        Ok(key.encode())
    });
    (host, attestation)
}

fn readings(from: TimestampMs, count: u64) -> Vec<Reading> {
    let reading = |it| Reading {
        time: from + it,
        value: it as i64 - 7,
    };
    (0..count).map(reading).collect()
}

fn submit(
    host: &TestHost,
    attestation: &mut Attestation,
    readings: Vec<Reading>,
    signer: &str,
) -> Result<u64, AttestationError> {
    let number = attestation.count(pump());
    let hash = attestation.to_sign(pump(), number, tree::root(&readings));
    let signature = Signer::named(signer).sign(&hash);
    host.call_as(account("gateway"), || {
        attestation.submit(pump(), readings, signature)
    })
}

#[test]
fn a_thousand_readings_are_one_batch_and_each_can_be_proven() {
    let (host, mut attestation) = attestation();
    let all = readings(1_000, 1_000);
    assert_eq!(submit(&host, &mut attestation, all.clone(), "pump"), Ok(0));
    let batch = attestation.batch(pump(), 0).expect("kept");
    assert_eq!(
        (batch.count, batch.first, batch.last),
        (1_000, 1_000, 1_999)
    );
    assert_eq!(batch.key, Signer::named("pump").key());
    for index in [0, 1, 499, 998, 999] {
        let path = tree::path(&all, index);
        let holds = |index: usize, reading: &Reading, path: Vec<_>| {
            attestation.holds(pump(), 0, index as u32, reading.clone(), path)
        };
        assert!(holds(index, &all[index], path.clone()), "{index}");
        let mut forged = all[index].clone();
        forged.value += 1;
        assert!(!holds(index, &forged, path.clone()));
        assert!(!holds(index ^ 1, &all[index], path.clone()));
        let longer = [path.clone(), vec![[0; 32]]].concat();
        assert!(!holds(index, &all[index], longer));
        assert!(!holds(index, &all[index], path[1..].to_vec()));
    }
    let told = host.events::<Attested>();
    assert_eq!((told[0].root, told[0].count), (batch.root, 1_000));
}

#[test]
fn only_the_device_signs_and_each_batch_once() {
    let (host, mut attestation) = attestation();
    let bad = Err(AttestationError::BadSignature);
    assert_eq!(
        submit(&host, &mut attestation, readings(10, 2), "mallory"),
        bad
    );
    let first = readings(10, 2);
    let hash = attestation.to_sign(pump(), 0, tree::root(&first));
    let signature = Signer::named("pump").sign(&hash);
    let mut send = |device: &str, readings| {
        let device = device.to_owned();
        host.call_as(account("gateway"), || {
            attestation.submit(device, readings, signature)
        })
    };
    assert_eq!(
        send("pump-8", first.clone()),
        Err(AttestationError::UnknownDevice)
    );
    assert_eq!(send("pump-7", readings(11, 2)), bad);
    assert_eq!(send("pump-7", first.clone()), Ok(0));
    // The same again is of an earlier time, and would be of another number.
    assert_eq!(
        send("pump-7", first),
        Err(AttestationError::BadTime { index: 0 })
    );
    assert_eq!(send("pump-7", readings(20, 2)), bad);
    assert_eq!(
        submit(&host, &mut attestation, readings(20, 2), "pump"),
        Ok(1)
    );
}

#[test]
fn times_go_on_and_are_past() {
    let (host, mut attestation) = attestation();
    let mut refused = |readings| submit(&host, &mut attestation, readings, "pump").unwrap_err();
    assert_eq!(refused(vec![]), AttestationError::BadCount { count: 0 });
    let count = READINGS_MAX + 1;
    let many = readings(0, u64::from(count));
    assert_eq!(refused(many), AttestationError::BadCount { count });
    let mut shuffled = readings(0, 4);
    shuffled.swap(1, 2);
    assert_eq!(refused(shuffled), AttestationError::BadTime { index: 2 });
    let future = readings(NOW - 1, 3);
    assert_eq!(refused(future), AttestationError::BadTime { index: 2 });
}

#[test]
fn a_registry_that_does_not_answer_is_told() {
    let host = TestHost::new::<Attestation>();
    host.set_block(1, NOW);
    let mut attestation = Attestation::open();
    attestation.init(account("nobody there"));
    let status = StatusCode::ContractNotFound as u8;
    let refused = submit(&host, &mut attestation, readings(0, 1), "pump");
    assert_eq!(refused, Err(AttestationError::NoRegistry { status }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_path_proves_one_reading_at_one_place(
        values in vec(any::<i64>(), 1..40),
        index in any::<proptest::sample::Index>(),
        other in any::<proptest::sample::Index>(),
    ) {
        let reading = |(time, value)| Reading { time, value };
        let all: Vec<Reading> = (0u64..).zip(values).map(reading).collect();
        let (index, other) = (index.index(all.len()), other.index(all.len()));
        let (root, path) = (tree::root(&all), tree::path(&all, index));
        let (place, count) = (index as u32, all.len() as u32);
        prop_assert_eq!(tree::root_by(&all[index], place, count, &path), Some(root));
        if other != index {
            let elsewhere = tree::root_by(&all[index], other as u32, count, &path);
            proptest::prop_assert_ne!(elsewhere, Some(root));
            let another = tree::root_by(&all[other], place, count, &path);
            proptest::prop_assert_ne!(another, Some(root));
        }
        proptest::prop_assert_ne!(tree::root_by(&all[index], place, count + 1, &path), Some(root));
        prop_assert_eq!(tree::root_by(&all[index], count, count, &path), None);
    }
}

#[test]
fn the_registry_has_what_is_asked_of_it() {
    // Where this is the sample itself. A contract that began as its copy names the module that it calls.
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../artifacts"));
    if !folder.is_dir() {
        return;
    }
    let module = std::fs::read(folder.join("devices.wasm")).expect("the registry is built");
    let told = argosy_contract::testing::interface_differences::<Registry>(&module);
    assert_eq!(told, [""; 0]);
}

//! What each import does when all is well.

use argosy_primitives::{Address, StatusCode};
use argosy_vm_abi::Import;
use argosy_vm_host::{Stop, forwardable};
use parity_scale_codec::Decode;

use crate::fake::{CREATED, Effect, PLENTY, Stage};

const KEY: usize = 1000;
const OUT: i64 = 2000;

#[test]
fn gives_input_and_context() {
    let mut stage = Stage::new();
    assert_eq!(stage.run(Import::InputLen, &[]), 9);
    stage.run(Import::InputRead, &[OUT, 4, 5]);
    assert_eq!(stage.at(OUT, 5), b"input");
    for (import, byte) in [
        (Import::Chain, 1),
        (Import::Signer, 2),
        (Import::Caller, 3),
        (Import::SelfAddress, 4),
    ] {
        stage.run(import, &[OUT]);
        assert_eq!(stage.at(OUT, 32), [byte; 32]);
    }
    stage.run(Import::Funds, &[OUT]);
    assert_eq!(stage.at(OUT, 16), 5u128.to_le_bytes());
    stage.put(KEY, &[6; 32]);
    stage.run(Import::Balance, &[KEY as i64, OUT]);
    assert_eq!(stage.at(OUT, 16), 6u128.to_le_bytes());
    assert_eq!(stage.run(Import::BlockHeight, &[]), 7);
    assert_eq!(stage.run(Import::BlockTime, &[]), 8);
    let left = stage.guest.gas - stage.spec.host_prices.import.base;
    assert_eq!(stage.run(Import::GasLeft, &[]) as u64, left);
}

#[test]
fn ends_with_the_last_words() {
    let mut stage = Stage::new();
    let ptr = stage.put(KEY, b"bye");
    let finished = stage.import(Import::Finish, &[ptr, 3]);
    assert!(matches!(finished, Err(Stop::Finished(data)) if data == b"bye"));
    let reverted = stage.import(Import::Revert, &[ptr, 2]);
    assert!(matches!(reverted, Err(Stop::Reverted(data)) if data == b"by"));
    let Stage {
        session,
        guest,
        host,
        ..
    } = &mut stage;
    let fell_off = session.end(None, guest, host);
    assert!(matches!(fell_off, Stop::Finished(data) if data.is_empty()));
}

#[test]
fn reads_a_value_into_place_if_it_fits() {
    let mut stage = Stage::new();
    let key = stage.put(KEY, b"key");
    stage
        .host
        .storage
        .insert(b"key".to_vec(), (*b"value").into());
    assert_eq!(stage.run(Import::StorageGet, &[key, 3, OUT, 5]), 5);
    assert_eq!(stage.at(OUT, 5), b"value");
    assert_eq!(stage.register(), b"value");

    let before = stage.at(OUT + 100, 4).to_vec();
    assert_eq!(stage.run(Import::StorageGet, &[key, 3, OUT + 100, 4]), 5);
    assert_eq!(stage.at(OUT + 100, 4), before);
    assert_eq!(stage.register(), b"value");

    assert_eq!(stage.run(Import::StorageGet, &[key, 2, OUT, 5]), -1);
    assert_eq!(stage.register(), b"");
    assert_eq!(stage.run(Import::StorageRemove, &[key, 3]), 1);
    assert_eq!(stage.run(Import::StorageRemove, &[key, 2]), 0);
}

#[test]
fn writes_events_and_logs() {
    let mut stage = Stage::new();
    let key = stage.put(KEY, b"key=value");
    stage.run(Import::StorageSet, &[key, 3, key + 4, 5]);
    stage.put(OUT as usize, &[[7; 32], [8; 32]].concat());
    stage.run(Import::Emit, &[OUT, 2, key, 3]);
    stage.run(Import::Emit, &[OUT, 0, key, 0]);
    stage.put(3000, b"caf\xe9");
    stage.run(Import::Log, &[3000, 4]);
    let expected = [
        Effect::Set(b"key".to_vec(), b"value".to_vec()),
        Effect::Emit(vec![[7; 32], [8; 32]], b"key".to_vec()),
        Effect::Emit(vec![], vec![]),
        Effect::Log("caf\u{fffd}".into()),
    ];
    assert_eq!(stage.host.effects, expected);
}

fn ranged(stage: &mut Stage, args: &[i64; 6]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let count = stage.run(Import::StorageRange, args);
    let bytes = stage.register();
    let entries = Vec::<(Vec<u8>, Vec<u8>)>::decode(&mut &bytes[..]).expect("SCALE");
    assert_eq!(entries.len() as i64, count);
    entries
}

#[test]
fn ranges_go_both_ways_and_stop_at_the_limit() {
    let mut stage = Stage::new();
    for key in [b"a", b"b", b"c"] {
        stage.host.storage.insert(key.to_vec(), key[..].into());
    }
    let ptr = stage.put(KEY, b"abc");
    let keys = |entries: Vec<(Vec<u8>, Vec<u8>)>| {
        let keys: Vec<u8> = entries.into_iter().flat_map(|(key, _)| key).collect();
        String::from_utf8(keys).expect("ASCII")
    };
    let mut check = |args: [i64; 6], expected: &str| {
        assert_eq!(keys(ranged(&mut stage, &args)), expected, "{args:?}");
    };
    check([ptr, 0, 0, -1, 0, 100], "abc");
    check([ptr, 0, 0, -1, 1, 100], "cba");
    check([ptr, 0, 0, -1, 0, -1], "abc"); // 2^32 - 1 entries at most.
    check([ptr, 1, ptr + 2, 1, 0, 100], "ab");
    check([ptr + 1, 1, 0, -1, 0, 100], "bc");
    check([ptr, 0, 0, -1, 1, 2], "cb");
    check([ptr, 0, 0, -1, 0, 0], "");
    check([ptr + 2, 1, ptr, 1, 0, 100], "");
    check([ptr, 1, ptr, 1, 0, 100], "");
}

#[test]
fn ranges_respect_the_limits_of_the_chain_but_always_advance() {
    let mut stage = Stage::new();
    let many = stage.spec.limits.range_entries_max + 1;
    for key in 0..many {
        stage
            .host
            .storage
            .insert(key.to_be_bytes().to_vec(), (*b"").into());
    }
    let count = stage.run(Import::StorageRange, &[0, 0, 0, -1, 0, -1]);
    assert_eq!(count, i64::from(many) - 1);

    let mut spec = Stage::new().spec;
    spec.limits.range_bytes_max = 100;
    let mut stage = Stage::with_spec(spec);
    for (key, len) in [(b"a", 200), (b"b", 49), (b"c", 48), (b"d", 1)] {
        stage.host.storage.insert(key.to_vec(), vec![0; len].into());
    }
    let lens = |entries: Vec<(Vec<u8>, Vec<u8>)>| -> Vec<usize> {
        entries.into_iter().map(|(_, value)| value.len()).collect()
    };
    let ptr = stage.put(KEY, b"b");
    assert_eq!(lens(ranged(&mut stage, &[0, 0, 0, -1, 0, 9])), [200]);
    assert_eq!(lens(ranged(&mut stage, &[ptr, 1, 0, -1, 0, 9])), [49, 48]);
}

#[test]
fn removed_keys_are_paid_for_and_do_not_count() {
    let cost = |removed: usize| {
        let mut stage = Stage::new();
        stage.host.removed = removed;
        stage.host.storage.insert(b"a".to_vec(), (*b"b").into());
        assert_eq!(stage.run(Import::StorageRange, &[0, 0, 0, -1, 0, 1]), 1);
        PLENTY - stage.guest.gas
    };
    let price = Stage::new().spec.host_prices.storage_range_entry;
    assert_eq!(cost(10), cost(0) + 10 * price.base);

    let mut stage = Stage::new();
    stage.host.removed = usize::MAX;
    let result = stage.import(Import::StorageRange, &[0, 0, 0, -1, 0, 1]);
    assert!(matches!(result, Err(Stop::OutOfGas)));
}

#[test]
fn transfers_and_tells_how_it_went() {
    let mut stage = Stage::new();
    let to = stage.put(KEY, &[5; 32]);
    let amount = stage.put(KEY + 32, &77u128.to_le_bytes());
    assert_eq!(stage.run(Import::Transfer, &[to, amount]), 0);
    let expected = Effect::Transfer(Address::from_bytes([5; 32]), 77);
    assert_eq!(stage.host.effects, [expected]);
    stage.host.outcome.status = StatusCode::InsufficientBalance;
    assert_eq!(stage.run(Import::Transfer, &[to, amount]), 6);
}

#[test]
fn a_call_passes_gas_funds_flags_and_brings_data_back() {
    let mut stage = Stage::new();
    stage.guest.memory.fill(0);
    let funds = stage.put(KEY, &9u128.to_le_bytes());
    let input = stage.put(KEY + 16, b"ping");
    stage.host.outcome.status = StatusCode::Reverted;
    stage.host.outcome.gas_used = 500;
    let status = stage.run(Import::Call, &[0, funds, 500, 1, input, 4]);
    assert_eq!(status, 1);
    assert_eq!(stage.register(), b"returned");
    let expected = Effect::Call {
        gas: 500,
        funds: 9,
        input: b"ping".to_vec(),
        allow_reentry: true,
        read_only: false,
    };
    assert_eq!(stage.host.effects, [expected]);
}

#[test]
fn a_call_gets_at_most_63_of_64_parts() {
    let mut stage = Stage::new();
    stage.guest.memory.fill(0);
    let given = |asked: i64| {
        let mut stage = Stage::new();
        stage.guest.memory.fill(0);
        stage.run(Import::Call, &[0, 0, asked, 0, 0, 0]);
        let prices = &stage.spec.host_prices;
        // 32 bytes of address and 16 of amount are copied.
        let paid = prices.import.of(48) + prices.call.of(0);
        match stage.host.effects[..] {
            [Effect::Call { gas, .. }] => (gas, forwardable(PLENTY - paid)),
            _ => panic!("one call"),
        }
    };
    let (all, most) = given(0);
    assert_eq!(all, most);
    assert_eq!(given(-1).0, most);
    assert_eq!(given(most as i64 + 1).0, most);
    assert_eq!(given(most as i64).0, most);
    assert_eq!(given(5_000).0, 5_000);
    for left in [0, 1, 63, 64, 65, 1_000_000] {
        assert_eq!(forwardable(left), left - left / 64);
    }
}

#[test]
fn a_call_costs_what_it_used_and_returned() {
    let cost = |gas_used: u64, len: usize| {
        let mut stage = Stage::new();
        stage.guest.memory.fill(0);
        stage.host.outcome.gas_used = gas_used;
        stage.host.outcome.data = vec![0; len];
        stage.run(Import::Call, &[0, 0, 0, 0, 0, 0]);
        PLENTY - stage.guest.gas
    };
    let prices = Stage::new().spec.host_prices;
    let base = prices.import.of(48) + prices.call.of(0);
    assert_eq!(cost(0, 0), base);
    assert_eq!(cost(1_234, 0), base + 1_234);
    assert_eq!(cost(0, 17), base + 3 * prices.call.per_8_bytes);
}

#[test]
fn a_read_only_frame_makes_only_read_only_calls() {
    let is_read_only = |context: bool, flags: i64| {
        let mut stage = Stage::new();
        stage.guest.memory.fill(0);
        stage.host.context.read_only = context;
        stage.run(Import::Call, &[0, 0, 0, flags, 0, 0]);
        matches!(
            stage.host.effects[..],
            [Effect::Call {
                read_only: true,
                ..
            }]
        )
    };
    assert!(is_read_only(true, 0) && is_read_only(false, 2) && is_read_only(true, 2));
    assert!(!is_read_only(false, 0) && !is_read_only(false, 1));
}

#[test]
fn an_instantiation_tells_the_address_only_on_success() {
    let mut stage = Stage::new();
    stage.guest.memory.fill(0);
    let admin = stage.put(KEY, &[9; 32]);
    let args = [0, 32, admin, 64, 0, 96, 4, OUT];
    assert_eq!(stage.run(Import::Instantiate, &args), 0);
    assert_eq!(stage.at(OUT, 32), CREATED.as_bytes());
    assert_eq!(stage.register(), b"returned");

    stage.guest.memory.fill(0);
    stage.host.outcome.status = StatusCode::AlreadyExists;
    let args = [0, 32, -1, 64, 0, 96, 4, OUT];
    assert_eq!(stage.run(Import::Instantiate, &args), 16);
    assert_eq!(stage.at(OUT, 32), [0; 32]);
    let admins = stage.host.effects.iter().map(|effect| match effect {
        Effect::Instantiate { admin, .. } => *admin,
        _ => panic!("only instantiations"),
    });
    assert_eq!(
        admins.collect::<Vec<_>>(),
        [Some(Address::from_bytes([9; 32])), None]
    );
}

#[test]
fn an_upgrade_gets_all_that_may_be_passed_on() {
    let mut stage = Stage::new();
    assert_eq!(stage.run(Import::UpgradeSelf, &[0, 0, 0]), 0);
    let prices = &stage.spec.host_prices;
    let paid = prices.import.of(32) + prices.upgrade.of(0);
    let gas = forwardable(PLENTY - paid);
    assert_eq!(stage.host.effects, [Effect::Upgrade { gas }]);
}

#[test]
fn hashes_and_verifies() {
    let mut stage = Stage::new();
    let ptr = stage.put(KEY, b"abc");
    stage.run(Import::Sha256, &[ptr, 3, OUT]);
    assert_eq!(stage.at(OUT, 4), [0xba, 0x78, 0x16, 0xbf]);
    stage.run(Import::Keccak256, &[ptr, 3, OUT]);
    assert_eq!(stage.at(OUT, 4), [0x4e, 0x03, 0x65, 0x7a]);
    stage.run(Import::Blake3, &[ptr, 0, OUT]);
    assert_eq!(stage.at(OUT, 4), [0xaf, 0x13, 0x49, 0xb9]);

    let secret = argosy_primitives::SecretKey::generate_from([1; 32]);
    let argosy_primitives::PublicKey::Ed25519(key) = secret.public();
    let argosy_primitives::Signature::Ed25519(signature) = secret.sign(&[2; 32]);
    let key = stage.put(0, &key);
    let signature = stage.put(32, &signature);
    let message = stage.put(96, &[2; 32]);
    let args = [key, signature, message, 32];
    assert_eq!(stage.run(Import::Ed25519Verify, &args), 1);
    stage.put(96, &[3]);
    assert_eq!(stage.run(Import::Ed25519Verify, &args), 0);
    assert_eq!(stage.run(Import::Secp256k1Verify, &[0, 64, 128]), 0);
    assert_eq!(stage.run(Import::P256Verify, &[0, 64, 128]), 0);
}

#[test]
fn recovers_a_key_into_place() {
    // The vector of go-ethereum's ecRecover test with S in the lower half, see vm/crypto.
    let signing = |text: &str| const_hex::decode(text).expect("hex");
    let hash = signing("18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c");
    let r = signing("73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f");
    let s = signing("1146bf4e2fc4de1c94f1b81868960f68bc842490f1b6bc98387ba6b57599fbf8");
    let mut stage = Stage::new();
    let hash = stage.put(0, &hash);
    let signature = stage.put(32, &[r, s].concat());
    let args = [hash, signature, 0, OUT];
    assert_eq!(stage.run(Import::Secp256k1Recover, &args), 1);
    let key = stage.at(OUT, 33).to_vec();
    let key = stage.put(200, &key);
    let verified = stage.run(Import::Secp256k1Verify, &[key, signature, hash]);
    assert_eq!(verified, 1);
    let args = [hash, signature, 2, OUT];
    assert_eq!(stage.run(Import::Secp256k1Recover, &args), 0);
}

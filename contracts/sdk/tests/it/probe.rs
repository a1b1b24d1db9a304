//! Every import, from inside a module.

use argosy_contract::codec::{Decode, Encode};
use argosy_contract::crypto;
use argosy_contract::primitives::{Address, CodeHash, SecretKey, StatusCode};
use argosy_vm_abi::{Entry, RevertData, SdkError};

use crate::chain::{Chain, GAS};

fn probe() -> Chain {
    let mut chain = Chain::of("probe");
    chain.succeed(Entry::Init, "init", &"first");
    chain
}

#[track_caller]
fn check_ends(entry: Entry, method: &str, arguments: &impl Encode, expected: StatusCode) {
    let execution = probe().run(entry, method, arguments);
    assert_eq!(execution.status, expected, "{method}: {execution:?}");
    let may_answer = matches!(expected, StatusCode::Success | StatusCode::Reverted);
    assert!(may_answer || execution.data.is_empty());
}

#[test]
fn frames_end_as_asked() {
    let call = Entry::Call;
    check_ends(call, "spin", &(), StatusCode::OutOfGas);
    check_ends(call, "trap", &(), StatusCode::Trapped);
    check_ends(call, "panic", &(), StatusCode::Trapped);
    check_ends(call, "divide", &(1u32, 0u32), StatusCode::Trapped);
    check_ends(call, "recurse", &1_000_000u32, StatusCode::Trapped);
    check_ends(call, "recurse", &100u32, StatusCode::Success);
    for what in 0..8u8 {
        check_ends(call, "bad_pointer", &what, StatusCode::Trapped);
    }
    check_ends(
        call,
        "store_large",
        &(257u32, 1u32),
        StatusCode::LimitExceeded,
    );
    check_ends(
        call,
        "store_large",
        &(256u32, 65_536u32),
        StatusCode::Success,
    );
    check_ends(
        call,
        "store_large",
        &(1u32, 65_537u32),
        StatusCode::LimitExceeded,
    );
    check_ends(
        call,
        "emit_many",
        &(1u32, 16_384u32),
        StatusCode::LimitExceeded,
    );
    check_ends(call, "fail_with_bytes", &vec![9u8, 9], StatusCode::Reverted);
    check_ends(Entry::Query, "write_in_query", &(), StatusCode::ReadOnly);
    check_ends(Entry::Query, "emit_in_query", &(), StatusCode::ReadOnly);
}

#[test]
fn reverts_carry_their_reason() {
    let reason = |method, arguments: &dyn Fn(&mut Chain, &str) -> Vec<u8>| {
        RevertData::parse(&arguments(&mut probe(), method)).expect("follows the convention")
    };
    let text = reason("fail_with_text", &|chain, it| {
        chain.run(Entry::Call, it, &"why").data
    });
    assert_eq!(text, RevertData::Message("why".into()));
    let long = "x".repeat(20_000);
    let error = reason("fail_with_error", &|chain, it| {
        chain.run(Entry::Call, it, &(7u32, &long)).data
    });
    assert_eq!(error, RevertData::Error((1u8, 7u32, &long).encode()));
    let overflow = reason("overflow", &|chain, it| {
        chain.run(Entry::Call, it, &u64::MAX).data
    });
    assert_eq!(overflow, RevertData::Sdk(SdkError::Overflow));
}

#[test]
fn values_of_any_size_go_through() {
    let mut chain = probe();
    for length in [0usize, 1, 63, 64, 65, 10_000, 60_000] {
        let value: Vec<u8> = (0..length).map(|it| it as u8).collect();
        assert_eq!(chain.succeed(Entry::Call, "echo", &value), value.encode());
        chain.succeed(Entry::Call, "store", &(b"key".to_vec(), &value));
        let read = chain.succeed(Entry::Query, "read", &b"key".to_vec());
        assert_eq!(read, Some(value).encode());
    }
    assert_eq!(chain.succeed(Entry::Call, "erase", &b"key".to_vec()), [1]);
    assert_eq!(chain.succeed(Entry::Call, "erase", &b"key".to_vec()), [0]);
    assert_eq!(chain.succeed(Entry::Query, "read", &b"key".to_vec()), [0]);
}

#[test]
fn memory_grows() {
    let mut chain = probe();
    chain.gas = 50_000_000;
    assert_eq!(chain.succeed(Entry::Call, "grow", &3u32), 1u32.encode());
    assert_eq!(
        chain.succeed(Entry::Call, "grow_often", &(1u32, 5u32)),
        5u32.encode()
    );
    let refused = chain.succeed(Entry::Call, "grow", &300u32);
    assert_eq!(refused, u32::MAX.encode());
}

#[test]
fn maps_are_read_in_order() {
    let mut chain = probe();
    chain.succeed(Entry::Call, "fill", &(40u32, 3u32));
    let scan = |chain: &mut Chain, from: u32, to: u32, descending: bool, limit: u32| {
        let data = chain.succeed(Entry::Query, "scan", &(from, to, descending, limit));
        Vec::<u32>::decode(&mut data.as_slice()).expect("keys")
    };
    assert_eq!(scan(&mut chain, 3, 6, false, 9), [3, 4, 5]);
    assert_eq!(scan(&mut chain, 0, 99, true, 2), [39, 38]);
    assert_eq!(chain.succeed(Entry::Call, "clear", &50u32), 40u32.encode());
    assert!(scan(&mut chain, 0, u32::MAX, false, 9).is_empty());
}

#[test]
fn the_frame_is_seen_as_it_is() {
    let mut chain = probe();
    chain.context.funds = 11;
    chain.balances.insert(chain.context.contract, 12);
    let context = chain.context.clone();
    let seen = chain.succeed(Entry::Call, "surroundings_of_call", &());
    let expected = (
        (
            context.caller,
            context.contract,
            context.signer,
            context.chain,
        ),
        (11u128, 12u128, context.height, context.time_ms),
    );
    assert_eq!(seen, expected.encode());
    let gas = chain.succeed(Entry::Query, "gas", &());
    let gas = u64::decode(&mut gas.as_slice()).expect("a number");
    assert!(gas < GAS && gas > GAS / 2, "{gas}");
    chain.context.funds = 0;
    chain.succeed(Entry::Call, "log", &("a line", 2u32));
    assert_eq!(chain.log, ["a line", "a line"]);
}

#[test]
fn other_contracts_are_asked_as_told() {
    let mut chain = probe();
    let (to, code) = (Address::from_bytes([7; 32]), CodeHash::from_bytes([3; 32]));
    let tried = |status: StatusCode, data: &[u8]| (status as u8, data.to_vec()).encode();
    let done = tried(StatusCode::Success, b"outcome");

    let message = vec![1u8, 2];
    let relayed = chain.succeed(
        Entry::Call,
        "relay",
        &(to, 5u128, 77u64, true, false, &message),
    );
    assert_eq!(relayed, done);
    let relayed = chain.succeed(Entry::Query, "relay_in_query", &(to, &message));
    assert_eq!(relayed, done);
    assert_eq!(chain.succeed(Entry::Call, "send", &(to, 9u128)), [0]);
    let no_admin = Option::<Address>::None;
    let spawned = chain.succeed(
        Entry::Call,
        "spawn",
        &(code, [8u8; 32], no_admin, 0u128, &message),
    );
    let made = [[9; 32].as_slice(), b"outcome"].concat();
    assert_eq!(spawned, tried(StatusCode::Success, &made));
    chain.outcome.status = StatusCode::CodeNotFound;
    let spawned = chain.succeed(
        Entry::Call,
        "spawn",
        &(code, [8u8; 32], Some(to), 4u128, &message),
    );
    assert_eq!(spawned, tried(StatusCode::CodeNotFound, b"outcome"));
    let became = chain.succeed(Entry::Call, "become_code", &(code, &message));
    assert_eq!(became, tried(StatusCode::CodeNotFound, b"outcome"));
    let expected = [
        format!("call {to:?} funds 5 gas 77 reentry true read-only false input [1, 2]"),
        format!("call {to:?} funds 0 gas all reentry false read-only true input [1, 2]"),
        format!("transfer 9 to {to:?}"),
        format!("instantiate {code} salt 8 admin None funds 0 input [1, 2]"),
        format!("instantiate {code} salt 8 admin Some({to:?}) funds 4 input [1, 2]"),
        format!("upgrade {code} input [1, 2]"),
    ];
    assert_eq!(chain.requests, expected);
}

#[test]
fn what_was_not_declared_ends_the_frame() {
    let to = Address::from_bytes([7; 32]);
    let mut chain = probe();
    chain.forbid_everything();
    let ended = chain.run(Entry::Call, "send", &(to, 1u128)).status;
    assert_eq!(ended, StatusCode::CapabilityMissing);
}

#[test]
fn hashes_and_signatures_are_the_chains_own() {
    let mut chain = probe();
    let data = b"some bytes".to_vec();
    let hashes = (
        crypto::blake3(&data),
        crypto::sha256(&data),
        crypto::keccak256(&data),
    );
    assert_eq!(
        chain.succeed(Entry::Query, "hashes", &data),
        hashes.encode()
    );

    let key = SecretKey::generate_from([1; 32]);
    let signature = key.sign(&[2; 32]).encode();
    let public = key.public().encode();
    let mut verify = |message: [u8; 32]| {
        // Both begin with the scheme's byte.
        let arguments = [&public[1..], &signature[1..], &message.to_vec().encode()].concat();
        let mut input = argosy_vm_abi::selector_of("verify_ed25519").to_vec();
        input.extend(arguments);
        chain.run_raw(Entry::Query, input).data
    };
    assert_eq!(verify([2; 32]), [1]);
    assert_eq!(verify([3; 32]), [0]);
    let nothing = ([0u8; 33], [0u8; 64], [0u8; 32]);
    for method in ["verify_secp256k1", "verify_p256"] {
        assert_eq!(chain.succeed(Entry::Query, method, &nothing), [0]);
    }
    let none = chain.succeed(
        Entry::Query,
        "recover_secp256k1",
        &([0u8; 32], [0u8; 64], 0u8),
    );
    assert_eq!(none, [0]);
}

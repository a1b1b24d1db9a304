//! Regions that are none, allocators that lie.

use argosy_primitives::Address;
use argosy_vm_cosmwasm::Import;
use argosy_vm_host::{Stop, TrapKind};

use crate::fake::{Allocator, SPEC, Stage};

/// How many parameters each import has.
fn params(import: Import) -> usize {
    match import {
        Import::DbWrite
        | Import::AddrCanonicalize
        | Import::AddrHumanize
        | Import::Bls12381AggregateG1
        | Import::Bls12381AggregateG2 => 2,
        Import::DbScan
        | Import::Secp256k1Verify
        | Import::Secp256k1RecoverPubkey
        | Import::Secp256r1Verify
        | Import::Secp256r1RecoverPubkey
        | Import::Ed25519Verify
        | Import::Ed25519BatchVerify => 3,
        Import::Bls12381PairingEquality | Import::Bls12381HashToG1 | Import::Bls12381HashToG2 => 4,
        Import::DbRead
        | Import::DbRemove
        | Import::DbNext
        | Import::DbNextKey
        | Import::DbNextValue
        | Import::AddrValidate
        | Import::Debug
        | Import::Abort
        | Import::QueryChain => 1,
    }
}

#[test]
fn pointers_to_nowhere_end_the_frame_in_every_import() {
    for import in Import::ALL {
        for pointer in [-1, i64::from(u32::MAX), 1 << 20, (1 << 20) - 11] {
            let mut stage = Stage::new();
            let stop = stage.import(*import, &vec![pointer; params(*import)]);
            let expected = matches!(
                stop,
                Err(Stop::Trapped(TrapKind::BadPointer | TrapKind::BadArgument))
            );
            assert!(expected, "{import:?} {pointer}: {stop:?}");
        }
    }
}

#[test]
fn regions_that_do_not_fit_the_memory_end_the_frame() {
    let memory = 1_u32 << 20;
    for words in [
        [0, 4, 4],
        [memory, 1, 0],
        [memory - 4, 5, 1],
        [2_048, 4, 5],
        [2_048, u32::MAX, 4],
        [u32::MAX, u32::MAX, u32::MAX],
    ] {
        let mut stage = Stage::new();
        stage.guest.set_region(1_000, words);
        let stop = stage.import(Import::DbRead, &[1_000]);
        assert!(
            matches!(stop, Err(Stop::Trapped(TrapKind::BadPointer))),
            "{words:?}"
        );
    }
}

#[test]
fn a_region_may_overlap_its_own_head() {
    let mut stage = Stage::new();
    stage.guest.set_region(1_000, [1_000, 12, 12]);
    assert_eq!(stage.run(Import::DbRead, &[1_000]), 0);
}

#[test]
fn an_allocator_that_lies_ends_the_frame() {
    for (allocator, trap) in [
        (Allocator::Null, TrapKind::BadPointer),
        (Allocator::Mute, TrapKind::BadPointer),
        (Allocator::Short, TrapKind::BadPointer),
        (Allocator::Outside, TrapKind::BadPointer),
        (Allocator::Traps, TrapKind::Unreachable),
    ] {
        let mut stage = Stage::new();
        stage
            .host
            .storage
            .insert(b"key".to_vec(), b"value".as_slice().into());
        let key = stage.put(b"key");
        stage.guest.allocator = allocator;
        let stop = stage.import(Import::DbRead, &[key]);
        assert!(
            matches!(stop, Err(Stop::Trapped(found)) if found == trap),
            "{stop:?}"
        );
    }
}

#[test]
fn room_that_is_too_small_ends_the_frame() {
    let mut stage = Stage::new();
    let (source, out) = (stage.put(&[1; 32]), stage.room(8));
    let stop = stage.import(Import::AddrHumanize, &[source, out]);
    assert!(matches!(stop, Err(Stop::Trapped(TrapKind::BadPointer))));
}

#[test]
fn requests_that_are_none_are_answered() {
    for request in ["", "{}", "null", "[[[[", r#"{"bank":{}}"#] {
        let mut stage = Stage::new();
        let answer = stage.run_on(Import::QueryChain, &[request.as_bytes()]);
        let answer = String::from_utf8_lossy(stage.at(answer)).into_owned();
        assert!(
            answer.starts_with(r#"{"error":{"invalid_request""#),
            "{answer}"
        );
    }
    let bomb = [vec![b'['; 30_000], vec![b']'; 30_000]].concat();
    let answer = Stage::new().run_on(Import::QueryChain, &[&bomb]);
    assert_ne!(answer, 0);
}

#[test]
fn a_contract_that_is_asked_is_given_as_much_as_an_input_may_be() {
    let mut spec = SPEC.clone();
    spec.limits.data_bytes_max = 3;
    let contract = Address::from_bytes([4; 32]).to_text(spec.network.hrp);
    let request = |msg: &str| {
        format!(r#"{{"wasm":{{"smart":{{"contract_addr":"{contract}","msg":"{msg}"}}}}}}"#)
    };
    let mut stage = Stage::on(&spec);
    let answer = stage.run_on(Import::QueryChain, &[request("AAAAAA==").as_bytes()]);
    let expected = r#"{"ok":{"error":"the message is longer than an input may be"}}"#;
    assert_eq!(stage.at(answer), expected.as_bytes());
    // Three bytes get to the chain, which is none here.
    let ptr = stage.put(request("AAAA").as_bytes());
    let stop = stage.import(Import::QueryChain, &[ptr]);
    assert!(matches!(stop, Err(Stop::Fault(_))), "{stop:?}");
}

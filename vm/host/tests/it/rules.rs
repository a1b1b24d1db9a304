//! What ends a frame: read-only, capabilities, sizes, flags, refusals of the chain, broken tiers.

use argosy_primitives::StatusCode;
use argosy_vm_abi::{Capabilities, Import};
use argosy_vm_host::{Stop, TrapKind};

use crate::fake::Stage;

/// Arguments under which every import succeeds: small numbers, inside the memory.
pub(crate) fn good_args(import: Import) -> Vec<i64> {
    match import {
        Import::InputRead => vec![0, 0, 1],
        Import::ResultRead => vec![0, 0, 0],
        Import::StorageRange => vec![0, 0, 0, -1, 0, 1],
        Import::Instantiate => vec![0, 32, -1, 64, 0, 96, 4, 128],
        _ => vec![0; import.spec().params.len()],
    }
}

#[track_caller]
fn check_refused(stage: &mut Stage, import: Import, args: &[i64], expected: StatusCode) {
    let result = stage.import(import, args);
    assert!(
        matches!(result, Err(Stop::Refused(status)) if status == expected),
        "{import:?}: {result:?}"
    );
    assert!(stage.host.effects.is_empty());
}

const WRITES: [Import; 6] = [
    Import::StorageSet,
    Import::StorageRemove,
    Import::Transfer,
    Import::Instantiate,
    Import::UpgradeSelf,
    Import::Emit,
];

#[test]
fn a_read_only_frame_refuses_writes_and_nothing_else() {
    for import in Import::ALL {
        let mut stage = Stage::new();
        stage.guest.memory.fill(0); // Amounts of zero.
        stage.host.context.read_only = true;
        let args = good_args(*import);
        if WRITES.contains(import) {
            check_refused(&mut stage, *import, &args, StatusCode::ReadOnly);
        } else {
            let result = stage.import(*import, &args);
            let ended = matches!(result, Err(Stop::Finished(_) | Stop::Reverted(_)));
            assert!(ended || result.is_ok(), "{import:?}: {result:?}");
        }
    }
}

#[test]
fn a_read_only_call_cannot_carry_funds() {
    for (context_read_only, flags) in [(true, 0), (false, 2), (true, 3)] {
        let mut stage = Stage::new();
        stage.host.context.read_only = context_read_only;
        let args = [0, 0, 0, flags, 0, 0];
        check_refused(&mut stage, Import::Call, &args, StatusCode::ReadOnly);
    }
}

#[test]
fn each_capability_opens_its_imports() {
    let needs = [
        (Import::Transfer, Capabilities::TRANSFER),
        (Import::Call, Capabilities::CALL),
        (Import::Instantiate, Capabilities::INSTANTIATE),
        (Import::UpgradeSelf, Capabilities::UPGRADE),
    ];
    for (import, needed) in needs {
        let others = Capabilities::from_bits(Capabilities::ALL.bits() & !needed.bits());
        let args = good_args(import);
        let mut stage = Stage::new();
        stage.host.context.capabilities = others.expect("known bits");
        check_refused(&mut stage, import, &args, StatusCode::CapabilityMissing);

        let mut stage = Stage::new();
        stage.guest.memory.fill(0); // Amounts of zero.
        stage.host.context.capabilities = needed;
        stage.run(import, &args);
    }
    for import in Import::ALL {
        let mut stage = Stage::new();
        stage.host.context.capabilities = Capabilities::NONE;
        let result = stage.import(*import, &good_args(*import));
        let refused = matches!(result, Err(Stop::Refused(StatusCode::CapabilityMissing)));
        assert_eq!(refused, needs.iter().any(|(it, _)| it == import));
    }
}

#[test]
fn funds_with_a_call_need_the_right_to_transfer() {
    for (import, needed) in [
        (Import::Call, Capabilities::CALL),
        (Import::Instantiate, Capabilities::INSTANTIATE),
    ] {
        let mut stage = Stage::new();
        stage.host.context.capabilities = needed;
        let args = good_args(import);
        check_refused(&mut stage, import, &args, StatusCode::CapabilityMissing);
    }
}

#[test]
fn sizes_are_limited_to_the_byte() {
    let big = 70_000;
    let check = |import: Import, len_at: usize, max: u32| {
        for (len, fits) in [(max, true), (max + 1, false)] {
            let mut stage = Stage::new();
            stage.guest.memory.resize(big, 0);
            let mut args = good_args(import);
            args[len_at] = i64::from(len);
            let result = stage.import(import, &args);
            let refused = matches!(result, Err(Stop::Refused(StatusCode::LimitExceeded)));
            assert_eq!(refused, !fits, "{import:?} {len}: {result:?}");
        }
    };
    let limits = Stage::new().spec.limits;
    check(Import::StorageGet, 1, limits.storage_key_bytes_max);
    check(Import::StorageSet, 1, limits.storage_key_bytes_max);
    check(Import::StorageSet, 3, limits.storage_value_bytes_max);
    check(Import::StorageRemove, 1, limits.storage_key_bytes_max);
    check(Import::StorageRange, 1, limits.storage_key_bytes_max);
    check(Import::StorageRange, 3, limits.storage_key_bytes_max);
    check(Import::Finish, 1, limits.data_bytes_max);
    check(Import::Revert, 1, limits.data_bytes_max);
    check(Import::Call, 5, limits.data_bytes_max);
    check(Import::Instantiate, 6, limits.data_bytes_max);
    check(Import::UpgradeSelf, 2, limits.data_bytes_max);
    check(Import::Emit, 1, limits.event_topics_max);
    check(Import::Emit, 3, limits.event_bytes_max);
    check(Import::Log, 1, limits.event_bytes_max);
}

#[test]
fn unknown_flags_and_parts_outside_trap() {
    let bad = [
        (Import::Call, vec![0, 0, 0, 4, 0, 0]),
        (Import::Call, vec![0, 0, 0, -1, 0, 0]),
        (Import::StorageRange, vec![0, 0, 0, 0, 2, 1]),
        (Import::InputRead, vec![0, 0, 10]), // The input has 9 bytes.
        (Import::InputRead, vec![0, 10, 0]),
        (Import::InputRead, vec![0, -1, 1]),
        (Import::ResultRead, vec![0, 0, 1]), // The register is empty.
    ];
    for (import, args) in bad {
        let result = Stage::new().import(import, &args);
        let trapped = matches!(result, Err(Stop::Trapped(TrapKind::BadArgument)));
        assert!(trapped, "{import:?} {args:?}: {result:?}");
    }
    assert_eq!(Stage::new().run(Import::InputRead, &[0, 9, 0]), 0);
}

#[test]
fn a_refusal_of_the_chain_ends_the_frame() {
    for import in [Import::StorageSet, Import::StorageRemove, Import::Emit] {
        let mut stage = Stage::new();
        stage.host.refusal = Some(StatusCode::DepositLimit);
        let args = good_args(import);
        check_refused(&mut stage, import, &args, StatusCode::DepositLimit);
    }
}

#[test]
fn a_broken_tier_or_chain_is_a_fault() {
    let mut stage = Stage::new();
    let stage = &mut stage;
    let unknown = stage
        .session
        .import(Import::ALL.len(), &[], &mut stage.guest, &mut stage.host);
    assert!(matches!(unknown, Err(Stop::Fault(_))));
    let short = stage.import(Import::Caller, &[]);
    assert!(matches!(short, Err(Stop::Fault(_))));
    stage.host.outcome.gas_used = u64::MAX;
    let greedy = stage.import(Import::Call, &[0, 0, 5, 0, 0, 0]);
    assert!(matches!(greedy, Err(Stop::Fault(_))));
}

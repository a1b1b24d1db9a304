//! Any arguments to any import: no panic, nothing written but the named outputs, nothing done that
//! is not paid.

use std::collections::BTreeSet;

use argosy_primitives::StatusCode;
use argosy_vm_abi::{IMPORTS, Import, ValType};
use argosy_vm_host::{Stop, TrapKind};
use proptest::prelude::*;

use crate::fake::{MEMORY_BYTES, PLENTY, Stage};

/// Where an import may write: pointer and length, from its arguments.
fn outputs(import: Import, args: &[i64]) -> Vec<(i64, i64)> {
    match import {
        Import::InputRead | Import::ResultRead => vec![(args[0], args[2])],
        Import::StorageGet => vec![(args[2], args[3])],
        Import::Caller | Import::SelfAddress | Import::Signer | Import::Chain => {
            vec![(args[0], 32)]
        }
        Import::Funds => vec![(args[0], 16)],
        Import::Balance => vec![(args[1], 16)],
        Import::Instantiate => vec![(args[7], 32)],
        Import::Blake3 | Import::Sha256 | Import::Keccak256 => vec![(args[2], 32)],
        Import::Secp256k1Recover => vec![(args[3], 33)],
        _ => Vec::new(),
    }
}

/// Values around the edges of memory, limits and 32 bits.
fn argument(ty: ValType) -> BoxedStrategy<i64> {
    let end = MEMORY_BYTES as i64;
    let narrow = prop_oneof![
        4 => 0..end,
        2 => 0..40i64,
        2 => (end - 40)..=(end + 1),
        1 => Just(-1i64),
        1 => Just(i64::from(i32::MIN)),
        1 => Just(i64::from(i32::MAX)),
        1 => 65_530..65_540i64,
    ];
    match ty {
        ValType::I32 => narrow.boxed(),
        ValType::I64 => prop_oneof![narrow, any::<i64>()].boxed(),
    }
}

fn call() -> impl Strategy<Value = (Import, Vec<i64>)> {
    (0..IMPORTS.len()).prop_flat_map(|index| {
        let args: Vec<_> = IMPORTS[index]
            .params
            .iter()
            .map(|ty| argument(*ty))
            .collect();
        (Just(Import::ALL[index]), args)
    })
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    for key in 0..=255u8 {
        let value = vec![key; usize::from(key)];
        stage.host.storage.insert(vec![key | 1], value.into());
    }
    // Any length that fits the memory makes some key exist.
    let head = stage.guest.memory[..8].to_vec();
    stage.host.storage.insert(head, vec![9; 100].into());
    stage.host.storage.insert(Vec::new(), vec![8; 10].into());
    // What a callee uses depends on what it is given: leave that out of the sum.
    stage.host.outcome.gas_used = 0;
    stage
}

fn written(before: &[u8], after: &[u8]) -> BTreeSet<i64> {
    assert_eq!(before.len(), after.len());
    let changed = (0..before.len()).filter(|at| before[*at] != after[*at]);
    changed.map(|at| at as i64).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn any_arguments((import, args) in call(), status in 0usize..3) {
        let status = [StatusCode::Success, StatusCode::Reverted, StatusCode::OutOfGas][status];
        let mut rich = stage();
        rich.host.outcome.status = status;
        let before = rich.guest.memory.clone();
        let result = rich.import(import, &args);
        let used = PLENTY - rich.guest.gas;
        prop_assert!(used >= rich.spec.host_prices.import.base);

        let changed = written(&before, &rich.guest.memory);
        match &result {
            Ok(_) => {
                let outputs = outputs(import, &args);
                let named = |at: i64| outputs.iter().any(|(ptr, len)| at >= *ptr && at < ptr + len);
                prop_assert!(changed.iter().all(|at| named(*at)), "{changed:?} by {import:?}");
            }
            Err(stop) => {
                prop_assert!(changed.is_empty() && rich.host.effects.is_empty());
                prop_assert!(!matches!(stop, Stop::Fault(_) | Stop::OutOfGas), "{stop:?}");
            }
        }

        // One gas less: the same checks, then out of gas before any effect.
        let mut poor = stage();
        poor.host.outcome.status = status;
        poor.guest.gas = used - 1;
        let result = poor.import(import, &args);
        prop_assert!(matches!(result, Err(Stop::OutOfGas)), "{import:?} {result:?}");
        prop_assert!(poor.host.effects.iter().all(|it| it.is_frame()), "{import:?} unpaid");
        prop_assert_eq!(&poor.guest.memory, &before);
    }
}

#[track_caller]
fn check_edge(import: Import, args: &[i64], inside: bool) {
    let result = Stage::new().import(import, args);
    match (inside, &result) {
        (true, Ok(_)) | (false, Err(Stop::Trapped(TrapKind::BadPointer))) => {}
        _ => panic!("{import:?} {args:?}: {result:?}"),
    }
}

#[test]
fn the_last_byte_is_inside_and_the_next_is_not() {
    let end = MEMORY_BYTES as i64;
    for (import, len) in [(Import::Caller, 32), (Import::Funds, 16)] {
        check_edge(import, &[end - len], true);
        check_edge(import, &[end - len + 1], false);
        check_edge(import, &[-1], false);
    }
    check_edge(Import::Blake3, &[end, 0, 0], true);
    check_edge(Import::Blake3, &[end + 1, 0, 0], false);
    check_edge(Import::Blake3, &[end - 1, 1, 0], true);
    check_edge(Import::Blake3, &[end - 1, 2, 0], false);
    check_edge(Import::Blake3, &[1, -1, 0], false);
    check_edge(Import::Blake3, &[-1, -1, 0], false);
    check_edge(Import::StorageSet, &[0, 4, end - 8, 8], true);
    check_edge(Import::StorageSet, &[0, 4, end - 8, 9], false);
    check_edge(Import::StorageGet, &[0, 4, end, 0], true);
    check_edge(Import::StorageGet, &[0, 4, 0, -1], false);
    check_edge(Import::Emit, &[end - 64, 2, 0, 0], true);
    check_edge(Import::Emit, &[end - 63, 2, 0, 0], false);
}

#[test]
fn a_module_without_memory_has_no_valid_pointer() {
    let mut stage = Stage::new();
    stage.guest.memory.clear();
    let result = stage.import(Import::Caller, &[0]);
    assert!(matches!(result, Err(Stop::Trapped(TrapKind::BadPointer))));
    assert_eq!(stage.run(Import::StorageSet, &[0, 0, 0, 0]), 0);
}

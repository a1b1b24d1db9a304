//! Growth to the limit, and pointers handed to imports by real code.

use argosy_primitives::StatusCode;
use argosy_vm_abi::{Entry, Import, ValType};
use argosy_vm_host::TrapKind;

use argosy_vm_lab::{Chain, GAS, SPEC};

/// Grows by the pages in the input, a byte, and returns what `memory.grow` and `memory.size` say.
fn grower(declared: &str) -> Chain {
    Chain::of(&format!(
        r#"(module
            (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (memory (export "memory") {declared})
            (func (export "call")
                (call $input_read (i32.const 0) (i32.const 0) (i32.const 4))
                (i32.store (i32.const 0) (memory.grow (i32.load (i32.const 0))))
                (i32.store (i32.const 4) (memory.size))
                (i32.store8 (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))
                    (i32.const 1))
                (call $finish (i32.const 0) (i32.const 8))))"#
    ))
}

#[track_caller]
fn check_grow(declared: &str, pages: u32, expected: (i32, i32)) {
    let gas = 100 * GAS;
    let mut chain = grower(declared);
    let execution = chain
        .run(Entry::Call, &pages.to_le_bytes(), gas)
        .expect("no fault");
    assert_eq!(execution.status, StatusCode::Success);
    let (grown, size) = execution.data.split_first_chunk::<4>().expect("8 bytes");
    let found = (
        i32::from_le_bytes(*grown),
        i32::from_le_bytes(size.try_into().expect("4 bytes")),
    );
    assert_eq!(found, expected, "{declared} by {pages}");
    // A growth that fails pays as well.
    assert!(execution.gas_used >= u64::from(pages) * SPEC.load_prices.memory_grow_page);
}

#[test]
fn memory_grows_to_the_limit_of_module_or_chain() {
    let max = SPEC.native_limits().memory_pages_max as i32;
    check_grow("1", 0, (1, 1));
    check_grow("1", 1, (1, 2));
    check_grow("1", max as u32 - 1, (1, max));
    check_grow("1", max as u32, (-1, 1));
    check_grow("1 3", 2, (1, 3));
    check_grow("1 3", 3, (-1, 1));
}

#[test]
fn an_absurd_growth_is_out_of_gas() {
    let execution = grower("1").call(&u32::MAX.to_le_bytes());
    assert_eq!(execution.status, StatusCode::OutOfGas);
}

#[test]
fn growing_page_by_page_to_the_limit_and_on() {
    let mut chain = Chain::of(
        r#"(module
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (memory (export "memory") 1) (global $failed (mut i32) (i32.const 0))
            (func (export "call") (local $tries i32)
                (loop $next
                    (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1))
                        (then (global.set $failed (i32.add (global.get $failed) (i32.const 1)))))
                    (br_if $next
                        (i32.lt_u (local.tee $tries (i32.add (local.get $tries) (i32.const 1)))
                            (i32.const 300))))
                (i32.store (i32.const 0) (global.get $failed))
                (call $finish (i32.const 0) (i32.const 4))))"#,
    );
    let execution = chain.run(Entry::Call, b"", 100 * GAS).expect("no fault");
    let max = SPEC.native_limits().memory_pages_max;
    assert_eq!(execution.data, (300 - (max - 1)).to_le_bytes());
}

/// A contract that calls one import with these constants.
fn attack(import: Import, args: &[i64]) -> String {
    let spec = import.spec();
    let name = |ty: &ValType| match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
    };
    let params: Vec<_> = spec.params.iter().map(name).collect();
    let result = spec.result.iter().map(name);
    let results: String = result.map(|ty| format!("(result {ty})")).collect();
    let drop = spec.result.map_or("", |_| "drop");
    let words = spec.params.iter().zip(args);
    let consts: String = words
        .map(|(ty, word)| format!("({}.const {word})", name(ty)))
        .collect();
    format!(
        r#"(module
            (import "argosy" "{}" (func $import (param {}) {results}))
            (memory (export "memory") 1)
            (func (export "call") {consts} (call $import) {drop}))"#,
        spec.name,
        params.join(" "),
    )
}

#[test]
fn wild_pointers_to_any_import_trap() {
    for import in Import::ALL {
        let params = import.spec().params;
        for wild in [65_536, -1, i64::from(i32::MIN)] {
            let args = vec![wild; params.len()];
            let execution = Chain::of(&attack(*import, &args)).call(b"");
            let harmless = params.is_empty();
            assert_eq!(
                execution.status == StatusCode::Success,
                harmless,
                "{import:?} {wild}"
            );
        }
    }
}

#[test]
fn every_import_works_from_real_code() {
    for import in Import::ALL {
        let args: &[i64] = match import {
            Import::StorageRange => &[0, 0, 0, -1, 0, 9],
            _ => &[0; 8][..import.spec().params.len()],
        };
        let execution = Chain::of(&attack(*import, args)).call(b"");
        let expected = match import {
            Import::Revert => StatusCode::Reverted,
            _ => StatusCode::Success,
        };
        assert_eq!(
            execution.status, expected,
            "{import:?} {:?}",
            execution.diagnostic
        );
    }
}

#[test]
fn the_edge_of_memory_is_the_edge_of_pointers() {
    let ends = |ptr: i64, len: i64| {
        let execution = Chain::of(&attack(Import::Finish, &[ptr, len])).call(b"");
        execution.diagnostic.and_then(|it| it.trap)
    };
    assert_eq!(ends(65_535, 1), None);
    assert_eq!(ends(65_536, 0), None);
    assert_eq!(ends(65_535, 2), Some(TrapKind::BadPointer));
    assert_eq!(ends(65_537, 0), Some(TrapKind::BadPointer));
}

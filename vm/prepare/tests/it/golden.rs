//! The instrumented bytes are consensus: frozen as text, with their hash.
//!
//! A change here is a new `INSTRUMENTATION_VERSION`. `ARGOSY_BLESS=1` writes the files anew.

use std::path::Path;

use argosy_primitives::CodeHash;
use argosy_vm_prepare::INSTRUMENTATION_VERSION;

use crate::{accept::CONTRACT, support::prepare_wat};

#[track_caller]
fn check(name: &str, text: &str) {
    let prepared = prepare_wat(text);
    let printed = wasmprinter::print_bytes(&prepared.bytes).expect("valid");
    let hash = CodeHash::of(&prepared.bytes);
    let length = prepared.bytes.len();
    let found = format!(
        ";; instrumentation version {INSTRUMENTATION_VERSION}, {length} bytes, blake3 {hash}\n{printed}"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, &found).expect("writable");
    }
    let golden = std::fs::read_to_string(&path).expect("golden file; ARGOSY_BLESS=1 writes it");
    assert_eq!(
        found, golden,
        "instrumented bytes changed: that is a new version"
    );
}

#[test]
fn an_ordinary_contract() {
    check("contract.wat", CONTRACT);
}

#[test]
fn control_flow_in_a_leaf() {
    check(
        "leaf.wat",
        r#"(module (func (export "f") (param i32 i64) (result i32)
          (block $out
            (loop $again
              (br_if $out (i32.eqz (local.get 0)))
              (if (i64.eqz (local.get 1)) (then (return (i32.const 1))) (else (br $again)))))
          (select (i32.const 1) (local.get 0) (i32.eqz (local.get 0)))))"#,
    );
}

#[test]
fn calls_and_ways_out() {
    check(
        "calls.wat",
        r#"(module (table 1 funcref) (elem (i32.const 0) func $g)
          (func $g (param i32) (result i32)
            (block (result i32)
              (br_table 0 1 (local.get 0) (local.get 0)))
            (if (param) (then (return (call $g (i32.const 1)))))
            (i32.const 2))
          (func (export "f") (result i32) (call_indirect (param i32) (result i32) (i32.const 7) (i32.const 0))))"#,
    );
}

#[test]
fn bulk_memory() {
    check(
        "bulk.wat",
        r#"(module (memory (export "memory") 1)
          (func (export "f") (param i32)
            (memory.fill (i32.const 0) (i32.const 1) (local.get 0))
            (memory.copy (i32.const 0) (i32.const 1) (local.get 0))))"#,
    );
}

/// Which charges are checked, and which load the counter: behind calls in one arm and in the other,
/// skipped by a branch, around loops with and without a call.
#[test]
fn what_a_charge_owes() {
    check(
        "owed.wat",
        r#"(module (memory (export "memory") 1) (func $g)
          (func (export "arms") (param i32)
            (if (local.get 0) (then (call $g) nop) (else nop))
            nop)
          (func (export "skipped") (param i32)
            (block $out
              (call $g)
              (br_if $out (local.get 0))
              (br_if $out (local.get 0))
              nop)
            nop)
          (func (export "loops") (param i32)
            (loop $plain (br_if $plain (local.get 0)))
            (loop $outer
              (call $g)
              (loop $inner (br_if $inner (local.get 0)) (br_if $outer (local.get 0)))
              (drop (memory.grow (local.get 0)))
              (br_if $outer (local.get 0)))
            nop)
          (func (export "dead") (param i32)
            (block (call $g) (br 0) (call $g) (br_if 0 (local.get 0)) nop)
            nop))"#,
    );
}

/// Stores far off, and long runs without a loop or a call: the second and the fourth are checked.
#[test]
fn far_stores_and_long_runs() {
    let run = |count: usize| format!("(br_if 0 (local.get 0)) {}", "nop ".repeat(count));
    check(
        "far.wat",
        &format!(
            r#"(module (memory (export "memory") 2)
              (func (export "stores") (param i32 i64)
                (i32.store offset=65536 (local.get 0) (local.get 0))
                (i64.store offset=65536 (local.get 0) (local.get 1))
                (i64.store offset=65535 (local.get 0) (local.get 1))
                (br_if 0 (local.get 0)) nop)
              (func (export "runs") (param i32) {} {} {} {}))"#,
            run(500),
            run(500),
            run(900),
            run(1_200)
        ),
    );
}

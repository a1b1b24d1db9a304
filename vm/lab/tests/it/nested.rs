//! Contracts that call contracts.

use std::thread;

use argosy_primitives::StatusCode;
use argosy_vm_abi::Entry;

use argosy_vm_lab::{Chain, GAS};

/// Calls the contract whose address byte is the first of the input, passing the rest of the input
/// on; returns the status, a byte, and what came back. Without input it is a leaf and returns "leaf".
const RELAY: &str = r#"(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "result_len" (func $result_len (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "leaf")
    (func $relay
        (if (i32.eqz (call $input_len)) (then
            (call $finish (i32.const 0) (i32.const 4))))
        (call $input_read (i32.const 1000) (i32.const 0) (call $input_len))
        (memory.fill (i32.const 100) (i32.load8_u (i32.const 1000)) (i32.const 32))
        (i32.store8 (i32.const 3000)
            (call $call (i32.const 100) (i32.const 200) (i64.const 0) (i32.const 0)
                (i32.const 1001) (i32.sub (call $input_len) (i32.const 1))))
        (call $result_read (i32.const 3001) (i32.const 0) (call $result_len))
        (call $finish (i32.const 3000) (i32.add (call $result_len) (i32.const 1))))
    (func (export "call")
        (if (i32.eqz (call $input_len)) (then
            (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
        (call $relay))
    (func (export "query") (call $relay)))"#;

/// Fails in the way that its input, a byte, names, after an event.
const FAILING: &str = r#"(module
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (import "argosy" "revert" (func $revert (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "why")
    (func $down (call $down))
    (func (export "call") (local $way i32)
        (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (call $input_read (i32.const 100) (i32.const 0) (i32.const 1))
        (local.set $way (i32.load8_u (i32.const 100)))
        (if (i32.eq (local.get $way) (i32.const 1)) (then
            (call $revert (i32.const 0) (i32.const 3))))
        (if (i32.eq (local.get $way) (i32.const 2)) (then (loop $l (br $l))))
        (if (i32.eq (local.get $way) (i32.const 3)) (then unreachable))
        (if (i32.eq (local.get $way) (i32.const 4)) (then (call $down)))
        (if (i32.eq (local.get $way) (i32.const 5)) (then
            (call $emit (i32.const 0) (i32.const 5) (i32.const 0) (i32.const 0))))))"#;

#[track_caller]
fn check_failure(way: u8, status: StatusCode, data: &[u8]) {
    let mut chain = Chain::of(RELAY);
    chain.deploy(2, FAILING);
    let execution = chain.call(&[2, way]);
    // The caller goes on, and tells.
    assert_eq!(execution.status, StatusCode::Success);
    assert_eq!(execution.data, [&[status as u8], data].concat());
    assert_eq!(
        chain.events.len(),
        usize::from(status == StatusCode::Success)
    );
    let bound = if status == StatusCode::OutOfGas {
        GAS
    } else {
        GAS / 2
    };
    assert!(execution.gas_used < bound);
}

#[test]
fn a_failing_callee_is_a_code_for_its_caller() {
    check_failure(0, StatusCode::Success, b"");
    check_failure(1, StatusCode::Reverted, b"why");
    check_failure(2, StatusCode::OutOfGas, b"");
    check_failure(3, StatusCode::Trapped, b"");
    check_failure(4, StatusCode::Trapped, b"");
    check_failure(5, StatusCode::LimitExceeded, b"");
}

#[test]
fn a_missing_callee_is_a_code_for_its_caller() {
    let execution = Chain::of(RELAY).call(&[7]);
    assert_eq!(execution.data, [StatusCode::ContractNotFound as u8]);
}

/// Contract 1 calls itself as often as the input says.
fn tower(chain: &mut Chain, calls: usize) -> Vec<u8> {
    chain.call(&vec![1; calls]).data
}

#[test]
fn sixteen_contracts_deep_and_one_beyond() {
    let mut chain = Chain::of(RELAY);
    let success = StatusCode::Success as u8;
    let top = [&[success; 15][..], b"leaf"].concat();
    assert_eq!(tower(&mut chain, 15), top);
    assert_eq!(chain.events.len(), 1);
    let beyond = [&[success; 15][..], &[StatusCode::CallDepth as u8]].concat();
    assert_eq!(tower(&mut chain, 16), beyond);
}

#[test]
fn the_deepest_calls_need_a_fraction_of_the_big_stack() {
    let run = || tower(&mut Chain::of(RELAY), 15).len();
    let thread = thread::Builder::new().stack_size(argosy_vm_engine::STACK_BYTES / 64);
    let len = thread::scope(|scope| {
        let thread = thread.spawn_scoped(scope, run).expect("a thread");
        thread.join().expect("enough stack")
    });
    assert_eq!(len, 19);
}

#[test]
fn queries_call_queries_only() {
    let mut chain = Chain::of(RELAY);
    let execution = chain.run(Entry::Query, &[1, 1], GAS).expect("no fault");
    assert_eq!(execution.data, b"\0\0leaf");
    assert!(chain.events.is_empty());
    chain.deploy(2, FAILING); // It has no query.
    let execution = chain.run(Entry::Query, &[2, 0], GAS).expect("no fault");
    assert_eq!(execution.data, [StatusCode::EntryMissing as u8]);
}

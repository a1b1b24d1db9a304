//! Every gas limit: what a frame does grows with its limit and never depends on anything else.

use argosy_primitives::{Gas, StatusCode};
use argosy_vm_abi::Entry;
use argosy_vm_host::Execution;

use argosy_vm_lab::{Chain, GAS, SPEC};

/// Loops, calls, fills, stores, emits, hashes and finishes.
const BUSY: &str = r#"(module
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "sha256" (func $sha256 (param i32 i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func $sum (param i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total (i32.add (local.get $total) (local.get 0)))
            (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $total))
    (func (export "call")
        (i32.store (i32.const 0) (call $sum (i32.const 9)))
        (memory.fill (i32.const 100) (i32.const 7) (i32.const 200))
        (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 4))
        (drop (call $get (i32.const 0) (i32.const 1) (i32.const 200) (i32.const 4)))
        (call $sha256 (i32.const 200) (i32.const 4) (i32.const 300))
        (call $emit (i32.const 0) (i32.const 0) (i32.const 300) (i32.const 32))
        (call $finish (i32.const 300) (i32.const 32))))"#;

fn run(chain: &mut Chain, gas: Gas) -> (Execution, usize) {
    chain.storage.clear();
    chain.events.clear();
    let execution = chain.run(Entry::Call, b"", gas).expect("no fault");
    (execution, chain.events.len())
}

#[test]
fn every_limit_below_the_need_is_out_of_gas_and_every_one_above_is_the_same() {
    let mut chain = Chain::of(BUSY);
    let (full, _) = run(&mut chain, GAS);
    assert_eq!(full.status, StatusCode::Success);
    let need = full.gas_used;
    assert!(need < 60_000, "small enough to try every limit: {need}");
    for gas in 0..need {
        let (poor, events) = run(&mut chain, gas);
        assert_eq!((poor.status, poor.gas_used), (StatusCode::OutOfGas, gas));
        assert!(poor.data.is_empty() && events == 0);
    }
    for gas in [need, need + 1, GAS, 2 * GAS, u64::MAX] {
        let (rich, events) = run(&mut chain, gas);
        assert_eq!((&rich, events), (&full, 1), "{gas}");
    }
}

/// Calls the busy contract, keeps what it returned, emits.
const CALLER: &str = r#"(module
    (import "argosy" "call" (func $call (param i32 i32 i64 i32 i32 i32) (result i32)))
    (import "argosy" "result_read" (func $result_read (param i32 i32 i32)))
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "call")
        (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1))
        (memory.fill (i32.const 100) (i32.const 2) (i32.const 32))
        (if (i32.eqz (call $call (i32.const 100) (i32.const 200) (i64.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0)))
            (then (call $result_read (i32.const 300) (i32.const 0) (i32.const 32))))
        (call $set (i32.const 0) (i32.const 1) (i32.const 300) (i32.const 32))))"#;

/// Whoever has too little gas leaves nothing; who has more gets no further back. Each limit is
/// tried on both tiers, cold (a new chain each 9 973 limits) and warm.
#[test]
fn every_limit_of_nested_calls_is_the_same_on_both_tiers_and_leaves_nothing_behind() {
    let deployed = || {
        let mut chain = Chain::of(CALLER);
        chain.deploy(2, BUSY);
        chain
    };
    let mut chain = deployed();
    let (full, events) = run(&mut chain, GAS);
    assert_eq!((full.status, events), (StatusCode::Success, 2));
    let need = full.gas_used;
    let mut ended = false;
    for (round, gas) in (0..=need + 70_000).enumerate() {
        if round % 9_973 == 0 {
            chain = deployed();
        }
        let (execution, events) = run(&mut chain, gas);
        match execution.status {
            StatusCode::OutOfGas => {
                assert!(!ended, "{gas} is not enough where less was");
                assert_eq!((execution.gas_used, events), (gas, 0));
                assert!(chain.storage.is_empty());
            }
            StatusCode::Success => ended = true,
            other => panic!("{other:?} with {gas}"),
        }
    }
    assert!(ended);
}

#[test]
fn initial_memory_is_paid_before_it_exists() {
    let page = SPEC.load_prices.memory_page_initial;
    let mut chain = Chain::of(r#"(module (memory (export "memory") 3) (func (export "call")))"#);
    let full = chain.call(b"");
    assert!(full.gas_used > 3 * page && full.gas_used < 3 * page + 20);
    let poor = chain.run(Entry::Call, b"", 3 * page - 1).expect("no fault");
    assert_eq!(poor.status, StatusCode::OutOfGas);
    assert_eq!(poor.gas_used, 3 * page - 1);
}

#[test]
fn a_failed_frame_keeps_what_it_did_not_use() {
    let mut chain = Chain::of(r#"(module (func (export "call") unreachable))"#);
    let execution = chain.call(b"");
    assert_eq!(execution.status, StatusCode::Trapped);
    assert!(execution.gas_used < 20);
}

#[test]
fn gas_left_tells_what_is_left() {
    let mut chain = Chain::of(
        r#"(module
            (import "argosy" "gas_left" (func $gas_left (result i64)))
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (memory (export "memory") 1)
            (func (export "call")
                (i64.store (i32.const 0) (call $gas_left))
                (call $finish (i32.const 0) (i32.const 8))))"#,
    );
    let execution = chain.call(b"");
    let told = u64::from_le_bytes(execution.data.clone().try_into().expect("8 bytes"));
    let left = GAS - execution.gas_used;
    // What follows the question: finish of 8 bytes.
    assert_eq!(told - left, SPEC.host_prices.import.of(8));
}

//! Compiled code that needs more of the machine's stack than there is: nobody can tell.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use argosy_executor::Trace;
use argosy_primitives::{Action, Receipt, StateRoot};

use crate::kit::{ALICE, Kit};

/// Terms that do not change inside the loop: a compiler computes them before it, and keeps all of
/// them on the stack across the call.
const INVARIANTS: usize = 2_500;

/// Recurses as deep as the definition allows, with a large machine frame each time.
fn greedy() -> Vec<u8> {
    let mut sum = String::new();
    for number in 0..INVARIANTS {
        let factor = 0x1_0001 * (number as u64 + 3);
        write!(
            sum,
            "(local.set $sum (i64.xor (local.get $sum) (i64.mul (local.get $x) (i64.const {factor}))))"
        )
        .unwrap();
    }
    let text = format!(
        r#"(module
            (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
            (import "argosy" "log" (func $log (param i32 i32)))
            (memory (export "memory") 1)
            (func $down (param $x i64) (param $n i32) (result i64) (local $sum i64) (local $i i32)
                (local.set $i (i32.const 2))
                (loop $again
                    (if (i32.and (local.get $n) (i32.eq (local.get $i) (i32.const 2)))
                        (then (local.set $sum
                            (call $down (i64.add (local.get $x) (i64.const 1)) (local.get $n)))))
                    {sum}
                    (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
                (local.get $sum))
            (func (export "init"))
            (func (export "call")
                (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8))
                (call $log (i32.const 0) (i32.const 2))
                (i64.store (i32.const 0) (call $down (i64.const 5) (i32.const 1)))))"#
    );
    wat::parse_str(text).unwrap()
}

fn run(kit: &mut Kit) -> (Receipt, Vec<(u32, Trace)>, StateRoot) {
    let code = kit.store_code(ALICE, greedy());
    let contract = kit.instantiate(ALICE, code, 1, 0);
    let action = Action::Call {
        contract,
        funds: 0,
        message: Vec::new(),
        abi_hash: None,
    };
    let tx = crate::kit::sign(ALICE, kit.draft(ALICE, vec![action]));
    let outcome = kit.block(&[tx]);
    let receipt = outcome.receipts[0].clone();
    (receipt, outcome.traces, kit.state().root().unwrap())
}

#[test]
fn a_frame_that_the_machine_is_too_small_for_is_interpreted() {
    let mut interpreted = Kit::new();
    interpreted.engine = argosy_vm_engine::Engine::new(&interpreted.spec);
    let mut compiled = Kit::new();
    let (engine, given_up) = argosy_vm_lab::watched_engine(&compiled.spec);
    compiled.engine = engine;
    let expected = run(&mut interpreted);
    // What it logged before it broke off is told once.
    assert_eq!(expected.1[0].1.logs.len(), 1);
    assert_eq!(expected, run(&mut compiled));
    assert_eq!(
        given_up.load(Ordering::Relaxed),
        1,
        "the machine was large enough"
    );
}

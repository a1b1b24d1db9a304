//! How a frame ends.

use argosy_primitives::StatusCode;
use argosy_vm_abi::Entry;
use argosy_vm_host::TrapKind;

use argosy_vm_lab::{Chain, GAS};

/// A contract with one memory page and this body of `call`.
fn contract(body: &str) -> String {
    format!(
        r#"(module
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (import "argosy" "revert" (func $revert (param i32 i32)))
            (import "argosy" "input_len" (func $input_len (result i32)))
            (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "hello")
            (table 2 funcref) (elem (i32.const 0) $empty)
            (type $none (func)) (type $one (func (param i32)))
            (func $empty)
            (func $down (export "down") (call $down))
            (func $even (call $odd)) (func $odd (call $even))
            (func $wide (local i64 i64 i64 i64 i64 i64 i64 i64) (call $wide))
            (func (export "call") {body}))"#
    )
}

#[track_caller]
fn check(body: &str, status: StatusCode, data: &[u8]) {
    let execution = Chain::of(&contract(body)).call(b"input");
    assert_eq!((execution.status, &execution.data[..]), (status, data));
    assert!(execution.gas_used <= GAS);
}

#[track_caller]
fn check_trap(body: &str, kind: TrapKind) {
    let execution = Chain::of(&contract(body)).call(b"input");
    assert_eq!(execution.status, StatusCode::Trapped);
    let diagnostic = execution.diagnostic.expect("a trap is explained");
    assert_eq!(diagnostic.trap, Some(kind), "{diagnostic}");
    assert!(execution.data.is_empty() && execution.gas_used < GAS);
}

#[test]
fn succeeds_with_and_without_data() {
    check("", StatusCode::Success, b"");
    check(
        "(call $finish (i32.const 0) (i32.const 5))",
        StatusCode::Success,
        b"hello",
    );
    let echo = "(call $input_read (i32.const 8) (i32.const 0) (call $input_len))
                (call $finish (i32.const 8) (call $input_len))
                unreachable";
    check(echo, StatusCode::Success, b"input");
}

#[test]
fn reverts_with_data() {
    let body = "(call $revert (i32.const 1) (i32.const 3)) unreachable";
    check(body, StatusCode::Reverted, b"ell");
}

#[test]
fn traps_have_a_kind_for_people_and_one_status_for_the_chain() {
    check_trap("unreachable", TrapKind::Unreachable);
    check_trap(
        "(drop (i32.load (i32.const 65533)))",
        TrapKind::MemoryOutOfBounds,
    );
    check_trap(
        "(i32.store (i32.const -1) (i32.const 1))",
        TrapKind::MemoryOutOfBounds,
    );
    check_trap(
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        TrapKind::Arithmetic,
    );
    let overflow = "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))";
    check_trap(overflow, TrapKind::Arithmetic);
    check_trap(
        "(call_indirect (type $none) (i32.const 1))",
        TrapKind::IndirectCall,
    );
    check_trap(
        "(call_indirect (type $none) (i32.const 2))",
        TrapKind::IndirectCall,
    );
    let mistyped = "(call_indirect (type $one) (i32.const 0) (i32.const 0))";
    check_trap(mistyped, TrapKind::IndirectCall);
    check_trap(
        "(call $finish (i32.const 65535) (i32.const 2))",
        TrapKind::BadPointer,
    );
    let beyond = "(call $input_read (i32.const 0) (i32.const 5) (i32.const 1))";
    check_trap(beyond, TrapKind::BadArgument);
    check(
        "(call_indirect (type $none) (i32.const 0))",
        StatusCode::Success,
        b"",
    );
}

#[test]
fn recursion_ends_in_a_stack_trap() {
    check_trap("(call $down)", TrapKind::StackDepth);
    check_trap("(call $even)", TrapKind::StackDepth);
    check_trap("(call $wide)", TrapKind::StackDepth);
}

#[test]
fn an_endless_loop_ends_out_of_gas() {
    let execution = Chain::of(&contract("(loop $l (br $l))")).call(b"");
    assert_eq!(execution.status, StatusCode::OutOfGas);
    assert_eq!(execution.gas_used, GAS);
}

#[test]
fn a_limit_of_the_chain_ends_the_frame() {
    let body = "(call $finish (i32.const 0) (i32.const 65537))";
    check(body, StatusCode::LimitExceeded, b"");
}

#[test]
fn an_entry_that_is_not_there_is_missing() {
    let mut chain = Chain::of(&contract(""));
    for entry in [Entry::Init, Entry::Query, Entry::Upgrade] {
        let execution = chain.run(entry, b"", GAS).expect("no fault");
        assert_eq!(execution.status, StatusCode::EntryMissing);
    }
}

#[test]
fn a_module_without_memory_or_imports_runs() {
    let execution = Chain::of(r#"(module (func (export "call")))"#).call(b"");
    assert_eq!(execution.status, StatusCode::Success);
}

#[test]
fn each_frame_gets_a_fresh_instance() {
    let mut chain = Chain::of(
        r#"(module
            (import "argosy" "finish" (func $finish (param i32 i32)))
            (memory (export "memory") 1)
            (global $calls (mut i32) (i32.const 0))
            (func (export "call")
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (global.get $calls)))
                (call $finish (i32.const 0) (i32.const 4))))"#,
    );
    for _ in 0..3 {
        assert_eq!(chain.call(b"").data, 1u32.to_le_bytes());
    }
}

//! Sessions that call back into the instance: before, during and after its run.

use argosy_primitives::StatusCode;
use argosy_vm_host::{TierError, TrapKind};

use crate::adapter::{ALLOCATE, Foreign, GAS, module, run};

const TEXT: &str = r#"(import "env" "text" (func $text (result i32)))"#;

#[test]
fn data_goes_in_and_out_through_allocations() {
    let echo = r#"(func (export "execute") (param i32) (result i32) (local.get 0))"#;
    let code = module("", &format!("{ALLOCATE} {echo}"));
    let execution = run(Foreign::default(), &code, b"message").expect("no fault");
    assert_eq!(execution.status, StatusCode::Success);
    assert_eq!(execution.data, b"message");
}

#[test]
fn an_import_may_call_back_and_gas_is_one_counter() {
    let ask = r#"(func (export "execute") (param i32) (result i32)
        (global.set $gas (i64.sub (global.get $gas) (i64.const 1)))
        (drop (call $text)) (call $text))"#;
    let code = module(TEXT, &format!("{ALLOCATE} {ask}"));
    let execution = run(Foreign::default(), &code, b"").expect("no fault");
    assert_eq!(execution.data, b"text");
    // One page, three allocations, two imports, one of its own.
    let page = argosy_vm_lab::SPEC.load_prices.memory_page_initial;
    assert_eq!(execution.gas_used, page + 3 * 10 + 2 * 100 + 1);
}

#[test]
fn an_import_inside_an_import_traps() {
    let allocate = r#"
        (func (export "allocate") (param i32) (result i32) (call $text))
        (func (export "execute") (param i32) (result i32) (local.get 0))"#;
    let code = module(TEXT, allocate);
    let execution = run(Foreign::default(), &code, b"").expect("no fault");
    assert_eq!(execution.status, StatusCode::Trapped);
    let trap = execution.diagnostic.and_then(|it| it.trap);
    assert_eq!(trap, Some(TrapKind::NestedImport));
}

#[track_caller]
fn check_bad_allocate(allocate: &str, expected: StatusCode) {
    let execute = r#"(func (export "execute") (param i32) (result i32) (local.get 0))"#;
    let code = module("", &format!("{allocate} {execute}"));
    let execution = run(Foreign::default(), &code, b"").expect("no fault");
    assert_eq!(execution.status, expected, "{:?}", execution.diagnostic);
}

#[test]
fn an_allocator_that_fails_ends_the_frame() {
    use StatusCode::{OutOfGas, Trapped};
    check_bad_allocate("", Trapped);
    check_bad_allocate(r#"(func (export "allocate"))"#, Trapped);
    let traps = r#"(func (export "allocate") (param i32) (result i32) unreachable)"#;
    check_bad_allocate(traps, Trapped);
    let spends = r#"(func (export "allocate") (param i32) (result i32)
        (global.set $gas (i64.const -1)) unreachable)"#;
    check_bad_allocate(spends, OutOfGas);
}

/// A tier may remember how an export is called: whatever its type, it is called the same again and again.
#[test]
fn exports_of_every_type_are_called_back_more_than_once() {
    let twice = r#"(func (export "execute") (param i32) (result i32)
        (drop (call $text)) (call $text))"#;
    for (param, result) in [
        ("i32", "i32"),
        ("i32", "i64"),
        ("i64", "i32"),
        ("i64", "i64"),
    ] {
        let size = match param {
            "i32" => "(local.get 0)",
            _ => "(i32.wrap_i64 (local.get 0))",
        };
        let place = match result {
            "i32" => "(global.get $free)",
            _ => "(i64.extend_i32_u (global.get $free))",
        };
        let allocate = format!(
            r#"(func (export "allocate") (param {param}) (result {result})
                {place} (global.set $free (i32.add (global.get $free) {size})))"#
        );
        let code = module(TEXT, &format!("{allocate} {twice}"));
        let execution = run(Foreign::default(), &code, b"").expect("no fault");
        assert_eq!(execution.status, StatusCode::Success, "{param} {result}");
        assert_eq!(execution.data, b"text", "{param} {result}");
    }
}

#[test]
fn exports_with_another_count_of_parameters_are_not_called() {
    for ty in [
        "",
        "(result i32)",
        "(param i32 i32) (result i32)",
        "(param i64 i32 i64)",
    ] {
        let allocate = format!(r#"(func (export "allocate") {ty} unreachable)"#);
        let execute = r#"(func (export "execute") (param i32) (result i32) (local.get 0))"#;
        let code = module("", &format!("{allocate} {execute}"));
        let execution = run(Foreign::default(), &code, b"").expect("no fault");
        let trap = execution.diagnostic.and_then(|it| it.trap);
        assert_eq!(trap, Some(TrapKind::BadExport), "{ty}");
    }
}

#[test]
fn a_counter_below_zero_names_the_trap() {
    let sinks = |global: &str, value: &str| {
        let execute = format!(
            r#"(func (export "execute") (param i32) (result i32)
                (global.set ${global} ({value})) unreachable)"#
        );
        let code = module("", &format!("{ALLOCATE} {execute}"));
        let execution = run(Foreign::default(), &code, b"").expect("no fault");
        let trap = execution.diagnostic.and_then(|it| it.trap);
        (execution.status, execution.gas_used == GAS, trap)
    };
    let out_of_gas = sinks("gas", "i64.const -1");
    assert_eq!(out_of_gas, (StatusCode::OutOfGas, true, None));
    let too_deep = sinks("depth", "i32.const -1");
    let stack = Some(TrapKind::StackDepth);
    assert_eq!(too_deep, (StatusCode::Trapped, false, stack));
    let neither = sinks("depth", "i32.const 0");
    let unreachable = Some(TrapKind::Unreachable);
    assert_eq!(neither, (StatusCode::Trapped, false, unreachable));
}

#[test]
fn a_limit_of_the_interpreter_is_a_fault_and_no_result() {
    // Without instrumented depth, as no accepted module is.
    let execute = r#"(func $deep (param i32) (result i32) (call $deep (local.get 0)))
        (func (export "execute") (param i32) (result i32) (call $deep (i32.const 0)))"#;
    let code = module("", &format!("{ALLOCATE} {execute}"));
    let fault = argosy_vm_engine::on_big_stack(|| run(Foreign::default(), &code, b""))
        .expect("a thread")
        .expect_err("never a result");
    assert!(matches!(fault, TierError::Fault(_)), "{fault}");
    let message = fault.to_string();
    assert!(message.contains("limit of the interpreter"), "{message}");
}

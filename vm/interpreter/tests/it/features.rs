//! The second line: wasmi refuses what instrumentation never emits.

use std::sync::Arc;

use argosy_spec::ChainSpec;
use argosy_vm_host::Native;
use argosy_vm_interpreter::Interpreter;

#[track_caller]
fn check(text: &str, accepted: bool) {
    let code = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let spec = ChainSpec::dev();
    let native = Arc::new(Native::new(&spec.limits, &spec.host_prices));
    let (limits, load, host) = (spec.native_limits(), &spec.load_prices, &spec.host_prices);
    let loaded = Interpreter::new(native, limits, load, host).load(&code);
    assert_eq!(loaded.is_ok(), accepted, "{text}");
}

#[test]
fn accepts_what_contracts_need() {
    check("(module (func (drop (i32.extend8_s (i32.const 1)))))", true);
    check(
        r#"(module (global (export "g") (mut i32) (i32.const 1)))"#,
        true,
    );
    let bulk = "(module (memory 1) (func
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
        (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))))";
    check(bulk, true);
    check(
        "(module (table 1 funcref) (func (call_indirect (i32.const 0))))",
        true,
    );
}

#[test]
fn refuses_every_proposal_that_is_off() {
    check("(module (func (result f32) (f32.const 0)))", false);
    check("(module (func (param f64)))", false);
    check(
        "(module (func (result i32 i32) (i32.const 1) (i32.const 2)))",
        false,
    );
    check("(module (func $f (return_call $f)))", false);
    check("(module (memory 1) (memory 1))", false);
    check("(module (memory i64 1))", false);
    check("(module (func (drop (v128.const i64x2 0 0))))", false);
    check("(module (memory 1 1 shared))", false);
    check("(module (tag))", false);
    check(
        "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
        false,
    );
    check("(module (memory 1 (pagesize 1)))", false);
    let wide = "(module (func (result i64 i64)
        (i64.mul_wide_s (i64.const 1) (i64.const 2))))";
    check(wide, false);
    check("(module (type (struct)))", false);
    check("(module (func $s) (start $s))", false);
}

//! The node's own failures: never a result.

use std::sync::Arc;

use argosy_primitives::{AbiKind, CodeHash};
use argosy_vm_abi::Entry;
use argosy_vm_engine::{Engine, on_big_stack};

use argosy_vm_lab::{Chain, GAS, SPEC, compiled_engine};

/// Reads the key in its input.
const READER: &str = r#"(module
    (import "argosy" "input_len" (func $input_len (result i32)))
    (import "argosy" "input_read" (func $input_read (param i32 i32 i32)))
    (import "argosy" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (memory (export "memory") 1)
    (func (export "call")
        (call $input_read (i32.const 0) (i32.const 0) (call $input_len))
        (drop (call $get (i32.const 0) (call $input_len) (i32.const 0) (i32.const 0)))))"#;

#[test]
fn a_fault_of_the_host_comes_through() {
    let mut chain = Chain::of(READER);
    assert!(chain.run(Entry::Call, b"key", GAS).is_ok());
    chain.broken = true;
    let fault = chain.run(Entry::Call, b"key", GAS).expect_err("broken");
    assert_eq!(fault.to_string(), "node fault: the store is broken");
}

#[test]
#[should_panic(expected = "a bug of the host")]
fn a_panic_of_the_host_comes_through() {
    let _ = on_big_stack(|| Chain::of(READER).call(b"panic").status);
}

#[test]
#[should_panic(expected = "a bug of the host")]
fn a_panic_of_the_host_comes_through_compiled_code() {
    let mut chain = Chain::on(vec![compiled_engine()]);
    chain.deploy(1, READER);
    let _ = on_big_stack(|| chain.call(b"panic").status);
}

#[test]
fn a_fault_of_the_host_comes_through_compiled_code() {
    let mut chain = Chain::on(vec![compiled_engine()]);
    chain.deploy(1, READER);
    chain.broken = true;
    let fault = chain.run(Entry::Call, b"key", GAS).expect_err("broken");
    assert_eq!(fault.to_string(), "node fault: the store is broken");
}

#[test]
fn code_that_was_never_accepted_is_a_fault() {
    let engine = Engine::new(&SPEC);
    let load = |wat: &str, abi: AbiKind| {
        let bytes: Arc<[u8]> = wat::parse_str(wat).expect("well-formed").into();
        let hash = CodeHash::from_bytes([1; 32]);
        engine.load(&hash, abi, || Ok(bytes.clone())).map(drop)
    };
    let float = r#"(module (func (result f32) (f32.const 1)))"#;
    assert!(load(float, AbiKind::Native).is_err());
    let foreign = r#"(module (import "env" "abort" (func)))"#;
    assert!(load(foreign, AbiKind::Native).is_err());
    let start = r#"(module (func $s) (start $s))"#;
    assert!(load(start, AbiKind::Native).is_err());
    assert!(load("(module)", AbiKind::Ink).is_err());
    // As uploaded, without the detour of 4.10: wasmi panics, which is no reason to.
    let far = r#"(module (memory (export "memory") 2) (global (export "__gas") (mut i64) (i64.const 0))
        (func (param i32) (i32.store offset=65536 (local.tee 0 (i32.eqz (local.get 0))) (local.get 0))))"#;
    assert!(load(far, AbiKind::Native).is_err());
}

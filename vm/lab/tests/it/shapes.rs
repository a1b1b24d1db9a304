//! Imports of every shape get their arguments and give their results.

use std::fmt::Write as _;

use argosy_primitives::StatusCode;
use argosy_vm_abi::{ImportSpec, ValType};

use crate::adapter::{ALLOCATE, Foreign, TABLE, module, run};

fn name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
    }
}

/// Arguments that show sign, width and order.
fn args(spec: &ImportSpec) -> Vec<i64> {
    let word = |(place, ty): (i64, &ValType)| match ty {
        ValType::I32 => -1 - place,
        ValType::I64 => i64::MIN + place,
    };
    (0..).zip(spec.params).map(word).collect()
}

/// A contract that calls the import and traps unless the result is this.
fn caller(spec: &ImportSpec, expected: i64) -> Vec<u8> {
    let params: Vec<_> = spec.params.iter().map(|ty| name(*ty)).collect();
    let mut import = format!(
        r#"(import "env" "{}" (func $import (param {})"#,
        spec.name,
        params.join(" ")
    );
    let mut call = String::new();
    for (ty, word) in spec.params.iter().zip(args(spec)) {
        write!(call, "({}.const {word})", name(*ty)).expect("a string takes everything");
    }
    call += "(call $import)";
    if let Some(ty) = spec.result {
        let ty = name(ty);
        write!(import, "(result {ty})").expect("a string takes everything");
        write!(
            call,
            "({ty}.const {expected}) ({ty}.ne) (if (then unreachable))"
        )
        .expect("a string takes everything");
    }
    let execute =
        format!(r#"(func (export "execute") (param i32) (result i32) {call} (local.get 0))"#);
    module(&(import + "))"), &format!("{ALLOCATE} {execute}"))
}

#[test]
fn every_shape() {
    for (index, spec) in TABLE[..TABLE.len() - 1].iter().enumerate() {
        let word = -(index as i64) - (1 << 40);
        let expected = match spec.result {
            Some(ValType::I32) => i64::from(word as i32),
            _ => word,
        };
        let foreign = Foreign::default();
        let calls = foreign.calls.clone();
        let execution = run(foreign, &caller(spec, expected), b"").expect("no fault");
        assert_eq!(execution.status, StatusCode::Success, "{}", spec.name);
        let calls = calls.lock().expect("not poisoned");
        assert_eq!(*calls, [(spec.name, args(spec))]);
    }
}

//! One module per refused feature: named, placed, with the flag that avoids it.

use argosy_vm_prepare::Feature;

use crate::support::{refused, try_prepare};

#[track_caller]
fn check(text: &str, feature: Feature, section: &str, words: &[&str]) {
    let refusal = refused(text);
    assert_eq!(refusal.code(), "feature", "{refusal}\n{text}");
    assert_eq!(refusal.feature(), Some(feature), "{refusal}\n{text}");
    assert_eq!(refusal.section.as_str(), section, "{refusal}\n{text}");
    let message = refusal.to_string();
    for word in words.iter().chain(&[feature.as_str(), "byte"]) {
        assert!(message.contains(word), "{word:?} not in {message:?}");
    }
}

/// The operator in a body after whatever it needs.
#[track_caller]
fn check_operator(operator: &str, feature: Feature, name: &str) {
    let text = format!(
        "(module (type $t (func)) (table 1 funcref) (memory (export \"memory\") 1) \
         (data $d \"\") (func $f {operator}))"
    );
    // The passive segment comes after the code, where the operator is found first.
    check(&text, feature, "code", &[name]);
}

#[test]
fn floats() {
    check(
        "(module (func (drop (f32.const 1))))",
        Feature::Floats,
        "code",
        &["f32.const", "fixed-point"],
    );
    check_operator(
        "(drop (i32.trunc_f64_s (f64.const 1)))",
        Feature::Floats,
        "f64.const",
    );
    check_operator(
        "unreachable i32.reinterpret_f32 drop",
        Feature::Floats,
        "i32.reinterpret_f32",
    );
    check_operator(
        "unreachable f64.promote_f32 drop",
        Feature::Floats,
        "f64.promote_f32",
    );
    check_operator(
        "unreachable i64.trunc_sat_f64_u drop",
        Feature::Floats,
        "i64.trunc_sat_f64_u",
    );
    check_operator(
        "(drop (f32.load (i32.const 0)))",
        Feature::Floats,
        "f32.load",
    );
    check(
        "(module (type (func (param f32))))",
        Feature::Floats,
        "type",
        &["f32"],
    );
    check(
        "(module (type (func (result f64))))",
        Feature::Floats,
        "type",
        &["f64"],
    );
    check(
        "(module (global f64 (f64.const 0)))",
        Feature::Floats,
        "global",
        &["f64"],
    );
    check("(module (func (local f32)))", Feature::Floats, "code", &[]);
    check(
        "(module (func (block (result f32) unreachable) drop))",
        Feature::Floats,
        "code",
        &[],
    );
}

#[test]
fn simd() {
    check_operator("(drop (v128.const i64x2 1 2))", Feature::Simd, "v128.const");
    check_operator("unreachable i32x4.add drop", Feature::Simd, "i32x4.add");
    check_operator(
        "unreachable i8x16.relaxed_swizzle drop",
        Feature::Simd,
        "i8x16.relaxed_swizzle",
    );
    check(
        "(module (type (func (param v128))))",
        Feature::Simd,
        "type",
        &["-simd128"],
    );
    check(
        "(module (func (local v128)))",
        Feature::Simd,
        "code",
        &["-simd128"],
    );
}

#[test]
fn threads() {
    check_operator(
        "(drop (i32.atomic.load (i32.const 0)))",
        Feature::Threads,
        "i32.atomic_load",
    );
    check_operator("atomic.fence", Feature::Threads, "atomic.fence");
    let text = "(module (memory (export \"memory\") 1 1 shared))";
    check(
        text,
        Feature::Threads,
        "memory",
        &["shared memory", "-atomics"],
    );
}

#[test]
fn tail_calls() {
    check_operator("return_call $f", Feature::TailCall, "return_call");
    check_operator(
        "(return_call_indirect (type $t) (i32.const 0))",
        Feature::TailCall,
        "-tail-call",
    );
}

#[test]
fn bulk_memory_beyond_copy_and_fill() {
    let three = "(i32.const 0) (i32.const 0) (i32.const 0)";
    check_operator(
        &format!("(memory.init $d {three})"),
        Feature::BulkMemory,
        "memory.init",
    );
    check_operator("(data.drop $d)", Feature::BulkMemory, "data.drop");
    check_operator(
        &format!("(table.copy {three})"),
        Feature::BulkMemory,
        "table.copy",
    );
    check(
        "(module (table 1 funcref) (elem $e func) (func (elem.drop $e)))",
        Feature::BulkMemory,
        "element",
        &["passive element segment 0"],
    );
    check(
        "(module (memory (export \"memory\") 1) (data \"a\"))",
        Feature::BulkMemory,
        "data",
        &["passive data segment 0"],
    );
    check(
        "(module (func $f) (elem declare func $f))",
        Feature::BulkMemory,
        "element",
        &[],
    );
}

#[test]
fn reference_types_beyond_the_encoding() {
    check_operator(
        "(drop (table.get (i32.const 0)))",
        Feature::ReferenceTypes,
        "table.get",
    );
    check_operator(
        "(table.set (i32.const 0) (ref.null func))",
        Feature::ReferenceTypes,
        "ref.null",
    );
    check_operator(
        "(drop (table.size 0))",
        Feature::ReferenceTypes,
        "table.size",
    );
    check_operator(
        "unreachable table.grow 0 drop",
        Feature::ReferenceTypes,
        "table.grow",
    );
    check_operator(
        "unreachable table.fill 0",
        Feature::ReferenceTypes,
        "table.fill",
    );
    check_operator(
        "unreachable ref.is_null drop",
        Feature::ReferenceTypes,
        "ref.is_null",
    );
    check_operator(
        "(drop (select (result i32) (i32.const 0) (i32.const 0) (i32.const 0)))",
        Feature::ReferenceTypes,
        "select",
    );
    check(
        "(module (type (func (param externref))))",
        Feature::ReferenceTypes,
        "type",
        &["-reference-types"],
    );
    check(
        "(module (table 1 externref))",
        Feature::ReferenceTypes,
        "table",
        &[],
    );
    check(
        "(module (table 1 funcref) (func $f) (elem (i32.const 0) funcref (ref.func $f)))",
        Feature::ReferenceTypes,
        "element",
        &["element segment 0 of expressions"],
    );
}

#[test]
fn multi_value() {
    let two = "(module (func (block (result i32 i32) unreachable) drop drop))";
    check_multi_value(two);
    check_multi_value("(module (func (i32.const 1) (loop (param i32) drop)))");
}

/// Signatures of blocks are types, and too many results are a limit before they are a feature.
#[track_caller]
fn check_multi_value(text: &str) {
    let refusal = refused(text);
    let by_feature = refusal.feature() == Some(Feature::MultiValue);
    assert!(
        by_feature || refusal.to_string().contains("results_max"),
        "{refusal}"
    );
}

#[test]
fn multi_memory() {
    let text = "(module (memory (export \"memory\") 1) (memory 1))";
    check(text, Feature::MultiMemory, "memory", &["second memory"]);
}

#[test]
fn memory64() {
    check(
        "(module (memory (export \"memory\") i64 1))",
        Feature::Memory64,
        "memory",
        &["wasm32"],
    );
    check(
        "(module (table i64 1 funcref))",
        Feature::Memory64,
        "table",
        &[],
    );
}

#[test]
fn exceptions() {
    check_operator("unreachable throw_ref", Feature::Exceptions, "throw_ref");
    check(
        "(module (tag))",
        Feature::Exceptions,
        "tag",
        &["panic = \"abort\""],
    );
    check(
        "(module (func (try_table)))",
        Feature::Exceptions,
        "code",
        &["try_table"],
    );
}

#[test]
fn garbage_collection() {
    check(
        "(module (type (struct)))",
        Feature::Gc,
        "type",
        &["not a function"],
    );
    check(
        "(module (rec (type (func)) (type (func))))",
        Feature::Gc,
        "type",
        &["recursive"],
    );
    check_operator(
        "unreachable ref.as_non_null drop",
        Feature::Gc,
        "ref.as_non_null",
    );
    check(
        "(module (table 1 funcref (ref.null func)))",
        Feature::Gc,
        "table",
        &[],
    );
}

#[test]
fn extended_constants() {
    let text = "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))";
    check(text, Feature::ExtendedConst, "global", &["-extended-const"]);
}

#[test]
fn experiments() {
    check(
        "(module (memory (export \"memory\") 1 (pagesize 1)))",
        Feature::Experimental,
        "memory",
        &[],
    );
    check_operator(
        "unreachable i64.add128 drop drop",
        Feature::Experimental,
        "i64.add128",
    );
}

#[test]
fn components() {
    check(
        "(component)",
        Feature::Components,
        "module",
        &["wasm32-unknown-unknown"],
    );
}

#[test]
fn what_is_no_wasm() {
    for (bytes, word) in [
        (&b""[..], "unexpected end"),
        (b"\0asm", "unexpected end"),
        (b"\0asm\x02\0\0\0", "version"),
        (b"#!/bin/sh", "magic"),
        (b"(module)", "magic"),
    ] {
        let refusal = try_prepare(bytes).expect_err("no wasm");
        assert_eq!(refusal.code(), "malformed", "{refusal}");
        assert!(refusal.to_string().contains(word), "{refusal}");
    }
}

#[test]
fn what_does_not_type_check() {
    for text in [
        "(module (func (result i32)))",
        "(module (func (i32.add (i32.const 1) (i64.const 1)) drop))",
        "(module (func (drop (i32.load (i32.const 0)))))",
        "(module (func (br 1)))",
        "(module (func (local.set 0 (i32.const 1))))",
        "(module (func (call 1)))",
        "(module (global i32 (i32.const 0)) (func (global.set 0 (i32.const 1))))",
    ] {
        let refusal = refused(text);
        assert_eq!(refusal.code(), "malformed", "{refusal}");
        assert_eq!(refusal.section.as_str(), "code", "{refusal}");
    }
}

//! Nothing a module does reaches the engine's own stack limit, or leaves something on the native
//! stack: everything here runs on a thread of 256 KiB.

use argosy_vm_prepare::Feature;

use crate::support::{Guest, PLENTY, Status, limits, on_small_stack, prepare_wat, run};

#[test]
fn a_hundred_thousand_grows() {
    // A billion gas for the host's pages would not do: growing by 0 after the first is free of them.
    let text = r#"(module (memory (export "memory") 1)
      (func (export "f") (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (memory.grow (local.get 0)))
          (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 0))))
        (local.get 1)))"#;
    let text = text.replace(
        "(i32.const 0))))\n        (local.get 1)",
        "(i32.const 100000))))\n        (local.get 1)",
    );
    // Failing grows: each asks for more than there may be, and pays for it.
    on_small_stack(move || {
        let outcome = run(&text, "f", &[256], i64::MAX / 2);
        assert_eq!(outcome.status, Status::Returned(vec![-1]));
        assert_eq!(outcome.memory.len(), 65_536);
    });
    let text = r#"(module (memory (export "memory") 1)
      (func (export "f") (param i32) (result i32)
        (loop $l
          (drop (memory.grow (i32.const 0)))
          (drop (memory.grow (i32.eqz (i32.and (local.get 0) (i32.const 511)))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (memory.size)))"#;
    on_small_stack(move || {
        let outcome = run(text, "f", &[100_000], i64::MAX / 2);
        assert_eq!(outcome.status, Status::Returned(vec![1 + 100_000 / 512]));
    });
}

/// Every operator of the accepted set in an endless loop.
#[test]
fn every_operator_in_an_endless_loop_runs_out_of_gas() {
    let mut bodies = Vec::new();
    let unary = |ty: &str, name: &str| format!("(drop ({ty}.{name} ({ty}.const 3)))");
    let binary =
        |ty: &str, name: &str| format!("(drop ({ty}.{name} ({ty}.const 7) (local.get ${ty})))");
    for ty in ["i32", "i64"] {
        for name in ["eqz", "clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            bodies.push(unary(ty, name));
        }
        let names = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u add sub mul div_s div_u rem_s \
                     rem_u and or xor shl shr_s shr_u rotl rotr";
        for name in names.split(' ').filter(|it| !it.is_empty()) {
            bodies.push(binary(ty, name));
        }
        for name in ["load", "load8_s", "load8_u", "load16_s", "load16_u"] {
            bodies.push(format!("(drop ({ty}.{name} offset=8 (i32.const 16)))"));
        }
        for name in ["store", "store8", "store16"] {
            bodies.push(format!("({ty}.{name} (i32.const 64) ({ty}.const 5))"));
        }
    }
    for body in [
        "nop",
        "(drop (i64.load32_s (i32.const 0)))",
        "(drop (i64.load32_u (i32.const 0)))",
        "(i64.store32 (i32.const 64) (i64.const 1))",
        "(drop (i64.extend32_s (i64.const 1)))",
        "(drop (i64.extend_i32_s (i32.const 1)))",
        "(drop (i64.extend_i32_u (i32.const 1)))",
        "(drop (i32.wrap_i64 (i64.const 1)))",
        "(drop (select (i32.const 1) (i32.const 2) (local.get $i32)))",
        "(drop (select (i32.const 1) (i32.const 2) (i32.eqz (local.get $i32))))",
        "(local.set $i32 (local.tee $i32 (local.get $i32)))",
        "(global.set $g (global.get $g))",
        "(drop (memory.size))",
        "(drop (memory.grow (i32.const 0)))",
        "(drop (memory.grow (i32.const 1)))",
        "(drop (memory.grow (i32.const 1000)))",
        "(memory.copy (i32.const 0) (i32.const 100) (i32.const 1000))",
        "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))",
        "(memory.fill (i32.const 0) (i32.const 100) (i32.const 1000))",
        "(call $leaf)",
        "(call $caller)",
        "(call_indirect (i32.const 0))",
        "(call_indirect (i32.const 1))",
        "(drop (call $host))",
        "(if (local.get $i32) (then nop) (else nop))",
        "(block (br 0))",
        "(block (br_if 0 (local.get $i32)))",
        "(block (block (br_table 0 1 0 (local.get $i32))))",
        "(block (loop (br 1)))",
    ] {
        bodies.push(body.to_owned());
    }
    for body in bodies {
        let text = format!(
            r#"(module
              (import "argosy" "block_height" (func $host (result i64)))
              (memory (export "memory") 1) (table 2 funcref) (global $g (mut i64) (i64.const 0))
              (elem (i32.const 0) func $leaf $caller)
              (func $leaf) (func $caller (call $leaf))
              (func (export "f") (local $i32 i32) (local $i64 i64)
                (local.set $i32 (i32.const 3)) (local.set $i64 (i64.const 3))
                (loop {body} (br 0))))"#
        );
        on_small_stack(move || {
            let outcome = run(&text, "f", &[], 3_000_000);
            assert_eq!(outcome.status, Status::OutOfGas, "{body}");
        });
    }
}

#[test]
fn an_empty_loop_runs_out_of_gas() {
    on_small_stack(|| {
        let text = "(module (func (export \"f\") (loop (br 0))))";
        assert_eq!(run(text, "f", &[], 1_000_000).status, Status::OutOfGas);
        let text = "(module (func (export \"f\") (loop (loop (br 1)))))";
        assert_eq!(run(text, "f", &[], 1_000_000).status, Status::OutOfGas);
        let text = "(module (func (export \"f\") (loop (br_if 0 (i32.const 1)))))";
        assert_eq!(run(text, "f", &[], 1_000_000).status, Status::OutOfGas);
    });
}

/// Recursion ends by our depth, whatever the frames look like.
#[test]
fn recursion_ends_by_depth_and_not_by_the_engine() {
    let recurse = |locals: usize, operands: usize| {
        let locals = vec!["i64"; locals].join(" ");
        let (push, pop) = ("i64.const 1 ".repeat(operands), "drop ".repeat(operands));
        format!("(module (func $f (export \"f\") (local {locals}) {push} (call $f) {pop}))")
    };
    for (locals, operands) in [
        (0, 0),
        (10, 0),
        (100, 0),
        (504, 0),
        (0, 100),
        (0, 1_024),
        (500, 500),
    ] {
        check_too_deep(recurse(locals, operands));
    }
    // Through the table, through two functions, with parameters.
    check_too_deep(
        "(module (table 1 funcref) (elem (i32.const 0) func $f) (func $f (export \"f\") (call_indirect (i32.const 0))))".into(),
    );
    check_too_deep(
        "(module (func $f (export \"f\") (call $g)) (func $g (local i32) (call $f)))".into(),
    );
    let params = vec!["i64"; 16].join(" ");
    let pass: String = (0..16).map(|it| format!("(local.get {it})")).collect();
    check_too_deep(format!(
        "(module (func $f (param {params}) (call $f {pass})) (func (export \"f\") (call $f {})))",
        "(i64.const 1)".repeat(16),
    ));
}

#[track_caller]
fn check_too_deep(text: String) {
    on_small_stack(move || {
        let prepared = prepare_wat(&text);
        let words = i32::try_from(limits().stack_words_max).expect("small");
        let mut guest = Guest::new(&prepared.bytes);
        let outcome = guest.call("f", &[], PLENTY, words);
        assert_eq!(outcome.status, Status::TooDeep, "{text}");
    });
}

/// The greatest stack that any network may allow stays within the engine's.
#[test]
fn the_largest_stack_of_any_spec_fits_the_engine() {
    let text = "(module (func $f (export \"f\") (call $f)))";
    on_small_stack(move || {
        let prepared = prepare_wat(text);
        let outcome = Guest::new(&prepared.bytes).call("f", &[], PLENTY, 65_536);
        assert_eq!(outcome.status, Status::TooDeep);
    });
}

#[test]
fn table_grow_which_would_leave_something_behind_is_refused() {
    let text =
        "(module (table 1 funcref) (func (drop (table.grow 0 (ref.null func) (i32.const 1)))))";
    let refusal = crate::support::refused(text);
    assert_eq!(refusal.feature(), Some(Feature::ReferenceTypes));
}

//! wasmi 2.0.0 miscompiles `select` on a compare with zero of a local. The instrumentation puts a
//! detour between the two; these tests would fail without it.

use crate::support::{Guest, PLENTY, Status, prepare_wat, wasm};

/// The shortest known case: must give 7, gives a division by zero uninstrumented.
const SHORTEST: &str = r#"(module (func (export "f") (param i64) (result i64) (local i32)
  (i32.wrap_i64 (local.get 0))
  (select (i32.const 1) (local.get 1) (i32.eqz (local.get 1)))
  i32.div_u
  i64.extend_i32_u))"#;

#[test]
fn the_shortest_case_is_right() {
    let outcome = Guest::new(&prepare_wat(SHORTEST).bytes).call("f", &[7], PLENTY, 1_000);
    assert_eq!(outcome.status, Status::Returned(vec![7]));
}

/// When this fails, the engine is repaired and the detour may go (with a new instrumentation
/// version).
#[test]
fn the_engine_still_needs_the_detour() {
    let status = Guest::new(&wasm(SHORTEST)).call_raw("f", &[7]);
    assert_eq!(
        status,
        Status::Trapped,
        "was Returned([7]) once the engine is repaired"
    );
}

/// Conditions that end in, or fold to, a compare of local 1 (an i32) or 2 (an i64) with zero.
const CONDITIONS: &[&str] = &[
    "(local.get 1)",
    "(i32.eqz (local.get 1))",
    "(i32.eqz (i32.eqz (local.get 1)))",
    "(i32.eq (local.get 1) (i32.const 0))",
    "(i32.eq (i32.const 0) (local.get 1))",
    "(i32.ne (local.get 1) (i32.const 0))",
    "(i32.ne (i32.const 0) (local.get 1))",
    "(i32.eq (local.get 1) (i32.const 5))",
    "(i32.ne (local.get 1) (local.get 1))",
    "(i64.eqz (local.get 2))",
    "(i64.ne (local.get 2) (i64.const 0))",
    "(i64.eqz (i64.extend_i32_u (i32.eqz (local.get 1))))",
    "(i64.ne (i64.extend_i32_u (i32.eqz (local.get 1))) (i64.const 0))",
    "(i32.wrap_i64 (i64.extend_i32_u (i32.eqz (local.get 1))))",
    "(i32.shl (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.shr_u (i32.eqz (local.get 1)) (i32.const 32))",
    "(i32.shr_s (i32.ne (local.get 1) (i32.const 0)) (i32.const 0))",
    "(i32.rotl (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.rotr (i32.ne (local.get 1) (i32.const 0)) (i32.const 64))",
    "(i32.or (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.and (i32.eqz (local.get 1)) (i32.const -1))",
    "(i32.xor (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.add (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.sub (i32.eqz (local.get 1)) (i32.const 0))",
    "(i32.mul (i32.eqz (local.get 1)) (i32.const 1))",
    "(i32.div_u (i32.eqz (local.get 1)) (i32.const 1))",
    "(i32.extend8_s (i32.eqz (local.get 1)))",
    "(i32.xor (local.get 1) (i32.const 5))",
    "(i32.eqz (i32.xor (local.get 1) (i32.const 0)))",
    "(i32.eqz (i32.and (local.get 1) (i32.const 1)))",
    "(i32.lt_u (local.get 1) (i32.const 1))",
    "(i32.gt_u (local.get 1) (i32.const 0))",
    "(i32.lt_s (local.get 1) (i32.const 0))",
    "(i64.lt_u (local.get 2) (i64.const 1))",
    "(i64.ge_s (local.get 2) (i64.const 0))",
    "(block (result i32) (i32.eqz (local.get 1)))",
    "(block (result i32) (br_if 0 (i32.eqz (local.get 1)) (i32.const 0)))",
    "(if (result i32) (local.get 1) (then (i32.eqz (local.get 1))) (else (i32.ne (local.get 1) (i32.const 0))))",
    "(local.tee 3 (i32.eqz (local.get 1)))",
    "(i32.eqz (local.get 1)) nop",
    "(i32.eqz (local.get 1)) i32.const 9 drop",
    "(i32.load (i32.const 8))",
    "(i32.eqz (i32.load (i32.const 8)))",
    "(global.get $one)",
    "(i32.eqz (global.get $one))",
    "(call $id (i32.eqz (local.get 1)))",
    "(memory.size)",
    "(i32.const 0)",
];

/// What lies below, and what is chosen from: in registers, in slots, constant.
const BELOW: &[&str] = &[
    "(i32.const 3)",
    "(local.get 1)",
    "(i32.wrap_i64 (local.get 2))",
    "(i32.add (local.get 1) (i32.const 2))",
];
const CHOICES: &[(&str, &str)] = &[
    ("(i32.const 1)", "(local.get 1)"),
    ("(local.get 1)", "(i32.const 40)"),
    ("(i32.const 50)", "(i32.const 60)"),
    ("(local.get 1)", "(local.get 3)"),
    ("(i32.add (local.get 1) (i32.const 9))", "(i32.const 5)"),
    ("(i32.const 5)", "(i32.add (local.get 1) (i32.const 9))"),
];

/// Each combination as `select`, and as an `if` over locals, which shares no code with it.
#[test]
fn select_agrees_with_if_for_every_kind_of_condition() {
    for condition in CONDITIONS {
        let mut functions = String::new();
        let mut names = Vec::new();
        for below in BELOW {
            for (chosen, other) in CHOICES {
                let name = names.len();
                let locals = "(param i32 i32 i64) (result i64) (local i32) (local i32 i32 i32 i32)";
                functions += &format!(
                    "(func (export \"s{name}\") {locals} {below} {chosen} {other} {condition} \
                     select i32.const 100 i32.mul i32.add i64.extend_i32_u)\n\
                     (func (export \"i{name}\") {locals} \
                     (local.set 4 {below}) (local.set 5 {chosen}) (local.set 6 {other}) \
                     {condition} local.set 7 \
                     (local.get 4) (if (result i32) (local.get 7) (then (local.get 5)) (else (local.get 6))) \
                     i32.const 100 i32.mul i32.add i64.extend_i32_u)\n"
                );
                names.push(name);
            }
        }
        let text = format!(
            "(module (memory (export \"memory\") 1) (global $one (mut i32) (i32.const 1)) \
             (func $id (param i32) (result i32) (local.get 0)) {functions})"
        );
        let mut guest = Guest::new(&prepare_wat(&text).bytes);
        for name in names {
            for (a, b) in [(0, 0), (5, 5), (0, 7), (-1, 0), (1, 1 << 40)] {
                let mut call = |kind| {
                    guest
                        .call(&format!("{kind}{name}"), &[0, a, b], PLENTY, 1_000)
                        .status
                };
                let (select, branch) = (call('s'), call('i'));
                assert_eq!(select, branch, "{condition} case {name} with {a}, {b}");
            }
        }
    }
}

//! Instrumentation changes nothing but gas and depth: original and instrumented modules give equal
//! results, traps and memories. What is instrumented for a profile uses the same gas and depth, too.

use crate::{
    random::random_module,
    support::{Guest, PLENTY, Status, limits, prepare_wat, profiled, try_prepare, wasm},
};

/// How many random modules are tried.
const RANDOM_MODULES: u32 = 300;

/// Calls an export in both forms and compares all that can be seen.
#[track_caller]
fn compare(original: &[u8], instrumented: &[u8], name: &str, arguments: &[i64]) -> Status {
    let mut raw = Guest::new(original);
    let expected = raw.call_raw(name, arguments);
    let words = i32::try_from(limits().stack_words_max).expect("small");
    let outcome = Guest::new(instrumented).call(name, arguments, PLENTY, words);
    assert_eq!(outcome.status, expected, "{name} {arguments:?}");
    assert_eq!(outcome.memory, raw.memory(), "{name} {arguments:?}");
    let told = Guest::new(&profiled(original)).call(name, arguments, PLENTY, words);
    assert_eq!(told, outcome, "profile of {name} {arguments:?}");
    if matches!(outcome.status, Status::Returned(_)) {
        assert_eq!(outcome.depth_left, words, "{name} {arguments:?}");
    }
    outcome.status
}

/// Handwritten programs that use every kind of control flow.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "fibonacci",
        r#"(func $f (export "f") (param i64) (result i64)
        (if (result i64) (i64.lt_u (local.get 0) (i64.const 2))
          (then (local.get 0))
          (else (i64.add (call $f (i64.sub (local.get 0) (i64.const 1)))
                         (call $f (i64.sub (local.get 0) (i64.const 2)))))))"#,
    ),
    (
        "greatest common divisor",
        r#"(func (export "f") (param i64) (result i64) (local i64 i64)
        (local.set 1 (i64.const 360360))
        (block $done (loop $again
          (br_if $done (i64.eqz (local.get 0)))
          (local.set 2 (i64.rem_u (local.get 1) (local.get 0)))
          (local.set 1 (local.get 0))
          (local.set 0 (local.get 2))
          (br $again)))
        (local.get 1))"#,
    ),
    (
        "state machine",
        r#"(func (export "f") (param i64) (result i64) (local i64 i32)
        (loop $next
          (block $c (block $b (block $a
            (br_table $a $b $c (local.get 2)))
            (local.set 1 (i64.add (local.get 1) (i64.const 3))) (local.set 2 (i32.const 1)) (br $next))
            (local.set 1 (i64.mul (local.get 1) (i64.const 5))) (local.set 2 (i32.const 2)) (br $next))
          (local.set 2 (i32.const 0))
          (br_if $next (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
        (local.get 1))"#,
    ),
    (
        "function pointers",
        r#"(func $inc (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
        (func $dbl (param i64) (result i64) (return (i64.shl (local.get 0) (i64.const 1))))
        (func (export "f") (param i64) (result i64) (local i32)
          (loop $l
            (local.set 0 (call_indirect (param i64) (result i64) (local.get 0) (i32.and (local.get 1) (i32.const 3))))
            (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.wrap_i64 (local.get 0)))))
          (local.get 0))
        (table 4 funcref) (elem (i32.const 0) func $inc $dbl $inc)"#,
    ),
    (
        "memory",
        r#"(func (export "f") (param i64) (result i64) (local i32)
          (memory.fill (i32.const 100) (i32.wrap_i64 (local.get 0)) (i32.const 5000))
          (memory.copy (i32.const 90) (i32.const 100) (i32.wrap_i64 (local.get 0)))
          (loop $l
            (i64.store8 offset=7 (local.get 1) (i64.load16_s (i32.mul (local.get 1) (i32.const 3))))
            (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 2))) (i32.const 3000))))
          (i64.load (i32.wrap_i64 (local.get 0))))"#,
    ),
    (
        "traps",
        r#"(func (export "f") (param i64) (result i64)
          (block $a (block $b (block $c (block $d
            (br_table $a $b $c $d (i32.wrap_i64 (local.get 0))))
            unreachable)
            (i32.store (i32.const 8) (i32.const 1))
            (return (i64.load (i32.const -1))))
            (return (i64.div_s (i64.const -9223372036854775808) (i64.const -1))))
          (i64.const 1))"#,
    ),
    (
        "growth",
        r#"(func (export "f") (param i64) (result i64)
          (i64.add (i64.extend_i32_s (memory.grow (i32.wrap_i64 (local.get 0))))
                   (i64.extend_i32_u (memory.size))))"#,
    ),
    (
        "values on the stack across control flow",
        r#"(func (export "f") (param i64) (result i64)
          (i64.const 1000)
          (block (result i64)
            (i64.const 20)
            (br_if 0 (i64.eqz (local.get 0)))
            (loop (result i64)
              (local.set 0 (i64.sub (local.get 0) (i64.const 1)))
              (i64.const 3)
              (br_if 1 (i64.eqz (local.get 0)))
              (drop) (br 0))
            (i64.add))
          (i64.add))"#,
    ),
];

#[test]
fn handwritten_programs() {
    for (name, body) in PROGRAMS {
        let text = format!("(module (memory (export \"memory\") 1 256) {body})");
        let (original, prepared) = (wasm(&text), prepare_wat(&text));
        for argument in [1, 2, 3, 7, 20] {
            let status = compare_if_it_ends(&original, &prepared.bytes, "f", argument);
            assert!(status.is_some(), "{name} with {argument}");
        }
    }
}

/// Random modules of the accepted features, seeded; each export called with a few arguments.
#[test]
fn random_modules() {
    let (mut calls, mut returned) = (0, 0);
    for seed in 0..RANDOM_MODULES {
        let original = random_module(seed);
        let prepared = match try_prepare(&original) {
            Ok(prepared) => prepared,
            // Segments may lie outside, which would trap before the first call.
            Err(refusal) => {
                assert_eq!(refusal.code(), "segment_bounds", "seed {seed}: {refusal}");
                continue;
            }
        };
        for function in 0..prepared.facts.functions {
            for argument in [0, 1, -1, 77] {
                let name = format!("f{function}");
                let status = compare_if_it_ends(&original, &prepared.bytes, &name, argument);
                calls += 1;
                returned += u32::from(matches!(status, Some(Status::Returned(_))));
            }
        }
    }
    assert!(
        calls > 500 && returned > 100,
        "{calls} calls, {returned} returned"
    );
}

/// Instrumentation adds at most so much: per metered block a charge and its check, per function its
/// entry and leave, per `select` the detour of its condition. The limits bound all three.
#[test]
fn growth_is_bounded_by_what_is_counted() {
    let mut grown = 0;
    for seed in 0..RANDOM_MODULES * 3 {
        let original = random_module(seed);
        let Ok(prepared) = try_prepare(&original) else {
            continue;
        };
        let (blocks, functions) = (prepared.facts.blocks, prepared.facts.functions);
        let selects = original.iter().filter(|it| **it == 0x1b).count();
        let bound =
            original.len() + 32 * blocks as usize + 64 * functions as usize + 8 * selects + 128;
        assert!(
            prepared.bytes.len() <= bound,
            "seed {seed}: {} bytes became {}, at most {bound}",
            original.len(),
            prepared.bytes.len()
        );
        grown += usize::from(prepared.bytes.len() > original.len() + 8 * blocks as usize);
    }
    assert!(grown > 50, "only {grown} modules came near");
}

/// The original knows no gas, so it is called only if the instrumented module came to an end.
fn compare_if_it_ends(
    original: &[u8],
    instrumented: &[u8],
    name: &str,
    seed: i64,
) -> Option<Status> {
    let arguments: Vec<i64> = (0..16).map(|it| seed.wrapping_mul(it + 1)).collect();
    let words = i32::try_from(limits().stack_words_max).expect("small");
    let outcome = Guest::new(instrumented).call(name, &arguments, 2_000_000, words);
    match outcome.status {
        Status::OutOfGas | Status::TooDeep => None,
        Status::EngineStack => panic!("{name} reached the engine's stack limit"),
        Status::Returned(_) | Status::Trapped => {
            Some(compare(original, instrumented, name, &arguments))
        }
    }
}

//! Gas totals counted by hand, with the test host's prices: 1 simple, 4 division, 5 call,
//! 8 indirect call, 3 br_table, 3 per run, 1 per 8 locals at the entry, 1 per 64 bytes copied.

use crate::support::{Guest, PLENTY, Status, limits, prepare_by, prepare_wat, prices, run, wasm};

/// Calls `f` and wants it to return after exactly `gas`.
#[track_caller]
fn check(text: &str, arguments: &[i64], gas: i64) {
    let outcome = run(text, "f", arguments, PLENTY);
    assert!(matches!(outcome.status, Status::Returned(_)), "{outcome:?}");
    assert_eq!(outcome.gas_used, gas, "{text}");
}

#[test]
fn an_empty_function_pays_for_its_entry() {
    check("(module (func (export \"f\")))", &[], 3);
    check("(module (func (export \"f\") (local i32)))", &[], 3 + 1);
    check(
        "(module (func (export \"f\") (param i32) (local i64 i64 i64 i64 i64 i64 i64)))",
        &[0],
        3 + 1,
    );
    check(
        "(module (func (export \"f\") (param i32) (local i64 i64 i64 i64 i64 i64 i64 i64)))",
        &[0],
        3 + 2,
    );
}

#[test]
fn straight_code() {
    // 2 constants, add, drop; nop.
    check(
        "(module (func (export \"f\") (drop (i32.add (i32.const 1) (i32.const 2))) nop))",
        &[],
        3 + 5,
    );
    // Structure is free: nothing jumps, so it stays one run.
    check(
        "(module (func (export \"f\") (block (block nop) (loop nop)) nop))",
        &[],
        3 + 1 + 3 + 2,
    );
    check(
        "(module (func (export \"f\") (drop (i64.rem_u (i64.const 7) (i64.const 2)))))",
        &[],
        3 + 1 + 1 + 4 + 1,
    );
    check(
        "(module (func (export \"f\") (drop (i32.div_s (i32.const 7) (i32.const 2)))))",
        &[],
        3 + 1 + 1 + 4 + 1,
    );
    check(
        "(module (func (export \"f\") (result i64) (i64.mul (i64.const 7) (i64.const 2))))",
        &[],
        3 + 3,
    );
}

#[test]
fn both_arms_of_an_if() {
    let text = r#"(module (func (export "f") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.const 1))
        (else (i32.add (i32.const 1) (i32.const 1))))
      (i32.eqz)))"#;
    // Entry 3 + 1, local.get, if, and eqz, which comes in any case; arm 3 + its operators.
    check(text, &[1], 4 + 3 + 3 + 1);
    check(text, &[0], 4 + 3 + 3 + 3);
    // Without an else, and with nothing behind.
    let text = r#"(module (func (export "f") (param i32) (if (local.get 0) (then nop))))"#;
    check(text, &[1], 4 + 2 + 3 + 1);
    check(text, &[0], 4 + 2);
}

#[test]
fn loops_pay_each_time_around() {
    let text = r#"(module (func (export "f") (param i32)
      (loop $l
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $l (local.get 0)))
      nop))"#;
    // Entry 3 + 1. Around: 3 + get, const, sub, set, get, br_if. Behind br_if, past the end: 3 + nop.
    check(text, &[1], 4 + 9 + 4);
    check(text, &[10], 4 + 10 * 9 + 4);
}

#[test]
fn branches_out_pay_for_what_ran() {
    let text = r#"(module (func (export "f") (param i32)
      (block $out
        (br_if $out (local.get 0))
        nop nop nop)
      nop))"#;
    // The last nop comes in any case.
    check(text, &[1], 4 + 3);
    check(text, &[0], 4 + 3 + 3 + 3);
    let text = r#"(module (func (export "f") (param i32)
      (block $a (block $b (br_table $a $b (local.get 0))) nop) nop nop))"#;
    // Entry 3 + 1, get, br_table 3, and 2 nops, which come in any case. To $b: 3 + nop.
    check(text, &[1], 4 + 1 + 3 + 2 + 3 + 1);
    check(text, &[0], 4 + 1 + 3 + 2);
    let text = r#"(module (func (export "f") (param i32) (result i32)
      (if (local.get 0) (then (return (i32.const 1))))
      (i32.const 2)))"#;
    check(text, &[1], 4 + 2 + 3 + 2);
    check(text, &[0], 4 + 2 + 3 + 1);
}

#[test]
fn code_that_nothing_reaches_is_not_charged() {
    let text = r#"(module (func (export "f") (result i32)
      (block (result i32) (br 0 (i32.const 1)) (drop) (i32.const 2) nop nop) (return) nop nop))"#;
    // Entry 3, const, br, return.
    check(text, &[], 3 + 3);
}

#[test]
fn calls() {
    let text = r#"(module (table 1 funcref) (elem (i32.const 0) func $g)
      (func $g (local i32) nop)
      (func (export "f") (call $g) (call_indirect (i32.const 0))))"#;
    // f: 3 + call 5 + const + indirect 8; g twice: 3 + 1 + nop.
    check(text, &[], 3 + 5 + 1 + 8 + 2 * 5);
    let text = r#"(module (import "argosy" "block_height" (func $h (result i64)))
      (func (export "f") (drop (call $h))))"#;
    check(text, &[], 3 + 5 + 1);
}

#[test]
fn bulk_memory_pays_by_64_bytes() {
    for (bytes, groups) in [(0, 0), (1, 1), (64, 1), (65, 2), (65_536, 1_024)] {
        let memory = "(memory (export \"memory\") 2)";
        let text = format!(
            "(module {memory} (func (export \"f\") (memory.fill (i32.const 0) (i32.const 7) (i32.const {bytes}))))"
        );
        check(&text, &[], 3 + 3 + 1 + groups);
        let text = format!(
            "(module {memory} (func (export \"f\") (memory.copy (i32.const 1) (i32.const 0) (i32.const {bytes}))))"
        );
        check(&text, &[], 3 + 3 + 1 + groups);
    }
}

#[test]
fn bulk_memory_pays_before_its_bounds_are_checked() {
    let text = r#"(module (memory (export "memory") 1)
      (func (export "f") (memory.fill (i32.const 0) (i32.const 7) (i32.const -1))))"#;
    let groups = (1_i64 << 32) / 64;
    let outcome = run(text, "f", &[], PLENTY);
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (Status::Trapped, 7 + groups)
    );
    let outcome = run(text, "f", &[], 7 + groups - 1);
    assert_eq!(outcome.status, Status::OutOfGas);
    assert!(outcome.memory.iter().all(|it| *it == 0));
}

#[test]
fn bulk_memory_pays_the_price_of_the_table() {
    let mut dear = prices();
    dear.bulk_per_64_bytes = 10;
    let text = r#"(module (memory (export "memory") 1)
      (func (export "f") (memory.fill (i32.const 0) (i32.const 7) (i32.const 65))))"#;
    let prepared = prepare_by(&wasm(text), &limits(), &dear).expect("accepted");
    let outcome = Guest::new(&prepared.bytes).call("f", &[], PLENTY, 1_000);
    assert_eq!(outcome.gas_used, 7 + 2 * 10);
}

#[test]
fn growing_memory_is_a_call_and_pays_the_host() {
    let text = r#"(module (memory (export "memory") 1 3)
      (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    for (pages, result) in [(0, 1), (1, 1), (2, 1), (3, -1)] {
        let outcome = run(text, "f", &[pages], PLENTY);
        assert_eq!(outcome.status, Status::Returned(vec![result]));
        assert_eq!(
            outcome.gas_used,
            4 + 1 + 5 + pages * 65_536,
            "failing pays too"
        );
    }
}

/// What the host takes for pages, and a value that passes through the local that keeps the gas, do not
/// get lost where charges follow.
#[test]
fn charges_go_on_from_what_the_host_left() {
    let around = |work: &str| {
        format!(
            r#"(module (memory (export "memory") 2 9)
              (func (export "f") (param i32)
                (br_if 0 (i32.eqz (local.get 0)))
                {work}
                (if (local.get 0) (then nop))
                (loop $again
                  {work}
                  (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                nop))"#
        )
    };
    // Entry 3 + 1 and three; behind it 3, the work, get and if; nop 3 + 1; around 3, the work and
    // five; behind the loop 3 + nop.
    let total = |work: i64| 7 + (3 + work + 2) + 4 + 3 * (3 + work + 5) + 4;
    let grow = "(drop (memory.grow (i32.const 1)))";
    check(&around(grow), &[3], total(1 + 5 + 1 + 65_536));
    let store = "(i64.store offset=70000 (i32.const 8) (i64.const 5))";
    check(&around(store), &[3], total(3));
    let fill = "(memory.fill (i32.const 0) (i32.const 7) (i32.const 65))";
    check(&around(fill), &[3], total(3 + 1 + 2));
}

/// At every budget from nothing to enough: a call runs out of gas, or it has enough and says so.
#[test]
fn every_budget_below_the_total_runs_out() {
    let text = r#"(module (memory (export "memory") 1)
      (func $g (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
      (func (export "f") (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (i32.add (local.get 1) (call $g (local.get 0))))
          (memory.fill (i32.const 0) (local.get 0) (i32.const 100))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"#;
    let total = run(text, "f", &[5], PLENTY).gas_used;
    let prepared = prepare_wat(text);
    for budget in 0..total {
        let outcome = Guest::new(&prepared.bytes).call("f", &[5], budget, 1_000);
        assert_eq!(outcome.status, Status::OutOfGas, "{budget} of {total}");
        assert!(outcome.gas_used > budget);
    }
    let outcome = Guest::new(&prepared.bytes).call("f", &[5], total, 1_000);
    assert_eq!(
        outcome.status,
        Status::Returned(vec![100 / 5 + 25 + 33 + 50 + 100])
    );
    assert_eq!(outcome.gas_used, total);
}

#[test]
fn depth_is_counted_in_words_and_settled_on_every_way_out() {
    // Words: 2 locals, 1 operand at most, 8 for the frame.
    let text = r#"(module
      (func $leaf (param i32) (result i32) (local i32) (local.get 0))
      (func $ways (param i32) (result i32) (local i32)
        (block $out
          (br_if $out (i32.eqz (local.get 0)))
          (if (i32.eq (local.get 0) (i32.const 1)) (then (return (call $leaf (i32.const 11)))))
          (br_table 1 $out (i32.const 12) (i32.sub (local.get 0) (i32.const 2)))
        )
        (call $leaf (i32.const 10)))
      (func (export "f") (param i32) (result i32) (call $ways (local.get 0))))"#;
    // br_table with a value needs labels of that type, so the third way is a plain one.
    let text = text.replace(
        "(br_table 1 $out (i32.const 12) (i32.sub (local.get 0) (i32.const 2)))",
        "(br 1 (i32.const 12))",
    );
    let prepared = prepare_wat(&text);
    for (argument, result) in [(0, 10), (1, 11), (2, 12)] {
        let outcome = Guest::new(&prepared.bytes).call("f", &[argument], PLENTY, 100);
        assert_eq!(outcome.status, Status::Returned(vec![result]));
        assert_eq!(outcome.depth_left, 100, "way {argument}");
    }
    // f: 1 local, 1 operand, 8; ways: 2 locals, 2 operands, 8; leaf: 2 locals, 1 operand, 8.
    let needed = 10 + 12 + 11;
    let mut guest = Guest::new(&prepared.bytes);
    let outcome = guest.call("f", &[0], PLENTY, needed);
    assert_eq!(
        (outcome.status, outcome.depth_left),
        (Status::Returned(vec![10]), needed)
    );
    let outcome = Guest::new(&prepared.bytes).call("f", &[0], PLENTY, needed - 1);
    assert_eq!(outcome.status, Status::TooDeep);
    let outcome = Guest::new(&prepared.bytes).call("f", &[0], PLENTY, 9);
    assert_eq!(outcome.status, Status::TooDeep);
}

/// Who comes into a closed block comes out behind it, and has paid for what is there.
#[test]
fn a_run_goes_on_behind_what_is_closed() {
    let inner = |inside: &str| {
        format!(
            r#"(module (func $g) (func (export "f") (param i32)
              (block $out (loop $again
                (block $b (br_if $b (local.get 0)) {inside})
                nop nop))))"#
        )
    };
    // Entry 3 + 1; the loop's run 3 + get, br_if and two nops; the rest of the block 3 and more.
    let (around, behind) = (4 + 3 + 2 + 2, |price: i64| 3 + price);
    check(&inner(""), &[0], around);
    check(&inner("nop"), &[0], around + behind(1));
    check(&inner("nop"), &[1], around);
    check(&inner("(br $b)"), &[0], around + behind(1));
    check(&inner("(call $g)"), &[0], around + behind(5) + 3);
    check(&inner("(loop nop)"), &[0], around + behind(1));
    // Closed inside, but for one branch.
    let left = 4 + 3 + 2;
    check(&inner("(br $out)"), &[0], left + behind(1));
    check(&inner("(br $out)"), &[1], left + behind(2));
    check(&inner("(return)"), &[1], left + behind(2));
    check(
        &inner("(if (i32.const 0) (then (br $out)))"),
        &[1],
        left + behind(2),
    );
    check(&inner("(br_if $out (i32.const 1))"), &[0], left + behind(2));
    // One that gives up has not paid for what it does not come to; a trap out of the blue has.
    let given_up = run(&inner("unreachable"), "f", &[0], PLENTY);
    assert_eq!(
        (given_up.status, given_up.gas_used),
        (Status::Trapped, left)
    );
    let divides = inner("(drop (i32.div_u (i32.const 1) (local.get 0)))");
    let trapped = run(&divides, "f", &[0], PLENTY);
    assert_eq!(
        (trapped.status, trapped.gas_used),
        (Status::Trapped, around)
    );
}

/// What was charged since the last look is on the counter for everyone who looks at it, on every way
/// out, and for nobody else: a trap finds the counter as it was.
#[test]
fn only_a_trap_forgets_what_was_not_written() {
    let text = r#"(module (table 2 funcref) (elem (i32.const 0) $g $g)
      (func $g)
      (func (export "f") (param i32)
        (br_if 0 (i32.eqz (local.get 0)))
        nop
        (block $b
          (br_if $b (i32.eq (local.get 0) (i32.const 9)))
          (if (i32.eq (local.get 0) (i32.const 1)) (then return))
          (if (i32.eq (local.get 0) (i32.const 3)) (then unreachable))
          (if (i32.eq (local.get 0) (i32.const 2)) (then (call $g)))
          (br_table $b 1 $b (i32.sub (local.get 0) (i32.const 4))))
        nop))"#;
    // Entry 3 + 1 and three operators; behind it 3 + nop, and four for the branch out.
    let (begin, second) = (4 + 3, 3 + 1 + 4);
    check(text, &[0], begin);
    check(text, &[9], begin + second + 3 + 1);
    let third = 3 + 4;
    check(text, &[1], begin + second + third + 3 + 1);
    // A closed `if` and the table are one run; the `if` that may give up is not closed.
    let last = 3 + 4 + 3 + 4 + 3 + 3;
    check(text, &[5], begin + second + third + last);
    let call = 3 + 5 + 3;
    check(text, &[2], begin + second + third + last + call + 3 + 1);
    let outcome = run(text, "f", &[3], PLENTY);
    assert_eq!((outcome.status, outcome.gas_used), (Status::Trapped, begin));
    // With too little for what lies between, it is the trap that ends it.
    assert_eq!(run(text, "f", &[3], begin).status, Status::Trapped);
    assert_eq!(run(text, "f", &[3], begin - 1).status, Status::OutOfGas);
    assert_eq!(run(text, "f", &[1], begin).status, Status::OutOfGas);
}

/// A frame that used up its gas executes no more than 1000 gas pay for, however long its runs are:
/// what it wrote to its memory, which nobody else sees, tells how far it came.
#[test]
fn a_frame_without_gas_does_not_go_far() {
    let steps = "(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) ";
    let run = |count: usize| format!("(br_if 0 (local.get 0)) {}", steps.repeat(count));
    let text = format!(
        r#"(module (memory (export "memory") 1) (func (export "f") (param i32) {} {} {}))"#,
        run(100),
        run(2_000),
        run(2_000)
    );
    let whole = run_to(&text, PLENTY);
    assert_eq!(whole, (Status::Returned(vec![]), 4_100));
    for gas in (0..24_000).step_by(97) {
        let (status, done) = run_to(&text, gas);
        assert_eq!(status, Status::OutOfGas, "{gas}");
        // A step is six instructions.
        let paid = gas / 6;
        assert!(done <= paid + 1_000 / 6, "{done} steps for {gas} gas");
    }
}

/// How a call of `f` ended, and the number at address 0.
fn run_to(text: &str, gas: i64) -> (Status, i64) {
    let outcome = run(text, "f", &[0], gas);
    let number = outcome.memory.first_chunk::<4>().expect("a page");
    (outcome.status, i64::from(u32::from_le_bytes(*number)))
}

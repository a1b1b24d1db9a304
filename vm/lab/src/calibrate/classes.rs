//! What is measured: bodies of a loop, each with what it is priced as.

/// A price of the list, by its name in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// `simple`
    Simple,
    /// `div_rem`
    DivRem,
    /// `float`
    Float,
    /// `call`
    Call,
    /// `call_indirect`
    CallIndirect,
    /// `br_table`
    BrTable,
    /// `block_header`
    BlockHeader,
    /// `entry_per_8_locals`
    Locals,
    /// `bulk`
    BulkBase,
    /// `bulk_per_64_bytes`
    Bulk,
}

/// Operators under one price that are measured together.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// What it is priced as.
    pub group: Group,
    /// WebAssembly text, written many times into a loop.
    pub body: String,
}

impl Class {
    fn new(group: Group, name: &str, body: &str) -> Class {
        Class {
            name: name.into(),
            group,
            body: body.into(),
        }
    }
}

/// Everything that is measured of the instructions.
pub fn classes() -> Vec<Class> {
    let mut classes = numeric();
    classes.extend(memory());
    classes.extend(control());
    classes.extend(floats());
    classes
}

fn numeric() -> Vec<Class> {
    let mut classes = Vec::new();
    let mut add = |group, name: String, body: String| {
        classes.push(Class { name, group, body });
    };
    for (ty, x, y) in [("i32", "$a", "$b"), ("i64", "$x", "$y")] {
        for op in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            let body = format!("(local.set {x} ({ty}.{op} (local.get {x})))");
            add(Group::Simple, format!("{ty}.{op}"), body);
        }
        for op in [
            "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr",
        ] {
            let body = format!("(local.set {x} ({ty}.{op} (local.get {x}) (local.get {y})))");
            add(Group::Simple, format!("{ty}.{op}"), body);
        }
        for op in ["eqz", "eq", "lt_s", "ge_u"] {
            let second = if op == "eqz" {
                String::new()
            } else {
                format!("(local.get {y})")
            };
            let body = format!("(local.set $a ({ty}.{op} (local.get {x}) {second}))");
            add(Group::Simple, format!("{ty}.{op}"), body);
        }
        for op in ["div_s", "div_u", "rem_s", "rem_u"] {
            let body = format!("(local.set {x} ({ty}.{op} (local.get {x}) (local.get {y})))");
            add(Group::DivRem, format!("{ty}.{op}"), body);
        }
    }
    for (name, body) in [
        (
            "i32.wrap_i64",
            "(local.set $a (i32.wrap_i64 (local.get $x)))",
        ),
        (
            "i64.extend_i32_s",
            "(local.set $x (i64.extend_i32_s (local.get $a)))",
        ),
        (
            "i64.extend_i32_u",
            "(local.set $x (i64.extend_i32_u (local.get $a)))",
        ),
        (
            "i64.extend32_s",
            "(local.set $x (i64.extend32_s (local.get $x)))",
        ),
        ("local.get, local.set", "(local.set $a (local.get $b))"),
        ("local.tee", "(drop (local.tee $a (local.get $b)))"),
        ("i32.const, drop", "(drop (i32.const 7))"),
        ("i64.const", "(local.set $x (i64.const 81985529216486895))"),
        ("global.get", "(local.set $x (global.get $g))"),
        ("global.set", "(global.set $g (local.get $x))"),
        (
            "select",
            "(local.set $a (select (local.get $a) (local.get $b) (local.get $n)))",
        ),
        (
            "select on a compare",
            "(local.set $a (select (local.get $a) (local.get $b) (i32.eqz (local.get $a))))",
        ),
        ("nop", "(nop)"),
    ] {
        add(Group::Simple, name.into(), body.into());
    }
    classes
}

fn memory() -> Vec<Class> {
    let mut classes = Vec::new();
    for (ty, into) in [("i32", "$a"), ("i64", "$x")] {
        for op in ["load", "load8_s", "load8_u", "load16_s", "load16_u"] {
            let body = format!("(local.set {into} ({ty}.{op} offset=8 (local.get $p)))");
            classes.push(Class::new(Group::Simple, &format!("{ty}.{op}"), &body));
        }
        for op in ["store", "store8", "store16"] {
            let body = format!("({ty}.{op} offset=64 (local.get $p) (local.get {into}))");
            classes.push(Class::new(Group::Simple, &format!("{ty}.{op}"), &body));
        }
    }
    for (group, name, body) in [
        (
            Group::Simple,
            "i64.load32_u",
            "(local.set $x (i64.load32_u (local.get $p)))",
        ),
        (
            Group::Simple,
            "i64.store32",
            "(i64.store32 (local.get $p) (local.get $x))",
        ),
        (
            Group::Simple,
            "loads far apart",
            "(local.set $p (i32.and (i32.add (i32.mul (local.get $p) (i32.const 1103515245)) (i32.const 12345)) (i32.const 0xfffff))) (local.set $a (i32.load (local.get $p)))",
        ),
        (Group::Simple, "memory.size", "(local.set $a (memory.size))"),
        (
            Group::BulkBase,
            "memory.fill of 0",
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0))",
        ),
        (
            Group::BulkBase,
            "memory.fill of 64",
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 64))",
        ),
        (
            Group::Bulk,
            "memory.fill of 64 KiB",
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))",
        ),
        (
            Group::BulkBase,
            "memory.copy of 1",
            "(memory.copy (i32.const 0) (i32.const 64) (i32.const 1))",
        ),
        (
            Group::Bulk,
            "memory.copy of 64 KiB",
            "(memory.copy (i32.const 0) (i32.const 65536) (i32.const 65536))",
        ),
        (
            Group::Bulk,
            "memory.copy of 512 KiB",
            "(memory.copy (i32.const 0) (i32.const 524288) (i32.const 524288))",
        ),
    ] {
        classes.push(Class::new(group, name, body));
    }
    classes
}

fn control() -> Vec<Class> {
    let cases = [
        (Group::Simple, "block, br", "(block (br 0))"),
        (
            Group::BlockHeader,
            "br_if, not taken",
            "(block (br_if 0 (local.get $zero)))",
        ),
        (
            Group::BlockHeader,
            "br_if, taken",
            "(block (br_if 0 (local.get $n)))",
        ),
        (
            Group::BlockHeader,
            "br_if on a compare",
            "(block (br_if 0 (i32.lt_u (local.get $a) (local.get $b))))",
        ),
        (
            Group::BlockHeader,
            "if, then",
            "(if (local.get $n) (then (local.set $a (local.get $b))))",
        ),
        (
            Group::BlockHeader,
            "if, else",
            "(if (local.get $zero) (then (nop)) (else (local.set $a (local.get $b))))",
        ),
        (
            Group::BlockHeader,
            "if on a coin",
            "(local.set $x (i64.mul (local.get $x) (i64.const 6364136223846793005))) (if (i64.lt_s (local.get $x) (i64.const 0)) (then (local.set $a (local.get $b))) (else (local.set $b (local.get $a))))",
        ),
        (
            Group::BlockHeader,
            "loop, once",
            "(loop (local.set $a (local.get $b)))",
        ),
        (
            Group::BrTable,
            "br_table of 3",
            "(block (block (block (br_table 0 1 2 (i32.and (local.get $n) (i32.const 1))))))",
        ),
        (
            Group::BrTable,
            "br_table of 200",
            "(block (block (br_table {0 1} 0 (i32.and (local.get $n) (i32.const 127)))))",
        ),
        (Group::Call, "call of nothing", "(call $leaf)"),
        (
            Group::Call,
            "call with a result",
            "(local.set $a (call $one (local.get $a)))",
        ),
        (Group::Call, "call that calls", "(call $caller)"),
        (
            Group::Call,
            "call with 16 parameters",
            "(call $wide {(i64.const 1)})",
        ),
        (Group::Locals, "call of 64 locals", "(call $locals64)"),
        (Group::Locals, "call of 504 locals", "(call $locals504)"),
        (
            Group::CallIndirect,
            "call_indirect",
            "(call_indirect (i32.const 0))",
        ),
        (
            Group::CallIndirect,
            "call_indirect, changing",
            "(call_indirect (i32.and (local.get $n) (i32.const 1)))",
        ),
    ];
    let written = |body: &str| {
        body.replace("{0 1}", &"0 1 ".repeat(100))
            .replace("{(i64.const 1)}", &"(i64.const 1)".repeat(16))
    };
    cases
        .into_iter()
        .map(|(group, name, body)| Class::new(group, name, &written(body)))
        .collect()
}

fn floats() -> Vec<Class> {
    let mut classes = Vec::new();
    for (ty, x, y) in [("f32", "$f", "$g32"), ("f64", "$d", "$g64")] {
        for op in ["add", "mul", "div", "min"] {
            let body = format!("(local.set {x} ({ty}.{op} (local.get {x}) (local.get {y})))");
            classes.push(Class::new(Group::Float, &format!("{ty}.{op}"), &body));
        }
        for op in ["sqrt", "nearest", "neg"] {
            let body = format!("(local.set {x} ({ty}.{op} (local.get {x})))");
            classes.push(Class::new(Group::Float, &format!("{ty}.{op}"), &body));
        }
        let body = format!("(local.set $a ({ty}.lt (local.get {x}) (local.get {y})))");
        classes.push(Class::new(Group::Float, &format!("{ty}.lt"), &body));
        let body = format!("(local.set $x (i64.trunc_sat_{ty}_s (local.get {x})))");
        classes.push(Class::new(
            Group::Float,
            &format!("i64.trunc_sat_{ty}_s"),
            &body,
        ));
    }
    for (name, body) in [
        (
            "f64.promote_f32",
            "(local.set $d (f64.promote_f32 (local.get $f)))",
        ),
        (
            "f32.demote_f64",
            "(local.set $f (f32.demote_f64 (local.get $d)))",
        ),
        (
            "f64.convert_i64_u",
            "(local.set $d (f64.convert_i64_u (local.get $x)))",
        ),
    ] {
        classes.push(Class::new(Group::Float, name, body));
    }
    classes
}

/// A module whose `call` runs `body` `copies` times in each of `rounds` rounds.
pub(super) fn module(body: &str, copies: usize, rounds: u32, with_floats: bool) -> String {
    let bodies = body.repeat(copies);
    let floats = match with_floats {
        true => "(local $f f32) (local $g32 f32) (local $d f64) (local $g64 f64)",
        false => "",
    };
    let start = match with_floats {
        true => {
            "(local.set $f (f32.const 1.5)) (local.set $g32 (f32.const 1.0001))
             (local.set $d (f64.const 1.5)) (local.set $g64 (f64.const 1.0001))"
        }
        false => "",
    };
    format!(
        r#"(module
  (memory (export "memory") 17) (table 2 funcref) (elem (i32.const 0) func $leaf $leaf2)
  (global $g (mut i64) (i64.const 5))
  (func $leaf) (func $leaf2) (func $caller (call $leaf))
  (func $one (param i32) (result i32) (local.get 0))
  (func $wide (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))
  (func $locals64 (local {l64})) (func $locals504 (local {l504}))
  (func (export "call")
    (local $a i32) (local $b i32) (local $n i32) (local $p i32) (local $zero i32)
    (local $x i64) (local $y i64) {floats}
    (local.set $a (i32.const 0x12345678)) (local.set $b (i32.const 7))
    (local.set $x (i64.const 0x123456789abcdef)) (local.set $y (i64.const 11))
    (local.set $p (i32.const 128)) (local.set $n (i32.const {rounds})) {start}
    (loop $round {bodies}
      (br_if $round (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#,
        l64 = "i64 ".repeat(64),
        l504 = "i64 ".repeat(504),
    )
}

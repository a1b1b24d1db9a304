//! Random CosmWasm contracts: text of modules that import `env`, with floats, made to get somewhere.
//!
//! ```text
//!     16  regions of arguments, 16 bytes each      1024  what they hold, 256 bytes each
//!    512  regions of results                       8192  results, 512 bytes each
//!                                                 16384  scratch: most stores, and the locals at the end
//!                                                 65536  what `allocate` gives
//! ```
//!
//! `execute` runs random statements, keeps scratch under a key, so that every bit of it is compared, and returns
//! one of the results, some of which send messages to a contract of the same code. Bytes that run out draw zeros, so
//! that fewer bytes make smaller modules.
//!
//! Not here: native contracts (`generate`).

use std::fmt::Write;
use std::sync::LazyLock;

use argosy_primitives::AbiKind;
use argosy_vm_abi::{ImportSpec, ValType};
use argosy_vm_engine::adapter_of;

use crate::chain::{SPEC, address};

/// Depth of expressions and of statements in statements.
const DEPTH: u32 = 3;
/// Functions beside the entries.
const HELPERS: usize = 4;
/// Regions with arguments, and with results.
const ARGUMENTS: usize = 16;
const RESULTS: usize = 8;
/// Locals of each type that statements use.
const LOCALS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ty {
    I32,
    I64,
    F32,
    F64,
}

const TYPES: [Ty; 4] = [Ty::I32, Ty::I64, Ty::F32, Ty::F64];

impl Ty {
    const fn name(self) -> &'static str {
        match self {
            Ty::I32 => "i32",
            Ty::I64 => "i64",
            Ty::F32 => "f32",
            Ty::F64 => "f64",
        }
    }
}

/// An instruction that takes values and gives one.
struct Operator {
    name: String,
    operands: Vec<Ty>,
    result: Ty,
}

impl Operator {
    fn may_trap(&self) -> bool {
        ["div_", "rem_", ".trunc_f"]
            .iter()
            .any(|it| self.name.contains(it))
    }
}

static OPERATORS: LazyLock<Vec<Operator>> = LazyLock::new(operators);

/// Every instruction of the first version and of the accepted proposals that only computes.
fn operators() -> Vec<Operator> {
    const INTEGERS: [&str; 15] = [
        "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s",
        "div_u", "rem_s", "rem_u",
    ];
    const INTEGER_TESTS: [&str; 10] = [
        "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
    ];
    const FLOATS: [&str; 7] = ["add", "sub", "mul", "div", "min", "max", "copysign"];
    const FLOAT_TESTS: [&str; 6] = ["eq", "ne", "lt", "gt", "le", "ge"];
    const FLOAT_UNARY: [&str; 7] = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
    let mut all = Vec::new();
    let mut add = |ty: Ty, name: &str, operands: &[Ty], result: Ty| {
        all.push(Operator {
            name: format!("{}.{name}", ty.name()),
            operands: operands.to_vec(),
            result,
        });
    };
    for ty in [Ty::I32, Ty::I64] {
        for name in INTEGERS {
            add(ty, name, &[ty, ty], ty);
        }
        for name in INTEGER_TESTS {
            add(ty, name, &[ty, ty], Ty::I32);
        }
        for name in ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"] {
            add(ty, name, &[ty], ty);
        }
        add(ty, "eqz", &[ty], Ty::I32);
        for from in [Ty::F32, Ty::F64] {
            for sign in ["s", "u"] {
                let from_name = from.name();
                add(ty, &format!("trunc_{from_name}_{sign}"), &[from], ty);
                add(ty, &format!("trunc_sat_{from_name}_{sign}"), &[from], ty);
                let convert = format!("convert_{}_{sign}", ty.name());
                add(from, &convert, &[ty], from);
            }
        }
    }
    for ty in [Ty::F32, Ty::F64] {
        for name in FLOATS {
            add(ty, name, &[ty, ty], ty);
        }
        for name in FLOAT_TESTS {
            add(ty, name, &[ty, ty], Ty::I32);
        }
        for name in FLOAT_UNARY {
            add(ty, name, &[ty], ty);
        }
    }
    for (ty, name, from) in [
        (Ty::I32, "wrap_i64", Ty::I64),
        (Ty::I64, "extend_i32_s", Ty::I32),
        (Ty::I64, "extend_i32_u", Ty::I32),
        (Ty::F32, "demote_f64", Ty::F64),
        (Ty::F64, "promote_f32", Ty::F32),
        (Ty::I32, "reinterpret_f32", Ty::F32),
        (Ty::I64, "reinterpret_f64", Ty::F64),
        (Ty::F32, "reinterpret_i32", Ty::I32),
        (Ty::F64, "reinterpret_i64", Ty::I64),
    ] {
        add(ty, name, &[from], ty);
    }
    all
}

/// A contract made from bytes.
pub fn random_cosmwasm(bytes: &[u8]) -> Vec<u8> {
    let text = Writer { bytes, labels: 0 }.module();
    wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

struct Writer<'a> {
    bytes: &'a [u8],
    labels: u32,
}

impl Writer<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        let word = (usize::from(self.byte()) << 8) | usize::from(self.byte());
        word % end
    }

    fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| (word << 8) | u64::from(self.byte()))
    }

    fn module(&mut self) -> String {
        let imports: String = imports().iter().map(import).collect();
        let mut text = format!(
            r#"(module {imports}
            (memory (export "memory") 2 4)
            (type $plain (func))
            (table funcref (elem{names}))
            (global $free (mut i32) (i32.const 65536))
            (func (export "interface_version_8"))
            (func (export "deallocate") (param i32))
            (func (export "allocate") (param $size i32) (result i32)
                (local $region i32)
                (local.set $region (global.get $free))
                (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 16)))
                (i32.store offset=4 (local.get $region) (local.get $size))
                (i32.store offset=8 (local.get $region) (i32.const 0))
                (global.set $free (i32.add (i32.const 16)
                    (i32.add (local.get $region) (local.get $size))))
                (local.get $region))
            (func (export "query") (param i32 i32) (result i32) (call $f0) (i32.const {query}))
            (func (export "reply") (param i32 i32) (result i32) (call $f0) (i32.const 512))"#,
            names = (0..HELPERS)
                .map(|it| format!(" $f{it}"))
                .collect::<String>(),
            query = 512 + 16 * RESULTS,
        );
        for index in 0..HELPERS {
            let body = self.statements(DEPTH - 1, index + 1);
            let _ = write!(text, "(func $f{index} {} {body})", locals());
        }
        let body = self.statements(DEPTH, 0);
        let result = self.expression(Ty::I32, DEPTH);
        let _ = write!(
            text,
            r#"(func $main (param i32 i32 i32) (result i32) {} {body} {}
                (call $db_write (i32.const 16) (i32.const {}))
                (i32.add (i32.const 512) (i32.shl (i32.and {result} (i32.const {})) (i32.const 4))))
            (export "instantiate" (func $main))
            (export "execute" (func $main))"#,
            locals(),
            kept(),
            16 + 16 * (ARGUMENTS - 1),
            RESULTS - 1,
        );
        text.push_str(&data());
        text.push(')');
        text
    }

    /// Some statements of a function that may call helpers from `callable` on.
    fn statements(&mut self, depth: u32, callable: usize) -> String {
        let count = 1 + self.below(6);
        (0..count)
            .map(|_| self.statement(depth, callable))
            .collect()
    }

    fn statement(&mut self, depth: u32, callable: usize) -> String {
        match self.below(12) {
            0..=2 => {
                let ty = TYPES[self.below(4)];
                let local = self.below(LOCALS);
                let value = self.expression(ty, depth);
                format!("(local.set ${}{local} {value})", ty.name())
            }
            3 | 4 => {
                let ty = TYPES[self.below(4)];
                let (place, value) = (self.place(depth), self.expression(ty, depth));
                format!("({}.store {place} {value})", ty.name())
            }
            5 if depth > 0 => {
                let condition = self.expression(Ty::I32, depth - 1);
                let yes = self.statements(depth - 1, callable);
                let no = self.statements(depth - 1, callable);
                format!("(if {condition} (then {yes}) (else {no}))")
            }
            6 if depth > 0 => {
                let (rounds, body) = (1 + self.below(5), self.statements(depth - 1, callable));
                let (label, counter) = (self.label(), format!("$n{depth}"));
                format!(
                    "(local.set {counter} (i32.const {rounds}))
                    (loop $l{label} {body} (br_if $l{label} (local.tee {counter}
                        (i32.sub (local.get {counter}) (i32.const 1)))))"
                )
            }
            7 => match self.below(4) {
                0 => "(drop (memory.grow (i32.const 1)))".to_owned(),
                1 => "(local.set $i320 (memory.size))".to_owned(),
                2 => {
                    let (to, from) = (self.place(0), self.place(0));
                    format!("(memory.copy {to} {from} (i32.const {}))", self.below(200))
                }
                _ => {
                    let (to, value) = (self.place(0), self.expression(Ty::I32, 0));
                    format!("(memory.fill {to} {value} (i32.const {}))", self.below(200))
                }
            },
            8 if callable < HELPERS => {
                let helper = callable + self.below(HELPERS - callable);
                match self.below(2) {
                    0 => format!("(call $f{helper})"),
                    _ => format!("(call_indirect (type $plain) (i32.const {helper}))"),
                }
            }
            _ => self.import_call(depth),
        }
    }

    /// A call of an import, mostly with arguments that it takes.
    fn import_call(&mut self, depth: u32) -> String {
        let table = imports();
        let spec = &table[self.below(table.len())];
        // What ends a frame, or uses up its gas, seldom.
        let is_seldom = spec.name == "abort"
            || spec.name.starts_with("bls12_381_pairing")
            || spec.name.starts_with("bls12_381_hash");
        if is_seldom && self.below(16) > 0 {
            return String::new();
        }
        let mut call = format!("(call ${}", spec.name);
        for place in 0..spec.params.len() {
            let argument = match self.below(64) {
                63 => self.expression(Ty::I32, depth.min(1)),
                _ => self.argument(spec.name, place),
            };
            let _ = write!(call, " {argument}");
        }
        call.push(')');
        match spec.result {
            None => call,
            Some(ValType::I32) => format!("(local.set $i32{} {call})", self.below(LOCALS)),
            Some(ValType::I64) => format!("(local.set $i64{} {call})", self.below(LOCALS)),
        }
    }

    /// An argument that lets an import get somewhere.
    fn argument(&mut self, import: &str, place: usize) -> String {
        let number = |it: usize| format!("(i32.const {it})");
        let fitting: &[usize] = match (import, place) {
            ("db_scan", 2) => return number(1 + self.below(2)),
            ("db_scan", _) if self.below(2) == 0 => return number(0),
            ("db_next" | "db_next_key" | "db_next_value", _) => {
                let order = 1 + self.below(2);
                return format!("(call $db_scan (i32.const 0) (i32.const 0) (i32.const {order}))");
            }
            ("bls12_381_hash_to_g1" | "bls12_381_hash_to_g2", 0) => return number(self.below(2)),
            ("secp256k1_recover_pubkey" | "secp256r1_recover_pubkey", 2) => {
                return number(self.below(4));
            }
            // By what may be longest of each: these end no frame.
            ("ed25519_batch_verify", _) => &[3],
            ("secp256k1_verify" | "secp256r1_verify" | "ed25519_verify", 1)
            | ("secp256k1_recover_pubkey" | "secp256r1_recover_pubkey", 1) => &[3, 8],
            ("secp256k1_verify" | "secp256r1_verify", 2) => &[3, 7],
            ("bls12_381_pairing_equality", _) => &[3, 9],
            (import, 0) if import == "addr_humanize" || import.ends_with("_verify") => &[3, 6],
            ("secp256k1_recover_pubkey" | "secp256r1_recover_pubkey", _) => &[3, 6],
            ("ed25519_verify", _) => &[3, 6],
            _ => &[],
        };
        let region = match fitting {
            [] => self.below(ARGUMENTS),
            fitting => fitting[self.below(fitting.len())],
        };
        number(16 + 16 * region)
    }

    /// An address: mostly in scratch, sometimes among the regions.
    fn place(&mut self, depth: u32) -> String {
        let (mask, base) = match self.below(16) {
            0 => (0x3ff, 0),
            _ => (0xff8, 16_384),
        };
        let value = self.expression(Ty::I32, depth.min(1));
        format!("(i32.add (i32.and {value} (i32.const {mask})) (i32.const {base}))")
    }

    fn expression(&mut self, ty: Ty, depth: u32) -> String {
        let name = ty.name();
        match self.below(8) {
            0 | 1 => self.constant(ty),
            2 => format!("(local.get ${name}{})", self.below(LOCALS)),
            3 if depth > 0 => format!("({name}.load {})", self.place(depth - 1)),
            4 if depth > 0 => {
                let yes = self.expression(ty, depth - 1);
                let no = self.expression(ty, depth - 1);
                let condition = self.expression(Ty::I32, depth - 1);
                format!("(select {yes} {no} {condition})")
            }
            _ if depth > 0 => self.operation(ty, depth),
            _ => self.constant(ty),
        }
    }

    fn operation(&mut self, ty: Ty, depth: u32) -> String {
        let fitting: Vec<_> = OPERATORS.iter().filter(|it| it.result == ty).collect();
        let drawn = fitting[self.below(fitting.len())];
        // What may trap ends most modules where it is not seldom.
        let operator = match drawn.may_trap() && self.below(32) > 0 {
            true => fitting[0],
            false => drawn,
        };
        let mut text = format!("({}", operator.name);
        for operand in &operator.operands {
            let _ = write!(text, " {}", self.expression(*operand, depth - 1));
        }
        text.push(')');
        text
    }

    fn constant(&mut self, ty: Ty) -> String {
        const EDGES: [u64; 10] = [
            0,
            1,
            u64::MAX,
            1 << 63,
            1 << 31,
            0x7fc0_0000,
            0xffa0_0001,
            0x7ff8_0000_0000_0000,
            0xfff4_0000_0000_0001,
            0x7ff0_0000_7f80_0000,
        ];
        let word = match self.below(3) {
            0 => EDGES[self.below(EDGES.len())],
            1 => self.below(512) as u64,
            _ => self.word(),
        };
        let (low, whole) = (word as u32, word);
        match ty {
            Ty::I32 => format!("(i32.const {low})"),
            Ty::I64 => format!("(i64.const {whole})"),
            Ty::F32 => format!("(f32.reinterpret_i32 (i32.const {low}))"),
            Ty::F64 => format!("(f64.reinterpret_i64 (i64.const {whole}))"),
        }
    }

    fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels
    }
}

fn imports() -> &'static [ImportSpec] {
    static IMPORTS: LazyLock<&'static [ImportSpec]> = LazyLock::new(|| {
        let adapter = adapter_of(AbiKind::CosmWasm, &SPEC);
        adapter.expect("this version serves it").imports()
    });
    *IMPORTS
}

fn import(spec: &ImportSpec) -> String {
    let name = |ty: &ValType| match ty {
        ValType::I32 => " i32",
        ValType::I64 => " i64",
    };
    let params: String = spec.params.iter().map(name).collect();
    let result = spec.result.as_ref();
    let result = result.map_or(String::new(), |it| format!("(result{})", name(it)));
    let import = spec.name;
    format!("(import \"env\" \"{import}\" (func ${import} (param{params}) {result}))")
}

/// What every function declares.
fn locals() -> String {
    let mut text: String = (0..=DEPTH)
        .map(|it| format!("(local $n{it} i32)"))
        .collect();
    for ty in TYPES {
        for index in 0..LOCALS {
            let name = ty.name();
            let _ = write!(text, "(local ${name}{index} {name})");
        }
    }
    text
}

/// Puts the locals into scratch.
fn kept() -> String {
    let mut text = String::new();
    let mut at = 16_384;
    for ty in TYPES {
        for index in 0..LOCALS {
            let name = ty.name();
            let _ = write!(
                text,
                "({name}.store (i32.const {at}) (local.get ${name}{index}))"
            );
            at += 8;
        }
    }
    text
}

/// Regions, arguments and results.
fn data() -> String {
    let text = |number: u8| address(number).to_text(SPEC.network.hrp);
    let (own, other) = (text(1), text(0));
    let execute = format!(
        r#"{{"wasm":{{"execute":{{"contract_addr":"{other}","msg":"e30=","funds":[]}}}}}}"#
    );
    let send = format!(
        r#"{{"bank":{{"send":{{"to_address":"{own}","amount":[{{"denom":"pargo","amount":"1"}}]}}}}}}"#
    );
    let sub = |message: &str, limit: &str, reply_on: &str| {
        let rest = r#""attributes":[],"events":[],"data":null"#;
        format!(
            r#"{{"ok":{{"messages":[{{"id":1,"msg":{message},"gas_limit":{limit},"reply_on":"{reply_on}"}}],{rest}}}}}"#
        )
    };
    let nothing = r#"{"ok":{"messages":[],"attributes":[],"events":[],"data":null}}"#;
    let results: [String; RESULTS + 1] = [
        nothing.to_owned(),
        r#"{"ok":{"messages":[],"attributes":[{"key":"k","value":"v"}],"events":[{"type":"done","attributes":[]}],"data":"aGk="}}"#.to_owned(),
        r#"{"error":"no"}"#.to_owned(),
        sub(&execute, "null", "never"),
        sub(&execute, "2000", "always"),
        sub(&send, "null", "error"),
        sub(&send, "null", "never"),
        "nonsense".to_owned(),
        r#"{"ok":"aGk="}"#.to_owned(),
    ];
    let smart = format!(r#"{{"wasm":{{"smart":{{"contract_addr":"{other}","msg":"e30="}}}}}}"#);
    let balance = format!(r#"{{"bank":{{"balance":{{"address":"{own}","denom":"pargo"}}}}}}"#);
    let raw = format!(r#"{{"wasm":{{"raw":{{"contract_addr":"{own}","key":"a2V5"}}}}}}"#);
    let info = format!(r#"{{"wasm":{{"contract_info":{{"contract_addr":"{own}"}}}}}}"#);
    let arguments: [Vec<u8>; ARGUMENTS - 1] = [
        b"key".to_vec(),
        b"kez".to_vec(),
        b"value".to_vec(),
        Vec::new(),
        own.into_bytes(),
        other.to_uppercase().into_bytes(),
        vec![7; 32],
        vec![9; 33],
        vec![3; 64],
        vec![0; 48],
        vec![0; 96],
        smart.into_bytes(),
        balance.into_bytes(),
        raw.into_bytes(),
        info.into_bytes(),
    ];
    let mut all = String::new();
    let mut put = |region: usize, at: usize, room: usize, bytes: &[u8]| {
        assert!(bytes.len() <= room, "{bytes:?}");
        let words = [at, room, bytes.len()].map(|it| (it as u32).to_le_bytes());
        for (at, bytes) in [(region, words.concat().as_slice()), (at, bytes)] {
            let escaped: String = bytes.iter().map(|it| format!("\\{it:02x}")).collect();
            let _ = write!(all, "(data (i32.const {at}) \"{escaped}\")");
        }
    };
    for (index, bytes) in arguments.iter().enumerate() {
        put(16 + 16 * index, 1_024 + 256 * index, 256, bytes);
    }
    // The last one is scratch.
    put(16 + 16 * (ARGUMENTS - 1), 16_384, 4_096, &[0; 4_096]);
    for (index, result) in results.iter().enumerate() {
        put(
            512 + 16 * index,
            8_192 + 512 * index,
            512,
            result.as_bytes(),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::seed_bytes;

    #[test]
    fn any_bytes_make_a_module() {
        assert_eq!(random_cosmwasm(&[]), random_cosmwasm(&[0; 100]));
        for seed in 0..50 {
            let bytes = seed_bytes(seed);
            let module = random_cosmwasm(&bytes);
            assert_eq!(module, random_cosmwasm(&bytes));
            wasmparser::validate(&module).expect("valid");
        }
    }

    #[test]
    fn every_operator_is_there() {
        let floats = OPERATORS.iter().filter(|it| {
            let is_float = |ty: &Ty| matches!(ty, Ty::F32 | Ty::F64);
            is_float(&it.result) || it.operands.iter().any(is_float)
        });
        assert_eq!(floats.count(), 70);
    }
}

//! Floats: every instruction gives what it gives on Cosmos chains, bit for bit, on both tiers.
//!
//! The first hash is the one that CosmWasm's own test of its virtual machine freezes
//! (`packages/vm/src/calls.rs`, `float_instrs_are_deterministic`): 70 instructions, each on what 150 seeds give,
//! a quarter of it NaNs. There both operands of an instruction are the same; the second hash is of two that
//! differ, and was computed by a model of the standard with the canonical NaN.

use argosy_executor::{QueryRequest, query};
use argosy_primitives::{Address, StatusCode};
use argosy_vm_engine::sha256;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::echo::create;
use crate::kit::{ALICE, BOB, Kit, address};

const SEEDS: u64 = 150;
const SAME_OPERANDS: &str = "95f70fa6451176ab04a9594417a047a1e4d8e2ff809609b8f81099496bee2393";
const TWO_OPERANDS: &str = "4c0ac46f01d1f45716055afce4c656a98f8bcb1fe52d373229e5b0678304e410";

/// Bytes of a record of operands: f32, f32, f64, f64, i32, nothing, i64.
const RECORD_BYTES: usize = 40;

/// Sign, and exponent of NaNs and infinities.
const SIGN_32: u32 = 1 << 31;
const SIGN_64: u64 = 1 << 63;
const EXPONENT_32: u32 = 0x7f80_0000;
const EXPONENT_64: u64 = 0x7ff0_0000_0000_0000;

/// An instruction, by its name and the types in it.
struct Instruction {
    name: String,
    operands: usize,
    operand: &'static str,
    result: &'static str,
}

/// What a seed gives.
#[derive(Clone, Copy)]
struct Operands {
    f32: [u32; 2],
    f64: [u64; 2],
    i32: u32,
    i64: u64,
}

fn instructions() -> Vec<Instruction> {
    let floats = ["f32", "f64"];
    let integers = ["i32", "i64"];
    let comparisons = ["eq", "ne", "lt", "gt", "le", "ge"];
    let unary = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
    let binary = ["add", "sub", "mul", "div", "min", "max", "copysign"];
    let mut list = Vec::new();
    let mut add = |result, name: String, operand, operands| {
        list.push(Instruction {
            name,
            operands,
            operand,
            result,
        });
    };
    for ty in floats {
        for name in comparisons {
            add("i32", format!("{ty}.{name}"), ty, 2);
        }
    }
    for ty in floats {
        for name in unary {
            add(ty, format!("{ty}.{name}"), ty, 1);
        }
        for name in binary {
            add(ty, format!("{ty}.{name}"), ty, 2);
        }
    }
    let conversions = |from: [&'static str; 2]| from.map(|it| [(it, "s"), (it, "u")]).concat();
    for ty in integers {
        for (from, sign) in conversions(floats) {
            add(ty, format!("{ty}.trunc_{from}_{sign}"), from, 1);
        }
    }
    for (ty, last, from) in [
        ("f32", "f32.demote_f64", "f64"),
        ("f64", "f64.promote_f32", "f32"),
    ] {
        for (from, sign) in conversions(integers) {
            add(ty, format!("{ty}.convert_{from}_{sign}"), from, 1);
        }
        add(ty, last.to_owned(), from, 1);
    }
    for (ty, from) in [
        ("i32", "f32"),
        ("i64", "f64"),
        ("f32", "i32"),
        ("f64", "i64"),
    ] {
        add(ty, format!("{ty}.reinterpret_{from}"), from, 1);
    }
    for ty in integers {
        for (from, sign) in conversions(floats) {
            add(ty, format!("{ty}.trunc_sat_{from}_{sign}"), from, 1);
        }
    }
    list
}

impl Instruction {
    /// Whether it may trap: the integer that there is not.
    fn may_trap(&self) -> bool {
        self.name.contains(".trunc_f")
    }

    /// Where its operands lie in a record.
    fn places(&self) -> [u32; 2] {
        match self.operand {
            "f32" => [0, 4],
            "f64" => [8, 16],
            "i32" => [24, 24],
            _ => [32, 32],
        }
    }

    fn function(&self, index: usize) -> String {
        let (name, operand) = (&self.name, self.operand);
        let first = format!(
            "({operand}.load offset={} (local.get $in))",
            self.places()[0]
        );
        let second = match self.operands {
            2 => format!("({operand}.load (i32.add (local.get $in) (local.get $second)))"),
            _ => String::new(),
        };
        let result = format!("({name} {first} {second})");
        let bits = match self.result {
            "i32" => format!("(i64.extend_i32_u {result})"),
            "f32" => format!("(i64.extend_i32_u (i32.reinterpret_f32 {result}))"),
            "f64" => format!("(i64.reinterpret_f64 {result})"),
            _ => result,
        };
        format!("(func $i{index} (param $in i32) (param $second i32) (result i64) {bits})")
    }
}

/// A contract whose queries run an instruction on records, and end with an error that says the results in hex.
///
/// query = instruction u32 · place of the second operand u32 · records u32 · nothing u32 · records
fn module(instructions: &[Instruction]) -> Vec<u8> {
    let functions = instructions.iter().enumerate();
    let functions: String = functions.map(|(index, it)| it.function(index)).collect();
    let names: String = (0..instructions.len())
        .map(|it| format!(" $i{it}"))
        .collect();
    let text = format!(
        r#"(module
        (memory (export "memory") 4)
        (type $run (func (param i32 i32) (result i64)))
        (table funcref (elem{names}))
        (global $free (mut i32) (i32.const 131072))
        {functions}
        (func (export "interface_version_8"))
        (func (export "allocate") (param $size i32) (result i32)
            (local $region i32)
            (local.set $region (global.get $free))
            (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 16)))
            (i32.store offset=4 (local.get $region) (local.get $size))
            (i32.store offset=8 (local.get $region) (i32.const 0))
            (global.set $free (i32.and (i32.const -8)
                (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 23))))
            (local.get $region))
        (func (export "deallocate") (param i32))
        (func (export "instantiate") (param i32 i32 i32) (result i32) (local.get 2))
        (func $digit (param $value i32) (result i32)
            (select
                (i32.add (local.get $value) (i32.const 48))
                (i32.add (local.get $value) (i32.const 87))
                (i32.lt_u (local.get $value) (i32.const 10))))
        ;; Results lie from 4096 on, their text from 32768 on behind its beginning.
        (func (export "query") (param $env i32) (param $msg i32) (result i32)
            (local $head i32) (local $left i32) (local $in i32) (local $out i32) (local $text i32)
            (local $byte i32)
            (local.set $head (i32.load (local.get $msg)))
            (local.set $left (i32.load offset=8 (local.get $head)))
            (local.set $in (i32.add (local.get $head) (i32.const 16)))
            (local.set $out (i32.const 4096))
            (block $ran (loop $run
                (br_if $ran (i32.eqz (local.get $left)))
                (i64.store (local.get $out)
                    (call_indirect (type $run)
                        (local.get $in)
                        (i32.load offset=4 (local.get $head))
                        (i32.load (local.get $head))))
                (local.set $in (i32.add (local.get $in) (i32.const {RECORD_BYTES})))
                (local.set $out (i32.add (local.get $out) (i32.const 8)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (br $run)))
            (local.set $text (i32.const 32778))
            (local.set $in (i32.const 4096))
            (block $told (loop $tell
                (br_if $told (i32.ge_u (local.get $in) (local.get $out)))
                (local.set $byte (i32.load8_u (local.get $in)))
                (i32.store8 (local.get $text)
                    (call $digit (i32.shr_u (local.get $byte) (i32.const 4))))
                (i32.store8 offset=1 (local.get $text)
                    (call $digit (i32.and (local.get $byte) (i32.const 15))))
                (local.set $in (i32.add (local.get $in) (i32.const 1)))
                (local.set $text (i32.add (local.get $text) (i32.const 2)))
                (br $tell)))
            (i32.store16 (local.get $text) (i32.const 32034))
            (i32.store (i32.const 16) (i32.const 32768))
            (i32.store offset=4 (i32.const 16) (i32.const 65536))
            (i32.store offset=8 (i32.const 16)
                (i32.sub (local.get $text) (i32.const 32766)))
            (i32.const 16))
        (data (i32.const 32768) "{{\"error\":\""))"#
    );
    wat::parse_str(text).unwrap()
}

/// What CosmWasm's contract `floaty` draws from a seed: NaNs, subnormals, infinities, and anything, as often each.
fn operands(seed: u64) -> Operands {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let f32 = [float_32(&mut rng), float_32(&mut rng)];
    let f64 = [float_64(&mut rng), float_64(&mut rng)];
    let (i32, i64) = (rng.next_u32(), rng.next_u64());
    Operands { f32, f64, i32, i64 }
}

fn float_32(rng: &mut ChaCha20Rng) -> u32 {
    let kind = rng.next_u32();
    match kind % 4 {
        0 => EXPONENT_32 | rng.next_u32().max(1),
        1 => match rng.next_u32() & !EXPONENT_32 {
            0 => !EXPONENT_32,
            bits => bits,
        },
        // Of one sign: the kind is even.
        2 => EXPONENT_32,
        _ => rng.next_u32(),
    }
}

fn float_64(rng: &mut ChaCha20Rng) -> u64 {
    let kind = rng.next_u64();
    match kind % 4 {
        0 => EXPONENT_64 | rng.next_u64().max(1),
        1 => match rng.next_u64() & !EXPONENT_64 {
            0 => !EXPONENT_64,
            bits => bits,
        },
        2 => EXPONENT_64,
        _ => rng.next_u64(),
    }
}

impl Operands {
    fn record(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(RECORD_BYTES);
        record.extend(self.f32.map(u32::to_le_bytes).concat());
        record.extend(self.f64.map(u64::to_le_bytes).concat());
        record.extend(u64::from(self.i32).to_le_bytes());
        record.extend(self.i64.to_le_bytes());
        record
    }

    /// Whether the first operand is no number.
    fn is_nan(&self, operand: &str) -> bool {
        match operand {
            "f32" => self.f32[0] & !SIGN_32 > EXPONENT_32,
            _ => self.f64[0] & !SIGN_64 > EXPONENT_64,
        }
    }
}

/// Results of an instruction; `None` if it trapped.
fn run(kit: &Kit, contract: &Address, words: [u32; 2], records: &[Operands]) -> Option<Vec<u64>> {
    let count = u32::try_from(records.len()).unwrap();
    let mut message = [words[0], words[1], count, 0]
        .map(u32::to_le_bytes)
        .concat();
    message.extend(records.iter().flat_map(Operands::record));
    let request = QueryRequest {
        contract: *contract,
        caller: address(BOB),
        funds: 0,
        message: &message,
        gas_max: 50_000_000,
    };
    let ended = query(kit.state(), kit.context(), &kit.spec, &kit.engine, &request).unwrap();
    match ended.status {
        StatusCode::Trapped => None,
        StatusCode::Reverted => Some(ended.data.chunks(16).map(word).collect()),
        status => panic!("{status}: {:?}", ended.trace),
    }
}

/// Eight bytes in hex, the least first.
fn word(text: &[u8]) -> u64 {
    let text = std::str::from_utf8(text).unwrap();
    u64::from_str_radix(text, 16).unwrap().swap_bytes()
}

/// What an instruction gives for each seed, in the words of the frozen test.
fn told(
    kit: &Kit,
    contract: &Address,
    (index, instruction): (usize, &Instruction),
    second: u32,
) -> Vec<String> {
    let records: Vec<_> = (0..SEEDS).map(operands).collect();
    let words = [u32::try_from(index).unwrap(), second];
    let value = |bits: u64| match instruction.result {
        "i32" | "f32" => format!("U32({bits})"),
        _ => format!("U64({bits})"),
    };
    if !instruction.may_trap() {
        let results = run(kit, contract, words, &records);
        let results = results.unwrap_or_else(|| panic!("{} trapped", instruction.name));
        return results.into_iter().map(value).collect();
    }
    let each = records.iter().map(|record| {
        let result = run(kit, contract, words, std::slice::from_ref(record));
        let trap = match record.is_nan(instruction.operand) {
            true => "invalid conversion to integer",
            false => "integer overflow",
        };
        match result {
            Some(bits) => value(bits[0]),
            None => format!("Wasmer runtime error: RuntimeError: {trap}"),
        }
    });
    each.collect()
}

#[test]
fn floats_are_those_of_cosmos_chains() {
    let list = instructions();
    assert_eq!(list.len(), 70);
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, module(&list));
    let contract = create(&mut kit, code, 0, 0);
    for (which, expected) in [(0, SAME_OPERANDS), (1, TWO_OPERANDS)] {
        let mut text = String::new();
        for (index, instruction) in list.iter().enumerate() {
            let second = instruction.places()[which];
            let results = told(&kit, &contract, (index, instruction), second);
            for (seed, result) in results.iter().enumerate() {
                text.push_str(&format!("{}{seed}{result}", instruction.name));
            }
        }
        let hash: String = sha256(text.as_bytes())
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        assert_eq!(hash, expected);
    }
}

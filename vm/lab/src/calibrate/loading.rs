//! What happens before code runs: uploads, translation, instances, memory.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use argosy_primitives::{AbiKind, CodeHash, blake3};
use argosy_spec::ChainSpec;
use argosy_vm_engine::Engine;

use super::{RUNS, chain_of, timed_call};

/// Costs in ns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loading {
    /// A call of a contract that does nothing.
    pub(super) call: f64,
    /// On top, per 64 bytes of the instrumented module.
    pub(super) per_64_bytes: f64,
    /// Translating, per byte of the instrumented module.
    pub(super) cold_per_byte: f64,
    /// A page of initial memory.
    pub(super) page_initial: f64,
    /// A grown page.
    pub(super) page_grown: f64,
    /// A whole upload: measure, prepare and translate. Its ns and its gas.
    pub(super) upload: (f64, f64),
}

/// A module of so many small functions.
fn functions(count: u32) -> String {
    let mut text = String::from("(module (func (export \"call\"))");
    for number in 0..count {
        write!(text, "(func $f{number} (param i32) (result i32) (i32.add (local.get 0) (i32.const {number})))").expect("a string");
    }
    text + ")"
}

fn pages(count: u32) -> String {
    format!("(module (memory (export \"memory\") {count}) (func (export \"call\")))")
}

fn grows(count: u32) -> String {
    format!(
        r#"(module (memory (export "memory") 1) (func (export "call") (local $n i32)
            (local.set $n (i32.const {count}))
            (if (i32.eqz (local.get $n)) (then (return)))
            (loop $l (drop (memory.grow (i32.const 1)))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#
    )
}

/// ns of a call of a module, and bytes of its instrumented form.
fn call(spec: &ChainSpec, wat: &str) -> f64 {
    let mut chain = chain_of(spec, wat);
    let repeated = (0..50).map(|_| timed_call(&mut chain, b"").0);
    repeated.fold(f64::INFINITY, f64::min)
}

fn instrumented(spec: &ChainSpec, wat: &str) -> Arc<[u8]> {
    let code = wat::parse_str(wat).expect("well-formed");
    let prepared = Engine::new(spec).prepare(&code).expect("accepted");
    prepared.1.bytes.into()
}

/// Least time of some runs of `work`, in ns.
fn least(mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_nanos() as f64
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

pub(super) fn measure_loading(spec: &ChainSpec) -> Loading {
    let empty = call(spec, "(module (func (export \"call\")))");
    let many = functions(4_000);
    let many_bytes = instrumented(spec, &many);
    let per_64_bytes = (call(spec, &many) - empty).max(0.0) / (many_bytes.len() as f64 / 64.0);
    let page = |count: u32| call(spec, &pages(count));
    let page_initial = (page(64) - page(1)).max(0.0) / 63.0;
    let page_grown = (call(spec, &grows(200)) - call(spec, &grows(0))).max(0.0) / 200.0;
    Loading {
        call: empty,
        per_64_bytes,
        cold_per_byte: translation(spec, &many_bytes),
        page_initial,
        page_grown,
        upload: upload(spec, &many),
    }
}

fn translation(spec: &ChainSpec, bytes: &Arc<[u8]>) -> f64 {
    let ns = least(|| {
        let engine = Engine::new(spec);
        let hash = CodeHash::from_bytes(blake3(bytes));
        let loaded = engine.load(&hash, AbiKind::Native, || Ok(bytes.clone()));
        loaded.map(drop).expect("loads");
    });
    ns / bytes.len() as f64
}

fn upload(spec: &ChainSpec, wat: &str) -> (f64, f64) {
    let code = wat::parse_str(wat).expect("well-formed");
    let engine = Engine::new(spec);
    let ns = least(|| {
        engine.measure(&code).map(drop).expect("measured");
        let (abi, prepared) = engine.prepare(&code).expect("accepted");
        let bytes: Arc<[u8]> = prepared.bytes.into();
        let engine = Engine::new(spec);
        let hash = CodeHash::from_bytes(blake3(&code));
        let loaded = engine.load(&hash, abi, || Ok(bytes.clone()));
        loaded.map(drop).expect("loads");
    });
    let measured = engine.measure(&code).expect("measured");
    (ns, measured.gas(&spec.upload_prices) as f64)
}

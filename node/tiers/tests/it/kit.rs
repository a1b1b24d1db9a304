//! Tiers around one contract.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use argosy_primitives::{CodeHash, blake3};
use argosy_spec::ChainSpec;
use argosy_tiers::{TierMode, Tiers, Worker};
use argosy_vm_engine::{Engine, FastCode, ModuleKey, likely_abi};
use argosy_vm_host::{Code, HostFault};

pub(crate) const CONTRACT: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "call") (local i32)
        (loop $l (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100))))))"#;

/// One of another ABI, with what only that one may have.
pub(crate) const COSMWASM: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "interface_version_8"))
    (func (export "allocate") (param i32) (result i32) (i32.const 1024))
    (func (export "deallocate") (param i32))
    (func (export "instantiate") (param i32 i32 i32) (result i32)
        (i32.trunc_sat_f64_s (f64.sqrt (f64.convert_i32_s (local.get 2))))))"#;

/// How often a module is called before it is compiled; see `table`.
pub(crate) const OFTEN: usize = 500;

pub(crate) fn worker() -> Worker {
    Worker {
        program: env!("CARGO_BIN_EXE_compile_worker").into(),
        arguments: Vec::new(),
    }
}

pub(crate) fn tiers(mode: TierMode, dir: &Path) -> Arc<Tiers> {
    let opened = Tiers::open(&ChainSpec::dev(), mode, dir, worker());
    opened.unwrap().expect("a mode that compiles")
}

pub(crate) fn instrumented(wat: &str) -> Arc<[u8]> {
    let code = wat::parse_str(wat).unwrap();
    let prepared = Engine::new(&ChainSpec::dev()).prepare(&code).unwrap();
    prepared.1.bytes.into()
}

pub(crate) fn key(wat: &str) -> ModuleKey {
    ModuleKey {
        code: CodeHash::from_bytes(blake3(wat.as_bytes())),
        abi: likely_abi(&wat::parse_str(wat).unwrap()),
        terms: [3; 32],
    }
}

pub(crate) fn find(tiers: &Tiers, wat: &str) -> Option<Arc<dyn Code>> {
    let bytes = instrumented(wat);
    tiers.find(&key(wat), &|| Ok(bytes.clone())).unwrap()
}

/// As [`find`], from a chain that has nothing to give.
pub(crate) fn find_without_bytes(tiers: &Tiers, wat: &str) -> Option<Arc<dyn Code>> {
    let nothing = || Err(HostFault::new("nobody should ask"));
    tiers.find(&key(wat), &nothing).unwrap()
}

/// Asks until the background thread has done its work.
pub(crate) fn wait_for(tiers: &Tiers, wat: &str) -> Arc<dyn Code> {
    for _ in 0..6_000 {
        if let Some(code) = find(tiers, wat) {
            return code;
        }
        // There is no event to wait for: a node does not wait, either.
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("never compiled");
}

pub(crate) fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    let paths = entries.map(|it| it.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|it| it.extension().is_some_and(|it| it == "argc"))
        .collect();
    files.sort();
    files
}

/// The metrics as text.
pub(crate) fn metrics(tiers: &Tiers) -> String {
    let mut registry = prometheus_client::registry::Registry::default();
    tiers.metrics().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    text
}

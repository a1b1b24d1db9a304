//! What ordinary modules look like afterwards.

use argosy_spec::ChainSpec;
use argosy_vm_abi::{Capabilities, Entry};
use argosy_vm_prepare::measure;

use crate::support::{
    Guest, PLENTY, Status, limits, prepare_by, prepare_wat, prices, run, try_prepare, wasm,
};

/// A contract as Rust's linker leaves it: linker exports, data count, table, many custom sections.
pub(crate) const CONTRACT: &str = r#"
(module
  (import "argosy" "block_height" (func $height (result i64)))
  (import "argosy" "finish" (func $finish (param i32 i32)))
  (table 2 2 funcref)
  (memory 1)
  (global $sp (mut i32) (i32.const 32768))
  (global $end i32 (i32.const 33000))
  (export "memory" (memory 0))
  (export "__data_end" (global $end))
  (export "__heap_base" (global $end))
  (export "init" (func $init))
  (export "call" (func $call))
  (elem (i32.const 1) func $init)
  (data (i32.const 16) "hello")
  (func $init
    (i64.store (i32.const 0) (call $height)))
  (func $call (local i32)
    (block $out
      (br_if $out (i32.eqz (i32.load (i32.const 0))))
      (loop $again
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get 0) (i32.const 10)))))
    (memory.copy (i32.const 32) (i32.const 16) (i32.const 5))
    (drop (memory.grow (i32.const 1)))
    (call_indirect (i32.const 1)))
  (@custom "name" "anything")
  (@custom "producers" "anything")
  (@custom "argosy.manifest" "\01\03\00\00\00")
  (@custom "argosy.abi" "first")
  (@custom "argosy.abi" " second"))
"#;

#[test]
fn facts_say_what_the_module_is() {
    let facts = prepare_wat(CONTRACT).facts;
    assert_eq!((facts.functions, facts.locals), (2, 1));
    assert_eq!(
        (facts.memory_initial_pages, facts.memory_max_pages),
        (1, 256)
    );
    assert!(facts.grows_memory);
    assert_eq!(facts.entries, [Entry::Init, Entry::Call]);
    let capabilities = Capabilities::TRANSFER.union(Capabilities::CALL);
    assert_eq!(facts.manifest.capabilities, capabilities);
    assert_eq!(facts.abi.as_deref(), Some(b"first second".as_slice()));
}

#[test]
fn a_module_without_manifest_asks_for_nothing() {
    let facts = prepare_wat("(module)").facts;
    assert_eq!(facts.manifest.capabilities, Capabilities::NONE);
    assert_eq!((facts.abi, facts.memory_max_pages), (None, 0));
    assert!(facts.entries.is_empty() && !facts.grows_memory);
}

#[test]
fn the_linkers_exports_and_custom_sections_are_left_out() {
    let text = wasmprinter::print_bytes(prepare_wat(CONTRACT).bytes).expect("valid");
    for word in [
        "__data_end",
        "__heap_base",
        "producers",
        "argosy.abi",
        "argosy.manifest",
    ] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_declared_maximum_is_kept_and_a_missing_one_is_the_chains() {
    let declared = prepare_wat("(module (memory (export \"memory\") 2 5))");
    assert_eq!(declared.facts.memory_max_pages, 5);
    let text = wasmprinter::print_bytes(declared.bytes).expect("valid");
    assert!(text.contains("(memory (;0;) 2 5)"), "{text}");
    let text = prepare_wat("(module (table 3 funcref) (memory (export \"memory\") 2))").bytes;
    let text = wasmprinter::print_bytes(text).expect("valid");
    assert!(text.contains("(memory (;0;) 2 256)"), "{text}");
    assert!(text.contains("(table (;0;) 3 3 funcref)"), "{text}");
}

#[test]
fn the_instrumented_module_needs_no_more_features() {
    let bytes = prepare_wat(CONTRACT).bytes;
    let features = wasmparser::WasmFeatures::MUTABLE_GLOBAL
        | wasmparser::WasmFeatures::SIGN_EXTENSION
        | wasmparser::WasmFeatures::BULK_MEMORY_OPT;
    wasmparser::Validator::new_with_features(features)
        .validate_all(&bytes)
        .expect("valid without even the long form of call_indirect");
}

/// What rustc writes for `call_indirect` since reference types are on by default.
#[test]
fn the_long_form_of_call_indirect_is_accepted() {
    let text = "(module (table 1 funcref) (func (export \"call\") (call_indirect (i32.const 0))))";
    let short = wasm(text);
    let at = short
        .windows(3)
        .position(|it| it == [0x11, 0, 0])
        .expect("call_indirect 0 0");
    let mut long = short.clone();
    long.splice(at + 2..at + 3, [0x80, 0x80, 0x80, 0x80, 0]);
    // Lengths of the body and of the code section, both right before the body.
    long[at - 4] += 4;
    long[at - 6] += 4;
    assert_ne!(short, long);
    let (short, long) = (try_prepare(&short), try_prepare(&long));
    assert_eq!(
        short.expect("accepted").bytes,
        long.expect("accepted").bytes
    );
}

#[test]
fn preparing_twice_is_refused() {
    let once = prepare_wat(CONTRACT).bytes;
    let refusal = try_prepare(&once).expect_err("instrumented");
    assert_eq!(refusal.code(), "import_unknown", "{refusal}");
    let once = prepare_wat("(module (func (export \"call\")))").bytes;
    let refusal = try_prepare(&once).expect_err("instrumented");
    assert_eq!(refusal.code(), "export_reserved", "{refusal}");
    assert!(refusal.to_string().contains("__gas"), "{refusal}");
}

#[test]
fn the_same_upload_gives_the_same_bytes() {
    assert_eq!(prepare_wat(CONTRACT), prepare_wat(CONTRACT));
}

#[test]
fn other_prices_give_other_bytes() {
    let mut dear = prices();
    dear.simple = 2;
    let code = wasm(CONTRACT);
    let dear = prepare_by(&code, &limits(), &dear).expect("accepted");
    assert_ne!(dear.bytes, prepare_wat(CONTRACT).bytes);
}

#[test]
fn measuring_counts_what_the_facts_say() {
    for text in [
        CONTRACT,
        "(module)",
        "(module (func (param i64 i32) (local i32) (return)))",
    ] {
        let code = wasm(text);
        let measured = measure(&code, &limits()).expect("can be taken apart");
        let facts = prepare_wat(text).facts;
        assert_eq!(measured.bytes, code.len() as u64);
        assert_eq!(measured.functions, facts.functions.into());
        assert_eq!(measured.locals, facts.locals.into());
        assert_eq!(measured.blocks, facts.blocks.into());
    }
}

#[test]
fn an_upload_pays_for_each_part() {
    let prices = ChainSpec::dev().upload_prices;
    let measured = measure(&wasm(CONTRACT), &limits()).expect("can be taken apart");
    let expected = prices.base
        + prices.per_byte * measured.bytes
        + prices.per_function * measured.functions
        + prices.per_local * measured.locals
        + prices.per_block * measured.blocks;
    assert_eq!(measured.gas(&prices), expected);
}

#[test]
fn several_results_work_where_an_abi_allows_them() {
    let text = r#"(module
      (func $pair (param i32) (result i32 i64)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1) (i64.const 2))))
        (call $id (local.get 0)) (i64.const 3))
      (func $id (param i32) (result i32) (local.get 0))
      (func (export "sum") (param i32) (result i64) (local i64)
        (call $pair (local.get 0))
        (local.set 1) (i64.extend_i32_u) (local.get 1) (i64.add)))"#;
    assert_eq!(
        try_prepare(&wasm(text)).expect_err("two results").code(),
        "limit"
    );
    let mut limits = limits();
    limits.results_max = 2;
    let prepared = prepare_by(&wasm(text), &limits, &prices()).expect("accepted");
    let mut guest = Guest::new(&prepared.bytes);
    for (argument, sum) in [(0, 3), (5, 8)] {
        let outcome = guest.call("sum", &[argument], PLENTY, 1_000);
        assert_eq!(outcome.status, Status::Returned(vec![sum]));
        assert_eq!(outcome.depth_left, 1_000, "each way out settles the depth");
    }
}

#[test]
fn an_ordinary_contract_runs() {
    let outcome = run(CONTRACT, "call", &[], PLENTY);
    assert_eq!(outcome.status, Status::Returned(vec![]));
    assert_eq!(&outcome.memory[..8], 7_i64.to_le_bytes());
    assert_eq!(&outcome.memory[32..37], b"hello");
    assert_eq!(outcome.memory.len(), 2 * 65_536);
}

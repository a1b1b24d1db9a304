//! wasmi 2.0.0 panics when it translates the store of an integer with an offset of more than 16 bits
//! whose address and value are one register. The instrumentation gives the value a detour.

use std::panic::catch_unwind;

use crate::support::{Guest, PLENTY, Status, engine, prepare_wat, wasm};

/// Addresses: the same local computed, taken and set in all ways; locals 0 and 2 are `i32`, 1 `i64`.
const ADDRESSES: &[&str] = &[
    "(local.tee 0 (i32.add (local.get 0) (i32.const 1)))",
    "(i32.add (local.get 0) (i32.const 1))",
    "(local.get 0)",
    "(local.set 0 (i32.add (local.get 0) (i32.const 1))) (local.get 0)",
    "(i32.wrap_i64 (local.tee 1 (i64.add (local.get 1) (i64.const 1))))",
    "(local.tee 0 (global.get 0))",
    "(local.tee 0 (i32.load (i32.const 0)))",
    "(local.tee 2 (local.tee 0 (i32.eqz (local.get 0))))",
];

const VALUES_32: &[&str] = &[
    "(local.get 0)",
    "(local.get 2)",
    "(local.tee 2 (local.get 0))",
    "(i32.wrap_i64 (local.get 1))",
    "(i32.wrap_i64 (i64.extend_i32_u (local.get 0)))",
    "(i32.add (local.get 0) (local.get 2))",
    "(i32.const 5)",
    "(global.get 0)",
];

const VALUES_64: &[&str] = &[
    "(i64.extend_i32_u (local.get 0))",
    "(i64.extend_i32_s (local.get 0))",
    "(local.get 1)",
    "(local.tee 1 (i64.extend_i32_u (local.get 0)))",
    "(i64.add (local.get 1) (i64.const 3))",
    "(i64.const 5)",
];

const STORES: &[(&str, &[&str])] = &[
    ("i32.store", VALUES_32),
    ("i32.store8", VALUES_32),
    ("i32.store16", VALUES_32),
    ("i64.store", VALUES_64),
    ("i64.store8", VALUES_64),
    ("i64.store16", VALUES_64),
    ("i64.store32", VALUES_64),
];

fn module(store: &str, offset: u32, address: &str, value: &str) -> String {
    format!(
        r#"(module (memory (export "memory") 2) (global (mut i32) (i32.const 3))
            (func (export "f") (param i32 i64) (local i32)
                {address} {value} {store} offset={offset}
                nop (block (br_if 0 (local.get 0)) nop)))"#
    )
}

fn translates(code: &[u8]) -> bool {
    catch_unwind(|| wasmi::Module::new(&engine(), code).is_ok()).is_ok_and(|it| it)
}

/// When this fails, the engine is repaired and the detour may go (with a new instrumentation
/// version).
#[test]
fn the_engine_still_needs_the_detour() {
    let text = module("i32.store", 65_536, ADDRESSES[0], "(local.get 0)");
    assert!(!translates(&wasm(&text)));
    let near = module("i32.store", 65_535, ADDRESSES[0], "(local.get 0)");
    assert!(translates(&wasm(&near)));
}

/// What is stored, and the gas that it takes, are those of the same store at a small offset.
#[test]
fn every_store_of_an_integer_is_translated_and_right() {
    for (store, values) in STORES {
        for address in ADDRESSES {
            for value in *values {
                let run = |offset: u32| {
                    let text = module(store, offset, address, value);
                    let prepared = prepare_wat(&text);
                    assert!(translates(&prepared.bytes), "{text}");
                    let mut guest = Guest::new(&prepared.bytes);
                    let outcome = guest.call("f", &[17, 300], PLENTY, 1_000);
                    assert_eq!(outcome.status, Status::Returned(vec![]), "{text}");
                    let stored = outcome.memory[offset as usize..][..1_000].to_vec();
                    (stored, outcome.gas_used)
                };
                let (far, near) = (run(65_536), run(40_000));
                assert_eq!(far, near, "{store} {address} {value}");
            }
        }
    }
}

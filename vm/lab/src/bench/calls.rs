//! Whole frames, from nothing to an outcome: a fresh instance, its imports served by a host that
//! answers from memory, and what making modules ready costs.

use std::sync::Arc;

use argosy_vm_abi::{Entry, selector_of};
use argosy_vm_engine::Engine;
use parity_scale_codec::Encode;

use super::{least, line};
use crate::chain::{Chain, GAS, SPEC, address};
use crate::tiers::{Fixture, compiled_engine, interpreted_engine};

const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");

/// Calls in a measured batch.
const BATCH: u32 = 200;

/// 27 imports of the kinds that a transfer uses: 9 rounds of a read, a write and an event.
const HOST_CALLS: &str = r#"(module
    (import "argosy" "storage_get" (func $get (param i32 i32 i32 i32) (result i64)))
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (import "argosy" "emit" (func $emit (param i32 i32 i32 i32)))
    (memory (export "memory") 2)
    (func (export "call") (local $n i32)
        (local.set $n (i32.const 9))
        (loop $l
            (drop (call $get (i32.const 0) (i32.const 32) (i32.const 100) (i32.const 16)))
            (call $set (i32.const 0) (i32.const 32) (i32.const 100) (i32.const 16))
            (call $emit (i32.const 0) (i32.const 2) (i32.const 100) (i32.const 16))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

fn pages(count: u32) -> String {
    format!("(module (memory (export \"memory\") {count}) (func (export \"call\")))")
}

pub(super) fn calls(page: &mut String) {
    line(
        page,
        "\n| call, instance included | tier 1 us | tier 2 us | tier 2 / tier 1 | goals us |",
    );
    line(page, "|---|---:|---:|---:|---|");
    let text = |wat: &str| wat::parse_str(wat).expect("well-formed");
    let transfer = (selector_of("transfer"), address(9), 1_u128).encode();
    row(
        page,
        "token transfer",
        "20 / 10",
        &|engine| token(engine),
        &transfer,
    );
    let plain = |wat: String| {
        move |engine: Arc<Engine>| {
            let mut chain = Chain::on(vec![engine]);
            chain.try_deploy(1, &text(&wat)).expect("accepted");
            chain
        }
    };
    row(
        page,
        "27 host calls",
        "20 / 10",
        &plain(HOST_CALLS.into()),
        b"",
    );
    row(
        page,
        "nothing, no memory",
        "",
        &plain("(module (func (export \"call\")))".into()),
        b"",
    );
    for count in [1, 4, 17, 64] {
        let name = format!("nothing, {count} pages");
        row(page, &name, "", &plain(pages(count)), b"");
    }
    ready(page);
}

fn token(engine: Arc<Engine>) -> Chain {
    let mut chain = Chain::on(vec![engine]);
    chain.try_deploy(1, TOKEN).expect("accepted");
    let init = (selector_of("init"), "Bench", "BNCH", 0_u8, 1_u128 << 80).encode();
    let created = chain.run(Entry::Init, &init, GAS).expect("no fault");
    assert!(created.status.is_success(), "{created:?}");
    chain
}

fn row(
    page: &mut String,
    name: &str,
    goals: &str,
    make: &dyn Fn(Arc<Engine>) -> Chain,
    input: &[u8],
) {
    let time = |engine| {
        let mut chain = make(engine);
        let batch = least(|| {
            for _ in 0..BATCH {
                let ended = chain.run(Entry::Call, input, GAS).expect("no fault");
                assert!(ended.status.is_success(), "{name}: {ended:?}");
            }
            chain.events.clear();
        });
        batch / f64::from(BATCH) / 1e3
    };
    let (tier_1, tier_2) = (time(interpreted_engine()), time(compiled_engine()));
    let ratio = tier_2 / tier_1;
    let text = format!("| {name} | {tier_1:.2} | {tier_2:.2} | {ratio:.2} | {goals} |");
    line(page, &text);
}

/// What it costs to make modules ready.
fn ready(page: &mut String) {
    line(
        page,
        "\n| making a token ready | us | us per KB uploaded |\n|---|---:|---:|",
    );
    let fixture = Fixture::new(&SPEC);
    let engine = Engine::new(&SPEC);
    let prepared = engine.prepare(TOKEN).expect("accepted").1.bytes;
    let prepare = least(|| {
        engine.prepare(TOKEN).map(drop).expect("accepted");
    });
    let translate = least(|| {
        fixture
            .interpreter
            .load(&prepared)
            .map(drop)
            .expect("loads");
    });
    let compile = least(|| {
        fixture
            .compiler
            .compile(&prepared)
            .map(drop)
            .expect("compiles");
    });
    let kilobytes = TOKEN.len() as f64 / 1024.0;
    for (what, ns) in [
        ("validate and instrument", prepare),
        ("translate (tier 1)", translate),
        ("compile (tier 2)", compile),
    ] {
        let us = ns / 1e3;
        let text = format!("| {what} | {us:.0} | {:.1} |", us / kilobytes);
        line(page, &text);
    }
}

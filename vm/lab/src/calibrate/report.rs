//! `docs/calibration.md`: what was measured, and what follows.

use std::fmt::Write;

use argosy_spec::ChainSpec;

use super::cosmwasm::{self, measure_cosmwasm};
use super::derive::{derive, listed};
use super::imports::{MeasuredImport, measure_imports, price_of};
use super::loading::{Loading, measure_loading};
use super::{Measured, measure_instructions, spec};

/// Measures everything and writes the page.
pub fn calibrate() -> String {
    let spec = spec();
    let instructions = measure_instructions(&spec);
    let mut imports = measure_imports(&spec);
    imports.extend(measure_cosmwasm(&spec));
    let loading = measure_loading(&spec);
    let mut page = String::from(HEAD);
    write_prices(&mut page, &spec, &instructions);
    write_instructions(&mut page, &instructions);
    write_imports(&mut page, &spec, &imports);
    write_loading(&mut page, &spec, &loading);
    page
}

/// A body that takes less was not executed.
const FOLDED_NS: f64 = 0.05;

const HEAD: &str = "\
# Calibration

Written by `argosy-vm-lab calibrate` (`./x bench calibrate`); do not edit. Target: 1 gas for 1 ns of tier 1.
A class above 1 ns per gas is cheap for what it takes, one below is dear. Rules: none above 2; none below 0.02 but what
translation folds away (a constant that is dropped, `nop`).
Times are the least of several runs on one machine; read the ratios.
";

fn write_prices(page: &mut String, spec: &ChainSpec, measured: &[Measured]) {
    let prices = &spec.instruction_prices;
    line(page, "\n## Prices of instructions\n");
    line(
        page,
        "| price | listed | needed here | by the class |\n|---|---:|---:|---|",
    );
    for derived in derive(measured, prices) {
        let (name, price) = listed(derived.group, prices);
        let text = format!(
            "| `{name}` | {price} | {:.2} | {} |",
            derived.needed, derived.class
        );
        line(page, &text);
    }
    // What translation folds away takes no time at all, and says nothing of a price.
    let done = measured.iter().filter(|it| it.ns >= FOLDED_NS);
    let ratios = done.map(|it| (it.ns / it.gas, it.name.as_str()));
    let slowest = ratios
        .clone()
        .fold((0.0, ""), |a, b| if b.0 > a.0 { b } else { a });
    let fastest = ratios.fold((f64::INFINITY, ""), |a, b| if b.0 < a.0 { b } else { a });
    let block = spec.limits.block_gas_max as f64 / 1e9;
    let text = format!(
        "\nSlowest class: {} at {:.2} ns per gas; fastest: {} at {:.2}. A full block of {:.1} Ggas of the slowest \
         takes {:.2} s.",
        slowest.1,
        slowest.0,
        fastest.1,
        fastest.0,
        block,
        block * slowest.0
    );
    line(page, &text);
}

fn write_instructions(page: &mut String, measured: &[Measured]) {
    let text = format!("\n## {} classes of instructions\n", measured.len());
    line(page, &text);
    line(
        page,
        "| class | price | ns | gas | ns per gas |\n|---|---|---:|---:|---:|",
    );
    for class in measured {
        let Measured {
            name,
            group,
            ns,
            gas,
        } = class;
        let text = format!(
            "| {name} | {group:?} | {ns:.2} | {gas:.2} | {:.2} |",
            ns / gas
        );
        line(page, &text);
    }
}

fn write_imports(page: &mut String, spec: &ChainSpec, measured: &[MeasuredImport]) {
    line(page, "\n## Host functions\n");
    line(
        page,
        "Against a host that answers from memory at once: what remains of the prices of storage, balances and \
         transfers is for the state behind it. Listed: base and per 8 bytes, where the work is computing. `env.` is \
         what CosmWasm contracts import, `env.query_chain` a request of JSON numbers.\n",
    );
    line(
        page,
        "| import | ns per call | gas | ns per gas | ns per byte | gas per byte | listed |\n|---|---:|---:|---:|---:|---:|---|",
    );
    for import in measured {
        let MeasuredImport {
            name,
            ns,
            gas,
            ns_per_byte,
            gas_per_byte,
        } = import;
        let price = price_of(spec, name).or_else(|| cosmwasm::price_of(spec, name));
        let price = price.map_or_else(String::new, |it| {
            format!("{} + {}", it.base, it.per_8_bytes)
        });
        let text = format!(
            "| `{name}` | {ns:.0} | {gas:.0} | {:.2} | {ns_per_byte:.2} | {gas_per_byte:.2} | {price} |",
            ns / gas
        );
        line(page, &text);
    }
}

fn write_loading(page: &mut String, spec: &ChainSpec, measured: &Loading) {
    let load = &spec.load_prices;
    line(page, "\n## Loading and uploading\n");
    line(
        page,
        "| what | ns | gas | ns per gas |\n|---|---:|---:|---:|",
    );
    let mut row = |what: &str, ns: f64, gas: u64| {
        let text = format!("| {what} | {ns:.1} | {gas} | {:.2} |", ns / gas as f64);
        line(page, &text);
    };
    row("a call of an empty contract", measured.call, load.hot_base);
    row(
        "an instance, per 64 instrumented bytes",
        measured.per_64_bytes,
        load.hot_per_64_bytes,
    );
    row(
        "translating, per instrumented byte",
        measured.cold_per_byte,
        load.cold_per_byte,
    );
    row(
        "a page of initial memory",
        measured.page_initial,
        load.memory_page_initial,
    );
    row("a grown page", measured.page_grown, load.memory_grow_page);
    let (ns, gas) = measured.upload;
    row("a whole upload of 4 000 small functions", ns, gas as u64);
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string");
}

//! How long an upload of the greatest size takes to be refused for its last bytes, when all before
//! had to be looked at; and that twice the size takes twice the time.

use std::fmt::Write;

use argosy_vm_abi::{IMPORTS, MODULE};
use argosy_vm_prepare::{Rules, measure, prepare};

use super::{least, line};
use crate::chain::SPEC;

/// What a body is filled with, as bytes, and the most of it in one body.
const SHAPES: &[(&str, &[u8], usize)] = &[
    ("straight code", &[0x41, 0x00, 0x1a], 60_000),
    ("if", &[0x41, 0x00, 0x04, 0x40, 0x0b], 20_000),
    ("br_if", &[0x41, 0x00, 0x0d, 0x00], 16_000),
    ("loads", &[0x41, 0x00, 0x28, 0x02, 0x00, 0x1a], 60_000),
    ("calls", &[0x10, 0x00], 60_000),
    (
        "selects",
        &[0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0x1b, 0x1a],
        60_000,
    ),
    ("small functions", &[], 1),
];

/// Behind all bodies one with a float, which no rule of the native ABI lets pass.
const FLOAT: &[u8] = &[0x00, 0x43, 0x00, 0x00, 0x00, 0x00, 0x1a, 0x0b];

pub(super) fn refusals(page: &mut String) {
    let most = SPEC.native_limits().code_bytes_max as usize;
    writeln!(
        page,
        "\n| refusing {} KiB for its last function | ms | times half the size | reason |",
        most >> 10
    )
    .expect("a string");
    line(page, "|---|---:|---:|---|");
    for (name, piece, body_max) in SHAPES {
        let (whole, half) = (
            module(piece, *body_max, most),
            module(piece, *body_max, most / 2),
        );
        let (ns, reason) = refusing(&whole);
        let ratio = ns / refusing(&half).0;
        let text = format!("| {name} | {:.2} | {ratio:.2} | {reason} |", ns / 1e6);
        line(page, &text);
    }
}

/// Time to count and refuse a module, in ns, and the refusal's code.
fn refusing(code: &[u8]) -> (f64, &'static str) {
    let rules = Rules {
        limits: SPEC.native_limits(),
        prices: &SPEC.instruction_prices,
        import_module: MODULE,
        imports: IMPORTS,
        exports: &argosy_vm_abi::EXPORTS,
    };
    let mut reason = "";
    let ns = least(|| {
        reason = match measure(code, rules.limits).and_then(|_| prepare(code, &rules)) {
            Ok(_) => "accepted",
            Err(refusal) => refusal.code(),
        };
    });
    (ns, reason)
}

/// A module of at most so many bytes: bodies full of one piece, a memory, and the float at the end.
fn module(piece: &[u8], body_max: usize, bytes: usize) -> Vec<u8> {
    let mut body = vec![0x00];
    while body.len() + piece.len() < body_max.min(bytes / 2) && !piece.is_empty() {
        body.extend_from_slice(piece);
    }
    body.push(0x0b);
    // A body's length, its type's index, and the section's own heads.
    let functions_max = SPEC.native_limits().functions_max as usize - 1;
    let count = ((bytes - 64) / (body.len() + 5)).min(functions_max);
    let mut functions = leb(count + 1);
    functions.extend(std::iter::repeat_n(0, count + 1));
    let mut code = leb(count + 1);
    let bodies = std::iter::repeat_n(body.as_slice(), count).chain([FLOAT]);
    for body in bodies {
        code.extend(leb(body.len()));
        code.extend_from_slice(body);
    }
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    for (id, section) in [
        (1, vec![0x01, 0x60, 0x00, 0x00]),
        (3, functions),
        (5, vec![0x01, 0x00, 0x01]),
        (10, code),
    ] {
        module.push(id);
        module.extend(leb(section.len()));
        module.extend(section);
    }
    module
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        match number {
            0 => {
                bytes.push(low);
                return bytes;
            }
            _ => bytes.push(low | 0x80),
        }
    }
}

//! Each limit of the dev chain: a module at the edge is accepted, one beyond is refused by name.

use argosy_spec::AbiLimits;
use argosy_vm_prepare::{Limit, Reason};

use crate::support::{limits, prepare_by, prices, try_prepare, wasm};

/// `module(n)` has `n` of what `limit` counts.
#[track_caller]
fn check(limit: Limit, max: u32, module: impl Fn(usize) -> String) {
    check_with(&limits(), limit, max, module);
}

#[track_caller]
fn check_with(limits: &AbiLimits, limit: Limit, max: u32, module: impl Fn(usize) -> String) {
    check_bytes(limits, limit, max, |count| wasm(&module(count)));
}

#[track_caller]
fn check_bytes(limits: &AbiLimits, limit: Limit, max: u32, module: impl Fn(usize) -> Vec<u8>) {
    let edge = prepare_by(&module(max as usize), limits, &prices());
    if let Err(refusal) = edge {
        panic!("{} at its edge: {refusal}", limit.as_str());
    }
    let beyond = prepare_by(&module(max as usize + 1), limits, &prices());
    let refusal = beyond.expect_err(limit.as_str());
    let (found, max) = (u64::from(max) + 1, u64::from(max));
    assert_eq!(
        refusal.reason,
        Reason::Limit { limit, found, max },
        "{refusal}"
    );
    let message = refusal.to_string();
    assert!(
        message.contains(limit.as_str()) && !refusal.hint().is_empty(),
        "{message}"
    );
}

fn repeat(count: usize, piece: &str) -> String {
    vec![piece; count].join(" ")
}

/// A module of `count` bytes, filled up by a custom section.
fn padded(count: usize) -> Vec<u8> {
    let mut code = wasm("(module)");
    // Id, length in four bytes, an empty name, zeros.
    let length = count - code.len() - 5;
    code.push(0);
    code.extend([0, 7, 14, 21].map(|shift| ((length >> shift) as u8 & 0x7f) | 0x80));
    let last = code.len() - 1;
    code[last] &= 0x7f;
    code.resize(count, 0);
    code
}

#[test]
fn code_bytes() {
    check_bytes(&limits(), Limit::CodeBytes, limits().code_bytes_max, padded);
}

#[test]
fn instrumented_bytes() {
    // 6 bytes of code per block of about 20: too much after instrumentation before it is before.
    let mut tight = limits();
    tight.blocks_max = 100_000;
    let module = |functions: usize| {
        let function = format!("(func {})", repeat(1_000, "(br_if 0 (i32.const 1))"));
        wasm(&format!("(module {})", repeat(functions, &function)))
    };
    let size = |code: &[u8]| prepare_by(code, &tight, &prices()).map(|it| it.bytes.len());
    let edge = size(&module(3)).expect("accepted");
    tight.instrumented_bytes_max = u32::try_from(edge).expect("small");
    let size = |code: &[u8]| prepare_by(code, &tight, &prices()).map(|it| it.bytes.len());
    assert_eq!(size(&module(3)), Ok(edge));
    tight.instrumented_bytes_max -= 1;
    let size = |code: &[u8]| prepare_by(code, &tight, &prices()).map(|it| it.bytes.len());
    let refusal = size(&module(3)).expect_err("one byte too much");
    let (found, max) = (edge as u64, edge as u64 - 1);
    let limit = Limit::InstrumentedBytes;
    assert_eq!(refusal.reason, Reason::Limit { limit, found, max });
}

#[test]
fn body_bytes() {
    // No locals, `end`: two bytes besides the nops.
    check(Limit::BodyBytes, limits().body_bytes_max, |count| {
        format!("(module (func {}))", repeat(count - 2, "nop"))
    });
}

#[test]
fn functions_and_types() {
    check(Limit::Functions, limits().functions_max, |count| {
        format!("(module {})", repeat(count, "(func)"))
    });
    check(Limit::Types, limits().types_max, |count| {
        format!("(module {})", repeat(count, "(type (func))"))
    });
    check(Limit::Params, limits().params_max, |count| {
        format!("(module (type (func (param {}))))", repeat(count, "i64"))
    });
    check(Limit::Results, limits().results_max, |count| {
        format!("(module (type (func (result {}))))", repeat(count, "i64"))
    });
}

#[test]
fn locals() {
    check(
        Limit::LocalsFunction,
        limits().locals_function_max,
        |count| {
            format!(
                "(module (func (param i32 i64) (local {})))",
                repeat(count - 2, "i32")
            )
        },
    );
    // 40 functions of 500 locals each, and one of the rest.
    check(Limit::Locals, limits().locals_max, |count| {
        let full = format!("(func (local {}))", repeat(500, "i64"));
        let rest = repeat(count - 39 * 500, "i32");
        format!("(module {} (func (local {rest})))", repeat(39, &full))
    });
}

#[test]
fn operands() {
    check(
        Limit::OperandsFunction,
        limits().operands_function_max,
        |count| {
            format!(
                "(module (func {} {}))",
                repeat(count, "i32.const 1"),
                repeat(count, "drop")
            )
        },
    );
}

#[test]
fn nesting() {
    check(Limit::Nesting, limits().nesting_max, |count| {
        format!(
            "(module (func {} {}))",
            repeat(count, "block"),
            repeat(count, "end")
        )
    });
    check(Limit::NestingLoops, limits().nesting_loops_max, |count| {
        format!(
            "(module (func {} {}))",
            repeat(count, "block loop"),
            repeat(count, "end end")
        )
    });
}

#[test]
fn loops_side_by_side_do_not_nest() {
    let text = format!(
        "(module (func {}))",
        repeat(200, "(loop nop) (block (loop (br 1)))")
    );
    try_prepare(&wasm(&text)).expect("accepted");
}

#[test]
fn blocks() {
    // The function's entry is a block.
    check(
        Limit::BlocksFunction,
        limits().blocks_function_max,
        |count| format!("(module (func {}))", repeat(count - 1, "loop nop end")),
    );
    // What is paid by the byte has a check of its own, and counts like a block.
    check(
        Limit::BlocksFunction,
        limits().blocks_function_max,
        |count| {
            let fill = "(memory.fill (i32.const 0) (i32.const 0) (i32.const 0))";
            let fills = repeat(count - 1, fill);
            format!("(module (memory (export \"memory\") 1) (func {fills}))")
        },
    );
    check(Limit::Blocks, limits().blocks_max, |count| {
        let full = format!("(func {})", repeat(3_999, "loop nop end"));
        let rest = repeat(count - 48_001, "loop nop end");
        format!("(module {} (func {rest}))", repeat(12, &full))
    });
}

#[test]
fn br_tables() {
    // The default is a target.
    check(
        Limit::BrTableTargets,
        limits().br_table_targets_max,
        |count| {
            format!(
                "(module (func (br_table {} (i32.const 0))))",
                repeat(count, "0")
            )
        },
    );
    check(
        Limit::BrTableTargetsModule,
        limits().br_table_targets_module_max,
        |count| {
            let table =
                |targets| format!("(block (br_table {} (i32.const 0)))", repeat(targets, "0"));
            format!(
                "(module (func {} {}))",
                repeat(20, &table(400)),
                table(count - 20 * 400)
            )
        },
    );
}

#[test]
fn imports_exports_and_globals() {
    check(Limit::Imports, limits().imports_max, |count| {
        let import = "(import \"argosy\" \"input_len\" (func (result i32)))";
        format!("(module {})", repeat(count, import))
    });
    check(Limit::Exports, limits().exports_max, |count| {
        let exports: Vec<_> = (0..count)
            .map(|it| format!("(export \"e{it}\" (func 0))"))
            .collect();
        format!("(module (func) {})", exports.join(" "))
    });
    check(Limit::Globals, limits().globals_max, |count| {
        format!(
            "(module {})",
            repeat(count, "(global (mut i64) (i64.const 0))")
        )
    });
    check(Limit::NameBytes, limits().name_bytes_max, |count| {
        format!("(module (func (export \"{}\")))", "n".repeat(count))
    });
}

#[test]
fn tables_and_elements() {
    check(Limit::Tables, 1, |count| {
        format!("(module {})", repeat(count, "(table 1 funcref)"))
    });
    check(Limit::TableEntries, limits().table_entries_max, |count| {
        format!("(module (table {count} funcref))")
    });
    // Two segments over the same entries.
    check(
        Limit::ElementEntries,
        limits().element_entries_max,
        |count| {
            let half = repeat(512, "0");
            let rest = repeat(count - 512, "0");
            format!(
                "(module (table 1000 funcref) (func) (elem (i32.const 0) func {half}) (elem (i32.const 0) func {rest}))"
            )
        },
    );
}

#[test]
fn memory_and_data() {
    check(
        Limit::MemoryInitialPages,
        limits().memory_initial_pages_max,
        |count| format!("(module (memory (export \"memory\") {count}))"),
    );
    check(Limit::MemoryPages, limits().memory_pages_max, |count| {
        format!("(module (memory (export \"memory\") 1 {count}))")
    });
    check(Limit::DataSegments, limits().data_segments_max, |count| {
        let data = repeat(count, "(data (i32.const 0) \"a\")");
        format!("(module (memory (export \"memory\") 1) {data})")
    });
    check(Limit::AbiBytes, limits().abi_bytes_max, |count| {
        let (half, rest) = ("a".repeat(1_000), "b".repeat(count - 1_000));
        format!("(module (@custom \"argosy.abi\" \"{half}\") (@custom \"argosy.abi\" \"{rest}\"))")
    });
}

/// Counts that a file claims but does not hold, or that would be dear to act on.
#[test]
fn claims_are_refused_before_anything_is_made_of_them() {
    for (text, code) in [
        ("(module (table 4000000000 funcref))", "limit"),
        ("(module (memory (export \"memory\") 65536))", "limit"),
        ("(module (memory (export \"memory\") 1 65536))", "limit"),
    ] {
        assert_eq!(try_prepare(&wasm(text)).expect_err(text).code(), code);
    }
    // One group of 4 294 967 295 locals, five bytes long.
    let mut code = wasm("(module (func (local i64)))");
    let at = code.len() - 4;
    assert_eq!(&code[at..], [1, 1, 0x7e, 0x0b]);
    code.splice(at + 1..at + 2, [0xff, 0xff, 0xff, 0xff, 0x0f]);
    code[at - 1] += 4;
    code[at - 3] += 4;
    let refusal = try_prepare(&code).expect_err("too many locals");
    assert!(refusal.to_string().contains("locals"), "{refusal}");
    // A type section that claims 4 294 967 295 types.
    let code = b"\0asm\x01\0\0\0\x01\x05\xff\xff\xff\xff\x0f";
    let refusal = try_prepare(code).expect_err("too many types");
    assert_eq!(refusal.code(), "limit", "{refusal}");
}

//! Imports, exports, custom sections, segments, start function.

use argosy_vm_abi::{IMPORTS, ValType};

use crate::support::{prepare_wat, refused, try_prepare, wasm};

#[track_caller]
fn check(text: &str, code: &str, words: &[&str]) {
    let refusal = refused(text);
    assert_eq!(refusal.code(), code, "{refusal}\n{text}");
    let message = refusal.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} not in {message:?}");
    }
}

fn type_name(ty: &ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
    }
}

#[test]
fn every_offered_import_is_accepted_with_its_signature_and_no_other() {
    for import in IMPORTS {
        let params: Vec<_> = import.params.iter().map(type_name).collect();
        let result = import.result.iter().map(type_name).next().unwrap_or("");
        let module = |params: &str, result: &str| {
            format!(
                "(module (import \"argosy\" \"{}\" (func (param {params}) (result {result}))))",
                import.name,
            )
        };
        let params = params.join(" ");
        prepare_wat(&module(&params, result));
        let more = format!("{params} i32");
        check(&module(&more, result), "import_signature", &[import.name]);
        let other = if result == "i32" { "i64" } else { "i32" };
        check(&module(&params, other), "import_signature", &[import.name]);
    }
}

#[test]
fn unknown_imports() {
    let words = &["`argosy.fly` does not exist"];
    check(
        "(module (import \"argosy\" \"fly\" (func)))",
        "import_unknown",
        words,
    );
    let text = "(module (import \"env\" \"block_height\" (func (result i64))))";
    check(text, "import_unknown", &["`env.block_height`", "SDK"]);
    let text = "(module (import \"argosy\" \"__memory_grow\" (func (param i32) (result i32))))";
    check(text, "import_unknown", &["__memory_grow"]);
}

#[test]
fn imports_of_other_kinds() {
    for item in [
        "(memory 1)",
        "(table 1 funcref)",
        "(global i32)",
        "(global (mut i64))",
    ] {
        let text = format!("(module (import \"argosy\" \"input_len\" {item}))");
        check(&text, "import_kind", &["input_len", "functions only"]);
    }
}

#[test]
fn reserved_exports() {
    for name in ["__gas", "__depth", "__memory_grow", "__", "__anything"] {
        let text = format!("(module (func (export \"{name}\")))");
        check(&text, "export_reserved", &[name]);
    }
    let text = "(module (func (export \"__heap_base\")))";
    check(text, "export_reserved", &["__heap_base"]);
    let text = "(module (table (export \"__indirect_function_table\") 1 funcref))";
    check(text, "export_reserved", &["__indirect_function_table"]);
}

#[test]
fn entries_take_nothing_and_return_nothing() {
    for entry in ["init", "call", "query", "upgrade"] {
        prepare_wat(&format!("(module (func (export \"{entry}\")))"));
        for item in [
            "(func (param i32))",
            "(func (result i32) unreachable)",
            "(global i32 (i32.const 0))",
        ] {
            let text = format!(
                "(module {item} (export \"{entry}\" ({} 0)))",
                &item[1..].split(' ').next().unwrap_or("")
            );
            check(&text, "export_type", &[entry, "neither"]);
        }
    }
    // An imported function may be an entry if it fits; none of them does here.
    let text =
        "(module (import \"argosy\" \"input_len\" (func (result i32))) (export \"call\" (func 0)))";
    check(text, "export_type", &["call"]);
}

#[test]
fn the_memory_is_exported_under_its_name() {
    prepare_wat("(module (memory (export \"memory\") 1))");
    check("(module (memory 1))", "memory_not_exported", &["`memory`"]);
    check(
        "(module (memory (export \"mem\") 1))",
        "memory_not_exported",
        &[],
    );
    check(
        "(module (func (export \"memory\")))",
        "export_type",
        &["memory"],
    );
}

#[test]
fn start_functions() {
    let text = "(module (func $f (loop (br 0))) (start $f))";
    check(text, "start_function", &["start section", "`init`"]);
}

#[test]
fn data_segments_lie_inside_the_initial_memory() {
    let memory = "(memory (export \"memory\") 1 2)";
    let data = |offset: &str, bytes: &str| format!("(module {memory} (data {offset} \"{bytes}\"))");
    prepare_wat(&data("(i32.const 65535)", "a"));
    prepare_wat(&data("(i32.const 65536)", ""));
    check(
        &data("(i32.const 65535)", "ab"),
        "segment_bounds",
        &["65537", "65536"],
    );
    check(&data("(i32.const 65537)", ""), "segment_bounds", &["65537"]);
    check(
        &data("(i32.const -1)", "a"),
        "segment_bounds",
        &["4294967296"],
    );
    let text = "(module (global i32 (i32.const 0)) (memory (export \"memory\") 1) (data (global.get 0) \"a\"))";
    check(text, "segment_offset", &["constant"]);
}

#[test]
fn element_segments_lie_inside_the_table() {
    let elements = |offset: &str, functions: &str| {
        format!("(module (table 2 funcref) (func $f) (elem {offset} func {functions}))")
    };
    prepare_wat(&elements("(i32.const 0)", "$f $f"));
    prepare_wat(&elements("(i32.const 2)", ""));
    check(
        &elements("(i32.const 1)", "$f $f"),
        "segment_bounds",
        &["ends at 3", "initial 2"],
    );
    check(&elements("(i32.const -1)", "$f"), "segment_bounds", &[]);
    let text = "(module (table 1 funcref) (func $f) (global i32 (i32.const 0)) (elem (global.get 0) func $f))";
    check(text, "segment_offset", &[]);
}

#[test]
fn manifests() {
    let manifest = |bytes: &str| format!("(module (@custom \"argosy.manifest\" \"{bytes}\"))");
    prepare_wat(&manifest("\\01\\0f\\00\\00\\00"));
    check(&manifest(""), "manifest", &["0 bytes", "SDK"]);
    check(&manifest("\\01\\00\\00\\00"), "manifest", &["4 bytes"]);
    check(
        &manifest("\\02\\00\\00\\00\\00"),
        "manifest",
        &["version 2"],
    );
    check(
        &manifest("\\01\\10\\00\\00\\00"),
        "manifest",
        &["capability"],
    );
    let one = "(@custom \"argosy.manifest\" \"\\01\\00\\00\\00\\00\")";
    check(
        &format!("(module {one} {one})"),
        "manifest_repeated",
        &["one contract"],
    );
}

#[test]
fn offsets_point_into_the_upload() {
    let code = wasm("(module (func nop nop f32.const 1 drop))");
    let refusal = try_prepare(&code).expect_err("float");
    let at = usize::try_from(refusal.offset).expect("small");
    assert_eq!(code[at], 0x43, "the opcode of f32.const");
    let code = wasm("(module (func (export \"call\")) (func (export \"__x\")))");
    let refusal = try_prepare(&code).expect_err("reserved");
    let at = usize::try_from(refusal.offset).expect("small");
    assert_eq!(&code[at + 1..at + 4], b"__x");
}

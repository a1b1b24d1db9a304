//! Modules from a generator, the same on every run: of the accepted features, every function
//! exported as `f0`, `f1`, …, the memory as `memory`.

use arbitrary::Unstructured;
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection, SectionId};
use wasm_smith::Config;
use wasmparser::{Parser, Payload};

/// What the generated modules may import.
const IMPORTS: &str = r#"(module
  (import "argosy" "block_height" (func (result i64)))
  (import "argosy" "input_len" (func (result i32))))"#;

pub(crate) fn random_module(seed: u32) -> Vec<u8> {
    let bytes: Vec<u8> = (0..128_u32)
        .flat_map(|part| {
            argosy_primitives::blake3(&[seed.to_le_bytes(), part.to_le_bytes()].concat())
        })
        .collect();
    let module = wasm_smith::Module::new(config(seed), &mut Unstructured::new(&bytes));
    with_known_exports(&module.expect("enough bytes").to_bytes())
}

/// Copies and fills come without tables and segments, whose bulk operations are refused.
fn config(seed: u32) -> Config {
    let bulk = seed.is_multiple_of(3);
    let segments = if bulk { 0 } else { 4 };
    Config {
        allow_floats: false,
        allow_start_export: false,
        available_imports: Some(wat::parse_str(IMPORTS).expect("valid")),
        bulk_memory_enabled: bulk,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: segments,
        max_element_segments: segments,
        max_exports: 0,
        max_funcs: 8,
        max_globals: 8,
        max_imports: 2,
        max_instructions: 200,
        max_memories: 1,
        max_memory32_bytes: 1 << 21,
        max_table_elements: 16,
        max_tables: usize::from(!bulk),
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 1,
        min_memories: 1,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    }
}

/// Replaces the exports; other sections are copied as they are.
fn with_known_exports(code: &[u8]) -> Vec<u8> {
    let (mut imported, mut exports) = (0, ExportSection::new());
    let (mut module, mut is_exported) = (Module::new(), false);
    for payload in Parser::new(0).parse_all(code) {
        let payload = payload.expect("generated");
        match &payload {
            Payload::ImportSection(section) => imported = section.count(),
            Payload::FunctionSection(section) => {
                for function in 0..section.count() {
                    let name = format!("f{function}");
                    exports.export(&name, ExportKind::Func, imported + function);
                }
            }
            Payload::MemorySection(_) => {
                exports.export("memory", ExportKind::Memory, 0);
            }
            _ => {}
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        if id == SectionId::Export as u8 {
            continue;
        }
        // Elements, data count, code and data come after the exports.
        if id > SectionId::Export as u8 && !is_exported {
            is_exported = true;
            module.section(&exports);
        }
        let data = &code[range];
        module.section(&RawSection { id, data });
    }
    module.finish()
}

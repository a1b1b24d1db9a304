//! By what a module is recognised as one of an ABI, before any rule of that ABI is applied.
//!
//! Invariant: total on all bytes; time is linear in the upload, memory constant.
//! Not here: which ABI is chosen when several or none are recognised (`argosy-vm-engine`).

use argosy_vm_abi::Signs;
use wasmparser::{Parser, Payload, WasmFeatures};

/// Whether a module has one of an ABI's marks. What cannot be taken apart has none.
pub fn has_signs(code: &[u8], signs: &Signs) -> bool {
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut payloads = parser.parse_all(code).map_while(Result::ok);
    payloads.any(|it| are_in(&it, signs))
}

fn are_in(payload: &Payload<'_>, signs: &Signs) -> bool {
    match payload {
        Payload::ImportSection(section) => {
            let mut imports = section.clone().into_imports().map_while(Result::ok);
            imports.any(|it| it.module == signs.import_module)
        }
        Payload::ExportSection(section) => {
            let mut exports = section.clone().into_iter().map_while(Result::ok);
            let begins = |name: &str| signs.export_prefixes.iter().any(|it| name.starts_with(it));
            exports.any(|it| begins(it.name))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNS: Signs = Signs {
        import_module: "env",
        export_prefixes: &["interface_version_"],
    };

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let code = wat::parse_str(text).expect("well-formed");
        assert_eq!(has_signs(&code, &SIGNS), expected, "{text}");
    }

    #[test]
    fn an_import_or_an_export_is_a_mark() {
        check("(module)", false);
        check(r#"(module (import "env" "x" (func)))"#, true);
        check(r#"(module (import "argosy" "x" (func)))"#, false);
        check(r#"(module (func (export "interface_version_7")))"#, true);
        check(r#"(module (func (export "interface")))"#, false);
    }

    #[test]
    fn what_is_no_module_has_no_marks() {
        assert!(!has_signs(b"", &SIGNS));
        assert!(!has_signs(b"\0asm\x01\0\0\0\x02\xff\xff", &SIGNS));
    }
}

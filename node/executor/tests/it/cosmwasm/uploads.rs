//! Which modules are taken, and by which name the others are refused.

use argosy_primitives::{AbiKind, Action, StatusCode};

use super::echo::{module, module_of};
use crate::kit::{ALICE, Kit};

#[track_caller]
fn check(code: Vec<u8>, refusal: Option<(&str, &str)>) {
    let mut kit = Kit::new();
    let draft = kit.draft(ALICE, vec![Action::StoreCode { code }]);
    let outcome = kit.block(&[crate::kit::sign(ALICE, draft)]);
    let receipt = &outcome.receipts[0];
    let Some((rule, words)) = refusal else {
        assert_eq!(receipt.status, StatusCode::Success, "{:?}", outcome.traces);
        let code = argosy_primitives::CodeHash::from_bytes(receipt.data[..].try_into().unwrap());
        assert_eq!(kit.code(&code).abi, AbiKind::CosmWasm);
        return;
    };
    assert_eq!(receipt.status, StatusCode::CodeRejected);
    assert_eq!(receipt.data, rule.as_bytes());
    let reason = outcome.traces[0].1.reason.clone().unwrap();
    assert!(reason.contains(words), "{reason}");
}

#[test]
fn the_current_interface_is_taken() {
    check(module(""), None);
    check(module(r#"(func (export "requires_iterator"))"#), None);
    check(module(r#"(func (export "requires_cosmwasm_3_0"))"#), None);
    check(
        module("(func (param f64) (result f64) (f64.sqrt (local.get 0)))"),
        None,
    );
}

#[test]
fn other_versions_are_refused_by_their_name() {
    for version in [
        "interface_version_5",
        "interface_version_7",
        "interface_version_9",
    ] {
        let marks = format!(r#"(func (export "{version}"))"#);
        check(module_of(&marks, ""), Some(("interface_version", version)));
    }
    let old = r#"(func (export "cosmwasm_vm_version_4")) (func (export "init"))"#;
    check(
        module_of(old, ""),
        Some(("interface_version", "cosmwasm_vm_version_4")),
    );
    check(
        module_of("", ""),
        Some(("export_missing", "interface_version_8")),
    );
}

#[test]
fn unknown_requirements_are_refused() {
    let more = r#"(func (export "requires_teleport"))"#;
    check(
        module(more),
        Some(("requirement_unknown", "requires_teleport")),
    );
}

#[test]
fn who_claims_two_interfaces_is_refused() {
    let text = r#"(module
        (import "argosy" "input_len" (func (result i32)))
        (import "env" "debug" (func (param i32)))
        (func (export "interface_version_8")))"#;
    check(
        wat::parse_str(text).unwrap(),
        Some(("abi_ambiguous", "several ABIs")),
    );
}

#[test]
fn imports_and_exports_have_their_types() {
    let text = r#"(module (import "env" "db_read" (func (param i32))))"#;
    check(
        wat::parse_str(text).unwrap(),
        Some(("import_signature", "db_read")),
    );
    let text = r#"(module (import "env" "db_teleport" (func (param i32))))"#;
    check(
        wat::parse_str(text).unwrap(),
        Some(("import_unknown", "db_teleport")),
    );
    let text = r#"(module
        (func (export "interface_version_8"))
        (func (export "allocate") (param i64) (result i32) unreachable))"#;
    check(
        wat::parse_str(text).unwrap(),
        Some(("export_type", "allocate")),
    );
    let text = r#"(module
        (func (export "interface_version_8"))
        (func (export "migrate") (param i32) (result i32) unreachable))"#;
    check(
        wat::parse_str(text).unwrap(),
        Some(("export_type", "migrate")),
    );
}

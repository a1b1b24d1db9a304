//! Which modules are taken, and by which name the others are refused.

use argosy_primitives::{AbiKind, Action, Gas, StatusCode, Transaction};
use argosy_spec::ChainSpec;
use argosy_vm_engine::PreparedModule;

use super::echo::{NOTHING, call, echoes, module, module_of};
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

/// What could be stored and never run is not stored. One gas more per transaction is enough.
#[test]
fn what_no_transaction_could_load_is_refused() {
    let prepared = Kit::new().engine.prepare(&module("")).unwrap().1;
    let upload = |spare: i64| {
        let mut loading = 0;
        let mut kit = Kit::with_spec(|spec| {
            // Loading weighs so much here that it decides.
            spec.load_prices.cold_per_byte = 10_000;
            loading = loading_gas(spec, &prepared);
            let most = loading + spec.fees.tx_gas + spec.fees.action_gas.call;
            spec.limits.tx_gas_max = most.checked_add_signed(spare).unwrap();
        });
        let code = module("");
        let draft = Transaction {
            gas_limit: kit.spec.limits.tx_gas_max,
            ..kit.draft(ALICE, vec![Action::StoreCode { code }])
        };
        let outcome = kit.block(&[crate::kit::sign(ALICE, draft)]);
        let reason = outcome.traces.first().and_then(|it| it.1.reason.clone());
        (outcome.receipts[0].clone(), reason, loading)
    };
    let (receipt, reason, _) = upload(0);
    assert_eq!(receipt.status, StatusCode::Success, "{reason:?}");
    let (receipt, reason, loading) = upload(-1);
    assert_eq!(receipt.status, StatusCode::CodeRejected);
    assert_eq!(receipt.data, b"unloadable");
    let (reason, max) = (reason.unwrap(), loading - 1);
    for words in [format!("cost {loading} gas"), format!("can spend {max}")] {
        assert!(reason.contains(&words), "{reason}");
    }
}

/// Dearer loading refuses what comes from now on. What is there was accepted, and is loaded as before.
#[test]
fn dearer_loading_refuses_uploads_and_nothing_that_is_there() {
    let (mut kit, _, contracts) = echoes(1);
    let uploaded = module("");
    let prepared = kit.engine.prepare(&uploaded).unwrap().1;
    kit.spec.load_prices.cold_per_byte = 10_000;
    let (fees, loading) = (&kit.spec.fees, loading_gas(&kit.spec, &prepared));
    let gas_limit = loading + fees.tx_gas + fees.action_gas.call - 1;
    kit.spec.limits.tx_gas_max = gas_limit;
    kit.engine = argosy_vm_lab::shadow_engine(&kit.spec);

    let again = kit.engine.prepare(&uploaded).unwrap().1;
    assert_eq!(again.bytes, prepared.bytes);
    let draft = Transaction {
        gas_limit,
        ..kit.draft(ALICE, vec![call(&contracts[0], 0, NOTHING)])
    };
    let receipt = kit.run_draft(ALICE, draft);
    assert_eq!(receipt.status, StatusCode::Success, "{receipt:?}");

    let refused = kit.engine.accept(&uploaded).err();
    assert_eq!(refused.map(|it| it.code()), Some("unloadable"));
    let code = module(r#"(func (export "requires_iterator"))"#);
    let draft = Transaction {
        gas_limit,
        ..kit.draft(ALICE, vec![Action::StoreCode { code }])
    };
    let receipt = kit.run_draft(ALICE, draft);
    assert_eq!(receipt.status, StatusCode::CodeRejected);
    assert_eq!(receipt.data, b"unloadable");
}

/// What loading the module into a transaction costs.
fn loading_gas(spec: &ChainSpec, prepared: &PreparedModule) -> Gas {
    let prices = &spec.load_prices;
    let bytes = u32::try_from(prepared.bytes.len()).unwrap();
    let pages = u64::from(prepared.facts.memory_initial_pages);
    prices.instance(bytes) + prices.cold(bytes) + pages * prices.memory_page_initial
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

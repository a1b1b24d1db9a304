//! Storing and removing code.

use argosy_executor::SystemEvent;
use argosy_primitives::{AbiHash, AbiKind, Action, CodeHash, StatusCode};
use argosy_vm_abi::Capabilities;

use crate::kit::{ALICE, BOB, GAS_LIMIT, Kit, address};
use crate::puppet::{puppet, puppet_with};

fn store(code: Vec<u8>) -> Vec<Action> {
    vec![Action::StoreCode { code }]
}

fn remove(code: CodeHash) -> Vec<Action> {
    vec![Action::RemoveCode { code }]
}

#[test]
fn a_record_says_what_was_uploaded() {
    let mut kit = Kit::new();
    let module = puppet_with(Capabilities::CALL, "x");
    let receipt = kit.must(
        ALICE,
        Action::StoreCode {
            code: module.clone(),
        },
    );
    let hash = CodeHash::of(&module);
    assert_eq!(receipt.data, hash.as_bytes());
    let record = kit.code(&hash);
    assert_eq!(record.code_id, 1);
    assert_eq!(record.abi, AbiKind::Native);
    assert_eq!(record.uploader, address(ALICE));
    assert_eq!(record.users, 0);
    assert_eq!(record.size_bytes as usize, module.len());
    assert_eq!(record.capabilities, Capabilities::CALL.bits());
    assert_eq!(record.abi_hash, Some(AbiHash::of(b"abi of puppet x")));
    let instrumented = kit.state().code_instrumented(&hash).unwrap().unwrap();
    assert_eq!(record.instrumented_bytes as usize, instrumented.len());
    assert_eq!(
        &*kit.state().code_original(&hash).unwrap().unwrap(),
        &module[..]
    );
    let bytes = u128::from(record.size_bytes + record.instrumented_bytes);
    assert_eq!(record.deposit, bytes * kit.spec.fees.code_deposit_per_byte);
    assert_eq!(receipt.deposit, i128::try_from(record.deposit).unwrap());
    let (code, uploader, code_id) = (hash, address(ALICE), 1);
    let event = SystemEvent::CodeStored {
        code,
        uploader,
        code_id,
    }
    .to_event();
    assert_eq!(receipt.events, [event]);
}

#[test]
fn code_ids_count_up_and_are_not_reused() {
    let mut kit = Kit::new();
    let first = kit.store_code(ALICE, puppet_with(Capabilities::ALL, "1"));
    let second = kit.store_code(BOB, puppet_with(Capabilities::ALL, "2"));
    assert_eq!(
        (kit.code(&first).code_id, kit.code(&second).code_id),
        (1, 2)
    );
    kit.must(BOB, Action::RemoveCode { code: second });
    let second = kit.store_code(BOB, puppet_with(Capabilities::ALL, "2"));
    assert_eq!(kit.code(&second).code_id, 3);
}

#[test]
fn the_same_code_twice() {
    let mut kit = Kit::new();
    kit.store_code(ALICE, puppet());
    let receipt = kit.run(BOB, store(puppet()));
    assert_eq!(receipt.status, StatusCode::AlreadyExists);
    assert!(
        receipt.gas_used < GAS_LIMIT / 10,
        "found before the expensive part"
    );
}

#[test]
fn a_refused_module_is_a_receipt_with_a_stable_reason() {
    let mut kit = Kit::new();
    let start = wat::parse_str("(module (func $f) (start $f))").unwrap();
    for (module, reason) in [
        (b"not wasm".to_vec(), "malformed"),
        (start, "start_function"),
    ] {
        let tx = crate::kit::sign(ALICE, kit.draft(ALICE, store(module)));
        let outcome = kit.block(&[tx]);
        assert_eq!(outcome.receipts[0].status, StatusCode::CodeRejected);
        assert_eq!(outcome.receipts[0].data, reason.as_bytes());
        assert!(
            outcome.traces[0].1.reason.is_some(),
            "and a text for people"
        );
    }
}

#[test]
fn the_upload_is_paid_before_the_work() {
    let mut kit = Kit::new();
    let mut draft = kit.draft(ALICE, store(puppet()));
    let paid = kit.try_draft(ALICE, draft.clone()).unwrap();
    draft.gas_limit = paid.gas_used - 1;
    let receipt = kit.run_draft(ALICE, draft);
    assert_eq!(
        (receipt.status, receipt.gas_used),
        (StatusCode::OutOfGas, paid.gas_used - 1)
    );
}

#[test]
fn the_upload_needs_its_deposit() {
    let mut kit = Kit::new();
    let mut draft = kit.draft(ALICE, store(puppet()));
    let needed = kit.try_draft(ALICE, draft.clone()).unwrap().deposit;
    draft.deposit_max = u128::try_from(needed).unwrap() - 1;
    assert_eq!(
        kit.run_draft(ALICE, draft.clone()).status,
        StatusCode::DepositLimit
    );
    (draft.deposit_max, draft.nonce) = (draft.deposit_max + 1, draft.nonce + 1);
    draft.max_gas_price = u64::MAX;
    assert_eq!(kit.run_draft(ALICE, draft).status, StatusCode::Success);
}

#[test]
fn removal_refunds_the_uploader_only() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    let deposit = kit.code(&code).deposit;
    assert_eq!(kit.run(BOB, remove(code)).status, StatusCode::Unauthorized);
    let receipt = kit.must(ALICE, Action::RemoveCode { code });
    assert_eq!(receipt.deposit, -i128::try_from(deposit).unwrap());
    let uploader = address(ALICE);
    assert_eq!(
        receipt.events,
        [SystemEvent::CodeRemoved { code, uploader }.to_event()]
    );
    assert_eq!(kit.state().code(&code).unwrap(), None);
    assert_eq!(kit.state().code_original(&code).unwrap(), None);
    assert_eq!(
        kit.run(ALICE, remove(code)).status,
        StatusCode::CodeNotFound
    );
}

#[test]
fn code_in_use_stays() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    kit.instantiate(BOB, code, 0, 0);
    assert_eq!(kit.code(&code).users, 1);
    assert_eq!(kit.run(ALICE, remove(code)).status, StatusCode::CodeInUse);
}

/// A refund may pay for a deposit of the same transaction.
#[test]
fn removed_and_stored_again_in_one_transaction() {
    let mut kit = Kit::new();
    let code = kit.store_code(ALICE, puppet());
    let actions = vec![
        Action::RemoveCode { code },
        Action::StoreCode { code: puppet() },
    ];
    let mut draft = kit.draft(ALICE, actions);
    draft.deposit_max = 0;
    let receipt = kit.run_draft(ALICE, draft);
    assert_eq!((receipt.status, receipt.deposit), (StatusCode::Success, 0));
    assert_eq!(kit.code(&code).code_id, 2);
    assert!(kit.state().code_instrumented(&code).unwrap().is_some());
}

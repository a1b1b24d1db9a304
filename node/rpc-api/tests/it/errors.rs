//! Every error: its code and kind are its own, its JSON reads back.

use std::collections::BTreeSet;

use argosy_primitives::{GenesisHash, Hrp, StatusCode, TxId};
use argosy_rpc_api::{
    AddressText, Bytes, Decimal, DropReasonView, ERRORS, Height, RpcError, Status, Text,
};
use jsonrpsee::types::ErrorObjectOwned;

use crate::sample;

pub(crate) fn one_of_each() -> Vec<RpcError> {
    let tx_id = Text(TxId::from_bytes([1; 32]));
    let callee = AddressText::new(Hrp::Dev, sample::CONTRACT);
    let contract = Some(callee);
    let (one, two) = (Decimal(1u64), Decimal(u64::MAX));
    let status = Status(StatusCode::DepositLimit);
    let text = || "text".to_owned();
    let call_stack = || vec![sample::call_frame()];
    vec![
        RpcError::invalid("at", "text"),
        RpcError::MethodNotFound { method: text() },
        RpcError::Internal { reference: text() },
        RpcError::Reverted {
            contract,
            action: Some(2),
            revert_data: Bytes(vec![0, 1]),
            decoded: Some(Box::new(sample::decoded_revert())),
            call_stack: call_stack(),
            gas_used: two,
        },
        RpcError::not_found("block", 7),
        RpcError::Pruned {
            oldest_height: Height(5),
        },
        RpcError::Syncing {
            height: Height(1),
            target: Height(2),
        },
        RpcError::RangeTooLarge {
            what: text(),
            max: one,
            got: two,
        },
        RpcError::WaitTimeout {
            tx_id,
            waited_ms: 10,
        },
        RpcError::NotTraceable {
            height: Height(3),
            oldest_height: Height(9),
        },
        RpcError::TxNonceTooLow {
            expected: two,
            got: one,
        },
        RpcError::TxNonceTooHigh {
            expected: one,
            got: two,
        },
        RpcError::TxInsufficientBalance {
            need: Decimal(u128::MAX),
            have: Decimal(0),
        },
        RpcError::TxBadSignature { reason: text() },
        RpcError::TxWrongChain {
            expected: Text(GenesisHash::from_bytes([1; 32])),
            got: Text(GenesisHash::from_bytes([2; 32])),
        },
        RpcError::TxExpired {
            valid_until: Height(1),
            height: Height(2),
        },
        RpcError::TxFeeTooLow { min: two, got: one },
        RpcError::PoolFull { tip_min: one },
        RpcError::TxKnown { tx_id },
        RpcError::TxTooLarge { max: one, got: two },
        RpcError::TxMalformed {
            reason: text(),
            offset: Some(7),
        },
        RpcError::TxValidTooFar {
            valid_until: Height(9),
            max: Height(8),
        },
        RpcError::TxActionCount { got: 0, max: 16 },
        RpcError::TxActionInactive {
            action: 1,
            name: text(),
        },
        RpcError::TxMessageTooLarge {
            action: 1,
            max: one,
            got: two,
        },
        RpcError::TxGasLimitTooLow { min: two, got: one },
        RpcError::TxGasLimitTooHigh { max: one, got: two },
        RpcError::TxCostOverflow {},
        RpcError::TxNonceExhausted {},
        RpcError::TxUnderpriced {
            nonce: one,
            tip_min: one,
            price_min: two,
        },
        RpcError::SenderFull { max: 64 },
        RpcError::TxDropped {
            tx_id,
            reason: DropReasonView::Expired {
                valid_until: Height(3),
            },
        },
        RpcError::TxQuarantined { tx_id },
        RpcError::ContractNotFound {
            contract,
            gas_used: None,
            call_stack: vec![],
        },
        RpcError::OutOfGas {
            used: two,
            limit: two,
            estimate: Some(one),
            contract: None,
            call_stack: call_stack(),
        },
        RpcError::Trapped {
            reason: Some(text()),
            gas_used: one,
            call_stack: call_stack(),
        },
        RpcError::WasmRejected {
            reason: None,
            rule: Some("feature".into()),
            section: Some("code".into()),
            offset: Some(258),
            feature: Some("simd".into()),
            hint: Some("text".into()),
            gas_used: one,
        },
        RpcError::AbiMismatch { gas_used: one },
        RpcError::StorageLimit {
            status,
            reason: text(),
            gas_used: one,
            call_stack: call_stack(),
        },
        RpcError::CallDepth {
            gas_used: one,
            call_stack: call_stack(),
        },
        RpcError::ExecutionFailed {
            status,
            action: None,
            reason: None,
            gas_used: one,
            call_stack: call_stack(),
        },
        RpcError::RateLimited { retry_after_ms: 5 },
        RpcError::MethodDisabled { method: text() },
        RpcError::Unauthorized {},
        RpcError::Overloaded { what: text() },
        RpcError::Stopping {},
        RpcError::Paused { reason: text() },
        RpcError::OriginUnread { reason: text() },
        RpcError::NeedsWebSocket { method: text() },
        RpcError::TooManySubscriptions {
            scope: text(),
            max: 64,
        },
    ]
}

#[test]
fn codes_and_kinds_are_unique() {
    let codes: BTreeSet<_> = ERRORS.iter().map(|it| it.code).collect();
    let kinds: BTreeSet<_> = ERRORS.iter().map(|it| it.kind).collect();
    assert_eq!((codes.len(), kinds.len()), (ERRORS.len(), ERRORS.len()));
    for entry in ERRORS {
        let standard = (-32603..=-32601).contains(&entry.code);
        let ours = entry.code == 3 || (1001..2000).contains(&entry.code);
        assert!(standard || ours, "{entry:?}");
    }
}

#[test]
fn every_error_reads_back_from_its_object() {
    let all = one_of_each();
    let kinds: Vec<_> = all.iter().map(RpcError::kind).collect();
    let table: Vec<_> = ERRORS.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, table, "the sample has one of each, in order");
    for error in all {
        let object = ErrorObjectOwned::from(error.clone());
        assert_eq!(object.code(), error.code());
        assert_eq!(object.message(), error.to_string());
        let data: serde_json::Value = serde_json::from_str(object.data().unwrap().get()).unwrap();
        assert_eq!(data["kind"], error.kind());
        assert!(
            data["docs"]
                .as_str()
                .unwrap()
                .starts_with("docs/reference/errors.md#")
        );
        assert_eq!(RpcError::from_object(&object), Some(error));
    }
}

#[test]
fn an_error_of_another_kind_is_not_taken_for_ours() {
    let plain = ErrorObjectOwned::owned(-32700, "Parse error", None::<()>);
    assert_eq!(RpcError::from_object(&plain), None);
    let newer = serde_json::json!({"kind": "NOT_YET_INVENTED"});
    let newer = ErrorObjectOwned::owned(1999, "new", Some(newer));
    assert_eq!(RpcError::from_object(&newer), None);
    let forged = serde_json::json!({"kind": "STOPPING"});
    let forged = ErrorObjectOwned::owned(1301, "code and kind disagree", Some(forged));
    assert_eq!(RpcError::from_object(&forged), None);
}

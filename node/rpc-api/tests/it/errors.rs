//! Every error: its code and kind are its own, its JSON reads back, its documentation is current.

use std::collections::BTreeSet;
use std::fmt::Write;

use argosy_primitives::{GenesisHash, Hrp, StatusCode, TxId};
use argosy_rpc_api::{
    AddressText, Bytes, CallFrame, Decimal, DropReasonView, ERRORS, Height, RpcError, Status, Text,
};
use jsonrpsee::types::ErrorObjectOwned;

use crate::{check_golden, sample};

fn one_of_each() -> Vec<RpcError> {
    let tx_id = Text(TxId::from_bytes([1; 32]));
    let callee = AddressText::new(Hrp::Dev, sample::CONTRACT);
    let contract = Some(callee);
    let (one, two) = (Decimal(1u64), Decimal(u64::MAX));
    let status = Status(StatusCode::DepositLimit);
    let text = || "text".to_owned();
    vec![
        RpcError::invalid("at", "text"),
        RpcError::MethodNotFound { method: text() },
        RpcError::Internal { reference: text() },
        RpcError::Reverted {
            contract,
            action: Some(2),
            revert_data: Bytes(vec![0, 1]),
            decoded: Some("text".into()),
            call_stack: vec![CallFrame {
                contract: callee,
                method: Some("transfer".to_owned()),
            }],
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
        RpcError::TxMalformed { reason: text() },
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
        },
        RpcError::OutOfGas {
            used: two,
            limit: two,
            contract: None,
        },
        RpcError::Trapped {
            reason: Some(text()),
            gas_used: one,
        },
        RpcError::WasmRejected {
            reason: None,
            gas_used: one,
        },
        RpcError::AbiMismatch { gas_used: one },
        RpcError::StorageLimit {
            status,
            reason: text(),
            gas_used: one,
        },
        RpcError::CallDepth { gas_used: one },
        RpcError::ExecutionFailed {
            status,
            action: None,
            reason: None,
            gas_used: one,
        },
        RpcError::RateLimited { retry_after_ms: 5 },
        RpcError::MethodDisabled { method: text() },
        RpcError::Unauthorized {},
        RpcError::Overloaded { what: text() },
        RpcError::Stopping {},
        RpcError::Paused { reason: text() },
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
                .starts_with("node/rpc-api/ERRORS.md#")
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

#[test]
fn the_error_page_is_current() {
    let mut page = String::from(
        "# Errors of the RPC interface\n\n\
         Generated from `src/error.rs` by the tests; do not edit.\n\n\
         An error's `data` holds `kind` (stable), the facts named here, `docs`, and `requestId`, by which \
         the operator finds the call in the log: what the client called the request in the header \
         `x-request-id`, or else the id of its trace.\n\
         Codes from -32768 to -32000 that are not listed are the transport's own: -32700 no JSON, \
         -32600 no request, -32005 batches over WebSocket, -32007 request too large, -32008 response \
         too large, -32010 and -32011 batch too large.\n\n",
    );
    for entry in ERRORS {
        let facts: Vec<_> = entry.facts.iter().map(|it| camel_case(it)).collect();
        let anchor = entry.kind.to_ascii_lowercase();
        let (kind, code, summary) = (entry.kind, entry.code, entry.summary.trim());
        writeln!(
            page,
            "## <a id=\"{anchor}\"></a>{code} {kind}\n\n{summary}\n"
        )
        .unwrap();
        if !facts.is_empty() {
            writeln!(page, "Facts: `{}`.\n", facts.join("`, `")).unwrap();
        }
    }
    check_golden("ERRORS.md", &page);
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |mut text, word| {
        let (head, rest) = word.split_at(1);
        text.push_str(&head.to_ascii_uppercase());
        text.push_str(rest);
        text
    })
}

//! What the methods of development chains answer.

use argosy_primitives::{CodeHash, Hrp};
use argosy_rpc_api::{
    CodeSet, Decimal, Dumped, Funded, Impersonated, Mined, MiningSet, ReceiptView, SnapshotTaken,
    Text, TimeSet, TimestampMs,
};
use serde_json::{Value, json};

use crate::golden::{at, text};
use crate::sample;

/// By the method's name.
pub(crate) fn answers() -> Vec<(&'static str, Value)> {
    let time = TimeSet {
        at: at(),
        time_ms: TimestampMs(1_700_000_000_123),
    };
    let funded = Funded {
        at: at(),
        address: text(sample::CONTRACT),
        amount: Decimal(5),
        balance: Decimal(7),
    };
    let code = CodeSet {
        at: at(),
        code: Text(CodeHash::from_bytes([1; 32])),
    };
    let acted = Impersonated {
        at: at(),
        receipt: ReceiptView::new(&sample::receipt(), Hrp::Dev),
        error: None,
    };
    let taken = SnapshotTaken {
        at: at(),
        snapshot: 1,
    };
    let dumped = Dumped {
        at: at(),
        file: "state".to_owned(),
        size_bytes: Decimal(100),
        records: Decimal(3),
    };
    let mining = MiningSet {
        at: at(),
        mode: "1s".to_owned(),
    };
    vec![
        ("dev_mine", json!(Mined { at: at() })),
        ("dev_setMining", json!(mining)),
        ("dev_setTime", json!(time)),
        ("dev_increaseTime", json!(time)),
        ("dev_setBalance", json!(Mined { at: at() })),
        ("dev_setNonce", json!(Mined { at: at() })),
        ("dev_setStorage", json!(Mined { at: at() })),
        ("dev_revert", json!(Mined { at: at() })),
        ("dev_reset", json!(Mined { at: at() })),
        ("dev_loadState", json!(Mined { at: at() })),
        ("dev_faucet", json!(funded)),
        ("dev_setCode", json!(code)),
        ("dev_impersonate", json!(acted)),
        ("dev_snapshot", json!(taken)),
        ("dev_dumpState", json!(dumped)),
    ]
}

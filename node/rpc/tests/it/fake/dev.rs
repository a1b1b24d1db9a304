//! What only development chains do.

use argosy_primitives::TimestampMs;
use argosy_rpc::{DevEdit, DevPort, DevTime, DumpedState, Edited};
use argosy_rpc_api::{At, Bytes, RpcError};
use async_trait::async_trait;
use parity_scale_codec::Encode;
use serde_json::json;

use super::{Example, FakeNode, HEAD, address, at, receipt, transaction};

#[async_trait]
impl DevPort for FakeNode {
    async fn mine(&self, _count: u32, _interval_ms: u32) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }

    async fn set_mining(&self, mode: &str) -> Result<(At, String), RpcError> {
        Ok((at(HEAD), mode.to_owned()))
    }

    async fn set_time(&self, time: DevTime) -> Result<(At, TimestampMs), RpcError> {
        let (DevTime::Set(time_ms) | DevTime::Increase(time_ms)) = time;
        Ok((at(HEAD), time_ms))
    }

    async fn edit(&self, edit: DevEdit) -> Result<Edited, RpcError> {
        let acted = matches!(edit, DevEdit::Act(..));
        Ok(Edited {
            at: at(HEAD),
            amount: 5,
            balance: 7,
            receipt: acted.then(receipt),
            error: None,
        })
    }

    async fn snapshot(&self) -> Result<(At, u32), RpcError> {
        Ok((at(HEAD), 1))
    }

    async fn revert(&self, _snapshot: u32) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }

    async fn reset(&self) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }

    async fn dump_state(&self) -> Result<DumpedState, RpcError> {
        Ok(DumpedState {
            at: at(HEAD),
            file: "state".to_owned(),
            size_bytes: 100,
            records: 3,
        })
    }

    async fn load_state(&self) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let account = json!(address(1));
    let contract = json!(address(9));
    let unsigned = json!(Bytes(transaction(0).encode()));
    vec![
        ("dev_mine", vec![json!(3), json!(1000)]),
        ("dev_setMining", vec![json!("1s")]),
        ("dev_setTime", vec![json!(1_800_000_000_000_u64)]),
        ("dev_increaseTime", vec![json!(60_000)]),
        ("dev_faucet", vec![account.clone(), json!("5")]),
        ("dev_setBalance", vec![account.clone(), json!("7")]),
        ("dev_setNonce", vec![account.clone(), json!("8")]),
        (
            "dev_setStorage",
            vec![contract.clone(), json!("0x01"), json!("0x02")],
        ),
        ("dev_setCode", vec![contract, json!("0x0061736d")]),
        ("dev_impersonate", vec![account, unsigned]),
        ("dev_snapshot", vec![]),
        ("dev_revert", vec![json!(1)]),
        ("dev_reset", vec![]),
        ("dev_dumpState", vec![]),
        ("dev_loadState", vec![]),
    ]
}

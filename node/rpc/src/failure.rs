//! From the status of a failed execution to the error its caller gets.

use argosy_primitives::StatusCode;
use argosy_rpc_api::{AddressText, Bytes, CallFrame, Decimal, RpcError, Status};

/// An execution that did not succeed.
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) data: Vec<u8>,
    pub(crate) gas_used: u64,
    pub(crate) gas_limit: u64,
    /// The contract that was called, if it was one.
    pub(crate) contract: Option<AddressText>,
    /// The action that failed, in a transaction.
    pub(crate) action: Option<u8>,
    pub(crate) diagnostic: Option<String>,
    /// Contracts that were running, outermost first.
    pub(crate) call_stack: Vec<CallFrame>,
}

impl From<Failure> for RpcError {
    fn from(failure: Failure) -> RpcError {
        let gas_used = Decimal(failure.gas_used);
        let status = Status(failure.status);
        let place = place(&failure.call_stack);
        let reason = (failure.diagnostic.as_ref()).map(|it| format!("{it}{place}"));
        match failure.status {
            StatusCode::Reverted => RpcError::Reverted {
                contract: (failure.contract)
                    .or_else(|| failure.call_stack.first().map(|it| it.contract)),
                action: failure.action,
                revert_data: Bytes(failure.data),
                decoded: failure.diagnostic.map(String::into_boxed_str),
                call_stack: failure.call_stack,
                gas_used,
            },
            StatusCode::OutOfGas => RpcError::OutOfGas {
                used: gas_used,
                limit: Decimal(failure.gas_limit),
                contract: failure.call_stack.last().map(|it| it.contract),
            },
            StatusCode::Trapped => RpcError::Trapped { reason, gas_used },
            StatusCode::CallDepth => RpcError::CallDepth { gas_used },
            StatusCode::ContractNotFound => RpcError::ContractNotFound {
                contract: failure.contract,
                gas_used: Some(gas_used),
            },
            StatusCode::CodeRejected => RpcError::WasmRejected {
                reason: failure.diagnostic,
                gas_used,
            },
            StatusCode::AbiMismatch => RpcError::AbiMismatch { gas_used },
            StatusCode::DepositLimit | StatusCode::LimitExceeded => RpcError::StorageLimit {
                status,
                reason: reason.unwrap_or_else(|| status.to_string()),
                gas_used,
            },
            StatusCode::Success
            | StatusCode::Reentry
            | StatusCode::InsufficientBalance
            | StatusCode::CodeNotFound
            | StatusCode::Unauthorized
            | StatusCode::CapabilityMissing
            | StatusCode::ReadOnly
            | StatusCode::AlreadyExists
            | StatusCode::EntryMissing
            | StatusCode::CodeInUse => RpcError::ExecutionFailed {
                status,
                action: failure.action,
                reason,
                gas_used,
            },
        }
    }
}

/// Where it happened: the innermost contract, and those that called it.
fn place(call_stack: &[CallFrame]) -> String {
    let frames: Vec<_> = (call_stack.iter().rev())
        .map(|it| it.contract.to_string())
        .collect();
    match frames.is_empty() {
        true => String::new(),
        false => format!(" (in {})", frames.join(", called by ")),
    }
}

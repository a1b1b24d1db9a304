//! From the status of a failed execution to the error its caller gets.

use argosy_primitives::StatusCode;
use argosy_rpc_api::{AddressText, Bytes, CallFrame, Decimal, DecodedRevert, RpcError, Status};

/// An execution that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How it ended.
    pub status: StatusCode,
    /// What it ended with.
    pub data: Vec<u8>,
    /// Gas it used.
    pub gas_used: u64,
    /// Gas it was allowed.
    pub gas_limit: u64,
    /// The contract that was called, if it was one.
    pub contract: Option<AddressText>,
    /// The action that failed, in a transaction.
    pub action: Option<u8>,
    /// What the node knows of why.
    pub cause: Cause,
}

/// What a node knows of why an execution failed; never part of the chain's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    /// What went wrong, for people.
    pub diagnostic: Option<String>,
    /// What the execution ended with, in the words of the outermost contract's ABI.
    pub decoded: Option<DecodedRevert>,
    /// The contract that the failed action is about, if it names one.
    pub target: Option<AddressText>,
    /// Contracts that were running when it failed, outermost first.
    pub call_stack: Vec<CallFrame>,
    /// Why a module was not taken.
    pub refused: Option<RefusedModule>,
    /// A gas limit that is enough, if the one that was given was not and there is one.
    pub gas_estimate: Option<u64>,
}

/// Why a module was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedModule {
    /// Stable name of the rule that it breaks.
    pub rule: String,
    /// The section of the module.
    pub section: String,
    /// The byte of the module.
    pub offset: u64,
    /// The feature to avoid, if it is about one.
    pub feature: Option<String>,
    /// What its author can do.
    pub hint: String,
}

impl From<Failure> for RpcError {
    fn from(failure: Failure) -> RpcError {
        let Failure {
            status: code,
            data,
            action,
            cause,
            ..
        } = failure;
        let (gas_used, status) = (Decimal(failure.gas_used), Status(code));
        let Cause {
            diagnostic,
            decoded,
            target,
            call_stack,
            refused,
            gas_estimate,
        } = cause;
        let outermost = call_stack.first().map(|it| it.contract);
        let contract = failure.contract.or(outermost).or(target);
        // The innermost frame is a call of nobody.
        let missing = (call_stack.last().map(|it| it.contract)).or(contract);
        let reason = (diagnostic.as_ref()).map(|it| format!("{it}{}", place(&call_stack)));
        match code {
            StatusCode::Reverted => RpcError::Reverted {
                contract,
                action,
                revert_data: Bytes(data),
                decoded: decoded.map(Box::new),
                call_stack,
                gas_used,
            },
            StatusCode::OutOfGas => RpcError::OutOfGas {
                used: gas_used,
                limit: Decimal(failure.gas_limit),
                estimate: gas_estimate.map(Decimal),
                contract: call_stack.last().map(|it| it.contract),
                call_stack,
            },
            StatusCode::Trapped => RpcError::Trapped {
                reason,
                gas_used,
                call_stack,
            },
            StatusCode::CallDepth => RpcError::CallDepth {
                gas_used,
                call_stack,
            },
            StatusCode::ContractNotFound => RpcError::ContractNotFound {
                contract: missing,
                gas_used: Some(gas_used),
                call_stack,
            },
            StatusCode::CodeRejected => rejected(diagnostic, &data, refused, gas_used),
            StatusCode::AbiMismatch => RpcError::AbiMismatch { gas_used },
            StatusCode::DepositLimit | StatusCode::LimitExceeded => RpcError::StorageLimit {
                status,
                reason: reason.unwrap_or_else(|| status.to_string()),
                gas_used,
                call_stack,
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
                action,
                reason,
                gas_used,
                call_stack,
            },
        }
    }
}

/// A module was not taken. The name of the rule is in the receipt, whatever else is known.
fn rejected(
    reason: Option<String>,
    data: &[u8],
    refused: Option<RefusedModule>,
    gas_used: Decimal<u64>,
) -> RpcError {
    let in_receipt = std::str::from_utf8(data).ok().filter(|it| !it.is_empty());
    let (rule, section, offset, feature, hint) = match refused {
        Some(it) => {
            let offset = u32::try_from(it.offset).ok();
            (
                Some(it.rule),
                Some(it.section),
                offset,
                it.feature,
                Some(it.hint),
            )
        }
        None => (in_receipt.map(str::to_owned), None, None, None, None),
    };
    let boxed = |text: Option<String>| text.map(String::into_boxed_str);
    RpcError::WasmRejected {
        reason,
        rule: boxed(rule),
        section: boxed(section),
        offset,
        feature: boxed(feature),
        hint: boxed(hint),
        gas_used,
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

//! From the node's refusals and failures to the RPC's errors. No refusal is lost or lumped.

use argosy_chain::{Cause, ChainError, Inadmissible};
use argosy_mempool::{DropReason, Reject};
use argosy_primitives::TxId;
use argosy_replica::Refusal;
use argosy_rpc_api::{Decimal, DropReasonView, Height, RpcError, Text};

use crate::driver::SubmitError;
use crate::fault::with_causes;

/// What is no longer kept, or a failure of the node: logged with its cause, answered with a
/// reference to the log.
pub(crate) fn unread(error: ChainError) -> RpcError {
    if let ChainError::Pruned { oldest_height } = error {
        let oldest_height = Height(oldest_height);
        return RpcError::Pruned { oldest_height };
    }
    if let ChainError::Busy = error {
        return RpcError::Overloaded {
            what: "too many read the state of earlier blocks at once".into(),
        };
    }
    if error.cause() == Some(Cause::TooMuch) {
        return RpcError::Overloaded {
            what: with_causes(&error),
        };
    }
    if let ChainError::Fork = error {
        return RpcError::MethodDisabled {
            method: "proofs of state, since its chain is a fork".into(),
        };
    }
    if error.cause() == Some(Cause::Beneath) {
        return origin_unread(&with_causes(&error));
    }
    let error = with_causes(&error);
    tracing::error!(target: "driver", code = "chain.read_failed", error, "a read failed");
    RpcError::Internal {
        reference: "read failed, see the node's log".into(),
    }
}

/// What only nodes answer that keep an index.
pub(crate) fn no_index(method: &str) -> RpcError {
    RpcError::MethodDisabled {
        method: format!("{method}, since it keeps no index"),
    }
}

/// A fork whose origin did not answer, or lied: nothing is wrong with this node.
fn origin_unread(reason: &str) -> RpcError {
    tracing::warn!(target: "driver", code = "chain.origin_unread", reason, "a fork's origin was not read");
    RpcError::OriginUnread {
        reason: reason.into(),
    }
}

pub(crate) fn submit(error: SubmitError, id: TxId) -> RpcError {
    match error {
        SubmitError::Refused(reason) => refusal(&reason, id),
        SubmitError::Busy => RpcError::Overloaded {
            what: "too many transactions wait to be looked at".into(),
        },
        SubmitError::Paused(reason) => RpcError::Paused {
            reason: reason.to_string(),
        },
        SubmitError::Unread(reason) => origin_unread(&reason),
        SubmitError::Stopped(reason) => {
            tracing::warn!(
                target: "driver",
                code = "chain.transaction_too_late",
                %reason,
                "a transaction came after the end"
            );
            RpcError::Stopping {}
        }
    }
}

/// A block that could not be made on request.
pub(crate) fn mine(error: SubmitError) -> RpcError {
    // No transaction is meant, and none is refused.
    submit(error, TxId::ZERO)
}

pub(crate) fn refusal(reason: &Refusal, id: TxId) -> RpcError {
    match reason {
        Refusal::Protocol(reason) => inadmissible(reason),
        Refusal::Pool(reason) => reject(reason),
        Refusal::Quarantined { .. } => RpcError::TxQuarantined { tx_id: Text(id) },
        Refusal::Executed { .. } => RpcError::TxKnown { tx_id: Text(id) },
    }
}

pub(crate) fn inadmissible(reason: &Inadmissible) -> RpcError {
    match *reason {
        Inadmissible::WrongChain { expected, found } => RpcError::TxWrongChain {
            expected: Text(expected),
            got: Text(found),
        },
        Inadmissible::TooLarge {
            size_bytes,
            size_bytes_max,
        } => RpcError::TxTooLarge {
            max: Decimal(size_bytes_max.into()),
            got: Decimal(wide(size_bytes)),
        },
        Inadmissible::ActionCount { count, count_max } => RpcError::TxActionCount {
            got: count,
            max: count_max,
        },
        Inadmissible::ActionInactive { index, action } => RpcError::TxActionInactive {
            action: index,
            name: action.as_str().into(),
        },
        Inadmissible::MessageTooLarge {
            index,
            size_bytes,
            size_bytes_max,
        } => RpcError::TxMessageTooLarge {
            action: index,
            max: Decimal(size_bytes_max.into()),
            got: Decimal(wide(size_bytes)),
        },
        Inadmissible::Expired {
            valid_until,
            height,
        } => RpcError::TxExpired {
            valid_until: Height(valid_until),
            height: Height(height),
        },
        Inadmissible::ValidTooFar {
            valid_until,
            valid_until_max,
        } => RpcError::TxValidTooFar {
            valid_until: Height::capped(valid_until),
            max: Height::capped(valid_until_max),
        },
        Inadmissible::GasLimitTooLow {
            gas_limit,
            intrinsic,
        } => RpcError::TxGasLimitTooLow {
            min: Decimal(intrinsic),
            got: Decimal(gas_limit),
        },
        Inadmissible::GasLimitTooHigh { gas_limit, gas_max }
        | Inadmissible::BlockFull {
            gas_limit, gas_max, ..
        } => RpcError::TxGasLimitTooHigh {
            max: Decimal(gas_max),
            got: Decimal(gas_limit),
        },
        Inadmissible::PriceTooLow {
            max_gas_price,
            base_price,
        } => RpcError::TxFeeTooLow {
            min: Decimal(base_price),
            got: Decimal(max_gas_price),
        },
        Inadmissible::NonceTooLow { expected, found } => RpcError::TxNonceTooLow {
            expected: Decimal(expected),
            got: Decimal(found),
        },
        Inadmissible::NonceTooHigh { expected, found } => RpcError::TxNonceTooHigh {
            expected: Decimal(expected),
            got: Decimal(found),
        },
        Inadmissible::NonceExhausted => RpcError::TxNonceExhausted {},
        Inadmissible::CostOverflow => RpcError::TxCostOverflow {},
        Inadmissible::CannotPay { needed, balance } => RpcError::TxInsufficientBalance {
            need: Decimal(needed),
            have: Decimal(balance),
        },
    }
}

fn reject(reason: &Reject) -> RpcError {
    match *reason {
        Reject::Known { id } => RpcError::TxKnown { tx_id: Text(id) },
        Reject::NonceTooLow { expected, got } => RpcError::TxNonceTooLow {
            expected: Decimal(expected),
            got: Decimal(got),
        },
        Reject::NonceTooHigh { expected, got, .. } => RpcError::TxNonceTooHigh {
            expected: Decimal(expected),
            got: Decimal(got),
        },
        Reject::CannotPay { need, have } => RpcError::TxInsufficientBalance {
            need: Decimal(need),
            have: Decimal(have),
        },
        Reject::Underpriced {
            nonce,
            tip_min,
            price_min,
        } => RpcError::TxUnderpriced {
            nonce: Decimal(nonce),
            tip_min: Decimal(tip_min),
            price_min: Decimal(price_min),
        },
        Reject::SenderFull { max } => RpcError::SenderFull {
            max: u32::try_from(max).unwrap_or(u32::MAX),
        },
        Reject::PoolFull { tip_min } => RpcError::PoolFull {
            tip_min: Decimal(tip_min),
        },
        Reject::TooLarge { size, max } => RpcError::TxTooLarge {
            max: Decimal(wide(max)),
            got: Decimal(wide(size)),
        },
    }
}

pub(crate) fn dropped(reason: DropReason) -> DropReasonView {
    match reason {
        DropReason::Replaced { by } => DropReasonView::Replaced { by: Text(by) },
        DropReason::Evicted => DropReasonView::Evicted,
        DropReason::Expired { valid_until } => DropReasonView::Expired {
            valid_until: Height(valid_until),
        },
        DropReason::NonceUsed => DropReasonView::NonceUsed,
        DropReason::CannotPay => DropReasonView::CannotPay,
        DropReason::Inadmissible => DropReasonView::Inadmissible,
    }
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

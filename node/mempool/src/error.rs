//! Why the pool refuses a transaction, and why it lets one go.
//!
//! Always: [`Reject::as_str`] and [`DropReason::as_str`] are the one spelling shared by logs,
//! metrics and RPC.

use argosy_primitives::{Address, Balance, Height, Nonce, TxId};

/// Why a transaction was not admitted. The pool is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The very same transaction is waiting already.
    #[error("transaction {id} is already in the mempool")]
    Known {
        /// Its id.
        id: TxId,
    },
    /// The account has used this nonce.
    #[error("nonce {got} is used; the next nonce of the sender is {expected}")]
    NonceTooLow {
        /// The account's nonce.
        expected: Nonce,
        /// The transaction's nonce.
        got: Nonce,
    },
    /// The nonce is so far ahead that it could not be executed soon.
    #[error(
        "nonce {got} is too far ahead; send {expected} first, the last one accepted now is {last}"
    )]
    NonceTooHigh {
        /// The account's nonce.
        expected: Nonce,
        /// The highest nonce that would be accepted now.
        last: Nonce,
        /// The transaction's nonce.
        got: Nonce,
    },
    /// The sender cannot pay for all its waiting transactions.
    #[error("the sender's waiting transactions may cost {need}, but its balance is {have}")]
    CannotPay {
        /// What all of them may cost.
        need: Balance,
        /// The account's balance.
        have: Balance,
    },
    /// Another transaction with this nonce waits and is not outbid.
    #[error(
        "nonce {nonce} is taken; to replace it bid at least tip {tip_min} and max gas price {price_min}"
    )]
    Underpriced {
        /// The nonce.
        nonce: Nonce,
        /// The least tip that replaces.
        tip_min: u64,
        /// The least price ceiling that replaces.
        price_min: u64,
    },
    /// The sender has its full share of the pool.
    #[error("the sender has {max} transactions waiting, which is the limit")]
    SenderFull {
        /// The limit.
        max: usize,
    },
    /// The pool is full of better paying transactions.
    #[error("the mempool is full; a tip above {tip_min} per gas would be admitted")]
    PoolFull {
        /// The lowest tip in the pool.
        tip_min: u64,
    },
    /// Larger than the whole pool.
    #[error("transaction of {size} bytes exceeds the pool's {max}")]
    TooLarge {
        /// Encoded size.
        size: usize,
        /// The pool's size.
        max: usize,
    },
}

impl Reject {
    /// The one spelling shared by log field, metric label and RPC kind.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Reject::Known { .. } => "known",
            Reject::NonceTooLow { .. } => "nonce_too_low",
            Reject::NonceTooHigh { .. } => "nonce_too_high",
            Reject::CannotPay { .. } => "cannot_pay",
            Reject::Underpriced { .. } => "underpriced",
            Reject::SenderFull { .. } => "sender_full",
            Reject::PoolFull { .. } => "pool_full",
            Reject::TooLarge { .. } => "too_large",
        }
    }
}

/// Why an admitted transaction left the pool without being executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// A better bid for the same nonce.
    Replaced {
        /// The transaction that took its place.
        by: TxId,
    },
    /// Pushed out of a full pool by a better paying transaction.
    Evicted,
    /// Its `valid_until` has passed.
    Expired {
        /// The last height at which it could have been included.
        valid_until: Height,
    },
    /// Another transaction with its nonce was executed.
    NonceUsed,
    /// The sender can no longer pay for it.
    CannotPay,
    /// The executor refuses it at the present head.
    Inadmissible,
}

impl DropReason {
    /// The one spelling shared by log field, metric label and RPC kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            DropReason::Replaced { .. } => "replaced",
            DropReason::Evicted => "evicted",
            DropReason::Expired { .. } => "expired",
            DropReason::NonceUsed => "nonce_used",
            DropReason::CannotPay => "cannot_pay",
            DropReason::Inadmissible => "inadmissible",
        }
    }
}

/// A transaction that left the pool, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Which one.
    pub id: TxId,
    /// Whose.
    pub sender: Address,
    /// Why.
    pub reason: DropReason,
}

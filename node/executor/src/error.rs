//! Why a transaction may not run, and why execution had to stop.
//!
//! [`Inadmissible`] is about the transaction: a builder leaves it out, a validator refuses the block.
//! [`Fault`] is about this node: it must stop. A transaction that runs and fails is neither, but a
//! receipt.

use argosy_primitives::{ActionKind, Balance, Gas, GenesisHash, Height, Nonce};
use argosy_state::StateError;
use argosy_system::SystemError;
use argosy_vm_engine::StackError;
use argosy_vm_host::HostFault;

/// The rule that a transaction breaks, with the facts that its sender needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inadmissible {
    /// Signed for another chain.
    #[error("the transaction is for chain {found}, this chain is {expected}")]
    WrongChain {
        /// The genesis hash of this chain.
        expected: GenesisHash,
        /// The genesis hash that was signed.
        found: GenesisHash,
    },
    /// Larger than the chain allows.
    #[error("the transaction has {size_bytes} bytes, at most {size_bytes_max} are allowed")]
    TooLarge {
        /// Encoded size with its signature.
        size_bytes: usize,
        /// The chain's limit.
        size_bytes_max: u32,
    },
    /// No action, or more than the chain allows.
    #[error("the transaction has {count} actions, 1 to {count_max} are allowed")]
    ActionCount {
        /// Number of actions found.
        count: u32,
        /// The chain's limit.
        count_max: u32,
    },
    /// An action that the protocol version in force does not know.
    #[error("action {index} ({}) is not active in this chain's protocol version", action.as_str())]
    ActionInactive {
        /// Position in the transaction.
        index: u32,
        /// The kind of action.
        action: ActionKind,
    },
    /// The message of an action is larger than a contract's input may be.
    #[error(
        "the message of action {index} has {size_bytes} bytes, at most {size_bytes_max} are allowed"
    )]
    MessageTooLarge {
        /// Position in the transaction.
        index: u32,
        /// Size of the message.
        size_bytes: usize,
        /// The chain's limit.
        size_bytes_max: u32,
    },
    /// The last height at which it was valid has passed.
    #[error("the transaction was valid until height {valid_until}, the next block is {height}")]
    Expired {
        /// The last valid height.
        valid_until: Height,
        /// The height of the block in question.
        height: Height,
    },
    /// Valid further into the future than the chain remembers.
    #[error(
        "the transaction is valid until height {valid_until}, at most {valid_until_max} is allowed now"
    )]
    ValidTooFar {
        /// The last valid height.
        valid_until: Height,
        /// The furthest that is allowed at this height.
        valid_until_max: Height,
    },
    /// The gas limit does not even pay for including the transaction.
    #[error(
        "gas limit {gas_limit} is below the {intrinsic} gas that this transaction costs before it runs"
    )]
    GasLimitTooLow {
        /// What the transaction offers.
        gas_limit: Gas,
        /// What it costs before its first action runs.
        intrinsic: Gas,
    },
    /// More gas than one transaction may use.
    #[error("gas limit {gas_limit} is above the {gas_max} gas that one transaction may use")]
    GasLimitTooHigh {
        /// What the transaction asks for.
        gas_limit: Gas,
        /// The chain's limit.
        gas_max: Gas,
    },
    /// Offers less than the block's base price.
    #[error("max gas price {max_gas_price} is below the base price {base_price}")]
    PriceTooLow {
        /// What the transaction offers per gas.
        max_gas_price: u64,
        /// What the block demands per gas.
        base_price: u64,
    },
    /// Already used.
    #[error("nonce {found} was already used, the next one is {expected}")]
    NonceTooLow {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's nonce.
        found: Nonce,
    },
    /// Transactions before it are missing.
    #[error("nonce {found} leaves a gap, the next one is {expected}")]
    NonceTooHigh {
        /// The account's next nonce.
        expected: Nonce,
        /// The transaction's nonce.
        found: Nonce,
    },
    /// The account has used every nonce there is.
    #[error("the account has used its last nonce")]
    NonceExhausted,
    /// What may have to be paid exceeds any balance.
    #[error("gas limit, price and deposit together exceed any balance")]
    CostOverflow,
    /// The balance does not cover what may have to be paid.
    #[error("balance {balance} does not cover {needed} (gas limit times price, and deposit_max)")]
    CannotPay {
        /// Gas limit times price plus `deposit_max`.
        needed: Balance,
        /// What the account holds.
        balance: Balance,
    },
    /// The block has no room left for the gas limit.
    #[error(
        "the block has used {gas_used} of {gas_max} gas, no room for a gas limit of {gas_limit}"
    )]
    BlockFull {
        /// Gas used by the transactions before.
        gas_used: Gas,
        /// What this transaction may use.
        gas_limit: Gas,
        /// The chain's limit per block.
        gas_max: Gas,
    },
}

impl Inadmissible {
    /// The stable name shared by log fields, metric labels and RPC.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Inadmissible::WrongChain { .. } => "wrong_chain",
            Inadmissible::TooLarge { .. } => "too_large",
            Inadmissible::ActionCount { .. } => "action_count",
            Inadmissible::ActionInactive { .. } => "action_inactive",
            Inadmissible::MessageTooLarge { .. } => "message_too_large",
            Inadmissible::Expired { .. } => "expired",
            Inadmissible::ValidTooFar { .. } => "valid_too_far",
            Inadmissible::GasLimitTooLow { .. } => "gas_limit_too_low",
            Inadmissible::GasLimitTooHigh { .. } => "gas_limit_too_high",
            Inadmissible::PriceTooLow { .. } => "price_too_low",
            Inadmissible::NonceTooLow { .. } => "nonce_too_low",
            Inadmissible::NonceTooHigh { .. } => "nonce_too_high",
            Inadmissible::NonceExhausted => "nonce_exhausted",
            Inadmissible::CostOverflow => "cost_overflow",
            Inadmissible::CannotPay { .. } => "cannot_pay",
            Inadmissible::BlockFull { .. } => "block_full",
        }
    }

    /// `true`: never admissible again under the rules in force, so a mempool drops it.
    /// `false`: may pass later without being changed.
    pub const fn is_final(&self) -> bool {
        match self {
            Inadmissible::ValidTooFar { .. }
            | Inadmissible::PriceTooLow { .. }
            | Inadmissible::NonceTooHigh { .. }
            | Inadmissible::CannotPay { .. }
            | Inadmissible::BlockFull { .. } => false,
            Inadmissible::WrongChain { .. }
            | Inadmissible::TooLarge { .. }
            | Inadmissible::ActionCount { .. }
            | Inadmissible::ActionInactive { .. }
            | Inadmissible::MessageTooLarge { .. }
            | Inadmissible::Expired { .. }
            | Inadmissible::GasLimitTooLow { .. }
            | Inadmissible::GasLimitTooHigh { .. }
            | Inadmissible::NonceTooLow { .. }
            | Inadmissible::NonceExhausted
            | Inadmissible::CostOverflow => true,
        }
    }
}

/// This node cannot go on: its store, its state or its code is broken. Never a receipt.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed, or holds records that cannot be ours.
    #[error("state failed")]
    State(#[from] StateError),
    /// The chain's own records cannot be ours.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The virtual machine failed.
    #[error("virtual machine failed")]
    Host(#[from] HostFault),
    /// The system gave no room to run contracts in.
    #[error("no stack to run contracts on")]
    Stack(#[from] StackError),
    /// A sum left its range although the protocol's rules exclude that.
    #[error("broken invariant: {0}")]
    Invariant(&'static str),
    /// The chain spec does not describe the protocol version in force.
    #[error("this node does not know protocol version {0}; a newer version of the node is needed")]
    VersionUnknown(u32),
    /// The protocol version activates an action that this version of the node cannot perform.
    #[error("this node cannot perform action {}; a newer version of the node is needed", .0.as_str())]
    ActionUnknown(ActionKind),
}

/// Why [`BlockExecutor::apply`](crate::BlockExecutor::apply) produced no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The transaction may not be in this block; the state is as it was before.
    #[error(transparent)]
    Inadmissible(#[from] Inadmissible),
    /// The node must stop; the state of this executor is undefined.
    #[error(transparent)]
    Fault(#[from] Fault),
}

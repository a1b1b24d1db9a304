//! Which transactions may run: pure rules over a transaction, an account and the next block.
//!
//! The same rules serve the block executor, the mempool and RPC. The signature is not looked at: a
//! [`VerifiedTransaction`](argosy_primitives::VerifiedTransaction) carries that check in its type.
//!
//! Not here: room in the block (`block`), which depends on the transactions before.

use argosy_primitives::{Action, Balance, Gas, GenesisHash, Height, Nonce, Transaction};
use argosy_spec::ChainSpec;

use crate::error::Inadmissible;
use crate::fees::{GasPrice, gas_cost};

/// What admission must know about the signer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountFacts {
    /// The next nonce.
    pub nonce: Nonce,
    /// The free balance.
    pub balance: Balance,
}

/// What admission must know about the block in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockFacts {
    /// The chain.
    pub chain: GenesisHash,
    /// Protocol version in force.
    pub version: u32,
    /// Height of the block that would hold the transaction.
    pub height: Height,
    /// Its base price per gas.
    pub base_price: u64,
}

/// What an admissible transaction pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Per gas.
    pub price: GasPrice,
    /// Gas that is used before the first action runs.
    pub intrinsic: Gas,
    /// Gas limit times price plus `deposit_max`: reserved while the transaction runs.
    pub reserve: Balance,
}

/// Checks every rule that a transaction must pass before it may run.
///
/// Rules that can never pass later come first, those on the account last.
pub fn admit(
    transaction: &Transaction,
    size_bytes: usize,
    account: &AccountFacts,
    block: &BlockFacts,
    spec: &ChainSpec,
) -> Result<Admitted, Inadmissible> {
    // Signed for this chain.
    if transaction.chain != block.chain {
        return Err(Inadmissible::WrongChain {
            expected: block.chain,
            found: transaction.chain,
        });
    }
    check_shape(&transaction.actions, size_bytes, block.version, spec)?;
    check_lifetime(transaction, block.height, spec)?;
    let intrinsic = check_gas(transaction, size_bytes, spec)?;
    // Pays at least the base price.
    let price =
        GasPrice::offered(transaction, block.base_price).ok_or(Inadmissible::PriceTooLow {
            max_gas_price: transaction.max_gas_price,
            base_price: block.base_price,
        })?;
    check_nonce(transaction.nonce, account.nonce)?;
    let reserve = check_affordable(transaction, &price, account.balance)?;
    Ok(Admitted {
        price,
        intrinsic,
        reserve,
    })
}

/// Sizes and kinds, from the cheapest rule to the dearest.
pub(crate) fn check_shape(
    actions: &[Action],
    size_bytes: usize,
    version: u32,
    spec: &ChainSpec,
) -> Result<(), Inadmissible> {
    let limits = &spec.limits;
    // No larger than the chain carries.
    if size_bytes > limits.tx_size_bytes_max as usize {
        return Err(Inadmissible::TooLarge {
            size_bytes,
            size_bytes_max: limits.tx_size_bytes_max,
        });
    }
    // At least one action, and not too many.
    let count = u32::try_from(actions.len()).unwrap_or(u32::MAX);
    if count == 0 || count > limits.actions_max {
        return Err(Inadmissible::ActionCount {
            count,
            count_max: limits.actions_max,
        });
    }
    for (index, action) in (0u32..).zip(actions) {
        // Known to the protocol version in force.
        if !spec.protocol.is_active(version, action.kind()) {
            return Err(Inadmissible::ActionInactive {
                index,
                action: action.kind(),
            });
        }
        // Fits a contract's input.
        let size_bytes = message(action).len();
        if size_bytes > limits.data_bytes_max as usize {
            let size_bytes_max = limits.data_bytes_max;
            return Err(Inadmissible::MessageTooLarge {
                index,
                size_bytes,
                size_bytes_max,
            });
        }
    }
    Ok(())
}

/// Valid now, and not for longer than the chain allows.
fn check_lifetime(
    transaction: &Transaction,
    height: Height,
    spec: &ChainSpec,
) -> Result<(), Inadmissible> {
    let valid_until = transaction.valid_until;
    if valid_until < height {
        return Err(Inadmissible::Expired {
            valid_until,
            height,
        });
    }
    let valid_until_max = height.saturating_add(spec.limits.valid_blocks_max);
    if valid_until > valid_until_max {
        return Err(Inadmissible::ValidTooFar {
            valid_until,
            valid_until_max,
        });
    }
    Ok(())
}

/// The gas limit covers inclusion and is within the bound per transaction.
fn check_gas(
    transaction: &Transaction,
    size_bytes: usize,
    spec: &ChainSpec,
) -> Result<Gas, Inadmissible> {
    let gas_limit = transaction.gas_limit;
    let intrinsic = intrinsic_gas(&transaction.actions, size_bytes, spec);
    if gas_limit < intrinsic {
        return Err(Inadmissible::GasLimitTooLow {
            gas_limit,
            intrinsic,
        });
    }
    if gas_limit > spec.limits.tx_gas_max {
        return Err(Inadmissible::GasLimitTooHigh {
            gas_limit,
            gas_max: spec.limits.tx_gas_max,
        });
    }
    Ok(intrinsic)
}

/// Exactly the next nonce, and one that has a successor.
fn check_nonce(found: Nonce, expected: Nonce) -> Result<(), Inadmissible> {
    if found < expected {
        return Err(Inadmissible::NonceTooLow { expected, found });
    }
    if found > expected {
        return Err(Inadmissible::NonceTooHigh { expected, found });
    }
    if found == Nonce::MAX {
        return Err(Inadmissible::NonceExhausted);
    }
    Ok(())
}

/// The balance covers the whole gas limit and the whole deposit allowance.
fn check_affordable(
    transaction: &Transaction,
    price: &GasPrice,
    balance: Balance,
) -> Result<Balance, Inadmissible> {
    let needed = gas_cost(transaction.gas_limit, price.total())
        .checked_add(transaction.deposit_max)
        .ok_or(Inadmissible::CostOverflow)?;
    if needed > balance {
        return Err(Inadmissible::CannotPay { needed, balance });
    }
    Ok(needed)
}

/// Gas that a transaction uses before its first action runs; `u64::MAX` if it does not fit.
pub fn intrinsic_gas(actions: &[Action], size_bytes: usize, spec: &ChainSpec) -> Gas {
    let fees = &spec.fees;
    let bytes = u64::try_from(size_bytes).unwrap_or(u64::MAX);
    let of_actions = actions
        .iter()
        .map(|action| fees.action_gas.of(action.kind()));
    let of_bytes = fees.tx_byte_gas.saturating_mul(bytes);
    of_actions.fold(fees.tx_gas.saturating_add(of_bytes), Gas::saturating_add)
}

/// What an action hands to a contract; empty for those that run none.
fn message(action: &Action) -> &[u8] {
    match action {
        Action::Instantiate { message, .. }
        | Action::Call { message, .. }
        | Action::Upgrade { message, .. } => message,
        Action::Transfer { .. }
        | Action::StoreCode { .. }
        | Action::RemoveCode { .. }
        | Action::SetAdmin { .. }
        | Action::Bond { .. }
        | Action::Unbond { .. }
        | Action::Unjail
        | Action::Govern { .. } => &[],
    }
}

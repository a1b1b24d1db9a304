//! What the pool must know of a sender: the committed nonce and balance.
//!
//! Not here: where they come from (`replica` reads them from `chain`).

use argosy_primitives::{Balance, Nonce, VerifiedTransaction};

/// A sender's account at the head of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// The nonce that the next transaction of this account must carry.
    pub nonce: Nonce,
    /// Spendable balance in the smallest unit.
    pub balance: Balance,
}

/// What `tx` can cost its sender at most before any action moves funds: gas at its highest
/// price and the whole deposit allowance. Saturates, so that an absurd bid is merely unpayable.
pub(crate) fn reserve(tx: &VerifiedTransaction) -> Balance {
    let tx = tx.transaction();
    let gas = Balance::from(tx.gas_limit).saturating_mul(Balance::from(tx.max_gas_price));
    gas.saturating_add(tx.deposit_max)
}

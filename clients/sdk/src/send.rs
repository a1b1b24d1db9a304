//! From actions to a receipt: what a transaction needs is asked of the chain, not of the caller.
//!
//! ```text
//! actions ─ account, head ─► nonce, price, expiry ─ simulate ─► gas, deposit ─ sign ─► receipt
//! ```
//!
//! Each value can be given instead; with gas limit and deposit given nothing is simulated, so that a
//! transaction that fails can be sent too.
//! Not here: contracts by their ABI (`contract`).

use argosy_primitives::{Action, Address, Balance, Gas, Height, Nonce, PublicKey, Transaction};
use argosy_rpc_api::{BlockSelector, ReceiptAnswer, SimulationAnswer};

use crate::error::FailedTx;
use crate::{Client, SdkError, Signer};

/// Gas limit = what suffices in the simulation, this part of it more, and [`GAS_MARGIN`]: state may
/// move until the transaction runs. What is not used is not paid.
const GAS_MARGIN_DIVISOR: Gas = 8;
/// See [`GAS_MARGIN_DIVISOR`].
const GAS_MARGIN: Gas = 20_000;
/// Deposit allowance = what suffices in the simulation, this part of it more, and a
/// [`DEPOSIT_MARGIN_DIVISOR`]th of a token: state may move. What is not locked is not taken.
const DEPOSIT_MARGIN_PART: Balance = 4;
/// One twentieth of a token.
const DEPOSIT_MARGIN_DIVISOR: Balance = 20;
/// The price offered is this multiple of the head's base price: enough for six full blocks in a row.
/// Only the price in force is paid.
const PRICE_HEADROOM: u64 = 2;
/// How long a transaction stays valid, in blocks, unless the chain allows less.
const VALID_BLOCKS: Height = 20_000;

/// What a transaction offers; `None` is asked of the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TxOptions {
    /// Number of the sender's transactions before it; by default counting those that wait.
    pub nonce: Option<Nonce>,
    /// Most gas; by default what suffices in a simulation and a margin.
    pub gas_limit: Option<Gas>,
    /// Most tokens per gas; by default twice the present price and the tip.
    pub max_gas_price: Option<u64>,
    /// Tokens per gas for the proposer, on top of the price.
    pub tip: u64,
    /// Most tokens to be locked; by default what suffices in a simulation and a margin.
    pub deposit_max: Option<Balance>,
    /// For how many blocks it stays valid.
    pub valid_blocks: Option<Height>,
}

/// A transaction that is not signed yet, and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxPlan {
    /// What is to be signed.
    pub transaction: Transaction,
    /// What it did when it was tried; `None` if gas limit and deposit were both given.
    pub trial: Option<SimulationAnswer>,
    /// What the sender has.
    pub balance: Balance,
}

impl Client {
    /// Builds, signs and sends a transaction and waits for its receipt, which may tell of a failure
    /// that the simulation did not see; see [`require_success`].
    pub async fn send(
        &self,
        signer: &Signer,
        actions: Vec<Action>,
        options: &TxOptions,
    ) -> Result<ReceiptAnswer, SdkError> {
        let transaction = self.prepare(signer.public(), actions, options).await?;
        self.submit_and_wait(&signer.sign(transaction)).await
    }

    /// Builds a transaction without signing it.
    pub async fn prepare(
        &self,
        signer: PublicKey,
        actions: Vec<Action>,
        options: &TxOptions,
    ) -> Result<Transaction, SdkError> {
        let plan = self.plan(signer, actions, options).await?;
        Ok(plan.transaction)
    }

    /// The same, with what the simulation said, for those who show it before they sign.
    pub async fn plan(
        &self,
        signer: PublicKey,
        actions: Vec<Action>,
        options: &TxOptions,
    ) -> Result<TxPlan, SdkError> {
        let sender = Address::of_key(&signer);
        let account = self.account(sender, BlockSelector::Latest).await?;
        let head = self.header(BlockSelector::Latest).await?.header;
        let info = self.info();
        let base_price = head.base_price.0.max(info.base_price_min.0);
        let price = base_price.saturating_mul(PRICE_HEADROOM);
        let valid_blocks = options.valid_blocks.unwrap_or(VALID_BLOCKS);
        let valid_blocks = valid_blocks.min(info.limits.valid_blocks_max.0);
        let next_nonce = account.next_nonce.unwrap_or(account.nonce).0;
        let mut transaction = Transaction {
            chain: self.chain(),
            signer,
            nonce: options.nonce.unwrap_or(next_nonce),
            valid_until: head.height.0.saturating_add(valid_blocks),
            gas_limit: options.gas_limit.unwrap_or(info.limits.tx_gas_max.0),
            max_gas_price: (options.max_gas_price)
                .unwrap_or_else(|| price.saturating_add(options.tip)),
            tip: options.tip,
            deposit_max: options.deposit_max.unwrap_or(account.balance.0),
            actions,
        };
        if options.gas_limit.is_some() && options.deposit_max.is_some() {
            return Ok(TxPlan {
                transaction,
                trial: None,
                balance: account.balance.0,
            });
        }
        let trial = self.simulate(&transaction, BlockSelector::Latest).await?;
        if options.gas_limit.is_none() {
            let gas = gas_with_margin(trial.gas_limit.0);
            transaction.gas_limit = gas.min(info.limits.tx_gas_max.0);
        }
        if options.deposit_max.is_none() {
            transaction.deposit_max = 0;
            let spare = cost_max(&transaction)
                .and_then(|cost| account.balance.0.checked_sub(cost))
                .unwrap_or(0);
            let needed = trial.deposit_max.0;
            let wanted = deposit_with_margin(needed, self.token().decimals);
            transaction.deposit_max = wanted.min(spare).max(needed);
        }
        Ok(TxPlan {
            transaction,
            trial: Some(trial),
            balance: account.balance.0,
        })
    }
}

/// The most that a transaction can take from its sender: fee, deposits and amounts. `None` if it
/// exceeds any balance.
pub fn cost_max(transaction: &Transaction) -> Option<Balance> {
    let price = Balance::from(transaction.max_gas_price);
    let fee = Balance::from(transaction.gas_limit).checked_mul(price)?;
    let amounts = transaction.actions.iter().map(amount);
    let fixed = fee.checked_add(transaction.deposit_max)?;
    amounts.into_iter().try_fold(fixed, Balance::checked_add)
}

/// Turns the receipt of a failed transaction into an error.
pub fn require_success(answer: ReceiptAnswer) -> Result<ReceiptAnswer, SdkError> {
    if answer.receipt.status.0.is_success() {
        return Ok(answer);
    }
    let revert = None;
    Err(SdkError::Failed(Box::new(FailedTx { answer, revert })))
}

/// What an action takes from its sender's balance besides fee and deposits.
fn amount(action: &Action) -> Balance {
    match action {
        Action::Transfer { amount, .. } | Action::Bond { amount, .. } => *amount,
        Action::Instantiate { funds, .. } | Action::Call { funds, .. } => *funds,
        Action::StoreCode { .. }
        | Action::RemoveCode { .. }
        | Action::Upgrade { .. }
        | Action::SetAdmin { .. }
        | Action::Unbond { .. }
        | Action::Unjail
        | Action::Govern { .. } => 0,
    }
}

fn gas_with_margin(needed: Gas) -> Gas {
    needed
        .saturating_add(needed / GAS_MARGIN_DIVISOR)
        .saturating_add(GAS_MARGIN)
}

fn deposit_with_margin(needed: Balance, token_decimals: u8) -> Balance {
    let token = 10u128.saturating_pow(token_decimals.into());
    needed
        .saturating_add(needed / DEPOSIT_MARGIN_PART)
        .saturating_add(token / DEPOSIT_MARGIN_DIVISOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::GenesisHash;

    fn transfer(amount: Balance, max_gas_price: u64) -> Transaction {
        let to = Address::SYSTEM;
        Transaction {
            chain: GenesisHash::ZERO,
            signer: PublicKey::Ed25519([0; 32]),
            nonce: 0,
            valid_until: 0,
            gas_limit: 10,
            max_gas_price,
            tip: 0,
            deposit_max: 5,
            actions: vec![Action::Transfer { to, amount }, Action::Unjail],
        }
    }

    #[test]
    fn the_cost_counts_fee_deposit_and_amounts() {
        assert_eq!(cost_max(&transfer(7, 3)), Some(3 * 10 + 5 + 7));
        assert_eq!(
            cost_max(&transfer(Balance::MAX - 35, 3)),
            Some(Balance::MAX)
        );
        assert_eq!(cost_max(&transfer(Balance::MAX - 34, 3)), None);
    }

    #[test]
    fn margins_are_a_part_and_a_bit() {
        assert_eq!(gas_with_margin(100_000), 132_500);
        assert_eq!(gas_with_margin(Gas::MAX), Gas::MAX);
        assert_eq!(deposit_with_margin(0, 12), 50_000_000_000);
        assert_eq!(deposit_with_margin(400, 2), 505);
        assert_eq!(deposit_with_margin(4, 0), 5);
        assert_eq!(deposit_with_margin(Balance::MAX, 39), Balance::MAX);
    }
}

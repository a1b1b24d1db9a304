//! From what a person wants to a transaction: nonce, price, gas and deposit are filled in.
//!
//! What is left open is found by trying the transaction on the node first; a transaction that would
//! fail is never built, its failure is the error.

use argosy_primitives::{
    AbiKind, Action, Address, Balance, CodeHash, Gas, Nonce, PublicKey, Receipt, SecretKey,
    StatusCode, Transaction,
};
use argosy_rpc_api::{BlockSelector, ReceiptAnswer, RpcError};

use crate::{Client, ClientError};

/// Blocks a transaction stays valid if the caller does not say, and the chain allows it.
const VALID_BLOCKS: u64 = 10_000;
/// Gas on top of what the trial used: state may change until the transaction runs.
const GAS_MARGIN: Gas = 20_000;

/// What the caller wants to decide; the rest is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Most gas it may use.
    pub gas_limit: Option<Gas>,
    /// Most tokens per gas.
    pub max_gas_price: Option<u64>,
    /// Tokens per gas for the proposer.
    pub tip: u64,
    /// Most tokens that may be locked.
    pub deposit_max: Option<Balance>,
    /// Nonce, if not the sender's next one.
    pub nonce: Option<Nonce>,
    /// Blocks it stays valid.
    pub valid_blocks: Option<u64>,
}

/// A transaction that is ready to be signed, and what it is expected to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What will be signed.
    pub transaction: Transaction,
    /// What it did when it was tried; `None` if gas and deposit were given and nothing was tried.
    pub trial: Option<Receipt>,
}

/// A contract to create, and the code it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Wasm bytes.
    pub code: Vec<u8>,
    /// Tells contracts of one creator and code apart.
    pub salt: [u8; 32],
    /// Who may upgrade it.
    pub admin: Option<Address>,
    /// Tokens sent along.
    pub funds: Balance,
    /// Message of its `init`.
    pub message: Vec<u8>,
}

impl Plan {
    /// The most the sender can be charged: fee, deposit and amounts. `None` if it exceeds any
    /// balance.
    pub fn cost_max(&self) -> Option<Balance> {
        let tx = &self.transaction;
        let fee = Balance::from(tx.gas_limit).checked_mul(tx.max_gas_price.into())?;
        fee.checked_add(tx.deposit_max)?
            .checked_add(amounts(&tx.actions)?)
    }
}

impl Deployment {
    /// The code's name.
    pub fn code_hash(&self) -> CodeHash {
        CodeHash::of(&self.code)
    }

    /// The address that the contract will have.
    pub fn address(&self, creator: &Address) -> Address {
        Address::of_contract(AbiKind::Native, creator, &self.salt, &self.code_hash())
    }

    fn instantiate(&self) -> Action {
        Action::Instantiate {
            code: self.code_hash(),
            salt: self.salt,
            admin: self.admin,
            funds: self.funds,
            message: self.message.clone(),
        }
    }

    fn actions(&self) -> Vec<Action> {
        let code = self.code.clone();
        vec![Action::StoreCode { code }, self.instantiate()]
    }
}

impl Client {
    /// Fills in what `options` leave open, by trying the actions on the node.
    pub async fn plan(
        &self,
        signer: PublicKey,
        actions: Vec<Action>,
        options: &SendOptions,
    ) -> Result<Plan, ClientError> {
        let sender = Address::of_key(&signer);
        let info = self.chain_info().await?;
        let head = self.header(BlockSelector::Latest).await?;
        let account = self.account(sender, BlockSelector::Latest).await?;
        let base_price = head.header.base_price.0.max(info.base_price_min.0);
        // The base price may double while the transaction waits.
        let price_of = |base: u64| base.saturating_add(options.tip);
        let valid_blocks = options
            .valid_blocks
            .unwrap_or(VALID_BLOCKS.min(info.limits.valid_blocks_max.0));
        let next_nonce = account.next_nonce.unwrap_or(account.nonce).0;
        let mut tx = Transaction {
            chain: self.chain(),
            signer,
            nonce: options.nonce.unwrap_or(next_nonce),
            valid_until: head.at.height.0.saturating_add(valid_blocks),
            gas_limit: options.gas_limit.unwrap_or(0),
            max_gas_price: (options.max_gas_price)
                .unwrap_or_else(|| price_of(base_price.saturating_mul(2))),
            tip: options.tip,
            deposit_max: options.deposit_max.unwrap_or(0),
            actions,
        };
        if options.gas_limit.is_some() && options.deposit_max.is_some() {
            return Ok(Plan {
                transaction: tx,
                trial: None,
            });
        }
        // The trial runs on the newest block, where transactions that wait are not yet counted.
        let trial_price = price_of(base_price.saturating_add(base_price / 8).saturating_add(1));
        let mut trial = Transaction {
            nonce: account.nonce.0,
            max_gas_price: tx.max_gas_price.min(trial_price),
            ..tx.clone()
        };
        let gas_max = info.limits.tx_gas_max.0;
        let purse = Purse::of(account.balance.0, &trial, gas_max)?;
        trial.gas_limit = options.gas_limit.unwrap_or(purse.gas);
        trial.deposit_max = options.deposit_max.unwrap_or(purse.deposit);
        let receipt = Receipt::from(&self.simulate(&trial).await?.receipt);
        if options.gas_limit.is_none() {
            tx.gas_limit = with_margin(receipt.gas_used).min(gas_max);
        }
        if options.deposit_max.is_none() {
            let locked = Balance::try_from(receipt.deposit).unwrap_or(0);
            tx.deposit_max = locked.saturating_add(locked / 5);
        }
        Ok(Plan {
            transaction: tx,
            trial: Some(receipt),
        })
    }

    /// Plans to create a contract, uploading its code unless the chain has it already.
    pub async fn plan_deployment(
        &self,
        signer: PublicKey,
        deployment: &Deployment,
        options: &SendOptions,
    ) -> Result<Plan, ClientError> {
        match self.plan(signer, deployment.actions(), options).await {
            Err(ClientError::Rpc(RpcError::ExecutionFailed {
                status,
                action: Some(0),
                ..
            })) if status.0 == StatusCode::AlreadyExists => {
                let actions = vec![deployment.instantiate()];
                self.plan(signer, actions, options).await
            }
            planned => planned,
        }
    }

    /// Signs a plan, hands it in and waits for its receipt.
    pub async fn send(&self, plan: Plan, key: &SecretKey) -> Result<ReceiptAnswer, ClientError> {
        self.submit_and_wait(&plan.transaction.sign(key), None)
            .await
    }
}

/// What a sender can offer in a trial.
struct Purse {
    gas: Gas,
    deposit: Balance,
}

impl Purse {
    /// All there is besides the amounts: gas first, but at most half of it, deposit the rest.
    fn of(balance: Balance, trial: &Transaction, gas_max: Gas) -> Result<Purse, ClientError> {
        let amounts = amounts(&trial.actions).ok_or(ClientError::CostOverflow)?;
        let free = balance.saturating_sub(amounts);
        let price = Balance::from(trial.max_gas_price.max(1));
        let gas = Gas::try_from(free / 2 / price).map_or(gas_max, |it| it.min(gas_max));
        // Cannot overflow: gas times price is at most half of what is free.
        let deposit = free.saturating_sub(Balance::from(gas).saturating_mul(price));
        Ok(Purse { gas, deposit })
    }
}

/// Native tokens that the actions move away from the sender.
fn amounts(actions: &[Action]) -> Option<Balance> {
    let amount = |action: &Action| match action {
        Action::Transfer { amount, .. } | Action::Bond { amount, .. } => *amount,
        Action::Instantiate { funds, .. } | Action::Call { funds, .. } => *funds,
        Action::StoreCode { .. }
        | Action::RemoveCode { .. }
        | Action::Upgrade { .. }
        | Action::SetAdmin { .. }
        | Action::Unbond { .. }
        | Action::Unjail
        | Action::Govern { .. } => 0,
    };
    let amounts = actions.iter().map(amount);
    amounts.into_iter().try_fold(0, Balance::checked_add)
}

fn with_margin(gas_used: Gas) -> Gas {
    let fifth = gas_used / 5;
    gas_used.saturating_add(fifth).saturating_add(GAS_MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::GenesisHash;

    fn transfer(amount: Balance, price: u64) -> Transaction {
        Transaction {
            chain: GenesisHash::ZERO,
            signer: PublicKey::Ed25519([0; 32]),
            nonce: 0,
            valid_until: 0,
            gas_limit: 10,
            max_gas_price: price,
            tip: 0,
            deposit_max: 5,
            actions: vec![Action::Transfer {
                to: Address::SYSTEM,
                amount,
            }],
        }
    }

    #[test]
    fn a_trial_offers_no_more_than_there_is() {
        for (balance, amount, price) in [
            (0, 0, 1),
            (100, 1000, 3),
            (10u128.pow(30), 7, 1000),
            (u128::MAX, u128::MAX, 1),
            (u128::MAX, 0, u64::MAX),
            (1, 0, 0),
        ] {
            let trial = transfer(amount, price);
            let purse = Purse::of(balance, &trial, 100_000_000).unwrap();
            let fee = u128::from(purse.gas).checked_mul(price.into()).unwrap();
            let free = balance.saturating_sub(amount);
            assert!(
                fee.checked_add(purse.deposit).unwrap() <= free,
                "{balance} {amount} {price}"
            );
            assert!(purse.gas <= 100_000_000);
        }
    }

    #[test]
    fn the_cost_counts_fee_deposit_and_amounts() {
        let plan = |amount| Plan {
            transaction: transfer(amount, 3),
            trial: None,
        };
        assert_eq!(plan(7).cost_max(), Some(3 * 10 + 5 + 7));
        assert_eq!(plan(u128::MAX).cost_max(), None);
    }
}

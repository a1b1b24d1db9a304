//! Token: a fungible token with allowances.
//!
//! Invariant: the balances add up to the supply, which is fixed when the contract is created.
//! Not here: minting, burning, permits.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::prelude::*;

/// A fungible token with allowances and a fixed supply.
#[storage]
pub struct Token {
    name: Item<String>,
    symbol: Item<String>,
    decimals: Item<u8>,
    supply: Item<Balance>,
    balances: Map<Address, Balance>,
    /// By owner, then spender.
    allowances: Map<(Address, Address), Balance>,
}

/// Tokens changed hands.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The owner before; the token itself when the supply was created.
    #[topic]
    pub from: Address,
    /// The owner after.
    #[topic]
    pub to: Address,
    /// How many.
    pub amount: Balance,
}

/// An owner lets somebody else spend.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Approval {
    /// Whose tokens.
    #[topic]
    pub owner: Address,
    /// Who may spend them.
    #[topic]
    pub spender: Address,
    /// How many from now on.
    pub amount: Balance,
}

/// Why nothing was transferred.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The owner has fewer tokens.
    InsufficientBalance {
        /// What the owner has.
        have: Balance,
        /// What the transfer needs.
        need: Balance,
    },
    /// The owner lets the caller spend fewer.
    InsufficientAllowance {
        /// What the caller may spend.
        have: Balance,
        /// What the transfer needs.
        need: Balance,
    },
}

#[contract]
impl Token {
    /// Creates the token; all of its supply belongs to the creator.
    #[init]
    pub fn init(&mut self, name: String, symbol: String, decimals: u8, supply: Balance) {
        let owner = context::caller();
        self.name.set(&name);
        self.symbol.set(&symbol);
        self.decimals.set(&decimals);
        self.supply.set(&supply);
        self.balances.set(&owner, &supply);
        emit(&Transfer {
            from: context::self_address(),
            to: owner,
            amount: supply,
        });
    }

    /// Transfers tokens of the caller.
    #[call]
    pub fn transfer(&mut self, to: Address, amount: Balance) -> Result<(), TokenError> {
        self.transfer_between(context::caller(), to, amount)
    }

    /// Lets `spender` transfer tokens of the caller: `amount` in all, from now on.
    #[call]
    pub fn approve(&mut self, spender: Address, amount: Balance) {
        let owner = context::caller();
        self.set_allowance(owner, spender, amount);
        emit(&Approval {
            owner,
            spender,
            amount,
        });
    }

    /// Transfers tokens of `from`, who has approved the caller.
    #[call]
    pub fn transfer_from(
        &mut self,
        from: Address,
        to: Address,
        amount: Balance,
    ) -> Result<(), TokenError> {
        let spender = context::caller();
        let have = self.allowance(from, spender);
        let left = have
            .checked_sub(amount)
            .ok_or(TokenError::InsufficientAllowance { have, need: amount })?;
        self.set_allowance(from, spender, left);
        self.transfer_between(from, to, amount)
    }

    /// Name of the token.
    #[query]
    pub fn name(&self) -> String {
        self.name.load()
    }

    /// Short name of the token.
    #[query]
    pub fn symbol(&self) -> String {
        self.symbol.load()
    }

    /// Digits behind the point when amounts are shown.
    #[query]
    pub fn decimals(&self) -> u8 {
        self.decimals.load()
    }

    /// Tokens that exist.
    #[query]
    pub fn supply(&self) -> Balance {
        self.supply.load()
    }

    /// Tokens of `owner`.
    #[query]
    pub fn balance_of(&self, owner: Address) -> Balance {
        self.balances.get_or_default(&owner)
    }

    /// What `spender` may still transfer for `owner`.
    #[query]
    pub fn allowance(&self, owner: Address, spender: Address) -> Balance {
        self.allowances.get_or_default(&(owner, spender))
    }

    fn transfer_between(
        &mut self,
        from: Address,
        to: Address,
        amount: Balance,
    ) -> Result<(), TokenError> {
        let have = self.balance_of(from);
        let left = have
            .checked_sub(amount)
            .ok_or(TokenError::InsufficientBalance { have, need: amount })?;
        self.set_balance(from, left);
        // Read after the write, so that a transfer to oneself changes nothing. The sum stays below
        // the supply.
        let received = self.balance_of(to) + amount;
        self.set_balance(to, received);
        emit(&Transfer { from, to, amount });
        Ok(())
    }

    /// Nothing is stored for nothing: an owner without tokens gets the deposit back.
    fn set_balance(&mut self, owner: Address, balance: Balance) {
        if balance == 0 {
            self.balances.remove(&owner);
        } else {
            self.balances.set(&owner, &balance);
        }
    }

    fn set_allowance(&mut self, owner: Address, spender: Address, amount: Balance) {
        let key = (owner, spender);
        if amount == 0 {
            self.allowances.remove(&key);
        } else {
            self.allowances.set(&key, &amount);
        }
    }
}

#[cfg(test)]
mod tests;

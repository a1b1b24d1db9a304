//! Token: a fungible token with allowances, which owners can also sign off the chain.
//!
//! Invariant: the balances add up to the supply, which is fixed when the contract is created. A signed allowance
//! is taken once, here, until its time, in the order in which it was signed, and never after its owner has named
//! the signer anew.
//! Not here: minting, burning.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{PermitError, Permits};
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
    permits: Permits,
}

/// Tokens changed hands.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The owner before; the token itself at first.
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
    /// The time of the permit is over.
    PermitTooLate,
    /// The owner has named no key that signs.
    NoSigner,
    /// Not signed by the owner's key, or not as the next one.
    BadPermit,
}

impl From<PermitError> for TokenError {
    fn from(error: PermitError) -> TokenError {
        match error {
            PermitError::TooLate => TokenError::PermitTooLate,
            PermitError::NoSigner => TokenError::NoSigner,
            PermitError::BadSignature => TokenError::BadPermit,
        }
    }
}

#[contract]
impl Token {
    /// Creates the token; its creator owns all.
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

    /// Lets `spender` transfer `amount` of the caller's tokens.
    #[call]
    pub fn approve(&mut self, spender: Address, amount: Balance) {
        self.allow(context::caller(), spender, amount);
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

    /// Names the ed25519 key that signs for the caller; voids unused permits.
    #[call]
    pub fn set_signer(&mut self, key: Option<[u8; 32]>) {
        self.permits.set_signer(key);
    }

    /// Does what `approve` by `owner` would, who signed `permit_hash`.
    #[call]
    pub fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        amount: Balance,
        until: TimestampMs,
        signature: [u8; 64],
    ) -> Result<(), TokenError> {
        let words = permitted(&spender, amount);
        self.permits.take(&owner, until, &words, &signature)?;
        self.allow(owner, spender, amount);
        Ok(())
    }

    /// What `owner`'s key signs for the next permit.
    #[query]
    pub fn permit_hash(
        &self,
        owner: Address,
        spender: Address,
        amount: Balance,
        until: TimestampMs,
    ) -> [u8; 32] {
        let words = permitted(&spender, amount);
        self.permits.hash(&owner, until, &words)
    }

    /// The number that `owner` signs next.
    #[query]
    pub fn permit_nonce(&self, owner: Address) -> u64 {
        self.permits.nonce_of(&owner)
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

    /// Digits behind the point of amounts.
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

    /// What `spender` may still transfer.
    #[query]
    pub fn allowance(&self, owner: Address, spender: Address) -> Balance {
        self.allowances.get_or_default(&(owner, spender))
    }

    fn allow(&mut self, owner: Address, spender: Address, amount: Balance) {
        self.set_allowance(owner, spender, amount);
        emit(&Approval {
            owner,
            spender,
            amount,
        });
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

/// The words of a permit.
fn permitted(spender: &Address, amount: Balance) -> (&'static str, &Address, Balance) {
    ("permit", spender, amount)
}

#[cfg(test)]
mod permits; // tests of permits
#[cfg(test)]
mod tests;

//! Nft: tokens of which each is the only one.
//!
//! Invariant: every token has one owner; the lists of owners and the counts say the same.
//! Not here: sales (`exchange`, `escrow`), pictures: a token carries the address of its description.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{AccessError, Owner};
use argosy_contract::prelude::*;

/// Longest address of a description, in bytes.
pub const URI_BYTES_MAX: u32 = 256;
/// Most tokens that a query lists at once.
pub const PAGE_TOKENS_MAX: u32 = 100;

/// A collection of tokens, each the only one of its kind.
#[storage]
pub struct Nft {
    name: Item<String>,
    symbol: Item<String>,
    /// Who makes tokens.
    minter: Owner,
    /// The number of the next token.
    next: Item<u64>,
    supply: Item<u64>,
    owners: Map<u64, Address>,
    /// The same, by owner.
    tokens: Set<(Address, u64)>,
    counts: Map<Address, u64>,
    uris: Map<u64, String>,
    /// Who may transfer one token.
    approved: Map<u64, Address>,
    /// Who may transfer all tokens of an owner: owner, then operator.
    operators: Set<(Address, Address)>,
}

/// A token changed hands.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Transferred {
    /// Which one.
    #[topic]
    pub token: u64,
    /// The owner before; the collection itself for a new token.
    #[topic]
    pub from: Address,
    /// The owner after; the collection itself for a token that was destroyed.
    #[topic]
    pub to: Address,
}

/// Somebody else may, or may not any more, transfer a token.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    /// Which one.
    #[topic]
    pub token: u64,
    /// Who may; none: nobody.
    pub to: Option<Address>,
}

/// Somebody else may, or may not any more, transfer all tokens of an owner.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct OperatorSet {
    /// Whose tokens.
    #[topic]
    pub owner: Address,
    /// Who may transfer them.
    #[topic]
    pub operator: Address,
    /// Whether they may from now on.
    pub allowed: bool,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum NftError {
    /// Only the minter makes tokens.
    NotMinter,
    /// The collection was not offered to the caller.
    NotOffered,
    /// There is no such token.
    NoSuchToken {
        /// Its number.
        token: u64,
    },
    /// The caller is neither its owner nor allowed to act for the owner.
    NotAllowed {
        /// The token.
        token: u64,
    },
    /// The address of the description is too long.
    UriTooLong {
        /// Its bytes.
        bytes: u32,
        /// The most.
        bytes_max: u32,
    },
}

impl From<AccessError> for NftError {
    fn from(error: AccessError) -> NftError {
        match error {
            AccessError::NotOffered => NftError::NotOffered,
            _ => NftError::NotMinter,
        }
    }
}

#[contract]
impl Nft {
    /// Creates the collection; its creator makes the tokens.
    #[init]
    pub fn init(&mut self, name: String, symbol: String) {
        self.name.set(&name);
        self.symbol.set(&symbol);
        self.minter.set(&context::caller());
    }

    /// Makes a token; its number.
    #[call]
    pub fn mint(&mut self, to: Address, uri: String) -> Result<u64, NftError> {
        self.minter.check()?;
        let bytes = uri.len() as u32;
        let bytes_max = URI_BYTES_MAX;
        ensure!(
            bytes <= bytes_max,
            NftError::UriTooLong { bytes, bytes_max }
        );
        let token = self.next.get_or_default();
        self.next.set(&token.checked_add(1).or_revert());
        // At most as many as the next number.
        self.supply.set(&(self.supply() + 1));
        self.uris.set(&token, &uri);
        self.give(token, &to);
        emit(&Transferred {
            token,
            from: context::self_address(),
            to,
        });
        Ok(token)
    }

    /// Destroys a token; its number is not used again.
    #[call]
    pub fn burn(&mut self, token: u64) -> Result<(), NftError> {
        let from = self.check_allowed(token)?;
        self.take(token, &from);
        self.owners.remove(&token);
        self.uris.remove(&token);
        self.supply.set(&(self.supply() - 1));
        emit(&Transferred {
            token,
            from,
            to: context::self_address(),
        });
        Ok(())
    }

    /// Gives a token to somebody else.
    #[call]
    pub fn transfer(&mut self, token: u64, to: Address) -> Result<(), NftError> {
        let from = self.check_allowed(token)?;
        self.take(token, &from);
        self.give(token, &to);
        emit(&Transferred { token, from, to });
        Ok(())
    }

    /// Lets somebody transfer one token, instead of whoever might so far; none: nobody.
    #[call]
    pub fn approve(&mut self, token: u64, to: Option<Address>) -> Result<(), NftError> {
        let owner = self.existing(token)?;
        let caller = context::caller();
        let is_allowed = caller == owner || self.is_operator(owner, caller);
        ensure!(is_allowed, NftError::NotAllowed { token });
        match &to {
            Some(to) => self.approved.set(&token, to),
            None => {
                self.approved.remove(&token);
            }
        }
        emit(&Approved { token, to });
        Ok(())
    }

    /// Lets somebody transfer all tokens of the caller, or not any more.
    #[call]
    pub fn set_operator(&mut self, operator: Address, allowed: bool) {
        let owner = context::caller();
        let key = (owner, operator);
        if allowed {
            self.operators.insert(&key);
        } else {
            self.operators.remove(&key);
        }
        emit(&OperatorSet {
            owner,
            operator,
            allowed,
        });
    }

    /// Offers the making of tokens to somebody, who accepts it by `accept_minter`.
    #[call]
    pub fn offer_minter(&mut self, to: Address) -> Result<(), NftError> {
        Ok(self.minter.offer(&to)?)
    }

    /// Takes over the making of tokens.
    #[call]
    pub fn accept_minter(&mut self) -> Result<(), NftError> {
        self.minter.accept()?;
        Ok(())
    }

    /// Name of the collection.
    #[query]
    pub fn name(&self) -> String {
        self.name.load()
    }

    /// Short name of the collection.
    #[query]
    pub fn symbol(&self) -> String {
        self.symbol.load()
    }

    /// Who makes tokens.
    #[query]
    pub fn minter(&self) -> Option<Address> {
        self.minter.get()
    }

    /// Tokens that exist.
    #[query]
    pub fn supply(&self) -> u64 {
        self.supply.get_or_default()
    }

    /// Who owns a token.
    #[query]
    pub fn owner_of(&self, token: u64) -> Option<Address> {
        self.owners.get(&token)
    }

    /// Where a token is described.
    #[query]
    pub fn uri(&self, token: u64) -> Option<String> {
        self.uris.get(&token)
    }

    /// Who besides the owner may transfer a token.
    #[query]
    pub fn approved(&self, token: u64) -> Option<Address> {
        self.approved.get(&token)
    }

    /// Whether somebody may transfer all tokens of an owner.
    #[query]
    pub fn is_operator(&self, owner: Address, operator: Address) -> bool {
        self.operators.contains(&(owner, operator))
    }

    /// How many tokens an owner has.
    #[query]
    pub fn balance_of(&self, owner: Address) -> u64 {
        self.counts.get_or_default(&owner)
    }

    /// Tokens of an owner, at most 100, behind the last one that was seen.
    #[query]
    pub fn tokens_of(&self, owner: Address, after: Option<u64>, limit: u32) -> Vec<u64> {
        let mut tokens = self.tokens.under(&owner, Order::Ascending);
        if let Some(after) = after {
            tokens = tokens.after(&(owner, after));
        }
        let limit = limit.min(PAGE_TOKENS_MAX) as usize;
        tokens.take(limit).map(|((_, token), ())| token).collect()
    }

    fn existing(&self, token: u64) -> Result<Address, NftError> {
        self.owner_of(token).ok_or(NftError::NoSuchToken { token })
    }

    /// The owner, for whom the caller may act.
    fn check_allowed(&self, token: u64) -> Result<Address, NftError> {
        let owner = self.existing(token)?;
        let caller = context::caller();
        let is_allowed = caller == owner
            || self.approved(token) == Some(caller)
            || self.is_operator(owner, caller);
        ensure!(is_allowed, NftError::NotAllowed { token });
        Ok(owner)
    }

    /// A token leaves its owner, and with them whoever they approved.
    fn take(&mut self, token: u64, from: &Address) {
        self.approved.remove(&token);
        self.tokens.remove(&(*from, token));
        let count = self.balance_of(*from) - 1;
        if count == 0 {
            self.counts.remove(from);
        } else {
            self.counts.set(from, &count);
        }
    }

    fn give(&mut self, token: u64, to: &Address) {
        self.owners.set(&token, to);
        self.tokens.insert(&(*to, token));
        self.counts.set(to, &(self.balance_of(*to) + 1));
    }
}

#[cfg(test)]
mod tests;

//! Exchange: native tokens against the tokens of one contract, at a price that follows demand.
//!
//! ```text
//! native * tokens = k      a swap takes out so much that k does not shrink; 0.3 % stay in
//! shares                   who brings both kinds owns a part of both
//! ```
//!
//! Invariant: a swap never makes `k` smaller, and no share ever stands for less of `k`; what the
//! contract counts as its own it owns. Whoever swaps says what they want at least, and until when.
//! Not here: pools of two token contracts, routes over several pools.

#![cfg_attr(target_arch = "wasm32", no_std)]

mod price; // how much for how much

use argosy_contract::prelude::*;

pub use price::{FEE_PARTS, PARTS};

/// Shares that the first provider leaves behind for ever, so that no share can be made so dear that
/// small providers get none.
pub const SHARES_LOCKED: Balance = 1_000;

/// What the exchange asks of the token.
#[interface]
pub trait Token {
    /// Transfers tokens of the caller.
    #[call]
    fn transfer(&mut self, to: Address, amount: Balance);

    /// Transfers tokens of `from`, who has approved the caller.
    #[call]
    fn transfer_from(&mut self, from: Address, to: Address, amount: Balance);
}

/// Native tokens against the tokens of one contract.
#[storage]
pub struct Exchange {
    token: Item<Address>,
    reserves: Item<Reserves>,
    shares: Map<Address, Balance>,
}

/// What the exchange counts as its own; what was merely sent to it is not in here.
#[derive(AbiType, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserves {
    /// Native tokens.
    pub native: Balance,
    /// Tokens of the contract.
    pub tokens: Balance,
    /// Shares of all providers, locked ones too.
    pub shares: Balance,
}

/// Somebody swapped.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Swapped {
    /// Who.
    #[topic]
    pub by: Address,
    /// Whether native tokens came in.
    pub native_in: bool,
    /// How much came in.
    pub paid: Balance,
    /// How much went out.
    pub got: Balance,
}

/// A provider brought tokens of both kinds, or took them away.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Provided {
    /// Who.
    #[topic]
    pub by: Address,
    /// Whether they were brought.
    pub added: bool,
    /// Native tokens.
    pub native: Balance,
    /// Tokens of the contract.
    pub tokens: Balance,
    /// Shares for them.
    pub shares: Balance,
}

/// Why nothing was exchanged.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// The time that the caller allowed is over.
    TooLate,
    /// Nothing was brought, or it is too little to count.
    TooLittle,
    /// It would be less than the caller wants at least.
    Slippage {
        /// What it would be.
        got: Balance,
        /// What the caller wants.
        min: Balance,
    },
    /// It takes more tokens than the caller gives at most.
    TooDear {
        /// What it takes.
        needed: Balance,
        /// What the caller gives.
        max: Balance,
    },
    /// The caller has fewer shares.
    TooFewShares {
        /// What the caller has.
        have: Balance,
    },
    /// A number became too large.
    Overflow,
    /// The token contract refused: balance or allowance are too small.
    TokenRefused {
        /// The status code.
        status: u8,
    },
}

impl From<CallError> for ExchangeError {
    fn from(error: CallError) -> ExchangeError {
        let status = error.status as u8;
        ExchangeError::TokenRefused { status }
    }
}

#[contract(uses(transfer, call))]
impl Exchange {
    /// An empty exchange for the tokens of a contract.
    #[init]
    pub fn init(&mut self, token: Address) {
        self.token.set(&token);
        self.reserves.set(&Reserves::default());
    }

    /// Brings the native tokens that are sent along, and tokens that the caller has approved, in the
    /// proportion of today; the first provider sets it. The caller's new shares.
    #[call(payable)]
    pub fn add(
        &mut self,
        tokens_max: Balance,
        shares_min: Balance,
        until: TimestampMs,
    ) -> Result<Balance, ExchangeError> {
        check_time(until)?;
        let (by, native, reserves) = (context::caller(), context::funds(), self.reserves());
        let added = if reserves.shares == 0 {
            price::first(native, tokens_max)?
        } else {
            price::provided(&reserves, native)?
        };
        let (tokens, shares) = (added.tokens, added.shares);
        ensure!(tokens > 0, ExchangeError::TooLittle);
        let (needed, max) = (tokens, tokens_max);
        ensure!(needed <= max, ExchangeError::TooDear { needed, max });
        let (got, min) = (shares, shares_min);
        ensure!(got > 0 && got >= min, ExchangeError::Slippage { got, min });
        let locked = if reserves.shares == 0 {
            SHARES_LOCKED
        } else {
            0
        };
        self.reserves.set(&Reserves {
            native: sum(reserves.native, native)?,
            tokens: sum(reserves.tokens, tokens)?,
            shares: sum(sum(reserves.shares, shares)?, locked)?,
        });
        self.set_shares(&by, sum(self.shares_of(by), shares)?);
        self.pull(&by, tokens)?;
        emit(&Provided {
            by,
            added: true,
            native,
            tokens,
            shares,
        });
        Ok(shares)
    }

    /// Takes away what shares of the caller stand for: native tokens and tokens. Where one kind is scarce, few
    /// shares may stand for none of it; `native_min` and `tokens_min` refuse that.
    #[call]
    pub fn remove(
        &mut self,
        shares: Balance,
        native_min: Balance,
        tokens_min: Balance,
        until: TimestampMs,
    ) -> Result<(Balance, Balance), ExchangeError> {
        check_time(until)?;
        let (by, reserves) = (context::caller(), self.reserves());
        let have = self.shares_of(by);
        let left = have.checked_sub(shares);
        let left = left.ok_or(ExchangeError::TooFewShares { have })?;
        let (native, tokens) = price::removed(&reserves, shares)?;
        for (got, min) in [(native, native_min), (tokens, tokens_min)] {
            ensure!(got >= min, ExchangeError::Slippage { got, min });
        }
        ensure!(native > 0 || tokens > 0, ExchangeError::TooLittle);
        self.reserves.set(&Reserves {
            native: reserves.native - native,
            tokens: reserves.tokens - tokens,
            shares: reserves.shares - shares,
        });
        self.set_shares(&by, left);
        // A token may refuse to transfer nothing.
        if tokens > 0 {
            self.push(&by, tokens)?;
        }
        if native > 0 {
            transfer(&by, native)?;
        }
        emit(&Provided {
            by,
            added: false,
            native,
            tokens,
            shares,
        });
        Ok((native, tokens))
    }

    /// Swaps the native tokens that are sent along for tokens; how many.
    #[call(payable)]
    pub fn swap_native(
        &mut self,
        tokens_min: Balance,
        until: TimestampMs,
    ) -> Result<Balance, ExchangeError> {
        check_time(until)?;
        let (by, paid, mut reserves) = (context::caller(), context::funds(), self.reserves());
        let got = price::swapped(paid, reserves.native, reserves.tokens)?;
        check_got(got, tokens_min)?;
        reserves.native = sum(reserves.native, paid)?;
        reserves.tokens -= got;
        self.reserves.set(&reserves);
        self.push(&by, got)?;
        emit(&Swapped {
            by,
            native_in: true,
            paid,
            got,
        });
        Ok(got)
    }

    /// Swaps tokens that the caller has approved for native tokens; how many.
    #[call]
    pub fn swap_tokens(
        &mut self,
        paid: Balance,
        native_min: Balance,
        until: TimestampMs,
    ) -> Result<Balance, ExchangeError> {
        check_time(until)?;
        let (by, mut reserves) = (context::caller(), self.reserves());
        let got = price::swapped(paid, reserves.tokens, reserves.native)?;
        check_got(got, native_min)?;
        reserves.tokens = sum(reserves.tokens, paid)?;
        reserves.native -= got;
        self.reserves.set(&reserves);
        self.pull(&by, paid)?;
        transfer(&by, got)?;
        emit(&Swapped {
            by,
            native_in: false,
            paid,
            got,
        });
        Ok(got)
    }

    /// What the exchange has.
    #[query]
    pub fn reserves(&self) -> Reserves {
        self.reserves.load()
    }

    /// Whose tokens are exchanged.
    #[query]
    pub fn token(&self) -> Address {
        self.token.load()
    }

    /// Shares of a provider.
    #[query]
    pub fn shares_of(&self, provider: Address) -> Balance {
        self.shares.get_or_default(&provider)
    }

    /// How many tokens so many native tokens would buy now.
    #[query]
    pub fn quote_native(&self, paid: Balance) -> Result<Balance, ExchangeError> {
        let reserves = self.reserves();
        price::swapped(paid, reserves.native, reserves.tokens)
    }

    /// How many native tokens so many tokens would buy now.
    #[query]
    pub fn quote_tokens(&self, paid: Balance) -> Result<Balance, ExchangeError> {
        let reserves = self.reserves();
        price::swapped(paid, reserves.tokens, reserves.native)
    }

    fn set_shares(&mut self, provider: &Address, shares: Balance) {
        if shares == 0 {
            self.shares.remove(provider);
        } else {
            self.shares.set(provider, &shares);
        }
    }

    /// Takes tokens that somebody has approved. The token cannot call back in the meantime.
    fn pull(&self, from: &Address, amount: Balance) -> Result<(), ExchangeError> {
        let (token, here) = (Token::at(self.token()), context::self_address());
        let pulled = token.transfer_from(from, &here, &amount).invoke();
        Ok(pulled.map_err(CallError::from)?)
    }

    fn push(&self, to: &Address, amount: Balance) -> Result<(), ExchangeError> {
        let pushed = Token::at(self.token()).transfer(to, &amount).invoke();
        Ok(pushed.map_err(CallError::from)?)
    }
}

fn check_time(until: TimestampMs) -> Result<(), ExchangeError> {
    ensure!(context::block_time() <= until, ExchangeError::TooLate);
    Ok(())
}

fn check_got(got: Balance, min: Balance) -> Result<(), ExchangeError> {
    ensure!(got > 0, ExchangeError::TooLittle);
    ensure!(got >= min, ExchangeError::Slippage { got, min });
    Ok(())
}

fn sum(a: Balance, b: Balance) -> Result<Balance, ExchangeError> {
    a.checked_add(b).ok_or(ExchangeError::Overflow)
}

#[cfg(test)]
mod tests;

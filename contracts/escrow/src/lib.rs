//! Escrow: keeps a payment until buyer, seller or an arbiter decides where it goes.
//!
//! ```text
//!            release: buyer, arbiter ──► paid to the seller
//! held ──────┤
//!            refund: seller, arbiter; buyer after the deadline ──► back to the buyer
//! ```
//!
//! Invariant: the whole payment goes to one of the two, once.
//! Not here: splitting it, fees of an arbiter.

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::prelude::*;

/// A payment that is kept until it is decided where it goes.
#[storage]
pub struct Escrow {
    deal: Item<Deal>,
    state: Item<State>,
}

/// What was agreed.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Deal {
    /// Who paid.
    pub buyer: Address,
    /// Who is to be paid.
    pub seller: Address,
    /// Who decides if they do not agree.
    pub arbiter: Address,
    /// How much.
    pub amount: Balance,
    /// From then on the buyer may take the payment back. Milliseconds since 1970.
    pub deadline: TimestampMs,
}

/// Where the payment is.
#[derive(AbiType, Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Here.
    Held,
    /// At the seller's.
    Released,
    /// Back at the buyer's.
    Refunded,
}

/// It was decided where the payment goes.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Settled {
    /// Who decided.
    #[topic]
    pub by: Address,
    /// Who was paid.
    #[topic]
    pub to: Address,
    /// How much.
    pub amount: Balance,
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum EscrowError {
    /// Nothing was paid in.
    NothingPaid,
    /// Buyer, seller and arbiter must be three.
    SamePerson,
    /// The deadline is over already.
    DeadlineOver {
        /// The deadline.
        deadline: TimestampMs,
        /// The time of the block.
        now: TimestampMs,
    },
    /// The caller may not decide this, or not yet.
    NotAllowed,
    /// The payment is no longer here.
    NotHeld {
        /// Where it is.
        state: State,
    },
}

#[contract(uses(transfer))]
impl Escrow {
    /// Takes the payment of the caller, the buyer.
    #[init(payable)]
    pub fn init(
        &mut self,
        seller: Address,
        arbiter: Address,
        deadline: TimestampMs,
    ) -> Result<(), EscrowError> {
        let (buyer, amount) = (context::caller(), context::funds());
        let now = context::block_time();
        ensure!(amount > 0, EscrowError::NothingPaid);
        let are_three = buyer != seller && seller != arbiter && arbiter != buyer;
        ensure!(are_three, EscrowError::SamePerson);
        ensure!(deadline > now, EscrowError::DeadlineOver { deadline, now });
        self.deal.set(&Deal {
            buyer,
            seller,
            arbiter,
            amount,
            deadline,
        });
        self.state.set(&State::Held);
        Ok(())
    }

    /// Pays the seller: the buyer has what was bought, or the arbiter says so.
    #[call]
    pub fn release(&mut self) -> Result<(), EscrowError> {
        let deal = self.held()?;
        let caller = context::caller();
        let is_allowed = caller == deal.buyer || caller == deal.arbiter;
        ensure!(is_allowed, EscrowError::NotAllowed);
        self.settle(State::Released, deal.seller, deal.amount);
        Ok(())
    }

    /// Pays the buyer back: the seller or the arbiter says so, or the deadline is over.
    #[call]
    pub fn refund(&mut self) -> Result<(), EscrowError> {
        let deal = self.held()?;
        let caller = context::caller();
        let is_late = context::block_time() >= deal.deadline;
        let is_allowed =
            caller == deal.seller || caller == deal.arbiter || (caller == deal.buyer && is_late);
        ensure!(is_allowed, EscrowError::NotAllowed);
        self.settle(State::Refunded, deal.buyer, deal.amount);
        Ok(())
    }

    /// What was agreed.
    #[query]
    pub fn deal(&self) -> Deal {
        self.deal.load()
    }

    /// Where the payment is.
    #[query]
    pub fn state(&self) -> State {
        self.state.load()
    }

    fn held(&self) -> Result<Deal, EscrowError> {
        match self.state() {
            State::Held => Ok(self.deal()),
            state => Err(EscrowError::NotHeld { state }),
        }
    }

    /// The state first: whatever a transfer might lead to finds the deal done.
    fn settle(&mut self, state: State, to: Address, amount: Balance) {
        self.state.set(&state);
        transfer(&to, amount).or_revert();
        let by = context::caller();
        emit(&Settled { by, to, amount });
    }
}

#[cfg(test)]
mod tests;

//! The supply: all that there is of the chain's token.
//!
//! A sum that is kept, so that nobody has to add up every account to know it. Genesis sets it, and each block that
//! burns or mints changes it at its end.
//! Not here: what burns and what mints (`argosy-executor`).

use argosy_primitives::Balance;
use argosy_proof::Supply;

use crate::{State, StateError, key};

impl State {
    /// The supply. Every state has one from its genesis on.
    pub fn supply(&self) -> Result<Balance, StateError> {
        let what = "it does not tell the supply of the token, as states of this version do";
        let supply = self.record(&key::supply(), Supply::from_value)?;
        Ok(supply.ok_or(StateError::Inconsistent { what })?.0)
    }

    /// Sets the supply.
    pub fn set_supply(&mut self, supply: Balance) {
        self.set(key::supply(), Some(Supply(supply).to_value().into()));
    }
}

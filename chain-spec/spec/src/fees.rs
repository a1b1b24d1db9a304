//! Fees: what a transaction pays in gas before anything runs, and what it locks in tokens.
//!
//! Not here: prices of execution (`prices`) and the arithmetic of charging (`executor`).

use argosy_primitives::{ActionKind, Balance, Gas};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::SpecError;

/// Gas and deposits that do not depend on what a contract does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Fees {
    /// Lowest base price the chain can fall to, in smallest units per gas.
    pub base_price_min: u64,
    /// The base price moves by at most one part in this many from block to block.
    pub base_price_change_denominator: u64,
    /// Gas of every transaction: its signature, nonce and fee.
    pub tx_gas: Gas,
    /// Gas per byte of the encoded signed transaction, and of the data that its calls return.
    pub tx_byte_gas: Gas,
    /// Gas of each action before it runs.
    pub action_gas: ActionGas,
    /// Deposit for creating an account.
    pub account_deposit: Balance,
    /// Deposit per byte of a contract's storage, keys included.
    pub storage_deposit_per_byte: Balance,
    /// Deposit per entry of a contract's storage.
    pub storage_deposit_per_item: Balance,
    /// Deposit per byte of uploaded code.
    pub code_deposit_per_byte: Balance,
}

bounded! {
    /// Gas of each kind of action before it runs.
    pub struct ActionGas {
        /// Moving tokens.
        transfer: u64 = 1..=1_000_000_000,
        /// Uploading code, besides the upload prices.
        store_code: u64 = 1..=1_000_000_000,
        /// Removing unused code.
        remove_code: u64 = 1..=1_000_000_000,
        /// Creating a contract, besides running its `init`.
        instantiate: u64 = 1..=1_000_000_000,
        /// Calling a contract, besides running it.
        call: u64 = 1..=1_000_000_000,
        /// Replacing a contract's code, besides running its `upgrade`.
        upgrade: u64 = 1..=1_000_000_000,
        /// Handing over or giving up the administration of a contract.
        set_admin: u64 = 1..=1_000_000_000,
        /// Bonding stake.
        bond: u64 = 1..=1_000_000_000,
        /// Unbonding stake.
        unbond: u64 = 1..=1_000_000_000,
        /// Leaving jail.
        unjail: u64 = 1..=1_000_000_000,
        /// A vote on version and parameters.
        govern: u64 = 1..=1_000_000_000,
    }
}

impl ActionGas {
    /// The gas of one kind of action.
    pub fn of(&self, kind: ActionKind) -> Gas {
        match kind {
            ActionKind::Transfer => self.transfer,
            ActionKind::StoreCode => self.store_code,
            ActionKind::RemoveCode => self.remove_code,
            ActionKind::Instantiate => self.instantiate,
            ActionKind::Call => self.call,
            ActionKind::Upgrade => self.upgrade,
            ActionKind::SetAdmin => self.set_admin,
            ActionKind::Bond => self.bond,
            ActionKind::Unbond => self.unbond,
            ActionKind::Unjail => self.unjail,
            ActionKind::Govern => self.govern,
        }
    }
}

impl Fees {
    /// Refuses the first value outside its range.
    pub(crate) fn check_ranges(&self) -> Result<(), SpecError> {
        use crate::bounded::Ranged;
        self.base_price_min
            .check_range("fees.base_price_min", 1..=1_000_000_000_000)?;
        self.base_price_change_denominator
            .check_range("fees.base_price_change_denominator", 2..=1_024)?;
        self.tx_gas.check_range("fees.tx_gas", 1..=1_000_000_000)?;
        self.tx_byte_gas
            .check_range("fees.tx_byte_gas", 1..=1_000_000)?;
        self.action_gas.check_ranges("fees.action_gas")
    }
}

//! Contracts: create, call, upgrade, hand over.

use argosy_primitives::{AbiHash, Address, Balance, CodeHash, StatusCode};
use argosy_state::ContractRecord;
use argosy_vm_host::{CallOutcome, Place};

use crate::actions::Outcome;
use crate::error::Fault;
use crate::frame::Call;
use crate::lifecycle::{Creation, Upgrade};
use crate::scope::{Step, TxScope};

/// The fields of an `Instantiate` action.
pub(super) struct New<'b> {
    pub(super) code: &'b CodeHash,
    pub(super) salt: &'b [u8; 32],
    pub(super) admin: &'b Option<Address>,
    pub(super) funds: &'b Balance,
    pub(super) message: &'b [u8],
}

/// Creates a contract; its data is the new address and what `init` returned.
pub(super) fn instantiate(scope: &mut TxScope<'_>, new: New<'_>) -> Step<Outcome> {
    let created = scope.instantiate(Creation {
        creator: scope.signer,
        code: *new.code,
        place: Place::Salted(*new.salt),
        admin: *new.admin,
        funds: *new.funds,
        input: new.message,
        gas: scope.gas_left,
    })?;
    let mut outcome = spend(scope, created.outcome)?;
    if let Some(address) = created.address {
        outcome.data.splice(0..0, *address.as_bytes());
    }
    Ok(outcome)
}

/// The contract's code has the ABI that the signer was shown, if the call says which.
pub(super) fn check_abi(
    scope: &TxScope<'_>,
    contract: &Address,
    abi_hash: Option<&AbiHash>,
) -> Step<()> {
    let Some(expected) = abi_hash else {
        return Ok(());
    };
    let record = record(scope, contract)?;
    let code = scope.state.code(&record.code)?;
    let code = code.ok_or(Fault::Invariant("a contract runs code that is not stored"))?;
    if code.abi_hash.as_ref() != Some(expected) {
        return Err(StatusCode::AbiMismatch.into());
    }
    Ok(())
}

/// Runs a contract's `call`.
pub(super) fn call(
    scope: &mut TxScope<'_>,
    contract: &Address,
    funds: Balance,
    message: &[u8],
) -> Step<Outcome> {
    let outcome = scope.call(Call {
        caller: scope.signer,
        to: *contract,
        funds,
        input: message,
        gas: scope.gas_left,
        read_only: false,
    })?;
    spend(scope, outcome)
}

/// The signer is the contract's admin.
pub(super) fn check_admin(scope: &TxScope<'_>, contract: &Address) -> Step<()> {
    if record(scope, contract)?.admin != Some(scope.signer) {
        return Err(StatusCode::Unauthorized.into());
    }
    Ok(())
}

/// Gives a contract other code and runs that code's `upgrade`.
pub(super) fn upgrade(
    scope: &mut TxScope<'_>,
    contract: &Address,
    code: &CodeHash,
    message: &[u8],
) -> Step<Outcome> {
    let outcome = scope.upgrade(Upgrade {
        caller: scope.signer,
        contract: *contract,
        code: *code,
        input: message,
        gas: scope.gas_left,
    })?;
    spend(scope, outcome)
}

/// Hands a contract over, or freezes it.
pub(super) fn set_admin(
    scope: &mut TxScope<'_>,
    contract: &Address,
    admin: Option<Address>,
) -> Step<Outcome> {
    scope.set_admin(contract, admin)?;
    Ok(Outcome::success(Vec::new()))
}

fn record(scope: &TxScope<'_>, contract: &Address) -> Step<ContractRecord> {
    Ok(scope
        .state
        .contract(contract)?
        .ok_or(StatusCode::ContractNotFound)?)
}

/// Takes what a frame used from the transaction's gas, and pays for its data: a receipt is kept as
/// long as a transaction, so its bytes cost the same.
fn spend(scope: &mut TxScope<'_>, outcome: CallOutcome) -> Step<Outcome> {
    scope.charge(outcome.gas_used)?;
    let bytes = outcome.data.len() as u64;
    scope.charge(scope.env.spec.fees.tx_byte_gas.saturating_mul(bytes))?;
    Ok(Outcome {
        status: outcome.status,
        data: outcome.data,
    })
}

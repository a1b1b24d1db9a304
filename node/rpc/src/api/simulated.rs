//! From what a trial did to its answer: a receipt, or the error that says why it failed.

use argosy_primitives::{Gas, Hrp, StatusCode};
use argosy_rpc_api::{AddressText, Decimal, ReceiptView, RpcError, SimulationAnswer};

use crate::failure::Failure;
use crate::{Found, Simulated};

/// The answer to a trial that had this gas limit; `contract` is who was called, if it was but one call.
pub(super) fn answer(
    found: Found<Simulated>,
    gas_limit: Gas,
    contract: Option<AddressText>,
    hrp: Hrp,
) -> Result<SimulationAnswer, RpcError> {
    let Found { at, value } = found;
    let receipt = value.receipt;
    if receipt.status != StatusCode::Success {
        return Err(RpcError::from(Failure {
            status: receipt.status,
            data: receipt.data,
            gas_used: receipt.gas_used,
            gas_limit,
            contract,
            action: Some(receipt.action),
            cause: value.cause,
        }));
    }
    Ok(SimulationAnswer {
        at,
        receipt: ReceiptView::new(&receipt, hrp),
        gas_limit: Decimal(value.gas_limit),
        deposit_max: Decimal(value.deposit_max),
    })
}

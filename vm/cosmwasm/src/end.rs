//! What an entry left: a result to read, events to announce, messages to send.

use argosy_primitives::StatusCode;
use argosy_vm_abi::Entry;
use argosy_vm_host::{Stop, TrapKind};
use cosmwasm_std::{Binary, ContractResult, Response};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::desk::Desk;
use crate::document;

/// A result as the contract writes it, in bytes.
const RESULT_BYTES_MAX: u32 = 256 * 1024;

/// Reads the result and does what it says; the data that the frame returns.
pub(crate) fn end(
    desk: &mut Desk<'_>,
    entry: Entry,
    returned: Option<i64>,
) -> Result<Vec<u8>, Stop> {
    let ptr = returned.ok_or(Stop::Trapped(TrapKind::BadExport))?;
    let result = desk.read(ptr, RESULT_BYTES_MAX)?;
    desk.pay(desk.terms.prices.json, result.len() as u64)?;
    if entry == Entry::Query {
        let answer: Binary = parse(desk, &result)?;
        return Ok(answer.into());
    }
    let response: Response<IgnoredAny> = parse(desk, &result)?;
    let contract = desk.contract_text();
    desk.announce_entry(entry, &contract)?;
    desk.announce_response(&contract, response.attributes, response.events)?;
    let mut data = response.data.unwrap_or_default().into();
    for message in response.messages {
        if let Some(replied) = desk.dispatch(message)? {
            data = replied;
        }
    }
    Ok(data)
}

/// The good half of a result; the other one reverts the frame with the contract's own text.
fn parse<T: DeserializeOwned>(desk: &Desk<'_>, result: &[u8]) -> Result<T, Stop> {
    let text = match document::read::<ContractResult<T>>(result) {
        Some(ContractResult::Ok(value)) => return Ok(value),
        Some(ContractResult::Err(text)) => text,
        None => "the contract's result is not one of this interface".into(),
    };
    if text.len() > desk.terms.limits.data_bytes_max as usize {
        return Err(Stop::Refused(StatusCode::LimitExceeded));
    }
    Err(Stop::Reverted(text.into_bytes()))
}

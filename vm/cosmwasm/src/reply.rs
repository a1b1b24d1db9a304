//! How a message ended, told to the contract that sent it.

use argosy_primitives::{Gas, StatusCode};
use argosy_vm_host::{ReplyRequest, Stop, forwardable};
use cosmwasm_std::{Binary, Event, MsgResponse, Reply, SubMsgResponse, SubMsgResult};

use crate::ask;
use crate::begin::json;
use crate::desk::Desk;
use crate::event::shown;
use crate::message::{Answer, Done, Failed, failure_text};

/// A message that ended.
pub(crate) struct Told {
    /// By which the sender knows it.
    pub(crate) id: u64,
    /// What the sender gave along for itself.
    pub(crate) payload: Binary,
    /// In gas of a Cosmos chain.
    pub(crate) gas_used: Gas,
    /// How it ended.
    pub(crate) done: Result<Done, Failed>,
    /// How many events there were before it; `None` if the sender is shown none.
    pub(crate) events_before: Option<u32>,
}

/// Runs the sender's `reply`; its data, if it has some.
pub(crate) fn reply_to(desk: &mut Desk<'_>, told: Told) -> Result<Option<Vec<u8>>, Stop> {
    let result = match told.done {
        Ok(done) => {
            let events = match told.events_before {
                Some(first) => events_from(desk, first)?,
                None => Vec::new(),
            };
            SubMsgResult::Ok(response(done, events))
        }
        Err(failed) => SubMsgResult::Err(failed.text),
    };
    let reply = Reply {
        id: told.id,
        payload: told.payload,
        gas_used: told.gas_used,
        result,
    };
    let input = json(&reply)?;
    let price = desk.terms.prices.call;
    desk.pay(desk.terms.prices.json, input.len() as u64)?;
    desk.pay(price, input.len() as u64)?;
    let gas = forwardable(desk.guest.gas_left());
    let request = ReplyRequest { gas, input: &input };
    let outcome = desk.host.reply(&request)?;
    desk.settle(&outcome, gas, price, input.len())?;
    match outcome.status {
        StatusCode::Success if outcome.data.is_empty() => Ok(None),
        StatusCode::Success => Ok(Some(outcome.data)),
        StatusCode::OutOfGas => Err(Stop::OutOfGas),
        _ => Err(Stop::Reverted(failure_text(&outcome).into_bytes())),
    }
}

/// The events behind the first so many, paid before they are read.
fn events_from(desk: &mut Desk<'_>, first: u32) -> Result<Vec<Event>, Stop> {
    let bytes = ask::event_bytes(desk.host, first)?;
    desk.pay(desk.terms.prices.json, bytes)?;
    let seen = ask::events_from(desk.host, first)?;
    Ok(shown(seen, desk))
}

/// The message's answer in both forms: contracts built with 1 read the first, later ones the second.
#[expect(deprecated, reason = "contracts built with CosmWasm 1 read `data`")]
fn response(done: Done, events: Vec<Event>) -> SubMsgResponse {
    let answer = done.answer.map(|Answer { type_url, value }| MsgResponse {
        type_url: type_url.to_owned(),
        value: value.into(),
    });
    let data = answer.as_ref().map(|it| it.value.clone());
    SubMsgResponse {
        events,
        data: data.filter(|it| !it.is_empty()),
        msg_responses: answer.into_iter().collect(),
    }
}

//! `argosy contract query`: in text, the bare answer.

use argosy_primitives::Address;
use argosy_rpc_api::BlockSelector;
use argosy_sdk::MessageKind;
use serde_json::{Value, json};

use super::message::{self, Spoken};
use crate::args::MessageArgs;
use crate::commands::failure;
use crate::commands::send::Target;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::{Report, printable};

/// Asks and tells.
pub(super) async fn run(
    address: Address,
    caller: Option<Address>,
    at: BlockSelector,
    args: &MessageArgs,
    session: &Session,
) -> Result<Report, Failure> {
    let contract = super::open(session, address).await?;
    let contract = contract.map(|it| it.with_names(session.address_book()));
    let codec = contract.as_ref().map(|it| it.codec());
    let message = match message::read(codec.as_ref(), MessageKind::Query, args)? {
        Spoken::Message(message) => message,
        Spoken::Help(report) => return Ok(report),
    };
    let method = message.method.as_deref();
    let answer = session
        .client
        .query(address, message.bytes, caller, at)
        .await;
    let target = Target {
        contract: session.client.text(address),
        codec,
        kind: MessageKind::Query,
        method,
    };
    let answer = answer.map_err(|error| target.failure(error, session.client.token()))?;
    let doubt = message.answer.and_then(|it| it.doubt(&answer.data.0));
    if let Some(doubt) = doubt {
        session.output.warning(doubt);
    }
    let report = Report::new(json!({
        "contract": session.client.text(address),
        "method": method,
        "at": answer.at,
        "gasUsed": answer.gas_used,
        "data": answer.data,
    }));
    match (codec, method) {
        (Some(codec), Some(method)) => {
            let value = codec.decode_return(MessageKind::Query, method, &answer.data.0);
            let value = value.map_err(|error| failure(error.into()))?;
            Ok(report
                .line(value.to_string())
                .with("result", value.to_json()))
        }
        _ => match serde_json::from_slice::<Value>(&answer.data.0) {
            Ok(document) => Ok(report
                .line(printable(&document.to_string()))
                .with("result", document)),
            Err(_) => Ok(report.line(answer.data.to_string())),
        },
    }
}

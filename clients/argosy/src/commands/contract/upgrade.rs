//! `argosy contract upgrade`: other code for a contract and its migration, in one transaction.

use std::path::Path;

use argosy_primitives::{Action, Address};
use argosy_sdk::{Codec, MessageKind};
use serde_json::json;

use super::deploy::{read_module, upload};
use super::message::{self, Spoken};
use crate::args::{MessageArgs, SenderArgs};
use crate::commands::send::{Outcome, Target};
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// Upgrades and tells.
pub(super) async fn run(
    contract: Address,
    file: &Path,
    args: &SenderArgs,
    said: &MessageArgs,
    session: &Session,
) -> Result<Report, Failure> {
    let module = read_module(file, session)?;
    let names = session.address_book();
    let codec = module
        .abi
        .as_ref()
        .map(|abi| Codec::new(abi, session.client.hrp()).with_names(&names));
    let message = match message::read(codec.as_ref(), MessageKind::Upgrade, said)? {
        Spoken::Message(message) => message,
        Spoken::Help(report) => return Ok(report),
    };
    let sender = session.sender(args)?;
    let upload = upload(&module, session).await?;
    let stores = upload.is_some();
    let upgrade = Action::Upgrade {
        contract,
        code: module.code,
        message: message.bytes,
    };
    let actions = upload.into_iter().chain([upgrade]).collect();
    let target = Some(Target {
        contract: session.client.text(contract),
        codec,
        kind: MessageKind::Upgrade,
        method: message.method.as_deref(),
    });
    let mut book = session.abi_book();
    if let Some(abi) = &module.abi {
        book.insert(contract, abi.clone());
    }
    let options = session.tx_options(args)?;
    let outcome = session.send(&sender, args, actions, &options, target, &mut book);
    let sent = match outcome.await? {
        Outcome::Sent(sent) => sent,
        Outcome::Kept(report) => return Ok(report),
    };
    let address = session.client.text(contract);
    let document = json!({
        "contract": address,
        "code": module.code.to_string(),
        "stored": stores,
    });
    let report = Report::new(document)
        .row("contract", address)
        .row("code", module.code);
    session.finish(report, &sent, target, &mut book).await
}

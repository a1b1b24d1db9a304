//! `argosy contract upgrade`: other code for a contract and its migration, in one transaction.

use std::path::Path;

use argosy_primitives::{Action, Address};
use argosy_sdk::{Abi, Codec, MessageKind};
use serde_json::json;

use super::deploy::{read_module, upload};
use super::message::{self, Spoken};
use crate::args::{MessageArgs, SenderArgs};
use crate::commands::layout::LayoutChange;
use crate::commands::send::{Outcome, Target};
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// What is wanted.
pub(super) struct Wanted<'a> {
    pub(super) contract: Address,
    /// The new module.
    pub(super) file: &'a Path,
    /// State that is read otherwise is taken over by the migration.
    pub(super) migrates_state: bool,
    pub(super) sender: &'a SenderArgs,
    pub(super) message: &'a MessageArgs,
}

/// Upgrades and tells.
pub(super) async fn run(wanted: Wanted<'_>, session: &Session) -> Result<Report, Failure> {
    let Wanted {
        contract,
        file,
        migrates_state,
        sender: args,
        message: said,
    } = wanted;
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
    let layout = layout_of(contract, module.abi.as_ref(), session).await?;
    if layout.needs_migration && !migrates_state {
        return Err(other_layout(&layout));
    }
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
        "layout": layout.lines,
    });
    let report = Report::new(document)
        .row("contract", address)
        .row("code", module.code);
    let report = layout
        .lines
        .iter()
        .fold(report, |report, it| report.line(it));
    session.finish(report, &sent, target, &mut book).await
}

/// What is different about the state, as far as both codes tell. Of code that tells nothing it is not known
/// that it reads a single field as it was written.
async fn layout_of(
    contract: Address,
    after: Option<&Abi>,
    session: &Session,
) -> Result<LayoutChange, Failure> {
    let before = super::open(session, contract).await?;
    Ok(match (&before, after) {
        (Some(before), Some(after)) => LayoutChange::between(before.abi(), after),
        (Some(before), None) => LayoutChange::between(before.abi(), &Abi::default()),
        (None, _) => LayoutChange::default(),
    })
}

fn other_layout(layout: &LayoutChange) -> Failure {
    let failure = Failure::failed("the new code reads state otherwise that the contract has");
    let failure = failure.data("layout", &layout.lines);
    let told = |failure: Failure, line: &String| failure.row("state", line);
    layout.lines.iter().fold(failure, told).hint(
        "keep the old fields (#[key = \"old name\"] keeps the place of a renamed one), or, if the migration that you call takes the state over, say --migrates-state",
    )
}

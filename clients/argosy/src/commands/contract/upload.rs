//! `argosy contract upload`: code alone, for what leaves no gas for a creation in the same transaction.

use std::path::Path;

use serde_json::json;

use super::deploy::{self, read_module};
use crate::args::SenderArgs;
use crate::commands::send::Outcome;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// Uploads, unless the chain has the code, and tells.
pub(super) async fn run(
    file: &Path,
    args: &SenderArgs,
    session: &Session,
) -> Result<Report, Failure> {
    let module = read_module(file, session)?;
    let (code, bytes) = (module.code, module.wasm.len());
    let report = |stored: bool| {
        let note = match stored {
            true => "uploaded",
            false => "was on the chain already",
        };
        Report::new(json!({"code": code.to_string(), "stored": stored}))
            .row("code", format!("{code} ({bytes} bytes, {note})"))
    };
    let Some(store) = deploy::upload(&module, session).await? else {
        return Ok(report(false));
    };
    let sender = session.sender(args)?;
    let options = session.tx_options(args)?;
    let mut book = session.abi_book();
    let outcome = session.send(&sender, args, vec![store], &options, None, &mut book);
    match outcome.await? {
        Outcome::Sent(sent) => session.finish(report(true), &sent, None, &mut book).await,
        Outcome::Kept(kept) => Ok(kept),
    }
}

//! `argosy contract code`: the module that a contract runs, as a file.
//!
//! Always: what is written has the hash that the contract's record says.

use std::path::Path;

use anyhow::Context;
use argosy_primitives::{Address, CodeHash};
use argosy_rpc_api::BlockSelector;
use serde_json::json;

use crate::commands::failure;
use crate::commands::session::Session;
use crate::download::{Codes, Fetched, NoModule};
use crate::failure::Failure;
use crate::output::Report;

/// Asks, writes, tells.
pub(super) async fn run(
    address: Address,
    at: BlockSelector,
    out: &Path,
    session: &Session,
) -> Result<Report, Failure> {
    let contract = session.client.contract(address, at).await;
    let contract = contract.map_err(failure)?;
    let code = contract.code.hash.0;
    let module = fetch(session.client.url(), &code).await?;
    if CodeHash::of(&module) != code {
        let message = format!("the node answered with other bytes than those of code {code}");
        return Err(Failure::failed(message));
    }
    std::fs::write(out, &module).with_context(|| format!("cannot write {}", out.display()))?;
    let document = json!({
        "contract": contract.contract,
        "code": code.to_string(),
        "at": contract.at,
        "file": out.display().to_string(),
        "sizeBytes": module.len(),
    });
    Ok(Report::new(document)
        .row("code", code)
        .row("file", out.display())
        .row("size", format!("{} bytes", module.len())))
}

async fn fetch(url: &str, code: &CodeHash) -> Result<Vec<u8>, Failure> {
    let fetched = Codes::of(url).map_err(Failure::failed)?.fetch(code).await;
    let unread = |error: NoModule| Failure::new(error.exit, "CODE_UNREAD", &error);
    match fetched.map_err(unread)? {
        Fetched::Module(bytes) => Ok(bytes),
        Fetched::Later(_) => Err(unread(NoModule::too_much(code))),
    }
}

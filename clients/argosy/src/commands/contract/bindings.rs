//! `argosy contract bindings`: a contract as Rust.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use argosy_bindings::{Source, interface_text, text};
use argosy_primitives::{AbiHash, Address};
use argosy_rpc_api::{BlockSelector, RpcError};
use argosy_sdk::SdkError;
use serde_json::json;

use crate::commands::failure;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// No module that a chain takes, and no ABI, is larger.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a file says of its contract.
pub(super) fn of_file(file: &Path) -> Result<Source, Failure> {
    let shown = file.display();
    let unread = |error: std::io::Error| {
        let failure = Failure::failed(format!("cannot read {shown}: {error}"));
        failure.hint("name the .wasm file that `argosy build` tells, or a contract by its address")
    };
    let mut bytes = Vec::new();
    let source = File::open(file).map_err(unread)?;
    let read = source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(unread)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::failed(format!(
            "{shown} has more than {FILE_BYTES_MAX} bytes, which no module has"
        )));
    }
    Source::parse(&bytes).map_err(|error| Failure::failed(format!("{shown}: {error}")))
}

/// What a contract on the chain says of itself.
pub(super) async fn of_chain(address: Address, session: &Session) -> Result<Source, Failure> {
    let answer = match session.client.abi(address, BlockSelector::Latest).await {
        Ok(answer) => answer,
        Err(SdkError::Rpc { error }) if matches!(*error, RpcError::NotFound { .. }) => {
            return Err(Failure::failed(
                "there is no such contract, or it carries no ABI",
            ));
        }
        Err(error) => return Err(failure(error)),
    };
    if AbiHash::of(&answer.section) != answer.abi_hash.0 {
        return Err(Failure::failed("the node's ABI does not have its hash"));
    }
    Source::of_section(answer.section.0).map_err(Failure::failed)
}

/// Prints the module for programs, or the interface for contracts; or writes it to a file.
pub(super) fn write(
    source: &Source,
    name: Option<&str>,
    out: Option<&Path>,
    interface: bool,
) -> Result<Report, Failure> {
    let contract = source.abi.contract.as_ref().map(|it| it.name.as_str());
    let name = name.or(contract).unwrap_or("contract");
    let make = if interface { interface_text } else { text };
    let code = make(source, name).map_err(Failure::failed)?;
    let Some(out) = out else {
        return Ok(Report::new(json!({ "code": code })).line(code.trim_end()));
    };
    std::fs::write(out, &code).with_context(|| format!("cannot write {}", out.display()))?;
    let file = out.display().to_string();
    Ok(Report::new(json!({ "file": file })).row("file", file))
}

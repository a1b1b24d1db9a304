//! `argosy contract code`: the module that a contract runs, as a file.
//!
//! Always: what is written has the hash that the contract's record says; a file that is there already stays as it
//! is unless whoever asks says otherwise.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;
use argosy_fork::{Codes, Fetched, NoModule};
use argosy_primitives::{Address, CodeHash};
use argosy_rpc_api::BlockSelector;
use serde_json::json;

use crate::commands::failure;
use crate::commands::project::source;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// Asks, writes, tells.
pub(super) async fn run(
    address: Address,
    at: BlockSelector,
    (out, force): (&Path, bool),
    session: &Session,
) -> Result<Report, Failure> {
    // Before anything is asked of the node.
    if !force && out.symlink_metadata().is_ok() {
        return Err(is_there(out));
    }
    let contract = session.client.contract(address, at).await;
    let contract = contract.map_err(failure)?;
    let code = contract.code.hash.0;
    let module = fetch(session.client.url(), &code).await?;
    write(out, &module, force)?;
    let document = json!({
        "contract": contract.contract,
        "code": code.to_string(),
        "at": contract.at,
        "file": out.display().to_string(),
        "sizeBytes": module.len(),
        "source": source::document(&module),
    });
    let report = Report::new(document)
        .row("code", code)
        .row("file", out.display())
        .row("size", format!("{} bytes", module.len()));
    Ok(source::claims(report, &module))
}

/// Writes a file; one that came to be in the meantime is not replaced either.
fn write(out: &Path, module: &[u8], force: bool) -> Result<(), Failure> {
    let opened = match force {
        true => File::create(out),
        false => File::create_new(out),
    };
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(is_there(out));
        }
        Err(error) => {
            let context = format!("cannot write {}", out.display());
            return Err(anyhow::Error::new(error).context(context).into());
        }
    };
    let written = file.write_all(module);
    Ok(written.with_context(|| format!("cannot write {}", out.display()))?)
}

fn is_there(out: &Path) -> Failure {
    let failure = Failure::usage(format!("{} is there already", out.display()));
    failure.hint("name another file, or replace this one with --force")
}

/// The module behind a hash, from a node.
pub(super) async fn fetch(url: &str, code: &CodeHash) -> Result<Vec<u8>, Failure> {
    let fetched = Codes::of(url).map_err(Failure::failed)?.fetch(code).await;
    let unread = |error: NoModule| Failure::new(error.trouble.into(), "CODE_UNREAD", &error);
    match fetched.map_err(unread)? {
        Fetched::Module(bytes) if CodeHash::of(&bytes) == *code => Ok(bytes),
        Fetched::Module(_) => {
            let message = format!("the node answered with other bytes than those of code {code}");
            Err(Failure::failed(message))
        }
        Fetched::Later(_) => Err(unread(NoModule::too_much(code))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("coin.wasm");
        write(&out, b"one", false).unwrap();
        let refused = write(&out, b"two", false).unwrap_err();
        assert_eq!(refused.code(), 2);
        assert!(
            refused.message().contains("is there already"),
            "{refused:?}"
        );
        assert_eq!(std::fs::read(&out).unwrap(), b"one");
        write(&out, b"two", true).unwrap();
        assert_eq!(std::fs::read(&out).unwrap(), b"two");
        let nowhere = write(&folder.path().join("a/b"), b"", false).unwrap_err();
        assert_eq!(nowhere.code(), 1);
    }
}

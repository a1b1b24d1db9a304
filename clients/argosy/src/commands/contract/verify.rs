//! `argosy contract verify`: whether a contract runs what these sources build to.
//!
//! Always: the hash is that of the bytes on the chain, and is compared with the bytes that were built here;
//! nobody has to be believed but the node that tells which code the contract has.

use std::path::Path;

use argosy_primitives::{Address, CodeHash};
use argosy_rpc_api::BlockSelector;
use serde_json::{Value, json};

use crate::commands::failure;
use crate::commands::project::{self, Reproduced};
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Report;

/// Asks, builds, compares.
pub(super) async fn run(
    address: Address,
    folder: &Path,
    package: Option<String>,
    session: &Session,
) -> Result<Report, Failure> {
    let answer = session.client.contract(address, BlockSelector::Latest);
    let code = answer.await.map_err(failure)?.code.hash.0;
    let built = project::reproduce(folder, package)?;
    let compiler = project::compiler(folder).unwrap_or_default();
    let contract = session.client.text(address).to_string();
    match built.iter().find(|it| it.code == code) {
        Some(same) => Ok(verified(&contract, same, &compiler)),
        None => Err(differs(&contract, code, &built, &compiler)),
    }
}

fn verified(contract: &str, same: &Reproduced, compiler: &str) -> Report {
    let file = same.path.display().to_string();
    let document = json!({
        "contract": contract,
        "verified": true,
        "code": same.code.to_string(),
        "name": same.name,
        "file": file,
        "compiler": compiler,
    });
    Report::new(document)
        .row("contract", contract)
        .row("code", same.code)
        .row("built from", &same.name)
        .row("file", file)
        .row("compiler", compiler)
        .line("The contract runs what these sources build to.")
}

fn differs(contract: &str, code: CodeHash, built: &[Reproduced], compiler: &str) -> Failure {
    let view = |it: &Reproduced| json!({ "name": it.name, "code": it.code.to_string() });
    let views: Value = built.iter().map(view).collect();
    let message = "these sources do not build to the code that the contract runs";
    let failure = Failure::new(Exit::Failed, "DIFFERS", message)
        .data("contract", contract)
        .data("code", code.to_string())
        .data("built", views)
        .data("compiler", compiler)
        .row("on the chain", code);
    let told = |failure: Failure, it: &Reproduced| failure.row(&it.name, it.code);
    let failure = built.iter().fold(failure, told).row("compiler", compiler);
    failure.hint(
        "sources, Cargo.lock, SDK and compiler must be those of whoever deployed it, with `argosy build --verifiable`",
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn built(byte: u8) -> Reproduced {
        Reproduced {
            name: format!("coin{byte}"),
            path: PathBuf::from("coin.wasm"),
            code: CodeHash::from_bytes([byte; 32]),
        }
    }

    #[test]
    fn what_is_the_same_is_told_with_its_compiler() {
        let report = verified("dargo1x", &built(1), "rustc 1.96.0");
        assert_eq!(report.json()["verified"], true);
        assert_eq!(report.json()["compiler"], "rustc 1.96.0");
    }

    #[test]
    fn what_differs_is_told_with_every_hash() {
        let code = CodeHash::from_bytes([9; 32]);
        let failure = differs("dargo1x", code, &[built(1), built(2)], "rustc 1.96.0");
        assert_eq!(failure.code(), 1);
        let json = failure.json().to_string();
        for hash in [code, built(1).code, built(2).code] {
            assert!(json.contains(&hash.to_string()), "{json}");
        }
    }
}

//! `argosy contract info`.

use argosy_primitives::Address;
use argosy_rpc_api::BlockSelector;
use argosy_vm_abi::Capabilities;

use super::methods;
use crate::commands::failure;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells.
pub(super) async fn run(
    address: Address,
    at: BlockSelector,
    session: &Session,
) -> Result<Report, Failure> {
    let answer = session
        .client
        .contract(address, at)
        .await
        .map_err(failure)?;
    let contract = super::open(session, address).await?;
    let code = &answer.code;
    let report = Report::new(&answer)
        .row("contract", answer.contract)
        .row("creator", answer.creator)
        .row(
            "admin",
            answer
                .admin
                .map_or("nobody".to_owned(), |it| it.to_string()),
        )
        .row("created at", format!("block {}", answer.created_at))
        .row("balance", session.tokens(answer.balance.0))
        .row(
            "storage",
            format!(
                "{} bytes in {} items",
                answer.storage_bytes, answer.storage_items
            ),
        )
        .row("deposit", session.tokens(answer.deposit.0))
        .row(
            "code",
            format!(
                "{} (number {}, {} bytes)",
                code.hash, code.code_id, code.size_bytes
            ),
        )
        .row("sha-256", code.sha256)
        .row_if("storage version", code.storage_version.map(|it| it.0))
        .row("may", capabilities(code.capabilities));
    Ok(match contract {
        Some(contract) => {
            let report = report
                .with("abi", argosy_bindings::json::of_abi(contract.abi()))
                .line("");
            methods::list(report, contract.abi(), None)
        }
        None => report.row("abi", "none"),
    })
}

/// What the code's manifest asks for.
fn capabilities(bits: u32) -> String {
    match Capabilities::from_bits(bits) {
        None => format!("{bits:#x}"),
        Some(Capabilities::NONE) => "nothing beyond its own storage".to_owned(),
        Some(known) => known.names().collect::<Vec<_>>().join(", "),
    }
}

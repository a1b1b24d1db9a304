//! `argosy contract list`.

use argosy_primitives::Address;
use argosy_rpc_api::BlockSelector;

use crate::commands::failure;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells.
pub(super) async fn run(
    after: Option<Address>,
    limit: u32,
    at: BlockSelector,
    session: &Session,
) -> Result<Report, Failure> {
    let page = session.client.contracts(after, limit, at).await;
    let page = page.map_err(failure)?;
    let book = session.abi_book();
    let mut report = Report::new(&page).list_of("contracts");
    for it in &page.contracts {
        let creator = book.named(it.creator.to_string());
        report = report.columns([
            it.created_at.to_string(),
            it.contract.to_string(),
            format!("by {creator}"),
            it.code.to_string(),
        ]);
    }
    if page.contracts.is_empty() {
        report = report.line("no contracts");
    }
    Ok(match page.next {
        Some(next) => report.heading(format!("More: --after {next} --at {}", page.at.height)),
        None => report,
    })
}

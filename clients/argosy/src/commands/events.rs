//! `argosy events query`.

use argosy_rpc_api::{EventFilter, Text};
use serde_json::json;

use super::problem::failure;
use super::session::Session;
use crate::args::EventsCommand;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells.
pub(super) async fn run(command: EventsCommand, session: &Session) -> Result<Report, Failure> {
    let EventsCommand::Query {
        contract,
        topic,
        after,
        limit,
    } = command;
    let contract = contract.map(|it| session.resolve(&it)).transpose()?;
    let filter = EventFilter {
        contract,
        topics: topic.map(|it| Some(Text(it))).into_iter().collect(),
    };
    let page = session
        .client
        .events(filter, after, (None, None), Some(limit))
        .await
        .map_err(failure)?;
    let mut book = session.abi_book();
    let mut report = Report::default();
    let mut views = Vec::new();
    for entry in &page.events {
        let (text, view) = book.entry(entry).await;
        report = report.columns([entry.cursor.to_string(), text]);
        views.push(view);
    }
    if page.events.is_empty() {
        report = report.line("no events");
    }
    if let Some(resume) = page.resume.filter(|_| page.more) {
        report = report.heading(format!("More: --after {resume}"));
    }
    let document = json!({"at": page.at, "events": views, "more": page.more});
    let report = report.with_document(document).list_of("events");
    Ok(match page.resume {
        Some(resume) => report.with("resume", resume),
        None => report,
    })
}

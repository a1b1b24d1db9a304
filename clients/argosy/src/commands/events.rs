//! `argosy events query` and `argosy events watch`.

use argosy_primitives::{EventCursor, Hash32};
use argosy_rpc_api::{EventFilter, Text};
use serde_json::json;

use super::problem::failure;
use super::session::Session;
use crate::account::AccountRef;
use crate::args::EventsCommand;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells. `None`: everything was told already.
pub(super) async fn run(
    command: EventsCommand,
    session: &Session,
) -> Result<Option<Report>, Failure> {
    match command {
        EventsCommand::Query {
            contract,
            topic,
            after,
            limit,
        } => {
            let filter = filter(session, contract, topic)?;
            query(session, filter, after, limit).await.map(Some)
        }
        EventsCommand::Watch {
            contract,
            topic,
            after,
            count,
        } => {
            let filter = filter(session, contract, topic)?;
            watch(session, filter, after, count).await.map(|()| None)
        }
    }
}

fn filter(
    session: &Session,
    contract: Option<AccountRef>,
    topic: Option<Hash32>,
) -> Result<EventFilter, Failure> {
    Ok(EventFilter {
        contract: contract.map(|it| session.resolve(&it)).transpose()?,
        topics: topic.map(|it| Some(Text(it))).into_iter().collect(),
    })
}

/// Tells of each event as it comes.
async fn watch(
    session: &Session,
    filter: EventFilter,
    after: Option<EventCursor>,
    count: Option<u64>,
) -> Result<(), Failure> {
    let mut stream = session.client.follow_events(filter, after);
    let (mut book, mut left) = (session.abi_book(), count.unwrap_or(u64::MAX));
    // Behind what was printed, which may be less than what has come.
    let mut printed = after;
    while left > 0 {
        let news = stream.next().await.map_err(|error| {
            let failure = failure(error);
            match printed {
                Some(cursor) => failure.hint(format!("go on with --after {cursor}")),
                None => failure,
            }
        })?;
        for entry in news.entries {
            if left == 0 {
                break;
            }
            let (text, view) = book.entry(&entry).await;
            let report = Report::new(view).columns([entry.cursor.to_string(), text]);
            session.output.report(&report)?;
            printed = Some(entry.cursor.0);
            left -= 1;
        }
    }
    Ok(())
}

async fn query(
    session: &Session,
    filter: EventFilter,
    after: Option<EventCursor>,
    limit: u32,
) -> Result<Report, Failure> {
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

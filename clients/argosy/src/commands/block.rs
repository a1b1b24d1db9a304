//! `argosy block get|list|changes|watch`.

use argosy_rpc_api::{BlockDetail, BlockSelector, HeaderAnswer, RpcError};
use serde_json::json;

use super::problem::failure;
use super::session::Session;
use super::tx::trace;
use crate::account::AccountRef;
use crate::args::BlockCommand;
use crate::failure::Failure;
use crate::output::Report;

/// Changes that are asked for at a time.
const PAGE: u32 = 1_000;

/// Asks and tells. `None`: everything was told already.
pub(super) async fn run(
    command: BlockCommand,
    session: &Session,
) -> Result<Option<Report>, Failure> {
    match command {
        BlockCommand::Get { block } => get(session, block).await.map(Some),
        BlockCommand::List { limit, before } => list(session, limit, before).await.map(Some),
        BlockCommand::Changes {
            block,
            account,
            limit,
        } => changes(session, block, account, limit).await.map(Some),
        BlockCommand::Watch { after, count } => watch(session, after, count).await.map(|()| None),
    }
}

/// The headers of so many blocks.
async fn list(session: &Session, limit: u32, before: Option<u64>) -> Result<Report, Failure> {
    let newest = session.client.finalized_head().await.map_err(failure)?;
    let end = newest.at.height.0.saturating_add(1);
    let end = before.map_or(end, |it| it.min(end));
    let mut report = Report::default();
    let mut heads = Vec::new();
    for height in (0..end).rev().take(limit as usize) {
        let head = session.client.header(BlockSelector::Height(height)).await;
        let head = match head {
            Ok(head) => head,
            // Older ones are not here.
            Err(error) if matches!(error.rpc(), Some(RpcError::Pruned { .. })) => break,
            Err(error) => return Err(failure(error)),
        };
        report = report.columns(line(&head));
        heads.push(head);
    }
    if heads.is_empty() {
        report = report.line("no blocks");
    }
    let document = json!({"at": newest.at, "blocks": heads});
    Ok(report.with_document(document).list_of("blocks"))
}

/// Height, hash, time, gas.
fn line(head: &HeaderAnswer) -> [String; 4] {
    let header = &head.header;
    [
        head.at.height.to_string(),
        head.at.hash.to_string(),
        utc(header.time_ms.0),
        format!("{} gas", header.gas_used),
    ]
}

/// What a block changed, up to so many changes.
async fn changes(
    session: &Session,
    block: BlockSelector,
    account: Option<AccountRef>,
    limit: u32,
) -> Result<Report, Failure> {
    let account = account.map(|it| session.resolve(&it)).transpose()?;
    let address = account.map(|it| it.address);
    let limit = limit as usize;
    let (mut at, mut after, mut found) = (block, None, Vec::new());
    let (read, is_whole) = loop {
        let left = limit.saturating_sub(found.len());
        let wanted = PAGE.min(u32::try_from(left).unwrap_or(PAGE));
        let page = session.client.state_diff(address, after, wanted, at).await;
        let page = page.map_err(failure)?;
        // The newest block is another one by the next page.
        at = BlockSelector::Height(page.at.height.0);
        let is_empty = page.changes.is_empty();
        found.extend(page.changes);
        after = page.next;
        // A node that goes on without telling anything is not followed.
        if after.is_none() || is_empty || found.len() >= limit {
            break (page.at, after.is_none());
        }
    };
    // Nor is one believed that tells more than it was asked for.
    found.truncate(limit);
    let report = Report::new(json!({"at": read, "more": !is_whole})).row("block", read.height);
    if found.is_empty() {
        return Ok(report.with("changes", found).line("nothing is different"));
    }
    let report = trace::all_changes(report, &found, session);
    Ok(match is_whole {
        true => report,
        false => report.line(format!(
            "There are more than these {limit}: --limit shows more."
        )),
    })
}

/// Tells of each block as it is made.
async fn watch(session: &Session, after: Option<u64>, count: Option<u64>) -> Result<(), Failure> {
    let mut stream = session.client.follow_heads(after);
    let (mut left, mut printed) = (count.unwrap_or(u64::MAX), after);
    while left > 0 {
        let news = stream.next().await.map_err(|error| {
            let failure = failure(error);
            match printed {
                Some(height) => failure.hint(format!("go on with --after {height}")),
                None => failure,
            }
        })?;
        for head in news.entries {
            if left == 0 {
                break;
            }
            let report = Report::new(&head).columns(line(&head));
            session.output.report(&report)?;
            printed = Some(head.at.height.0);
            left -= 1;
        }
    }
    Ok(())
}

async fn get(session: &Session, block: BlockSelector) -> Result<Report, Failure> {
    let answer = session
        .client
        .block(block, BlockDetail::Ids)
        .await
        .map_err(failure)?;
    let header = &answer.header;
    let report = Report::new(&answer)
        .row("height", answer.at.height)
        .row("hash", answer.at.hash)
        .row("time", utc(header.time_ms.0))
        .row("parent", header.parent)
        .row("proposer", header.proposer)
        .row("state root", header.state_root)
        .row("receipts root", header.receipts_root)
        .row("base price", format!("{} units per gas", header.base_price))
        .row("gas used", header.gas_used)
        .row("size", format!("{} bytes", answer.size_bytes))
        .row("transactions", answer.tx_ids.len());
    let ids = answer.tx_ids.iter().enumerate();
    Ok(ids.fold(report, |report, (index, id)| {
        report.columns([format!("  {index}"), id.to_string()])
    }))
}

/// Milliseconds since 1970 as people write time.
pub(super) fn utc(time_ms: u64) -> String {
    let (days, ms) = (time_ms / 86_400_000, time_ms % 86_400_000);
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let (year, month, day) = civil(days);
    format!(
        "{year}-{month:02}-{day:02} {hours:02}:{minutes:02}:{seconds:02}.{:03} UTC",
        ms % 1000
    )
}

/// The date so many days after 1970-01-01: years begin in March, so that leap days come last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // Since 0000-03-01.
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01 00:00:00.000 UTC");
        assert_eq!(utc(1_767_225_600_000), "2026-01-01 00:00:00.000 UTC");
        assert_eq!(utc(951_782_399_999), "2000-02-28 23:59:59.999 UTC");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00.000 UTC");
        assert_eq!(utc(4_107_542_400_000), "2100-03-01 00:00:00.000 UTC");
    }
}

//! `argosy account get|balance|supply|nonce|history|fund`.

use argosy_primitives::{Address, TxCursor};
use argosy_rpc_api::{AccountAnswer, BlockSelector};
use serde_json::json;

use super::dev;
use super::problem::failure;
use super::session::Session;
use crate::account::AccountRef;
use crate::args::AccountCommand;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells.
pub(super) async fn run(command: AccountCommand, session: &Session) -> Result<Report, Failure> {
    match command {
        AccountCommand::Get { account, at } => {
            let answer = ask(session, &account, session.at(at)).await?;
            Ok(all(session, &answer))
        }
        AccountCommand::Balance { account, at } => {
            let answer = ask(session, &account, session.at(at)).await?;
            let document = json!({
                "address": answer.address,
                "balance": answer.balance,
                "at": answer.at,
            });
            Ok(Report::new(document).line(session.tokens(answer.balance.0)))
        }
        AccountCommand::Supply { at } => {
            let answer = session
                .client
                .supply(session.at(at))
                .await
                .map_err(failure)?;
            Ok(Report::new(answer).line(session.tokens(answer.supply.0)))
        }
        AccountCommand::Nonce { account } => {
            let answer = ask(session, &account, BlockSelector::Latest).await?;
            let next = answer.next_nonce.unwrap_or(answer.nonce);
            let document = json!({
                "address": answer.address,
                "nonce": answer.nonce,
                "nextNonce": next,
                "at": answer.at,
            });
            Ok(Report::new(document).line(next.to_string()))
        }
        AccountCommand::History {
            account,
            before,
            limit,
        } => {
            let address = session.resolve(&account)?.address;
            history(session, address, before, limit).await
        }
        AccountCommand::Fund { account, amount } => dev::faucet(session, &account, amount).await,
    }
}

/// A page of what an account has to do with.
async fn history(
    session: &Session,
    address: Address,
    before: Option<TxCursor>,
    limit: u32,
) -> Result<Report, Failure> {
    let page = session.client.account_history(address, before, limit).await;
    let page = page.map_err(failure)?;
    let mut report = Report::new(&page).list_of("entries");
    for entry in &page.entries {
        let what = match entry.tx_id {
            Some(id) => id.to_string(),
            None => "by the chain itself".to_owned(),
        };
        let place = format!("{}.{}", entry.height, entry.index);
        report = report.columns([place, what]);
    }
    if page.entries.is_empty() {
        report = report.line("nothing");
    }
    if page.truncated {
        session.output.warning(
            "transactions of this time have to do with more accounts than the node notes of one: this account may be among those that it left out",
        );
    }
    Ok(match page.next {
        Some(next) => report.heading(format!("More: --before {next}")),
        None if page.from.0 > 0 => {
            report.heading(format!("The node's index begins with block {}.", page.from))
        }
        None => report,
    })
}

async fn ask(
    session: &Session,
    account: &AccountRef,
    at: BlockSelector,
) -> Result<AccountAnswer, Failure> {
    let address = session.resolve(account)?.address;
    session.client.account(address, at).await.map_err(failure)
}

fn all(session: &Session, answer: &AccountAnswer) -> Report {
    let waiting = answer.next_nonce.filter(|it| *it != answer.nonce);
    let deposit = (answer.deposit.0 > 0).then(|| session.tokens(answer.deposit.0));
    let kind = if answer.is_contract {
        "contract"
    } else {
        "account"
    };
    Report::new(answer)
        .row("address", answer.address)
        .row("kind", kind)
        .row("balance", session.tokens(answer.balance.0))
        .row_if("deposit", deposit)
        .row("nonce", answer.nonce)
        .row_if("next nonce", waiting)
        .row("at block", answer.at.height)
}

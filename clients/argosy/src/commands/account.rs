//! `argosy account get`.

use super::problem::failure;
use super::session::Session;
use crate::args::AccountCommand;
use crate::failure::Failure;
use crate::output::Report;

/// Asks and tells.
pub(super) async fn run(command: AccountCommand, session: &Session) -> Result<Report, Failure> {
    let AccountCommand::Get { account, at } = command;
    let address = session.resolve(&account)?.address;
    let answer = session
        .client
        .account(address, session.at(at))
        .await
        .map_err(failure)?;
    let waiting = answer.next_nonce.filter(|it| *it != answer.nonce);
    let deposit = (answer.deposit.0 > 0).then(|| session.tokens(answer.deposit.0));
    let kind = if answer.is_contract {
        "contract"
    } else {
        "account"
    };
    Ok(Report::new(&answer)
        .row("address", answer.address)
        .row("kind", kind)
        .row("balance", session.tokens(answer.balance.0))
        .row_if("deposit", deposit)
        .row("nonce", answer.nonce)
        .row_if("next nonce", waiting)
        .row("at block", answer.at.height))
}

//! `argosy dev VERB`: directs a development chain that runs.
//!
//! Not here: the chain itself (`crate::dev`).

use std::path::Path;

use argosy_sdk::SdkError;
use serde::Serialize;

use super::contract;
use super::problem::{failure, failure_in_block};
use super::session::Session;
use super::tx::file::TxFile;
use crate::account::AccountRef;
use crate::args::DevCommand;
use crate::failure::{Exit, Failure};
use crate::output::Report;

/// Gives an account funds out of nothing.
pub(super) async fn faucet(
    session: &Session,
    account: &AccountRef,
    amount: Option<String>,
) -> Result<Report, Failure> {
    let address = session.resolve(account)?.address;
    let amount = amount.map(|it| session.amount(&it)).transpose()?;
    let funded = session.client.faucet(address, amount).await;
    let funded = funded.map_err(failure)?;
    Ok(Report::new(funded)
        .row("address", funded.address)
        .row("given", session.tokens(funded.amount.0))
        .row("balance", session.tokens(funded.balance.0))
        .row("block", funded.at.height))
}

/// Asks, and tells where the chain is now.
pub(super) async fn run(command: DevCommand, session: &Session) -> Result<Report, Failure> {
    let client = &session.client;
    match command {
        DevCommand::Faucet { account, amount } => faucet(session, &account, amount).await,
        DevCommand::SetBalance { account, balance } => {
            let address = session.resolve(&account)?.address;
            let balance = session.amount(&balance)?;
            let set = client
                .set_balance(address, balance)
                .await
                .map_err(failure)?;
            Ok(Report::new(set)
                .row("balance", session.tokens(balance))
                .row("block", set.at.height))
        }
        DevCommand::SetNonce { account, nonce } => {
            let address = session.resolve(&account)?.address;
            at(client.set_nonce(address, nonce).await, |it| it.at.height.0)
        }
        DevCommand::SetStorage {
            contract,
            key,
            value,
        } => {
            let address = session.resolve(&contract)?.address;
            let value = value.as_ref().map(|it| it.0.as_slice());
            let set = client.set_storage(address, &key.0, value).await;
            at(set, |it| it.at.height.0)
        }
        DevCommand::SetCode { contract, file } => {
            let address = session.resolve(&contract)?.address;
            let module = contract::read_module(&file, session)?;
            let set = client.set_code(address, &module.wasm).await;
            let set = set.map_err(failure)?;
            Ok(Report::new(set)
                .row("code", set.code)
                .row("block", set.at.height))
        }
        DevCommand::Impersonate { account, file } => impersonate(session, &account, &file).await,
        DevCommand::Mine { count, interval_ms } => {
            let mined = client.mine_many(count, interval_ms).await;
            at(mined, |it| it.at.height.0)
        }
        DevCommand::Mining { mode } => {
            let set = client
                .set_mining(&mode.to_string())
                .await
                .map_err(failure)?;
            Ok(Report::new(&set).row("blocks", &set.mode))
        }
        DevCommand::SetTime { time_ms } => time(client.set_time(time_ms).await),
        DevCommand::IncreaseTime { by } => time(client.increase_time(by).await),
        DevCommand::Snapshot => {
            let taken = client.snapshot().await.map_err(failure)?;
            Ok(Report::new(taken)
                .row("snapshot", taken.snapshot)
                .row("block", taken.at.height))
        }
        DevCommand::Revert { snapshot } => at(client.revert(snapshot).await, |it| it.at.height.0),
        DevCommand::Reset => at(client.reset().await, |it| it.at.height.0),
        DevCommand::Dump => {
            let dumped = client.dump_state().await.map_err(failure)?;
            Ok(Report::new(&dumped)
                .row("file", &dumped.file)
                .row("bytes", dumped.size_bytes)
                .row("block", dumped.at.height))
        }
        DevCommand::Load => at(client.load_state().await, |it| it.at.height.0),
    }
}

/// Does what a file says in somebody's name, and tells what came of it.
async fn impersonate(
    session: &Session,
    account: &AccountRef,
    file: &Path,
) -> Result<Report, Failure> {
    let sender = session.resolve(account)?;
    let transaction = TxFile::read(file)?.transaction()?;
    let done = session.client.impersonate(sender.address, &transaction);
    let done = done.await.map_err(failure)?;
    let (receipt, mut book) = (&done.receipt, session.abi_book());
    let mut report = Report::new(&done)
        .row("as", book.named(sender.to_string()))
        .row("status", receipt.status)
        .row("gas used", receipt.gas_used)
        .row("block", done.at.height);
    for event in &receipt.events {
        let (text, _) = book.event(event).await;
        report = report.row("event", text);
    }
    if receipt.status.0.is_success() {
        return Ok(report);
    }
    let failed = match &done.error {
        Some(error) => failure_in_block(SdkError::from((**error).clone())),
        None => Failure::new(Exit::Reverted, "FAILED", "it ran and failed"),
    };
    Err(failed.showing(report))
}

fn time(set: Result<argosy_rpc_api::TimeSet, SdkError>) -> Result<Report, Failure> {
    let set = set.map_err(failure)?;
    Ok(Report::new(set)
        .row("time ms", set.time_ms)
        .row("block", set.at.height))
}

/// What only has a head to tell.
fn at<T: Serialize>(
    answer: Result<T, SdkError>,
    height: impl Fn(&T) -> u64,
) -> Result<Report, Failure> {
    let answer = answer.map_err(failure)?;
    let height = height(&answer);
    Ok(Report::new(&answer).row("block", height))
}

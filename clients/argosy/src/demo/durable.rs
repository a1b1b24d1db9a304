//! What a durable chain owes: killed at any moment it comes back with every block that anybody saw;
//! told to stop it stops; and its blocks, executed again into another directory, end at the same root.

use std::collections::BTreeMap;
use std::time::Duration;

use argosy_primitives::{Height, TxId};
use argosy_rpc_api::{BlockDetail, BlockSelector, HeaderAnswer, ReceiptAnswer};
use argosy_sdk::{Action, Client, Transaction};

use super::child::{Chain, Daemon};
use super::stage::Stage;
use super::token::Token;
use crate::commands::failure;
use crate::failure::Failure;
use crate::output::Report;

/// Sent and not waited for when the kill comes.
const ON_THEIR_WAY: u64 = 40;
/// A service manager waits so long before it kills.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Everything that a client can know of a chain.
#[derive(PartialEq)]
struct Seen {
    headers: BTreeMap<Height, HeaderAnswer>,
    receipts: BTreeMap<TxId, ReceiptAnswer>,
}

/// Kills, restarts, stops, replays.
pub(super) async fn check(
    stage: &mut Stage,
    token: &Token,
    chain: Chain,
    daemon: &Daemon,
) -> Result<(), Failure> {
    let seen = kill(stage, token, chain).await?;
    let (chain, client) = restart(stage, &seen, daemon).await?;
    let head = client
        .header(BlockSelector::Latest)
        .await
        .map_err(failure)?;
    stop(stage, chain)?;
    replay(stage, &head, daemon)
}

/// Sends transactions, and kills the node before it can have answered all of them.
async fn kill(stage: &mut Stage, token: &Token, chain: Chain) -> Result<Seen, Failure> {
    let client = &token.client;
    stage.step("Kill -9, with transactions on their way");
    stage.command("kill -9 $(pgrep argosyd)");
    let alice = token.signer("alice");
    let account = client.account(alice.address(), BlockSelector::Latest).await;
    let nonce = account.map_err(failure)?.nonce.0;
    let mut sent = 0;
    for offset in 0..ON_THEIR_WAY {
        let signed = alice.sign(Transaction {
            chain: client.chain(),
            signer: alice.public(),
            nonce: nonce + offset,
            valid_until: 10_000,
            gas_limit: 200_000,
            max_gas_price: 1_000_000,
            tip: 1,
            deposit_max: 0,
            actions: vec![Action::Transfer {
                to: token.signer("carol").address(),
                amount: 1,
            }],
        });
        client.submit(&signed).await.map_err(failure)?;
        sent += 1;
    }
    let seen = look(client).await?;
    chain.kill();
    let included = seen.receipts.len();
    stage.rows(
        Report::default()
            .row(
                "sent before",
                format!("{sent} transfers that nobody waited for"),
            )
            .row(
                "seen by then",
                format!("{} blocks, {included} receipts", seen.headers.len()),
            ),
    );
    Ok(seen)
}

/// Everything up to the head of this moment.
async fn look(client: &Client) -> Result<Seen, Failure> {
    let head = client
        .header(BlockSelector::Latest)
        .await
        .map_err(failure)?;
    look_until(client, head.at.height.0).await
}

async fn look_until(client: &Client, end: Height) -> Result<Seen, Failure> {
    let (mut headers, mut receipts) = (BTreeMap::new(), BTreeMap::new());
    for height in 0..=end {
        let selector = BlockSelector::Height(height);
        headers.insert(height, client.header(selector).await.map_err(failure)?);
        let block = client
            .block(selector, BlockDetail::Ids)
            .await
            .map_err(failure)?;
        for id in block.tx_ids {
            receipts.insert(id.0, client.receipt(id.0).await.map_err(failure)?);
        }
    }
    Ok(Seen { headers, receipts })
}

/// The same directory again.
async fn restart(
    stage: &mut Stage,
    seen: &Seen,
    daemon: &Daemon,
) -> Result<(Chain, Client), Failure> {
    stage.step("The same directory again: every block and receipt that was seen is there");
    stage.command(&daemon.command());
    let chain = daemon.start()?;
    let client = Client::connect(&chain.url).await.map_err(failure)?;
    let head = client
        .header(BlockSelector::Latest)
        .await
        .map_err(failure)?;
    let last_seen = seen.headers.last_key_value().map_or(0, |it| *it.0);
    stage.rows(
        Report::default()
            .row("ready in", format!("{} ms", chain.ready_ms))
            .row(
                "head",
                format!("{} (the last one seen was {last_seen})", head.at.height),
            )
            .row("state root", head.header.state_root),
    );
    stage.check("no block is lost", head.at.height.0 >= last_seen);
    let again = look_until(&client, last_seen).await?;
    stage.check(
        "each has the same hash and the same roots",
        again.headers == seen.headers,
    );
    stage.check(
        "each receipt is the same to the letter",
        again.receipts == seen.receipts,
    );
    Ok((chain, client))
}

/// As a service manager stops it.
fn stop(stage: &mut Stage, chain: Chain) -> Result<(), Failure> {
    stage.step("SIGTERM: it finishes its block, closes the database and ends");
    stage.command("kill -TERM $(pgrep argosyd)");
    let (status, took) = chain.terminate()?;
    stage.rows(Report::default().row("ended", format!("{status} after {} ms", took.as_millis())));
    stage.check(
        "it ended well, within 10 s",
        status.success() && took < STOP_WITHIN,
    );
    Ok(())
}

/// Every block once more, into a second directory.
fn replay(stage: &mut Stage, head: &HeaderAnswer, daemon: &Daemon) -> Result<(), Failure> {
    stage.step("A replay into a second directory, from genesis, checking every signature and root");
    stage.command("argosyd replay --chain dev --from DATA --into SECOND");
    let second = daemon.data_dir.with_file_name("second");
    let end = daemon.replay(&second)?;
    let text = |key: &str| end[key].as_str().unwrap_or_default().to_owned();
    stage.rows(
        Report::default()
            .row(
                "executed",
                format!(
                    "{} blocks, {} transactions in {} ms",
                    end["height"], end["transactions"], end["elapsedMs"]
                ),
            )
            .row("block hash", text("blockHash"))
            .row("state root", text("stateRoot")),
    );
    let same = end["height"] == head.at.height.0
        && text("blockHash") == head.at.hash.to_string()
        && text("stateRoot") == head.header.state_root.to_string();
    stage.check(
        "height, block hash and state root are those of the first",
        same,
    );
    Ok(())
}

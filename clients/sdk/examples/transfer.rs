//! Pays somebody: what it costs is asked of the chain, and a node that is busy is asked again.
//!
//! `argosy dev`, and beside it `cargo run -p argosy-sdk --example transfer [URL]`.

use std::error::Error;
use std::io::Write;

use argosy_sdk::api::BlockSelector;
use argosy_sdk::{Action, Client, DEFAULT_URL, Retry, TxOptions, dev_account, require_success};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
    run(&url, &mut std::io::stdout()).await
}

/// Pays bob 1.5 tokens of alice's.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut retry = Retry::default();
    let client = retry.run(|| Client::connect(url)).await?;
    let alice = dev_account("alice").ok_or("no alice")?;
    let bob = dev_account("bob").ok_or("no bob")?.address();

    let amount = client.token().parse("1.5")?;
    let pay = Action::Transfer { to: bob, amount };
    // Signed once. Should the answer get lost, it is asked for by the transaction's id.
    let options = TxOptions::default();
    let sent = retry.send(&client, &alice, vec![pay], &options).await?;
    let answer = require_success(sent)?;

    let balance = client.account(bob, BlockSelector::Latest).await?.balance.0;
    writeln!(out, "transaction {}", answer.tx_id)?;
    writeln!(out, "fee {}", client.token().format(answer.receipt.fee.0))?;
    writeln!(out, "bob has {}", client.token().format(balance))?;
    Ok(())
}

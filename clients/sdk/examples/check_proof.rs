//! Trusts no node: what an account has is checked against the state root of a header, and a payment against
//! the roots of its block.
//!
//! `argosy dev`, and beside it `cargo run -p argosy-sdk --example check_proof [URL]`.

use std::error::Error;
use std::io::Write;

use argosy_sdk::api::{BlockSelector, StateKeyView};
use argosy_sdk::{Action, Client, DEFAULT_URL, TxOptions, dev_account, proof, require_success};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
    run(&url, &mut std::io::stdout()).await
}

/// Alice pays bob, and nobody has to believe it.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::connect(url).await?;
    let alice = dev_account("alice").ok_or("no alice")?;
    let bob = dev_account("bob").ok_or("no bob")?.address();
    let amount = client.token().parse("3")?;
    let pay = Action::Transfer { to: bob, amount };
    let sent = client
        .send(&alice, vec![pay], &TxOptions::default())
        .await?;
    let tx_id = require_success(sent)?.tx_id.0;

    // The transaction and what it did are in the block with this hash.
    let proven = client.proven_tx(tx_id).await?;
    writeln!(out, "transaction proven in block {}", proven.header.height)?;

    // What bob has is in the state of that block, or of a later one.
    let account = client.proven_account(bob, BlockSelector::Latest).await?;
    let balance = client.token().format(account.account()?.balance);
    writeln!(
        out,
        "bob has {balance}, proven in block {}",
        account.header.height
    )?;

    // The same by hand, and with one bit changed on the way: a node that lies is found out.
    let key = StateKeyView::Account {};
    let mut answer = client
        .state_proof(bob, key.clone(), BlockSelector::Latest)
        .await?;
    proof::state(client.chain(), bob, &key, &answer)?;
    let value = answer.value.as_mut().ok_or("bob has an account")?;
    *value.0.last_mut().ok_or("an account has bytes")? ^= 1;
    let lie = proof::state(client.chain(), bob, &key, &answer);
    writeln!(
        out,
        "a changed answer: {}",
        lie.err().ok_or("a lie was believed")?
    )?;
    Ok(())
}

//! Deploys a token and speaks to it in types that are made from its module while this is compiled.
//!
//! `argosy dev`, and beside it `cargo run -p argosy-sdk --example contract [URL]`.

use std::error::Error;
use std::io::Write;

use argosy_sdk::{Client, DEFAULT_URL, dev_account};

argosy_sdk::contract!(mod token = "../../contracts/artifacts/token.wasm");

use token::types::TokenError;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
    run(&url, &mut std::io::stdout()).await
}

/// A token of alice's, of which bob gets some and wants to give more than he has.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::connect(url).await?;
    let alice = dev_account("alice").ok_or("no alice")?;
    let bob = dev_account("bob").ok_or("no bob")?;

    let module = token::Contract::module()?;
    let init = token::Contract::init("Shells".to_owned(), "SHL".to_owned(), 2, 100_000);
    let token = init.send(&client, &alice, &module).await?.contract;
    writeln!(out, "token {}", client.text(token.address()))?;

    let sent = token.transfer(bob.address(), 3_000).send(&alice).await?;
    for event in token.events(&sent.answer.receipt.events) {
        if let token::Event::Transfer(transfer) = event {
            writeln!(out, "{} were transferred", transfer.amount)?;
        }
    }
    let has = token.balance_of(bob.address()).await?;
    writeln!(out, "bob has {has}")?;

    let too_much = token.transfer(alice.address(), 9_900).send(&bob).await;
    match too_much.as_ref().map_err(|error| error.refusal()) {
        Err(Some(TokenError::InsufficientBalance { have, need })) => {
            writeln!(out, "refused: {have} of {need}")?;
        }
        _ => return Err("bob gave what he does not have".into()),
    }
    Ok(())
}

//! Follows the events of a contract by cursor: each comes once, over any number of connections, and a program
//! that was away goes on where it was.
//!
//! `argosy dev`, and beside it `cargo run -p argosy-sdk --example follow_events [URL]`.

use std::error::Error;
use std::io::Write;

use argosy_sdk::api::EventFilter;
use argosy_sdk::primitives::EventCursor;
use argosy_sdk::{Client, DEFAULT_URL, dev_account};

argosy_sdk::contract!(mod token = "../../contracts/artifacts/token.wasm");

/// How many payments are made and followed.
const PAYMENTS: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
    run(&url, &mut std::io::stdout()).await
}

/// Makes a token that is paid around, and follows who gets how much.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let client = Client::connect(url).await?;
    let alice = dev_account("alice").ok_or("no alice")?;
    let bob = dev_account("bob").ok_or("no bob")?.address();
    let init = token::Contract::init("Shells".to_owned(), "SHL".to_owned(), 0, 100);
    let module = token::Contract::module()?;
    let token = init.send(&client, &alice, &module).await?.contract;
    for amount in 1..=PAYMENTS {
        let amount = u128::try_from(amount)?;
        token.transfer(bob, amount).send(&alice).await?;
    }

    // Only what bob gets; the supply of the beginning went to alice.
    let filter = token::events::Transfer::filter(&token, None, Some(bob));
    let half = follow(&client, filter.clone(), None, PAYMENTS / 2, out).await?;
    // A program keeps the cursor with what it made of the events, and begins behind it when it starts again.
    writeln!(out, "away for a while, at {half}")?;
    follow(&client, filter, Some(half), PAYMENTS - PAYMENTS / 2, out).await?;
    Ok(())
}

/// Prints `count` events behind the cursor, and tells where the last of them is.
async fn follow(
    client: &Client,
    filter: EventFilter,
    after: Option<EventCursor>,
    count: usize,
    out: &mut impl Write,
) -> Result<EventCursor, Box<dyn Error>> {
    // From the beginning: a stream without a cursor begins at the newest block.
    let begin = EventCursor {
        height: 0,
        tx: 0,
        event: 0,
    };
    let mut stream = client.follow_events(filter, Some(after.unwrap_or(begin)));
    let mut seen = 0;
    loop {
        for entry in stream.next().await?.entries {
            if let Some(token::Event::Transfer(transfer)) = token::Event::read(&entry.event) {
                writeln!(out, "bob got {}", transfer.amount)?;
            }
            seen += 1;
            if seen == count {
                return Ok(entry.cursor.0);
            }
        }
    }
}

//! Signs where no network is: one machine knows the chain, another has the key, bytes go between them.
//!
//! `argosy dev`, and beside it `cargo run -p argosy-sdk --example offline_signing [URL]`.

use std::error::Error;
use std::io::Write;

use argosy_sdk::bindings::scale::Encode;
use argosy_sdk::primitives::{Limits, SignedTransaction, Transaction, decode_untrusted};
use argosy_sdk::{
    Action, Client, DEFAULT_URL, GenesisHash, Signer, TxOptions, cost_max, dev_account,
    require_success,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
    run(&url, &mut std::io::stdout()).await
}

/// Alice pays bob; her key is never on the machine with the network.
pub(crate) async fn run(url: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let alice = dev_account("alice").ok_or("no alice")?;
    let bob = dev_account("bob").ok_or("no bob")?.address();

    // On the machine with the network: the public key is enough.
    let client = Client::connect(url).await?;
    let amount = client.token().parse("2")?;
    let pay = Action::Transfer { to: bob, amount };
    let options = TxOptions::default();
    let unsigned = client.prepare(alice.public(), vec![pay], &options).await?;
    let bytes = unsigned.encode();

    // On the machine with the key.
    let signed = sign(&alice, client.chain(), &bytes)?;

    // And back.
    let transaction: SignedTransaction = decode_untrusted(&signed, Limits::for_size(signed.len()))?;
    let answer = client.submit_and_wait(&transaction).await?;
    let answer = require_success(answer)?;
    writeln!(
        out,
        "transaction {} in block {}",
        answer.tx_id, answer.at.height
    )?;
    Ok(())
}

/// Looks before it signs: the chain, who pays, and the most that it can cost.
fn sign(signer: &Signer, chain: GenesisHash, bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let transaction: Transaction = decode_untrusted(bytes, Limits::for_size(bytes.len()))?;
    if transaction.chain != chain || transaction.signer != signer.public() {
        return Err("this is for another chain or another key".into());
    }
    match cost_max(&transaction) {
        Some(cost) if cost <= 10_000_000_000_000 => Ok(signer.sign(transaction).encode()),
        _ => Err("this can cost more than 10 tokens".into()),
    }
}

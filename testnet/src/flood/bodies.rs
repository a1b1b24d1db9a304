//! What floods ask: batches and large bodies that are refused late, and contracts that never end.
//!
//! Always: made once, and sent as it is; no more than a node's usual limits let in, since what they keep
//! out costs it nothing.

use std::fmt::Write;

use argosy_primitives::Transaction;
use argosy_sdk::Client;
use parity_scale_codec::Encode;

use super::wire::{Transport, message, post};
use crate::load::account;

/// Calls in a batch: as many as a node takes.
const BATCH: usize = 32;
/// Bytes of a large body.
const LARGE_BYTES: usize = 1024 * 1024;
/// Around the hex digits of a large body.
const FRAME_BYTES: usize = 256;

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) transport: Transport,
    pub(super) bytes: Vec<u8>,
}

/// Batches of reads, transactions of 1 MiB that are none, batches of such, nonsense of 1 MiB; every
/// fourth over a WebSocket.
pub(crate) fn batches_and_bodies(client: &Client) -> Vec<Asked> {
    let alice = client.text(account(0).address());
    let account = call("account_get", &format!(r#"["{alice}"]"#));
    let block = call("chain_getBlock", r#"["latest","full"]"#);
    let unknown = call("tx_getStatus", &format!(r#"["0x{}"]"#, "7".repeat(64)));
    let large = call("tx_submit", &format!(r#"["0x{}"]"#, digits(LARGE_BYTES)));
    let share = digits(LARGE_BYTES / BATCH - FRAME_BYTES);
    let part = call("tx_submit", &format!(r#"["0x{share}"]"#));
    let reads = [account.as_str(), &block, &unknown].into_iter().cycle();
    let reads = batch(reads);
    let http = |body: &str| Asked {
        transport: Transport::Http,
        bytes: post(body),
    };
    let socket = |text: &str| Asked {
        transport: Transport::WebSocket,
        bytes: message(text),
    };
    vec![
        http(&reads),
        http(&large),
        http(&batch(std::iter::repeat(part.as_str()))),
        socket(&large),
        http(&reads),
        http(&"[".repeat(LARGE_BYTES)),
        http(&reads),
        socket(&account),
    ]
}

/// Trials of a transaction, all of them over HTTP.
pub(crate) fn simulations(transaction: &Transaction) -> Vec<Asked> {
    let mut hex = String::new();
    for byte in transaction.encode() {
        // A string takes everything.
        let _ = write!(hex, "{byte:02x}");
    }
    let simulate = call("tx_simulate", &format!(r#"["0x{hex}"]"#));
    vec![Asked {
        transport: Transport::Http,
        bytes: post(&simulate),
    }]
}

fn call(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

fn batch<'a>(calls: impl Iterator<Item = &'a str>) -> String {
    let calls: Vec<&str> = calls.take(BATCH).collect();
    format!("[{}]", calls.join(","))
}

/// Hex digits for a body of so many bytes in all.
fn digits(bytes: usize) -> String {
    "7".repeat((bytes - FRAME_BYTES) & !1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_as_many_calls_as_a_node_takes() {
        let calls = batch(std::iter::repeat("{}"));
        let calls: Vec<serde_json::Value> = serde_json::from_str(&calls).unwrap();
        assert_eq!(calls.len(), BATCH);
    }

    #[test]
    fn a_large_call_is_json_of_at_most_a_mebibyte() {
        let text = call("tx_submit", &format!(r#"["0x{}"]"#, digits(LARGE_BYTES)));
        assert!((LARGE_BYTES - FRAME_BYTES..=LARGE_BYTES).contains(&text.len()));
        let call: serde_json::Value = serde_json::from_str(&text).unwrap();
        let hex = call["params"][0].as_str().unwrap();
        assert!(hex.len().is_multiple_of(2) && call["method"] == "tx_submit");
    }
}

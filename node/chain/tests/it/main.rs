//! The chain on a real in-memory store with the real executor.

#![allow(clippy::unwrap_used)] // a test may panic

mod blocks; // build, verify, commit, replay
mod check; // everything looked at once
mod export; // blocks as a file
mod opening;
mod reads; // views, events, proofs
mod world; // keys, transactions, chains

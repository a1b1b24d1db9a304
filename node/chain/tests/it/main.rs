//! The chain on a real in-memory store with the real executor.

#![allow(clippy::unwrap_used)] // a test may panic

mod agreement; // blocks that validators agree on
mod archive; // state at every height
mod blocks; // build, verify, commit, replay
mod check; // everything looked at once
mod dev; // edits, moments, everything as a file
mod diary; // a contract that writes every block down
mod export; // blocks as a file
mod flips; // files that are not what was written
mod fork; // a chain over the state of another one
mod index; // transactions by account, contracts by age
mod opening;
mod past; // state at earlier heads
mod reads; // views, events, proofs
mod reexecute; // blocks executed again
mod retention; // what is kept of the past
mod retrace; // transactions executed again
mod world; // keys, transactions, chains

//! Snapshots made, handed on, spoilt and restored, of chains with contracts.

#![allow(clippy::unwrap_used)] // a test may panic

mod golden; // bytes that never change
mod hostile; // what is not right
mod http; // over a real socket
mod large; // several chunks
mod manifest; // what a manifest may be
mod whole; // there and back
mod world; // keys, chains, folders

//! The binary as people and scripts use it: every command, in text and JSON, well and badly used.

#![allow(clippy::unwrap_used)] // Helpers of tests, not only tests.

mod between; // a server that counts and lies
mod world; // the binary, a dev chain per test

mod accounts; // keys, accounts, transfers
mod bad_input; // what is wrong with what was typed
mod bindings; // a contract as Rust
mod console; // commands line by line
mod contracts; // deploy, call, query, info, events
mod cosmwasm; // contracts of Cosmos chains
mod demo; // the demo, and the commands it ends with
mod dev; // the chain as a process
mod dev_watch; // what is built goes into its contracts
mod exchange; // keys and transactions that come from elsewhere and go there
mod fork; // a chain over the state of another one
mod forms; // text, json, jsonl, one field; exit codes
mod index; // accounts' transactions, contracts
mod networks; // nodes by name
mod project; // from a name to a module
mod sdk; // the copy of the contract SDK in a contract's folder
mod terminal; // what whoever sits at a terminal sees and is asked
mod tls; // a node behind TLS
mod tools; // raw calls, completions, manual pages, doctor
mod traced; // what transactions did, where their gas went
mod watch; // what comes, as it comes

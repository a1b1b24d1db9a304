//! The store on a real disk: `kv`'s rules, directories that are not ours, files that were damaged.

#![allow(clippy::unwrap_used)] // a test may panic

mod backup; // whole databases kept elsewhere
mod conformance; // what every store must do
mod damage; // truncated, flipped and missing files
mod directories; // whose directory it is
mod unfinished; // a database that is being made

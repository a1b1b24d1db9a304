//! Compiled code as a node uses it: a real child process, real files.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod artefacts; // files that are kept, damaged, foreign
mod kit; // tiers around a contract
mod modes; // what each mode does
mod worker; // the child process

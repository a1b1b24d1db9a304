//! Whole runs.

#![allow(clippy::unwrap_used)] // a test may panic

mod misdeeds; // validators that are not honest
mod noticed; // the checks can fail
mod seeds; // fifty seeds, and thousands on demand

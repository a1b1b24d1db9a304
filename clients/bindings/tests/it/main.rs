//! Bindings of the sample contracts, and of ABIs that mean no good.

#![allow(clippy::unwrap_used)] // a test may panic

mod hostile; // ABIs that mean no good
mod interface; // traits for other contracts
mod samples; // the contracts of this repository
mod schema; // the JSON Schema of an ABI

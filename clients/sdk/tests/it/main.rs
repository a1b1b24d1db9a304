//! The SDK as its users see it: proofs, and the client against real and false nodes.

#![allow(clippy::unwrap_used)] // a test may panic

mod chain; // a development chain in this process
mod false_node; // servers that are slow, wrong, or no nodes at all
mod follow; // what comes, as it comes
mod proofs; // answers against headers

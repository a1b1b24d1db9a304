//! The SDK as its users see it: proofs, and the client against real and false nodes.

#![allow(clippy::unwrap_used)] // a test may panic

mod batch; // several transactions in one request
mod bindings; // contracts in types of their own
mod chain; // a development chain in this process
#[path = "../../../../node/rpc-api/tests/it/checker.rs"]
mod checker; // values against schemas
mod examples; // the programs of examples/, run
mod false_node; // servers that are slow, wrong, or no nodes at all
mod follow; // what comes, as it comes
#[path = "../../../../node/rpc/tests/it/fuzz.rs"]
mod fuzz; // random requests from the document
mod lossless; // clients that break off all the time
mod proofs; // answers against headers
mod reads; // what the SDK has no words for
mod retry; // what passes is tried again

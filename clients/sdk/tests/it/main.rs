//! The SDK as its users see it: values, messages, proofs, and the client against real and false nodes.

#![allow(clippy::unwrap_used)] // a test may panic

mod chain; // a development chain in this process
mod false_node; // servers that are slow, wrong, or no nodes at all
mod messages; // whole messages, answers, events
mod proofs; // answers against headers
mod refusals; // what is told about wrong values
mod round_trip; // against parity-scale-codec's own bytes
mod sample; // the ABI that the tests speak
mod values; // one value at a time

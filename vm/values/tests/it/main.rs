//! Values from outside the crate: as JSON, as text, as bytes.

#![allow(clippy::unwrap_used)] // a test may panic

mod messages; // whole messages, answers, events
mod refusals; // what is told about wrong values
mod round_trip; // against parity-scale-codec's own bytes
mod sample; // the ABI that the tests speak
mod values; // one value at a time

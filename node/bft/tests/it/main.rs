//! The engine's types over real keys and blocks.

#![allow(clippy::unwrap_used)] // a test may panic

mod heard; // what of others' words reaches the engine
mod inbox; // which blocks are waited for
mod stream; // parts in any order, from anybody
mod turns; // the engine's proposer is the chain's

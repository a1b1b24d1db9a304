//! What the engine is fed with and leaves behind, without the engine.
#![allow(clippy::unwrap_used)] // a test may panic

mod codec; // bytes of peers
mod ear; // what of peers' frames the engine hears
mod log; // the engine's log, from outside

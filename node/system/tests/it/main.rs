//! The chain's own records over a real state.

mod attendance; // who is absent
mod evidence; // what counts as proof
mod world; // a chain of validators

//! Proofs are accepted when they are true and refused, without panic, whenever they are not.

mod certificate;
mod golden;
mod inclusion;
mod model;
mod multi;
mod range;
mod state;
mod whole;

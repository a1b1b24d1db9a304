//! Tests of the chain spec as its users see it.

mod dev; // the built-in development chain
mod hash; // what the genesis hash depends on
mod refuse; // what is refused, and how it is said

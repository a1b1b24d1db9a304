//! The executor over a real store and a real engine.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod kit; // a chain for tests
mod puppet; // a contract that does what it is told

mod admission; // who may run
mod blocks; // order, limits, proposer, roots
mod calls; // contracts calling contracts
mod codes; // store and remove
mod corpus; // every attack ends well
mod cosmwasm; // contracts of Cosmos chains
mod deposits; // who pays for storage
mod events; // contracts' and the chain's own
mod exhausted; // compiled code that breaks off
mod faults; // a broken node
mod fees; // gas, price, reservation
mod languages; // the samples in C, AssemblyScript and Zig
mod lifecycle; // instantiate, upgrade, hand over
mod loading; // hot and cold code
mod properties; // supply, atomicity, determinism
mod simulation; // simulate and query
mod traced; // somebody listens
mod transfers; // native funds

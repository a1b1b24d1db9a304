//! A simulator of validators: four of them in one thread, on one clock, from one seed. Start reading
//! at [`run`].
//!
//! ```text
//! plan (seed) ─► world: one agenda of what happens when
//!                  │ messages: lost, late, twice, cut off      watch: what must never be
//!                  ▼                                             ▲ every signature that leaves,
//!                node: engine core ◄─► agent ◄─► replica ────────┘ every commit
//!                        │ log           disk: a crash takes what was not synced
//!                        ▼ signatures: the signer's rules
//! ```
//!
//! Real are: the core of the engine, the replica with chain, executor and mempool, blocks in parts and
//! who takes them, the rules of the signer, all signatures and their checks.
//! Simulated are: time, network, disk, the engine's actors around its core (timers, log, catching up)
//! and the daemon's answers to them. So nothing is found here that is wrong with libp2p, the codec of
//! messages, RocksDB, the files of log and record (a torn write, damage), threads, or the driver's
//! queue; the tests of those crates and of `testnet` look there. Votes of more than four validators,
//! sets that change, and contracts are not run either.
//!
//! Always: the same plan gives the same run, to the last byte of its trace; there is no clock, no
//! thread, no chance but the seed's.

mod agenda; // what happens when
mod agent; // the node's answers to its engine
mod chain; // the chain that is simulated
mod disk; // what outlives a crash
mod edge; // the engine's effects
mod engine; // the engine around its core
mod misdeed; // what is not honest
mod network; // between the nodes
mod node; // one validator
mod outcome; // what came of it
mod plan; // what goes wrong
mod random; // chance
mod sync; // catching up
mod task; // what can happen to a node
mod watch; // what must never be
mod world; // the run

pub use disk::Memory;
pub use misdeed::Misdeed;
pub use outcome::{Counts, Outcome};
pub use plan::{Crash, NODES, Partition, Plan};
pub use random::Random;
pub use watch::{Agreed, Violation, Watch};
pub use world::{Tell, run, run_told};

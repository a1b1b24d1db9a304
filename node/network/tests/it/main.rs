//! Real swarms over real sockets: transactions travel, and whoever misbehaves is sent away.
#![allow(clippy::unwrap_used)] // Helpers of tests.

mod attacks; // what hostile peers do
mod travel; // transactions from node to node
mod world; // nodes for tests

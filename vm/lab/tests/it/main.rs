//! Both tiers side by side: hand-written contracts, random ones, the specification's tests.

#![allow(clippy::float_arithmetic, reason = "figures about the machine")]

mod adapter; // a foreign ABI: arguments through allocations of the contract
mod cache; // warm and cold are the same
mod calibration; // prices and the committed measurement
mod definition; // docs/vm.md and the code
mod faults; // the node's own failures
mod fuzz; // random contracts on both tiers
mod gas; // every gas limit
mod memory; // growth and pointers
mod memory_export; // a module made to export its memory
mod nested; // contracts that call contracts
mod outcomes; // how a frame ends
mod placement; // metered blocks, by an oracle
mod seam; // sessions that call back into the instance
mod shadow; // both tiers at once, compared by a node
mod shapes; // imports of every shape
mod testsuite; // the specification's own tests

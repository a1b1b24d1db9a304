//! Hand-written contracts on a small chain in memory.

mod cache; // warm and cold are the same
mod chain; // the chain: storage, contracts, nested calls
mod faults; // the node's own failures
mod gas; // every gas limit
mod memory; // growth and pointers
mod nested; // contracts that call contracts
mod outcomes; // how a frame ends

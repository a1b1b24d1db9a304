//! State against models that know nothing of overlays, nodes or nibbles.

mod code;
mod corrupt;
mod golden;
mod history; // random histories
mod model; // what state should hold
mod past;
mod proofs;
mod roots; // what they depend on
mod speed;
mod storage;
mod support;
mod trie;

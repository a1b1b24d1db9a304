//! State against models that know nothing of overlays, nodes or nibbles.

mod code;
mod corrupt;
mod golden;
mod history;
mod proofs;
mod storage;
mod support;
mod trie;

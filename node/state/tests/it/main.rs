//! State against models that know nothing of overlays, nodes or nibbles.

mod code;
mod corrupt;
mod golden;
mod history;
mod past;
mod proofs;
mod speed;
mod storage;
mod support;
mod trie;

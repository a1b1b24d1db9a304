//! Known answers from public collections, and totality on any bytes.

mod recover; // secp256k1 recovery
mod total; // any bytes
mod wycheproof; // edge cases of Project Wycheproof

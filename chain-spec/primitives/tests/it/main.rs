//! Tests of the protocol types as their users see them: bytes, ids, signatures.

mod golden; // bytes and hashes are frozen
mod properties; // any value, any bytes
mod samples; // the values behind the golden files
mod signatures; // keys and signatures on the edge
mod strategies; // any value of every type
mod transactions; // from unsigned to verified

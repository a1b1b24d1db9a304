//! Mempool.

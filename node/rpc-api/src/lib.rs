//! RPC API.

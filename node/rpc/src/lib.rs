//! RPC server.

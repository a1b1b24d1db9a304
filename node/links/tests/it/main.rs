//! Links with real sockets: what passes, and what attacks find.
#![allow(clippy::unwrap_used)] // a test may panic

mod attacks; // peers that are none
mod hostile; // one of them
mod travel; // honest ones
mod world; // nodes for tests

//! Subscriptions: what comes is read from the node when its client can take it, and told once.
//!
//! ```text
//!            ┌────────── a block is made ──────────┐
//!            ▼                                     │
//! cursor ──► turn of its connection ──► read ──► notice ──► socket ──► taken
//! ```
//!
//! Always holds: a subscription holds its cursor and one notice at most, and a connection one notice of
//! all its subscriptions; so whoever reads slowly costs as much as whoever reads fast. Nothing is kept
//! for anybody: what a client missed is in the node's blocks, and `resume` says where.
//! Not here: what is told of (`feed` asks the node), sockets (`session`, `rest`).

mod crowd; // when changes of transactions are looked at
mod desk; // the subscriptions of one WebSocket
mod feed; // what is read, and how far
mod follower; // when it is read
mod hub; // what all subscriptions share

pub(crate) use desk::{Begun, Desk};
pub(crate) use feed::{Feed, Kind, Told};
pub(crate) use follower::{Follower, Said};
pub(crate) use hub::Hub;

//! What became of transactions that are in no block, for hours after they were let go.
//!
//! Not here: transactions in blocks, which are found in the chain.

mod book; // what is known, and for how long
mod record; // how it is kept over a restart

pub(crate) use book::{Book, Bounds, Entry, Standing};
pub(crate) use record::{load, write};

/// Who handed in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A client of this node: it is told what becomes of it, whatever others hand in.
    Client,
    /// Another node.
    Peer,
}

//! A signer in a process of its own, asked over a Unix socket, or over whatever else carries bytes.
//!
//! ```text
//! node                                  signer
//! Hello: version, chain, key    ──▶
//!                               ◀──     Hello: version, chain, key   (closes if they differ)
//! Request: vote, proposal, …    ──▶     rules, record, key
//!                               ◀──     Answer: signature, or why not
//! ```
//!
//! Requests are messages, not hashes: the signer enforces the rules itself, and a node that was
//! taken over gets no two signatures for one place. Who may connect to a Unix socket is said by its mode,
//! 0600, in a folder that others cannot write to.
//!
//! Invariant: a request may be sent twice: the second answer is the first one.
//! Not here: TLS (`argosy-signer-tls`).

mod client; // asks: RemoteSigner
mod server; // answers: serve
mod socket; // the socket file, and how to stop
mod stream; // what carries the words
mod wire; // frames and what is in them

pub use client::{RemoteError, RemoteSigner};
pub use server::{Closing, ServeEvent, ServeLimits, serve};
pub use socket::{SignerSocket, SocketError, StopHandle, StopSignal, stop_pair};
pub use stream::{Caller, Closer, Listen, Stream, Way};

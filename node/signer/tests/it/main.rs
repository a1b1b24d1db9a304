//! The signer on a real file system and over real sockets.

#![allow(clippy::unwrap_used)]

mod copies; // record and second copy against one another
mod interchange; // export and import
mod key_files; // keys at rest
mod local; // what is signed, and what never
mod plain; // keys without a passphrase
mod record; // damage to the record
mod remote; // over a Unix socket
mod support; // keys, votes, second copies that fail

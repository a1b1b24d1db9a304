//! Keys of people and validators at rest. Start reading at [`KeyFile`].
//!
//! A key file is standard encrypted PKCS#8 in PEM: OpenSSL, HSMs and cloud key stores read it.
//! Not here: the record of what was signed and the remote signer (they come with consensus),
//! and how accounts are derived from a mnemonic (`argosy-sdk`).

mod error; // what can be wrong with a key file
mod key_file; // one file on disk: create, open, look at
mod passphrase; // what locks it
mod pem; // the bytes inside

pub use error::{Damage, KeyFileError};
pub use key_file::{KeyFile, generate_key};
pub use passphrase::Passphrase;

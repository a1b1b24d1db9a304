//! Keys of people and validators at rest, and the one place where a validator signs.
//!
//! A key file is standard encrypted PKCS#8 in PEM: OpenSSL, HSMs and cloud key stores read it; see
//! [`KeyFile`]. A node's network key, which guards no funds and no votes, may lie in a
//! [`PlainKeyFile`]. Whoever signs votes and proposals does it through [`Sign`]: in process with a
//! [`LocalSigner`], or over a Unix socket with a [`RemoteSigner`] that asks one behind [`serve`].
//!
//! Invariant: a vote or proposal is signed only above everything in the sign record, and its
//! signature leaves only after record (and second copy, if there is one) are on disk. The same
//! bytes may be signed again; other bytes for the same height, round and step never. A record that
//! is missing or damaged is an error and never an empty record.
//!
//! Not here: the engine that asks for signatures, where the second copy is kept (`consensus`,
//! `argosyd`), and how accounts are derived from a mnemonic (`argosy-sdk`).

mod error; // what can be wrong with a key file
mod key_file; // one file on disk: create, open, look at
mod passphrase; // what locks it
mod pem; // the bytes inside
mod plain; // one without a passphrase

mod history; // the rules: what may be signed after what
mod interchange; // export and import of a record
mod keeper; // the second copy of the highest mark
mod local; // key, record and second copy together
mod mark; // height, round, step; what was signed there
mod record; // the synced file that holds them
mod remote; // the same from another process
mod sign; // who signs: the trait, and why it may refuse

pub use error::{Damage, KeyFileError};
pub use history::History;
pub use interchange::{ImportError, Imported, export_record, import_record};
pub use keeper::{Copies, KeeperFailure, MarkKeeper};
pub use key_file::{KeyFile, generate_key};
pub use local::LocalSigner;
pub use mark::{Mark, Position, Step};
pub use passphrase::Passphrase;
pub use plain::PlainKeyFile;
pub use record::{RECORD_FILE, RecordDamage, RecordError, SlotDamage, init_record, init_record_at};
pub use remote::{
    Caller, Closer, Closing, Listen, RemoteError, RemoteSigner, ServeEvent, ServeLimits,
    SignerSocket, SocketError, StopHandle, StopSignal, Stream, Way, serve, stop_pair,
};
pub use sign::{Sign, SignError};

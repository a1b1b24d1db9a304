//! What the code that [`contract!`](crate::contract!) makes calls: one contract, its messages as bytes, its
//! answers as types.
//!
//! ```text
//! token.transfer(bob, 5) ── Call ──.action()──► Action, for a batch or to be signed elsewhere
//!                             └────.send(&alice).await──► Outcome, or CallError with the contract's own error
//! token.balance_of(bob).await ──► the value
//! ```
//!
//! Always holds: bytes of a contract are decoded within limits, whole; what does not fit its type is an error.
//! Not here: how types are made (`argosy-bindings`), contracts whose ABI is known at run time only
//! ([`Contract`](crate::Contract)).

mod bound; // one contract, spoken to in bytes
mod call; // a call that is not sent yet
mod deploy; // creation and migration
mod error; // the contract's own error, or another

pub use argosy_primitives::Hash32;
pub use parity_scale_codec as scale;

pub use bound::{Bound, Schema, is_named, read_event};
pub use call::{Call, Outcome};
pub use deploy::{Deploy, Deployment, Handle, Upgrade};
pub use error::{CallError, NoError};

use argosy_primitives::codec::{Limits, decode_untrusted};
use scale::{DecodeWithMemTracking, Encode};

/// A type of a contract that can be read; every generated type is one.
pub trait Readable: DecodeWithMemTracking + Encode {}

impl<T: DecodeWithMemTracking + Encode> Readable for T {}

/// A contract's bytes as a value; `None`: they are none.
pub(crate) fn read<T: Readable>(bytes: &[u8]) -> Option<T> {
    decode_untrusted(bytes, Limits::for_size(bytes.len())).ok()
}

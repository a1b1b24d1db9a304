//! Values of a contract: JSON and text to SCALE and back, by the type names of its ABI.
//!
//! Start reading at [`Codec`]. How types look in JSON is the table in `shape.rs`.
//! Always holds: what is encoded decodes to the same JSON (a missing optional field becomes
//! `null`); on hostile bytes, JSON or ABI every function ends with a value or a [`ValueError`].

mod codec; // methods, events, reverts: the way in
mod decode; // SCALE to JSON
mod encode; // JSON to SCALE
mod error; // what can be wrong
mod place; // where in a value we are
mod shape; // what a type looks like
mod text; // what people type and read

pub use codec::{Argument, Codec, DecodedEvent, Revert};
pub use error::ValueError;
pub use text::Human;

//! Contract values: from text and JSON to the bytes a contract reads, and back.
//!
//! Start reading at [`Codec`]. The types come from the contract's [`Abi`](argosy_vm_abi::Abi):
//!
//! | type | JSON | text on a command line |
//! |---|---|---|
//! | `bool` | `true` | `true` |
//! | `u8`…`u32`, `i8`…`i32` | number | `-5` |
//! | `u64` `u128` `i64` `i128` | decimal string; small numbers are read too | `1_000_000` |
//! | `Fixed<D>` | decimal string with all digits; fewer, and whole numbers, are read too | `0.25` |
//! | `String` | string | as it is |
//! | `Bytes`, `[u8; N]`, `Hash` | `"0x00ff"` | `0x00ff` |
//! | `Address` | `"dargo1…"`, or a known name | the same |
//! | `Vec<T>`, `[T; N]`, `(A, B)` | array | JSON; lists of plain words also as `a,b,c` |
//! | `Option<T>` | the value or `null`; `{"some": …}` around an option in an option | `none`, or the value |
//! | `Result<A, B>` | `{"ok": …}` or `{"err": …}` | JSON |
//! | struct | object; array if its fields are numbered | JSON |
//! | enum | object with `"type": "Variant"` and the fields; just `"Variant"` if it has none | `Variant`, or JSON |
//!
//! In an enum a field called `type` is written `type_` (and `type_` as `type__`, and so on).
//!
//! Always holds: what decoding accepts encodes to the same bytes; depth, size and number of values
//! are limited, so that any ABI and any bytes end in a value or an error.
//! Not here: reading an ABI (`argosy-vm-abi`), and what the chain does with the bytes.

mod decode; // bytes to values
mod encode; // JSON to bytes
mod error;
mod example; // what a right value looks like
mod kind; // what a type looks like from outside
mod limits; // how large a value may be
mod literal; // numbers and hex digits
mod path; // where in a value
mod reader; // SCALE's own words, bounded
mod revert; // why a contract gave up, and what it announced
mod suggest; // the name that was meant
mod text; // command line to JSON
mod value; // a value with its names
mod whole; // whole messages, answers, events

pub use error::CodecError;
pub use revert::Revert;
pub use value::{AbiValue, FieldValue};
pub use whole::{Allowance, Args, Codec, DecodedCall, DecodedEvent, signature, topic_of};

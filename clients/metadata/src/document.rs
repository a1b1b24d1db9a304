//! The document: a contract's methods, events and state, with types by their number in a registry.
//!
//! ```text
//! {"format": "argosy-scale-info/1", "contract": {name, version, docs} | null,
//!  "messages": [{kind, name, selector, args: [{name, type}], returns, error?, payable, docs}],
//!  "events": [{name, topic, type, fields: [{name, type, indexed}], docs}],
//!  "storage": [{name, prefix, kind?, type, key?, value?}],
//!  "revert": type, "registry": {"types": [{id, type}]}}
//! ```
//!
//! Always holds: every number is the place of a type in `registry.types`, and its `id`.
//! Not here: how it is made (`convert`).

use scale_info::PortableRegistry;
use serde::{Deserialize, Serialize};

/// What [`Metadata::format`] is. Another number means that what was there is another.
pub const FORMAT: &str = "argosy-scale-info/1";

/// A contract for tools that read scale-info.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// [`FORMAT`].
    pub format: String,
    /// The contract as a whole, if its ABI says so.
    pub contract: Option<Contract>,
    /// Methods by kind, then name.
    pub messages: Vec<Message>,
    /// Events by name.
    pub events: Vec<Event>,
    /// State by name.
    pub storage: Vec<StorageField>,
    /// The type of what a contract reverts with. Its `Error` has the bytes of the method's own error.
    pub revert: u32,
    /// The types.
    pub registry: PortableRegistry,
}

/// The contract as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Name of the contract.
    pub name: String,
    /// Version of its package.
    pub version: String,
    /// What it is.
    pub docs: String,
}

/// A method. On the wire: the selector, then the arguments in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `init`, `call`, `query` or `upgrade`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Four bytes, as `0x` and hex digits.
    pub selector: String,
    /// Arguments in wire order.
    pub args: Vec<Argument>,
    /// Type of the returned data.
    pub returns: u32,
    /// Type of its own error, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<u32>,
    /// Whether funds may be sent along.
    pub payable: bool,
    /// What it does.
    pub docs: String,
}

/// An argument of a method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: u32,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its first topic: blake3 of the name, as `0x` and hex digits.
    pub topic: String,
    /// Type of its data as a whole: the fields side by side.
    #[serde(rename = "type")]
    pub ty: u32,
    /// The fields in wire order.
    pub fields: Vec<EventField>,
    /// When it is emitted.
    pub docs: String,
}

/// A field of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventField {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: u32,
    /// Whether it is also a topic.
    pub indexed: bool,
}

/// A field of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageField {
    /// Its name.
    pub name: String,
    /// How its keys begin in contracts of the SDK: four bytes, as `0x` and hex digits.
    pub prefix: String,
    /// `item`, `map`, `set` or `list`; none: the ABI does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Type of all that it holds, as the ABI has it: a map is a list of pairs.
    #[serde(rename = "type")]
    pub ty: u32,
    /// Type of the keys of a map or set. In the state they lie in an order of their own, not in SCALE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<u32>,
    /// Type of each stored value, which is SCALE: of an item, of a map's or a list's entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u32>,
}

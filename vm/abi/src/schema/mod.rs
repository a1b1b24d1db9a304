//! Schema: the contract described for people and tools, carried inside its module.
//!
//! ```text
//! custom section `argosy.abi`, at most 64 KiB = frame ‖ frame ‖ …
//! frame = length u32 LE ‖ SCALE(AbiItem)
//! ```
//!
//! The SDK's macros emit one frame per item; the linker puts them end to end, in any order. The
//! chain hashes the section and never reads it; tools read it with [`Abi::parse`].
//!
//! Always holds: a parsed [`Abi`] has plain identifiers as names, types that parse and resolve, at
//! most one item per name and kind, no two methods with one selector in an entry, no two fields
//! or variants of one name side by side, and fields of the state whose types fit their kinds.
//! Not here: values (`argosy-values`) and the type grammar ([`TypeExpr`](crate::TypeExpr)).

mod check; // the rules between items
mod state; // fields of the state

pub use state::{StorageItem, StorageKind};

use alloc::string::String;
use alloc::vec::Vec;
use argosy_primitives::codec::{self, DecodeError, Limits};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::entry::{Entry, Selector};
use crate::types::TypeError;

/// Name of the custom section.
pub const ABI_SECTION: &str = "argosy.abi";
/// Longest section, over all its parts.
pub const ABI_SECTION_BYTES_MAX: usize = 64 * 1024;

const NAME_BYTES_MAX: usize = 128;

/// One item of the section.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
#[allow(missing_docs)] // Each variant wraps the type that documents it.
pub enum AbiItem {
    #[codec(index = 0)]
    Contract(ContractItem),
    #[codec(index = 1)]
    Message(MessageItem),
    #[codec(index = 2)]
    Event(EventItem),
    #[codec(index = 3)]
    Type(TypeItem),
    /// A field of the state by name and type alone: writers that cannot tell how it lies.
    #[codec(index = 4)]
    StorageUntold(Field),
    #[codec(index = 5)]
    Storage(StorageItem),
}

/// The contract as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct ContractItem {
    /// Name of the contract.
    pub name: String,
    /// Version of its package.
    pub version: String,
    /// What it is.
    pub docs: String,
}

/// The entry that serves a method.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking,
)]
#[allow(missing_docs)] // See `Entry`.
pub enum MessageKind {
    #[codec(index = 0)]
    Init,
    #[codec(index = 1)]
    Call,
    #[codec(index = 2)]
    Query,
    #[codec(index = 3)]
    Upgrade,
}

impl MessageKind {
    /// The entry of the same name.
    pub const fn entry(self) -> Entry {
        match self {
            MessageKind::Init => Entry::Init,
            MessageKind::Call => Entry::Call,
            MessageKind::Query => Entry::Query,
            MessageKind::Upgrade => Entry::Upgrade,
        }
    }
}

/// A method.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct MessageItem {
    /// The entry that serves it.
    pub kind: MessageKind,
    /// Its name.
    pub name: String,
    /// First bytes of blake3 of its name.
    pub selector: Selector,
    /// Arguments in wire order.
    pub args: Vec<Field>,
    /// Type of the returned data; `()` for none.
    pub returns: String,
    /// Type inside [`RevertData::Error`](crate::RevertData::Error), if it has one.
    pub error: Option<String>,
    /// Whether funds may be sent along.
    pub payable: bool,
    /// What it does.
    pub docs: String,
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Field {
    /// Its name; fields of a tuple are called `0`, `1`, ….
    pub name: String,
    /// Name of its type.
    pub ty: String,
}

/// An event. On the wire: topic 0 = blake3 of the name, then one topic per indexed field (its SCALE
/// bytes padded with zeros up to 32, hashed when longer); data = SCALE of all fields in order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct EventItem {
    /// Its name.
    pub name: String,
    /// Fields in wire order.
    pub fields: Vec<EventField>,
    /// When it is emitted.
    pub docs: String,
}

/// A value in an event.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct EventField {
    /// Its name.
    pub name: String,
    /// Name of its type.
    pub ty: String,
    /// Whether it is also a topic; at most three are.
    pub indexed: bool,
}

/// A type that other items name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct TypeItem {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub def: TypeDef,
    /// What it is.
    pub docs: String,
}

/// The shape of a named type.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum TypeDef {
    /// All fields, in wire order.
    #[codec(index = 0)]
    Struct(Vec<Field>),
    /// An index byte, then the fields of that variant.
    #[codec(index = 1)]
    Enum(Vec<Variant>),
}

/// One alternative of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// The byte that selects it.
    pub index: u8,
    /// Its fields, in wire order.
    pub fields: Vec<Field>,
}

impl AbiItem {
    /// The item as a frame of the section.
    pub fn to_frame(&self) -> Vec<u8> {
        let bytes = self.encode();
        let length = u32::try_from(bytes.len()).expect("an item is far smaller than 4 GiB");
        let mut frame = length.to_le_bytes().to_vec();
        frame.extend(bytes);
        frame
    }
}

/// A contract's schema, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abi {
    /// The contract as a whole, if it says so.
    pub contract: Option<ContractItem>,
    /// Methods by kind, then name.
    pub messages: Vec<MessageItem>,
    /// Events by name.
    pub events: Vec<EventItem>,
    /// Types by name.
    pub types: Vec<TypeItem>,
    /// State by name.
    pub storage: Vec<StorageItem>,
}

impl Abi {
    /// Reads the section (its parts end to end). The order of frames does not matter, and a frame
    /// may repeat.
    pub fn parse(section: &[u8]) -> Result<Abi, AbiError> {
        if section.len() > ABI_SECTION_BYTES_MAX {
            return Err(AbiError::TooLong {
                found: section.len(),
            });
        }
        let mut abi = Abi::default();
        let mut rest = section;
        while !rest.is_empty() {
            let offset = section.len() - rest.len();
            let item;
            (item, rest) = split_item(rest, offset)?;
            abi.add(item)?;
        }
        check::sort_and_compare(&mut abi)?;
        check::check_items(&abi)?;
        Ok(abi)
    }

    /// The method of this name.
    pub fn message(&self, kind: MessageKind, name: &str) -> Option<&MessageItem> {
        self.messages
            .iter()
            .find(|it| it.kind == kind && it.name == name)
    }

    /// The method with this selector.
    pub fn message_by_selector(
        &self,
        kind: MessageKind,
        selector: Selector,
    ) -> Option<&MessageItem> {
        self.messages
            .iter()
            .find(|it| it.kind == kind && it.selector == selector)
    }

    /// The event of this name.
    pub fn event(&self, name: &str) -> Option<&EventItem> {
        self.events.iter().find(|it| it.name == name)
    }

    /// The type of this name.
    pub fn type_named(&self, name: &str) -> Option<&TypeItem> {
        let index = self
            .types
            .binary_search_by(|it| it.name.as_str().cmp(name))
            .ok()?;
        self.types.get(index)
    }

    fn add(&mut self, item: AbiItem) -> Result<(), AbiError> {
        match item {
            AbiItem::Contract(item) => match &self.contract {
                Some(known) if *known != item => {
                    return Err(AbiError::Duplicate { name: item.name });
                }
                _ => self.contract = Some(item),
            },
            AbiItem::Message(item) => self.messages.push(item),
            AbiItem::Event(item) => self.events.push(item),
            AbiItem::Type(item) => self.types.push(item),
            AbiItem::StorageUntold(Field { name, ty }) => {
                let kind = None;
                self.storage.push(StorageItem { name, ty, kind });
            }
            AbiItem::Storage(item) => self.storage.push(item),
        }
        Ok(())
    }
}

fn split_item(rest: &[u8], offset: usize) -> Result<(AbiItem, &[u8]), AbiError> {
    let truncated = AbiError::Truncated { offset };
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(truncated.clone())?;
    let length = u32::from_le_bytes(*length) as usize;
    let (frame, rest) = rest.split_at_checked(length).ok_or(truncated)?;
    let limits = Limits {
        size_max: ABI_SECTION_BYTES_MAX,
        depth_max: 8,
        memory_max: 64 * ABI_SECTION_BYTES_MAX,
    };
    let item = codec::decode_untrusted(frame, limits)
        .map_err(|source| AbiError::Malformed { offset, source })?;
    Ok((item, rest))
}

/// Why a schema was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AbiError {
    /// The section is too long.
    #[error("schema has {found} bytes, more than {ABI_SECTION_BYTES_MAX}")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// A frame claims more bytes than there are.
    #[error("schema ends inside the frame at byte {offset}")]
    Truncated {
        /// Where the frame begins.
        offset: usize,
    },
    /// A frame does not decode.
    #[error("schema has a frame at byte {offset} that is no item of ABI version 1")]
    Malformed {
        /// Where the frame begins.
        offset: usize,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// Two items, fields or variants share a name, an index or a selector.
    #[error("schema defines {name:?} twice")]
    Duplicate {
        /// The name of one of them.
        name: String,
    },
    /// A name is not an identifier.
    #[error("schema uses {name:?} as a name")]
    BadName {
        /// The name.
        name: String,
    },
    /// A type name does not parse.
    #[error("schema uses {ty:?} as a type")]
    BadType {
        /// The type name.
        ty: String,
        /// What is wrong with it.
        source: TypeError,
    },
    /// A type name refers to nothing.
    #[error("schema does not define type {name:?}")]
    UnknownType {
        /// The missing name.
        name: String,
    },
    /// A field of the state has a type that its kind cannot have.
    #[error(
        "schema has state {name:?} as a {}, which cannot hold a {ty}: a map holds Vec<(K, V)>, a set Vec<(K, ())>, a list Vec<(u32, T)>",
        .kind.as_str()
    )]
    BadState {
        /// The field.
        name: String,
        /// How it is said to lie.
        kind: StorageKind,
        /// The type that it is said to hold.
        ty: String,
    },
    /// An event has more indexed fields than topics.
    #[error("event {event:?} has more than three indexed fields")]
    TooManyIndexed {
        /// The event.
        event: String,
    },
}

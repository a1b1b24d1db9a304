//! The bytes of the `argosy.abi` section as constants.
//!
//! ```text
//! frame = length u32 LE ‖ SCALE(argosy_vm_abi::AbiItem)
//! ```
//!
//! Invariant: what is written here, `argosy_vm_abi::Abi::parse` reads; a test compares both sides.

use argosy_vm_abi::schema::StorageKind;
use argosy_vm_abi::{ABI_SECTION_BYTES_MAX, Entry, Selector};

use super::TypeName;

// Indices of `AbiItem`, `TypeDef` and `Option`.
const CONTRACT: u8 = 0;
const MESSAGE: u8 = 1;
const EVENT: u8 = 2;
const TYPE: u8 = 3;
const STORAGE: u8 = 5;
const STRUCT: u8 = 0;
const ENUM: u8 = 1;
const NONE: u8 = 0;
const SOME: u8 = 1;

/// A method.
pub struct MessageDef<'a> {
    /// The entry that serves it.
    pub entry: Entry,
    /// Its name.
    pub name: &'a str,
    /// First bytes of blake3 of its name.
    pub selector: Selector,
    /// Arguments in order.
    pub args: &'a [FieldDef<'a>],
    /// Type of the returned data.
    pub returns: TypeName,
    /// Type of its errors.
    pub error: Option<TypeName>,
    /// Whether funds may be sent along.
    pub payable: bool,
    /// What it does.
    pub docs: &'a str,
}

/// An argument, or a field of a type.
pub struct FieldDef<'a> {
    /// Its name, a number inside tuples.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeName,
}

/// A field of an event.
pub struct EventFieldDef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeName,
    /// Whether it is a topic.
    pub indexed: bool,
}

/// One alternative of an enum.
pub struct VariantDef<'a> {
    /// Its name.
    pub name: &'a str,
    /// The byte that selects it.
    pub index: u8,
    /// Its fields.
    pub fields: &'a [FieldDef<'a>],
}

/// A field of the state.
pub struct StorageDef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: TypeName,
    /// How it lies.
    pub kind: StorageKind,
}

/// Frames, end to end.
pub struct Frames {
    bytes: [u8; ABI_SECTION_BYTES_MAX],
    length: usize,
}

impl Frames {
    /// None yet.
    #[allow(clippy::new_without_default)] // A trait's function cannot be constant.
    pub const fn new() -> Frames {
        Frames {
            bytes: [0; ABI_SECTION_BYTES_MAX],
            length: 0,
        }
    }

    /// Adds the contract as a whole.
    pub const fn contract(&mut self, name: &str, version: &str, docs: &str) {
        let start = self.begin(CONTRACT);
        self.text(name.as_bytes());
        self.text(version.as_bytes());
        self.text(docs.as_bytes());
        self.end(start);
    }

    /// Adds a method.
    pub const fn message(&mut self, message: &MessageDef<'_>) {
        let start = self.begin(MESSAGE);
        self.byte(match message.entry {
            Entry::Init => 0,
            Entry::Call => 1,
            Entry::Query => 2,
            Entry::Upgrade => 3,
            Entry::Reply => panic!("a native contract has no replies"),
        });
        self.text(message.name.as_bytes());
        self.raw(&message.selector);
        self.fields(message.args);
        self.text(message.returns.as_bytes());
        match &message.error {
            None => self.byte(NONE),
            Some(error) => {
                self.byte(SOME);
                self.text(error.as_bytes());
            }
        }
        self.byte(message.payable as u8);
        self.text(message.docs.as_bytes());
        self.end(start);
    }

    /// Adds an event.
    pub const fn event(&mut self, name: &str, fields: &[EventFieldDef<'_>], docs: &str) {
        let start = self.begin(EVENT);
        self.text(name.as_bytes());
        self.compact(fields.len());
        let mut at = 0;
        while at < fields.len() {
            self.text(fields[at].name.as_bytes());
            self.text(fields[at].ty.as_bytes());
            self.byte(fields[at].indexed as u8);
            at += 1;
        }
        self.text(docs.as_bytes());
        self.end(start);
    }

    /// Adds a struct.
    pub const fn type_struct(&mut self, name: &str, fields: &[FieldDef<'_>], docs: &str) {
        let start = self.begin(TYPE);
        self.text(name.as_bytes());
        self.byte(STRUCT);
        self.fields(fields);
        self.text(docs.as_bytes());
        self.end(start);
    }

    /// Adds an enum.
    pub const fn type_enum(&mut self, name: &str, variants: &[VariantDef<'_>], docs: &str) {
        let start = self.begin(TYPE);
        self.text(name.as_bytes());
        self.byte(ENUM);
        self.compact(variants.len());
        let mut at = 0;
        while at < variants.len() {
            self.text(variants[at].name.as_bytes());
            self.byte(variants[at].index);
            self.fields(variants[at].fields);
            at += 1;
        }
        self.text(docs.as_bytes());
        self.end(start);
    }

    /// Adds the fields of the state.
    pub const fn storage(&mut self, fields: &[StorageDef<'_>]) {
        let mut at = 0;
        while at < fields.len() {
            let start = self.begin(STORAGE);
            self.text(fields[at].name.as_bytes());
            self.text(fields[at].ty.as_bytes());
            self.byte(SOME);
            self.byte(fields[at].kind.index());
            self.end(start);
            at += 1;
        }
    }

    /// Length of all frames.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// All frames; `N` is [`Frames::length`].
    pub const fn to_array<const N: usize>(&self) -> [u8; N] {
        let mut array = [0; N];
        array.copy_from_slice(self.as_bytes());
        array
    }

    /// All frames.
    pub const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    /// Leaves room for the length; `end` fills it in.
    const fn begin(&mut self, item: u8) -> usize {
        let start = self.length;
        self.raw(&[0; 4]);
        self.byte(item);
        start
    }

    const fn end(&mut self, start: usize) {
        let length = (self.length - start - 4) as u32;
        let (_, frame) = self.bytes.split_at_mut(start);
        let (head, _) = frame.split_at_mut(4);
        head.copy_from_slice(&length.to_le_bytes());
    }

    const fn fields(&mut self, fields: &[FieldDef<'_>]) {
        self.compact(fields.len());
        let mut at = 0;
        while at < fields.len() {
            self.text(fields[at].name.as_bytes());
            self.text(fields[at].ty.as_bytes());
            at += 1;
        }
    }

    const fn text(&mut self, text: &[u8]) {
        self.compact(text.len());
        self.raw(text);
    }

    /// SCALE's compact number.
    const fn compact(&mut self, number: usize) {
        let number = number as u32;
        if number < 1 << 6 {
            self.byte((number << 2) as u8);
        } else if number < 1 << 14 {
            self.raw(&((number << 2 | 1) as u16).to_le_bytes());
        } else {
            self.raw(&(number << 2 | 2).to_le_bytes());
        }
    }

    const fn byte(&mut self, byte: u8) {
        self.raw(&[byte]);
    }

    const fn raw(&mut self, bytes: &[u8]) {
        assert!(
            self.length + bytes.len() <= ABI_SECTION_BYTES_MAX,
            "the ABI of this contract is larger than 64 KiB: shorten its doc comments"
        );
        let (_, rest) = self.bytes.split_at_mut(self.length);
        let (target, _) = rest.split_at_mut(bytes.len());
        target.copy_from_slice(bytes);
        self.length += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_vm_abi::AbiItem;
    use argosy_vm_abi::schema::{
        ContractItem, EventField, EventItem, Field, MessageItem, MessageKind, StorageItem, TypeDef,
        TypeItem, Variant,
    };

    const U8: TypeName = TypeName::new("u8");

    fn field(name: &str) -> Field {
        Field {
            name: name.into(),
            ty: "u8".into(),
        }
    }

    #[track_caller]
    fn check(write: impl FnOnce(&mut Frames), expected: AbiItem) {
        let mut frames = Frames::new();
        write(&mut frames);
        assert_eq!(frames.as_bytes(), expected.to_frame());
    }

    #[test]
    fn every_item_has_the_bytes_of_the_schema() {
        // The docs are long enough for each width of the compact length.
        let docs = ["short".to_string(), "x".repeat(64), "y".repeat(1 << 14)];
        check(
            |it| it.contract("token", "1.2.3", &docs[0]),
            AbiItem::Contract(ContractItem {
                name: "token".into(),
                version: "1.2.3".into(),
                docs: docs[0].clone(),
            }),
        );
        for (entry, kind) in [
            (Entry::Init, MessageKind::Init),
            (Entry::Call, MessageKind::Call),
            (Entry::Query, MessageKind::Query),
            (Entry::Upgrade, MessageKind::Upgrade),
        ] {
            check(
                |it| {
                    it.message(&MessageDef {
                        entry,
                        name: "add",
                        selector: [1, 2, 3, 4],
                        args: &[FieldDef { name: "by", ty: U8 }],
                        returns: TypeName::new("()"),
                        error: (entry == Entry::Call).then_some(U8),
                        payable: entry == Entry::Init,
                        docs: &docs[1],
                    });
                },
                AbiItem::Message(MessageItem {
                    kind,
                    name: "add".into(),
                    selector: [1, 2, 3, 4],
                    args: vec![field("by")],
                    returns: "()".into(),
                    error: (entry == Entry::Call).then(|| "u8".into()),
                    payable: entry == Entry::Init,
                    docs: docs[1].clone(),
                }),
            );
        }
        let fields = [true, false].map(|indexed| EventFieldDef {
            name: "a",
            ty: U8,
            indexed,
        });
        check(
            |it| it.event("Added", &fields, &docs[2]),
            AbiItem::Event(EventItem {
                name: "Added".into(),
                fields: [true, false]
                    .map(|indexed| EventField {
                        name: "a".into(),
                        ty: "u8".into(),
                        indexed,
                    })
                    .to_vec(),
                docs: docs[2].clone(),
            }),
        );
    }

    #[test]
    fn every_type_has_the_bytes_of_the_schema() {
        let fields = || [FieldDef { name: "a", ty: U8 }];
        check(
            |it| it.type_struct("Point", &fields(), ""),
            AbiItem::Type(TypeItem {
                name: "Point".into(),
                def: TypeDef::Struct(vec![field("a")]),
                docs: String::new(),
            }),
        );
        let variant = VariantDef {
            name: "Some",
            index: 7,
            fields: &fields(),
        };
        check(
            |it| it.type_enum("Maybe", &[variant], ""),
            AbiItem::Type(TypeItem {
                name: "Maybe".into(),
                def: TypeDef::Enum(vec![Variant {
                    name: "Some".into(),
                    index: 7,
                    fields: vec![field("a")],
                }]),
                docs: String::new(),
            }),
        );
        for kind in StorageKind::ALL {
            let field = StorageDef {
                name: "a",
                ty: U8,
                kind,
            };
            check(
                |it| it.storage(&[field]),
                AbiItem::Storage(StorageItem {
                    name: "a".into(),
                    ty: "u8".into(),
                    kind: Some(kind),
                }),
            );
        }
    }
}

//! One schema item of each kind, with every optional part both ways.

use argosy_vm_abi::schema::{
    ContractItem, EventField, EventItem, Field, MessageItem, MessageKind, StorageItem, StorageKind,
    TypeDef, TypeItem, Variant,
};
use argosy_vm_abi::{Abi, AbiItem, selector_of};

pub(crate) fn field(name: &str, ty: &str) -> Field {
    Field {
        name: name.into(),
        ty: ty.into(),
    }
}

pub(crate) fn message(kind: MessageKind, name: &str) -> MessageItem {
    MessageItem {
        kind,
        name: name.into(),
        selector: selector_of(name),
        args: Vec::new(),
        returns: "()".into(),
        error: None,
        payable: false,
        docs: String::new(),
    }
}

pub(crate) fn event(name: &str, indexed: usize) -> EventItem {
    let fields = (0..indexed).map(|index| EventField {
        name: index.to_string(),
        ty: "u8".into(),
        indexed: true,
    });
    EventItem {
        name: name.into(),
        fields: fields.collect(),
        docs: String::new(),
    }
}

pub(crate) fn items() -> Vec<(&'static str, AbiItem)> {
    let transfer = MessageItem {
        args: vec![field("to", "Address"), field("amount", "u128")],
        error: Some("TokenError".into()),
        payable: true,
        docs: "Moves tokens to `to`.".into(),
        ..message(MessageKind::Call, "transfer")
    };
    let transferred = EventItem {
        name: "Transferred".into(),
        fields: vec![
            EventField {
                name: "to".into(),
                ty: "Address".into(),
                indexed: true,
            },
            EventField {
                name: "amount".into(),
                ty: "u128".into(),
                indexed: false,
            },
        ],
        docs: String::new(),
    };
    let token_error = TypeItem {
        name: "TokenError".into(),
        def: TypeDef::Enum(vec![Variant {
            name: "InsufficientBalance".into(),
            index: 0,
            fields: vec![field("have", "u128"), field("need", "u128")],
        }]),
        docs: "Why a transfer fails.".into(),
    };
    let pair = TypeItem {
        name: "Pair".into(),
        def: TypeDef::Struct(vec![field("0", "[u8; 4]"), field("1", "Option<Hash>")]),
        docs: String::new(),
    };
    vec![
        (
            "contract",
            AbiItem::Contract(ContractItem {
                name: "token".into(),
                version: "1.2.3".into(),
                docs: "A token.".into(),
            }),
        ),
        ("message", AbiItem::Message(transfer)),
        (
            "message-plain",
            AbiItem::Message(message(MessageKind::Init, "new")),
        ),
        ("event", AbiItem::Event(transferred)),
        ("type-enum", AbiItem::Type(token_error)),
        ("type-struct", AbiItem::Type(pair)),
        (
            "storage-untold",
            AbiItem::StorageUntold(field("supply", "u128")),
        ),
        (
            "storage",
            AbiItem::Storage(StorageItem {
                name: "balances".into(),
                ty: "Vec<(Address, u128)>".into(),
                kind: Some(StorageKind::Map),
            }),
        ),
    ]
}

pub(crate) fn section<'a>(items: impl IntoIterator<Item = &'a AbiItem>) -> Vec<u8> {
    items.into_iter().flat_map(AbiItem::to_frame).collect()
}

pub(crate) fn abi() -> Abi {
    let items: Vec<_> = items().into_iter().map(|(_, item)| item).collect();
    Abi::parse(&section(&items)).expect("the sample is well-formed")
}

//! The ABI that the tests speak, and the Rust types it describes.

use argosy_primitives::{Address, Hrp};
use argosy_values::Codec;
use argosy_vm_abi::schema::{
    EventField, EventItem, Field, MessageItem, MessageKind, TypeDef, TypeItem, Variant,
};
use argosy_vm_abi::{Abi, AbiItem, selector_of};
use parity_scale_codec::Encode;

/// The struct `Order`.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) note: String,
    pub(crate) lines: Vec<Pair>,
}

/// The tuple struct `Pair`.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub(crate) struct Pair(pub(crate) u8, pub(crate) Option<i16>);

/// The enum `Shape`, whose indices have gaps.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub(crate) enum Shape {
    #[codec(index = 0)]
    Empty,
    #[codec(index = 7)]
    Circle { radius: u32 },
    #[codec(index = 9)]
    Line(i64, Vec<u8>),
    /// Its field is called `type` in the ABI.
    #[codec(index = 200)]
    Other { kind: String },
}

/// The enum `Tree`, which refers to itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode)]
pub(crate) enum Tree {
    #[codec(index = 0)]
    Leaf,
    #[codec(index = 1)]
    Node(Vec<Tree>),
}

fn fields(fields: &[(&str, &str)]) -> Vec<Field> {
    let field = |(name, ty): &(&str, &str)| Field {
        name: (*name).to_owned(),
        ty: (*ty).to_owned(),
    };
    fields.iter().map(field).collect()
}

fn variant(index: u8, name: &str, of: &[(&str, &str)]) -> Variant {
    Variant {
        name: name.to_owned(),
        index,
        fields: fields(of),
    }
}

fn ty(name: &str, def: TypeDef) -> AbiItem {
    AbiItem::Type(TypeItem {
        name: name.to_owned(),
        def,
        docs: String::new(),
    })
}

fn message(
    kind: MessageKind,
    name: &str,
    args: &[(&str, &str)],
    (returns, error): (&str, Option<&str>),
) -> AbiItem {
    AbiItem::Message(MessageItem {
        kind,
        name: name.to_owned(),
        selector: selector_of(name),
        args: fields(args),
        returns: returns.to_owned(),
        error: error.map(str::to_owned),
        payable: false,
        docs: String::new(),
    })
}

fn event(name: &str, of: &[(&str, &str, bool)]) -> AbiItem {
    let field = |(name, ty, indexed): &(&str, &str, bool)| EventField {
        name: (*name).to_owned(),
        ty: (*ty).to_owned(),
        indexed: *indexed,
    };
    AbiItem::Event(EventItem {
        name: name.to_owned(),
        fields: of.iter().map(field).collect(),
        docs: String::new(),
    })
}

/// A contract with something of everything.
pub(crate) fn abi() -> Abi {
    let token_error = TypeDef::Enum(vec![
        variant(
            0,
            "InsufficientBalance",
            &[("have", "u128"), ("need", "u128")],
        ),
        variant(1, "Paused", &[]),
    ]);
    let shape = TypeDef::Enum(vec![
        variant(0, "Empty", &[]),
        variant(7, "Circle", &[("radius", "u32")]),
        variant(9, "Line", &[("0", "i64"), ("1", "Bytes")]),
        variant(200, "Other", &[("type", "String")]),
    ]);
    let tree = TypeDef::Enum(vec![
        variant(0, "Leaf", &[]),
        variant(1, "Node", &[("0", "Vec<Tree>")]),
    ]);
    let order = [("id", "u64"), ("note", "String"), ("lines", "Vec<Pair>")];
    let pair = [("0", "u8"), ("1", "Option<i16>")];
    let transfer = [("to", "Address"), ("amount", "u128")];
    let transferred = [
        ("from", "Address", true),
        ("note", "String", true),
        ("amount", "u128", false),
    ];
    let items = [
        ty("TokenError", token_error),
        ty("Shape", shape),
        ty("Tree", tree),
        ty("Order", TypeDef::Struct(fields(&order))),
        ty("Pair", TypeDef::Struct(fields(&pair))),
        ty("Nothing", TypeDef::Struct(Vec::new())),
        ty("Endless", TypeDef::Struct(fields(&[("0", "Endless")]))),
        message(
            MessageKind::Init,
            "init",
            &[("initial_supply", "u128")],
            ("()", None),
        ),
        message(
            MessageKind::Call,
            "transfer",
            &transfer,
            ("()", Some("TokenError")),
        ),
        message(
            MessageKind::Call,
            "transfer_from",
            &transfer,
            ("bool", Some("TokenError")),
        ),
        message(
            MessageKind::Call,
            "draw",
            &[("shapes", "Vec<Shape>")],
            ("u32", Some("Shape")),
        ),
        message(
            MessageKind::Query,
            "balance_of",
            &[("owner", "Address")],
            ("u128", None),
        ),
        event("Transferred", &transferred),
        event("Paused", &[]),
    ];
    let section: Vec<u8> = items.iter().flat_map(AbiItem::to_frame).collect();
    Abi::parse(&section).expect("the sample is well-formed")
}

/// Runs `test` with the sample's codec.
pub(crate) fn with_codec<T>(test: impl FnOnce(&Codec<'_>) -> T) -> T {
    test(&Codec::new(&abi(), Hrp::Dev))
}

pub(crate) fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

pub(crate) fn text(address: Address) -> String {
    address.to_text(Hrp::Dev)
}

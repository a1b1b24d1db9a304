//! Parsers are total: hostile sections end in a named error or a checked schema.

use argosy_vm_abi::schema::{
    ABI_SECTION_BYTES_MAX, MessageKind, StorageItem, StorageKind, TypeDef, TypeItem, Variant,
};
use argosy_vm_abi::{Abi, AbiError, AbiItem, Manifest, RevertData, TypeError, TypeExpr};
use proptest::prelude::*;

use crate::sample::{self, event, field, message};

#[track_caller]
fn check_refused(items: &[AbiItem], expected: AbiError) {
    assert_eq!(Abi::parse(&sample::section(items)), Err(expected));
}

#[test]
fn order_and_repetition_of_frames_do_not_matter() {
    let items: Vec<_> = sample::items().into_iter().map(|(_, it)| it).collect();
    let shuffled = items.iter().rev().chain(&items);
    assert_eq!(Abi::parse(&sample::section(shuffled)), Ok(sample::abi()));
}

#[test]
fn finds_items_by_name_and_selector() {
    let abi = sample::abi();
    let transfer = abi.message(MessageKind::Call, "transfer").expect("there");
    assert_eq!(
        abi.message_by_selector(MessageKind::Call, transfer.selector),
        Some(transfer)
    );
    assert_eq!(abi.message(MessageKind::Query, "transfer"), None);
    assert!(abi.event("Transferred").is_some() && abi.event("Other").is_none());
    assert!(abi.type_named("Pair").is_some() && abi.type_named("Triple").is_none());
}

#[test]
fn refuses_items_that_contradict() {
    let twice = |name: &str| AbiError::Duplicate { name: name.into() };
    let init = |docs: &str| {
        let mut item = message(MessageKind::Init, "new");
        item.docs = docs.into();
        AbiItem::Message(item)
    };
    check_refused(&[init("a"), init("b")], twice("new"));

    let mut other = message(MessageKind::Init, "other");
    other.selector = message(MessageKind::Init, "new").selector;
    check_refused(&[init(""), AbiItem::Message(other)], twice("other"));

    let variant = |name: &str| Variant {
        name: name.into(),
        index: 7,
        fields: Vec::new(),
    };
    let item = AbiItem::Type(TypeItem {
        name: "T".into(),
        def: TypeDef::Enum(vec![variant("A"), variant("B")]),
        docs: String::new(),
    });
    check_refused(&[item], twice("B"));
    assert!(
        Abi::parse(&sample::section(&[
            init(""),
            AbiItem::Message(message(MessageKind::Call, "new"))
        ]))
        .is_ok(),
        "another entry may use the same name"
    );
}

/// Of two fields of one name, JSON and forms would show the last alone: a wallet would lie.
#[test]
fn refuses_fields_and_variants_that_share_a_name() {
    let twice = |name: &str| AbiError::Duplicate { name: name.into() };
    let fields = || vec![field("to", "u8"), field("x", "bool"), field("to", "u16")];
    let with_type = |def| {
        AbiItem::Type(TypeItem {
            name: "T".into(),
            def,
            docs: String::new(),
        })
    };
    let variant = |name: &str, index, fields| Variant {
        name: name.into(),
        index,
        fields,
    };
    let mut call = message(MessageKind::Call, "pay");
    call.args = fields();
    check_refused(&[AbiItem::Message(call)], twice("to"));
    check_refused(&[with_type(TypeDef::Struct(fields()))], twice("to"));
    let inside = TypeDef::Enum(vec![variant("A", 0, fields())]);
    check_refused(&[with_type(inside)], twice("to"));
    let alike = vec![variant("A", 0, Vec::new()), variant("A", 1, Vec::new())];
    check_refused(&[with_type(TypeDef::Enum(alike))], twice("A"));
    let mut logged = event("E", 2);
    logged.fields[1].name = "0".into();
    check_refused(&[AbiItem::Event(logged)], twice("0"));
    // The same names in different variants are what enums are made of.
    let apart = vec![
        variant("A", 0, vec![field("a", "u8")]),
        variant("B", 1, vec![field("a", "u8")]),
    ];
    assert!(Abi::parse(&sample::section(&[with_type(TypeDef::Enum(apart))])).is_ok());
}

#[test]
fn refuses_names_and_types_that_mean_nothing() {
    let with_return = |ty: &str| {
        let mut item = message(MessageKind::Call, "get");
        item.returns = ty.into();
        vec![AbiItem::Message(item)]
    };
    check_refused(
        &with_return("Vec<Missing>"),
        AbiError::UnknownType {
            name: "Missing".into(),
        },
    );
    check_refused(
        &with_return("u8>"),
        AbiError::BadType {
            ty: "u8>".into(),
            source: TypeError::Unexpected { offset: 2 },
        },
    );
    for name in ["", "a b", "é", "1a", "\u{1b}[2J"] {
        let expected = AbiError::BadName { name: name.into() };
        check_refused(&[AbiItem::Event(event(name, 0))], expected);
    }
    let shadow = AbiItem::Type(TypeItem {
        name: "u8".into(),
        def: TypeDef::Struct(vec![field("a", "bool")]),
        docs: String::new(),
    });
    check_refused(&[shadow], AbiError::BadName { name: "u8".into() });
}

fn state(name: &str, ty: &str, kind: StorageKind) -> AbiItem {
    AbiItem::Storage(StorageItem {
        name: name.into(),
        ty: ty.into(),
        kind: Some(kind),
    })
}

/// A map that is no list of pairs: tools would look for keys that cannot be there.
#[test]
fn refuses_state_whose_type_does_not_fit_its_kind() {
    let wrong = [
        (StorageKind::Map, "u64"),
        (StorageKind::Map, "Vec<u64>"),
        (StorageKind::Set, "Vec<(Address, u8)>"),
        (StorageKind::List, "Vec<(u64, Address)>"),
        (StorageKind::List, "Vec<Address>"),
    ];
    for (kind, ty) in wrong {
        let expected = AbiError::BadState {
            name: "s".into(),
            kind,
            ty: ty.into(),
        };
        check_refused(&[state("s", ty, kind)], expected);
    }
    let error = Abi::parse(&sample::section(&[state("s", "u8", StorageKind::Set)]));
    let error = error.expect_err("no set").to_string();
    assert!(
        error.contains("state \"s\" as a set") && error.contains("Vec<(K, ())>"),
        "{error}"
    );
}

/// ABIs of writers that cannot tell kinds are read; both ways of writing one field contradict.
#[test]
fn state_may_be_told_without_its_kind() {
    let untold = AbiItem::StorageUntold(field("s", "Vec<(u32, u8)>"));
    let abi = Abi::parse(&sample::section([&untold])).expect("well-formed");
    assert_eq!(abi.storage[0].kind, None);
    let told = state("s", "Vec<(u32, u8)>", StorageKind::List);
    let abi = Abi::parse(&sample::section([&told])).expect("well-formed");
    assert_eq!(abi.storage[0].kind, Some(StorageKind::List));
    let twice = AbiError::Duplicate { name: "s".into() };
    check_refused(&[untold, told], twice);
}

/// A later version may have more kinds and items: they are told as malformed, with their place.
#[test]
fn refuses_kinds_and_items_that_are_not_known() {
    let mut unknown_kind = state("s", "u8", StorageKind::Item).to_frame();
    *unknown_kind.last_mut().expect("not empty") = 4;
    let error = Abi::parse(&unknown_kind);
    assert!(
        matches!(error, Err(AbiError::Malformed { offset: 0, .. })),
        "{error:?}"
    );
    let known = AbiItem::StorageUntold(field("s", "u8")).to_frame();
    let section = [&known[..], &[1, 0, 0, 0, 6]].concat();
    let offset = known.len();
    let error = Abi::parse(&section);
    assert!(
        matches!(error, Err(AbiError::Malformed { offset: at, .. }) if at == offset),
        "{error:?}"
    );
}

#[test]
fn an_event_has_at_most_three_indexed_fields() {
    assert!(Abi::parse(&sample::section(&[AbiItem::Event(event("E", 3))])).is_ok());
    let expected = AbiError::TooManyIndexed { event: "E".into() };
    check_refused(&[AbiItem::Event(event("E", 4))], expected);
}

#[test]
fn bounds_the_section_and_its_frames() {
    let found = ABI_SECTION_BYTES_MAX + 1;
    assert_eq!(
        Abi::parse(&vec![0; found]),
        Err(AbiError::TooLong { found })
    );
    assert_eq!(Abi::parse(&[1, 0]), Err(AbiError::Truncated { offset: 0 }));
    let huge = [0xff, 0xff, 0xff, 0xff, 0];
    assert_eq!(Abi::parse(&huge), Err(AbiError::Truncated { offset: 0 }));
    let empty = Abi::parse(&[0, 0, 0, 0]);
    assert!(matches!(empty, Err(AbiError::Malformed { offset: 0, .. })));
    assert_eq!(Abi::parse(&[]), Ok(Abi::default()));
}

#[test]
fn a_recursive_type_is_only_a_name() {
    let list = AbiItem::Type(TypeItem {
        name: "List".into(),
        def: TypeDef::Struct(vec![field("next", "Option<List>")]),
        docs: String::new(),
    });
    assert!(Abi::parse(&sample::section(&[list])).is_ok());
    let parsed = TypeExpr::parse("List").expect("an identifier");
    assert_eq!(parsed, TypeExpr::Named("List".into()));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = Abi::parse(&bytes);
        let _ = RevertData::parse(&bytes);
        let _ = Manifest::parse(&bytes);
    }

    #[test]
    fn a_flipped_byte_is_parsed_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let items: Vec<_> = sample::items().into_iter().map(|(_, it)| it).collect();
        let mut section = sample::section(&items);
        let at = at.index(section.len());
        section[at] = byte;
        let _ = Abi::parse(&section);
    }
}

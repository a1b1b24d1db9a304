//! What the macros describe is what was written.

use argosy_contract::__private::Described;
use argosy_contract::Event;
use argosy_vm_abi::schema::{EventField, Field, MessageKind, StorageKind, TypeDef};
use argosy_vm_abi::{Abi, Capabilities, Entry, event_topic, selector_of};

use crate::vault::{Deposited, Note, Rating, Vault, VaultError};
use argosy_contract::Contract;

fn abi() -> Abi {
    let frames = [
        const { <Vault as Described>::FRAMES }.as_bytes(),
        const { <Note as Described>::FRAMES }.as_bytes(),
        const { <Rating as Described>::FRAMES }.as_bytes(),
        const { <VaultError as Described>::FRAMES }.as_bytes(),
        const { <Deposited as Described>::FRAMES }.as_bytes(),
    ];
    Abi::parse(&frames.concat()).expect("the schema's own rules hold")
}

fn field(name: &str, ty: &str) -> Field {
    Field {
        name: name.into(),
        ty: ty.into(),
    }
}

#[test]
fn the_contract_has_name_version_and_docs() {
    let contract = abi().contract.expect("described");
    assert_eq!(contract.name, "vault-sample");
    assert_eq!(contract.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(contract.docs, "The contract's own words come first.");
    let expected = Capabilities::TRANSFER.union(Capabilities::CALL);
    assert_eq!(Vault::CAPABILITIES, expected);
}

#[test]
fn messages_have_names_selectors_types_and_docs() {
    let abi = abi();
    for message in &abi.messages {
        assert_eq!(message.selector, selector_of(&message.name));
    }
    let of_kind = |kind| {
        let messages = abi.messages.iter().filter(|it| it.kind == kind);
        messages.map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of_kind(MessageKind::Init), ["init", "init_for"]);
    assert_eq!(
        of_kind(MessageKind::Call),
        ["annotate", "deposit", "forward", "withdraw"]
    );
    assert_eq!(of_kind(MessageKind::Query), ["note", "owner"]);
    assert_eq!(of_kind(MessageKind::Upgrade), ["migrate"]);

    let forward = abi.message(MessageKind::Call, "forward").expect("listed");
    assert_eq!(forward.args, [field("to", "Address"), field("type", "u8")]);
    assert_eq!((forward.returns.as_str(), &forward.error), ("u64", &None));
    let withdraw = abi.message(MessageKind::Call, "withdraw").expect("listed");
    assert_eq!(withdraw.returns, "()");
    assert_eq!(withdraw.error.as_deref(), Some("VaultError"));
    assert!(!withdraw.payable);
    let deposit = abi.message(MessageKind::Call, "deposit").expect("listed");
    assert_eq!(deposit.returns, "u128", "an alias is seen through");
    assert!(deposit.payable);
    let note = abi.message(MessageKind::Query, "note").expect("listed");
    assert_eq!(note.returns, "Option<Note>");
    let init = abi.message(MessageKind::Init, "init_for").expect("listed");
    assert_eq!(init.docs, "Belongs to somebody, and begins with funds.");
}

#[test]
fn types_events_and_state_are_described() {
    let abi = abi();
    let note = abi.type_named("Note").expect("listed");
    let fields = [
        field("text", "String"),
        field("rating", "Rating"),
        field("replies", "Vec<Note>"),
    ];
    assert_eq!(note.def, TypeDef::Struct(fields.to_vec()));
    let TypeDef::Enum(variants) = &abi.type_named("Rating").expect("listed").def else {
        panic!("Rating is an enum");
    };
    let indices: Vec<_> = variants
        .iter()
        .map(|it| (it.name.as_str(), it.index))
        .collect();
    assert_eq!(indices, [("None", 0), ("Stars", 7), ("Range", 2)]);
    assert_eq!(variants[1].fields, [field("0", "u8")]);

    let deposited = abi.event("Deposited").expect("listed");
    let fields = [
        ("by", "Address", true),
        ("amount", "u128", false),
        ("memo", "String", true),
    ];
    let fields = fields.map(|(name, ty, indexed)| EventField {
        name: name.into(),
        ty: ty.into(),
        indexed,
    });
    assert_eq!(deposited.fields, fields);
    assert_eq!(Deposited::SIGNATURE, event_topic("Deposited"));

    let state: Vec<_> = abi
        .storage
        .iter()
        .map(|it| (it.name.as_str(), it.ty.as_str(), it.kind))
        .collect();
    let expected = [
        ("deposits", "Vec<(Address, u128)>", Some(StorageKind::Map)),
        (
            "notes",
            "Vec<((String, u32), Note)>",
            Some(StorageKind::Map),
        ),
        ("owner", "Address", Some(StorageKind::Item)),
    ];
    assert_eq!(state, expected);
}

/// Every field that lies in storage, and a fraction: what once looked alike in an ABI.
mod fields {
    use argosy_contract::access::{Owner, Pause, Roles};
    use argosy_contract::math::Fixed;
    use argosy_contract::prelude::*;

    #[allow(dead_code)] // Only what it says of itself is looked at.
    #[storage]
    pub(super) struct Fields {
        item: Item<Vec<(u32, u8)>>,
        list: List<u8>,
        map: Map<u32, u8>,
        set: Set<u32>,
        coarse: Item<Fixed<6>>,
        fine: Item<Fixed<9>>,
        owner: Owner,
        pause: Pause,
        roles: Roles<u8>,
    }
}

#[test]
fn the_state_tells_how_it_lies() {
    use argosy_contract::__private::{Frames, State};
    let frames = const {
        let mut frames = Frames::new();
        frames.storage(<fields::Fields as State>::FIELDS);
        frames
    };
    let abi = Abi::parse(frames.as_bytes()).expect("the schema's own rules hold");
    let state: Vec<_> = abi
        .storage
        .iter()
        .map(|it| (it.name.as_str(), it.ty.as_str(), it.kind.expect("told")))
        .collect();
    let expected = [
        ("coarse", "Fixed<6>", StorageKind::Item),
        ("fine", "Fixed<9>", StorageKind::Item),
        ("item", "Vec<(u32, u8)>", StorageKind::Item),
        ("list", "Vec<(u32, u8)>", StorageKind::List),
        ("map", "Vec<(u32, u8)>", StorageKind::Map),
        ("owner", "(Address, Option<Address>)", StorageKind::Item),
        ("pause", "bool", StorageKind::Item),
        ("roles", "Vec<((u8, Address), ())>", StorageKind::Set),
        ("set", "Vec<(u32, ())>", StorageKind::Set),
    ];
    assert_eq!(state, expected);
}

#[test]
fn entries_have_the_names_that_the_chain_calls() {
    let names = Entry::ALL.map(Entry::export_name);
    assert_eq!(
        names,
        ["init", "call", "query", "upgrade"],
        "as in the macro's exports"
    );
}

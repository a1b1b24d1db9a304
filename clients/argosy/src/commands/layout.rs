//! Whether other code reads the state of a contract as it was written, by what both say of themselves.
//!
//! ```text
//! a new field                              in nobody's way
//! a field of another type, or none         needs a migration
//! a field that lies otherwise              needs a migration; a set is a map without values
//! a struct: types in another order         needs a migration; so do its names in another order
//! a struct: new names for old places       in nobody's way
//! an enum: old variants as they were       in nobody's way; others may join them
//! ```
//!
//! `Map<u32, T>`, `List<T>` and `Item<Vec<(u32, T)>>` are all of type `Vec<(u32, T)>`; their kinds tell them
//! apart. Where only one of both codes tells the kind of such a field, the other may mean anything: that needs
//! a migration, too.
//! Not here: what a migration does. That it can be told to go on is the caller's word.

use std::collections::BTreeSet;

use argosy_sdk::Abi;
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Field, StorageItem, StorageKind, TypeDef};

/// What is different about the state of a contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LayoutChange {
    /// A line for each field that is new (`+`), gone (`-`) or another (`~`).
    pub(super) lines: Vec<String>,
    /// Whether state that is there already would be read otherwise.
    pub(super) needs_migration: bool,
}

impl LayoutChange {
    /// Compares the state that code wrote with the state that other code reads.
    pub(super) fn between(before: &Abi, after: &Abi) -> LayoutChange {
        let mut change = LayoutChange::default();
        for was in &before.storage {
            let (name, ty) = (&was.name, &was.ty);
            match after.storage.iter().find(|it| it.name == *name) {
                None => change.breaks(format!("- state {name} {ty}")),
                Some(now) if now.ty != *ty => {
                    change.breaks(format!("~ state {name} {}, was {ty}", now.ty));
                }
                Some(now) if !lies_alike(was, now) => {
                    let (is, was) = (kind_of(now), kind_of(was));
                    change.breaks(format!("~ state {name} {ty}: {is}, was {was}"));
                }
                Some(_) => {
                    if let Some(inner) = changed_type(before, after, ty) {
                        let line = format!("~ state {name} {ty}: {inner} has other values now");
                        change.breaks(line);
                    }
                }
            }
        }
        let is_new = |name: &str| !before.storage.iter().any(|it| it.name == name);
        for now in after.storage.iter().filter(|it| is_new(&it.name)) {
            change
                .lines
                .push(format!("+ state {} {}", now.name, now.ty));
        }
        change
    }

    fn breaks(&mut self, line: String) {
        self.lines.push(line);
        self.needs_migration = true;
    }
}

/// Whether one field is found where the other was written; both hold the same type.
fn lies_alike(was: &StorageItem, now: &StorageItem) -> bool {
    match (was.kind, now.kind) {
        (Some(was), Some(now)) => now.reads(was),
        (None, None) => true,
        // A type that only an item can hold says it, too.
        (Some(told), None) | (None, Some(told)) => {
            let ty = TypeExpr::parse(&was.ty);
            told == StorageKind::Item
                && ty.is_ok_and(|it| {
                    let mut kinds = StorageKind::ALL.into_iter();
                    !kinds.any(|kind| kind != StorageKind::Item && kind.can_hold(&it))
                })
        }
    }
}

fn kind_of(item: &StorageItem) -> &'static str {
    item.kind.map_or("of no told kind", StorageKind::as_str)
}

/// The first type behind `ty` whose values have other bytes.
fn changed_type(before: &Abi, after: &Abi, ty: &str) -> Option<String> {
    let (mut seen, mut open) = (BTreeSet::new(), names_in(ty));
    while let Some(name) = open.pop() {
        let Some(was) = before.type_named(&name) else {
            continue;
        };
        if !seen.insert(name.clone()) {
            continue;
        }
        let is_alike = after
            .type_named(&name)
            .is_some_and(|now| reads(&now.def, &was.def));
        if !is_alike {
            return Some(name);
        }
        match &was.def {
            TypeDef::Struct(fields) => open.extend(names_of(fields)),
            TypeDef::Enum(variants) => {
                open.extend(variants.iter().flat_map(|it| names_of(&it.fields)));
            }
        }
    }
    None
}

/// Whether a type reads what another one wrote, as far as its own words go.
fn reads(now: &TypeDef, was: &TypeDef) -> bool {
    match (now, was) {
        (TypeDef::Struct(now), TypeDef::Struct(was)) => same_types(now, was),
        (TypeDef::Enum(now), TypeDef::Enum(was)) => was.iter().all(|was| {
            let same = now.iter().find(|it| it.index == was.index);
            same.is_some_and(|now| now.name == was.name && same_types(&now.fields, &was.fields))
        }),
        (TypeDef::Struct(_), TypeDef::Enum(_)) | (TypeDef::Enum(_), TypeDef::Struct(_)) => false,
    }
}

fn same_types(now: &[Field], was: &[Field]) -> bool {
    let have_same = now.iter().map(|it| &it.ty).eq(was.iter().map(|it| &it.ty));
    have_same && !is_moved(now, was)
}

/// Whether a field has gone to another place: the old values of two of one type would be exchanged.
fn is_moved(now: &[Field], was: &[Field]) -> bool {
    let moved = |(place, was): (usize, &Field)| {
        let found = now.iter().position(|it| it.name == was.name);
        found.is_some_and(|it| it != place)
    };
    was.iter().enumerate().any(moved)
}

fn names_of(fields: &[Field]) -> Vec<String> {
    fields.iter().flat_map(|it| names_in(&it.ty)).collect()
}

/// The types of the ABI that a type refers to.
fn names_in(ty: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(parsed) = TypeExpr::parse(ty) {
        parsed.for_each_name(&mut |name| names.push(name.to_owned()));
    }
    names
}

#[cfg(test)]
mod tests {
    use argosy_vm_abi::schema::{TypeItem, Variant};

    use super::*;

    fn fields(types: &[&str]) -> Vec<Field> {
        let numbered = types.iter().enumerate();
        let field = |(at, ty): (usize, &&str)| Field {
            name: format!("f{at}"),
            ty: (*ty).to_owned(),
        };
        numbered.map(field).collect()
    }

    fn variants(names: &[&str]) -> TypeDef {
        let variant = |(index, name): (u8, &&str)| Variant {
            name: (*name).to_owned(),
            index,
            fields: Vec::new(),
        };
        TypeDef::Enum((0..).zip(names).map(variant).collect())
    }

    /// State by name and type; two types, `Note` and `Rating`.
    fn abi(state: &[(&str, &str)], note: &[&str], rating: &[&str]) -> Abi {
        let item = |(name, ty): &(&str, &str)| StorageItem {
            name: (*name).to_owned(),
            ty: (*ty).to_owned(),
            kind: None,
        };
        let named = |name: &str, def| TypeItem {
            name: name.to_owned(),
            def,
            docs: String::new(),
        };
        Abi {
            storage: state.iter().map(item).collect(),
            types: vec![
                named("Note", TypeDef::Struct(fields(note))),
                named("Rating", variants(rating)),
            ],
            ..Abi::default()
        }
    }

    const STATE: &[(&str, &str)] = &[("notes", "Vec<(u32, Note)>"), ("value", "u64")];
    const NOTE: &[&str] = &["String", "Option<Rating>"];
    const RATING: &[&str] = &["None", "Good"];

    #[track_caller]
    fn check(after: &Abi, needs_migration: bool, expected: &[&str]) {
        let change = LayoutChange::between(&abi(STATE, NOTE, RATING), after);
        assert_eq!(
            (change.needs_migration, change.lines),
            (
                needs_migration,
                expected.iter().map(|it| (*it).to_owned()).collect()
            )
        );
    }

    #[test]
    fn what_only_joins_is_in_nobodys_way() {
        check(&abi(STATE, NOTE, RATING), false, &[]);
        let more = [STATE, &[("more", "u8")]].concat();
        check(&abi(&more, NOTE, RATING), false, &["+ state more u8"]);
        check(&abi(STATE, NOTE, &["None", "Good", "Best"]), false, &[]);
    }

    #[test]
    fn what_is_read_otherwise_needs_a_migration() {
        check(
            &abi(&STATE[..1], NOTE, RATING),
            true,
            &["- state value u64"],
        );
        let wider = [STATE[0], ("value", "u128")];
        check(
            &abi(&wider, NOTE, RATING),
            true,
            &["~ state value u128, was u64"],
        );
        let turned = ["Option<Rating>", "String"];
        let line = "~ state notes Vec<(u32, Note)>: Note has other values now";
        check(&abi(STATE, &turned, RATING), true, &[line]);
        let line = "~ state notes Vec<(u32, Note)>: Rating has other values now";
        check(&abi(STATE, NOTE, &["Good", "None"]), true, &[line]);
        check(&abi(STATE, NOTE, &["None"]), true, &[line]);
    }

    /// The state `s` of one type and kind, then of another.
    #[track_caller]
    fn check_kinds(
        was: (&str, Option<StorageKind>),
        now: (&str, Option<StorageKind>),
        expected: Option<&str>,
    ) {
        let abi = |(ty, kind): (&str, Option<StorageKind>)| Abi {
            storage: vec![StorageItem {
                name: "s".to_owned(),
                ty: ty.to_owned(),
                kind,
            }],
            ..Abi::default()
        };
        let change = LayoutChange::between(&abi(was), &abi(now));
        let found: Vec<&str> = change.lines.iter().map(String::as_str).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(change.needs_migration, expected.is_some());
    }

    #[test]
    fn what_lies_otherwise_needs_a_migration() {
        use StorageKind::{Item, List, Map, Set};
        let pairs = "Vec<(u32, u64)>";
        let line = "~ state s Vec<(u32, u64)>: list, was map";
        check_kinds((pairs, Some(Map)), (pairs, Some(List)), Some(line));
        let line = "~ state s Vec<(u32, u64)>: map, was item";
        check_kinds((pairs, Some(Item)), (pairs, Some(Map)), Some(line));
        for kind in StorageKind::ALL {
            let keys = "Vec<(u32, ())>";
            check_kinds((keys, Some(kind)), (keys, Some(kind)), None);
        }
        let keys = "Vec<(Address, ())>";
        check_kinds((keys, Some(Set)), (keys, Some(Map)), None);
        check_kinds((keys, Some(Map)), (keys, Some(Set)), None);
    }

    #[test]
    fn another_fraction_needs_a_migration() {
        let item = Some(StorageKind::Item);
        let line = "~ state s Fixed<9>, was Fixed<6>";
        check_kinds(("Fixed<6>", item), ("Fixed<9>", item), Some(line));
        let line = "~ state s Fixed<6>, was u128";
        check_kinds(("u128", item), ("Fixed<6>", item), Some(line));
    }

    #[test]
    fn a_kind_that_one_side_does_not_tell_is_not_guessed() {
        let (pairs, map) = ("Vec<(u32, u64)>", Some(StorageKind::Map));
        let line = "~ state s Vec<(u32, u64)>: map, was of no told kind";
        check_kinds((pairs, None), (pairs, map), Some(line));
        let line = "~ state s Vec<(u32, u64)>: of no told kind, was map";
        check_kinds((pairs, map), (pairs, None), Some(line));
        check_kinds((pairs, None), (pairs, None), None);
        // Only an item holds a number.
        check_kinds(("u64", None), ("u64", Some(StorageKind::Item)), None);
    }

    #[test]
    fn fields_of_one_type_do_not_change_places_unseen() {
        let parties = |names: [&str; 2]| {
            let mut abi = abi(&[("deal", "Note")], &["Address", "Address"], RATING);
            if let TypeDef::Struct(fields) = &mut abi.types[0].def {
                for (field, name) in fields.iter_mut().zip(names) {
                    name.clone_into(&mut field.name);
                }
            }
            abi
        };
        let before = parties(["buyer", "seller"]);
        let change = LayoutChange::between(&before, &parties(["seller", "buyer"]));
        let line = "~ state deal Note: Note has other values now";
        assert_eq!(
            (change.needs_migration, change.lines),
            (true, vec![line.to_owned()])
        );
        // Another name for the same place is another name only.
        let renamed = LayoutChange::between(&before, &parties(["payer", "seller"]));
        assert_eq!(renamed, LayoutChange::default());
    }

    #[test]
    fn types_that_refer_to_themselves_end() {
        let note = ["Vec<Note>", "Option<Rating>"];
        let abi = abi(STATE, &note, RATING);
        assert_eq!(LayoutChange::between(&abi, &abi), LayoutChange::default());
    }
}

//! The rules that a decoded schema must meet; see [`Abi`].

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::{
    Abi, AbiError, EventItem, Field, MessageItem, NAME_BYTES_MAX, StorageItem, TypeDef, TypeItem,
};
use crate::types::{TypeExpr, is_identifier};

/// An event has four topics, the first of which is its name.
const INDEXED_FIELDS_MAX: usize = 3;

/// Sorts every list, drops frames that repeat, and refuses a name or selector used twice.
pub(super) fn sort_and_compare(abi: &mut Abi) -> Result<(), AbiError> {
    abi.messages
        .sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    abi.messages.dedup();
    refuse_twins(&abi.messages, |it| (it.kind, &it.name), |it| &it.name)?;
    let mut selectors: Vec<&MessageItem> = abi.messages.iter().collect();
    selectors.sort_by_key(|it| (it.kind, it.selector));
    refuse_twins(&selectors, |it| (it.kind, it.selector), |it| &it.name)?;

    abi.events.sort_by(|a, b| a.name.cmp(&b.name));
    abi.events.dedup();
    refuse_twins(&abi.events, |it| &it.name, |it| &it.name)?;
    abi.types.sort_by(|a, b| a.name.cmp(&b.name));
    abi.types.dedup();
    refuse_twins(&abi.types, |it| &it.name, |it| &it.name)?;
    abi.storage.sort_by(|a, b| a.name.cmp(&b.name));
    abi.storage.dedup();
    refuse_twins(&abi.storage, |it| &it.name, |it| &it.name)
}

/// Checks every name and every type.
pub(super) fn check_items(abi: &Abi) -> Result<(), AbiError> {
    if let Some(contract) = &abi.contract {
        check_package_name(&contract.name)?;
    }
    abi.messages
        .iter()
        .try_for_each(|it| check_message(abi, it))?;
    abi.events.iter().try_for_each(|it| check_event(abi, it))?;
    abi.types
        .iter()
        .try_for_each(|it| check_type_item(abi, it))?;
    abi.storage.iter().try_for_each(|it| check_storage(abi, it))
}

fn refuse_twins<'a, T, K: PartialEq>(
    sorted: &'a [T],
    key: impl Fn(&'a T) -> K,
    name: impl Fn(&'a T) -> &'a String,
) -> Result<(), AbiError> {
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && key(first) == key(second)
        {
            return Err(AbiError::Duplicate {
                name: name(second).clone(),
            });
        }
    }
    Ok(())
}

fn check_message(abi: &Abi, message: &MessageItem) -> Result<(), AbiError> {
    check_name(&message.name)?;
    check_fields(abi, &message.args)?;
    check_type(abi, &message.returns)?;
    message
        .error
        .iter()
        .try_for_each(|ty| check_type(abi, ty).map(drop))
}

fn check_event(abi: &Abi, event: &EventItem) -> Result<(), AbiError> {
    check_name(&event.name)?;
    if event.fields.iter().filter(|it| it.indexed).count() > INDEXED_FIELDS_MAX {
        return Err(AbiError::TooManyIndexed {
            event: event.name.clone(),
        });
    }
    event.fields.iter().try_for_each(|field| {
        check_field_name(&field.name)?;
        check_type(abi, &field.ty).map(drop)
    })?;
    refuse_repeated(event.fields.iter().map(|it| it.name.as_str()))
}

fn check_type_item(abi: &Abi, item: &TypeItem) -> Result<(), AbiError> {
    check_name(&item.name)?;
    if TypeExpr::parse(&item.name) != Ok(TypeExpr::Named(item.name.clone())) {
        return Err(AbiError::BadName {
            name: item.name.clone(),
        });
    }
    match &item.def {
        TypeDef::Struct(fields) => check_fields(abi, fields),
        TypeDef::Enum(variants) => {
            let mut seen = [false; 256];
            for variant in variants {
                check_name(&variant.name)?;
                check_fields(abi, &variant.fields)?;
                if core::mem::replace(&mut seen[usize::from(variant.index)], true) {
                    return Err(AbiError::Duplicate {
                        name: variant.name.clone(),
                    });
                }
            }
            refuse_repeated(variants.iter().map(|it| it.name.as_str()))
        }
    }
}

fn check_storage(abi: &Abi, item: &StorageItem) -> Result<(), AbiError> {
    check_name(&item.name)?;
    let ty = check_type(abi, &item.ty)?;
    match item.kind {
        Some(kind) if !kind.can_hold(&ty) => Err(AbiError::BadState {
            name: item.name.clone(),
            kind,
            ty: item.ty.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_fields(abi: &Abi, fields: &[Field]) -> Result<(), AbiError> {
    fields.iter().try_for_each(|field| {
        check_field_name(&field.name)?;
        check_type(abi, &field.ty).map(drop)
    })?;
    refuse_repeated(fields.iter().map(|it| it.name.as_str()))
}

/// The type, which names only what is there.
fn check_type(abi: &Abi, ty: &str) -> Result<TypeExpr, AbiError> {
    let parsed = TypeExpr::parse(ty).map_err(|source| AbiError::BadType {
        ty: ty.to_owned(),
        source,
    })?;
    let mut missing = None;
    parsed.for_each_name(&mut |name| {
        if abi.type_named(name).is_none() {
            missing.get_or_insert(name);
        }
    });
    if let Some(name) = missing {
        return Err(AbiError::UnknownType {
            name: name.to_owned(),
        });
    }
    Ok(parsed)
}

/// Values are written by name: of two that share one, people would see the last alone.
fn refuse_repeated<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), AbiError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = name.to_owned();
            return Err(AbiError::Duplicate { name });
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), AbiError> {
    refuse_name_unless(name, is_identifier(name))
}

/// Fields of a tuple are numbered.
fn check_field_name(name: &str) -> Result<(), AbiError> {
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    refuse_name_unless(name, is_number || is_identifier(name))
}

fn check_package_name(name: &str) -> Result<(), AbiError> {
    refuse_name_unless(name, is_identifier(&name.replace('-', "_")))
}

fn refuse_name_unless(name: &str, good: bool) -> Result<(), AbiError> {
    if good && name.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    let shown = name.chars().take(NAME_BYTES_MAX).collect();
    Err(AbiError::BadName { name: shown })
}

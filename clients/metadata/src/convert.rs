//! From an ABI to the document.
//!
//! Always holds: types are numbered as they are first met: methods, events, state, then types that nothing
//! names.

use argosy_vm_abi::schema::{EventItem, MessageItem, StorageItem, StorageKind};
use argosy_vm_abi::{Abi, AbiError, TypeExpr, event_topic, selector_of};

use crate::document::{
    Argument, Contract, Event, EventField, FORMAT, Message, Metadata, StorageField,
};
use crate::registry::{Registry, parse};

/// The ABI as scale-info. An ABI that [`Abi::parse`] took is never refused; of one made by hand
/// a type may not parse, or name nothing.
pub fn of_abi(abi: &Abi) -> Result<Metadata, AbiError> {
    let mut registry = Registry::new(abi);
    let mut messages = Vec::new();
    for item in &abi.messages {
        messages.push(message(&mut registry, item)?);
    }
    let mut events = Vec::new();
    for item in &abi.events {
        events.push(event(&mut registry, item)?);
    }
    let mut storage = Vec::new();
    for item in &abi.storage {
        storage.push(field(&mut registry, item)?);
    }
    for item in &abi.types {
        registry.id(&item.name)?;
    }
    let revert = registry.revert()?;
    Ok(Metadata {
        format: FORMAT.to_owned(),
        contract: abi.contract.as_ref().map(|it| Contract {
            name: it.name.clone(),
            version: it.version.clone(),
            docs: it.docs.clone(),
        }),
        messages,
        events,
        storage,
        revert,
        registry: registry.finish(),
    })
}

fn message(registry: &mut Registry<'_>, item: &MessageItem) -> Result<Message, AbiError> {
    let mut args = Vec::new();
    for arg in &item.args {
        args.push(Argument {
            name: arg.name.clone(),
            ty: registry.id(&arg.ty)?,
        });
    }
    let returns = registry.id(&item.returns)?;
    let error = item.error.as_deref();
    let error = error.map(|it| registry.id(it)).transpose()?;
    Ok(Message {
        kind: item.kind.entry().export_name().to_owned(),
        name: item.name.clone(),
        selector: const_hex::encode_prefixed(item.selector),
        args,
        returns,
        error,
        payable: item.payable,
        docs: item.docs.clone(),
    })
}

fn event(registry: &mut Registry<'_>, item: &EventItem) -> Result<Event, AbiError> {
    let mut fields = Vec::new();
    for field in &item.fields {
        fields.push(EventField {
            name: field.name.clone(),
            ty: registry.id(&field.ty)?,
            indexed: field.indexed,
        });
    }
    Ok(Event {
        name: item.name.clone(),
        topic: const_hex::encode_prefixed(event_topic(&item.name)),
        ty: registry.event(item)?,
        fields,
        docs: item.docs.clone(),
    })
}

fn field(registry: &mut Registry<'_>, item: &StorageItem) -> Result<StorageField, AbiError> {
    let ty = parse(&item.ty)?;
    let whole = registry.id_of(&ty)?;
    let (key, value) = match (item.kind, pair(&ty)) {
        (Some(StorageKind::Item), _) => (None, Some(&ty)),
        (Some(StorageKind::Map), Some((key, value))) => (Some(key), Some(value)),
        (Some(StorageKind::Set), Some((key, _))) => (Some(key), None),
        (Some(StorageKind::List), Some((_, value))) => (None, Some(value)),
        _ => (None, None),
    };
    let key = key.map(|it| registry.id_of(it)).transpose()?;
    let value = value.map(|it| registry.id_of(it)).transpose()?;
    Ok(StorageField {
        name: item.name.clone(),
        // Fields are found by the first bytes of blake3 of their name, as methods are.
        prefix: const_hex::encode_prefixed(selector_of(&item.name)),
        kind: item.kind.map(|it| it.as_str().to_owned()),
        ty: whole,
        key,
        value,
    })
}

/// Both parts of `Vec<(K, V)>`.
fn pair(ty: &TypeExpr) -> Option<(&TypeExpr, &TypeExpr)> {
    let TypeExpr::Vec(entry) = ty else {
        return None;
    };
    let TypeExpr::Tuple(parts) = entry.as_ref() else {
        return None;
    };
    match parts.as_slice() {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

//! From the document to the ABI again: nothing is lost but how a list of bytes was spelled.

use argosy_metadata::{Metadata, PortableRegistry, StorageField, of_abi};
use argosy_vm_abi::schema::{
    ContractItem, EventField, EventItem, Field, MessageItem, MessageKind, StorageItem, StorageKind,
    TypeDef, TypeItem, Variant,
};
use argosy_vm_abi::{Abi, TypeExpr};
use scale_info::form::PortableForm;
use scale_info::{Type, TypeDefPrimitive};

use crate::{sample, samples};

#[test]
fn every_contract_is_read_back() {
    for (name, abi) in samples() {
        let made = of_abi(&abi).unwrap();
        assert_eq!(back(&made), respelled(abi), "{name}");
    }
}

#[test]
fn one_of_everything_is_read_back() {
    let abi = sample::whole();
    let made = of_abi(&abi).unwrap();
    let read = back(&made);
    assert_eq!(read.types.len(), 7, "also the one that nobody uses");
    assert_eq!(read, respelled(abi));
}

/// The ABI that a document tells.
fn back(made: &Metadata) -> Abi {
    let types = Types(&made.registry);
    let text = |id: u32| types.spelled(id).to_string();
    let field = |name: &str, ty: u32| Field {
        name: name.to_owned(),
        ty: text(ty),
    };
    let messages = made.messages.iter().map(|it| MessageItem {
        kind: kind(&it.kind),
        name: it.name.clone(),
        selector: const_hex::decode_to_array(&it.selector).unwrap(),
        args: it.args.iter().map(|it| field(&it.name, it.ty)).collect(),
        returns: text(it.returns),
        error: it.error.map(&text),
        payable: it.payable,
        docs: it.docs.clone(),
    });
    let events = made.events.iter().map(|it| types.event(it));
    Abi {
        contract: made.contract.as_ref().map(|it| ContractItem {
            name: it.name.clone(),
            version: it.version.clone(),
            docs: it.docs.clone(),
        }),
        messages: messages.collect(),
        events: events.collect(),
        types: types.items(),
        storage: made.storage.iter().map(|it| types.state(it)).collect(),
    }
}

fn kind(word: &str) -> MessageKind {
    let kinds = [
        MessageKind::Init,
        MessageKind::Call,
        MessageKind::Query,
        MessageKind::Upgrade,
    ];
    let mut kinds = kinds.into_iter();
    kinds.find(|it| it.entry().export_name() == word).unwrap()
}

struct Types<'a>(&'a PortableRegistry);

impl Types<'_> {
    /// The type as the ABI's grammar has it.
    fn spelled(&self, id: u32) -> TypeExpr {
        let ty = self.0.resolve(id).unwrap();
        match (segments(ty).as_slice(), &ty.type_def) {
            ([], scale_info::TypeDef::Primitive(it)) => primitive(it),
            ([], scale_info::TypeDef::Sequence(it)) => list_of(self.spelled(it.type_param.id)),
            ([], scale_info::TypeDef::Array(it)) => {
                TypeExpr::Array(Box::new(self.spelled(it.type_param.id)), it.len)
            }
            ([], scale_info::TypeDef::Tuple(it)) => {
                TypeExpr::Tuple(it.fields.iter().map(|it| self.spelled(it.id)).collect())
            }
            (["Option"], _) => TypeExpr::Option(self.parameter(ty, 0)),
            (["Result"], _) => TypeExpr::Result(self.parameter(ty, 0), self.parameter(ty, 1)),
            (["argosy", "Address"], _) => TypeExpr::Address,
            (["argosy", "Hash"], _) => TypeExpr::Hash,
            (["argosy", fixed], _) => {
                let digits = fixed.strip_prefix("Fixed").unwrap();
                TypeExpr::Fixed(digits.parse().unwrap())
            }
            ([_, "types", name], _) => TypeExpr::Named((*name).to_owned()),
            other => panic!("{other:?} is no type of an ABI"),
        }
    }

    fn parameter(&self, ty: &Type<PortableForm>, place: usize) -> Box<TypeExpr> {
        Box::new(self.spelled(ty.type_params[place].ty.unwrap().id))
    }

    fn fields(&self, fields: &[scale_info::Field<PortableForm>]) -> Vec<Field> {
        let field = |(place, it): (usize, &scale_info::Field<PortableForm>)| {
            let text = it.type_name.as_deref().unwrap();
            let ty = self.spelled(it.ty.id).to_string();
            assert_eq!(respelled_type(text), ty, "the text and the number agree");
            let name = it.name.clone().unwrap_or_else(|| place.to_string());
            Field { name, ty }
        };
        fields.iter().enumerate().map(field).collect()
    }

    /// The contract's own types by name.
    fn items(&self) -> Vec<TypeItem> {
        let mut items = Vec::new();
        for it in &self.0.types {
            if let [_, "types", name] = segments(&it.ty).as_slice() {
                items.push(TypeItem {
                    name: (*name).to_owned(),
                    def: self.definition(&it.ty),
                    docs: it.ty.docs.join("\n"),
                });
            }
        }
        items.sort_by(|a, b| a.name.cmp(&b.name));
        items
    }

    fn definition(&self, ty: &Type<PortableForm>) -> TypeDef {
        match &ty.type_def {
            scale_info::TypeDef::Composite(it) => TypeDef::Struct(self.fields(&it.fields)),
            scale_info::TypeDef::Variant(it) => {
                let variant = |it: &scale_info::Variant<PortableForm>| Variant {
                    name: it.name.clone(),
                    index: it.index,
                    fields: self.fields(&it.fields),
                };
                TypeDef::Enum(it.variants.iter().map(variant).collect())
            }
            other => panic!("{other:?} is no type of a contract"),
        }
    }

    /// An event, whose fields are those of its type.
    fn event(&self, it: &argosy_metadata::Event) -> EventItem {
        let whole = self.0.resolve(it.ty).unwrap();
        assert_eq!(segments(whole)[1..], ["events", it.name.as_str()]);
        assert_eq!(whole.docs.join("\n"), it.docs);
        let named = it.fields.iter().map(|it| Field {
            name: it.name.clone(),
            ty: self.spelled(it.ty).to_string(),
        });
        let named: Vec<Field> = named.collect();
        assert_eq!(self.definition(whole), TypeDef::Struct(named.clone()));
        let fields = named.into_iter().zip(&it.fields);
        let fields = fields.map(|(named, it)| EventField {
            name: named.name,
            ty: named.ty,
            indexed: it.indexed,
        });
        EventItem {
            name: it.name.clone(),
            fields: fields.collect(),
            docs: it.docs.clone(),
        }
    }

    /// A field of the state, whose parts are those of its type.
    fn state(&self, it: &StorageField) -> StorageItem {
        let text = |id: u32| self.spelled(id).to_string();
        let ty = text(it.ty);
        let of_parts = match (it.kind.as_deref(), it.key.map(&text), it.value.map(&text)) {
            (Some("item"), None, Some(value)) => value,
            (Some("map"), Some(key), Some(value)) => format!("Vec<({key}, {value})>"),
            (Some("set"), Some(key), None) => format!("Vec<({key}, ())>"),
            (Some("list"), None, Some(value)) => format!("Vec<(u32, {value})>"),
            (None, None, None) => ty.clone(),
            other => panic!("{other:?} is no state"),
        };
        assert_eq!(of_parts, ty);
        let mut kinds = StorageKind::ALL.into_iter();
        StorageItem {
            name: it.name.clone(),
            ty,
            kind: kinds.find(|kind| it.kind.as_deref() == Some(kind.as_str())),
        }
    }
}

fn segments(ty: &Type<PortableForm>) -> Vec<&str> {
    ty.path.segments.iter().map(String::as_str).collect()
}

fn primitive(it: &TypeDefPrimitive) -> TypeExpr {
    match it {
        TypeDefPrimitive::Bool => TypeExpr::Bool,
        TypeDefPrimitive::Str => TypeExpr::String,
        TypeDefPrimitive::U8 => TypeExpr::U8,
        TypeDefPrimitive::U16 => TypeExpr::U16,
        TypeDefPrimitive::U32 => TypeExpr::U32,
        TypeDefPrimitive::U64 => TypeExpr::U64,
        TypeDefPrimitive::U128 => TypeExpr::U128,
        TypeDefPrimitive::I8 => TypeExpr::I8,
        TypeDefPrimitive::I16 => TypeExpr::I16,
        TypeDefPrimitive::I32 => TypeExpr::I32,
        TypeDefPrimitive::I64 => TypeExpr::I64,
        TypeDefPrimitive::I128 => TypeExpr::I128,
        other => panic!("an ABI has no {other:?}"),
    }
}

/// `Bytes` and `Vec<u8>` are one type.
fn list_of(item: TypeExpr) -> TypeExpr {
    match item {
        TypeExpr::U8 => TypeExpr::Bytes,
        item => TypeExpr::Vec(Box::new(item)),
    }
}

fn respelled_expr(ty: &TypeExpr) -> TypeExpr {
    match ty {
        TypeExpr::Vec(item) => list_of(respelled_expr(item)),
        TypeExpr::Option(item) => TypeExpr::Option(boxed(item)),
        TypeExpr::Result(ok, error) => TypeExpr::Result(boxed(ok), boxed(error)),
        TypeExpr::Array(item, count) => TypeExpr::Array(boxed(item), *count),
        TypeExpr::Tuple(items) => TypeExpr::Tuple(items.iter().map(respelled_expr).collect()),
        word => word.clone(),
    }
}

fn boxed(ty: &TypeExpr) -> Box<TypeExpr> {
    Box::new(respelled_expr(ty))
}

/// With each list of bytes as `Bytes`, and blanks where they are usual.
fn respelled_type(ty: &str) -> String {
    respelled_expr(&TypeExpr::parse(ty).unwrap()).to_string()
}

fn respelled_fields(fields: &mut [Field]) {
    for it in fields {
        it.ty = respelled_type(&it.ty);
    }
}

fn respelled(mut abi: Abi) -> Abi {
    for it in &mut abi.messages {
        respelled_fields(&mut it.args);
        it.returns = respelled_type(&it.returns);
        it.error = it.error.as_deref().map(respelled_type);
    }
    for it in &mut abi.events {
        for field in &mut it.fields {
            field.ty = respelled_type(&field.ty);
        }
    }
    for it in &mut abi.types {
        match &mut it.def {
            TypeDef::Struct(fields) => respelled_fields(fields),
            TypeDef::Enum(variants) => {
                for variant in variants {
                    respelled_fields(&mut variant.fields);
                }
            }
        }
    }
    for it in &mut abi.storage {
        it.ty = respelled_type(&it.ty);
    }
    abi
}

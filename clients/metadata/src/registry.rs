//! Types of the ABI's grammar as types of scale-info, each once.
//!
//! | ABI | scale-info |
//! |---|---|
//! | `bool`, `u8` … `i128` | the primitive |
//! | `String` | primitive `str` |
//! | `Bytes`, `Vec<u8>` | sequence of `u8`, one and the same |
//! | `Vec<T>`, `[T; N]`, `(A, B)`, `()` | sequence, array, tuple |
//! | `Option<T>`, `Result<T, E>` | the variants that scale-info itself has under these paths |
//! | `Address`, `Hash` | composite `argosy::Address`, `argosy::Hash` around `[u8; 32]` |
//! | `Fixed<D>` | composite `argosy::FixedD`, so `argosy::Fixed6`, around `u128` |
//! | struct, enum | composite, variant `contract_name::types::Name`, with docs |
//! | event | composite `contract_name::events::Name`, with docs |
//! | what a revert carries | variant `argosy::Revert` |
//!
//! A composite around one value has that value's bytes. Fields carry the text of the ABI as their `typeName`.
//!
//! Always holds: parts are numbered before what they are parts of, but for named types, which may hold themselves:
//! those get their number when they are first met and their parts behind it. No recursion goes deeper than one
//! type's text.

use std::collections::{BTreeMap, VecDeque};

use argosy_vm_abi::schema::{self, EventItem, TypeItem};
use argosy_vm_abi::{Abi, AbiError, SdkError, TypeExpr};
use scale_info::form::PortableForm;
use scale_info::{
    Field, Path, PortableRegistry, PortableType, Type, TypeDef, TypeDefArray, TypeDefComposite,
    TypeDefPrimitive, TypeDefSequence, TypeDefTuple, TypeDefVariant, TypeParameter, Variant,
};

type Ty = Type<PortableForm>;
type Def = TypeDef<PortableForm>;
type Part = Field<PortableForm>;

/// First part of the path of types that are the chain's, not a contract's.
const OURS: &str = "argosy";
/// First part of the path of a contract's types, where the ABI does not say how it is called.
const NAMELESS: &str = "contract";

/// What the SDK refuses, by the names of its variants.
const REASONS: [(SdkError, &str); 7] = [
    (SdkError::UnknownSelector, "UnknownSelector"),
    (SdkError::BadArguments, "BadArguments"),
    (SdkError::NotPayable, "NotPayable"),
    (SdkError::CorruptStorage, "CorruptStorage"),
    (SdkError::BadReply, "BadReply"),
    (SdkError::CallFailed, "CallFailed"),
    (SdkError::Overflow, "Overflow"),
];

/// Types met so far.
pub(crate) struct Registry<'a> {
    abi: &'a Abi,
    /// First part of the path of the contract's types.
    space: String,
    types: Vec<Ty>,
    /// All but the contract's own, by what they are.
    known: BTreeMap<Ty, u32>,
    /// The contract's own, by name.
    named: BTreeMap<&'a str, u32>,
    /// Those of them that have a number and are nothing yet.
    undefined: VecDeque<(u32, &'a TypeItem)>,
}

/// Reads a type's text.
pub(crate) fn parse(ty: &str) -> Result<TypeExpr, AbiError> {
    TypeExpr::parse(ty).map_err(|source| AbiError::BadType {
        ty: ty.to_owned(),
        source,
    })
}

impl<'a> Registry<'a> {
    /// Without types.
    pub(crate) fn new(abi: &'a Abi) -> Registry<'a> {
        let name = abi.contract.as_ref().map(|it| it.name.replace('-', "_"));
        Registry {
            abi,
            space: name.unwrap_or_else(|| NAMELESS.to_owned()),
            types: Vec::new(),
            known: BTreeMap::new(),
            named: BTreeMap::new(),
            undefined: VecDeque::new(),
        }
    }

    /// The number of a type by its text.
    pub(crate) fn id(&mut self, ty: &str) -> Result<u32, AbiError> {
        self.id_of(&parse(ty)?)
    }

    /// The number of a type.
    pub(crate) fn id_of(&mut self, ty: &TypeExpr) -> Result<u32, AbiError> {
        let id = self.expr(ty)?;
        self.define_all()?;
        Ok(id)
    }

    /// The number of an event's data: its fields, as of a struct.
    pub(crate) fn event(&mut self, item: &EventItem) -> Result<u32, AbiError> {
        let field = |it: &schema::EventField| schema::Field {
            name: it.name.clone(),
            ty: it.ty.clone(),
        };
        let fields: Vec<schema::Field> = item.fields.iter().map(field).collect();
        let def = Def::Composite(TypeDefComposite::new(self.parts(&fields)?));
        let path = path([self.space.as_str(), "events", item.name.as_str()]);
        let id = self.push(Type::new(path, Vec::new(), def, lines(&item.docs)));
        self.define_all()?;
        Ok(id)
    }

    /// The number of what a contract reverts with, `argosy_vm_abi::RevertData`.
    pub(crate) fn revert(&mut self) -> Result<u32, AbiError> {
        let reason = |(reason, name): (SdkError, &str)| variant(name, reason as u8, Vec::new());
        let reasons = TypeDefVariant::new(REASONS.map(reason));
        let reasons = Type::new(
            path([OURS, "SdkError"]),
            Vec::new(),
            Def::Variant(reasons),
            lines("What the contract SDK refused before, or on behalf of, the method."),
        );
        let reasons = self.add(reasons);
        let (bytes, text) = (self.expr(&TypeExpr::Bytes)?, self.expr(&TypeExpr::String)?);
        let variants = TypeDefVariant::new([
            variant("Error", 0, vec![part(None, bytes, Some("Bytes"))]),
            variant("Message", 1, vec![part(None, text, Some("String"))]),
            variant("Sdk", 2, vec![part(None, reasons, Some("SdkError"))]),
        ]);
        let revert = Type::new(
            path([OURS, "Revert"]),
            Vec::new(),
            Def::Variant(variants),
            lines("Why a contract gave up. Error has the bytes of the method's own error."),
        );
        Ok(self.add(revert))
    }

    /// The registry.
    pub(crate) fn finish(self) -> PortableRegistry {
        let types = (0..).zip(self.types);
        let types = types.map(|(id, ty)| PortableType::new(id, ty)).collect();
        PortableRegistry { types }
    }

    /// The number of a type. Names in it may still be undefined.
    fn expr(&mut self, ty: &TypeExpr) -> Result<u32, AbiError> {
        let made = match ty {
            TypeExpr::Bool => word(TypeDefPrimitive::Bool),
            TypeExpr::U8 => word(TypeDefPrimitive::U8),
            TypeExpr::U16 => word(TypeDefPrimitive::U16),
            TypeExpr::U32 => word(TypeDefPrimitive::U32),
            TypeExpr::U64 => word(TypeDefPrimitive::U64),
            TypeExpr::U128 => word(TypeDefPrimitive::U128),
            TypeExpr::I8 => word(TypeDefPrimitive::I8),
            TypeExpr::I16 => word(TypeDefPrimitive::I16),
            TypeExpr::I32 => word(TypeDefPrimitive::I32),
            TypeExpr::I64 => word(TypeDefPrimitive::I64),
            TypeExpr::I128 => word(TypeDefPrimitive::I128),
            TypeExpr::String => word(TypeDefPrimitive::Str),
            TypeExpr::Bytes => self.sequence(&TypeExpr::U8)?,
            TypeExpr::Vec(item) => self.sequence(item)?,
            TypeExpr::Array(item, count) => {
                let item = self.expr(item)?;
                plain(Def::Array(TypeDefArray::new(*count, item.into())))
            }
            TypeExpr::Tuple(items) => {
                let mut ids: Vec<u32> = Vec::new();
                for item in items {
                    ids.push(self.expr(item)?);
                }
                let ids = ids.into_iter().map(Into::into);
                plain(Def::Tuple(TypeDefTuple::new_portable(ids)))
            }
            TypeExpr::Address => self.thirty_two("Address", "Who owns, calls or is called.")?,
            TypeExpr::Hash => self.thirty_two("Hash", "A hash of the chain.")?,
            TypeExpr::Fixed(decimals) => {
                let units = self.expr(&TypeExpr::U128)?;
                let docs = format!("Units of the last of {decimals} digits behind the point.");
                around(&format!("Fixed{decimals}"), units, "u128", &docs)
            }
            TypeExpr::Option(item) => option(self.expr(item)?),
            TypeExpr::Result(ok, error) => {
                let ok = self.expr(ok)?;
                result(ok, self.expr(error)?)
            }
            TypeExpr::Named(name) => return self.name(name),
        };
        Ok(self.add(made))
    }

    fn sequence(&mut self, item: &TypeExpr) -> Result<Ty, AbiError> {
        let item = self.expr(item)?;
        Ok(plain(Def::Sequence(TypeDefSequence::new(item.into()))))
    }

    fn thirty_two(&mut self, name: &str, docs: &str) -> Result<Ty, AbiError> {
        let bytes = TypeExpr::Array(Box::new(TypeExpr::U8), 32);
        let id = self.expr(&bytes)?;
        Ok(around(name, id, &bytes.to_string(), docs))
    }

    fn name(&mut self, name: &str) -> Result<u32, AbiError> {
        if let Some(known) = self.named.get(name) {
            return Ok(*known);
        }
        let abi = self.abi;
        let item = abi.type_named(name).ok_or_else(|| AbiError::UnknownType {
            name: name.to_owned(),
        })?;
        // Its place, until it is defined.
        let id = self.push(plain(Def::Tuple(TypeDefTuple::new_portable([]))));
        self.named.insert(item.name.as_str(), id);
        self.undefined.push_back((id, item));
        Ok(id)
    }

    /// Defines what has a number only, and what is met in doing so.
    fn define_all(&mut self) -> Result<(), AbiError> {
        while let Some((id, item)) = self.undefined.pop_front() {
            let defined = self.define(item)?;
            if let Some(place) = self.types.get_mut(id as usize) {
                *place = defined;
            }
        }
        Ok(())
    }

    fn define(&mut self, item: &TypeItem) -> Result<Ty, AbiError> {
        let def = match &item.def {
            schema::TypeDef::Struct(fields) => {
                Def::Composite(TypeDefComposite::new(self.parts(fields)?))
            }
            schema::TypeDef::Enum(variants) => {
                let mut made = Vec::new();
                for it in variants {
                    made.push(variant(&it.name, it.index, self.parts(&it.fields)?));
                }
                Def::Variant(TypeDefVariant::new(made))
            }
        };
        let path = path([self.space.as_str(), "types", item.name.as_str()]);
        Ok(Type::new(path, Vec::new(), def, lines(&item.docs)))
    }

    /// Fields in order. Those of a tuple have no names.
    fn parts(&mut self, fields: &[schema::Field]) -> Result<Vec<Part>, AbiError> {
        let mut places = fields.iter().enumerate();
        let is_tuple = places.all(|(place, it)| it.name == place.to_string());
        let mut parts = Vec::new();
        for field in fields {
            let ty = self.expr(&parse(&field.ty)?)?;
            let name = (!is_tuple).then_some(field.name.as_str());
            parts.push(part(name, ty, Some(field.ty.as_str())));
        }
        Ok(parts)
    }

    /// A type that is not the contract's own, which may be there already.
    fn add(&mut self, ty: Ty) -> u32 {
        if let Some(known) = self.known.get(&ty) {
            return *known;
        }
        let id = self.push(ty.clone());
        self.known.insert(ty, id);
        id
    }

    fn push(&mut self, ty: Ty) -> u32 {
        let id = u32::try_from(self.types.len()).expect("an ABI has at most 64 KiB of types");
        self.types.push(ty);
        id
    }
}

/// A type without a path.
fn plain(def: Def) -> Ty {
    Type::new(Path::default(), Vec::new(), def, Vec::new())
}

fn word(primitive: TypeDefPrimitive) -> Ty {
    plain(Def::Primitive(primitive))
}

/// A type of the chain's own around one value.
fn around(name: &str, inside: u32, text: &str, docs: &str) -> Ty {
    let def = Def::Composite(TypeDefComposite::new([part(None, inside, Some(text))]));
    Type::new(path([OURS, name]), Vec::new(), def, lines(docs))
}

fn option(item: u32) -> Ty {
    let variants = TypeDefVariant::new([
        variant("None", 0, Vec::new()),
        variant("Some", 1, vec![part(None, item, None)]),
    ]);
    let parameters = vec![parameter("T", item)];
    Type::new(
        path(["Option"]),
        parameters,
        Def::Variant(variants),
        Vec::new(),
    )
}

fn result(ok: u32, error: u32) -> Ty {
    let variants = TypeDefVariant::new([
        variant("Ok", 0, vec![part(None, ok, None)]),
        variant("Err", 1, vec![part(None, error, None)]),
    ]);
    let parameters = vec![parameter("T", ok), parameter("E", error)];
    Type::new(
        path(["Result"]),
        parameters,
        Def::Variant(variants),
        Vec::new(),
    )
}

fn path<const N: usize>(segments: [&str; N]) -> Path<PortableForm> {
    Path::from_segments_unchecked(segments.map(str::to_owned))
}

fn parameter(name: &str, ty: u32) -> TypeParameter<PortableForm> {
    TypeParameter::new_portable(name.to_owned(), Some(ty.into()))
}

fn part(name: Option<&str>, ty: u32, text: Option<&str>) -> Part {
    let (name, text) = (name.map(str::to_owned), text.map(str::to_owned));
    Field::new(name, ty.into(), text, Vec::new())
}

fn variant(name: &str, index: u8, parts: Vec<Part>) -> Variant<PortableForm> {
    Variant::new(name.to_owned(), parts, index, Vec::new())
}

/// Words as scale-info has them, by lines.
fn lines(docs: &str) -> Vec<String> {
    if docs.is_empty() {
        return Vec::new();
    }
    docs.split('\n').map(str::to_owned).collect()
}

//! The ABI's types in Rust: `Vec<Address>` stays what it is, structs and enums become items of `types`.
//!
//! Invariant: the SCALE bytes of a generated type are those that the ABI describes; a type that holds itself
//! is boxed there, which has no bytes.

use std::collections::BTreeSet;

use argosy_vm_abi::schema::{Field, TypeDef, TypeItem, Variant};
use argosy_vm_abi::{Abi, TypeExpr};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::BindError;
use crate::comments::docs;
use crate::names::{Scope, type_ident};

/// Rust's traits are there for tuples of so many values.
const TUPLE_MAX: usize = 12;
/// Arrays lie on the stack.
const ARRAY_MAX: u64 = 16 * 1024;

/// From where types are named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types<'a> {
    abi: &'a Abi,
    seen_from: SeenFrom<'a>,
}

#[derive(Debug, Clone, Copy)]
enum SeenFrom<'a> {
    /// The module of the contract.
    Root,
    /// A module beside `types`.
    Beside,
    /// The definition of this type.
    Inside(&'a str),
    /// The same, where the value lies on the heap already.
    InsideOnHeap,
}

impl<'a> Types<'a> {
    /// As the contract's module names them.
    pub(crate) fn of(abi: &'a Abi) -> Types<'a> {
        Types {
            abi,
            seen_from: SeenFrom::Root,
        }
    }

    /// As a module inside it names them.
    pub(crate) fn beside(self) -> Types<'a> {
        Types {
            seen_from: SeenFrom::Beside,
            ..self
        }
    }

    fn on_heap(self) -> Types<'a> {
        match self.seen_from {
            SeenFrom::Root | SeenFrom::Beside => self,
            SeenFrom::Inside(_) | SeenFrom::InsideOnHeap => Types {
                seen_from: SeenFrom::InsideOnHeap,
                ..self
            },
        }
    }

    /// A type by its name; `place` is for errors.
    pub(crate) fn named(&self, place: &str, ty: &str) -> Result<TokenStream, BindError> {
        let parsed = TypeExpr::parse(ty).map_err(|source| argosy_vm_abi::AbiError::BadType {
            ty: ty.to_owned(),
            source,
        })?;
        self.tokens(place, &parsed)
    }

    fn tokens(&self, place: &str, ty: &TypeExpr) -> Result<TokenStream, BindError> {
        Ok(match ty {
            TypeExpr::Bool => quote!(bool),
            TypeExpr::U8 => quote!(u8),
            TypeExpr::U16 => quote!(u16),
            TypeExpr::U32 => quote!(u32),
            TypeExpr::U64 => quote!(u64),
            TypeExpr::U128 => quote!(u128),
            TypeExpr::I8 => quote!(i8),
            TypeExpr::I16 => quote!(i16),
            TypeExpr::I32 => quote!(i32),
            TypeExpr::I64 => quote!(i64),
            TypeExpr::I128 => quote!(i128),
            TypeExpr::String => quote!(String),
            TypeExpr::Bytes => quote!(Vec<u8>),
            TypeExpr::Address => quote!(::argosy_sdk::Address),
            TypeExpr::Hash => quote!(::argosy_sdk::bindings::Hash32),
            TypeExpr::Vec(item) => {
                let item = self.on_heap().tokens(place, item)?;
                quote!(Vec<#item>)
            }
            TypeExpr::Option(item) => {
                let item = self.tokens(place, item)?;
                quote!(Option<#item>)
            }
            TypeExpr::Result(ok, error) => {
                let (ok, error) = (self.tokens(place, ok)?, self.tokens(place, error)?);
                quote!(Result<#ok, #error>)
            }
            TypeExpr::Array(item, count) => {
                check_array(place, ty)?;
                let item = self.tokens(place, item)?;
                let count = Literal::u32_unsuffixed(*count);
                quote!([#item; #count])
            }
            TypeExpr::Tuple(items) => {
                if items.len() > TUPLE_MAX {
                    return Err(BindError::Tuple {
                        place: place.to_owned(),
                        found: items.len(),
                        max: TUPLE_MAX,
                    });
                }
                let items = items.iter().map(|it| self.tokens(place, it));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                quote!((#(#items,)*))
            }
            TypeExpr::Named(name) => self.reference(name),
        })
    }

    fn reference(&self, name: &str) -> TokenStream {
        let ident = type_ident(name);
        match self.seen_from {
            SeenFrom::Root => quote!(types::#ident),
            SeenFrom::Beside => quote!(super::types::#ident),
            SeenFrom::Inside(holder) if holds(self.abi, name, holder) => {
                quote!(::std::boxed::Box<#ident>)
            }
            SeenFrom::Inside(_) | SeenFrom::InsideOnHeap => quote!(#ident),
        }
    }

    /// The items of `types`.
    pub(crate) fn items(&self) -> Result<TokenStream, BindError> {
        let items = self.abi.types.iter().map(|it| {
            let inside = Types {
                abi: self.abi,
                seen_from: SeenFrom::Inside(&it.name),
            };
            inside.item(it)
        });
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Ok(quote! { #(#items)* })
    }

    fn item(&self, item: &TypeItem) -> Result<TokenStream, BindError> {
        let (name, derives) = (type_ident(&item.name), derives());
        let docs = docs(&item.docs, "A type of the contract.");
        match &item.def {
            TypeDef::Struct(fields) => {
                let (body, end) = self.members(&item.name, fields, true)?;
                Ok(quote! { #docs #derives pub struct #name #body #end })
            }
            TypeDef::Enum(variants) => {
                let variants = variants.iter().map(|it| self.variant(&item.name, it));
                let variants = variants.collect::<Result<Vec<_>, _>>()?;
                Ok(quote! { #docs #derives pub enum #name { #(#variants,)* } })
            }
        }
    }

    fn variant(&self, holder: &str, variant: &Variant) -> Result<TokenStream, BindError> {
        let name = type_ident(&variant.name);
        let index = Literal::u8_unsuffixed(variant.index);
        let place = format!("{holder}::{}", variant.name);
        let (body, _) = self.members(&place, &variant.fields, false)?;
        Ok(quote! { #[codec(index = #index)] #name #body })
    }

    /// Fields in braces, or in parentheses if they are numbered; and what ends a struct.
    fn members(
        &self,
        place: &str,
        fields: &[Field],
        is_struct: bool,
    ) -> Result<(TokenStream, TokenStream), BindError> {
        let public = is_struct.then(|| quote!(pub));
        let types = fields.iter().map(|it| {
            let place = format!("{place}.{}", it.name);
            self.named(&place, &it.ty)
        });
        let types = types.collect::<Result<Vec<_>, _>>()?;
        if fields.is_empty() {
            return Ok((quote!(), quote!(;)));
        }
        if fields.iter().all(|it| is_number(&it.name)) {
            return Ok((quote! { ( #(#public #types,)* ) }, quote!(;)));
        }
        let mut scope = Scope::default();
        let names = fields.iter().map(|it| scope.take(&field_name(&it.name)));
        let names: Vec<_> = names.collect();
        Ok((quote! { { #(#public #names: #types,)* } }, quote!()))
    }
}

/// What every generated type can do.
pub(crate) fn derives() -> TokenStream {
    quote! {
        #[derive(
            Debug,
            Clone,
            PartialEq,
            Eq,
            ::argosy_sdk::bindings::scale::Encode,
            ::argosy_sdk::bindings::scale::Decode,
            ::argosy_sdk::bindings::scale::DecodeWithMemTracking,
        )]
        #[codec(crate = ::argosy_sdk::bindings::scale)]
    }
}

/// A field's name as an identifier: a number among names is `_0`.
pub(crate) fn field_name(name: &str) -> String {
    match is_number(name) {
        true => format!("_{name}"),
        false => name.to_owned(),
    }
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|it| it.is_ascii_digit())
}

/// Counts what lies in nested arrays.
fn check_array(place: &str, ty: &TypeExpr) -> Result<(), BindError> {
    let (mut inner, mut found) = (ty, 1u64);
    while let TypeExpr::Array(item, count) = inner {
        found = found.saturating_mul(u64::from(*count).max(1));
        inner = item;
    }
    if found <= ARRAY_MAX {
        return Ok(());
    }
    Err(BindError::Array {
        place: place.to_owned(),
        found,
        max: ARRAY_MAX,
    })
}

/// Whether a value of type `from` may hold one of type `target`, or is one.
fn holds(abi: &Abi, from: &str, target: &str) -> bool {
    let (mut open, mut seen) = (vec![from.to_owned()], BTreeSet::new());
    while let Some(name) = open.pop() {
        if name == target {
            return true;
        }
        if !seen.insert(name.clone()) {
            continue;
        }
        let members = abi.type_named(&name).into_iter().flat_map(members_of);
        for ty in members.filter_map(|it| TypeExpr::parse(&it.ty).ok()) {
            ty.for_each_name(&mut |inner| open.push(inner.to_owned()));
        }
    }
    false
}

fn members_of(item: &TypeItem) -> Vec<&Field> {
    match &item.def {
        TypeDef::Struct(fields) => fields.iter().collect(),
        TypeDef::Enum(variants) => variants.iter().flat_map(|it| &it.fields).collect(),
    }
}

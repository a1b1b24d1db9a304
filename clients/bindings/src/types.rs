//! The ABI's types in Rust: `Vec<Address>` stays what it is, structs and enums become items of `types`.
//!
//! Invariant: the SCALE bytes of a generated type are those that the ABI describes; a type that holds itself
//! is boxed there, which has no bytes.

use argosy_vm_abi::schema::{Field, TypeDef, TypeItem, Variant};
use argosy_vm_abi::{Abi, TypeExpr};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::BindError;
use crate::comments::docs;
use crate::names::{Names, Scope};
use crate::shape::{Shape, Size};

/// Rust's traits are there for tuples of so many values.
const TUPLE_MAX: usize = 12;
/// The codec gives each unnamed field of a variant a name of two letters, which is a word of the language later.
const UNNAMED_MAX: usize = 128;
/// Values lie on the stack.
const VALUES_MAX: u64 = 16 * 1024;
/// The compiler gives up behind twice as many types inside each other.
const DEPTH_MAX: u64 = 64;

/// What the ABI's types are called, and how they hold each other.
#[derive(Debug)]
pub(crate) struct Book<'a> {
    abi: &'a Abi,
    names: Names,
    shape: Shape<'a>,
}

impl<'a> Book<'a> {
    /// Of the types of an ABI.
    pub(crate) fn of(abi: &'a Abi) -> Book<'a> {
        Book {
            abi,
            names: Names::of_types(abi.types.iter().map(|it| it.name.as_str())),
            shape: Shape::of(abi),
        }
    }
}

/// From where types are named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types<'a> {
    book: &'a Book<'a>,
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
    pub(crate) fn of(book: &'a Book<'a>) -> Types<'a> {
        Types {
            book,
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
        let holder = match self.seen_from {
            SeenFrom::Inside(holder) => Some(holder),
            SeenFrom::Root | SeenFrom::Beside | SeenFrom::InsideOnHeap => None,
        };
        check_size(place, self.book.shape.size(&parsed, holder))?;
        self.tokens(place, &parsed)
    }

    fn tokens(&self, place: &str, ty: &TypeExpr) -> Result<TokenStream, BindError> {
        Ok(match ty {
            TypeExpr::Bool => quote!(bool),
            TypeExpr::U8 => quote!(u8),
            TypeExpr::U16 => quote!(u16),
            TypeExpr::U32 => quote!(u32),
            TypeExpr::U64 => quote!(u64),
            // A fraction travels as its units.
            TypeExpr::U128 | TypeExpr::Fixed(_) => quote!(u128),
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
                // Nothing in it is boxed: it lies on the heap as it is.
                check_size(place, self.book.shape.size(item, None))?;
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
                let item = self.tokens(place, item)?;
                let count = Literal::u32_unsuffixed(*count);
                quote!([#item; #count])
            }
            TypeExpr::Tuple(items) => {
                check_tuple(place, items.len(), TUPLE_MAX)?;
                let items = items.iter().map(|it| self.tokens(place, it));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                quote!((#(#items,)*))
            }
            TypeExpr::Named(name) => self.reference(name),
        })
    }

    fn reference(&self, name: &str) -> TokenStream {
        let ident = self.book.names.get(name);
        match self.seen_from {
            SeenFrom::Root => quote!(types::#ident),
            SeenFrom::Beside => quote!(super::types::#ident),
            SeenFrom::Inside(holder) if self.book.shape.is_cycle(holder, name) => {
                quote!(::std::boxed::Box<#ident>)
            }
            SeenFrom::Inside(_) | SeenFrom::InsideOnHeap => quote!(#ident),
        }
    }

    /// The items of `types`.
    pub(crate) fn items(&self) -> Result<TokenStream, BindError> {
        let items = self.book.abi.types.iter().map(|it| {
            let inside = Types {
                book: self.book,
                seen_from: SeenFrom::Inside(&it.name),
            };
            inside.item(it)
        });
        let items = items.collect::<Result<Vec<_>, _>>()?;
        Ok(quote! { #(#items)* })
    }

    fn item(&self, item: &TypeItem) -> Result<TokenStream, BindError> {
        check_size(&item.name, self.book.shape.size_named(&item.name))?;
        let (name, derives) = (self.book.names.get(&item.name), derives());
        let docs = docs(&item.docs, "A type of the contract.");
        match &item.def {
            TypeDef::Struct(fields) => {
                let (body, end) = self.members(&item.name, fields, true)?;
                Ok(quote! { #docs #derives pub struct #name #body #end })
            }
            TypeDef::Enum(variants) => {
                let names = Names::of_variants(variants.iter().map(|it| it.name.as_str()));
                let variants = variants.iter();
                let variants = variants.map(|it| self.variant(&item.name, it, &names));
                let variants = variants.collect::<Result<Vec<_>, _>>()?;
                Ok(quote! { #docs #derives pub enum #name { #(#variants,)* } })
            }
        }
    }

    fn variant(
        &self,
        holder: &str,
        variant: &Variant,
        names: &Names,
    ) -> Result<TokenStream, BindError> {
        let name = names.get(&variant.name);
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
            if !is_struct {
                check_tuple(place, fields.len(), UNNAMED_MAX)?;
            }
            return Ok((quote! { ( #(#public #types,)* ) }, quote!(;)));
        }
        let mut scope = Scope::default();
        let names = fields.iter().map(|it| scope.take_value(&it.name));
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

fn is_number(name: &str) -> bool {
    name.bytes().all(|it| it.is_ascii_digit())
}

fn check_tuple(place: &str, found: usize, max: usize) -> Result<(), BindError> {
    if found <= max {
        return Ok(());
    }
    let place = place.to_owned();
    Err(BindError::Tuple { place, found, max })
}

fn check_size(place: &str, size: Size) -> Result<(), BindError> {
    let place = place.to_owned();
    if size.depth > DEPTH_MAX {
        let (found, max) = (size.depth, DEPTH_MAX);
        return Err(BindError::Deep { place, found, max });
    }
    if size.values > VALUES_MAX {
        let (found, max) = (size.values, VALUES_MAX);
        return Err(BindError::Wide { place, found, max });
    }
    Ok(())
}

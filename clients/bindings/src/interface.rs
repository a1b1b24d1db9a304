//! An interface for other contracts: a trait for `#[argosy_contract::interface]`, and the types that it names.
//!
//! ```text
//! Abi ──calls, queries──► trait    ──types that they name──► structs and enums, #[abi(foreign)]
//! ```
//!
//! Always holds: a method of the trait has the selector of its name, as the macro takes it; what has another, or
//! a name that the trait cannot have, is left out, and told.
//! Not here: methods of programs, which send transactions (`module.rs`).

use std::collections::BTreeSet;

use argosy_primitives::blake3;
use argosy_vm_abi::schema::{Field, MessageItem, MessageKind, TypeDef, TypeItem, Variant};
use argosy_vm_abi::{Abi, AbiError, TypeExpr};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::comments::docs;
use crate::names::{Names, Scope};
use crate::shape::Shape;
use crate::text::module_name;
use crate::{BindError, Source};

/// The SDK's traits are there for tuples of so many values.
const TUPLE_MAX: usize = 6;
/// The SDK's messages have at most so many arguments.
const ARGUMENTS_MAX: usize = 16;
/// What the handle itself has, and what no method of a trait can be called.
const RESERVED: [&str; 7] = ["at", "address", "self", "Self", "super", "crate", "_"];
/// What methods and types name, so that the handle must not hide it.
const NAMED: [&str; 5] = ["Address", "Option", "Result", "String", "Vec"];

/// The interface as formatted Rust: a module with a trait. `name` becomes both identifiers.
pub fn interface_text(source: &Source, name: &str) -> Result<String, BindError> {
    let abi = &source.abi;
    let maker = Maker {
        abi,
        names: Names::of_types(abi.types.iter().map(|it| it.name.as_str())),
        shape: Shape::of(abi),
    };
    let (kept, left_out) = chosen(abi);
    let tokens = maker.module(name, &kept)?;
    let file = syn::parse2::<syn::File>(tokens).map_err(|error| BindError::NoRust {
        reason: error.to_string(),
    })?;
    let mut text = String::from(
        "// Made by `argosy contract bindings --interface`. Do not edit: make it again when the contract changes.\n",
    );
    if !left_out.is_empty() {
        text += &format!(
            "// Left out, to be called by `Call::raw`: {}.\n",
            left_out.join(", ")
        );
    }
    Ok(format!("{text}\n{}", prettyplease::unparse(&file)))
}

/// Methods that a trait can have, calls first, and the names of those that it cannot.
fn chosen(abi: &Abi) -> (Vec<&MessageItem>, Vec<String>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    for kind in [MessageKind::Call, MessageKind::Query] {
        for message in abi.messages.iter().filter(|it| it.kind == kind) {
            let name = message.name.as_str();
            let fits = !RESERVED.contains(&name)
                && blake3(name.as_bytes()).starts_with(&message.selector)
                && message.args.len() <= ARGUMENTS_MAX
                && taken.insert(name);
            match fits {
                true => kept.push(message),
                false => left_out.push(name.to_owned()),
            }
        }
    }
    (kept, left_out)
}

struct Maker<'a> {
    abi: &'a Abi,
    names: Names,
    shape: Shape<'a>,
}

impl Maker<'_> {
    fn module(&self, name: &str, messages: &[&MessageItem]) -> Result<TokenStream, BindError> {
        let contract = self.abi.contract.as_ref();
        let words = contract.map_or("", |it| it.docs.as_str());
        let docs = docs(words, "What is asked of the contract.");
        let methods = messages.iter().map(|it| self.method(it));
        let methods = methods.collect::<Result<Vec<_>, _>>()?;
        let items = self.reached(messages);
        let items = items.into_iter().map(|it| self.item(it));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let (module, handle) = (module_name(name), self.handle(name));
        Ok(quote! {
            #[allow(dead_code, missing_docs, nonstandard_style, unused_imports, clippy::all)]
            pub mod #module {
                use argosy_contract::prelude::*;

                #docs
                #[interface]
                pub trait #handle { #(#methods)* }

                #(#items)*
            }
        })
    }

    /// `my-token` is `MyToken`, unless a type of the contract is called so, or one of those that all contracts name.
    fn handle(&self, name: &str) -> Ident {
        let words = name.split(|it: char| !it.is_ascii_alphanumeric());
        let mut camel: String = words
            .filter_map(|word| {
                let mut letters = word.chars();
                let first = letters.next()?.to_ascii_uppercase();
                Some(format!("{first}{}", letters.as_str()))
            })
            .collect();
        if !camel.starts_with(|it: char| it.is_ascii_alphabetic()) || camel == "Self" {
            camel = format!("Contract{camel}");
        }
        let is_taken = |camel: &str| {
            let mut types = self.abi.types.iter();
            NAMED.contains(&camel) || types.any(|it| self.names.get(&it.name) == camel)
        };
        while is_taken(&camel) {
            camel.push('_');
        }
        Ident::new(&camel, Span::call_site())
    }

    fn method(&self, message: &MessageItem) -> Result<TokenStream, BindError> {
        let shown = &message.name;
        let mut scope = Scope::with(&["funds"]);
        let args = message.args.iter().map(|it| {
            let ty = self.named(&format!("argument {} of {shown}", it.name), None, &it.ty)?;
            let name = scope.take_value(&it.name);
            Ok(quote!(#name: #ty))
        });
        let args = args.collect::<Result<Vec<_>, BindError>>()?;
        let returns = self.named(&format!("what {shown} returns"), None, &message.returns)?;
        let returns = match &message.error {
            None if message.returns == "()" => TokenStream::new(),
            None => quote!(-> #returns),
            Some(error) => {
                let error = self.named(&format!("the error of {shown}"), None, error)?;
                quote!(-> Result<#returns, #error>)
            }
        };
        let (entry, receiver) = match (message.kind, message.payable) {
            (MessageKind::Query, _) => (quote!(#[query]), quote!(&self)),
            (_, true) => (quote!(#[call(payable)]), quote!(&mut self)),
            (_, false) => (quote!(#[call]), quote!(&mut self)),
        };
        let docs = docs(&message.docs, &format!("`{shown}` of the contract."));
        let name = Scope::default().take(shown);
        Ok(quote! { #docs #entry fn #name(#receiver #(, #args)*) #returns; })
    }

    /// Types that the methods name, and those that these name, by name.
    fn reached(&self, messages: &[&MessageItem]) -> Vec<&TypeItem> {
        let mut open: Vec<String> = Vec::new();
        for message in messages {
            let types = message.args.iter().map(|it| &it.ty);
            let types = types.chain([&message.returns]).chain(&message.error);
            types.for_each(|it| names_in(it, &mut open));
        }
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(item) = self.abi.type_named(&name) else {
                continue;
            };
            if seen.insert(name) {
                let members: Vec<&Field> = match &item.def {
                    TypeDef::Struct(fields) => fields.iter().collect(),
                    TypeDef::Enum(variants) => variants.iter().flat_map(|it| &it.fields).collect(),
                };
                members.iter().for_each(|it| names_in(&it.ty, &mut open));
            }
        }
        let types = self.abi.types.iter();
        types.filter(|it| seen.contains(&it.name)).collect()
    }

    fn item(&self, item: &TypeItem) -> Result<TokenStream, BindError> {
        let name = self.names.get(&item.name);
        let docs = docs(&item.docs, "A type of the contract.");
        let head = quote! {
            #docs
            #[derive(AbiType, Clone, Debug, PartialEq, Eq)]
            #[abi(foreign)]
        };
        match &item.def {
            TypeDef::Struct(fields) => {
                let (body, end) = self.members(&item.name, &item.name, fields, true)?;
                Ok(quote! { #head pub struct #name #body #end })
            }
            TypeDef::Enum(variants) => {
                let names = Names::of_variants(variants.iter().map(|it| it.name.as_str()));
                let variants = variants.iter();
                let variants = variants.map(|it| self.variant(&item.name, it, &names));
                let variants = variants.collect::<Result<Vec<_>, _>>()?;
                Ok(quote! { #head pub enum #name { #(#variants,)* } })
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
        let (body, _) = self.members(&place, holder, &variant.fields, false)?;
        Ok(quote! { #[abi(index = #index)] #name #body })
    }

    /// Fields in braces, or in parentheses if they are numbered; and what ends a struct.
    fn members(
        &self,
        place: &str,
        holder: &str,
        fields: &[Field],
        is_struct: bool,
    ) -> Result<(TokenStream, TokenStream), BindError> {
        let public = is_struct.then(|| quote!(pub));
        let types = fields
            .iter()
            .map(|it| self.named(&format!("{place}.{}", it.name), Some(holder), &it.ty));
        let types = types.collect::<Result<Vec<_>, _>>()?;
        if fields.is_empty() {
            return Ok((quote!(), quote!(;)));
        }
        let is_number = |it: &Field| it.name.bytes().all(|it| it.is_ascii_digit());
        if fields.iter().all(is_number) {
            return Ok((quote! { ( #(#public #types,)* ) }, quote!(;)));
        }
        let mut scope = Scope::default();
        let names: Vec<Ident> = fields.iter().map(|it| scope.take_value(&it.name)).collect();
        Ok((quote! { { #(#public #names: #types,)* } }, quote!()))
    }

    /// A type by its name, in the definition of `holder`; `place` is for errors.
    fn named(&self, place: &str, holder: Option<&str>, ty: &str) -> Result<TokenStream, BindError> {
        let parsed = TypeExpr::parse(ty).map_err(|source| AbiError::BadType {
            ty: ty.to_owned(),
            source,
        })?;
        self.tokens(place, holder, &parsed)
    }

    fn tokens(
        &self,
        place: &str,
        holder: Option<&str>,
        ty: &TypeExpr,
    ) -> Result<TokenStream, BindError> {
        let inner = |ty: &TypeExpr| self.tokens(place, holder, ty);
        Ok(match ty {
            TypeExpr::Bytes => quote!(Vec<u8>),
            TypeExpr::Hash => quote!(argosy_contract::primitives::Hash32),
            TypeExpr::Fixed(decimals) => {
                let decimals = Literal::u8_unsuffixed(*decimals);
                quote!(argosy_contract::math::Fixed<#decimals>)
            }
            TypeExpr::Vec(item) => {
                let item = inner(item)?;
                quote!(Vec<#item>)
            }
            TypeExpr::Option(item) => {
                let item = inner(item)?;
                quote!(Option<#item>)
            }
            TypeExpr::Result(..) => {
                let place = place.to_owned();
                return Err(BindError::ResultInside { place });
            }
            TypeExpr::Array(item, count) => {
                let (item, count) = (inner(item)?, Literal::u32_unsuffixed(*count));
                quote!([#item; #count])
            }
            TypeExpr::Tuple(items) if items.len() > TUPLE_MAX => {
                let place = place.to_owned();
                let (found, max) = (items.len(), TUPLE_MAX);
                return Err(BindError::Tuple { place, found, max });
            }
            TypeExpr::Tuple(items) => {
                let items = items.iter().map(inner).collect::<Result<Vec<_>, _>>()?;
                quote!((#(#items,)*))
            }
            TypeExpr::Named(name) => {
                let ident = self.names.get(name);
                let is_part = holder.is_some_and(|it| self.shape.is_cycle(it, name));
                match is_part {
                    true => quote!(argosy_contract::prelude::Box<#ident>),
                    false => quote!(#ident),
                }
            }
            // The other words are those of Rust and of the SDK.
            word => {
                let ident = Ident::new(&word.to_string(), Span::call_site());
                quote!(#ident)
            }
        })
    }
}

/// Adds the types of the ABI that a type refers to.
fn names_in(ty: &str, names: &mut Vec<String>) {
    if let Ok(parsed) = TypeExpr::parse(ty) {
        parsed.for_each_name(&mut |name| names.push(name.to_owned()));
    }
}

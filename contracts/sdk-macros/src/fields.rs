//! What structs and enums share: fields with names, types and docs.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{Fields, Generics, Ident, Member, Result, Type};

use crate::syntax::{check_type, text_of};

/// The fields of a struct or variant.
pub(crate) struct FieldList {
    fields: Vec<OneField>,
    shape: Shape,
}

pub(crate) struct OneField {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// What it is called in a pattern.
    pub(crate) binding: Ident,
}

enum Shape {
    Named,
    Tuple,
    Unit,
}

impl OneField {
    /// Its name in the ABI: fields of a tuple are numbered.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => text_of(name),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

impl FieldList {
    pub(crate) fn read(fields: &Fields) -> Result<FieldList> {
        let shape = match fields {
            Fields::Named(_) => Shape::Named,
            Fields::Unnamed(_) => Shape::Tuple,
            Fields::Unit => Shape::Unit,
        };
        let members = fields.members();
        let fields = members
            .zip(fields)
            .enumerate()
            .map(|(at, (member, field))| {
                check_type(&field.ty)?;
                Ok(OneField {
                    member,
                    ty: field.ty.clone(),
                    binding: format_ident!("field_{at}"),
                })
            });
        Ok(FieldList {
            fields: fields.collect::<Result<_>>()?,
            shape,
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &OneField> {
        self.fields.iter()
    }

    /// `{ a: field_0, b: field_1 }`, as pattern or as expression.
    pub(crate) fn bindings(&self) -> Tokens {
        let members = self.fields.iter().map(|it| &it.member);
        let bindings = self.fields.iter().map(|it| &it.binding);
        match self.shape {
            Shape::Unit => quote!({}),
            Shape::Named | Shape::Tuple => quote!({ #(#members: #bindings),* }),
        }
    }

    /// The fields for the ABI.
    pub(crate) fn definitions(&self) -> Tokens {
        let names = self.fields.iter().map(OneField::name);
        let types = self.fields.iter().map(|it| &it.ty);
        quote! {
            &[#(::argosy_contract::__private::FieldDef {
                name: #names,
                ty: <#types as ::argosy_contract::__private::AbiType>::NAME,
            }),*]
        }
    }
}

/// A type of the interface is found by its name, and one name stands for one type.
pub(crate) fn refuse_generics(generics: &Generics) -> Result<()> {
    if let Some(clause) = &generics.where_clause {
        return Err(syn::Error::new_spanned(
            clause,
            "the interface cannot be generic, so that there is nothing to ask of its types: remove the `where` clause",
        ));
    }
    if generics.params.is_empty() {
        return Ok(());
    }
    Err(syn::Error::new_spanned(
        generics,
        "the interface finds a type by its name, so that it cannot be generic: write one type per use",
    ))
}

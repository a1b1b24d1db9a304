//! `#[derive(AbiType)]` and `#[error]`: types with bytes, a name and a description.

use std::collections::BTreeSet;

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Attribute, Data, DataEnum, DeriveInput, Ident, LitInt, Result};

use crate::codec::{self, OneVariant};
use crate::fields::{FieldList, refuse_generics};
use crate::section;
use crate::syntax::{docs, refuse_arguments, text_of};

/// Types that the grammar of type names has, as a type of Rust may be called.
const WORDS: [&str; 8] = [
    "String", "Bytes", "Address", "Hash", "Fixed", "Vec", "Option", "Result",
];

pub(crate) fn expand_derive(item: Tokens) -> Result<Tokens> {
    let item: DeriveInput = syn::parse2(item)?;
    refuse_generics(&item.generics)?;
    let name = &item.ident;
    let text = text_of(name);
    refuse_word(name, &text)?;
    let docs = docs(&item.attrs);
    let (codec, describe) = match &item.data {
        Data::Struct(data) => {
            let fields = FieldList::read(&data.fields)?;
            let definitions = fields.definitions();
            (
                codec::of_struct(name, &fields),
                quote!(frames.type_struct(#text, #definitions, #docs)),
            )
        }
        Data::Enum(data) => {
            let variants = read_variants(data)?;
            let definitions = variant_definitions(&variants);
            (
                codec::of_enum(name, &variants),
                quote!(frames.type_enum(#text, #definitions, #docs)),
            )
        }
        Data::Union(data) => {
            return Err(syn::Error::new_spanned(
                data.union_token,
                "a union has no bytes of its own: use an enum",
            ));
        }
    };
    // What no item of this ABI names needs no description in it.
    let section = (!is_foreign(&item.attrs)?).then(|| section::abi(&quote!(#name)));
    Ok(quote! {
        #codec

        #[automatically_derived]
        impl ::argosy_contract::__private::AbiType for #name {
            const NAME: ::argosy_contract::__private::TypeName =
                ::argosy_contract::__private::TypeName::new(#text);
        }

        #[automatically_derived]
        impl ::argosy_contract::__private::Described for #name {
            const FRAMES: ::argosy_contract::__private::Frames = {
                let mut frames = ::argosy_contract::__private::Frames::new();
                #describe;
                frames
            };
        }

        #section
    })
}

/// Types are found by name: one that is called like a word of the ABI would never be found.
fn refuse_word(name: &Ident, text: &str) -> Result<()> {
    if !WORDS.contains(&text) {
        return Ok(());
    }
    Err(syn::Error::new_spanned(
        name,
        format!("the ABI has a type `{text}` of its own: choose another name"),
    ))
}

/// Whether a type belongs to the interface of another contract.
fn is_foreign(attributes: &[Attribute]) -> Result<bool> {
    let mut is_foreign = false;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("abi")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("foreign") {
                return Err(meta.error(
                    "only `#[abi(foreign)]` is known here; `#[abi(index = …)]` belongs above a variant",
                ));
            }
            is_foreign = true;
            Ok(())
        })?;
    }
    Ok(is_foreign)
}

pub(crate) fn expand_error(arguments: Tokens, item: Tokens) -> Result<Tokens> {
    refuse_arguments("error", arguments)?;
    let parsed: DeriveInput = syn::parse2(item.clone())?;
    refuse_generics(&parsed.generics)?;
    let name = &parsed.ident;
    Ok(quote! {
        #[derive(::argosy_contract::AbiType)]
        #item

        #[automatically_derived]
        impl ::argosy_contract::Revert for #name {
            const NAME: ::core::option::Option<::argosy_contract::__private::TypeName> =
                ::core::option::Option::Some(
                    <#name as ::argosy_contract::__private::AbiType>::NAME,
                );

            fn into_reason(self) -> ::argosy_contract::Reason {
                ::argosy_contract::__private::reason_of_error(&self)
            }
        }
    })
}

pub(crate) fn read_variants(data: &DataEnum) -> Result<Vec<OneVariant>> {
    let mut taken = BTreeSet::new();
    let variants = data.variants.iter().enumerate().map(|(position, variant)| {
        if let Some((_, value)) = &variant.discriminant {
            return Err(syn::Error::new_spanned(
                value,
                "a discriminant says nothing about the bytes: write `#[abi(index = …)]` above the variant",
            ));
        }
        let index = match chosen_index(&variant.attrs)? {
            Some(index) => index,
            None => u8::try_from(position).map_err(|_| {
                syn::Error::new_spanned(variant, "an enum has at most 256 variants")
            })?,
        };
        if !taken.insert(index) {
            return Err(syn::Error::new_spanned(
                variant,
                format!("two variants have index {index}: choose another by `#[abi(index = …)]`"),
            ));
        }
        Ok(OneVariant {
            name: variant.ident.clone(),
            index,
            fields: FieldList::read(&variant.fields)?,
        })
    });
    variants.collect()
}

fn chosen_index(attributes: &[Attribute]) -> Result<Option<u8>> {
    let mut index = None;
    for attribute in attributes.iter().filter(|it| it.path().is_ident("abi")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("index") {
                return Err(meta.error("only `#[abi(index = …)]` is known"));
            }
            let value: LitInt = meta.value()?.parse()?;
            index = Some(value.base10_parse()?);
            Ok(())
        })?;
    }
    Ok(index)
}

fn variant_definitions(variants: &[OneVariant]) -> Tokens {
    let names = variants.iter().map(|it| text_of(&it.name));
    let indices = variants.iter().map(|it| it.index);
    let fields = variants.iter().map(|it| it.fields.definitions());
    quote! {
        &[#(::argosy_contract::__private::VariantDef {
            name: #names,
            index: #indices,
            fields: #fields,
        }),*]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(item: Tokens, expected: &str) {
        let found = expand_derive(item).expect_err("refused").to_string();
        assert!(found.contains(expected), "{found:?}");
    }

    #[test]
    fn a_foreign_type_has_bytes_and_no_section() {
        let expand = |item| expand_derive(item).expect("a type").to_string();
        let own = expand(quote!(
            struct It(u8);
        ));
        let foreign = expand(quote!(
            #[abi(foreign)]
            struct It(u8);
        ));
        assert!(own.contains("argosy.abi") && !foreign.contains("argosy.abi"));
        assert!(foreign.contains("Decode for It") && foreign.contains("AbiType for It"));
    }

    #[test]
    fn refuses_with_a_remedy() {
        check_refused(
            quote!(
                struct It<T>(T);
            ),
            "write one type per use",
        );
        check_refused(
            quote!(
                struct It {
                    price: f64,
                }
            ),
            "integer in a smaller unit",
        );
        check_refused(
            quote!(
                enum It {
                    A = 3,
                }
            ),
            "#[abi(index = …)]",
        );
        check_refused(
            quote!(
                enum It {
                    A,
                    #[abi(index = 0)]
                    B,
                }
            ),
            "two variants have index 0",
        );
        check_refused(
            quote!(
                enum It {
                    #[abi(place = 0)]
                    B,
                }
            ),
            "only `#[abi(index = …)]`",
        );
        check_refused(quote!(union It { a: u8 }), "use an enum");
        check_refused(
            quote!(
                #[abi(index = 1)]
                struct It;
            ),
            "belongs above a variant",
        );
        let refused = expand_error(
            quote!(x),
            quote!(
                enum It {}
            ),
        )
        .expect_err("arguments");
        assert!(refused.to_string().contains("takes no arguments"));
    }
}

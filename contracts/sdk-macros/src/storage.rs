//! `#[storage]`: handles to the state of a contract.

use std::collections::BTreeMap;

use proc_macro2::TokenStream as Tokens;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Field, Fields, ItemStruct, Lit, LitStr, Meta, Result};

use crate::fields::refuse_generics;
use crate::syntax::{array, check_type, docs, id_of, refuse_arguments, text_of};

pub(crate) fn expand(arguments: Tokens, item: Tokens) -> Result<Tokens> {
    refuse_arguments("storage", arguments)?;
    let mut item: ItemStruct = syn::parse2(item)
        .map_err(|error| syn::Error::new(error.span(), "the state of a contract is a struct"))?;
    refuse_generics(&item.generics)?;
    if matches!(item.fields, Fields::Unnamed(_)) {
        return Err(syn::Error::new_spanned(
            &item.fields,
            "fields of the state are found by name: write `struct Name { field: Item<…> }`",
        ));
    }
    let keys = take_keys(&mut item)?;
    let ids = keys.iter().map(|key| array(&id_of(key)));
    let members = item.fields.iter().map(|it| &it.ident);
    let types: Vec<_> = item.fields.iter().map(|it| &it.ty).collect();
    // Named at the field, so that the compiler points there if it is neither item nor map.
    let opens = types
        .iter()
        .map(|ty| quote_spanned!(ty.span()=> <#ty>::open_at));
    let name = &item.ident;
    let docs = docs(&item.attrs);
    Ok(quote! {
        #item

        #[automatically_derived]
        impl ::argosy_contract::__private::State for #name {
            const HANDLES: Self = Self {
                #(#members: #opens(::argosy_contract::__private::Key(#ids)),)*
            };
            const FIELDS: &'static [::argosy_contract::__private::StorageDef<'static>] = &[
                #(::argosy_contract::__private::StorageDef {
                    name: #keys,
                    ty: <#types as ::argosy_contract::__private::Stored>::TYPE,
                    kind: <#types as ::argosy_contract::__private::Stored>::KIND,
                }),*
            ];
            const DOCS: &'static str = #docs;
        }
    })
}

/// The name under which each field is stored; `#[key = "…"]` is taken away.
fn take_keys(item: &mut ItemStruct) -> Result<Vec<String>> {
    let mut taken: BTreeMap<[u8; 4], String> = BTreeMap::new();
    let mut keys = Vec::new();
    for field in &mut item.fields {
        check_type(&field.ty)?;
        let key = take_key(field)?;
        if let Some(other) = taken.insert(id_of(&key), key.clone()) {
            return Err(syn::Error::new_spanned(
                &field.ident,
                format!("`{key}` and `{other}` would share a place in storage: rename one of them"),
            ));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn take_key(field: &mut Field) -> Result<String> {
    let mut key = field.ident.as_ref().map(text_of).unwrap_or_default();
    for attribute in field.attrs.iter().filter(|it| it.path().is_ident("key")) {
        key = key_text(&attribute.meta)?.value();
    }
    field.attrs.retain(|it| !it.path().is_ident("key"));
    Ok(key)
}

fn key_text(meta: &Meta) -> Result<&LitStr> {
    match meta {
        Meta::NameValue(meta) => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Ok(text),
            other => Err(syn::Error::new_spanned(
                other,
                "write `#[key = \"old_name\"]`",
            )),
        },
        _ => Err(syn::Error::new_spanned(
            meta,
            "write `#[key = \"old_name\"]`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(item: Tokens, expected: &str) {
        let found = expand(Tokens::new(), item)
            .expect_err("refused")
            .to_string();
        assert!(found.contains(expected), "{found:?}");
    }

    #[test]
    fn refuses_with_a_remedy() {
        check_refused(
            quote!(
                struct It(Item<u8>);
            ),
            "found by name",
        );
        check_refused(
            quote!(
                enum It {}
            ),
            "is a struct",
        );
        check_refused(
            quote!(
                struct It<T> {
                    a: Item<T>,
                }
            ),
            "cannot be generic",
        );
        check_refused(
            quote!(
                struct It {
                    a: Item<f32>,
                }
            ),
            "integer in a smaller unit",
        );
        check_refused(
            quote!(
                struct It {
                    #[key(b)]
                    a: Item<u8>,
                }
            ),
            "#[key = \"old_name\"]",
        );
        check_refused(
            quote!(
                struct It {
                    a: Item<u8>,
                    #[key = "a"]
                    b: Item<u8>,
                }
            ),
            "share a place",
        );
    }

    #[test]
    fn a_renamed_field_keeps_its_place() {
        let expanded = expand(
            Tokens::new(),
            quote!(
                struct It {
                    #[key = "old"]
                    new: Item<u8>,
                }
            ),
        );
        let expanded = expanded.expect("a storage struct").to_string();
        assert!(
            expanded.contains(&array(&id_of("old")).to_string()),
            "{expanded}"
        );
        assert!(!expanded.contains("# [key"), "{expanded}");
    }
}

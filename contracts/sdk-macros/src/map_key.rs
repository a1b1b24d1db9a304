//! `#[derive(MapKey)]`: structs and enums as keys of maps.
//!
//! ```text
//! struct   its fields' keys in order, so that it sorts as `derive(Ord)` does
//! enum     the variant's index, then its fields' keys
//! ```

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Data, DeriveInput, Ident, Result};

use crate::codec::OneVariant;
use crate::fields::{FieldList, refuse_generics};
use crate::types::read_variants;

pub(crate) fn expand(item: Tokens) -> Result<Tokens> {
    let item: DeriveInput = syn::parse2(item)?;
    refuse_generics(&item.generics)?;
    let name = &item.ident;
    match &item.data {
        Data::Struct(data) => {
            let fields = FieldList::read(&data.fields)?;
            if fields.iter().next().is_none() {
                return Err(syn::Error::new_spanned(
                    name,
                    "a key without fields has no bytes: give it one, or use an `Item` instead of a map",
                ));
            }
            Ok(of_struct(name, &fields))
        }
        Data::Enum(data) if data.variants.is_empty() => Err(syn::Error::new_spanned(
            name,
            "there is no value of an enum without variants, and so no key: give it one",
        )),
        Data::Enum(data) => Ok(of_enum(name, &read_variants(data)?)),
        Data::Union(data) => Err(syn::Error::new_spanned(
            data.union_token,
            "a union has no bytes of its own: use an enum",
        )),
    }
}

fn of_struct(name: &Ident, fields: &FieldList) -> Tokens {
    let bindings = fields.bindings();
    let (write, read) = (write_fields(fields), read_fields(fields));
    implement(
        name,
        &quote! {
            let #name #bindings = self;
            #write
        },
        &quote! {
            #read
            ::core::option::Option::Some(#name #bindings)
        },
    )
}

fn of_enum(name: &Ident, variants: &[OneVariant]) -> Tokens {
    let write = variants.iter().map(|it| {
        let (variant, index, bindings) = (&it.name, it.index, it.fields.bindings());
        let write = write_fields(&it.fields);
        quote! {
            #name::#variant #bindings => {
                out.push(#index);
                #write
            }
        }
    });
    let read = variants.iter().map(|it| {
        let (variant, index, bindings) = (&it.name, it.index, it.fields.bindings());
        let read = read_fields(&it.fields);
        quote! {
            #index => {
                #read
                ::core::option::Option::Some(#name::#variant #bindings)
            }
        }
    });
    implement(
        name,
        &quote!(match self { #(#write)* }),
        &quote! {
            match <u8 as ::argosy_contract::storage::MapKey>::read(bytes)? {
                #(#read)*
                _ => ::core::option::Option::None,
            }
        },
    )
}

fn write_fields(fields: &FieldList) -> Tokens {
    let bindings = fields.iter().map(|it| &it.binding);
    quote!(#(::argosy_contract::storage::MapKey::write(#bindings, out);)*)
}

fn read_fields(fields: &FieldList) -> Tokens {
    let bindings = fields.iter().map(|it| &it.binding);
    let types = fields.iter().map(|it| &it.ty);
    quote! {
        #(let #bindings = <#types as ::argosy_contract::storage::MapKey>::read(bytes)?;)*
    }
}

fn implement(name: &Ident, write: &Tokens, read: &Tokens) -> Tokens {
    quote! {
        #[automatically_derived]
        impl ::argosy_contract::storage::MapKey for #name {
            fn write(&self, out: &mut ::argosy_contract::__private::Vec<u8>) {
                #write
            }

            fn read(bytes: &mut &[u8]) -> ::core::option::Option<Self> {
                #read
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(item: Tokens, expected: &str) {
        let found = expand(item).expect_err("refused").to_string();
        assert!(found.contains(expected), "{found:?}");
    }

    #[test]
    fn refuses_with_a_remedy() {
        check_refused(
            quote!(
                struct It;
            ),
            "give it one, or use an `Item`",
        );
        check_refused(
            quote!(
                enum It {}
            ),
            "without variants",
        );
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
        check_refused(quote!(union It { a: u8 }), "use an enum");
    }
}

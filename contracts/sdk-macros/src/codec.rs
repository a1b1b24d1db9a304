//! SCALE bytes of structs and enums: fields in order; an enum begins with its index byte.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::Ident;

use crate::fields::FieldList;

/// One alternative of an enum.
pub(crate) struct OneVariant {
    pub(crate) name: Ident,
    pub(crate) index: u8,
    pub(crate) fields: FieldList,
}

/// `Encode` and `Decode` of a struct.
pub(crate) fn of_struct(name: &Ident, fields: &FieldList) -> Tokens {
    let bindings = fields.bindings();
    let encode = encode_fields(fields);
    let decode = decode_fields(fields);
    implement(
        name,
        &quote! {
            let #name #bindings = self;
            #encode
        },
        &quote! {
            #decode
            Ok(#name #bindings)
        },
    )
}

/// `Encode` and `Decode` of an enum.
pub(crate) fn of_enum(name: &Ident, variants: &[OneVariant]) -> Tokens {
    let encode = variants.iter().map(
        |OneVariant {
             name: variant,
             index,
             fields,
         }| {
            let bindings = fields.bindings();
            let encode = encode_fields(fields);
            quote! {
                #name::#variant #bindings => {
                    out.push_byte(#index);
                    #encode
                }
            }
        },
    );
    let decode = variants.iter().map(
        |OneVariant {
             name: variant,
             index,
             fields,
         }| {
            let bindings = fields.bindings();
            let decode = decode_fields(fields);
            quote! {
                #index => {
                    #decode
                    Ok(#name::#variant #bindings)
                }
            }
        },
    );
    // A reference to a value that cannot be is matched by nothing; the value itself by no arm.
    let encode = if variants.is_empty() {
        quote!(match *self {})
    } else {
        quote!(match self { #(#encode)* })
    };
    implement(
        name,
        &encode,
        &quote! {
            match input.read_byte()? {
                #(#decode)*
                _ => Err("unknown variant".into()),
            }
        },
    )
}

fn encode_fields(fields: &FieldList) -> Tokens {
    let bindings = fields.iter().map(|it| &it.binding);
    quote!(#(::argosy_contract::__private::Encode::encode_to(#bindings, out);)*)
}

fn decode_fields(fields: &FieldList) -> Tokens {
    let bindings = fields.iter().map(|it| &it.binding);
    let types = fields.iter().map(|it| &it.ty);
    quote! {
        #(let #bindings = <#types as ::argosy_contract::__private::Decode>::decode(input)?;)*
    }
}

fn implement(name: &Ident, encode: &Tokens, decode: &Tokens) -> Tokens {
    quote! {
        #[automatically_derived]
        #[allow(unused_variables)]
        impl ::argosy_contract::__private::Encode for #name {
            fn encode_to<W: ::argosy_contract::__private::Output + ?Sized>(&self, out: &mut W) {
                #encode
            }
        }

        #[automatically_derived]
        impl ::argosy_contract::__private::EncodeLike for #name {}

        #[automatically_derived]
        #[allow(unused_variables)]
        impl ::argosy_contract::__private::Decode for #name {
            fn decode<I: ::argosy_contract::__private::Input>(
                input: &mut I,
            ) -> ::core::result::Result<Self, ::argosy_contract::__private::CodecError> {
                #decode
            }
        }

        #[automatically_derived]
        impl ::argosy_contract::__private::DecodeWithMemTracking for #name {}
    }
}

//! `#[event]`: an announcement with topics.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{ItemStruct, Result};

use crate::codec;
use crate::fields::{FieldList, OneField, refuse_generics};
use crate::section;
use crate::syntax::{array, docs, hash_of, refuse_arguments, text_of};

/// Four topics, the first of which is the name.
const TOPIC_FIELDS_MAX: usize = 3;

pub(crate) fn expand(arguments: Tokens, item: Tokens) -> Result<Tokens> {
    refuse_arguments("event", arguments)?;
    let mut item: ItemStruct = syn::parse2(item).map_err(|error| {
        syn::Error::new(
            error.span(),
            "an event is a struct: one struct per kind of event",
        )
    })?;
    refuse_generics(&item.generics)?;
    let is_topic = take_topics(&mut item)?;
    let fields = FieldList::read(&item.fields)?;

    let name = &item.ident;
    let text = text_of(name);
    let docs = docs(&item.attrs);
    let signature = array(&hash_of(&text));
    let topics = fields
        .iter()
        .zip(&is_topic)
        .filter(|(_, is_topic)| **is_topic);
    let topics = topics.map(|(field, _)| &field.member);
    let field_names = fields.iter().map(OneField::name);
    let field_types = fields.iter().map(|it| &it.ty);
    let codec = codec::of_struct(name, &fields);
    let section = section::abi(&quote!(#name));
    Ok(quote! {
        #item

        #codec

        #[automatically_derived]
        impl ::argosy_contract::Event for #name {
            const NAME: &'static str = #text;
            const SIGNATURE: [u8; 32] = #signature;

            fn topics(&self) -> ::argosy_contract::Topics {
                ::argosy_contract::Topics::new(&<Self as ::argosy_contract::Event>::SIGNATURE)
                    #(.with(&self.#topics))*
            }
        }

        #[automatically_derived]
        impl ::argosy_contract::__private::Described for #name {
            const FRAMES: ::argosy_contract::__private::Frames = {
                let mut frames = ::argosy_contract::__private::Frames::new();
                frames.event(
                    #text,
                    &[#(::argosy_contract::__private::EventFieldDef {
                        name: #field_names,
                        ty: <#field_types as ::argosy_contract::__private::AbiType>::NAME,
                        indexed: #is_topic,
                    }),*],
                    #docs,
                );
                frames
            };
        }

        #section
    })
}

/// Takes `#[topic]` away from the fields; says which of them had it.
fn take_topics(item: &mut ItemStruct) -> Result<Vec<bool>> {
    let mut is_topic = Vec::new();
    for field in &mut item.fields {
        let before = field.attrs.len();
        field.attrs.retain(|it| !it.path().is_ident("topic"));
        is_topic.push(field.attrs.len() < before);
        if is_topic.iter().filter(|it| **it).count() > TOPIC_FIELDS_MAX {
            return Err(syn::Error::new_spanned(
                field,
                "an event has at most three `#[topic]` fields: keep those that people search by",
            ));
        }
    }
    Ok(is_topic)
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
                enum It {}
            ),
            "one struct per kind",
        );
        check_refused(
            quote!(
                struct It {
                    price: f32,
                }
            ),
            "integer in a smaller unit",
        );
        check_refused(
            quote! {
                struct It { #[topic] a: u8, #[topic] b: u8, #[topic] c: u8, #[topic] d: u8 }
            },
            "at most three",
        );
    }

    #[test]
    fn takes_the_topics_away() {
        let expanded = expand(
            Tokens::new(),
            quote!(
                struct It {
                    #[topic]
                    a: u8,
                    b: u8,
                }
            ),
        );
        let expanded = expanded.expect("an event").to_string();
        assert!(!expanded.contains("# [topic]"), "{expanded}");
        assert!(expanded.contains(". with (& self . a)"), "{expanded}");
        assert!(!expanded.contains(". with (& self . b)"), "{expanded}");
    }
}

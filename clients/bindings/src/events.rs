//! Events: a struct each, one enum of all, and the filter that finds them by their indexed fields.

use argosy_vm_abi::Abi;
use argosy_vm_abi::schema::EventItem;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::BindError;
use crate::comments::docs;
use crate::names::{Names, Scope};
use crate::types::{Book, Types, derives};

/// The modules and items of events; nothing if there are none.
pub(crate) fn events(abi: &Abi, book: &Book<'_>) -> Result<TokenStream, BindError> {
    if abi.events.is_empty() {
        return Ok(TokenStream::new());
    }
    let names = Names::of_types(abi.events.iter().map(|it| it.name.as_str()));
    let structs = abi
        .events
        .iter()
        .map(|it| event(book, it, &names.get(&it.name)));
    let structs = structs.collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = abi.events.iter().map(|it| names.get(&it.name)).collect();
    let texts = abi.events.iter().map(|it| &it.name);
    Ok(quote! {
        /// What the contract announces.
        pub mod events {
            #(#structs)*
        }

        /// Any event of the contract.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            #(#[doc = " See there."] #names(events::#names),)*
        }

        impl Event {
            /// Reads an event of this contract; none if it is no event of its ABI. Who announced it is for
            /// the caller to check.
            pub fn read(event: &::argosy_sdk::api::EventView) -> Option<Event> {
                #(
                    if ::argosy_sdk::bindings::is_named(event, #texts) {
                        return ::argosy_sdk::bindings::read_event(event).map(Event::#names);
                    }
                )*
                None
            }
        }
    })
}

/// Whether the handle can read events.
pub(crate) fn of_handle(abi: &Abi) -> TokenStream {
    if abi.events.is_empty() {
        return TokenStream::new();
    }
    quote! {
        /// What this contract announced among `events`, for instance those of a receipt; those of others, and
        /// those that its ABI does not describe, are left out.
        pub fn events(&self, events: &[::argosy_sdk::api::EventView]) -> Vec<Event> {
            let own = events.iter().filter(|it| it.contract.address == self.address());
            own.filter_map(Event::read).collect()
        }
    }
}

fn event(book: &Book<'_>, item: &EventItem, name: &Ident) -> Result<TokenStream, BindError> {
    let (text, derives) = (&item.name, derives());
    let types = Types::of(book).beside();
    let mut scope = Scope::default();
    let (mut fields, mut args, mut topics) = (Vec::new(), Vec::new(), Vec::new());
    for field in &item.fields {
        let place = format!("{}.{}", item.name, field.name);
        let ty = types.named(&place, &field.ty)?;
        let name = scope.take_value(&field.name);
        fields.push(quote!(pub #name: #ty));
        if field.indexed {
            args.push(quote!(#name: Option<#ty>));
            topics.push(name);
        }
    }
    let contract = scope.take("contract");
    let docs = docs(&item.docs, "An event of the contract.");
    Ok(quote! {
        #docs
        #derives
        pub struct #name { #(#fields,)* }

        impl #name {
            /// Finds it among the events of `contract`, by what is given of its indexed fields.
            pub fn filter(
                #contract: &super::Contract, #(#args),*
            ) -> ::argosy_sdk::api::EventFilter {
                #contract.bound.filter(
                    #text,
                    &[#(#topics.map(|it| ::argosy_sdk::bindings::scale::Encode::encode(&it))),*],
                )
            }
        }
    })
}

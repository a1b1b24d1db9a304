//! The whole: a module with `SCHEMA`, `types`, `events`, `Event` and `Contract`.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::comments::docs;
use crate::types::{Book, Types};
use crate::{BindError, Source, events, messages};

/// Where the module stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// What is written before it: attributes and visibility.
    pub head: TokenStream,
    /// Its name.
    pub name: Ident,
    /// The file that it is made from, for the compiler to watch; a module is kept in the program, too.
    pub file: Option<String>,
}

/// The module of a contract.
pub fn module(source: &Source, place: &Place) -> Result<TokenStream, BindError> {
    let Place { head, name, .. } = place;
    let abi = &source.abi;
    let contract = abi.contract.as_ref();
    let words = contract.map_or("", |it| it.docs.as_str());
    let title = contract.map_or_else(|| name.to_string(), |it| it.name.clone());
    let docs = docs(words, &format!("The contract {title}."));
    let (section, is_exact) = (Literal::byte_string(&source.section), source.is_exact);
    let book = Book::of(abi);
    let types = Types::of(&book).items()?;
    let types = match abi.types.is_empty() {
        true => TokenStream::new(),
        false => quote! {
            /// Types of the contract.
            pub mod types { #types }
        },
    };
    let events_of_abi = events::events(abi, &book)?;
    let (read_events, methods) = (events::of_handle(abi), messages::methods(abi, &book)?);
    let (watched, module_of_file) = file(source, place);
    Ok(quote! {
        #docs
        #[allow(
            missing_docs, dead_code, unused_mut, unreachable_pub, nonstandard_style, clippy::all,
            clippy::pedantic, rustdoc::all
        )]
        #head mod #name {
            /// What the contract says of itself.
            pub const SCHEMA: ::argosy_sdk::bindings::Schema = ::argosy_sdk::bindings::Schema {
                section: #section,
                is_exact: #is_exact,
            };
            #watched
            #types
            #events_of_abi

            /// The contract at its address.
            #[derive(Debug, Clone)]
            pub struct Contract {
                bound: ::argosy_sdk::bindings::Bound,
            }

            impl Contract {
                /// The contract at this address. Nothing is asked: a call of another contract fails.
                pub fn at(
                    client: &::argosy_sdk::Client,
                    address: ::argosy_sdk::Address,
                ) -> Contract {
                    let bound = ::argosy_sdk::bindings::Bound::new(client, address, &SCHEMA);
                    Contract { bound }
                }

                /// Where it is.
                pub fn address(&self) -> ::argosy_sdk::Address {
                    self.bound.address()
                }

                /// Through whom it is asked.
                pub fn client(&self) -> &::argosy_sdk::Client {
                    self.bound.client()
                }

                /// The same, whose queries are of this block.
                #[must_use]
                pub fn at_block(&self, at: ::argosy_sdk::api::BlockSelector) -> Contract {
                    Contract { bound: self.bound.at_block(at) }
                }

                /// The same, whose queries are in the name of `caller`.
                #[must_use]
                pub fn as_caller(&self, caller: ::argosy_sdk::Address) -> Contract {
                    Contract { bound: self.bound.as_caller(caller) }
                }
                #module_of_file
                #read_events
                #methods
            }

            impl ::argosy_sdk::bindings::Handle for Contract {
                fn at(
                    client: &::argosy_sdk::Client,
                    address: ::argosy_sdk::Address,
                ) -> Contract {
                    Contract::at(client, address)
                }
            }
        }
    })
}

/// The file in the program: what the compiler is to watch, and the module to deploy.
fn file(source: &Source, place: &Place) -> (TokenStream, TokenStream) {
    let Some(path) = &place.file else {
        return (TokenStream::new(), TokenStream::new());
    };
    if !source.is_wasm {
        // Named nowhere, so not in the program; but the compiler comes again when it changes.
        return (
            quote! { const _: &[u8] = include_bytes!(#path); },
            TokenStream::new(),
        );
    }
    let constant = quote! {
        /// The contract's module.
        pub const WASM: &[u8] = include_bytes!(#path);
    };
    let method = quote! {
        /// The module that these bindings are made from, to be deployed.
        pub fn module() -> Result<::argosy_sdk::Module, ::argosy_sdk::ModuleError> {
            ::argosy_sdk::Module::parse(WASM.to_vec())
        }
    };
    (constant, method)
}

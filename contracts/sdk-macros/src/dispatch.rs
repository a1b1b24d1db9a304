//! `#[contract]`, second half: dispatch, exports and sections.
//!
//! ```text
//! export `call` ─► run ─► Contract::dispatch_call ─► match selector ─► arguments ─► method ─► answer
//! ```

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};

use crate::contract::{ContractDef, EntryKind, Message};
use crate::section;
use crate::syntax::{array, text_of};

pub(crate) fn generate(contract: &ContractDef) -> Tokens {
    let ty = &contract.ty;
    let name = match &contract.name {
        Some(name) => quote!(#name),
        None => quote!(::core::env!("CARGO_PKG_NAME")),
    };
    let capabilities = &contract.capabilities;
    let dispatchers = EntryKind::ALL.map(|entry| dispatcher(contract, entry));
    let exports = EntryKind::ALL.map(|entry| export(contract, entry));
    let described = described(contract);
    let abi = section::abi(&quote!(#ty));
    let manifest = section::manifest(&quote!(#ty));
    quote! {
        #[automatically_derived]
        impl ::argosy_contract::Contract for #ty {
            const NAME: &'static str = #name;
            const CAPABILITIES: ::argosy_contract::Capabilities =
                ::argosy_contract::Capabilities::NONE
                    #(.union(::argosy_contract::Capabilities::#capabilities))*;

            fn open() -> Self {
                <#ty as ::argosy_contract::__private::State>::HANDLES
            }

            #(#dispatchers)*
        }

        #described
        #(#exports)*
        #abi
        #manifest
    }
}

fn messages_of(contract: &ContractDef, entry: EntryKind) -> impl Iterator<Item = &Message> {
    contract.messages.iter().filter(move |it| it.entry == entry)
}

/// Nothing for an entry without messages: the trait answers `UnknownSelector`.
fn dispatcher(contract: &ContractDef, entry: EntryKind) -> Tokens {
    let mut arms = messages_of(contract, entry)
        .map(|it| arm(contract, it))
        .peekable();
    if arms.peek().is_none() {
        return Tokens::new();
    }
    let method = format_ident!("dispatch_{}", entry.name());
    quote! {
        fn #method(
            selector: ::argosy_contract::Selector,
            arguments: &[u8],
        ) -> ::argosy_contract::__private::Vec<u8> {
            match selector {
                #(#arms)*
                _ => ::argosy_contract::__private::unknown_selector(),
            }
        }
    }
}

fn arm(contract: &ContractDef, message: &Message) -> Tokens {
    let ty = &contract.ty;
    let selector = array(&message.selector);
    let method = &message.method;
    let names: Vec<_> = (0..message.arguments.len())
        .map(|at| format_ident!("argument_{at}"))
        .collect();
    let types = message.arguments.iter().map(|(_, ty)| ty);
    let refuse_funds =
        takes_no_funds(message).then(|| quote!(::argosy_contract::__private::refuse_funds();));
    quote! {
        #selector => {
            #refuse_funds
            let (#(#names,)*): (#(#types,)*) = ::argosy_contract::__private::arguments(arguments);
            let mut contract = <#ty as ::argosy_contract::Contract>::open();
            ::argosy_contract::__private::answer(<#ty>::#method(&mut contract, #(#names),*))
        }
    }
}

/// To queries and upgrades the chain sends none.
fn takes_no_funds(message: &Message) -> bool {
    let may_get_funds = matches!(message.entry, EntryKind::Init | EntryKind::Call);
    may_get_funds && !message.payable
}

/// The chain finds an entry by its export. Unsafe, since another function could have that name; a
/// module has one contract.
fn export(contract: &ContractDef, entry: EntryKind) -> Tokens {
    if messages_of(contract, entry).next().is_none() {
        return Tokens::new();
    }
    let ty = &contract.ty;
    let name = entry.name();
    let method = format_ident!("dispatch_{name}");
    quote! {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[allow(unsafe_code)]
            #[unsafe(export_name = #name)]
            extern "C" fn entry() {
                ::argosy_contract::__private::run(<#ty as ::argosy_contract::Contract>::#method)
            }
        };
    }
}

fn described(contract: &ContractDef) -> Tokens {
    let ty = &contract.ty;
    let docs = match contract.docs.as_str() {
        "" => quote!(<#ty as ::argosy_contract::__private::State>::DOCS),
        docs => quote!(#docs),
    };
    let messages = contract.messages.iter().map(definition);
    quote! {
        #[automatically_derived]
        impl ::argosy_contract::__private::Described for #ty {
            const FRAMES: ::argosy_contract::__private::Frames = {
                let mut frames = ::argosy_contract::__private::Frames::new();
                frames.contract(
                    <#ty as ::argosy_contract::Contract>::NAME,
                    ::core::env!("CARGO_PKG_VERSION"),
                    #docs,
                );
                #(frames.message(&#messages);)*
                frames.storage(<#ty as ::argosy_contract::__private::State>::FIELDS);
                frames
            };
        }
    }
}

fn definition(message: &Message) -> Tokens {
    let entry = format_ident!(
        "{}",
        match message.entry {
            EntryKind::Init => "Init",
            EntryKind::Call => "Call",
            EntryKind::Query => "Query",
            EntryKind::Upgrade => "Upgrade",
        }
    );
    let name = text_of(&message.method);
    let selector = array(&message.selector);
    let argument_names = message.arguments.iter().map(|(name, _)| text_of(name));
    let argument_types = message.arguments.iter().map(|(_, ty)| ty);
    let returns = match &message.returns {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    };
    let payable = message.payable;
    let docs = &message.docs;
    quote! {
        ::argosy_contract::__private::MessageDef {
            entry: ::argosy_contract::Entry::#entry,
            name: #name,
            selector: #selector,
            args: &[#(::argosy_contract::__private::FieldDef {
                name: #argument_names,
                ty: <#argument_types as ::argosy_contract::__private::AbiType>::NAME,
            }),*],
            returns: <#returns as ::argosy_contract::Outcome>::RETURNS,
            error: <#returns as ::argosy_contract::Outcome>::ERROR,
            payable: #payable,
            docs: #docs,
        }
    }
}

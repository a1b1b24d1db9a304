//! `#[interface]`: a typed handle of another contract, from a trait that lists its methods.
//!
//! ```text
//! trait Token { #[call] fn transfer(&mut self, to: Address) -> Result<(), E>; }
//!    └──► struct Token { address }      Token::at(address).transfer(&to) : TypedCall<Result<(), E>>
//! ```
//!
//! Invariant: selector and arguments are those that the same method would have in a `#[contract]`.
//! Not here: what a call does (`argosy_contract::TypedCall`), and writing the trait from an ABI
//! (`argosy contract bindings --interface`).

use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use syn::{Attribute, Ident, ItemTrait, Result, Signature, TraitItem, TraitItemFn, Visibility};

use crate::contract::{EntryKind, Message, read_message};
use crate::fields::refuse_generics;
use crate::syntax::{array, refuse_arguments, text_of};

/// What the handle itself has.
const RESERVED: [&str; 2] = ["at", "address"];

/// A method, with the attributes that stay: its docs.
struct Method {
    attributes: Vec<Attribute>,
    message: Message,
}

pub(crate) fn expand(arguments: Tokens, item: Tokens) -> Result<Tokens> {
    refuse_arguments("interface", arguments)?;
    let mut item: ItemTrait = syn::parse2(item).map_err(|error| {
        syn::Error::new(
            error.span(),
            "an interface is a trait that lists the methods of another contract: `#[interface] pub trait Token { #[call] fn transfer(&mut self, to: Address); }`",
        )
    })?;
    refuse_generics(&item.generics)?;
    let written = [word(item.unsafety.as_ref()), word(item.auto_token.as_ref())];
    refuse_words(written, "an interface is a list of methods")?;
    if !item.supertraits.is_empty() {
        return Err(syn::Error::new_spanned(
            &item.supertraits,
            "an interface stands for one contract: list all methods in one trait",
        ));
    }
    let mut methods = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut item.items {
        match read_method(item) {
            Ok(method) => methods.push(method),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let messages: Vec<&Message> = methods.iter().map(|it| &it.message).collect();
    refuse_names(&messages)?;
    Ok(generate(&item, &methods))
}

fn read_method(item: &mut TraitItem) -> Result<Method> {
    let TraitItem::Fn(method) = &mut *item else {
        return Err(syn::Error::new_spanned(
            &*item,
            "an interface lists methods only, without `pub`: they are as visible as the trait",
        ));
    };
    if let Some(body) = &method.default {
        return Err(syn::Error::new_spanned(
            body,
            "the body is in the other contract: end the line with `;`",
        ));
    }
    let TraitItemFn { attrs, sig, .. } = method;
    refuse_words(words_of(sig), "the chain makes the call")?;
    let Some(message) = read_message(attrs, sig)? else {
        return Err(syn::Error::new_spanned(
            &sig.ident,
            "say how it is called: `#[call]`, `#[call(payable)]` or `#[query]`, as in the other contract",
        ));
    };
    if !matches!(message.entry, EntryKind::Call | EntryKind::Query) {
        return Err(syn::Error::new_spanned(
            &sig.ident,
            "an interface is of a contract that is there: create one by `Instantiate`, replace code by `upgrade_self`",
        ));
    }
    Ok(Method {
        attributes: attrs.clone(),
        message,
    })
}

/// What stands before a function, and would mean something in Rust.
fn words_of(signature: &Signature) -> [Option<Tokens>; 4] {
    let Signature {
        constness,
        unsafety,
        abi,
        variadic,
        ..
    } = signature;
    [
        word(constness.as_ref()),
        word(unsafety.as_ref()),
        word(abi.as_ref()),
        word(variadic.as_ref()),
    ]
}

fn word(found: Option<&impl ToTokens>) -> Option<Tokens> {
    found.map(ToTokens::to_token_stream)
}

/// Nothing that is written is left out of what is generated without a word.
fn refuse_words<const N: usize>(words: [Option<Tokens>; N], why: &str) -> Result<()> {
    match words.into_iter().flatten().next() {
        Some(word) => {
            let text = format!("{why}: remove `{word}`");
            Err(syn::Error::new_spanned(word, text))
        }
        None => Ok(()),
    }
}

/// A handle has one method per name, be it call or query.
fn refuse_names(messages: &[&Message]) -> Result<()> {
    for (at, message) in messages.iter().enumerate() {
        let name = &message.method;
        let is_reserved = RESERVED.contains(&text_of(name).as_str());
        let is_twin = messages.iter().take(at).any(|it| it.method == *name);
        if is_reserved || is_twin {
            return Err(syn::Error::new_spanned(
                name,
                format!(
                    "the handle has a method `{name}` already: call this one by `Call::new(&address, selector!(\"{name}\"))`",
                ),
            ));
        }
        let meets = |it: &&&Message| it.entry == message.entry && it.selector == message.selector;
        if let Some(other) = messages.iter().take(at).find(meets) {
            let other = &other.method;
            return Err(syn::Error::new_spanned(
                name,
                format!(
                    "no contract has both `{other}` and `{name}`, whose selectors, hashes of their names, are the same: one of them has another name there",
                ),
            ));
        }
        let takes_funds = message.arguments.iter().find(|(it, _)| it == "funds");
        if let Some((funds, _)) = takes_funds.filter(|_| message.payable) {
            return Err(syn::Error::new_spanned(
                funds,
                "what is sent along is called `funds`: give this argument another name, which no caller sees",
            ));
        }
    }
    Ok(())
}

fn generate(item: &ItemTrait, methods: &[Method]) -> Tokens {
    let (name, visibility, attributes) = (&item.ident, &item.vis, &item.attrs);
    let calls = methods.iter().map(|it| call(visibility, it));
    let definitions = methods.iter().map(|it| definition(&it.message));
    let address = quote!(::argosy_contract::primitives::Address);
    quote! {
        #(#attributes)*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #visibility struct #name {
            address: #address,
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            /// The contract at this address. Nothing is asked yet.
            #visibility const fn at(address: #address) -> #name {
                #name { address }
            }

            /// Where it is.
            #visibility const fn address(&self) -> &#address {
                &self.address
            }

            #(#calls)*
        }

        #[automatically_derived]
        impl ::argosy_contract::Interface for #name {
            const METHODS: &'static [::argosy_contract::__private::MessageDef<'static>] =
                &[#(#definitions),*];
        }
    }
}

fn call(visibility: &Visibility, method: &Method) -> Tokens {
    let Method {
        attributes,
        message,
    } = method;
    let name = &message.method;
    let selector = array(&message.selector);
    let returns = returns(message);
    let names: Vec<&Ident> = message.arguments.iter().map(|(name, _)| name).collect();
    let types = message.arguments.iter().map(|(_, ty)| ty);
    let (funds, send) = if message.payable {
        (
            Some(quote!(funds: ::argosy_contract::primitives::Balance)),
            Some(quote!(.funds(funds))),
        )
    } else {
        (None, None)
    };
    let read_only = (message.entry == EntryKind::Query).then(|| quote!(.read_only()));
    quote! {
        #(#attributes)*
        #visibility fn #name(
            &self,
            #(#names: &#types,)*
            #funds
        ) -> ::argosy_contract::TypedCall<'_, #returns> {
            let call = ::argosy_contract::Call::new(&self.address, #selector)
                #(.argument(#names))*
                #send
                #read_only;
            ::argosy_contract::TypedCall::of(call)
        }
    }
}

fn returns(message: &Message) -> Tokens {
    match &message.returns {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    }
}

/// What the interface believes of the other contract, for tests to compare with it.
fn definition(message: &Message) -> Tokens {
    let entry = match message.entry {
        EntryKind::Query => quote!(Query),
        _ => quote!(Call),
    };
    let name = text_of(&message.method);
    let selector = array(&message.selector);
    let argument_names = message.arguments.iter().map(|(name, _)| text_of(name));
    let argument_types = message.arguments.iter().map(|(_, ty)| ty);
    let returns = returns(message);
    let payable = message.payable;
    quote! {
        ::argosy_contract::__private::MessageDef {
            entry: ::argosy_contract::Entry::#entry,
            name: #name,
            selector: #selector,
            args: &[#(::argosy_contract::__private::FieldDef {
                name: #argument_names,
                ty: <#argument_types as ::argosy_contract::__private::AbiType>::NAME,
            }),*],
            returns: <#returns as ::argosy_contract::Answer>::RETURNS,
            error: <#returns as ::argosy_contract::Answer>::ERROR,
            payable: #payable,
            docs: "",
        }
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

    /// The only method of a trait.
    #[track_caller]
    fn check_method(method: Tokens, expected: &str) {
        check_refused(quote!(trait It { #method }), expected);
    }

    #[test]
    fn refuses_what_is_no_interface() {
        check_refused(
            quote!(
                struct It;
            ),
            "#[interface] pub trait Token",
        );
        check_refused(
            quote!(
                trait It<T> {}
            ),
            "cannot be generic",
        );
        check_refused(
            quote!(
                trait It: Clone {}
            ),
            "list all methods in one trait",
        );
        check_method(
            quote!(
                const A: u8;
            ),
            "lists methods only",
        );
        check_method(
            quote!(
                #[query]
                pub fn f(&self);
            ),
            "without `pub`",
        );
        check_refused(
            quote!(
                unsafe trait It {}
            ),
            "remove `unsafe`",
        );
        check_refused(
            quote!(
                trait It
                where
                    u8: Copy,
                {
                }
            ),
            "remove the `where` clause",
        );
        let found = expand(
            quote!(x),
            quote!(
                trait It {}
            ),
        )
        .expect_err("arguments");
        assert!(found.to_string().contains("takes no arguments"));
    }

    #[test]
    fn refuses_methods_with_a_remedy() {
        check_method(
            quote!(
                fn f(&self);
            ),
            "say how it is called",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self) {}
            ),
            "end the line with `;`",
        );
        check_method(
            quote!(
                #[init]
                fn f(&mut self);
            ),
            "create one by `Instantiate`",
        );
        check_method(
            quote!(
                #[call]
                fn f(&self);
            ),
            "take `&mut self`",
        );
        check_method(
            quote!(
                #[query]
                fn f(&mut self);
            ),
            "cannot change anything",
        );
        check_method(
            quote!(
                #[query]
                fn f(&self, text: &str);
            ),
            "take `String`",
        );
        check_method(
            quote!(
                #[query]
                fn at(&self);
            ),
            "selector!(\"at\")",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self);
                #[query]
                fn f(&self);
            ),
            "a method `f` already",
        );
        check_method(
            quote!(
                #[call(payable)]
                fn f(&mut self, funds: u128);
            ),
            "another name",
        );
    }

    #[test]
    fn refuses_what_would_be_left_out() {
        for word in [quote!(unsafe), quote!(const), quote!(extern "C")] {
            check_method(
                quote!(#[query] #word fn f(&self);),
                &format!("the chain makes the call: remove `{word}`"),
            );
        }
        check_method(
            quote!(
                #[query]
                fn f(&self, #[cfg(test)] a: u8);
            ),
            "an argument cannot be conditional",
        );
    }

    #[test]
    fn refuses_two_methods_with_one_selector() {
        // As in the tests of `#[contract]`; in different entries they do not meet.
        check_method(
            quote!(
                #[call]
                fn give_title_phase(&mut self);
                #[call]
                fn list_state_device(&mut self);
            ),
            "no contract has both `give_title_phase` and `list_state_device`",
        );
        let item = quote!(
            trait It {
                #[call]
                fn give_title_phase(&mut self);
                #[query]
                fn list_state_device(&self);
            }
        );
        assert!(expand(Tokens::new(), item).is_ok());
    }

    #[test]
    fn reports_every_method_at_once() {
        let item = quote!(
            trait It {
                fn f(&self);
                #[init]
                fn g(&mut self);
            }
        );
        let error = expand(Tokens::new(), item).expect_err("two mistakes");
        assert_eq!(error.into_iter().count(), 2);
    }

    #[test]
    fn a_query_reads_only_and_a_payable_call_takes_funds() {
        let expand = |item| expand(Tokens::new(), item).expect("fine").to_string();
        let query = expand(quote!(
            trait It {
                #[query]
                fn f(&self, a: u8) -> u8;
            }
        ));
        assert!(
            query.contains(". read_only ()") && query.contains("a : & u8"),
            "{query}"
        );
        let call = expand(quote!(
            trait It {
                #[call(payable)]
                fn f(&mut self);
            }
        ));
        assert!(
            call.contains(". funds (funds)") && !call.contains("read_only"),
            "{call}"
        );
        let plain = expand(quote!(
            trait It {
                #[call]
                fn f(&mut self, funds: u128);
            }
        ));
        assert!(!plain.contains(". funds ("), "{plain}");
    }
}

//! `#[contract]`, first half: what the `impl` block says.
//!
//! Invariant: a [`ContractDef`] has at least one `#[init]`, no two messages share a selector within
//! an entry, and every signature is one that the dispatch can call.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream as Tokens};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ItemImpl, LitStr, Meta, Pat, Result, ReturnType, Signature,
    Type,
};

use crate::dispatch;
use crate::mistakes::check_funds;
use crate::syntax::{check_type, docs, id_of, text_of};

/// As many as the codec's tuples allow, with room to spare.
const ARGUMENTS_MAX: usize = 16;

/// A contract, as its author wrote it.
pub(crate) struct ContractDef {
    pub(crate) ty: Type,
    /// Instead of the package's name.
    pub(crate) name: Option<LitStr>,
    /// Constants of `Capabilities`.
    pub(crate) capabilities: Vec<Ident>,
    pub(crate) docs: String,
    pub(crate) messages: Vec<Message>,
}

/// A method that the chain calls.
pub(crate) struct Message {
    pub(crate) entry: EntryKind,
    pub(crate) payable: bool,
    pub(crate) method: Ident,
    pub(crate) selector: [u8; 4],
    pub(crate) arguments: Vec<(Ident, Type)>,
    pub(crate) returns: Option<Type>,
    pub(crate) docs: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EntryKind {
    Init,
    Call,
    Query,
    Upgrade,
}

impl EntryKind {
    pub(crate) const ALL: [EntryKind; 4] = [
        EntryKind::Init,
        EntryKind::Call,
        EntryKind::Query,
        EntryKind::Upgrade,
    ];

    /// Attribute and export.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            EntryKind::Init => "init",
            EntryKind::Call => "call",
            EntryKind::Query => "query",
            EntryKind::Upgrade => "upgrade",
        }
    }
}

pub(crate) fn expand(arguments: Tokens, item: Tokens) -> Result<Tokens> {
    let mut item: ItemImpl = syn::parse2(item).map_err(|error| {
        syn::Error::new(
            error.span(),
            "put `#[contract]` on the `impl` block of the `#[storage]` struct",
        )
    })?;
    let contract = read(arguments, &mut item)?;
    let generated = dispatch::generate(&contract);
    Ok(quote::quote! {
        #item
        #generated
    })
}

fn read(arguments: Tokens, item: &mut ItemImpl) -> Result<ContractDef> {
    if item.trait_.is_some() || !item.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &item.self_ty,
            "put `#[contract]` on the plain `impl` block of the `#[storage]` struct: no trait, no generics",
        ));
    }
    let mut contract = ContractDef {
        ty: (*item.self_ty).clone(),
        name: None,
        capabilities: Vec::new(),
        docs: docs(&item.attrs),
        messages: Vec::new(),
    };
    read_arguments(arguments, &mut contract)?;
    let mut errors: Option<syn::Error> = None;
    for method in &mut item.items {
        let ImplItem::Fn(method) = method else {
            continue;
        };
        let read = read_message(&mut method.attrs, &method.sig).and_then(|message| {
            if let Some(message) = &message {
                check_funds(message, &method.block)?;
            }
            Ok(message)
        });
        match read {
            Ok(message) => contract.messages.extend(message),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    match errors {
        Some(errors) => Err(errors),
        None => {
            check_messages(&contract)?;
            Ok(contract)
        }
    }
}

fn read_arguments(arguments: Tokens, contract: &mut ContractDef) -> Result<()> {
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("name") {
            contract.name = Some(meta.value()?.parse()?);
            return Ok(());
        }
        if !meta.path.is_ident("uses") {
            return Err(meta
                .error("write `#[contract(uses(transfer, call), name = \"…\")]`, both optional"));
        }
        meta.parse_nested_meta(|meta| {
            let known = [
                ("transfer", "TRANSFER"),
                ("call", "CALL"),
                ("instantiate", "INSTANTIATE"),
                ("upgrade", "UPGRADE"),
            ];
            let found = known.iter().find(|(name, _)| meta.path.is_ident(name));
            let (_, constant) = found.ok_or_else(|| {
                meta.error("a contract can use `transfer`, `call`, `instantiate`, `upgrade`")
            })?;
            let constant = Ident::new(constant, Span::call_site());
            contract.capabilities.push(constant);
            Ok(())
        })
    });
    syn::parse::Parser::parse2(parser, arguments)
}

/// The message that a method is, if it is one; its attribute is taken away.
pub(crate) fn read_message(
    attributes: &mut Vec<Attribute>,
    signature: &Signature,
) -> Result<Option<Message>> {
    if let Some(stray) = attributes.iter().find(|it| it.path().is_ident("payable")) {
        return Err(syn::Error::new_spanned(
            stray,
            "who may send funds is part of how a method is called: write `#[call(payable)]` or `#[init(payable)]`",
        ));
    }
    let Some((entry, payable)) = take_entry(attributes)? else {
        return Ok(None);
    };
    check_signature(entry, signature)?;
    if let Some(condition) = attributes.iter().find(|it| it.path().is_ident("cfg")) {
        return Err(syn::Error::new_spanned(
            condition,
            "a message cannot be conditional, since the interface is: put `#[cfg]` on whole `impl` blocks",
        ));
    }
    let returns = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => {
            check_type(ty)?;
            Some((**ty).clone())
        }
    };
    Ok(Some(Message {
        entry,
        payable,
        selector: id_of(&text_of(&signature.ident)),
        method: signature.ident.clone(),
        arguments: read_parameters(signature)?,
        returns,
        docs: docs(attributes),
    }))
}

fn take_entry(attributes: &mut Vec<Attribute>) -> Result<Option<(EntryKind, bool)>> {
    let mut found = None;
    for attribute in attributes.iter() {
        let Some(entry) = entry_of(attribute) else {
            continue;
        };
        if found.is_some() {
            return Err(syn::Error::new_spanned(
                attribute,
                "a method serves one entry: keep one of `#[init]`, `#[call]`, `#[query]`, `#[upgrade]`",
            ));
        }
        found = Some((entry, is_payable(entry, attribute)?));
    }
    attributes.retain(|attribute| entry_of(attribute).is_none());
    Ok(found)
}

fn entry_of(attribute: &Attribute) -> Option<EntryKind> {
    EntryKind::ALL
        .into_iter()
        .find(|entry| attribute.path().is_ident(entry.name()))
}

fn is_payable(entry: EntryKind, attribute: &Attribute) -> Result<bool> {
    if matches!(attribute.meta, Meta::Path(_)) {
        return Ok(false);
    }
    let mut payable = false;
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("payable") {
            return Err(meta.error("only `payable` is known here"));
        }
        if !matches!(entry, EntryKind::Init | EntryKind::Call) {
            return Err(meta
                .error("nobody can send funds here: only `#[init]` and `#[call]` can be payable"));
        }
        payable = true;
        Ok(())
    })?;
    Ok(payable)
}

fn check_signature(entry: EntryKind, signature: &Signature) -> Result<()> {
    let refuse = |tokens: &dyn quote::ToTokens, text: &str| {
        Err(syn::Error::new_spanned(tokens.to_token_stream(), text))
    };
    if let Some(word) = &signature.asyncness {
        return refuse(word, "a message runs to its end at once: remove `async`");
    }
    if !signature.generics.params.is_empty() {
        return refuse(
            &signature.generics,
            "the interface names exact types: a message cannot be generic",
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        return refuse(
            clause,
            "a message cannot be generic, so that there is nothing to ask of its types: remove the `where` clause",
        );
    }
    let receiver = signature.receiver();
    let wanted = if entry == EntryKind::Query {
        "&self"
    } else {
        "&mut self"
    };
    let fits = receiver.is_some_and(|it| {
        it.reference.is_some() && it.mutability.is_some() == (entry != EntryKind::Query)
    });
    if !fits {
        let text = format!(
            "`#[{}]` methods take `{wanted}`{}",
            entry.name(),
            if entry == EntryKind::Query {
                ", since a query cannot change anything; use `#[call]` if it must"
            } else {
                " as their first argument"
            },
        );
        return match receiver {
            Some(receiver) => refuse(receiver, &text),
            None => refuse(&signature.ident, &text),
        };
    }
    if signature.inputs.len() > ARGUMENTS_MAX + 1 {
        return refuse(
            &signature.ident,
            "a message has at most 16 arguments: group them in a struct with `#[derive(AbiType)]`",
        );
    }
    Ok(())
}

fn read_parameters(signature: &Signature) -> Result<Vec<(Ident, Type)>> {
    let typed = signature.inputs.iter().filter_map(|it| match it {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    let parameters = typed.map(|parameter| {
        refuse_condition(&parameter.attrs)?;
        check_type(&parameter.ty)?;
        match &*parameter.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
                Ok((name.ident.clone(), (*parameter.ty).clone()))
            }
            other => Err(syn::Error::new_spanned(
                other,
                "callers see the names of arguments: give it a plain name and take it apart inside",
            )),
        }
    });
    parameters.collect()
}

/// The interface has all arguments, whatever the compiler is told.
fn refuse_condition(attributes: &[Attribute]) -> Result<()> {
    let is_condition =
        |it: &&Attribute| it.path().is_ident("cfg") || it.path().is_ident("cfg_attr");
    match attributes.iter().find(is_condition) {
        Some(condition) => Err(syn::Error::new_spanned(
            condition,
            "an argument cannot be conditional, since the interface is not: write one method for each case",
        )),
        None => Ok(()),
    }
}

fn check_messages(contract: &ContractDef) -> Result<()> {
    if !contract
        .messages
        .iter()
        .any(|it| it.entry == EntryKind::Init)
    {
        return Err(syn::Error::new(
            Span::call_site(),
            "a contract needs a method that sets it up: mark one `#[init]`, such as `#[init] pub fn init(&mut self) {}`",
        ));
    }
    refuse_twins(&contract.messages)
}

/// Of two methods that the chain cannot tell apart one would never be reached.
fn refuse_twins(messages: &[Message]) -> Result<()> {
    let mut taken: BTreeMap<(EntryKind, [u8; 4]), &Ident> = BTreeMap::new();
    for message in messages {
        let place = (message.entry, message.selector);
        let Some(other) = taken.insert(place, &message.method) else {
            continue;
        };
        let text = if message.method == *other {
            format!(
                "there are two `#[{}]` methods called `{other}`: callers find a method by its name, so rename one of them",
                message.entry.name(),
            )
        } else {
            format!(
                "`{}` and `{other}` have the same selector, which is a hash of the name: rename one of them",
                message.method,
            )
        };
        return Err(syn::Error::new_spanned(&message.method, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[track_caller]
    fn check_refused(arguments: Tokens, item: Tokens, expected: &str) {
        let found = expand(arguments, item).expect_err("refused").to_string();
        assert!(found.contains(expected), "{found:?}");
    }

    /// `method` stands beside a proper `#[init]`.
    #[track_caller]
    fn check_method(method: Tokens, expected: &str) {
        let item = quote!(impl It { #[init] fn init(&mut self) {} #method });
        check_refused(Tokens::new(), item, expected);
    }

    #[test]
    fn refuses_blocks_with_a_remedy() {
        check_refused(
            Tokens::new(),
            quote!(
                struct It;
            ),
            "on the `impl` block",
        );
        check_refused(Tokens::new(), quote!(impl Clone for It {}), "no trait");
        check_refused(
            Tokens::new(),
            quote!(
                impl<T> It<T> {}
            ),
            "no generics",
        );
        check_refused(
            Tokens::new(),
            quote!(impl It { fn help(&self) {} }),
            "mark one `#[init]`",
        );
        let init = quote!(impl It { #[init] fn init(&mut self) {} });
        check_refused(
            quote!(uses(fly)),
            init.clone(),
            "a contract can use `transfer`",
        );
        check_refused(quote!(color = 3), init, "write `#[contract(uses(");
    }

    #[test]
    fn refuses_methods_with_a_remedy() {
        check_method(
            quote!(
                #[call]
                fn f(&self) {}
            ),
            "take `&mut self`",
        );
        check_method(
            quote!(
                #[query]
                fn f(&mut self) {}
            ),
            "cannot change anything",
        );
        check_method(
            quote!(
                #[call]
                fn f(x: u8) {}
            ),
            "take `&mut self`",
        );
        check_method(
            quote!(
                #[call]
                fn f(self) {}
            ),
            "take `&mut self`",
        );
        check_method(
            quote!(
                #[call]
                async fn f(&mut self) {}
            ),
            "remove `async`",
        );
        check_method(
            quote!(
                #[call]
                fn f<T>(&mut self, x: T) {}
            ),
            "cannot be generic",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self, x: &str) {}
            ),
            "take `String`",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self, x: f64) {}
            ),
            "integer in a smaller unit",
        );
        check_method(
            quote!(
                #[query]
                fn f(&self) -> Option<f32> {}
            ),
            "integer in a smaller unit",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self, (a, b): (u8, u8)) {}
            ),
            "plain name",
        );
        check_method(
            quote!(
                #[call]
                #[query]
                fn f(&self) {}
            ),
            "serves one entry",
        );
        check_method(
            quote!(
                #[call(free)]
                fn f(&mut self) {}
            ),
            "only `payable`",
        );
        check_method(
            quote!(
                #[query(payable)]
                fn f(&self) {}
            ),
            "nobody can send funds",
        );
        check_method(
            quote!(
                #[cfg(test)]
                #[call]
                fn f(&mut self) {}
            ),
            "cannot be conditional",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self, #[cfg(test)] a: u8) {}
            ),
            "an argument cannot be conditional",
        );
        check_method(
            quote!(
                #[call]
                fn f(&mut self)
                where
                    u8: Copy,
                {
                }
            ),
            "remove the `where` clause",
        );
        check_method(
            quote!(
                #[call]
                fn f(
                    &mut self,
                    a: u8,
                    b: u8,
                    c: u8,
                    d: u8,
                    e: u8,
                    f: u8,
                    g: u8,
                    h: u8,
                    i: u8,
                    j: u8,
                    k: u8,
                    l: u8,
                    m: u8,
                    n: u8,
                    o: u8,
                    p: u8,
                    q: u8,
                ) {
                }
            ),
            "at most 16 arguments",
        );
    }

    #[test]
    fn refuses_two_methods_of_one_name() {
        check_method(
            quote!(
                #[call]
                fn f(&mut self) {}
                #[call]
                fn f(&mut self, x: u8) {}
            ),
            "there are two `#[call]` methods called `f`",
        );
        check_method(
            quote!(
                #[init]
                fn init(&mut self, x: u8) {}
            ),
            "there are two `#[init]` methods called `init`",
        );
    }

    #[test]
    fn reports_every_method_at_once() {
        let error = expand(
            Tokens::new(),
            quote!(impl It { #[call] fn f(&self) {} #[query] fn g(&mut self) {} }),
        );
        assert_eq!(error.expect_err("two mistakes").into_iter().count(), 2);
    }

    #[test]
    fn refuses_two_methods_with_one_selector() {
        // Found by search; the hashes of these names begin with the same four bytes.
        let [first, second] = COLLISION.map(|name| Ident::new(name, Span::call_site()));
        check_method(
            quote!(#[call] fn #first(&mut self) {} #[call] fn #second(&mut self) {}),
            "have the same selector",
        );
        // In different entries they do not meet.
        let item = quote!(impl It {
            #[init] fn init(&mut self) {}
            #[call] fn #first(&mut self) {}
            #[query] fn #second(&self) {}
        });
        assert!(expand(Tokens::new(), item).is_ok());
    }

    const COLLISION: [&str; 2] = ["give_title_phase", "list_state_device"];
}

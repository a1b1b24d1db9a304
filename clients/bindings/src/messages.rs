//! Methods: a call gives what can be sent, a query asks, an init creates, an upgrade migrates.

use argosy_vm_abi::Abi;
use argosy_vm_abi::schema::{MessageItem, MessageKind};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::BindError;
use crate::comments::docs;
use crate::names::Scope;
use crate::types::{Book, Types};

/// What the handle of every contract has; a contract's method of that name gets a `_`.
pub(crate) const RESERVED: [&str; 7] = [
    "at",
    "address",
    "client",
    "at_block",
    "as_caller",
    "events",
    "module",
];

/// Calls come first: of several methods of one name in different entries the call keeps it.
const ORDER: [(MessageKind, &str); 4] = [
    (MessageKind::Call, "call"),
    (MessageKind::Query, "query"),
    (MessageKind::Init, "init"),
    (MessageKind::Upgrade, "upgrade"),
];

/// The methods of the handle.
pub(crate) fn methods(abi: &Abi, book: &Book<'_>) -> Result<TokenStream, BindError> {
    let mut scope = Scope::with(&RESERVED);
    let mut methods = Vec::new();
    for (kind, suffix) in ORDER {
        for message in abi.messages.iter().filter(|it| it.kind == kind) {
            let name = match scope.has(&message.name) && !RESERVED.contains(&message.name.as_str())
            {
                true => scope.take(&format!("{}_{suffix}", message.name)),
                false => scope.take(&message.name),
            };
            methods.push(method(book, message, &name)?);
        }
    }
    Ok(quote! { #(#methods)* })
}

/// One method: its arguments become the message, which the SDK brings on its way.
fn method(book: &Book<'_>, message: &MessageItem, name: &Ident) -> Result<TokenStream, BindError> {
    let types = Types::of(book);
    let mut scope = Scope::default();
    let (mut args, mut names) = (Vec::new(), Vec::new());
    for arg in &message.args {
        let place = format!("argument {} of {}", arg.name, message.name);
        let ty = types.named(&place, &arg.ty)?;
        let name = scope.take_value(&arg.name);
        args.push(quote!(#name: #ty));
        names.push(name);
    }
    let bytes = scope.take("message");
    let selector = message
        .selector
        .iter()
        .map(|it| Literal::u8_unsuffixed(*it));
    let build = quote! {
        let mut #bytes: Vec<u8> = Vec::from([#(#selector),*]);
        #(::argosy_sdk::bindings::scale::Encode::encode_to(&#names, &mut #bytes);)*
    };
    let shown = &message.name;
    let error = match &message.error {
        Some(ty) => types.named(&format!("the error of {shown}"), ty)?,
        None => quote!(::argosy_sdk::bindings::NoError),
    };
    let returns = types.named(&format!("what {shown} returns"), &message.returns)?;
    let funds = scope.take("funds");
    let (funds_arg, funds_value) = match message.payable {
        true => (Some(quote!(#funds: ::argosy_sdk::Balance)), quote!(#funds)),
        false => (None, quote!(0)),
    };
    let docs = docs(&message.docs, &format!("`{shown}` of the contract."));
    let all = args.iter().chain(&funds_arg);
    Ok(match message.kind {
        MessageKind::Call => quote! {
            #docs
            pub fn #name(&self, #(#all),*) -> ::argosy_sdk::bindings::Call<#returns, #error> {
                #build
                self.bound.call(#shown, #bytes, #funds_value)
            }
        },
        MessageKind::Query => quote! {
            #docs
            pub async fn #name(
                &self, #(#args),*
            ) -> Result<#returns, ::argosy_sdk::bindings::CallError<#error>> {
                #build
                self.bound.query(#shown, #bytes).await
            }
        },
        MessageKind::Init => quote! {
            #docs
            pub fn #name(#(#all),*) -> ::argosy_sdk::bindings::Deploy<Contract, #error> {
                #build
                ::argosy_sdk::bindings::Deploy::new(&SCHEMA, #shown, #bytes, #funds_value)
            }
        },
        MessageKind::Upgrade => quote! {
            #docs
            pub fn #name(&self, #(#args),*) -> ::argosy_sdk::bindings::Upgrade<#error> {
                #build
                self.bound.upgrade(&SCHEMA, #shown, #bytes)
            }
        },
    })
}

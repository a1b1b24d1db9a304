//! Bindings as a file.

use proc_macro2::{Ident, Span};
use quote::quote;

use crate::names::Scope;
use crate::{BindError, Place, Source, module};

/// The module as formatted Rust, with a line that says what it is. `name` becomes an identifier.
pub fn text(source: &Source, name: &str) -> Result<String, BindError> {
    let place = Place {
        head: quote!(pub),
        name: module_name(name),
        file: None,
    };
    let tokens = module(source, &place)?;
    let file = syn::parse2::<syn::File>(tokens).map_err(|error| BindError::NoRust {
        reason: error.to_string(),
    })?;
    let code = prettyplease::unparse(&file);
    Ok(format!(
        "// Made by `argosy contract bindings`. Do not edit: make it again when the contract changes.\n\n{code}"
    ))
}

/// A file's or contract's name as the name of a module.
pub(crate) fn module_name(name: &str) -> Ident {
    let plain: String = name
        .chars()
        .map(|it| match it {
            'A'..='Z' => it.to_ascii_lowercase(),
            'a'..='z' | '0'..='9' => it,
            _ => '_',
        })
        .collect();
    match plain.starts_with(|it: char| it.is_ascii_alphabetic()) {
        true => Scope::default().take(&plain),
        false => Ident::new(&format!("contract_{plain}"), Span::call_site()),
    }
}

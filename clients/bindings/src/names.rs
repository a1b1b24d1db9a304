//! Identifiers: every name of an ABI in a form that Rust takes, each once in its scope.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};

/// Words that not even `r#` makes names.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// Words of edition 2024 that the parser takes for names.
const NEW_WORDS: [&str; 1] = ["gen"];

/// Names that are taken already.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which these are taken.
    pub(crate) fn with(names: &[&str]) -> Scope {
        Scope {
            taken: names.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    /// The name, with as many `_` behind it as it takes to be a new one.
    pub(crate) fn take(&mut self, name: &str) -> Ident {
        let mut name = name.to_owned();
        while NEVER.contains(&name.as_str()) || !self.taken.insert(name.clone()) {
            name.push('_');
        }
        ident(&name)
    }

    /// Whether the name is free.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
}

/// A name that is none of [`NEVER`], raw if it is a word of the language.
pub(crate) fn ident(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) if !NEW_WORDS.contains(&name) => Ident::new(name, Span::call_site()),
        _ => Ident::new_raw(name, Span::call_site()),
    }
}

/// The name of a type or variant, which is looked up by name and so never changed but for [`NEVER`].
pub(crate) fn type_ident(name: &str) -> Ident {
    match NEVER.contains(&name) {
        true => ident(&format!("{name}_")),
        false => ident(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_of_an_abi_becomes_a_name() {
        let mut scope = Scope::with(&["at"]);
        let mut taken = |name: &str| scope.take(name).to_string();
        assert_eq!(taken("owner"), "owner");
        assert_eq!(taken("owner"), "owner_");
        assert_eq!(taken("at"), "at_");
        assert_eq!(taken("type"), "r#type");
        assert_eq!(taken("gen"), "r#gen");
        assert_eq!(taken("self"), "self_");
        assert_eq!(taken("_"), "__");
        assert_eq!(type_ident("Self").to_string(), "Self_");
        assert_eq!(type_ident("Token").to_string(), "Token");
    }
}

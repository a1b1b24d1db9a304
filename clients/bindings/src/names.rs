//! Identifiers: every name of an ABI in a form that Rust takes, each once in its scope.
//!
//! Always holds: types, events and variants begin with a capital letter, values with a small one or one `_`.
//! That is more than custom: a value that is called like a constant, or like a type without named fields, is
//! read as a pattern; a type called `usize` hides the one that derived code names.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};

/// Words that not even `r#` makes names.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// Words of edition 2024 that the parser takes for names.
const NEW_WORDS: [&str; 1] = ["gen"];

/// Types that generated code names without their crate.
const PRELUDE: [&str; 4] = ["Option", "Result", "String", "Vec"];

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

    /// The same for a value: a field or an argument. A number among names is `_0`.
    pub(crate) fn take_value(&mut self, name: &str) -> Ident {
        match name.as_bytes() {
            [b'0'..=b'9', ..] => self.take(&format!("_{name}")),
            [b'A'..=b'Z', ..] | [b'_', b'_', ..] => self.take(&format!("f_{name}")),
            _ => self.take(name),
        }
    }

    /// Whether the name is taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
}

/// The names of types, events or variants that stand side by side.
#[derive(Debug)]
pub(crate) struct Names(BTreeMap<String, Ident>);

impl Names {
    /// Of types or events, which generated code sees beside those of the language.
    pub(crate) fn of_types<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Names {
        Names::within(Scope::with(&PRELUDE), names)
    }

    /// Of the variants of an enum.
    pub(crate) fn of_variants<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Names {
        Names::within(Scope::default(), names)
    }

    /// Names that Rust takes as they are come first, so that no other one changes them.
    fn within<'a>(mut scope: Scope, names: impl Iterator<Item = &'a str> + Clone) -> Names {
        let is_plain = |it: &&str| capital(it) == **it && !NEVER.contains(it);
        let plain = names.clone().filter(is_plain);
        let others = names.filter(|it| !is_plain(it));
        let taken = plain
            .chain(others)
            .map(|it| (it.to_owned(), scope.take(&capital(it))));
        Names(taken.collect())
    }

    /// The name in Rust.
    pub(crate) fn get(&self, name: &str) -> Ident {
        let known = self.0.get(name).cloned();
        known.unwrap_or_else(|| Scope::default().take(&capital(name)))
    }
}

/// The name with a capital letter at its beginning.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) if first.is_ascii_alphabetic() => {
            format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
        }
        _ => format!("T{name}"),
    }
}

/// A name that is none of [`NEVER`], raw if it is a word of the language.
fn ident(name: &str) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) if !NEW_WORDS.contains(&name) => Ident::new(name, Span::call_site()),
        _ => Ident::new_raw(name, Span::call_site()),
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
    }

    #[test]
    fn no_value_is_called_like_a_constant_or_a_type() {
        let mut scope = Scope::default();
        let mut taken = |name: &str| scope.take_value(name).to_string();
        assert_eq!(taken("owner"), "owner");
        assert_eq!(taken("_owner"), "_owner");
        assert_eq!(taken("7"), "_7");
        assert_eq!(taken("None"), "f_None");
        assert_eq!(taken("f_None"), "f_None_");
        assert_eq!(taken("SCHEMA"), "f_SCHEMA");
        assert_eq!(taken("__codec_dest_edqy"), "f___codec_dest_edqy");
    }

    #[test]
    fn no_type_is_called_like_another() {
        let names = [
            "self", "Self", "Self_", "_", "usize", "Usize", "Vec", "vec", "Token", "Usize_",
        ];
        let taken = Names::of_types(names.iter().copied());
        let found: BTreeSet<_> = names.iter().map(|it| taken.get(it).to_string()).collect();
        assert_eq!(found.len(), names.len(), "{found:?}");
        for same in ["Self_", "Token", "Usize", "Usize_"] {
            assert_eq!(taken.get(same).to_string(), same);
        }
        for hidden in PRELUDE.iter().chain(&NEVER) {
            assert!(!found.contains(*hidden), "{hidden}");
        }
        assert!(
            found
                .iter()
                .all(|it| it.starts_with(|it: char| it.is_ascii_uppercase()))
        );
        // What stands behind the name of its enum hides nothing.
        let variants = Names::of_variants(["String", "None"].into_iter());
        assert_eq!(variants.get("String").to_string(), "String");
    }
}

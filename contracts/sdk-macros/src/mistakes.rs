//! Mistakes that would compile and not work, found by what a method says.
//!
//! Its tests hold `docs/contracts/mistakes.md` to what the macros tell.

use proc_macro2::{Span, TokenStream as Tokens, TokenTree};
use quote::ToTokens;
use syn::{Block, Result};

use crate::contract::{EntryKind, Message};

/// Who asks for funds that nobody can send has forgotten a word.
pub(crate) fn check_funds(message: &Message, body: &Block) -> Result<()> {
    if message.payable {
        return Ok(());
    }
    let Some(span) = asks_for_funds(body.to_token_stream()) else {
        return Ok(());
    };
    let (method, entry) = (&message.method, message.entry.name());
    let remedy = match message.entry {
        EntryKind::Init | EntryKind::Call => format!("write `#[{entry}(payable)]`"),
        EntryKind::Query | EntryKind::Upgrade => {
            "funds come with `#[call(payable)]` and `#[init(payable)]`".to_owned()
        }
    };
    let text =
        format!("nobody can send funds to `{method}`, so that there are none here: {remedy}");
    Err(syn::Error::new(span, text))
}

/// Where `context::funds` stands.
fn asks_for_funds(tokens: Tokens) -> Option<Span> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens
        .iter()
        .enumerate()
        .find_map(|(at, token)| match token {
            TokenTree::Group(group) => asks_for_funds(group.stream()),
            TokenTree::Ident(name) if name == "funds" => {
                let before = tokens.get(at.saturating_sub(3)..at).unwrap_or_default();
                is_context(before).then(|| name.span())
            }
            _ => None,
        })
}

/// Whether these tokens are `context::`.
fn is_context(tokens: &[TokenTree]) -> bool {
    match tokens {
        [
            TokenTree::Ident(name),
            TokenTree::Punct(first),
            TokenTree::Punct(second),
        ] => name == "context" && first.as_char() == ':' && second.as_char() == ':',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::{Attribute, Item, Meta};

    use super::*;
    use crate::{contract, event, interface, map_key, storage, types};

    #[test]
    fn funds_are_found_wherever_they_stand() {
        for body in [
            quote!(context::funds()),
            quote!(let it = (1, argosy_contract::context::funds());),
            quote!(if a {
                ensure!(context::funds() > 0, Error::Nothing)
            }),
        ] {
            assert!(asks_for_funds(body.clone()).is_some(), "{body}");
        }
        for body in [
            quote!(self.funds()),
            quote!(funds),
            quote!(call.funds(3)),
            quote!(context::balance()),
            quote!(other::funds()),
        ] {
            assert!(asks_for_funds(body.clone()).is_none(), "{body}");
        }
    }

    /// What a block of the page is told, if one of our attributes stands in it.
    fn told(code: &str) -> Option<String> {
        let file = syn::parse_file(code).expect("the page shows Rust");
        file.items.into_iter().find_map(|mut item| {
            let attributes = attributes(&mut item)?;
            let at = attributes.iter().position(is_ours)?;
            let attribute = attributes.remove(at);
            let arguments = match &attribute.meta {
                Meta::List(list) => list.tokens.clone(),
                _ => Tokens::new(),
            };
            expanded(&attribute, arguments, quote!(#item))
                .err()
                .map(|error| error.to_string())
        })
    }

    fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
        Some(match item {
            Item::Impl(it) => &mut it.attrs,
            Item::Struct(it) => &mut it.attrs,
            Item::Enum(it) => &mut it.attrs,
            Item::Trait(it) => &mut it.attrs,
            _ => return None,
        })
    }

    fn is_ours(attribute: &Attribute) -> bool {
        let ours = [
            "contract",
            "storage",
            "event",
            "error",
            "interface",
            "derive",
        ];
        ours.iter().any(|it| attribute.path().is_ident(it))
    }

    fn expanded(attribute: &Attribute, arguments: Tokens, item: Tokens) -> Result<Tokens> {
        let is = |name: &str| attribute.path().is_ident(name);
        if is("contract") {
            contract::expand(arguments, item)
        } else if is("storage") {
            storage::expand(arguments, item)
        } else if is("event") {
            event::expand(arguments, item)
        } else if is("error") {
            // The derive that it adds tells the rest.
            types::expand_error(arguments, item.clone()).and_then(|_| types::expand_derive(item))
        } else if is("interface") {
            interface::expand(arguments, item)
        } else if arguments.to_string().contains("MapKey") {
            types::expand_derive(item.clone()).and_then(|_| map_key::expand(item))
        } else {
            types::expand_derive(item)
        }
    }

    /// Blocks of Rust that begin with `// error: …`; others are of no concern.
    #[test]
    fn the_page_tells_what_the_macros_tell() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/contracts/mistakes.md"
        );
        let page = std::fs::read_to_string(path).expect("the page is there");
        let mut seen = 0;
        for block in page.split("```rust\n// error: ").skip(1) {
            let block = block.split("\n```").next().unwrap_or_default();
            let (expected, code) = block.split_once('\n').expect("code below the error");
            assert_eq!(told(code).as_deref(), Some(expected), "{code}");
            seen += 1;
        }
        assert!(seen >= 15, "{seen} mistakes on the page");
    }
}

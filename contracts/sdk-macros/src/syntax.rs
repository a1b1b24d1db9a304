//! Small questions about what the user wrote: docs, ids of names, floats.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Result, Type};

/// The doc comment as text.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(line),
                    ..
                }) => Some(line.value()),
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<String> = lines
        .map(|line| {
            line.strip_prefix(' ')
                .unwrap_or(&line)
                .trim_end()
                .to_owned()
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// A name without `r#`.
pub(crate) fn text_of(name: &Ident) -> String {
    name.unraw().to_string()
}

/// blake3 of a name: topic 0 of an event.
pub(crate) fn hash_of(name: &str) -> [u8; 32] {
    *blake3::hash(name.as_bytes()).as_bytes()
}

/// First 4 bytes of blake3 of a name: selector of a method, key of a field.
pub(crate) fn id_of(name: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = hash_of(name);
    [a, b, c, d]
}

/// Bytes as an array expression.
pub(crate) fn array(bytes: &[u8]) -> Tokens {
    quote!([#(#bytes),*])
}

pub(crate) fn expand_selector(name: Tokens) -> Result<Tokens> {
    let name: LitStr = syn::parse2(name).map_err(|error| {
        syn::Error::new(
            error.span(),
            "name the method as text: selector!(\"transfer\")",
        )
    })?;
    Ok(array(&id_of(&name.value())))
}

/// No attribute of ours takes something that it does not know.
pub(crate) fn refuse_arguments(attribute: &str, arguments: Tokens) -> Result<()> {
    if arguments.is_empty() {
        return Ok(());
    }
    let message = format!("`#[{attribute}]` takes no arguments");
    Err(syn::Error::new_spanned(arguments, message))
}

/// Refuses what has no bytes on chain: floats, references, `impl Trait`.
pub(crate) fn check_type(ty: &Type) -> Result<()> {
    match ty {
        Type::Reference(_) => Err(syn::Error::new_spanned(
            ty,
            "a message carries values, not references: take `String` instead of `&str`, `Vec<T>` instead of `&[T]`, `T` instead of `&T`",
        )),
        Type::ImplTrait(_) => Err(syn::Error::new_spanned(
            ty,
            "the interface names exact types: write the type instead of `impl Trait`",
        )),
        _ => check_no_float(quote!(#ty)),
    }
}

fn check_no_float(tokens: Tokens) -> Result<()> {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(name) if name == "f32" || name == "f64" => {
                return Err(syn::Error::new(
                    name.span(),
                    "contracts have no floating point, whose results differ between machines: use an integer in a smaller unit, such as cents or millionths",
                ));
            }
            proc_macro2::TokenTree::Ident(name) if name == "usize" || name == "isize" => {
                return Err(syn::Error::new(
                    name.span(),
                    "the size of this integer differs between machines: use `u32` or `u64`",
                ));
            }
            proc_macro2::TokenTree::Group(group) => check_no_float(group.stream())?,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_are_the_lines_of_the_comment() {
        let item: syn::ItemStruct = syn::parse_quote! {
            /// First.
            ///
            ///  - indented
            #[derive(Debug)]
            /// Last.
            struct It;
        };
        assert_eq!(docs(&item.attrs), "First.\n\n - indented\nLast.");
    }

    #[test]
    fn ids_begin_the_hash_of_the_name() {
        assert_eq!(hash_of("transfer")[..4], id_of("transfer"));
        assert_eq!(
            expand_selector(quote!("transfer"))
                .expect("a name")
                .to_string(),
            array(&id_of("transfer")).to_string(),
        );
        let refused = expand_selector(quote!(transfer)).expect_err("no text");
        assert!(refused.to_string().contains("selector!(\"transfer\")"));
    }

    #[track_caller]
    fn check(ty: Type, expected: Option<&str>) {
        let found = check_type(&ty).err().map(|error| error.to_string());
        match expected {
            None => assert_eq!(found, None),
            Some(part) => assert!(
                found.as_ref().is_some_and(|it| it.contains(part)),
                "{found:?}"
            ),
        }
    }

    #[test]
    fn refuses_what_has_no_bytes() {
        check(syn::parse_quote!(Vec<(u8, Option<Address>)>), None);
        check(syn::parse_quote!(f64), Some("integer in a smaller unit"));
        check(
            syn::parse_quote!(Vec<(u8, [f32; 2])>),
            Some("integer in a smaller unit"),
        );
        check(syn::parse_quote!(&str), Some("take `String`"));
        check(
            syn::parse_quote!(impl Encode),
            Some("instead of `impl Trait`"),
        );
        check(syn::parse_quote!(Option<usize>), Some("use `u32` or `u64`"));
    }
}

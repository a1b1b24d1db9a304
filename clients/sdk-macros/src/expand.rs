//! From the words of the macro to the module.

use std::path::Path;

use argosy_bindings::{Place, Source, module};
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, LitStr, Token, Visibility};

/// No module that a chain takes is larger.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// `/// comment` `pub mod name = "path";`
struct Wanted {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    path: LitStr,
}

impl Parse for Wanted {
    fn parse(input: ParseStream<'_>) -> syn::Result<Wanted> {
        let usage = |error: Error| {
            let hint = "write contract!(pub mod token = \"path/of/token.wasm\")";
            Error::new(error.span(), format!("{error}; {hint}"))
        };
        let attributes = input.call(Attribute::parse_outer).map_err(usage)?;
        let visibility = input.parse().map_err(usage)?;
        input.parse::<Token![mod]>().map_err(usage)?;
        let name = input.parse().map_err(usage)?;
        input.parse::<Token![=]>().map_err(usage)?;
        let path = input.parse().map_err(usage)?;
        input.parse::<Option<Token![;]>>().map_err(usage)?;
        Ok(Wanted {
            attributes,
            visibility,
            name,
            path,
        })
    }
}

/// The module that is asked for; paths begin at `folder`.
pub(crate) fn expand(input: TokenStream, folder: &Path) -> syn::Result<TokenStream> {
    let wanted: Wanted = syn::parse2(input)?;
    let at_path = |text: String| Error::new(wanted.path.span(), text);
    let written = wanted.path.value();
    let path = folder.join(&written);
    let bytes = read(&path).map_err(|reason| {
        at_path(format!(
            "cannot read {}: {reason}; the path begins at the folder of Cargo.toml; is the contract built?",
            path.display()
        ))
    })?;
    let source = Source::parse(&bytes).map_err(|error| at_path(format!("{written}: {error}")))?;
    let Some(file) = path.to_str().map(str::to_owned) else {
        return Err(at_path(format!("the path {} is no text", path.display())));
    };
    let (attributes, visibility) = (&wanted.attributes, &wanted.visibility);
    let place = Place {
        head: quote! { #(#attributes)* #visibility },
        name: wanted.name.clone(),
        file: Some(file),
    };
    module(&source, &place).map_err(|error| at_path(format!("{written}: {error}")))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !facts.is_file() {
        return Err("it is no file".to_owned());
    }
    if facts.len() > FILE_BYTES_MAX {
        return Err(format!("it has more than {FILE_BYTES_MAX} bytes"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../contracts/artifacts/token.wasm"
    );

    fn expanded(input: &str, folder: &Path) -> syn::Result<String> {
        expand(input.parse().unwrap(), folder).map(|it| it.to_string())
    }

    #[test]
    fn a_module_is_read_from_beside_the_manifest() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let input = "/// Mine.\n pub(crate) mod coin = \"../../contracts/artifacts/token.wasm\";";
        let code = expanded(input, folder).unwrap();
        assert!(code.contains("pub (crate) mod coin"), "{code}");
        assert!(code.contains("pub fn transfer"), "{code}");
        assert!(code.contains("include_bytes"), "the compiler watches it");
    }

    #[track_caller]
    fn refuse(input: &str, file: &[u8], says: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.wasm"), file).unwrap();
        let error = expanded(input, folder.path()).unwrap_err().to_string();
        for text in says {
            assert!(error.contains(text), "no {text:?} in {error:?}");
        }
    }

    #[test]
    fn what_cannot_work_says_what_to_do() {
        let usage = "write contract!(pub mod token = ";
        refuse("", b"", &[usage]);
        refuse("mod = \"a.wasm\"", b"", &[usage]);
        refuse("mod a = b", b"", &["string literal", usage]);
        let missing = ["b.wasm", "Cargo.toml", "is the contract built?"];
        refuse("mod a = \"b.wasm\"", b"", &missing);
        refuse("mod a = \".\"", b"", &["it is no file"]);
        let a = "mod a = \"a.wasm\"";
        refuse(a, b"#!/bin/sh", &["neither a Wasm module nor JSON"]);
        refuse(a, b"\0asm\x01\0\0\0", &["carries no ABI", "contract SDK"]);
        refuse(a, b"{\"methods\": 1}", &["no ABI", "argosy contract abi"]);
        let mut cut = std::fs::read(TOKEN).unwrap();
        let at = cut.windows(10).position(|it| it == b"argosy.abi").unwrap();
        cut[at + 10] ^= 0xff; // The length of the first frame.
        refuse(a, &cut, &["the ABI cannot be read"]);
    }
}

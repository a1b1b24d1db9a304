//! Bytes into custom sections of the module.
//!
//! The linker puts the parts of a section end to end. A static with `#[link_section]` and without
//! `#[used]` goes there and nowhere else; with it, it would be loaded into memory as well. Off
//! wasm32 the bytes are still computed, so that mistakes show in `cargo test`.

use proc_macro2::TokenStream as Tokens;
use quote::quote;

/// The frames of `described` go into `argosy.abi`.
pub(crate) fn abi(described: &Tokens) -> Tokens {
    emit(
        "argosy.abi",
        &quote!(<#described as ::argosy_contract::__private::Described>::FRAMES.length()),
        &quote!(<#described as ::argosy_contract::__private::Described>::FRAMES.to_array()),
    )
}

/// The capabilities of `contract` go into `argosy.manifest`.
pub(crate) fn manifest(contract: &Tokens) -> Tokens {
    emit(
        "argosy.manifest",
        &quote!(5),
        &quote! {
            ::argosy_contract::__private::Manifest {
                capabilities: <#contract as ::argosy_contract::Contract>::CAPABILITIES,
            }
            .to_bytes()
        },
    )
}

/// Unsafe, since a section could in principle carry code; these two are only read by tools.
fn emit(section: &str, length: &Tokens, bytes: &Tokens) -> Tokens {
    quote! {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            #[allow(unsafe_code, dead_code)]
            #[unsafe(link_section = #section)]
            static SECTION: [u8; #length] = #bytes;

            #[cfg(not(target_arch = "wasm32"))]
            const _: [u8; #length] = #bytes;
        };
    }
}

//! `contract!`: a contract's types, events, errors and methods in Rust, made from its module or ABI while the
//! program is compiled; use it through `argosy_sdk`.
//!
//! ```text
//! argosy_sdk::contract!(pub mod token = "../contracts/artifacts/token.wasm");
//! ```
//!
//! Invariant: what cannot work is a compile error at the path, with a remedy.
//! Not here: what is generated (`argosy-bindings`), what that calls (`argosy_sdk::bindings`).

mod expand; // from the words of the macro to the module

use proc_macro::TokenStream;

/// A module with everything that a contract offers.
///
/// ```text
/// contract!(pub mod token = "path");      attributes and comments may stand before it
/// ```
///
/// `path` is a `.wasm` file with an ABI, or an ABI as JSON (`argosy contract abi ID`), from the folder of the
/// crate's `Cargo.toml`. In the module are `Contract`, whose methods are those of the contract, `types`,
/// `events`, `Event`, `SCHEMA`, and of a `.wasm` file `WASM`.
#[proc_macro]
pub fn contract(input: TokenStream) -> TokenStream {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    expand::expand(input.into(), folder.as_ref())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

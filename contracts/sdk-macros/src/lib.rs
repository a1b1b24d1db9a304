//! The attributes of `argosy-contract`; use them through that crate.
//!
//! Every attribute leaves the item as it was written and adds to it: the bytes of its values, its
//! frames in the `argosy.abi` section, the exports of the module. Ids that are hashes of names are
//! computed here, so that no contract links a hash function.
//!
//! Invariant: what cannot work on chain (floats, references, missing `#[init]`, two methods with
//! one selector, …) is refused here with a remedy; types that only the compiler knows are refused by
//! the traits of `argosy-contract`.
//! Not here: what the generated code calls (`argosy_contract::__private`).

mod codec; // SCALE bytes of structs and enums
mod contract; // #[contract]: reads the impl block
mod dispatch; // #[contract]: writes the dispatch, exports and sections
mod event; // #[event]
mod fields; // what structs and enums share
mod interface; // #[interface]
mod map_key; // #[derive(MapKey)]
mod mistakes; // what compiles and does not work
mod section; // bytes into custom sections
mod storage; // #[storage]
mod syntax; // docs, ids, floats
mod types; // #[derive(AbiType)] and #[error]

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;

/// Turns the `impl` block of a storage struct into a contract.
///
/// ```text
/// #[contract(uses(transfer, call, instantiate, upgrade), name = "…")]    both optional
/// ```
///
/// Methods become messages by `#[init]`, `#[call]`, `#[query]`, `#[upgrade]`; `#[init(payable)]` and
/// `#[call(payable)]` take funds. Methods without an attribute stay private to the contract.
#[proc_macro_attribute]
pub fn contract(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(contract::expand(arguments.into(), item.into()))
}

/// Turns a struct of `Item`, `Map` and other fields that lie in storage into the handles of a contract's state.
///
/// `#[key = "old name"]` on a renamed field keeps its place in storage.
#[proc_macro_attribute]
pub fn storage(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(storage::expand(arguments.into(), item.into()))
}

/// Turns a struct into an event; up to three fields become topics by `#[topic]`.
#[proc_macro_attribute]
pub fn event(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(event::expand(arguments.into(), item.into()))
}

/// Turns an enum (or struct) into an error that messages may return.
#[proc_macro_attribute]
pub fn error(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(types::expand_error(arguments.into(), item.into()))
}

/// Makes a struct or enum a type of the interface: its SCALE bytes and its description.
///
/// `#[abi(index = 3)]` on a variant chooses the byte that selects it; otherwise it is the position.
/// `#[abi(foreign)]` on the whole leaves it out of the contract's own ABI: for types of contracts that it calls.
#[proc_macro_derive(AbiType, attributes(abi))]
pub fn abi_type(item: TokenStream) -> TokenStream {
    finish(types::expand_derive(item.into()))
}

/// Makes a struct or enum a key of maps; it must be an `AbiType` too.
///
/// It sorts by its fields in order, an enum first by the index of its variant, which
/// `#[abi(index = 3)]` chooses: as `derive(Ord)` does, unless an index was chosen.
#[proc_macro_derive(MapKey, attributes(abi))]
pub fn map_key(item: TokenStream) -> TokenStream {
    finish(map_key::expand(item.into()))
}

/// Turns a trait into the typed handle of another contract.
///
/// ```text
/// #[interface]
/// pub trait Token {
///     #[call]           fn transfer(&mut self, to: Address, amount: Balance) -> Result<(), TokenError>;
///     #[call(payable)]  fn buy(&mut self) -> Balance;
///     #[query]          fn balance_of(&self, owner: Address) -> Balance;
/// }
/// ```
///
/// `Token::at(address).transfer(&to, &amount).invoke()` calls it. Arguments are taken by reference; a
/// payable method takes the funds to send behind them. `argosy contract bindings FILE --interface` writes such a trait
/// from the ABI of a contract. Its own types are `#[derive(AbiType)] #[abi(foreign)]`, so that they stay out of the ABI
/// of the contract that calls.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish(interface::expand(arguments.into(), item.into()))
}

/// The selector of a method: `selector!("transfer")`.
#[proc_macro]
pub fn selector(name: TokenStream) -> TokenStream {
    finish(syntax::expand_selector(name.into()))
}

fn finish(expanded: syn::Result<Tokens>) -> TokenStream {
    expanded
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

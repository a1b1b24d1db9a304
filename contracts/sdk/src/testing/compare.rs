//! An interface with the contract that it is of.

use argosy_vm_abi::schema::{MessageItem, MessageKind};
use argosy_vm_abi::{ABI_SECTION, Abi, Entry, custom_sections};

use crate::abi::{MessageDef, TypeName};
use crate::interface::Interface;

/// What an `#[interface]` says otherwise than the module of the contract; nothing if they agree. Methods that
/// the interface leaves out are none of its business.
///
/// ```no_run
/// # use argosy_contract::prelude::*;
/// # use argosy_contract::testing::interface_differences;
/// # #[interface] pub trait Token { #[query] fn supply(&self) -> Balance; }
/// let module = std::fs::read("../artifacts/token.wasm").expect("the token is built");
/// assert_eq!(interface_differences::<Token>(&module), [""; 0]);
/// ```
///
/// Types are compared by name: what a struct or enum of the other contract is made of is the author's word.
pub fn interface_differences<I: Interface>(module: &[u8]) -> Vec<String> {
    let Some(section) = custom_sections(module, ABI_SECTION) else {
        return vec!["the module carries no ABI".to_owned()];
    };
    let abi = match Abi::parse(&section) {
        Ok(abi) => abi,
        Err(error) => return vec![format!("the ABI of the module cannot be read: {error}")],
    };
    let told = I::METHODS.iter().filter_map(|it| difference(it, &abi));
    told.collect()
}

fn difference(method: &MessageDef<'_>, abi: &Abi) -> Option<String> {
    let (kind, word) = match method.entry {
        Entry::Query => (MessageKind::Query, "query"),
        _ => (MessageKind::Call, "call"),
    };
    let name = method.name;
    let expected = shown(
        method.args.iter().map(|it| (it.name, text(&it.ty))),
        text(&method.returns),
        method.error.as_ref().map(text),
        method.payable,
    );
    let Some(item) = abi.message(kind, name) else {
        return Some(format!("the contract has no {word} {name}{expected}"));
    };
    let MessageItem {
        args,
        returns,
        error,
        payable,
        ..
    } = item;
    let found = shown(
        args.iter().map(|it| (it.name.as_str(), it.ty.as_str())),
        returns,
        // Whoever does not look at errors need not name their type.
        method.error.as_ref().and(error.as_deref()),
        *payable,
    );
    let is_same = found == expected && item.selector == method.selector;
    (!is_same).then(|| format!("{word} {name}{expected} is {name}{found} in the contract"))
}

fn shown<'a>(
    args: impl Iterator<Item = (&'a str, &'a str)>,
    returns: &str,
    error: Option<&str>,
    payable: bool,
) -> String {
    let args: Vec<String> = args.map(|(name, ty)| format!("{name}: {ty}")).collect();
    let error = error.map(|it| format!(" or {it}")).unwrap_or_default();
    let payable = if payable { " payable" } else { "" };
    format!("({}) -> {returns}{error}{payable}", args.join(", "))
}

fn text(name: &TypeName) -> &str {
    core::str::from_utf8(name.as_bytes()).unwrap_or_default()
}

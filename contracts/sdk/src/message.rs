//! From bytes to a method, and back.
//!
//! ```text
//! export `call` ─► input ─► selector, arguments ─► Contract::dispatch_call ─► finish | revert
//! ```
//!
//! Not here: the dispatch itself, which `#[contract]` writes.

use alloc::vec::Vec;

use argosy_vm_abi::{Capabilities, SdkError, Selector};
use parity_scale_codec::Decode;

use crate::abi::{AbiType, TypeName};
use crate::buffer::encode;
use crate::error::{Reason, Revert, revert_sdk};
use crate::host;

/// A contract; `#[contract]` on the `impl` block of its storage struct implements it.
///
/// The dispatchers return the data that a method answers with. If there is no such method, or it
/// gives up, they do not return: the frame ends there.
pub trait Contract: Sized {
    /// Its name.
    const NAME: &'static str;
    /// What it may do beyond its own storage.
    const CAPABILITIES: Capabilities;

    /// Handles to its state. Nothing is read yet.
    fn open() -> Self;

    /// Runs the `#[init]` method of this selector.
    fn dispatch_init(selector: Selector, arguments: &[u8]) -> Vec<u8>;

    /// Runs the `#[call]` method of this selector.
    fn dispatch_call(_: Selector, _: &[u8]) -> Vec<u8> {
        unknown_selector()
    }

    /// Runs the `#[query]` method of this selector.
    fn dispatch_query(_: Selector, _: &[u8]) -> Vec<u8> {
        unknown_selector()
    }

    /// Runs the `#[upgrade]` method of this selector.
    fn dispatch_upgrade(_: Selector, _: &[u8]) -> Vec<u8> {
        unknown_selector()
    }
}

/// What a method may return: a value, or a `Result` of a value and an error.
#[diagnostic::on_unimplemented(
    message = "a message cannot return `{Self}`",
    note = "return a type of the ABI, or a `Result` of one and an error",
    note = "your own structs and enums: add `#[derive(AbiType)]`, or `#[error]` to an error"
)]
pub trait Outcome {
    /// The type of the data.
    const RETURNS: TypeName;
    /// The type of the error.
    const ERROR: Option<TypeName>;

    /// Whether what the method did is kept.
    fn is_success(&self) -> bool;

    /// The answer in bytes, or why there is none.
    fn into_answer(self) -> Result<Vec<u8>, Reason>;
}

impl<T: AbiType> Outcome for T {
    const RETURNS: TypeName = T::NAME;
    const ERROR: Option<TypeName> = None;

    fn is_success(&self) -> bool {
        true
    }

    fn into_answer(self) -> Result<Vec<u8>, Reason> {
        Ok(encode(&self))
    }
}

impl<T: AbiType, E: Revert> Outcome for Result<T, E> {
    const RETURNS: TypeName = T::NAME;
    const ERROR: Option<TypeName> = E::NAME;

    fn is_success(&self) -> bool {
        self.is_ok()
    }

    fn into_answer(self) -> Result<Vec<u8>, Reason> {
        self.map(|value| encode(&value))
            .map_err(Revert::into_reason)
    }
}

/// Used by `#[contract]`: the answer of a method.
pub fn answer(outcome: impl Outcome) -> Vec<u8> {
    match outcome.into_answer() {
        Ok(data) => data,
        Err(reason) => host::revert(&reason.0),
    }
}

/// Used by `#[contract]`: all arguments, and nothing left over.
pub fn arguments<T: Decode>(mut bytes: &[u8]) -> T {
    match T::decode(&mut bytes) {
        Ok(arguments) if bytes.is_empty() => arguments,
        _ => revert_sdk(SdkError::BadArguments),
    }
}

/// Used by `#[contract]`: methods take funds only if they say so.
#[inline(never)]
pub fn refuse_funds() {
    if host::funds() != 0 {
        revert_sdk(SdkError::NotPayable);
    }
}

/// Used by `#[contract]`: no such method.
pub fn unknown_selector() -> ! {
    revert_sdk(SdkError::UnknownSelector)
}

/// Used by the exports of a module: runs a message and ends the frame.
#[cfg(target_arch = "wasm32")]
#[inline]
pub fn run(dispatch: impl FnOnce(Selector, &[u8]) -> Vec<u8>) -> ! {
    let input = host::input();
    match argosy_vm_abi::split_message(&input) {
        Some((selector, arguments)) => host::finish(&dispatch(selector, arguments)),
        None => unknown_selector(),
    }
}

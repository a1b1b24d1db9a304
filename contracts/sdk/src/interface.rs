//! Typed handles of other contracts: what `#[interface]` makes of a trait.
//!
//! ```
//! use argosy_contract::prelude::*;
//!
//! /// What is asked of a token.
//! #[interface]
//! pub trait Token {
//!     /// Transfers tokens of the caller.
//!     #[call]
//!     fn transfer(&mut self, to: Address, amount: Balance) -> Result<(), TokenError>;
//!
//!     /// Tokens of `owner`.
//!     #[query]
//!     fn balance_of(&self, owner: Address) -> Balance;
//! }
//!
//! /// As the token has it; the caller's own ABI does not describe it.
//! #[derive(AbiType, Debug, PartialEq, Eq)]
//! #[abi(foreign)]
//! pub enum TokenError {
//!     InsufficientBalance { have: Balance, need: Balance },
//! }
//!
//! fn sweep(token: Address, to: Address) -> Result<Balance, CallError> {
//!     let token = Token::at(token);
//!     let all = token.balance_of(&context::self_address()).invoke()?;
//!     match token.transfer(&to, &all).gas(200_000).invoke() {
//!         Ok(()) => Ok(all),
//!         Err(failure) => match failure.reason() {
//!             Some(TokenError::InsufficientBalance { .. }) => Ok(0),
//!             None => Err(failure.into()),
//!         },
//!     }
//! }
//! ```
//!
//! Invariant: nothing is decoded that is not asked for, so that a handle costs no more than a [`Call`].
//! Not here: whether the other contract is what the interface says; `testing::interface_differences` compares
//! with its module, and on the chain a wrong answer is a failure like others.

use core::fmt;
use core::marker::PhantomData;

use argosy_primitives::{Gas, StatusCode};
use argosy_vm_abi::RevertData;
use parity_scale_codec::{Decode, Error, Input};

use crate::abi::{AbiType, MessageDef, TypeName};
use crate::call::{Call, CallError};

/// The methods of another contract; `#[interface]` on a trait implements it for the handle.
pub trait Interface {
    /// What the handle believes of the other contract.
    const METHODS: &'static [MessageDef<'static>];
}

/// What a method of an interface answers with: a value, or a `Result` of a value and the other contract's
/// error.
#[diagnostic::on_unimplemented(
    message = "a method of an interface cannot answer with `{Self}`",
    note = "write what the other contract returns: a type of the ABI, or a `Result` of one and its error",
    note = "its own structs and enums: add `#[derive(AbiType)]` and `#[abi(foreign)]`"
)]
pub trait Answer {
    /// The value of a success.
    type Value: Decode;
    /// The error of a refusal.
    type Error: Decode;
    /// The type of the value.
    const RETURNS: TypeName;
    /// The type of the error.
    const ERROR: Option<TypeName>;
}

impl<T: AbiType> Answer for T {
    type Value = T;
    type Error = NoError;
    const RETURNS: TypeName = T::NAME;
    const ERROR: Option<TypeName> = None;
}

impl<T: AbiType, E: AbiType> Answer for Result<T, E> {
    type Value = T;
    type Error = E;
    const RETURNS: TypeName = T::NAME;
    const ERROR: Option<TypeName> = Some(E::NAME);
}

/// The error of a method that has none: there is no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoError {}

impl Decode for NoError {
    fn decode<I: Input>(_: &mut I) -> Result<NoError, Error> {
        Err("the method has no error".into())
    }
}

/// A call of a method of an interface.
#[must_use = "nothing happens before `invoke`"]
pub struct TypedCall<'a, A> {
    call: Call<'a>,
    answer: PhantomData<fn() -> A>,
}

impl<'a, A: Answer> TypedCall<'a, A> {
    /// Used by `#[interface]`.
    #[doc(hidden)]
    pub fn of(call: Call<'a>) -> TypedCall<'a, A> {
        TypedCall {
            call,
            answer: PhantomData,
        }
    }

    /// Passes on at most this much gas, instead of all that may be passed on (63/64).
    pub fn gas(self, gas_max: Gas) -> TypedCall<'a, A> {
        TypedCall::of(self.call.gas(gas_max))
    }

    /// Lets the other contract call back into contracts that are already running, such as this one.
    pub fn allow_reentry(self) -> TypedCall<'a, A> {
        TypedCall::of(self.call.allow_reentry())
    }

    /// Calls, and reads the answer.
    pub fn invoke(self) -> Result<A::Value, CallFailure<A::Error>> {
        self.call.invoke().map_err(CallFailure::of)
    }

    /// The call in bytes.
    pub fn untyped(self) -> Call<'a> {
        self.call
    }
}

/// Why a call of a method of an interface failed; `E` is the other contract's own error.
#[derive(Clone, PartialEq, Eq)]
pub struct CallFailure<E> {
    error: CallError,
    reason: PhantomData<fn() -> E>,
}

impl<E: Decode> CallFailure<E> {
    fn of(error: CallError) -> CallFailure<E> {
        CallFailure {
            error,
            reason: PhantomData,
        }
    }

    /// How it ended. `Success`: it answered with something that is no value of the method. What it did has happened
    /// then, and what was sent along is gone: refuse, as `?` does, unless nothing depends on it.
    pub fn status(&self) -> StatusCode {
        self.error.status
    }

    /// The other contract's own error, if it refused with one: then it has done nothing.
    pub fn reason(&self) -> Option<E> {
        self.error.reason()
    }
}

impl<E> fmt::Debug for CallFailure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E> From<CallFailure<E>> for CallError {
    fn from(failure: CallFailure<E>) -> CallError {
        failure.error
    }
}

/// For `?` in methods that do not explain: the caller learns that a call failed.
impl<E> From<CallFailure<E>> for RevertData {
    fn from(failure: CallFailure<E>) -> RevertData {
        failure.error.into()
    }
}

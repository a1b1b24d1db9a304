//! Other contracts, funds, new instances, new code.
//!
//! Invariant: a failed call changed nothing but the gas that is left; the caller goes on.
//! Not here: typed handles of other contracts (`interface.rs`).

use alloc::vec::Vec;

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode};
use argosy_vm_abi::{RevertData, SdkError, Selector};
use parity_scale_codec::{Decode, Encode};

use crate::buffer::encode;
use crate::host::{self, CallReply, CallRequest, InstantiateRequest};

/// A call to another contract. Needs the capability `call`, and `transfer` to send funds along.
///
/// ```no_run
/// # use argosy_contract::prelude::*;
/// # fn check(token: Address, owner: Address) -> Result<(), CallError> {
/// let balance: Balance = Call::new(&token, selector!("balance_of"))
///     .argument(&owner)
///     .read_only()
///     .invoke()?;
/// # Ok(()) }
/// ```
#[must_use = "nothing happens before `invoke`"]
pub struct Call<'a> {
    to: &'a Address,
    funds: Balance,
    gas: Gas,
    allow_reentry: bool,
    read_only: bool,
    input: Vec<u8>,
}

impl<'a> Call<'a> {
    /// A call of the method with this selector: `selector!("name")`.
    pub fn new(to: &'a Address, selector: Selector) -> Call<'a> {
        Call::raw(to, selector.to_vec())
    }

    /// A call with these bytes: a selector and SCALE arguments.
    pub fn raw(to: &'a Address, input: Vec<u8>) -> Call<'a> {
        Call {
            to,
            funds: 0,
            gas: 0,
            allow_reentry: false,
            read_only: false,
            input,
        }
    }

    /// Appends an argument.
    pub fn argument(mut self, argument: &impl Encode) -> Call<'a> {
        self.input.extend_from_slice(&encode(argument));
        self
    }

    /// Sends funds along.
    pub fn funds(mut self, amount: Balance) -> Call<'a> {
        self.funds = amount;
        self
    }

    /// Passes on at most this much gas, instead of all that may be passed on (63/64).
    pub fn gas(mut self, gas_max: Gas) -> Call<'a> {
        self.gas = gas_max;
        self
    }

    /// Lets the callee call back into contracts that are already running, such as this one.
    pub fn allow_reentry(mut self) -> Call<'a> {
        self.allow_reentry = true;
        self
    }

    /// Lets the callee read only. Needed to call a `#[query]` method.
    pub fn read_only(mut self) -> Call<'a> {
        self.read_only = true;
        self
    }

    /// Calls, and reads the answer.
    pub fn invoke<T: Decode>(self) -> Result<T, CallError> {
        let data = self.invoke_raw()?;
        decode_reply(&data)
    }

    /// Calls, and hands over the answer as it is.
    pub fn invoke_raw(self) -> Result<Vec<u8>, CallError> {
        let reply = host::call(&CallRequest {
            to: self.to,
            funds: self.funds,
            gas: self.gas,
            allow_reentry: self.allow_reentry,
            read_only: self.read_only,
            input: &self.input,
        });
        reply.into_result()
    }
}

/// A new contract. Needs the capability `instantiate`, and `transfer` to send funds along.
#[must_use = "nothing happens before `invoke`"]
pub struct Instantiate<'a> {
    code: &'a CodeHash,
    salt: [u8; 32],
    admin: Option<&'a Address>,
    funds: Balance,
    gas: Gas,
    input: Vec<u8>,
}

impl<'a> Instantiate<'a> {
    /// An instance of stored code, set up by its `#[init]` method with this selector.
    pub fn new(code: &'a CodeHash, selector: Selector) -> Instantiate<'a> {
        Instantiate::raw(code, selector.to_vec())
    }

    /// An instance of stored code with these bytes: a selector and SCALE arguments.
    pub fn raw(code: &'a CodeHash, input: Vec<u8>) -> Instantiate<'a> {
        Instantiate {
            code,
            salt: [0; 32],
            admin: None,
            funds: 0,
            gas: 0,
            input,
        }
    }

    /// Appends an argument.
    pub fn argument(mut self, argument: &impl Encode) -> Instantiate<'a> {
        self.input.extend_from_slice(&encode(argument));
        self
    }

    /// Tells instances of the same code apart.
    pub fn salt(mut self, salt: [u8; 32]) -> Instantiate<'a> {
        self.salt = salt;
        self
    }

    /// Who may replace its code. Nobody, unless named.
    pub fn admin(mut self, admin: &'a Address) -> Instantiate<'a> {
        self.admin = Some(admin);
        self
    }

    /// Sends funds along.
    pub fn funds(mut self, amount: Balance) -> Instantiate<'a> {
        self.funds = amount;
        self
    }

    /// Passes on at most this much gas.
    pub fn gas(mut self, gas_max: Gas) -> Instantiate<'a> {
        self.gas = gas_max;
        self
    }

    /// Creates it; answers with its address and what its `#[init]` method returned.
    pub fn invoke(self) -> Result<(Address, Vec<u8>), CallError> {
        let (reply, address) = host::instantiate(&InstantiateRequest {
            code: self.code.as_bytes(),
            salt: &self.salt,
            admin: self.admin,
            funds: self.funds,
            gas: self.gas,
            input: &self.input,
        });
        reply.into_result().map(|data| (address, data))
    }
}

/// Sends funds of this contract; no code runs. Needs the capability `transfer`.
pub fn transfer(to: &Address, amount: Balance) -> Result<(), CallError> {
    let status = host::transfer(to, amount);
    let data = Vec::new();
    CallReply { status, data }.into_result().map(drop)
}

/// Replaces the code of this contract: the new code runs `message` (selector and arguments of an
/// `#[upgrade]` method) now, and serves the next frame. Answers with what that method returned.
/// Needs the capability `upgrade`.
pub fn upgrade_self(code: &CodeHash, message: &[u8]) -> Result<Vec<u8>, CallError> {
    host::upgrade_self(code.as_bytes(), message).into_result()
}

/// Why a call, a transfer, an instantiation or an upgrade failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// How it ended. `Success`: the call was carried out, funds and all, and only its answer cannot be read.
    pub status: StatusCode,
    /// What the callee said, if it reverted. Of an answer that cannot be read, what was not read.
    pub data: Vec<u8>,
}

impl CallError {
    /// The callee's own error, if it reverted with one of type `E`, and with nothing behind it. Who did not revert has
    /// given no reason, whatever its answer looks like: what it did has happened.
    pub fn reason<E: Decode>(&self) -> Option<E> {
        if self.status != StatusCode::Reverted {
            return None;
        }
        match decode_whole(&self.data) {
            Some(RevertData::Error(bytes)) => decode_whole(&bytes),
            _ => None,
        }
    }
}

fn decode_whole<T: Decode>(mut data: &[u8]) -> Option<T> {
    let value = T::decode(&mut data).ok()?;
    data.is_empty().then_some(value)
}

/// For `?` in methods that do not explain: the caller learns that a call failed.
impl From<CallError> for RevertData {
    fn from(error: CallError) -> RevertData {
        RevertData::Sdk(match error.status {
            StatusCode::Success => SdkError::BadReply,
            _ => SdkError::CallFailed,
        })
    }
}

impl CallReply {
    fn into_result(self) -> Result<Vec<u8>, CallError> {
        // A number that this SDK does not know yet is a failure all the same.
        match StatusCode::from_u8(self.status).unwrap_or(StatusCode::Trapped) {
            StatusCode::Success => Ok(self.data),
            status => Err(CallError {
                status,
                data: self.data,
            }),
        }
    }
}

fn decode_reply<T: Decode>(mut data: &[u8]) -> Result<T, CallError> {
    match T::decode(&mut data) {
        Ok(value) if data.is_empty() => Ok(value),
        _ => Err(CallError {
            status: StatusCode::Success,
            data: data.to_vec(),
        }),
    }
}

//! A call that is not sent yet.

use std::fmt;
use std::marker::PhantomData;

use argosy_primitives::{Action, Balance};
use argosy_rpc_api::ReceiptAnswer;
use argosy_vm_abi::schema::MessageKind;

use super::bound::misfit;
use super::{Bound, CallError, Readable, Schema, read};
use crate::send::TxOptions;
use crate::{Client, Signer};

/// A call that is not sent yet: alone by [`Call::send`], with others by [`Call::action`].
#[must_use = "a call does nothing until it is sent"]
pub struct Call<R, E> {
    client: Client,
    schema: Schema,
    method: &'static str,
    action: Action,
    options: TxOptions,
    types: PhantomData<fn() -> (R, E)>,
}

/// A call that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<R> {
    /// What the method returned.
    pub value: R,
    /// The transaction.
    pub answer: ReceiptAnswer,
}

impl<R, E> Call<R, E> {
    pub(super) fn new(
        bound: &Bound,
        schema: Schema,
        method: &'static str,
        message: Vec<u8>,
        funds: Balance,
    ) -> Call<R, E> {
        Call {
            client: bound.client().clone(),
            action: Action::Call {
                contract: bound.address(),
                funds,
                message,
                abi_hash: schema.commitment(),
            },
            schema,
            method,
            options: TxOptions::default(),
            types: PhantomData,
        }
    }

    /// With these limits and prices.
    pub fn with_options(self, options: TxOptions) -> Call<R, E> {
        Call { options, ..self }
    }

    /// As a part of a transaction of the caller's own making.
    pub fn action(self) -> Action {
        self.action
    }
}

impl<R: Readable, E: Readable> Call<R, E> {
    /// Sends it in a transaction of its own and waits for what the method returned. The contract's own error
    /// is [`CallError::Refused`], seen by the simulation or, if the state moved meanwhile, in the receipt.
    pub async fn send(self, signer: &Signer) -> Result<Outcome<R>, CallError<E>> {
        let (hrp, entry) = (self.client.hrp(), (MessageKind::Call, self.method));
        let actions = vec![self.action];
        let answer = self.client.send(signer, actions, &self.options).await;
        let answer =
            answer.map_err(|error| CallError::<E>::explained(&self.schema, hrp, entry, error))?;
        let answer = CallError::<E>::of_receipt(&self.schema, hrp, entry, answer)?;
        match read(&answer.receipt.data) {
            Some(value) => Ok(Outcome { value, answer }),
            None => Err(CallError::other(misfit("tx_submitAndWait", self.method))),
        }
    }
}

impl<R, E> fmt::Debug for Call<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

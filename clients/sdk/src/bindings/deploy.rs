//! Creation of a contract, and its migration to other code.

use std::marker::PhantomData;

use argosy_primitives::{Action, Address, Balance};
use argosy_rpc_api::ReceiptAnswer;
use argosy_vm_abi::schema::MessageKind;

use super::{Bound, CallError, Readable, Schema};
use crate::contract::{DeployOptions, check_address};
use crate::module::Module;
use crate::send::TxOptions;
use crate::{Client, Signer};

/// A generated contract.
pub trait Handle: Sized {
    /// The contract at this address.
    fn at(client: &Client, address: Address) -> Self;
}

/// A creation that is not sent yet.
#[derive(Debug)]
#[must_use = "nothing is created until it is sent"]
pub struct Deploy<C, E> {
    schema: Schema,
    method: &'static str,
    message: Vec<u8>,
    funds: Balance,
    options: DeployOptions,
    types: PhantomData<fn() -> (C, E)>,
}

/// A new contract.
#[derive(Debug, Clone)]
pub struct Deployment<C> {
    /// The contract.
    pub contract: C,
    /// Whether its module was uploaded too, or was there already.
    pub stored: bool,
    /// The transaction.
    pub answer: ReceiptAnswer,
}

impl<C: Handle, E: Readable> Deploy<C, E> {
    /// Called by generated code.
    pub fn new(
        schema: &Schema,
        method: &'static str,
        message: Vec<u8>,
        funds: Balance,
    ) -> Deploy<C, E> {
        Deploy {
            schema: *schema,
            method,
            message,
            funds,
            options: DeployOptions::default(),
            types: PhantomData,
        }
    }

    /// With this salt, admin and transaction. Funds are those that `init` was given.
    pub fn with_options(self, options: DeployOptions) -> Deploy<C, E> {
        Deploy { options, ..self }
    }

    /// Creates a contract of `module`, which is uploaded first unless the chain has it.
    pub async fn send(
        self,
        client: &Client,
        signer: &Signer,
        module: &Module,
    ) -> Result<Deployment<C>, CallError<E>> {
        let (hrp, entry) = (client.hrp(), (MessageKind::Init, self.method));
        let options = DeployOptions {
            funds: self.funds,
            ..self.options
        };
        let created = client.create(signer, module, self.message, &options).await;
        let created =
            created.map_err(|error| CallError::<E>::explained(&self.schema, hrp, entry, error))?;
        let answer = CallError::<E>::of_receipt(&self.schema, hrp, entry, created.answer)?;
        check_address(&answer, created.address)?;
        Ok(Deployment {
            contract: C::at(client, created.address),
            stored: created.stored,
            answer,
        })
    }
}

/// A migration that is not sent yet.
#[derive(Debug)]
#[must_use = "nothing changes until it is sent"]
pub struct Upgrade<E> {
    client: Client,
    contract: Address,
    schema: Schema,
    method: &'static str,
    message: Vec<u8>,
    options: TxOptions,
    types: PhantomData<fn() -> E>,
}

impl<E> Upgrade<E> {
    pub(super) fn new(
        bound: &Bound,
        schema: Schema,
        method: &'static str,
        message: Vec<u8>,
    ) -> Upgrade<E> {
        Upgrade {
            client: bound.client().clone(),
            contract: bound.address(),
            schema,
            method,
            message,
            options: TxOptions::default(),
            types: PhantomData,
        }
    }

    /// With these limits and prices.
    pub fn with_options(self, options: TxOptions) -> Upgrade<E> {
        Upgrade { options, ..self }
    }

    /// Gives the contract the code of `module`, which is uploaded first unless the chain has it, and migrates
    /// it. Only its admin can.
    pub async fn send(self, signer: &Signer, module: &Module) -> Result<ReceiptAnswer, CallError<E>>
    where
        E: Readable,
    {
        let (hrp, entry) = (self.client.hrp(), (MessageKind::Upgrade, self.method));
        let store = self.client.upload(module).await?;
        let upgrade = Action::Upgrade {
            contract: self.contract,
            code: module.code,
            message: self.message,
        };
        let actions = store.into_iter().chain([upgrade]).collect();
        let answer = self.client.send(signer, actions, &self.options).await;
        let answer =
            answer.map_err(|error| CallError::<E>::explained(&self.schema, hrp, entry, error))?;
        CallError::<E>::of_receipt(&self.schema, hrp, entry, answer)
    }
}

//! One contract, spoken to in bytes.

use argosy_primitives::{AbiHash, Address, Balance, Hash32};
use argosy_rpc_api::{BlockSelector, EventFilter, EventView};
use argosy_vm_abi::schema::MessageKind;
use argosy_vm_abi::{Abi, event_topic};

use super::{Call, CallError, Readable, Upgrade, read};
use crate::codec::topic_of;
use crate::{Client, SdkError};

/// What generated code knows about its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The ABI's section.
    pub section: &'static [u8],
    /// Whether these are the very bytes in the contract, so that calls can commit to them.
    pub is_exact: bool,
}

impl Schema {
    /// What calls commit to.
    pub(crate) fn commitment(&self) -> Option<AbiHash> {
        self.is_exact.then(|| AbiHash::of(self.section))
    }

    /// The ABI, for reasons in words. The generator has read it.
    pub(crate) fn abi(&self) -> Abi {
        Abi::parse(self.section).unwrap_or_default()
    }
}

/// A contract at its address.
#[derive(Debug, Clone)]
pub struct Bound {
    client: Client,
    address: Address,
    schema: Schema,
    at: BlockSelector,
    caller: Option<Address>,
}

impl Bound {
    /// Asks nothing.
    pub fn new(client: &Client, address: Address, schema: &Schema) -> Bound {
        Bound {
            client: client.clone(),
            address,
            schema: *schema,
            at: BlockSelector::Latest,
            caller: None,
        }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Through whom it is asked.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Queries are of this block.
    #[must_use]
    pub fn at_block(&self, at: BlockSelector) -> Bound {
        Bound { at, ..self.clone() }
    }

    /// Queries are in this name.
    #[must_use]
    pub fn as_caller(&self, caller: Address) -> Bound {
        Bound {
            caller: Some(caller),
            ..self.clone()
        }
    }

    /// A call, to be sent.
    pub fn call<R, E>(&self, method: &'static str, message: Vec<u8>, funds: Balance) -> Call<R, E> {
        Call::new(self, self.schema, method, message, funds)
    }

    /// A migration, to be sent.
    pub fn upgrade<E>(
        &self,
        schema: &Schema,
        method: &'static str,
        message: Vec<u8>,
    ) -> Upgrade<E> {
        Upgrade::new(self, *schema, method, message)
    }

    /// Asks; nothing changes.
    pub async fn query<R: Readable, E: Readable>(
        &self,
        method: &'static str,
        message: Vec<u8>,
    ) -> Result<R, CallError<E>> {
        let entry = (MessageKind::Query, method);
        let answer = self
            .client
            .query(self.address, message, self.caller, self.at);
        let answer = answer.await.map_err(|error| {
            CallError::<E>::explained(&self.schema, self.client.hrp(), entry, error)
        })?;
        read(&answer.data).ok_or_else(|| CallError::other(misfit("contract_query", method)))
    }

    /// The filter of an event by its name and the SCALE bytes of its indexed fields, as far as given.
    pub fn filter(&self, event: &str, fields: &[Option<Vec<u8>>]) -> EventFilter {
        let name = Some(Hash32::from_bytes(event_topic(event)));
        let fields = fields.iter().map(|it| it.as_deref().map(topic_of));
        EventFilter {
            contract: Some(self.client.text(self.address)),
            topics: [name]
                .into_iter()
                .chain(fields)
                .map(|it| it.map(Into::into))
                .collect(),
        }
    }
}

/// Whether the event is of this name.
pub fn is_named(event: &EventView, name: &str) -> bool {
    let topic = Hash32::from_bytes(event_topic(name));
    event.topics.first().is_some_and(|it| it.0 == topic)
}

/// What the event says; none if it is of another type.
pub fn read_event<T: Readable>(event: &EventView) -> Option<T> {
    read(&event.data)
}

/// The contract's answer is not of its type.
pub(crate) fn misfit(asked: &'static str, method: &str) -> SdkError {
    SdkError::BadAnswer {
        method: asked,
        reason: format!(
            "what the contract's {method} returned is not of its type; were the bindings made of this contract?"
        ),
    }
}

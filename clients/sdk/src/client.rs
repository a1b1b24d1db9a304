//! A client of one node.
//!
//! Everything it returns is what the node said; [`check`](crate::check) tells what of it is proven.

use std::time::Duration;

use argosy_primitives::{
    AbiHash, Address, EventCursor, GenesisHash, Hrp, SignedTransaction, Transaction, TxId,
};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AccountApiClient, AddressText, BlockAnswer, BlockDetail,
    BlockSelector, Bytes, ChainApiClient, ChainInfo, ContractAnswer, ContractApiClient, Decimal,
    EventFilter, EventsApiClient, EventsPage, HeaderAnswer, Health, Height, QueryAnswer,
    ReceiptAnswer, RpcError, SimulationAnswer, StateApiClient, StateKeyView, StateProofAnswer,
    SystemApiClient, Text, TxApiClient, TxProofAnswer, TxStatusAnswer,
};
use argosy_vm_abi::Abi;
use jsonrpsee::core::client::Error as TransportError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use parity_scale_codec::Encode;

use crate::{CheckError, ClientError};

/// Where a node on this machine listens.
pub const DEFAULT_URL: &str = "http://127.0.0.1:9533";
/// Longer than a node waits for a transaction.
const ANSWER_WITHIN: Duration = Duration::from_secs(75);
/// A node refuses requests above about 1.3 MiB, and never answers with more than 5 MiB by default.
const MESSAGE_BYTES_MAX: u32 = 32 * 1024 * 1024;

/// A client of one node, over HTTP. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: HttpClient,
    url: String,
    hrp: Hrp,
    chain: GenesisHash,
}

/// Which events are wanted, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsRequest {
    /// Which.
    pub filter: EventFilter,
    /// Those behind this one.
    pub after: Option<EventCursor>,
    /// Those at this height or above.
    pub from: Option<u64>,
    /// Those at this height or below.
    pub to: Option<u64>,
    /// How many at most.
    pub limit: Option<u32>,
}

impl Client {
    /// Connects to a node and asks it which chain it serves.
    pub async fn connect(url: &str) -> Result<Client, ClientError> {
        let http = HttpClientBuilder::default()
            .request_timeout(ANSWER_WITHIN)
            .max_request_size(MESSAGE_BYTES_MAX)
            .max_response_size(MESSAGE_BYTES_MAX)
            .build(url)
            .map_err(|error| ClientError::BadUrl {
                url: url.to_owned(),
                reason: error.to_string(),
            })?;
        let info = http.chain_info().await.map_err(|it| failed(url, it))?;
        let hrp = info.hrp.parse().map_err(|_| ClientError::BadAnswer {
            url: url.to_owned(),
            reason: format!("{:?} is the prefix of no network", info.hrp),
        })?;
        Ok(Client {
            http,
            url: url.to_owned(),
            hrp,
            chain: info.genesis_hash.0,
        })
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The network of the node's addresses.
    pub fn hrp(&self) -> Hrp {
        self.hrp
    }

    /// The chain that the node serves.
    pub fn chain(&self) -> GenesisHash {
        self.chain
    }

    /// An address as the node's network writes it.
    pub fn text(&self, address: Address) -> AddressText {
        AddressText::new(self.hrp, address)
    }

    /// What to know before the first transaction.
    pub async fn chain_info(&self) -> Result<ChainInfo, ClientError> {
        self.answer(self.http.chain_info().await)
    }

    /// How the node is doing.
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.answer(self.http.health().await)
    }

    /// A block.
    pub async fn block(
        &self,
        at: BlockSelector,
        detail: BlockDetail,
    ) -> Result<BlockAnswer, ClientError> {
        self.answer(self.http.block(Some(at), Some(detail)).await)
    }

    /// A header.
    pub async fn header(&self, at: BlockSelector) -> Result<HeaderAnswer, ClientError> {
        self.answer(self.http.header(Some(at)).await)
    }

    /// An account.
    pub async fn account(
        &self,
        address: Address,
        at: BlockSelector,
    ) -> Result<AccountAnswer, ClientError> {
        self.answer(self.http.account(self.text(address), Some(at)).await)
    }

    /// Hands in a transaction and returns its id; [`Client::status`] tells what becomes of it.
    pub async fn submit(&self, tx: &SignedTransaction) -> Result<TxId, ClientError> {
        let answer = self.answer(self.http.submit(Bytes(tx.encode())).await)?;
        self.same_id(tx, answer.tx_id.0)?;
        Ok(answer.tx_id.0)
    }

    /// Hands in a transaction and waits until it is in a block, successful or not. After
    /// [`RpcError::WaitTimeout`] it may be called again with the same transaction.
    pub async fn submit_and_wait(
        &self,
        tx: &SignedTransaction,
        timeout_ms: Option<u32>,
    ) -> Result<ReceiptAnswer, ClientError> {
        let bytes = Bytes(tx.encode());
        let answer = self.answer(self.http.submit_and_wait(bytes, timeout_ms).await)?;
        self.same_id(tx, answer.tx_id.0)?;
        Ok(answer)
    }

    /// Tries a transaction without sending it. If it would fail, that failure is the error.
    pub async fn simulate(&self, tx: &Transaction) -> Result<SimulationAnswer, ClientError> {
        self.answer(self.http.simulate(Bytes(tx.encode()), None).await)
    }

    /// Where a transaction is in its life.
    pub async fn status(&self, id: TxId) -> Result<TxStatusAnswer, ClientError> {
        self.answer(self.http.status(Text(id)).await)
    }

    /// What a transaction did.
    pub async fn receipt(&self, id: TxId) -> Result<ReceiptAnswer, ClientError> {
        self.answer(self.http.receipt(Text(id)).await)
    }

    /// Proof of a transaction and of what it did, for [`check::transaction`](crate::check).
    pub async fn tx_proof(&self, id: TxId) -> Result<TxProofAnswer, ClientError> {
        self.answer(self.http.tx_proof(Text(id)).await)
    }

    /// Asks a contract.
    pub async fn query(
        &self,
        contract: Address,
        message: Vec<u8>,
        caller: Option<Address>,
        at: BlockSelector,
    ) -> Result<QueryAnswer, ClientError> {
        let (contract, caller) = (self.text(contract), caller.map(|it| self.text(it)));
        let funds: Option<Decimal<u128>> = None;
        let message = Bytes(message);
        let asked = self
            .http
            .query(contract, message, caller, funds, None, Some(at));
        self.answer(asked.await)
    }

    /// What a contract runs, owns and stores.
    pub async fn contract(
        &self,
        contract: Address,
        at: BlockSelector,
    ) -> Result<ContractAnswer, ClientError> {
        self.answer(self.http.contract(self.text(contract), Some(at)).await)
    }

    /// The ABI sections inside a contract's module.
    pub async fn abi_sections(&self, contract: Address) -> Result<AbiAnswer, ClientError> {
        self.answer(self.http.abi(self.text(contract), None).await)
    }

    /// A contract's ABI and its hash, for [`Action::Call`](argosy_primitives::Action::Call).
    pub async fn abi(&self, contract: Address) -> Result<(Abi, AbiHash), ClientError> {
        let answer = self.abi_sections(contract).await?;
        if AbiHash::of(&answer.section) != answer.abi_hash.0 {
            return Err(CheckError::OtherAbi.into());
        }
        Ok((Abi::parse(&answer.section)?, answer.abi_hash.0))
    }

    /// A value in state with its proof, for [`check::state`](crate::check).
    pub async fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, ClientError> {
        self.answer(
            self.http
                .state_proof(self.text(address), key, Some(at))
                .await,
        )
    }

    /// A page of events.
    pub async fn events(&self, request: EventsRequest) -> Result<EventsPage, ClientError> {
        let EventsRequest {
            filter,
            after,
            from,
            to,
            limit,
        } = request;
        let (from, to) = (from.map(Height), to.map(Height));
        let after = after.map(Text);
        self.answer(self.http.events(Some(filter), after, from, to, limit).await)
    }

    fn answer<T>(&self, answer: Result<T, TransportError>) -> Result<T, ClientError> {
        answer.map_err(|error| failed(&self.url, error))
    }

    fn same_id(&self, tx: &SignedTransaction, answered: TxId) -> Result<(), ClientError> {
        let id = tx.id();
        if id == answered {
            return Ok(());
        }
        Err(ClientError::BadAnswer {
            url: self.url.clone(),
            reason: format!("transaction {id} was called {answered}"),
        })
    }
}

fn failed(url: &str, error: TransportError) -> ClientError {
    let url = url.to_owned();
    match error {
        TransportError::Call(object) => match RpcError::from_object(&object) {
            Some(error) => ClientError::Rpc(error),
            None => ClientError::UnknownRpc {
                code: object.code(),
                message: object.message().to_owned(),
            },
        },
        TransportError::RequestTimeout => ClientError::Timeout {
            url,
            seconds: ANSWER_WITHIN.as_secs(),
        },
        TransportError::ParseError(error) => ClientError::BadAnswer {
            url,
            reason: error.to_string(),
        },
        TransportError::InvalidRequestId(error) => ClientError::BadAnswer {
            url,
            reason: error.to_string(),
        },
        TransportError::Transport(error) => ClientError::Unreachable {
            url,
            reason: with_causes(error.as_ref()),
        },
        other => ClientError::Unreachable {
            url,
            reason: other.to_string(),
        },
    }
}

/// The outermost words of a network error say little.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}

//! One node: every method of its interface, with its errors in our words.
//!
//! Invariant: an answer that names a chain names the one found on connecting, and a header that
//! comes with a hash has that hash; anything else is an error.
//! Not here: building transactions (`send`), contracts by their ABI (`contract`).

use std::sync::Arc;

use argosy_primitives::{
    Address, EventCursor, GenesisHash, Header, Hrp, SignedTransaction, Transaction, TxId,
};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AccountApiClient, AddressText, At, BlockAnswer, BlockDetail,
    BlockSelector, Bytes, ChainApiClient, ChainInfo, ContractAnswer, ContractApiClient,
    DevApiClient, EventFilter, EventsApiClient, EventsPage, HeaderAnswer, HeaderView, Health,
    Height as HeightView, Mined, QueryAnswer, ReceiptAnswer, SimulationAnswer, StateApiClient,
    StateKeyView, StatePlace, StateProofAnswer, StateProofsAnswer, SystemApiClient, Text,
    TxApiClient, TxProofAnswer, TxStatusAnswer,
};
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::HttpClient;
use parity_scale_codec::Encode;

use crate::transport::{ClientOptions, failure, http_client, patience};
use crate::{SdkError, Token, proof};

/// Where a node on this machine listens.
pub const DEFAULT_URL: &str = "http://127.0.0.1:9533";
/// Talks to one node. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    /// For the one method that answers late.
    waiting: HttpClient,
    url: String,
    options: ClientOptions,
    info: ChainInfo,
    hrp: Hrp,
    token: Token,
}

impl Client {
    /// Connects and asks the node which chain it is on.
    pub async fn connect(url: &str) -> Result<Client, SdkError> {
        Client::connect_with(url, ClientOptions::default()).await
    }

    /// The same with other times, or for a certain chain only.
    pub async fn connect_with(url: &str, options: ClientOptions) -> Result<Client, SdkError> {
        let method = "system_chainInfo";
        let http = http_client(url, &options, options.request_timeout)?;
        let waiting = http_client(url, &options, patience(&options))?;
        let info = http.chain_info().await;
        let info = info.map_err(|it| failure(url, method, options.request_timeout, it))?;
        if let Some(expected) = options.chain {
            same_chain(expected, info.genesis_hash.0)?;
        }
        let hrp = info.hrp.parse().map_err(|_| SdkError::BadAnswer {
            method,
            reason: format!("{:?} is the prefix of no network", info.hrp),
        })?;
        let token = Token {
            symbol: info.token_symbol.clone(),
            decimals: info.token_decimals,
        };
        let inner = Inner {
            http,
            waiting,
            url: url.to_owned(),
            options,
            info,
            hrp,
            token,
        };
        Ok(Client {
            inner: Arc::new(inner),
        })
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// What the node said about its chain on connecting.
    pub fn info(&self) -> &ChainInfo {
        &self.inner.info
    }

    /// The chain, as every transaction names it.
    pub fn chain(&self) -> GenesisHash {
        self.inner.info.genesis_hash.0
    }

    /// The network whose addresses the node speaks.
    pub fn hrp(&self) -> Hrp {
        self.inner.hrp
    }

    /// The chain's token.
    pub fn token(&self) -> &Token {
        &self.inner.token
    }

    /// The address in the text of this network.
    pub fn text(&self, address: Address) -> AddressText {
        AddressText::new(self.hrp(), address)
    }

    /// `system_chainInfo`, asked again.
    pub async fn chain_info(&self) -> Result<ChainInfo, SdkError> {
        let info = self.told("system_chainInfo", self.http().chain_info().await)?;
        same_chain(self.chain(), info.genesis_hash.0)?;
        Ok(info)
    }

    /// `system_health`.
    pub async fn health(&self) -> Result<Health, SdkError> {
        self.told("system_health", self.http().health().await)
    }

    /// `dev_mine`.
    pub async fn mine(&self) -> Result<Mined, SdkError> {
        self.told("dev_mine", self.http().mine().await)
    }

    /// `chain_getBlock`.
    pub async fn block(
        &self,
        at: BlockSelector,
        detail: BlockDetail,
    ) -> Result<BlockAnswer, SdkError> {
        let method = "chain_getBlock";
        let block = self.told(method, self.http().block(Some(at), Some(detail)).await)?;
        self.checked_header(method, &block.at, &block.header)?;
        Ok(block)
    }

    /// `chain_getHeader`.
    pub async fn header(&self, at: BlockSelector) -> Result<HeaderAnswer, SdkError> {
        let method = "chain_getHeader";
        let answer = self.told(method, self.http().header(Some(at)).await)?;
        self.checked_header(method, &answer.at, &answer.header)?;
        Ok(answer)
    }

    /// `chain_getFinalizedHead`.
    pub async fn finalized_head(&self) -> Result<HeaderAnswer, SdkError> {
        let method = "chain_getFinalizedHead";
        let answer = self.told(method, self.http().finalized_head().await)?;
        self.checked_header(method, &answer.at, &answer.header)?;
        Ok(answer)
    }

    /// `account_get`.
    pub async fn account(
        &self,
        address: Address,
        at: BlockSelector,
    ) -> Result<AccountAnswer, SdkError> {
        let answer = self.http().account(self.text(address), Some(at)).await;
        self.told("account_get", answer)
    }

    /// `tx_submit`: hands a transaction over and does not wait.
    pub async fn submit(&self, transaction: &SignedTransaction) -> Result<TxId, SdkError> {
        let method = "tx_submit";
        let answer = self.http().submit(Bytes(transaction.encode())).await;
        let tx_id = transaction.id();
        let answer = self.told(method, answer);
        let submitted = answer.map_err(|error| perhaps_sent(tx_id, error))?;
        same_tx(method, tx_id, submitted.tx_id.0)?;
        Ok(tx_id)
    }

    /// `tx_submitAndWait`: hands a transaction over and waits for its receipt, which may tell of a
    /// failure. If the outcome is not learnt the error names the transaction.
    pub async fn submit_and_wait(
        &self,
        transaction: &SignedTransaction,
    ) -> Result<ReceiptAnswer, SdkError> {
        let method = "tx_submitAndWait";
        let options = &self.inner.options;
        let wait_ms = u32::try_from(options.wait_timeout.as_millis()).unwrap_or(u32::MAX);
        let bytes = Bytes(transaction.encode());
        let waiting = &self.inner.waiting;
        let answer = waiting.submit_and_wait(bytes, Some(wait_ms)).await;
        let tx_id = transaction.id();
        let answer = answer.map_err(|it| failure(self.url(), method, patience(options), it));
        let answer = answer.map_err(|error| perhaps_sent(tx_id, error))?;
        same_tx(method, tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_simulate`: tries a transaction without sending it.
    pub async fn simulate(
        &self,
        transaction: &Transaction,
        at: BlockSelector,
    ) -> Result<SimulationAnswer, SdkError> {
        let bytes = Bytes(transaction.encode());
        let answer = self.http().simulate(bytes, Some(at)).await;
        self.told("tx_simulate", answer)
    }

    /// `tx_getStatus`.
    pub async fn tx_status(&self, tx_id: TxId) -> Result<TxStatusAnswer, SdkError> {
        let answer = self.told("tx_getStatus", self.http().status(Text(tx_id)).await)?;
        same_tx("tx_getStatus", tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_getReceipt`.
    pub async fn receipt(&self, tx_id: TxId) -> Result<ReceiptAnswer, SdkError> {
        let answer = self.told("tx_getReceipt", self.http().receipt(Text(tx_id)).await)?;
        same_tx("tx_getReceipt", tx_id, answer.tx_id.0)?;
        Ok(answer)
    }

    /// `tx_getProof`, as the node says it; [`proof::tx`] checks it.
    pub async fn tx_proof(&self, tx_id: TxId) -> Result<TxProofAnswer, SdkError> {
        self.told("tx_getProof", self.http().tx_proof(Text(tx_id)).await)
    }

    /// `contract_query` with bytes; by the ABI: [`crate::Contract::query`].
    pub async fn query(
        &self,
        contract: Address,
        message: Vec<u8>,
        caller: Option<Address>,
        at: BlockSelector,
    ) -> Result<QueryAnswer, SdkError> {
        let (contract, caller) = (self.text(contract), caller.map(|it| self.text(it)));
        let message = Bytes(message);
        let http = self.http();
        let answer = http
            .query(contract, message, caller, None, None, Some(at))
            .await;
        self.told("contract_query", answer)
    }

    /// `contract_getInfo`.
    pub async fn contract(
        &self,
        contract: Address,
        at: BlockSelector,
    ) -> Result<ContractAnswer, SdkError> {
        let answer = self.http().contract(self.text(contract), Some(at)).await;
        self.told("contract_getInfo", answer)
    }

    /// `contract_getAbi`.
    pub async fn abi(&self, contract: Address, at: BlockSelector) -> Result<AbiAnswer, SdkError> {
        let answer = self.http().abi(self.text(contract), Some(at)).await;
        self.told("contract_getAbi", answer)
    }

    /// `state_getProof`, as the node says it; [`proof::state`] checks it.
    pub async fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<StateProofAnswer, SdkError> {
        let address = self.text(address);
        let answer = self.http().state_proof(address, key, Some(at)).await;
        self.told("state_getProof", answer)
    }

    /// `state_getProofs`, as the node says it; [`proof::states`] checks it.
    pub async fn state_proofs(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<StateProofsAnswer, SdkError> {
        let place = |(address, key): &(Address, StateKeyView)| StatePlace {
            address: self.text(*address),
            key: key.clone(),
        };
        let keys = keys.iter().map(place).collect();
        let answer = self.http().state_proofs(keys, Some(at)).await;
        self.told("state_getProofs", answer)
    }

    /// `events_query`: a page of events behind `after`, between the heights.
    pub async fn events(
        &self,
        filter: EventFilter,
        after: Option<EventCursor>,
        heights: (Option<u64>, Option<u64>),
        limit: Option<u32>,
    ) -> Result<EventsPage, SdkError> {
        let (from, to) = (heights.0.map(HeightView), heights.1.map(HeightView));
        let http = self.http();
        let answer = http
            .events(Some(filter), after.map(Text), from, to, limit)
            .await;
        self.told("events_query", answer)
    }

    fn http(&self) -> &HttpClient {
        &self.inner.http
    }

    fn told<T>(&self, method: &'static str, answer: Result<T, ClientError>) -> Result<T, SdkError> {
        let waited = self.inner.options.request_timeout;
        answer.map_err(|error| failure(self.url(), method, waited, error))
    }

    fn checked_header(
        &self,
        method: &'static str,
        at: &At,
        view: &HeaderView,
    ) -> Result<Header, SdkError> {
        proof::header(method, self.chain(), at, view)
    }
}

pub(crate) fn same_chain(expected: GenesisHash, found: GenesisHash) -> Result<(), SdkError> {
    if found == expected {
        return Ok(());
    }
    Err(SdkError::OtherChain { expected, found })
}

fn same_tx(method: &'static str, expected: TxId, found: TxId) -> Result<(), SdkError> {
    if found == expected {
        return Ok(());
    }
    Err(SdkError::BadAnswer {
        method,
        reason: format!("it is about transaction {found}, not {expected}"),
    })
}

/// After some errors nobody knows whether the node has the transaction: the error names it.
fn perhaps_sent(tx_id: TxId, error: SdkError) -> SdkError {
    match error {
        SdkError::Timeout { .. } | SdkError::Unreachable { .. } | SdkError::BadAnswer { .. } => {
            SdkError::Unsettled {
                tx_id,
                source: Box::new(error),
            }
        }
        other => other,
    }
}

//! The methods: from JSON to the node's words, onto the right thread, and back.
//!
//! Nothing is decided here that the node could decide; what is checked is what the node must not
//! be bothered with: networks of addresses, sizes, signatures.

use std::future::Future;
use std::time::Duration;

use argosy_primitives::{
    Address, DecodeError, EventCursor, Hrp, Limits, SignedTransaction, StatusCode, Transaction,
    TxError, TxId, VerifiedTransaction, decode_untrusted,
};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AccountApiServer, AddressText, BlockAnswer, BlockDetail,
    BlockSelector, Bytes, ChainApiServer, ChainInfo, ContractAnswer, ContractApiServer, Decimal,
    DevApiServer, EventFilter, EventsApiServer, EventsPage, HeaderAnswer, HeaderView, Health,
    Height, Mined, PROVEN_KEYS_MAX, QueryAnswer, ReceiptAnswer, ReceiptView, RpcError,
    SimulationAnswer, StateApiServer, StateKeyView, StatePlace, StateProofAnswer,
    StateProofsAnswer, Submitted, SystemApiServer, Text, TxApiServer, TxProofAnswer,
    TxStatusAnswer,
};
use jsonrpsee::core::async_trait;
use jsonrpsee::server::{Methods, StopHandle};
use tokio::time::timeout;

use crate::config::{EVENTS_DEFAULT, WAIT_MS_DEFAULT};
use crate::failure::Failure;
use crate::guard::is_stopping;
use crate::trace;
use crate::workers::{Kind, Workers};
use crate::{EventsQuery, Found, Included, Node, QueryCall, RpcConfig, Settled};

/// Transactions up to this size are checked where they arrive: it takes less than changing threads.
const CHECK_HERE_BYTES_MAX: usize = 8 * 1024;

/// The implementation of every method.
#[derive(Clone)]
pub(crate) struct Api {
    workers: Workers,
    hrp: Hrp,
    max_wait_ms: u32,
    max_events: u32,
    stop: StopHandle,
}

impl Api {
    pub(crate) fn new(workers: Workers, config: &RpcConfig, stop: StopHandle) -> Api {
        Api {
            hrp: workers.node().spec().network.hrp,
            workers,
            max_wait_ms: config.max_wait_ms,
            max_events: config.max_events,
            stop,
        }
    }

    pub(crate) fn into_methods(self) -> Methods {
        let mut methods = Methods::new();
        let groups: [Methods; 8] = [
            SystemApiServer::into_rpc(self.clone()).into(),
            ChainApiServer::into_rpc(self.clone()).into(),
            AccountApiServer::into_rpc(self.clone()).into(),
            TxApiServer::into_rpc(self.clone()).into(),
            ContractApiServer::into_rpc(self.clone()).into(),
            StateApiServer::into_rpc(self.clone()).into(),
            EventsApiServer::into_rpc(self.clone()).into(),
            DevApiServer::into_rpc(self).into(),
        ];
        for group in groups {
            methods.merge(group).expect("no two methods have one name");
        }
        methods
    }

    /// The address, if it is written for this network.
    fn address(&self, param: &str, text: AddressText) -> Result<Address, RpcError> {
        if text.hrp == self.hrp {
            return Ok(text.address);
        }
        let (theirs, ours) = (text.hrp.as_str(), self.hrp.as_str());
        let reason = format!("{text} is for network {theirs}, this one is {ours}");
        Err(RpcError::invalid(param, reason))
    }

    async fn read<T, F>(&self, work: F) -> Result<T, RpcError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Node) -> Result<T, RpcError> + Send + 'static,
    {
        self.workers.run(Kind::Read, work).await
    }

    async fn header_at(&self, at: BlockSelector) -> Result<HeaderAnswer, RpcError> {
        let found = self.read(move |node| node.header(at)).await?;
        Ok(HeaderAnswer {
            at: found.at,
            header: HeaderView::new(&found.value, self.hrp),
        })
    }

    /// Decodes a transaction and checks everything that needs no chain.
    async fn checked(&self, bytes: Bytes) -> Result<VerifiedTransaction, RpcError> {
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        if bytes.len() <= CHECK_HERE_BYTES_MAX {
            return check(&bytes, size_max);
        }
        self.read(move |_| check(&bytes, size_max)).await
    }

    /// Hands a transaction to the node, and tells whoever follows the call.
    async fn hand_in(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        let (id, trace) = (tx.id(), trace::served());
        if let Some(trace) = &trace {
            trace.submits(&id);
        }
        let taken = self.workers.node().submit(tx).await;
        if let Some(trace) = &trace {
            trace.submitted(&id, taken.as_ref().err());
        }
        taken
    }

    /// Waits for `settled`, for the time to be over, or for the server to stop.
    async fn wait<F>(&self, tx_id: TxId, ms: u32, settled: F) -> Result<Settled, RpcError>
    where
        F: Future<Output = Result<Settled, RpcError>>,
    {
        let waited = timeout(Duration::from_millis(ms.into()), settled);
        tokio::select! {
            biased;
            waited = waited => waited.unwrap_or(Err(RpcError::WaitTimeout {
                tx_id: Text(tx_id),
                waited_ms: ms,
            })),
            () = self.stop.clone().shutdown() => Err(RpcError::Stopping {}),
        }
    }
}

fn check(bytes: &[u8], size_max: usize) -> Result<VerifiedTransaction, RpcError> {
    let signed = SignedTransaction::decode_untrusted(bytes, size_max).map_err(malformed)?;
    signed.verify().map_err(|error| match error {
        TxError::NoActions => RpcError::TxActionCount {
            got: 0,
            max: argosy_primitives::ACTIONS_MAX as u32,
        },
        TxError::TooManyActions { found } => RpcError::TxActionCount {
            got: u32::try_from(found).unwrap_or(u32::MAX),
            max: argosy_primitives::ACTIONS_MAX as u32,
        },
        TxError::Signature(error) => RpcError::TxBadSignature {
            reason: error.to_string(),
        },
    })
}

fn malformed(error: DecodeError) -> RpcError {
    match error {
        DecodeError::TooLarge { found, size_max } => RpcError::TxTooLarge {
            max: Decimal(size_max as u64),
            got: Decimal(found as u64),
        },
        DecodeError::TooDeep { .. }
        | DecodeError::TooMuchMemory { .. }
        | DecodeError::EmptyElements { .. }
        | DecodeError::Malformed { .. }
        | DecodeError::Trailing { .. }
        | DecodeError::NotCanonical => RpcError::TxMalformed {
            reason: error.to_string(),
        },
    }
}

fn receipt_answer(tx_id: TxId, included: &Included, hrp: Hrp) -> ReceiptAnswer {
    ReceiptAnswer {
        at: included.at,
        tx_id: Text(tx_id),
        index: included.index,
        receipt: ReceiptView::new(&included.receipt, hrp),
    }
}

/// Asks the node about a transaction and names it in the error if there is none.
fn known<T>(found: Option<T>, tx_id: &TxId) -> Result<T, RpcError> {
    found.ok_or_else(|| RpcError::not_found("transaction", tx_id))
}

#[async_trait]
impl SystemApiServer for Api {
    async fn chain_info(&self) -> Result<ChainInfo, RpcError> {
        self.read(|node| {
            let head = node.header(BlockSelector::Latest)?;
            let (spec, genesis) = (node.spec(), node.genesis_hash());
            Ok(ChainInfo::new(head.at, spec, genesis, head.value.version))
        })
        .await
    }

    async fn health(&self) -> Result<Health, RpcError> {
        Ok(self.workers.node().health())
    }
}

#[async_trait]
impl ChainApiServer for Api {
    async fn block(
        &self,
        at: Option<BlockSelector>,
        detail: Option<BlockDetail>,
    ) -> Result<BlockAnswer, RpcError> {
        let (at, detail, hrp) = (at.unwrap_or_default(), detail.unwrap_or_default(), self.hrp);
        // Hashing the transactions is work too: it stays on that thread.
        self.read(move |node| {
            let found = node.block(at)?;
            Ok(BlockAnswer::new(found.at, &found.value, detail, hrp))
        })
        .await
    }

    async fn header(&self, at: Option<BlockSelector>) -> Result<HeaderAnswer, RpcError> {
        self.header_at(at.unwrap_or_default()).await
    }

    async fn finalized_head(&self) -> Result<HeaderAnswer, RpcError> {
        self.header_at(BlockSelector::Finalized).await
    }
}

#[async_trait]
impl AccountApiServer for Api {
    async fn account(
        &self,
        address: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<AccountAnswer, RpcError> {
        let address = self.address("address", address)?;
        self.read(move |node| node.account(address, at.unwrap_or_default()))
            .await
    }
}

#[async_trait]
impl TxApiServer for Api {
    async fn submit(&self, transaction: Bytes) -> Result<Submitted, RpcError> {
        let tx = self.checked(transaction).await?;
        let tx_id = Text(tx.id());
        self.hand_in(tx).await?;
        Ok(Submitted { tx_id })
    }

    async fn submit_and_wait(
        &self,
        transaction: Bytes,
        timeout_ms: Option<u32>,
    ) -> Result<ReceiptAnswer, RpcError> {
        let ms = timeout_ms.unwrap_or(WAIT_MS_DEFAULT.min(self.max_wait_ms));
        if ms > self.max_wait_ms {
            return Err(RpcError::RangeTooLarge {
                what: "timeoutMs".to_owned(),
                max: Decimal(self.max_wait_ms.into()),
                got: Decimal(ms.into()),
            });
        }
        if is_stopping(&self.stop) {
            return Err(RpcError::Stopping {});
        }
        let tx = self.checked(transaction).await?;
        let tx_id = tx.id();
        match self.hand_in(tx).await {
            // Asking again for the same transaction is how a client goes on waiting.
            Ok(()) | Err(RpcError::TxKnown { .. }) => {}
            Err(error) => return Err(error),
        }
        let settled = self.workers.node().settled(tx_id);
        match self.wait(tx_id, ms, settled).await? {
            Settled::Included(included) => Ok(receipt_answer(tx_id, &included, self.hrp)),
            Settled::Dropped(reason) => Err(RpcError::TxDropped {
                tx_id: Text(tx_id),
                reason,
            }),
        }
    }

    async fn simulate(
        &self,
        transaction: Bytes,
        at: Option<BlockSelector>,
    ) -> Result<SimulationAnswer, RpcError> {
        let size_max = self.workers.node().spec().limits.tx_size_bytes_max as usize;
        let hrp = self.hrp;
        let work = move |node: &dyn Node| {
            let limits = Limits::for_size(size_max);
            let tx: Transaction = decode_untrusted(&transaction, limits).map_err(malformed)?;
            let gas_limit = tx.gas_limit;
            let Found { at, value } = node.simulate(tx, at.unwrap_or_default())?;
            let receipt = value.receipt;
            if receipt.status != StatusCode::Success {
                return Err(RpcError::from(Failure {
                    status: receipt.status,
                    data: receipt.data,
                    gas_used: receipt.gas_used,
                    gas_limit,
                    contract: None,
                    action: Some(receipt.action),
                    diagnostic: value.diagnostic,
                    call_stack: value.call_stack,
                }));
            }
            Ok(SimulationAnswer {
                at,
                receipt: ReceiptView::new(&receipt, hrp),
                gas_limit: Decimal(value.gas_limit),
                deposit_max: Decimal(value.deposit_max),
            })
        };
        self.workers.run(Kind::Execution, work).await
    }

    async fn status(&self, tx_id: Text<TxId>) -> Result<TxStatusAnswer, RpcError> {
        self.read(move |node| {
            let found = node.status(&tx_id.0)?;
            Ok(TxStatusAnswer {
                at: found.at,
                tx_id,
                status: known(found.value, &tx_id.0)?,
            })
        })
        .await
    }

    async fn receipt(&self, tx_id: Text<TxId>) -> Result<ReceiptAnswer, RpcError> {
        let hrp = self.hrp;
        self.read(move |node| {
            let included = known(node.receipt(&tx_id.0)?, &tx_id.0)?;
            Ok(receipt_answer(tx_id.0, &included, hrp))
        })
        .await
    }

    async fn tx_proof(&self, tx_id: Text<TxId>) -> Result<TxProofAnswer, RpcError> {
        self.read(move |node| known(node.tx_proof(&tx_id.0)?, &tx_id.0))
            .await
    }
}

#[async_trait]
impl ContractApiServer for Api {
    async fn query(
        &self,
        contract: AddressText,
        message: Bytes,
        caller: Option<AddressText>,
        funds: Option<Decimal<u128>>,
        gas_limit: Option<Decimal<u64>>,
        at: Option<BlockSelector>,
    ) -> Result<QueryAnswer, RpcError> {
        let limits = &self.workers.node().spec().limits;
        let gas_max = limits.tx_gas_max;
        let gas_limit = gas_limit.map_or(gas_max, |it| it.0);
        let too_large = |what: &str, max: u64, got: u64| {
            Err(RpcError::RangeTooLarge {
                what: what.to_owned(),
                max: Decimal(max),
                got: Decimal(got),
            })
        };
        if gas_limit > gas_max {
            return too_large("gasLimit", gas_max, gas_limit);
        }
        if message.len() > limits.data_bytes_max as usize {
            let (max, got) = (limits.data_bytes_max.into(), message.len() as u64);
            return too_large("message", max, got);
        }
        let callee = self.address("contract", contract)?;
        let caller = match caller {
            Some(text) => self.address("caller", text)?,
            None => Address::SYSTEM,
        };
        let call = QueryCall {
            contract: callee,
            caller,
            funds: funds.map_or(0, |it| it.0),
            message: message.0,
            gas_limit,
        };
        let work = move |node: &dyn Node| node.query(call, at.unwrap_or_default());
        let Found { at, value } = self.workers.run(Kind::Execution, work).await?;
        if value.status != StatusCode::Success {
            return Err(RpcError::from(Failure {
                status: value.status,
                data: value.data,
                gas_used: value.gas_used,
                gas_limit,
                contract: Some(contract),
                action: None,
                diagnostic: value.diagnostic,
                call_stack: value.call_stack,
            }));
        }
        Ok(QueryAnswer {
            at,
            data: Bytes(value.data),
            gas_used: Decimal(value.gas_used),
        })
    }

    async fn contract(
        &self,
        contract: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<ContractAnswer, RpcError> {
        let contract = self.address("contract", contract)?;
        self.read(move |node| node.contract(contract, at.unwrap_or_default()))
            .await
    }

    async fn abi(
        &self,
        contract: AddressText,
        at: Option<BlockSelector>,
    ) -> Result<AbiAnswer, RpcError> {
        let contract = self.address("contract", contract)?;
        self.read(move |node| node.abi(contract, at.unwrap_or_default()))
            .await
    }
}

#[async_trait]
impl StateApiServer for Api {
    async fn state_proof(
        &self,
        address: AddressText,
        key: StateKeyView,
        at: Option<BlockSelector>,
    ) -> Result<StateProofAnswer, RpcError> {
        let address = self.address("address", address)?;
        self.read(move |node| node.state_proof(address, key, at.unwrap_or_default()))
            .await
    }

    async fn state_proofs(
        &self,
        keys: Vec<StatePlace>,
        at: Option<BlockSelector>,
    ) -> Result<StateProofsAnswer, RpcError> {
        if keys.is_empty() || keys.len() > PROVEN_KEYS_MAX {
            let reason = format!("1 to {PROVEN_KEYS_MAX} keys, not {}", keys.len());
            return Err(RpcError::invalid("keys", reason));
        }
        let place = |it: StatePlace| Ok((self.address("keys", it.address)?, it.key));
        let keys: Vec<_> = keys
            .into_iter()
            .map(place)
            .collect::<Result<_, RpcError>>()?;
        self.read(move |node| node.state_proofs(keys, at.unwrap_or_default()))
            .await
    }
}

#[async_trait]
impl DevApiServer for Api {
    async fn mine(&self) -> Result<Mined, RpcError> {
        let at = self.workers.node().mine().await?;
        Ok(Mined { at })
    }
}

#[async_trait]
impl EventsApiServer for Api {
    async fn events(
        &self,
        filter: Option<EventFilter>,
        after: Option<Text<EventCursor>>,
        from_height: Option<Height>,
        to_height: Option<Height>,
        limit: Option<u32>,
    ) -> Result<EventsPage, RpcError> {
        let filter = filter.unwrap_or_default();
        let limit = limit.unwrap_or(EVENTS_DEFAULT.min(self.max_events));
        let topics_max = self.workers.node().spec().limits.event_topics_max;
        if limit == 0 {
            return Err(RpcError::invalid("limit", "limit must be at least 1"));
        }
        let too_large = |what: &str, max: u32, got: usize| {
            Err(RpcError::RangeTooLarge {
                what: what.to_owned(),
                max: Decimal(max.into()),
                got: Decimal(got as u64),
            })
        };
        if limit > self.max_events {
            return too_large("limit", self.max_events, limit as usize);
        }
        if filter.topics.len() > topics_max as usize {
            return too_large("topics", topics_max, filter.topics.len());
        }
        let query = EventsQuery {
            contract: (filter.contract)
                .map(|it| self.address("filter", it))
                .transpose()?,
            topics: (filter.topics.iter())
                .map(|it| it.map(|Text(topic)| *topic.as_bytes()))
                .collect(),
            after: after.map(|it| it.0),
            from: from_height.map(|it| it.0),
            to: to_height.map(|it| it.0),
            limit,
        };
        self.read(move |node| node.events(query)).await
    }
}

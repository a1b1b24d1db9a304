//! A node that only pretends: it answers from constants and does what a test tells it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use argosy_primitives::{
    AbiHash, Action, Address, Block, BlockHash, Body, CertificateHash, CodeHash, EventCursor,
    EvidenceRoot, GenesisHash, Header, Hrp, PublicKey, Receipt, ReceiptsRoot, SecretKey,
    SignedTransaction, StateRoot, StatusCode, Transaction, TxId, TxRoot, ValidatorSetHash,
    VerifiedTransaction,
};
use argosy_proof::{Account, StateMultiproof, StateProof};
use argosy_rpc::{EventsQuery, Found, Included, Node, Outcome, QueryCall, Settled, Simulated};
use argosy_rpc_api::{
    AbiAnswer, AccountAnswer, AddressText, At, BlockSelector, Bytes, CallFrame, ContractAnswer,
    Decimal, EventsPage, HeaderView, Health, HealthStatus, PoolView, RpcError, StateKeyView,
    StateProofAnswer, StateProofsAnswer, StateValue, Text, TimestampMs, TxProofAnswer, TxStatus,
};
use argosy_spec::ChainSpec;
use async_trait::async_trait;

/// Height of the newest block.
pub(crate) const HEAD: u64 = 42;
/// Reading the header of this height panics.
pub(crate) const PANIC_HEIGHT: u64 = 666;
/// Reading the header of this height takes as long as `read_takes` says.
pub(crate) const SLOW_HEIGHT: u64 = 7;
/// The only contract.
pub(crate) const CONTRACT: Address = Address::from_bytes([0xc0; 32]);

pub(crate) struct FakeNode {
    pub(crate) spec: ChainSpec,
    pub(crate) read_takes: Duration,
    /// Transactions in the block.
    pub(crate) transactions: usize,
    /// How queries and simulations end.
    pub(crate) status: StatusCode,
    /// What `submit` says.
    pub(crate) verdict: Result<(), RpcError>,
    /// How waits end; a transaction without an entry is never settled.
    pub(crate) settled: Mutex<BTreeMap<TxId, Settled>>,
    /// What was submitted.
    pub(crate) submitted: Mutex<Vec<TxId>>,
    /// What was asked of a contract, and for events.
    pub(crate) queries: Mutex<Vec<QueryCall>>,
    pub(crate) event_queries: Mutex<Vec<EventsQuery>>,
}

impl Default for FakeNode {
    fn default() -> FakeNode {
        FakeNode {
            spec: ChainSpec::dev(),
            read_takes: Duration::ZERO,
            transactions: 1,
            status: StatusCode::Success,
            verdict: Ok(()),
            settled: Mutex::default(),
            submitted: Mutex::default(),
            queries: Mutex::default(),
            event_queries: Mutex::default(),
        }
    }
}

pub(crate) fn address(byte: u8) -> AddressText {
    AddressText::new(Hrp::Dev, Address::from_bytes([byte; 32]))
}

pub(crate) fn header(height: u64) -> Header {
    Header {
        version: 1,
        chain: GenesisHash::from_bytes([1; 32]),
        height,
        time_ms: 1_700_000_000_000,
        parent: BlockHash::ZERO,
        proposer: Address::SYSTEM,
        round: 0,
        validators: ValidatorSetHash::ZERO,
        next_validators: ValidatorSetHash::ZERO,
        last_certificate: CertificateHash::ZERO,
        tx_root: TxRoot::ZERO,
        evidence_root: EvidenceRoot::ZERO,
        base_price: 1000,
        gas_used: 0,
        state_root: StateRoot::ZERO,
        receipts_root: ReceiptsRoot::ZERO,
    }
}

pub(crate) fn at(height: u64) -> At {
    At::new(height, header(height).hash())
}

pub(crate) fn receipt() -> Receipt {
    Receipt {
        status: StatusCode::Success,
        action: 0,
        data: vec![1],
        gas_used: 21,
        fee: 21_000,
        deposit: 0,
        events: vec![],
    }
}

pub(crate) fn included() -> Included {
    Included {
        at: at(HEAD),
        index: 0,
        receipt: receipt(),
    }
}

pub(crate) fn key() -> SecretKey {
    SecretKey::generate_from([5; 32])
}

pub(crate) fn transaction(nonce: u64) -> Transaction {
    Transaction {
        chain: GenesisHash::from_bytes([1; 32]),
        signer: key().public(),
        nonce,
        valid_until: 100,
        gas_limit: 50_000,
        max_gas_price: 1000,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Transfer {
            to: CONTRACT,
            amount: 1,
        }],
    }
}

pub(crate) fn signed(nonce: u64) -> SignedTransaction {
    transaction(nonce).sign(&key())
}

fn found<T>(value: T) -> Found<T> {
    Found {
        at: at(HEAD),
        value,
    }
}

impl FakeNode {
    fn height(&self, selector: BlockSelector) -> Result<u64, RpcError> {
        match selector {
            BlockSelector::Height(PANIC_HEIGHT) => panic!("told to"),
            BlockSelector::Height(SLOW_HEIGHT) => {
                std::thread::sleep(self.read_takes);
                Ok(SLOW_HEIGHT)
            }
            BlockSelector::Height(height) if height > HEAD => {
                Err(RpcError::not_found("block", height))
            }
            BlockSelector::Height(height) => Ok(height),
            BlockSelector::Hash(hash) => Err(RpcError::not_found("block", hash)),
            BlockSelector::Latest | BlockSelector::Finalized => Ok(HEAD),
            BlockSelector::Earliest => Ok(0),
        }
    }
}

#[async_trait]
impl Node for FakeNode {
    fn spec(&self) -> &ChainSpec {
        &self.spec
    }

    fn genesis_hash(&self) -> GenesisHash {
        GenesisHash::from_bytes([1; 32])
    }

    fn health(&self) -> Health {
        Health {
            status: HealthStatus::Ok,
            reason: None,
            version: "fake".to_owned(),
            at: at(HEAD),
            time_ms: TimestampMs(header(HEAD).time_ms),
            pool: PoolView::default(),
        }
    }

    fn header(&self, selector: BlockSelector) -> Result<Found<Header>, RpcError> {
        let height = self.height(selector)?;
        Ok(Found {
            at: at(height),
            value: header(height),
        })
    }

    fn block(&self, selector: BlockSelector) -> Result<Found<Block>, RpcError> {
        let found = self.header(selector)?;
        let transactions = vec![signed(0); self.transactions];
        Ok(Found {
            at: found.at,
            value: Block {
                header: found.value,
                body: Body {
                    transactions,
                    ..Body::default()
                },
            },
        })
    }

    fn account(&self, address: Address, _: BlockSelector) -> Result<AccountAnswer, RpcError> {
        let account = Account {
            nonce: 3,
            balance: u128::MAX,
            deposit: 0,
        };
        let text = AddressText::new(Hrp::Dev, address);
        let mut answer = AccountAnswer::new(at(HEAD), text, &account, false);
        answer.next_nonce = Some(Decimal(4));
        Ok(answer)
    }

    fn contract(&self, contract: Address, _: BlockSelector) -> Result<ContractAnswer, RpcError> {
        Err(RpcError::ContractNotFound {
            contract: Some(AddressText::new(Hrp::Dev, contract)),
            gas_used: None,
        })
    }

    fn abi(&self, _: Address, _: BlockSelector) -> Result<AbiAnswer, RpcError> {
        Ok(AbiAnswer {
            at: at(HEAD),
            code: Text(CodeHash::ZERO),
            abi_hash: Text(AbiHash::ZERO),
            section: Bytes(vec![]),
        })
    }

    fn query(&self, call: QueryCall, _: BlockSelector) -> Result<Found<Outcome>, RpcError> {
        let data = call.message.clone();
        self.queries.lock().unwrap().push(call.clone());
        Ok(found(Outcome {
            status: self.status,
            data,
            gas_used: 9,
            diagnostic: Some("told to".to_owned()),
            call_stack: vec![CallFrame {
                contract: AddressText::new(Hrp::Dev, call.contract),
                method: None,
            }],
        }))
    }

    fn simulate(&self, _: Transaction, _: BlockSelector) -> Result<Found<Simulated>, RpcError> {
        let status = self.status;
        Ok(found(Simulated {
            receipt: Receipt {
                status,
                ..receipt()
            },
            gas_limit: 70_000,
            deposit_max: 12,
            diagnostic: None,
            call_stack: Vec::new(),
        }))
    }

    fn state_proof(
        &self,
        address: Address,
        key: StateKeyView,
        _: BlockSelector,
    ) -> Result<StateProofAnswer, RpcError> {
        let header = HeaderView::new(&header(HEAD), Hrp::Dev);
        let place = (AddressText::new(Hrp::Dev, address), key.as_key());
        let proof = StateProof::default();
        Ok(StateProofAnswer::new(at(HEAD), header, place, None, &proof))
    }

    fn state_proofs(
        &self,
        keys: Vec<(Address, StateKeyView)>,
        _: BlockSelector,
    ) -> Result<StateProofsAnswer, RpcError> {
        let header = HeaderView::new(&header(HEAD), Hrp::Dev);
        let absent = |(address, key)| StateValue {
            address: AddressText::new(Hrp::Dev, address),
            key,
            value: None,
        };
        let values = keys.into_iter().map(absent).collect();
        let proof = StateMultiproof::default();
        Ok(StateProofsAnswer::new(at(HEAD), header, values, &proof))
    }

    fn status(&self, id: &TxId) -> Result<Found<Option<TxStatus>>, RpcError> {
        let is_known = self.submitted.lock().unwrap().contains(id);
        Ok(found(is_known.then_some(TxStatus::Pending)))
    }

    fn receipt(&self, id: &TxId) -> Result<Option<Included>, RpcError> {
        Ok((*id == signed(0).id()).then(included))
    }

    fn tx_proof(&self, _: &TxId) -> Result<Option<TxProofAnswer>, RpcError> {
        Ok(None)
    }

    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError> {
        self.event_queries.lock().unwrap().push(query);
        Ok(EventsPage {
            at: at(HEAD),
            events: vec![],
            resume: Some(Text(EventCursor {
                height: HEAD,
                tx: 0,
                event: 0,
            })),
            more: false,
        })
    }

    async fn submit(&self, tx: VerifiedTransaction) -> Result<(), RpcError> {
        self.verdict.clone()?;
        let PublicKey::Ed25519(_) = tx.transaction().signer;
        let mut submitted = self.submitted.lock().unwrap();
        if submitted.contains(&tx.id()) {
            let tx_id = Text(tx.id());
            return Err(RpcError::TxKnown { tx_id });
        }
        submitted.push(tx.id());
        Ok(())
    }

    async fn mine(&self) -> Result<At, RpcError> {
        Ok(at(HEAD))
    }

    async fn settled(&self, id: TxId) -> Result<Settled, RpcError> {
        loop {
            if let Some(settled) = self.settled.lock().unwrap().get(&id) {
                return Ok(settled.clone());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

//! A node that only pretends: it answers from constants and does what a test tells it.
//!
//! A file per group of methods: what is answered to them, and calls of them.

mod account;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod follow;
mod state;
mod system;
mod tx;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argosy_primitives::{
    Action, Address, BlockHash, CertificateHash, EvidenceRoot, GenesisHash, Header, Hrp, Receipt,
    ReceiptsRoot, SecretKey, SignedTransaction, StateRoot, StatusCode, Transaction, TxId, TxRoot,
    ValidatorSetHash,
};
use argosy_rpc::{EventsQuery, Found, Included, QueryCall, ServedCall, Settled};
use argosy_rpc_api::{
    AddressText, At, BlockSelector, EventEntry, HealthStatus, RpcError, TxStatus,
};
use argosy_spec::ChainSpec;
use serde_json::Value;
use tokio::sync::watch;

/// Height of the newest block.
pub(crate) const HEAD: u64 = 42;
/// Reading the header of this height panics.
pub(crate) const PANIC_HEIGHT: u64 = 666;
/// Reading the header of this height takes as long as `read_takes` says.
pub(crate) const SLOW_HEIGHT: u64 = 7;
/// The only contract.
pub(crate) const CONTRACT: Address = Address::from_bytes([0xc0; 32]);

/// A method, and valid parameters by position.
pub(crate) type Example = (&'static str, Vec<Value>);

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
    pub(crate) health: HealthStatus,
    /// The height of the newest block, and changes of anything.
    pub(crate) heads: watch::Sender<u64>,
    pub(crate) changes: watch::Sender<u64>,
    /// All events, in order; of them those up to the newest block are there.
    pub(crate) events: Mutex<Vec<EventEntry>>,
    /// The highest blocks that it kept whenever it went back.
    pub(crate) went_back: Mutex<Vec<u64>>,
    /// Blocks below this are no longer kept.
    pub(crate) oldest: AtomicU64,
    /// Where transactions are; else those that were submitted wait.
    pub(crate) statuses: Mutex<BTreeMap<TxId, TxStatus>>,
    /// How often it was asked where a transaction is.
    pub(crate) status_reads: AtomicU64,
    /// For which call a header was read, or a transaction handed in.
    pub(crate) served: Mutex<Vec<Option<ServedCall>>>,
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
            health: HealthStatus::Ok,
            heads: watch::Sender::new(HEAD),
            changes: watch::Sender::new(0),
            events: Mutex::default(),
            went_back: Mutex::default(),
            oldest: AtomicU64::new(0),
            statuses: Mutex::default(),
            status_reads: AtomicU64::new(0),
            served: Mutex::default(),
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
        error: None,
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

/// Valid parameters of every method, by position, all of them given.
pub(crate) fn examples() -> Vec<Example> {
    let groups = [
        system::examples(),
        chain::examples(),
        account::examples(),
        tx::examples(),
        contract::examples(),
        state::examples(),
        events::examples(),
        debug::examples(),
        dev::examples(),
        vec![("rpc.discover", vec![]), ("rpc_methods", vec![])],
    ];
    groups.into_iter().flatten().collect()
}

fn found<T>(value: T) -> Found<T> {
    Found {
        at: at(HEAD),
        value,
    }
}

impl FakeNode {
    /// Lets go of what it was told, which grows with every call.
    pub(crate) fn forget(&self) {
        self.submitted.lock().unwrap().clear();
        self.queries.lock().unwrap().clear();
        self.event_queries.lock().unwrap().clear();
        self.served.lock().unwrap().clear();
    }

    /// Notes for which call it works.
    fn note_call(&self) {
        self.served.lock().unwrap().push(ServedCall::current());
    }

    /// The height of the newest block.
    pub(crate) fn head(&self) -> u64 {
        *self.heads.borrow()
    }

    fn kept(&self, height: u64) -> Result<u64, RpcError> {
        let oldest = self.oldest.load(Ordering::Relaxed);
        let oldest_height = argosy_rpc_api::Height(oldest);
        match height < oldest {
            true => Err(RpcError::Pruned { oldest_height }),
            false => Ok(height),
        }
    }

    fn height(&self, selector: BlockSelector) -> Result<u64, RpcError> {
        match selector {
            BlockSelector::Height(PANIC_HEIGHT) => panic!("told to"),
            BlockSelector::Height(SLOW_HEIGHT) => {
                std::thread::sleep(self.read_takes);
                Ok(SLOW_HEIGHT)
            }
            BlockSelector::Height(height) if height > self.head() => {
                Err(RpcError::not_found("block", height))
            }
            BlockSelector::Height(height) => self.kept(height),
            BlockSelector::Hash(hash) => Err(RpcError::not_found("block", hash)),
            BlockSelector::Latest | BlockSelector::Finalized => Ok(self.head()),
            BlockSelector::Earliest => Ok(0),
        }
    }
}

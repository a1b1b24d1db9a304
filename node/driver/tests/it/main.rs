//! The driver with a real replica: its thread, its answers, its end.

#![allow(clippy::unwrap_used)] // a test may panic

mod cosmwasm; // contracts of Cosmos chains in answers
mod dev; // what only development chains do
mod explain; // why executions failed
mod fork; // a fork whose origin is away
mod past; // blocks and state of earlier heights
mod statuses; // what becomes of transactions, over restarts
mod traced; // what transactions did

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use argosy_chain::{Chain, validator_set};
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode, SubmitError};
use argosy_kv::{Batch, Durability, KvError, MemoryStore, Store, View};
use argosy_primitives::{Action, Address, SecretKey, Transaction, TxId, VerifiedTransaction};
use argosy_replica::{BlockMode, Config, Replica};
use argosy_rpc::{
    AccountPort, ChainPort, DevPort, EventsPort, EventsQuery, Settled, SystemPort, TxPort,
};
use argosy_rpc_api::{BlockSelector, HealthStatus, RpcError, TxStatus};
use argosy_spec::{ChainSpec, GenesisAccount};
use tokio::sync::oneshot;

fn key(number: u8) -> SecretKey {
    SecretKey::generate_from([number; 32])
}

fn address(number: u8) -> Address {
    Address::of_key(&key(number).public())
}

/// A running driver and the receiver of its end.
fn start(
    blocks: BlockMode,
    config: DriverConfig,
) -> (Driver, LocalNode, oneshot::Receiver<DriverStopped>) {
    start_on(
        Arc::new(MemoryStore::new()),
        ChainSpec::dev(),
        blocks,
        config,
    )
}

fn start_on(
    store: Arc<dyn Store>,
    mut spec: ChainSpec,
    blocks: BlockMode,
    config: DriverConfig,
) -> (Driver, LocalNode, oneshot::Receiver<DriverStopped>) {
    spec.genesis.accounts = accounts();
    let chain = Chain::open(store, Arc::new(spec)).unwrap();
    start_with(chain, blocks, config)
}

fn accounts() -> Vec<GenesisAccount> {
    let account = |number| GenesisAccount {
        name: None,
        address: address(number),
        balance: 1 << 70,
    };
    (1..4).map(account).collect()
}

fn start_with(
    chain: Chain,
    blocks: BlockMode,
    config: DriverConfig,
) -> (Driver, LocalNode, oneshot::Receiver<DriverStopped>) {
    let config_of_replica = Config {
        blocks,
        pool: argosy_mempool::Limits::default(),
        proposer: validator_set(chain.spec()).0[0].address,
        txs_per_block_max: 1_000,
        verify_own: true,
        quarantined: std::collections::BTreeSet::new(),
    };
    let (driver, end) = Driver::start(Replica::new(chain, config_of_replica), config).unwrap();
    let node = LocalNode::new(driver.clone(), "test");
    (driver, node, end)
}

fn transfer(driver: &Driver, from: u8, nonce: u64) -> VerifiedTransaction {
    let transaction = Transaction {
        chain: driver.view().genesis_hash(),
        signer: key(from).public(),
        nonce,
        valid_until: 500,
        gas_limit: 200_000,
        max_gas_price: 1_000_000,
        tip: 1,
        deposit_max: 0,
        actions: vec![Action::Transfer {
            to: address(2),
            amount: 1,
        }],
    };
    transaction.sign(&key(from)).verify().unwrap()
}

#[tokio::test]
async fn a_submitted_transaction_is_waited_for_and_found_again() {
    let (driver, node, _end) = start(BlockMode::Instant, DriverConfig::default());
    let tx = transfer(&driver, 1, 0);
    let id = tx.id();
    node.submit(tx.clone()).await.unwrap();
    let Settled::Included(included) = node.settled(id).await.unwrap() else {
        panic!("dropped")
    };
    assert_eq!(included.at.height.0, 1);
    assert_eq!(node.receipt(&id).unwrap(), Some(included));
    assert!(matches!(
        node.status(&id).unwrap().value,
        Some(TxStatus::Included { .. })
    ));
    assert!(matches!(
        node.submit(tx).await,
        Err(RpcError::TxKnown { .. })
    ));
    assert_eq!(
        node.account(address(1), BlockSelector::Latest)
            .unwrap()
            .next_nonce
            .unwrap()
            .0,
        1
    );
    assert!(node.tx_proof(&id).unwrap().is_some());
    let query = EventsQuery {
        limit: 10,
        ..EventsQuery::default()
    };
    assert!(!node.events(query).unwrap().more);
}

#[tokio::test]
async fn the_next_nonce_counts_what_waits() {
    let (driver, node, _end) = start(BlockMode::Manual, DriverConfig::default());
    for nonce in 0..3 {
        node.submit(transfer(&driver, 1, nonce)).await.unwrap();
    }
    let account = node.account(address(1), BlockSelector::Latest).unwrap();
    assert_eq!((account.nonce.0, account.next_nonce.unwrap().0), (0, 3));
    assert_eq!(driver.mine().await.unwrap(), 1);
    let account = node.account(address(1), BlockSelector::Latest).unwrap();
    assert_eq!((account.nonce.0, account.next_nonce.unwrap().0), (3, 3));
    assert_eq!(node.health().pool.transactions, 0);
}

#[tokio::test]
async fn a_stopped_driver_says_so_and_still_answers_reads() {
    let (driver, node, end) = start(BlockMode::Manual, DriverConfig::default());
    let waiting = transfer(&driver, 1, 0);
    let id = waiting.id();
    node.submit(waiting).await.unwrap();
    let settled = node.settled(id);
    driver.stop();
    assert_eq!(end.await.unwrap(), DriverStopped::Asked);
    assert!(matches!(settled.await, Err(RpcError::Stopping {})));
    assert!(matches!(driver.mine().await, Err(SubmitError::Stopped(_))));
    assert_eq!(node.health().status, HealthStatus::Stopping);
    assert_eq!(node.header(BlockSelector::Latest).unwrap().value.height, 0);
}

#[tokio::test]
async fn a_paused_driver_takes_and_makes_nothing_and_goes_on_later() {
    let period = BlockMode::Interval { period_ms: 10 };
    let (driver, node, _end) = start(period, DriverConfig::default());
    driver.pause("the disk is nearly full");
    let refused = node.submit(transfer(&driver, 1, 0)).await;
    assert!(
        matches!(&refused, Err(RpcError::Paused { reason }) if reason.contains("full")),
        "{refused:?}"
    );
    assert_eq!(node.health().status, HealthStatus::Paused);
    // A block may have been in the making when it was paused.
    assert!(matches!(driver.mine().await, Err(SubmitError::Paused(_))));
    driver.resume();
    let tx = transfer(&driver, 1, 0);
    let id = tx.id();
    node.submit(tx).await.unwrap();
    assert!(matches!(
        node.settled(id).await.unwrap(),
        Settled::Included(_)
    ));
    assert_eq!(node.health().status, HealthStatus::Ok);
}

/// A store whose commits tell that they have begun, and wait until they are let through.
struct Gate {
    store: MemoryStore,
    begun: Sender<()>,
    permits: Mutex<Receiver<()>>,
}

impl Store for Gate {
    fn view(&self) -> Arc<dyn View> {
        self.store.view()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let _ = self.begun.send(());
        // Once nobody gives permits any more, everything passes.
        let _ = self.permits.lock().unwrap().recv();
        self.store.commit(batch, durability)
    }
}

/// A driver that makes a block of each of five transactions, and is held in the first one's commit;
/// dropping the sender lets it go on.
async fn held() -> (
    (Driver, LocalNode, oneshot::Receiver<DriverStopped>),
    Vec<TxId>,
    Sender<()>,
) {
    let ((begun, seen), (permits, gate)) = (channel(), channel());
    let store = Gate {
        store: MemoryStore::new(),
        begun,
        permits: Mutex::new(gate),
    };
    let mut spec = ChainSpec::dev();
    spec.limits.block_gas_max = 200_000;
    spec.limits.tx_gas_max = 200_000;
    permits.send(()).unwrap(); // genesis
    let config = DriverConfig::default();
    let (driver, node, end) = start_on(Arc::new(store), spec, BlockMode::Instant, config);
    seen.recv().unwrap();
    let mut ids = Vec::new();
    for nonce in 0..5 {
        let tx = transfer(&driver, 1, nonce);
        ids.push(tx.id());
        // From the second on they wait in the inbox: the thread is at the first block.
        let driver = driver.clone();
        let submitted = tokio::spawn(async move { driver.submit(Arc::new(tx)).await });
        if nonce == 0 {
            submitted.await.unwrap().unwrap();
        }
    }
    tokio::task::spawn_blocking(move || seen.recv().map(|()| seen))
        .await
        .unwrap()
        .unwrap();
    ((driver, node, end), ids, permits)
}

#[tokio::test]
async fn an_end_that_is_asked_for_comes_between_two_blocks() {
    let ((driver, _node, end), _, permits) = held().await;
    driver.stop();
    drop(permits);
    assert_eq!(end.await.unwrap(), DriverStopped::Asked);
    assert_eq!(driver.view().head().header.height, 1);
}

#[tokio::test]
async fn a_pause_holds_up_all_that_waits_and_its_end_lets_it_go_on() {
    let ((driver, node, _end), ids, permits) = held().await;
    driver.pause("the disk is nearly full");
    drop(permits);
    node.settled(ids[0]).await.unwrap();
    // What was on its way when it was paused is refused, and nothing more becomes a block.
    let refused = driver.submit(Arc::new(transfer(&driver, 2, 0))).await;
    assert!(matches!(refused, Err(SubmitError::Paused(_))));
    assert_eq!(driver.view().head().header.height, 1);
    driver.resume();
    let last = transfer(&driver, 1, 1);
    assert_eq!(last.id(), ids[1]);
    let _ = driver.submit(Arc::new(last)).await;
    assert!(matches!(
        node.settled(ids[1]).await.unwrap(),
        Settled::Included(_)
    ));
}

#[tokio::test]
async fn only_a_development_chain_makes_blocks_on_request() {
    let (driver, node, _end) = start(BlockMode::Manual, DriverConfig::default());
    assert!(matches!(
        node.mine(1, 0).await,
        Err(RpcError::MethodDisabled { .. })
    ));
    let node = LocalNode::new(driver, "test").mining();
    assert_eq!(node.mine(1, 0).await.unwrap().height.0, 1);
}

#[tokio::test]
async fn many_clients_at_once_lose_nothing() {
    let (driver, node, _end) = start(BlockMode::Instant, DriverConfig::default());
    let node = Arc::new(node);
    let senders = (1..4).map(|from| {
        let (driver, node) = (driver.clone(), Arc::clone(&node));
        tokio::spawn(async move {
            for nonce in 0..20 {
                let tx = transfer(&driver, from, nonce);
                let id = tx.id();
                node.submit(tx).await.unwrap();
                assert!(matches!(
                    node.settled(id).await.unwrap(),
                    Settled::Included(_)
                ));
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    for from in 1..4 {
        assert_eq!(
            node.account(address(from), BlockSelector::Latest)
                .unwrap()
                .nonce
                .0,
            20
        );
    }
}

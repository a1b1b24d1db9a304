//! What becomes of transactions that are in no block: kept over restarts, and whoever handed them in.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode};
use argosy_kv::{Batch, Column, Durability, KvError, MemoryStore, Store, View};
use argosy_primitives::{TxId, VerifiedTransaction};
use argosy_replica::{BlockMode, Config, Replica};
use argosy_rpc::TxPort;
use argosy_rpc_api::{DropReasonView, ReceivedFrom, RpcError, TxStatus};
use argosy_spec::ChainSpec;
use tokio::sync::oneshot;

use crate::{accounts, key, transfer};

/// A node over a store that outlives it.
struct Node {
    driver: Driver,
    local: LocalNode,
    end: oneshot::Receiver<DriverStopped>,
}

fn start(store: &Arc<MemoryStore>) -> Node {
    start_over(Arc::clone(store) as Arc<dyn Store>)
}

fn start_over(store: Arc<dyn Store>) -> Node {
    let mut spec = ChainSpec::dev();
    spec.genesis.accounts = accounts();
    let chain = argosy_chain::Chain::open(store.clone(), Arc::new(spec)).unwrap();
    let config = Config {
        blocks: BlockMode::Manual,
        pool: argosy_mempool::Limits::default(),
        proposer: argosy_chain::validator_set(chain.spec()).0[0].address,
        txs_per_block_max: 1_000,
        verify_own: true,
        quarantined: std::collections::BTreeSet::new(),
    };
    let replica = Replica::new(chain, config);
    let started = Driver::start_keeping(replica, DriverConfig::default(), store);
    let (driver, end) = started.unwrap();
    let local = LocalNode::new(driver.clone(), "test");
    Node { driver, local, end }
}

/// A store that writes nothing while it is held.
struct Held {
    store: MemoryStore,
    is_held: Mutex<bool>,
    freed: Condvar,
}

impl Held {
    fn hold(&self, is_held: bool) {
        *self.is_held.lock().unwrap() = is_held;
        self.freed.notify_all();
    }
}

impl Store for Held {
    fn view(&self) -> Arc<dyn View> {
        self.store.view()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let held = self.is_held.lock().unwrap();
        drop(self.freed.wait_while(held, |it| *it).unwrap());
        self.store.commit(batch, durability)
    }
}

impl Node {
    async fn stop(self) {
        self.driver.stop();
        assert_eq!(self.end.await.unwrap(), DriverStopped::Asked);
    }

    #[track_caller]
    fn status(&self, id: &TxId) -> Option<TxStatus> {
        self.local.status(id).unwrap().value
    }

    #[track_caller]
    fn reason(&self, id: &TxId) -> DropReasonView {
        match self.status(id) {
            Some(TxStatus::Dropped { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// The same with a higher bid.
fn dearer(driver: &Driver, from: u8, nonce: u64) -> VerifiedTransaction {
    let mut transaction = transfer(driver, from, nonce).transaction().clone();
    transaction.tip *= 1_000;
    transaction.max_gas_price *= 2;
    transaction.sign(&key(from)).verify().unwrap()
}

#[tokio::test]
async fn what_became_of_a_transaction_is_known_after_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let node = start(&store);
    let (executed, waiting) = (transfer(&node.driver, 1, 0), transfer(&node.driver, 3, 0));
    node.local.submit(executed.clone()).await.unwrap();
    node.driver.mine().await.unwrap();
    let (replaced, by) = (transfer(&node.driver, 1, 1), dearer(&node.driver, 1, 1));
    node.local.submit(replaced.clone()).await.unwrap();
    node.local.submit(by.clone()).await.unwrap();
    let refused = transfer(&node.driver, 1, 0);
    let error = node.local.submit(dearer(&node.driver, 1, 0)).await;
    let error = error.unwrap_err();
    assert!(matches!(error, RpcError::TxNonceTooLow { .. }), "{error}");
    let refused_id = dearer(&node.driver, 1, 0).id();
    assert_eq!(refused.id(), executed.id(), "it is the very same");
    node.local.submit(waiting.clone()).await.unwrap();
    assert_eq!(node.status(&waiting.id()), Some(TxStatus::Pending));
    let received = node.local.received(&waiting.id()).unwrap();
    node.stop().await;

    for _ in 0..2 {
        let node = start(&store);
        let by = by.id().into();
        assert_eq!(node.reason(&replaced.id()), DropReasonView::Replaced { by });
        assert_eq!(node.reason(&waiting.id()), DropReasonView::Restarted);
        assert_eq!(node.local.received(&waiting.id()), Some(received));
        let error = error.clone();
        assert_eq!(node.status(&refused_id), Some(TxStatus::Refused { error }));
        assert!(matches!(
            node.status(&executed.id()),
            Some(TxStatus::Included { .. })
        ));
        node.stop().await;
    }
    // It may be handed in again.
    let node = start(&store);
    node.local.submit(waiting.clone()).await.unwrap();
    assert_eq!(node.status(&waiting.id()), Some(TxStatus::Pending));
    node.driver.mine().await.unwrap();
    assert!(matches!(
        node.status(&waiting.id()),
        Some(TxStatus::Included { .. })
    ));
    assert_eq!(node.local.received(&waiting.id()), None);
    node.stop().await;
}

/// A transaction may name any height, also one that JSON does not hold; whoever signs it needs no funds.
#[tokio::test]
async fn a_lifetime_beyond_what_json_holds_is_refused_like_any_other() {
    let store = Arc::new(MemoryStore::new());
    let node = start(&store);
    let mut transaction = transfer(&node.driver, 1, 0).transaction().clone();
    transaction.valid_until = u64::MAX;
    transaction.signer = key(77).public();
    let far = transaction.sign(&key(77)).verify().unwrap();
    let error = node.local.submit(far.clone()).await.unwrap_err();
    assert!(matches!(error, RpcError::TxValidTooFar { .. }), "{error}");
    let told = serde_json::to_value(&error).unwrap();
    assert_eq!(told["validUntil"], 9_007_199_254_740_991_u64);
    let refused = Some(TxStatus::Refused { error });
    assert_eq!(node.status(&far.id()), refused);
    // The node lives.
    node.local
        .submit(transfer(&node.driver, 1, 0))
        .await
        .unwrap();
    node.driver.mine().await.unwrap();
    node.stop().await;
    let node = start(&store);
    assert_eq!(node.status(&far.id()), refused);
    node.stop().await;
}

#[tokio::test]
async fn nobody_is_called_before_what_there_is_to_see_is_kept() {
    let store = Arc::new(Held {
        store: MemoryStore::new(),
        is_held: Mutex::new(false),
        freed: Condvar::new(),
    });
    let node = start_over(Arc::clone(&store) as Arc<dyn Store>);
    let mut changes = node.driver.changes();
    store.hold(true);
    let (driver, tx) = (node.driver.clone(), transfer(&node.driver, 1, 0));
    let submitting = tokio::spawn(async move { driver.submit(Arc::new(tx)).await });
    while node.driver.pooled().0 == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(!changes.has_changed().unwrap());
    assert!(!submitting.is_finished());
    store.hold(false);
    changes.changed().await.unwrap();
    submitting.await.unwrap().unwrap();
    node.stop().await;
}

#[tokio::test]
async fn a_block_counts_more_than_a_record_that_a_kill_left_behind() {
    let store = Arc::new(MemoryStore::new());
    let node = start(&store);
    let executed = transfer(&node.driver, 1, 0);
    let key = [b"status/".as_slice(), executed.id().as_bytes()].concat();
    node.local.submit(executed.clone()).await.unwrap();
    let record = store.view().get(Column::Meta, &key).unwrap().unwrap();
    node.driver.mine().await.unwrap();
    assert_eq!(store.view().get(Column::Meta, &key).unwrap(), None);
    node.stop().await;
    // Killed between the block and its own record.
    let mut batch = Batch::new();
    batch.put(Column::Meta, key.clone(), record);
    store.commit(batch, Durability::Buffered).unwrap();
    let node = start(&store);
    assert!(matches!(
        node.status(&executed.id()),
        Some(TxStatus::Included { .. })
    ));
    // Otherwise it would be found again when the chain keeps the block no more, as one that never ran.
    assert_eq!(node.local.received(&executed.id()), None);
    assert_eq!(store.view().get(Column::Meta, &key).unwrap(), None);
    node.stop().await;
}

#[tokio::test]
async fn what_another_node_handed_on_is_known_by_name_too() {
    let store = Arc::new(MemoryStore::new());
    let node = start(&store);
    let from_peer = Arc::new(transfer(&node.driver, 1, 0));
    node.driver
        .submit_of_peer(Arc::clone(&from_peer))
        .await
        .unwrap();
    let received = |node: &Node| node.local.received(&from_peer.id()).unwrap().from;
    assert_eq!(received(&node), ReceivedFrom::Peer);
    let by = dearer(&node.driver, 1, 0);
    node.driver.submit_of_peer(Arc::new(by)).await.unwrap();
    assert!(matches!(
        node.reason(&from_peer.id()),
        DropReasonView::Replaced { .. }
    ));
    // What was refused of another node is known until this one ends.
    let refused = Arc::new(transfer(&node.driver, 9, 0));
    let error = node.driver.submit_of_peer(Arc::clone(&refused)).await;
    assert!(error.is_err());
    assert!(matches!(
        node.status(&refused.id()),
        Some(TxStatus::Refused { .. })
    ));
    node.stop().await;
    let node = start(&store);
    assert!(matches!(
        node.reason(&from_peer.id()),
        DropReasonView::Replaced { .. }
    ));
    assert_eq!(node.status(&refused.id()), None);
    node.stop().await;
}

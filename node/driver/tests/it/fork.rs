//! A fork whose origin is away: who asks is told, nothing else happens, and the node goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use argosy_chain::{Cause, Chain, ContractRecord};
use argosy_driver::{Driver, DriverConfig, DriverStopped, LocalNode, SubmitError};
use argosy_kv::{
    Batch, Bytes, Column, Direction, Durability, Entries, KeyRange, KvError, MemoryStore, Store,
    View,
};
use argosy_primitives::{AbiKind, Address, CodeHash, StateRoot};
use argosy_proof::StateKey;
use argosy_replica::BlockMode;
use argosy_rpc::{AccountPort, DevEdit, DevPort, StatePort, StateRange, TxPort};
use argosy_rpc_api::{BlockSelector, RpcError, StateKeyView, TxStatus};
use argosy_spec::ChainSpec;
use tokio::sync::oneshot;

use crate::{accounts, address, start_with, transfer};

/// Another chain's state, over a line that may break.
struct Line {
    view: Arc<dyn View>,
    is_broken: AtomicBool,
    /// A key that does not come through.
    lost: Mutex<Option<Vec<u8>>>,
}

impl Line {
    fn breaks(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::Relaxed);
    }

    fn loses(&self, key: Option<Vec<u8>>) {
        *self.lost.lock().unwrap() = key;
    }

    fn read(&self, column: Column, key: &[u8]) -> Result<(), KvError> {
        let is_lost = self.lost.lock().unwrap().as_deref() == Some(key);
        match self.is_broken.load(Ordering::Relaxed) || is_lost {
            false => Ok(()),
            true => Err(KvError::Read {
                column,
                cause: Cause::Beneath,
                source: "the line is broken".into(),
            }),
        }
    }
}

impl View for Line {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        if column != Column::State {
            return Ok(None);
        }
        self.read(column, key)?;
        self.view.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        if column != Column::State {
            return Box::new(std::iter::empty());
        }
        let entries = self.view.range(column, range, direction);
        Box::new(entries.map(move |entry| {
            let (key, value) = entry?;
            self.read(column, &key)?;
            Ok((key, value))
        }))
    }
}

/// A contract of the origin's; what it runs is of no interest.
const CONTRACT: Address = Address::from_bytes([0xcc; 32]);

fn put_contract(store: &MemoryStore) {
    let record = ContractRecord {
        abi: AbiKind::Native,
        code: CodeHash::ZERO,
        admin: None,
        creator: address(1),
        deposit: 0,
        storage_bytes: 0,
        storage_items: 0,
        created_at: 0,
    };
    let mut batch = Batch::new();
    let key = StateKey::Contract.under(&CONTRACT);
    batch.put(Column::State, key, record.to_value());
    store.commit(batch, Durability::Buffered).unwrap();
}

/// A fork of a chain's genesis that makes blocks when asked to.
fn fork() -> (
    Arc<Line>,
    Driver,
    LocalNode,
    oneshot::Receiver<DriverStopped>,
) {
    let mut spec = ChainSpec::dev();
    spec.genesis.accounts = accounts();
    let (store, spec) = (Arc::new(MemoryStore::new()), Arc::new(spec));
    let shared = Arc::clone(&store) as Arc<dyn Store>;
    let origin = Chain::open(shared, Arc::clone(&spec)).unwrap();
    put_contract(&store);
    let line = Arc::new(Line {
        view: store.view(),
        is_broken: AtomicBool::new(false),
        lost: Mutex::default(),
    });
    let beneath = Arc::clone(&line) as Arc<dyn View>;
    let chain = Chain::open_fork(beneath, spec, &origin.head().header).unwrap();
    let (driver, node, end) = start_with(chain, BlockMode::Manual, DriverConfig::default());
    (line, driver, node.developing(None), end)
}

#[track_caller]
fn unread<T: std::fmt::Debug>(answer: Result<T, RpcError>) {
    let Err(RpcError::OriginUnread { reason }) = answer else {
        panic!("{answer:?}");
    };
    assert!(reason.contains("the line is broken"), "{reason}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_to_who_asked() {
    let (line, driver, node, _end) = fork();
    line.breaks(true);
    unread(node.account(address(1), BlockSelector::Latest));
    let range = StateRange {
        after: None,
        limit: 10,
    };
    unread(node.state_range(address(1), range.clone(), BlockSelector::Latest));
    let tx = transfer(&driver, 1, 0);
    unread(node.submit(tx.clone()).await);
    assert!(matches!(
        driver.submit(Arc::new(tx.clone())).await,
        Err(SubmitError::Unread(_))
    ));
    unread(node.edit(DevEdit::Balance(address(3), 5)).await);
    assert_eq!(driver.view().head().header.height, 0);
    line.breaks(false);
    let read = node.state_range(address(1), range, BlockSelector::Latest);
    let read = read.unwrap();
    assert_eq!((read.entries.len(), read.more), (1, false));
    assert_eq!(read.entries[0].key, StateKeyView::Account {});
    let proof = node.state_proof(address(1), StateKeyView::Account {}, BlockSelector::Latest);
    assert!(matches!(proof, Err(RpcError::MethodDisabled { .. })));
    node.submit(tx).await.unwrap();
    assert_eq!(driver.mine().await.unwrap(), 1);
    assert_ne!(driver.view().head().header.state_root, StateRoot::ZERO);
}

#[tokio::test]
async fn a_block_that_cannot_be_made_costs_one_transaction_and_not_the_node() {
    let (line, driver, node, mut end) = fork();
    let (first, second) = (transfer(&driver, 1, 0), transfer(&driver, 3, 0));
    for tx in [&first, &second] {
        node.submit(tx.clone()).await.unwrap();
    }
    line.breaks(true);
    assert!(matches!(driver.mine().await, Err(SubmitError::Unread(_))));
    let status = |tx: &argosy_primitives::VerifiedTransaction| node.status(&tx.id()).unwrap().value;
    let statuses = [status(&first), status(&second)];
    let dropped = statuses
        .iter()
        .filter(|it| matches!(it, Some(TxStatus::Dropped { .. })));
    assert_eq!(dropped.count(), 1, "{statuses:?}");
    assert!(
        end.try_recv().is_err() && driver.fault().is_none(),
        "it goes on"
    );
    line.breaks(false);
    assert_eq!(driver.mine().await.unwrap(), 1);
    let statuses = [status(&first), status(&second)];
    let included = statuses
        .iter()
        .filter(|it| matches!(it, Some(TxStatus::Included { .. })));
    assert_eq!(included.count(), 1, "{statuses:?}");
}

#[tokio::test]
async fn an_edit_that_is_refused_for_what_cannot_be_read_has_made_no_block() {
    let (line, driver, node, _end) = fork();
    // Nothing but the mempool looks at this one, once there is a block.
    line.loses(Some(StateKey::Account.under(&CONTRACT)));
    let edit = |value: &[u8]| DevEdit::Storage(CONTRACT, b"key".to_vec(), Some(value.to_vec()));
    unread(node.edit(edit(b"lost")).await);
    assert_eq!(driver.view().storage(&CONTRACT, b"key").unwrap(), None);
    line.loses(None);
    node.edit(edit(b"kept")).await.unwrap();
    let view = driver.view();
    let kept = view.storage(&CONTRACT, b"key").unwrap();
    assert_eq!(kept.as_deref(), Some(b"kept".as_slice()));
    assert_eq!(view.head().header.height, 1, "the only block");
}

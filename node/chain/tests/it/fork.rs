//! A fork: the same receipts as on its origin, roots of its own, and no fault where the origin is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use argosy_chain::{Cause, Chain, ChainError, Edit, EditFailure, Selector};
use argosy_kv::{Bytes, Column, Direction, Entries, KeyRange, KvError, MemoryStore, Store, View};
use argosy_primitives::StateRoot;
use argosy_proof::StateKey;
use argosy_spec::Agreement;

use crate::diary::{contract, next_block, see, write};
use crate::world::{InOrder, TIME_MS, address, block, request, spec, transfer};

const BLOCKS: u64 = 9;

/// Another chain's state and code, read over a line that may break.
struct Line {
    view: Arc<dyn View>,
    is_broken: AtomicBool,
    reads: AtomicUsize,
}

impl Line {
    fn to(store: &MemoryStore) -> Arc<Line> {
        Arc::new(Line {
            view: store.view(),
            is_broken: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
        })
    }

    fn breaks(&self, is_broken: bool) {
        self.is_broken.store(is_broken, Ordering::Relaxed);
    }

    fn read(&self, column: Column) -> Result<(), KvError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        match self.is_broken.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(KvError::Read {
                column,
                cause: Cause::Beneath,
                source: "the line is broken".into(),
            }),
        }
    }
}

fn is_shown(column: Column) -> bool {
    matches!(column, Column::State | Column::Code)
}

impl View for Line {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        if !is_shown(column) {
            return Ok(None);
        }
        self.read(column)?;
        self.view.get(column, key)
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        if !is_shown(column) {
            return Box::new(std::iter::empty());
        }
        let entries = self.view.range(column, range, direction);
        Box::new(entries.map(move |entry| self.read(column).and(entry)))
    }
}

/// An origin, and a fork of its head.
fn forked() -> (Chain, Arc<MemoryStore>, Arc<Line>, Chain) {
    let (store, spec) = (Arc::new(MemoryStore::new()), Arc::new(spec()));
    let mut origin = Chain::open_dev(Arc::clone(&store), Arc::clone(&spec)).unwrap();
    write(&mut origin, BLOCKS);
    let line = Line::to(&store);
    let beneath = Arc::clone(&line) as Arc<dyn View>;
    let fork = Chain::open_fork(beneath, spec, &origin.head().header).unwrap();
    (origin, store, line, fork)
}

fn unchanged() -> StateRoot {
    StateRoot::from_bytes([0; 32])
}

#[test]
fn a_fork_begins_where_its_origin_was() {
    let (origin, _, line, fork) = forked();
    assert_eq!(line.reads.load(Ordering::Relaxed), 0, "nothing was touched");
    let (theirs, ours) = (&origin.head().header, &fork.head().header);
    assert_eq!(ours.parent, origin.head().hash, "its origin is named");
    assert_eq!(
        (
            ours.chain,
            ours.height,
            ours.time_ms,
            ours.base_price,
            ours.gas_used
        ),
        (
            theirs.chain,
            theirs.height,
            theirs.time_ms,
            theirs.base_price,
            theirs.gas_used
        )
    );
    assert_eq!(ours.state_root, unchanged());
    assert!(fork.view().is_fork() && !origin.view().is_fork());
    let seen = |chain: &Chain| {
        format!("{:?}", see(&chain.view(), BLOCKS))
            .split_once("accounts")
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(seen(&fork), seen(&origin));
    assert!(matches!(
        fork.view().header(BLOCKS - 1),
        Err(ChainError::Pruned {
            oldest_height: BLOCKS
        })
    ));
}

#[test]
fn a_transaction_gets_the_same_receipt_on_a_fork() {
    let (mut origin, _, _, mut fork) = forked();
    for _ in 0..8 {
        next_block(&mut origin);
        next_block(&mut fork);
        let height = origin.head().header.height;
        let receipts = |chain: &Chain| chain.view().receipts(height).unwrap();
        assert_eq!(receipts(&fork), receipts(&origin), "block {height}");
        let header = |chain: &Chain| chain.head().header.clone();
        let (ours, theirs) = (header(&fork), header(&origin));
        assert_eq!(ours.receipts_root, theirs.receipts_root);
        assert_eq!(
            ours.tx_root, theirs.tx_root,
            "they are the same transactions"
        );
        assert_eq!(ours.base_price, theirs.base_price);
        assert_ne!(ours.state_root, theirs.state_root, "its own root");
    }
    let account = |chain: &Chain, it| chain.view().account(&address(it)).unwrap();
    for number in [1, 2, 3, 9] {
        assert_eq!(account(&fork, number), account(&origin, number));
    }
}

#[test]
fn the_root_commits_to_what_differs_from_the_origin_and_no_proof_is_given() {
    let (_, _, _, mut fork) = forked();
    let edit = |fork: &mut Chain, value: Option<&[u8]>, key: &[u8]| {
        let edit = Edit::Storage {
            contract: contract(),
            key: key.to_vec(),
            value: value.map(<[u8]>::to_vec),
        };
        fork.edit(TIME_MS, address(9), &[edit]).unwrap();
        fork.head().header.state_root
    };
    let last = fork.view().storage(&contract(), b"last").unwrap().unwrap();
    let changed = edit(&mut fork, Some(b"other bt"), b"last");
    assert_ne!(changed, unchanged());
    assert_eq!(
        edit(&mut fork, Some(&last), b"last"),
        unchanged(),
        "as it was"
    );
    let removed = edit(&mut fork, None, b"last");
    assert!(removed != unchanged() && removed != changed);
    assert_eq!(fork.view().storage(&contract(), b"last").unwrap(), None);
    assert_eq!(edit(&mut fork, Some(&last), b"last"), unchanged());
    let added = edit(&mut fork, Some(b"1"), b"new");
    assert_ne!(added, unchanged());
    assert_eq!(edit(&mut fork, None, b"new"), unchanged());
    let view = fork.view();
    let proof = view.prove_state(&contract(), StateKey::Storage(b"last"));
    assert!(matches!(proof, Err(ChainError::Fork)));
    let proofs = view.prove_states(&[(contract(), StateKey::Contract)], 1_000);
    assert!(matches!(proofs, Err(ChainError::Fork)));
    // Earlier states of the fork are there, and their tries have the roots of their headers.
    let past = view.at(Selector::Height(BLOCKS + 3)).unwrap().unwrap();
    assert_eq!(past.head().header.state_root, removed);
    assert_eq!(past.storage(&contract(), b"last").unwrap(), None);
    assert!(past.is_fork());
}

#[test]
fn a_fork_goes_back_and_may_be_executed_again() {
    let (_, _, _, mut fork) = forked();
    let begin = fork.moment().unwrap();
    for _ in 0..4 {
        next_block(&mut fork);
    }
    let head = fork.head().clone();
    let report = argosy_chain::reexecute(&fork.view(), BLOCKS + 1, |_| ()).unwrap();
    assert_eq!(report.state_root, head.header.state_root);
    fork.restore(&begin).unwrap();
    assert_eq!(fork.head().header.height, BLOCKS);
    for _ in 0..4 {
        next_block(&mut fork);
    }
    assert_eq!(*fork.head(), head);
}

#[test]
fn what_cannot_be_read_is_neither_a_receipt_nor_a_block() {
    let (_, _, line, mut fork) = forked();
    let head = fork.head().clone();
    line.breaks(true);
    let tx = transfer(&fork, 2, 6, 3, 5);
    let built = fork.build(request(&fork), &mut InOrder(vec![Arc::clone(&tx)]));
    let error = built.map(|_| ()).unwrap_err();
    assert!(
        matches!(&error, ChainError::Unread { id, .. } if *id == tx.id()),
        "{error:?}"
    );
    assert_eq!(error.cause(), Some(Cause::Beneath));
    assert!(error.to_string().contains("the line is broken"), "{error}");
    let edit = Edit::Fund {
        address: address(2),
        amount: 1,
    };
    let edited = fork.edit(TIME_MS, address(9), &[edit]);
    assert!(matches!(
        edited.map(|_| ()),
        Err(EditFailure::Chain(error)) if error.cause() == Some(Cause::Beneath)
    ));
    assert!(fork.view().account(&address(2)).is_err());
    assert_eq!(*fork.head(), head, "nothing was done");
    // Once the line is there again, all goes on.
    line.breaks(false);
    let nonce = fork.view().account(&address(2)).unwrap().unwrap().nonce;
    let tx = transfer(&fork, 2, nonce, 3, 5);
    let committed = block(&mut fork, vec![tx]);
    assert!(committed.receipts[0].status.is_success());
}

#[test]
fn only_one_who_decides_alone_makes_a_fork() {
    let (origin, store, _, _) = forked();
    let mut agreed = spec();
    agreed.protocol.agreement = Agreement::Bft;
    let beneath = Line::to(&store) as Arc<dyn View>;
    let opened = Chain::open_fork(beneath, Arc::new(agreed), &origin.head().header);
    assert!(matches!(opened.err(), Some(ChainError::NotDev)));
}

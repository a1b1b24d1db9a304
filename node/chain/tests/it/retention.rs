//! What is kept of the past: pruned directories lose what they should and nothing else, and modes
//! change in one direction.

use std::sync::Arc;

use argosy_chain::{
    Chain, ChainConfig, ChainError, EventFilter, KEEP_BLOCKS_MIN, Location, PRUNED_KEYS_MIN,
    Retention, STATE_HEIGHTS, Selector, check, replay,
};
use argosy_executor::Engine;
use argosy_kv::{
    Batch, Column, Direction, Durability, KeyRange, KvError, MemoryStore, Op, Store, View,
};
use argosy_primitives::{EventCursor, Height, TxId};

use crate::diary::{contract, next_block, write};
use crate::world::spec;

pub(crate) fn try_open(
    store: Arc<dyn Store>,
    retention: Option<Retention>,
) -> Result<Chain, ChainError> {
    let spec = Arc::new(spec());
    let engine = Arc::new(Engine::new(&spec));
    let config = ChainConfig {
        retention,
        ..ChainConfig::default()
    };
    Chain::open_as(store, spec, engine, config)
}

pub(crate) fn open(store: &Arc<MemoryStore>, retention: Retention) -> Chain {
    try_open(store.clone(), Some(retention)).unwrap()
}

pub(crate) fn count(store: &dyn Store, column: Column) -> usize {
    let view = store.view();
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    entries.inspect(|entry| assert!(entry.is_ok())).count()
}

pub(crate) fn is_pruned<T>(found: Result<T, ChainError>, oldest: Height) -> bool {
    matches!(found, Err(ChainError::Pruned { oldest_height }) if oldest_height == oldest)
}

fn ids(chain: &Chain, height: Height) -> Vec<TxId> {
    let block = chain.view().block(height).unwrap().unwrap();
    block.body.transactions.iter().map(|tx| tx.id()).collect()
}

/// A store that notes the largest number of deletions in a batch, but for undo and trie.
#[derive(Default)]
struct Counting {
    store: MemoryStore,
    deleted: std::sync::Mutex<Vec<usize>>,
}

impl Store for Counting {
    fn view(&self) -> Arc<dyn View> {
        self.store.view()
    }

    fn commit(&self, batch: Batch, durability: Durability) -> Result<(), KvError> {
        let is_pruned = |op: &&Op| match op {
            Op::Delete { column, .. } => {
                let columns = [Column::Blocks, Column::Receipts, Column::TxIndex];
                columns.contains(column) || [Column::Events, Column::Hist].contains(column)
            }
            Op::Put { .. } => false,
        };
        let deleted = batch.ops().iter().filter(is_pruned).count();
        self.deleted.lock().unwrap().push(deleted);
        self.store.commit(batch, durability)
    }
}

#[test]
fn a_pruned_directory_keeps_its_last_blocks_and_all_headers() {
    const KEEP: Height = 40;
    const BLOCKS: Height = 120;
    let (all, store) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let (mut whole, mut chain) = (
        open(&all, Retention::Everything),
        open(&store, Retention::Blocks(KEEP)),
    );
    write(&mut whole, BLOCKS);
    replay(&whole.view(), &mut chain).unwrap();
    let then = Column::ALL.map(|it| count(&*store, it));
    let oldest = BLOCKS + 1 - KEEP;
    assert_eq!(chain.view().oldest_block(), oldest);
    check_pruned(&whole, &chain, oldest);
    // The same number of blocks, with the same number of parts: nothing is left of older ones.
    for column in [
        Column::Blocks,
        Column::Receipts,
        Column::TxIndex,
        Column::Events,
    ] {
        let kept = count(&*store, column);
        let share = count(&*all, column) * KEEP as usize / BLOCKS as usize;
        assert!(
            kept.abs_diff(share) < 24 && kept > 0,
            "{column}: {kept} of {share}"
        );
    }
    assert_eq!(count(&*store, Column::Blocks), KEEP as usize);
    assert_eq!(
        count(&*store, Column::Headers),
        count(&*all, Column::Headers)
    );
    assert_eq!(count(&*store, Column::Undo), STATE_HEIGHTS as usize);
    check(&chain.view(), |_| ()).unwrap();
    // And it stays so.
    for _ in 0..14 {
        next_block(&mut whole);
    }
    replay(&whole.view(), &mut chain).unwrap();
    for column in [
        Column::Blocks,
        Column::Receipts,
        Column::TxIndex,
        Column::Events,
    ] {
        let (before, now) = (then[column.index()], count(&*store, column));
        assert!(now <= before + 12, "{column}: {now} after {before}");
    }
    drop(chain);
    let chain = try_open(store, None).unwrap();
    assert_eq!(chain.retention(), Retention::Blocks(KEEP));
    check_pruned(&whole, &chain, oldest + 14);
    check(&chain.view(), |_| ()).unwrap();
}

/// Compares with a chain that keeps everything.
fn check_pruned(whole: &Chain, chain: &Chain, oldest: Height) {
    let (all, view) = (whole.view(), chain.view());
    for height in 0..=view.head().header.height {
        assert_eq!(view.header(height).unwrap(), all.header(height).unwrap());
        let hash = view.header(height).unwrap().unwrap().hash();
        assert_eq!(view.resolve(Selector::Hash(hash)).unwrap(), Some(height));
        let at = Location { height, index: 0 };
        let cursor = EventCursor {
            height,
            tx: 0,
            event: 0,
        };
        let from = EventFilter {
            from: Some(height),
            ..EventFilter::default()
        };
        if height < oldest {
            assert!(is_pruned(view.block(height), oldest), "{height}");
            assert!(is_pruned(view.receipts(height), oldest));
            assert!(is_pruned(view.receipt(at), oldest));
            assert!(is_pruned(view.trace(at), oldest));
            assert!(is_pruned(view.prove_transaction(at), oldest));
            assert!(is_pruned(view.prove_receipt(at), oldest));
            assert!(is_pruned(view.event(cursor), oldest));
            assert!(is_pruned(view.events(&from, 10), oldest));
            let until = EventFilter {
                to: Some(height),
                ..EventFilter::default()
            };
            assert!(is_pruned(view.events(&until, 10), oldest));
            continue;
        }
        assert_eq!(view.block(height).unwrap(), all.block(height).unwrap());
        assert_eq!(
            view.receipts(height).unwrap(),
            all.receipts(height).unwrap()
        );
        for contract in [
            None,
            Some(contract()),
            Some(argosy_primitives::Address::SYSTEM),
        ] {
            let from = EventFilter {
                contract,
                ..from.clone()
            };
            let (found, expected) = (view.events(&from, 500), all.events(&from, 500));
            assert_eq!(found.unwrap(), expected.unwrap());
        }
        for id in ids(whole, height) {
            assert_eq!(view.locate(&id).unwrap(), all.locate(&id).unwrap());
            assert!(view.locate(&id).unwrap().is_some());
        }
    }
    let newest = view.events(&EventFilter::default(), 500).unwrap();
    let from = EventFilter {
        from: Some(oldest),
        ..EventFilter::default()
    };
    assert_eq!(newest, all.events(&from, 500).unwrap());
}

#[test]
fn a_smaller_mode_takes_effect_at_once_and_pruning_catches_up() {
    let store = Arc::new(Counting::default());
    let mut chain = try_open(store.clone(), Some(Retention::Archive)).unwrap();
    write(&mut chain, 90);
    let ids: Vec<TxId> = (1..=90).flat_map(|height| ids(&chain, height)).collect();
    assert!(count(&*store, Column::Hist) > 400);
    // More old values than a block deletes.
    let mut batch = Batch::new();
    for number in 0..5_000_u32 {
        let key = [[9; 40].as_slice(), &number.to_be_bytes()].concat();
        batch.put(Column::Hist, key, [0]);
    }
    store.commit(batch, Durability::Synced).unwrap();
    drop(chain);
    let before = count(&*store, Column::Blocks);
    let mut chain = try_open(store.clone(), Some(Retention::VALIDATOR)).unwrap();
    let oldest = 91 - KEEP_BLOCKS_MIN;
    assert_eq!(chain.view().oldest_block(), oldest);
    assert!(is_pruned(chain.view().block(oldest - 1), oldest));
    assert!(is_pruned(
        chain.view().at(Selector::Earliest),
        90 - STATE_HEIGHTS
    ));
    // Nothing is deleted yet: that goes with the blocks.
    assert_eq!(count(&*store, Column::Blocks), before);
    assert_eq!(chain.view().locate(&ids[0]).unwrap().unwrap().height, 1);
    store.deleted.lock().unwrap().clear();
    let mut blocks = 0;
    while count(&*store, Column::Hist) > 0 {
        // A node that ends in between goes on where it was.
        drop(chain);
        chain = try_open(store.clone(), None).unwrap();
        next_block(&mut chain);
        blocks += 1;
    }
    let deleted = store.deleted.lock().unwrap().clone();
    let most = deleted.iter().copied().max().unwrap();
    assert!(blocks > 3 && most <= PRUNED_KEYS_MIN + 400, "{deleted:?}");
    let head = chain.head().header.height;
    assert_eq!(count(&*store, Column::Blocks), KEEP_BLOCKS_MIN as usize);
    let kept = |id: &&TxId| chain.view().locate(id).unwrap().is_some();
    let kept: Vec<_> = ids.iter().filter(kept).collect();
    let first = chain.view().locate(kept[0]).unwrap().unwrap();
    assert_eq!(first.height, head + 1 - KEEP_BLOCKS_MIN);
    check(&chain.view(), |_| ()).unwrap();
    // Nothing more is due than each block's own share.
    store.deleted.lock().unwrap().clear();
    next_block(&mut chain);
    assert!(store.deleted.lock().unwrap()[0] < 20);
}

#[track_caller]
fn check_change(store: &Arc<MemoryStore>, to: Retention, is_allowed: bool) {
    match try_open(store.clone(), Some(to)) {
        Ok(chain) => {
            assert!(is_allowed, "to {to}");
            assert_eq!(chain.retention(), to);
        }
        Err(ChainError::Retention { wanted, .. }) => assert!(!is_allowed && wanted == to, "{to}"),
        Err(other) => panic!("{to}: {other}"),
    }
}

#[test]
fn what_is_gone_is_not_promised_again() {
    let store = Arc::new(MemoryStore::new());
    // Before the first block everything is possible.
    check_change(&store, Retention::Blocks(50), true);
    check_change(&store, Retention::Archive, true);
    check_change(&store, Retention::Everything, true);
    let mut chain = open(&store, Retention::Blocks(50));
    write(&mut chain, 40);
    drop(chain);
    // No block is gone yet; old values never were there.
    check_change(&store, Retention::Archive, false);
    check_change(&store, Retention::Everything, true);
    check_change(&store, Retention::Blocks(60), true);
    check_change(&store, Retention::Blocks(40), true);
    check_change(&store, Retention::Blocks(41), false);
    check_change(&store, Retention::Everything, false);
    check_change(&store, Retention::VALIDATOR, true);
    check_change(&store, Retention::Blocks(40), false);
    // A refusal changes nothing, and says what to do.
    let error = try_open(store.clone(), Some(Retention::Archive))
        .err()
        .unwrap();
    let text = error.to_string();
    assert!(
        text.contains("argosyd replay --from OLD --into NEW"),
        "{text}"
    );
    assert_eq!(
        open(&store, Retention::VALIDATOR).retention(),
        Retention::VALIDATOR
    );
}

/// A store that refuses a batch: as if the process ended just before the write.
struct Failing {
    store: Arc<MemoryStore>,
}

impl Store for Failing {
    fn view(&self) -> Arc<dyn View> {
        self.store.view()
    }

    fn commit(&self, _: Batch, _: Durability) -> Result<(), KvError> {
        Err(KvError::Commit {
            cause: argosy_kv::Cause::NoSpace,
            source: "full".into(),
        })
    }
}

#[test]
fn a_block_that_is_not_written_prunes_nothing() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Retention::Blocks(40));
    write(&mut chain, 60);
    drop(chain);
    let counts = |store: &MemoryStore| Column::ALL.map(|it| count(store, it));
    let before = counts(&store);
    let failing = Arc::new(Failing {
        store: Arc::clone(&store),
    });
    let mut chain = try_open(failing, None).unwrap();
    let request = crate::world::request(&chain);
    let built = chain.build(request, &mut crate::world::InOrder(Vec::new()));
    assert!(chain.commit(built.unwrap().candidate).is_err());
    assert_eq!(counts(&store), before);
    assert_eq!(chain.view().oldest_block(), 21);
    assert!(chain.view().block(21).unwrap().is_some());
}

#[test]
fn a_lost_record_of_what_is_kept_is_damage() {
    for retention in [Retention::Archive, Retention::Blocks(40)] {
        let store = Arc::new(MemoryStore::new());
        let mut chain = open(&store, retention);
        write(&mut chain, 60);
        drop(chain);
        let mut batch = Batch::new();
        batch.delete(Column::Meta, *b"retention");
        store.commit(batch, Durability::Synced).unwrap();
        let found = try_open(store, None).err().unwrap();
        assert!(matches!(found, ChainError::Damaged { .. }), "{found}");
    }
}

#[test]
fn who_asks_for_nothing_gets_what_was_always_there() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = try_open(store.clone(), None).unwrap();
    write(&mut chain, 60);
    assert_eq!(chain.retention(), Retention::Everything);
    assert_eq!(count(&*store, Column::Hist), 0);
    assert_eq!(count(&*store, Column::Blocks), 61);
    assert_eq!(count(&*store, Column::Meta), 3);
}

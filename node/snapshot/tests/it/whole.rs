//! There and back: a restored chain is the one that the snapshot was made of, and goes on as it does.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use argosy_chain::{
    Chain, ChainConfig, ChainError, Engine, EventFilter, Retention, SNAPSHOT_BLOCKS, Selector,
    check,
};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store, View};
use argosy_primitives::{CodeHash, Height};
use argosy_snapshot::{MakeError, MakeOptions, MakeStep, list, make, verify};
use tempfile::tempdir;

use crate::world::{
    certificate, chain, contract, made, module, next_block, restored, sources, spec, terms,
    write_manifest,
};

/// Entries of a column.
fn entries(view: &dyn View, column: Column) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    let entry = |it: Result<(Vec<u8>, argosy_kv::Bytes), _>| {
        let (key, value) = it.unwrap();
        (key, value.to_vec())
    };
    entries.map(entry).collect()
}

/// A chain of so many blocks, and what was restored of it.
fn twins(blocks: Height) -> (Chain, Chain, Arc<MemoryStore>) {
    let folder = tempdir().unwrap();
    let original = chain(blocks);
    let made = made(&original, folder.path());
    let terms = terms(spec(), Some(original.head().hash));
    let (restored, stores) = restored(&sources(&[&made.path]), &terms);
    let restored = restored.unwrap();
    assert_eq!(&restored.head, original.head());
    assert_eq!((restored.refused, stores.len()), (vec![], 1));
    let copy = Chain::open(stores[0].clone(), Arc::new(spec())).unwrap();
    (original, copy, stores[0].clone())
}

#[test]
fn a_restored_chain_goes_on_to_the_same_roots() {
    for blocks in [0, 1, 5, 40] {
        let (mut original, mut copy, _) = twins(blocks);
        check(&copy.view(), |_| ()).unwrap();
        for _ in 0..40 {
            let (a, b) = (next_block(&mut original), next_block(&mut copy));
            assert_eq!(a.view.head(), b.view.head(), "after {blocks}");
            assert_eq!(a.receipts, b.receipts);
        }
        check(&copy.view(), |_| ()).unwrap();
    }
}

#[test]
fn what_is_stored_is_what_the_original_stores() {
    let (_, copy, store) = twins(20);
    let first = Arc::new(MemoryStore::new());
    let mut original = Chain::open(first.clone(), Arc::new(spec())).unwrap();
    for _ in 0..20 {
        next_block(&mut original);
    }
    assert_eq!(copy.head(), original.head());
    let (ours, theirs) = (store.view(), first.view());
    for column in [
        Column::State,
        Column::Trie,
        Column::Code,
        Column::Headers,
        Column::Blocks,
        Column::Receipts,
        Column::TxIndex,
        Column::Events,
    ] {
        assert_eq!(
            entries(&*ours, column),
            entries(&*theirs, column),
            "{column}"
        );
    }
}

#[test]
fn what_lies_before_the_snapshot_is_pruned_and_never_damage() {
    let (original, mut copy, _) = twins(50);
    let view = copy.view();
    let first = 50 + 1 - SNAPSHOT_BLOCKS;
    assert_eq!((view.oldest_block(), view.oldest_header()), (first, first));
    for height in [0, 1, first - 1] {
        let pruned = |error: ChainError| match error {
            ChainError::Pruned { oldest_height } => oldest_height,
            other => panic!("{height}: {other}"),
        };
        assert_eq!(pruned(view.header(height).unwrap_err()), first);
        assert_eq!(pruned(view.block(height).unwrap_err()), first);
        let at = view.at(Selector::Height(height));
        assert_eq!(pruned(at.err().unwrap()), 50, "no state but the head's");
        let filter = EventFilter {
            from: Some(height),
            ..EventFilter::default()
        };
        assert_eq!(pruned(view.events(&filter, 10).unwrap_err()), first);
    }
    assert_eq!(
        view.header(first).unwrap(),
        original.view().header(first).unwrap()
    );
    assert_eq!(
        view.block(first).unwrap(),
        original.view().block(first).unwrap()
    );
    assert!(view.at(Selector::Height(49)).is_err());
    assert_eq!(view.header(51).unwrap(), None);
    let all = EventFilter::default();
    let events = view.events(&all, 1_000).unwrap().events;
    let from = EventFilter {
        from: Some(first),
        ..all
    };
    assert_eq!(events, original.view().events(&from, 1_000).unwrap().events);
    for height in first..=50 {
        for tx in original
            .view()
            .block(height)
            .unwrap()
            .unwrap()
            .body
            .transactions
        {
            assert_eq!(
                view.locate(&tx.id()).unwrap(),
                original.view().locate(&tx.id()).unwrap()
            );
        }
    }
    // Earlier heights come with the blocks.
    for _ in 0..3 {
        next_block(&mut copy);
    }
    let past = copy.view().at(Selector::Height(51)).unwrap().unwrap();
    let code = CodeHash::of(&module());
    assert_eq!(
        past.code_bytes(&code).unwrap().as_deref(),
        Some(&module()[..])
    );
    assert!(
        past.storage(&contract(), &51_u64.to_le_bytes())
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_restored_chain_prunes_from_where_it_begins() {
    let (_, _, store) = twins(50);
    let open = |retention| {
        let spec = Arc::new(spec());
        let config = ChainConfig {
            retention,
            ..ChainConfig::default()
        };
        let engine = Arc::new(Engine::new(&spec));
        Chain::open_as(store.clone(), spec, engine, config)
    };
    // As much as it was told, and more, is kept from now on; an archive would need what is not there.
    open(Some(Retention::Blocks(5_000))).unwrap();
    let archive = open(Some(Retention::Archive)).err().unwrap();
    assert!(
        matches!(
            archive,
            ChainError::Retention {
                oldest_height: 19,
                ..
            }
        ),
        "{archive}"
    );
    let mut chain = open(Some(Retention::VALIDATOR)).unwrap();
    for _ in 0..40 {
        next_block(&mut chain);
    }
    assert_eq!(chain.view().oldest_block(), 90 + 1 - 32);
    check(&chain.view(), |_| ()).unwrap();
    let bodies = entries(&*store.view(), Column::Blocks).len();
    assert_eq!(bodies, 32, "older ones are deleted");
    assert!(chain.view().header(30).unwrap().is_some(), "headers stay");
    let wider = open(Some(Retention::Blocks(5_000))).err().unwrap();
    assert!(matches!(wider, ChainError::Retention { .. }), "{wider}");
}

#[test]
fn a_view_of_an_earlier_head_gives_the_snapshot_of_then() {
    let folder = tempdir().unwrap();
    let mut chain = chain(30);
    let then = made(&chain, folder.path());
    let view = chain.view();
    for _ in 0..10 {
        next_block(&mut chain);
    }
    let later = [
        view,
        chain.view().at(Selector::Height(30)).unwrap().unwrap(),
    ];
    for view in later {
        let again = tempdir().unwrap();
        let stop = AtomicBool::new(false);
        let again = make(&view, again.path(), &MakeOptions::new(&stop), |_| ()).unwrap();
        assert_eq!(again.manifest, then.manifest);
        assert_eq!(again.name, then.name);
    }
}

/// State goes back one height further than blocks, and blocks of an earlier height are fewer.
#[test]
fn a_view_of_which_no_whole_snapshot_can_be_made_is_refused() {
    let folder = tempdir().unwrap();
    let mut config = ChainConfig {
        retention: Some(Retention::VALIDATOR),
        ..ChainConfig::default()
    };
    let open = |config| {
        let (spec, store) = (Arc::new(spec()), Arc::new(MemoryStore::new()));
        let engine = Arc::new(Engine::new(&spec));
        Chain::open_as(store, spec, engine, config).unwrap()
    };
    let make_at = |chain: &Chain, height| {
        let stop = AtomicBool::new(false);
        let view = chain.view().at(Selector::Height(height)).unwrap().unwrap();
        make(&view, folder.path(), &MakeOptions::new(&stop), |_| ())
    };
    let mut chain = open(config);
    for _ in 0..70 {
        next_block(&mut chain);
    }
    for height in [38, 39, 60, 69] {
        let made = make_at(&chain, height);
        assert!(matches!(made, Err(MakeError::Pruned { .. })), "{made:?}");
    }
    assert_eq!(list(folder.path()).unwrap(), []);
    let made = make_at(&chain, 70).unwrap();
    assert_eq!(made.manifest.block_count(), SNAPSHOT_BLOCKS);
    // An archive reads all heights, and proves the last ones.
    config.retention = Some(Retention::Archive);
    let mut chain = open(config);
    for _ in 0..70 {
        next_block(&mut chain);
    }
    let made = make_at(&chain, 37);
    assert!(
        matches!(made, Err(MakeError::Unproven { height: 37 })),
        "{made:?}"
    );
    let made = make_at(&chain, 38).unwrap();
    assert_eq!(made.manifest.block_count(), SNAPSHOT_BLOCKS);
}

#[test]
fn making_can_be_stopped_and_leaves_nothing() {
    let folder = tempdir().unwrap();
    let chain = chain(3);
    let stop = AtomicBool::new(true);
    let stopped = make(
        &chain.view(),
        folder.path(),
        &MakeOptions::new(&stop),
        |_| (),
    );
    assert!(matches!(stopped, Err(MakeError::Stopped)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let stop = AtomicBool::new(false);
    let mut last = None;
    let options = MakeOptions::new(&stop);
    make(&chain.view(), folder.path(), &options, |step| {
        last = Some(step)
    })
    .unwrap();
    let Some(MakeStep::Written(written, whole)) = last else {
        panic!("{last:?}")
    };
    assert!(written == whole && whole > 40, "{last:?}");
    let again = make(&chain.view(), folder.path(), &options, |_| ());
    assert!(matches!(again, Err(MakeError::AlreadyThere(_))));
    assert_eq!(list(folder.path()).unwrap().len(), 1);
}

#[test]
fn a_check_makes_no_store() {
    let folder = tempdir().unwrap();
    let chain = chain(4);
    let made = made(&chain, folder.path());
    let terms = terms(spec(), Some(chain.head().hash));
    let mut steps = Vec::new();
    let verified = verify(&sources(&[&made.path]), &terms, |step| steps.push(step)).unwrap();
    assert_eq!(&verified.head, chain.head());
    let last = steps.last().unwrap();
    assert_eq!(
        (last.done, last.whole),
        (made.manifest.total_bytes(), last.done)
    );
}

#[test]
fn a_certificate_of_the_validators_of_genesis_is_enough_and_travels_on() {
    let folder = tempdir().unwrap();
    let chain = chain(4);
    let made = made(&chain, folder.path());
    let mut manifest = made.manifest.clone();
    let decided = certificate(&manifest.header, 9);
    manifest.certificate = Some(decided.clone());
    write_manifest(&made.path, &manifest);
    let (result, stores) = restored(&sources(&[&made.path]), &terms(spec(), None));
    assert_eq!(&result.unwrap().head, chain.head());
    let copy = Chain::open(stores[0].clone(), Arc::new(spec())).unwrap();
    assert_eq!(copy.view().certificate(4).unwrap(), Some(decided));
    assert_eq!(copy.view().certificate(3).unwrap(), None);
    let again = crate::world::made(&copy, &folder.path().join("again"));
    assert_eq!(again.manifest, manifest, "byte for byte");
    // Somebody else's signature, and one for another block.
    for wrong in [
        certificate(&manifest.header, 8),
        certificate(&chain.view().header(3).unwrap().unwrap(), 9),
    ] {
        manifest.certificate = Some(wrong);
        write_manifest(&made.path, &manifest);
        for hash in [None, Some(chain.head().hash)] {
            let (result, stores) = restored(&sources(&[&made.path]), &terms(spec(), hash));
            let error = result.unwrap_err().to_string();
            assert!(error.contains("certificate does not hold"), "{error}");
            assert!(stores.is_empty());
        }
    }
}

#[test]
fn a_restored_store_that_lost_a_record_of_itself_is_damaged() {
    let (_, _, store) = twins(40);
    let view = store.view();
    let keys = entries(&*view, Column::Meta);
    assert_eq!(keys.len(), 5, "one more than that of a pruned chain");
    for (key, value) in keys {
        let put = |value: Option<&[u8]>| {
            let mut batch = Batch::new();
            match value {
                Some(value) => batch.put(Column::Meta, key.clone(), value),
                None => batch.delete(Column::Meta, key.clone()),
            }
            store.commit(batch, Durability::Synced).unwrap();
        };
        put(None);
        let error = Chain::open(store.clone(), Arc::new(spec())).err().unwrap();
        assert!(matches!(error, ChainError::Damaged { .. }), "{error}");
        put(Some(&value));
    }
    Chain::open(store, Arc::new(spec())).unwrap();
}

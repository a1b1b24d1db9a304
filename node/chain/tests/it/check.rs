//! A check finds whatever was changed, and says where.

use std::sync::Arc;

use argosy_chain::{Chain, CheckStep, check};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store};
use argosy_primitives::Action;

use crate::world::{block, open, spec, transfer, tx};

const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");

/// Three blocks, one of which uploads a module.
fn filled() -> (Arc<MemoryStore>, Chain) {
    let store = Arc::new(MemoryStore::new());
    let mut chain = Chain::open(store.clone(), Arc::new(spec())).unwrap();
    let upload = Action::StoreCode {
        code: TOKEN.to_vec(),
    };
    let genesis = chain.view().genesis_hash();
    block(&mut chain, vec![tx(genesis, 1, 0, vec![upload])]);
    for nonce in 0..2 {
        let sent = transfer(&chain, 2, nonce, 3, 5);
        block(&mut chain, vec![sent]);
    }
    (store, chain)
}

#[test]
fn a_whole_chain_passes_and_is_counted() {
    let (_, chain) = filled();
    let mut last = None;
    let report = check(&chain.view(), |step| last = Some(step)).unwrap();
    assert_eq!((report.blocks, report.transactions), (4, 3));
    assert!(report.entries >= 40 && report.state_keys > 5, "{report:?}");
    assert_eq!(last, Some(CheckStep::Block(3)));
    check(&open(&spec()).view(), |_| ()).unwrap();
}

/// Flips a bit of one entry, or removes it, in each column in turn: a check notices, but for what
/// nothing follows from.
#[test]
fn whatever_is_changed_is_found_and_named() {
    let free = [
        // Undo records and traces are this node's own notes; an index of events is only a shortcut.
        Column::Undo,
        Column::Events,
        // The trie is compared when a chain is opened; here the records are.
        Column::Trie,
    ];
    let (store, chain) = filled();
    let view = store.view();
    let mut tried = 0;
    for column in Column::ALL.into_iter().filter(|it| !free.contains(it)) {
        for entry in view.range(column, KeyRange::all(), Direction::Ascending) {
            let (key, value) = entry.unwrap();
            // What the chain keeps instrumented follows from the upload and the engine.
            let is_instrumented = column == Column::Code && key.last() == Some(&1);
            if value.is_empty() || column == Column::Meta {
                continue;
            }
            let mut harmed = value.to_vec();
            harmed[value.len() / 2] ^= 1;
            for harm in [Some(harmed), None] {
                if is_instrumented && harm.is_some() {
                    continue;
                }
                let what = format!("{column} {key:?} {}", harm.is_some());
                let mut batch = Batch::new();
                match harm {
                    Some(harmed) => batch.put(column, key.clone(), harmed),
                    None => batch.delete(column, key.clone()),
                }
                store.commit(batch, Durability::Synced).unwrap();
                // Opening looks at the head; a check at the rest.
                let found = Chain::open(store.clone(), Arc::new(spec()))
                    .and_then(|it| check(&it.view(), |_| ()));
                let error = found.expect_err(&what);
                assert!(!error.to_string().is_empty());
                tried += 1;
                let mut batch = Batch::new();
                batch.put(column, key.clone(), value.clone());
                store.commit(batch, Durability::Synced).unwrap();
            }
        }
    }
    assert!(tried > 50, "only {tried}");
    check(&chain.view(), |_| ()).unwrap();
}

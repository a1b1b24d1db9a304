//! Opening a store: what is not the whole result of its head is refused, and not begun anew.

use std::sync::Arc;

use argosy_chain::{Cause, Chain, ChainError};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store};

use crate::world::{block, spec, transfer};

/// A store with one block.
fn filled() -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    let mut chain = Chain::open(store.clone(), Arc::new(spec())).unwrap();
    let txs = vec![transfer(&chain, 1, 0, 2, 7)];
    block(&mut chain, txs);
    store
}

fn keys(store: &MemoryStore, column: Column) -> Vec<Vec<u8>> {
    let view = store.view();
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    entries.map(|entry| entry.unwrap().0).collect()
}

/// Opens a filled store after `harm`; it must be refused as damaged.
#[track_caller]
fn check(what: &str, harm: impl FnOnce(&MemoryStore, &mut Batch)) {
    let store = filled();
    let mut batch = Batch::new();
    harm(&store, &mut batch);
    store.commit(batch, Durability::Synced).unwrap();
    let error = Chain::open(store, Arc::new(spec())).err().expect(what);
    assert_eq!(error.cause(), Some(Cause::Damaged), "{what}: {error}");
}

#[test]
fn a_column_that_lost_everything_is_damage() {
    for column in [Column::Meta, Column::Headers, Column::Blocks, Column::Trie] {
        check(column.as_str(), |store, batch| {
            for key in keys(store, column) {
                batch.delete(column, key);
            }
        });
    }
}

#[test]
fn any_lost_key_of_meta_is_damage_and_never_a_new_chain() {
    for key in keys(&filled(), Column::Meta) {
        check(&String::from_utf8_lossy(&key), |_, batch| {
            batch.delete(Column::Meta, key.clone());
        });
    }
}

#[test]
fn a_head_that_the_state_does_not_belong_to_is_damage() {
    check("an older head", |_, batch| {
        batch.put(Column::Meta, *b"head", 0u64.to_le_bytes());
    });
    check("a head without header", |_, batch| {
        batch.put(Column::Meta, *b"head", 7u64.to_le_bytes());
    });
}

#[test]
fn another_layout_is_told_from_damage() {
    // The blocks of before the supply have other roots: exporting and importing them helps nobody.
    for (layout, helps) in [(99_u32, "use that one"), (1, "begin a new chain")] {
        let store = filled();
        let mut batch = Batch::new();
        batch.put(Column::Meta, *b"schema", layout.to_le_bytes());
        store.commit(batch, Durability::Synced).unwrap();
        let error = Chain::open(store, Arc::new(spec())).err().unwrap();
        assert!(
            matches!(error, ChainError::Schema { found, .. } if found == layout),
            "{error}"
        );
        let text = error.to_string();
        assert!(
            text.contains(helps) && !text.contains("import-blocks"),
            "{text}"
        );
    }
}

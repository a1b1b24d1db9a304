//! Archives answer for every height, by key and by range, and prove the last ones.

use std::sync::Arc;

use argosy_chain::{
    Chain, HistoryView, KEEP_BLOCKS_MIN, QueryRequest, Retention, STATE_HEIGHTS, Selector, check,
    replay,
};
use argosy_kv::{Bytes, Column, Direction, KeyRange, MemoryStore, Store, View};
use argosy_primitives::Height;

use crate::diary::{Seen, contract, next_block, see, write};
use crate::retention::{is_pruned, open, try_open};
use crate::world::address;

/// Every key and value of the state columns.
fn contents(
    view: &dyn View,
    column: Column,
    range: KeyRange,
    to: Direction,
) -> Vec<(Vec<u8>, Bytes)> {
    view.range(column, range, to)
        .map(|it| it.unwrap())
        .collect()
}

#[test]
fn an_archive_answers_for_every_height_and_proves_the_last_ones() {
    const BLOCKS: Height = 70;
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Retention::Archive);
    let seen = write(&mut chain, BLOCKS);
    check_archive(&chain, &seen);
    drop(chain);
    // Who does not say what is to be kept goes on as it was.
    let mut chain = try_open(store.clone(), None).unwrap();
    assert_eq!(chain.retention(), Retention::Archive);
    check_archive(&chain, &seen);
    next_block(&mut chain);
    let view = chain.view();
    let newest = view.at(Selector::Height(BLOCKS)).unwrap().unwrap();
    assert_eq!(see(&newest, BLOCKS), seen[BLOCKS as usize]);
    check(&view, |_| ()).unwrap();
}

fn check_archive(chain: &Chain, seen: &[Seen]) {
    let view = chain.view();
    let heights = view.head().header.height;
    let window = heights - STATE_HEIGHTS;
    assert_eq!(view.oldest_state().unwrap(), 0);
    assert_eq!(view.oldest_proven().unwrap(), window);
    let query = QueryRequest {
        contract: contract(),
        caller: address(1),
        funds: 0,
        message: &[],
        gas_max: 10_000_000,
    };
    for then in seen {
        let height = then.header.height;
        let past = view.at(Selector::Height(height)).unwrap().unwrap();
        assert_eq!(see(&past, heights), *then);
        let proven = past.prove_state(&address(1), argosy_proof::StateKey::Account);
        match height < window {
            true => assert!(is_pruned(proven, window), "{height}"),
            false => assert!(proven.is_ok(), "{height}"),
        }
        if height >= 6 {
            let answer = past.query(&query).unwrap();
            let called = if height.is_multiple_of(7) {
                height - 1
            } else {
                height
            };
            assert_eq!(answer.data, called.to_le_bytes(), "{height}");
        }
        // From the past, an earlier past.
        if let Some(earlier) = height.checked_sub(3) {
            let earlier = past.at(Selector::Height(earlier)).unwrap().unwrap();
            assert_eq!(see(&earlier, heights), seen[height as usize - 3]);
        }
        assert!(past.at(Selector::Height(height + 1)).unwrap().is_none());
    }
}

#[test]
fn ranges_of_an_archive_are_those_of_their_time() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Retention::Archive);
    let mut views = vec![store.view()];
    while chain.head().header.height < 50 {
        next_block(&mut chain);
        views.push(store.view());
    }
    let owner = |number: u8| address(number).as_bytes().to_vec();
    let ranges = [
        KeyRange::all(),
        KeyRange::prefix(contract().as_bytes()),
        KeyRange::prefix(&owner(3)),
        KeyRange::half_open(owner(1), [0xff; 40]),
        KeyRange::half_open([0x20; 33], [0xd0; 35]),
        KeyRange::half_open([9], [3]),
    ];
    for (height, then) in views.iter().enumerate() {
        let past = HistoryView::new(store.view(), height as Height);
        for column in [Column::State, Column::Code] {
            for range in &ranges {
                for to in [Direction::Ascending, Direction::Descending] {
                    let expected = contents(&**then, column, range.clone(), to);
                    let found = contents(&past, column, range.clone(), to);
                    assert!(found == expected, "{height} {column} {range:?} {to:?}");
                }
            }
        }
    }
}

#[test]
fn an_archive_is_made_of_another_directory_by_replay() {
    let (old, new) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let mut source = open(&old, Retention::Everything);
    let seen = write(&mut source, 45);
    let mut target = open(&new, Retention::Archive);
    replay(&source.view(), &mut target).unwrap();
    check_archive(&target, &seen);
    // Out of a directory whose first blocks are gone there is none.
    drop(source);
    let source = open(&old, Retention::VALIDATOR);
    let mut target = open(&Arc::new(MemoryStore::new()), Retention::Archive);
    let found = replay(&source.view(), &mut target);
    assert!(is_pruned(found, 46 - KEEP_BLOCKS_MIN));
}

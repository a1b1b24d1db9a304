//! Transactions by account, contracts by age.

use std::sync::Arc;

use argosy_chain::{AccountPage, Chain, ChainConfig, Engine, Location, Retention, Selector, check};
use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store};
use argosy_primitives::{AbiKind, Action, Address, CodeHash, Height, StatusCode};

use crate::diary::{contract, next_block, write};
use crate::retention::count;
use crate::world::{address, block, next_tx, spec, transfer};

fn open(store: &Arc<MemoryStore>, retention: Option<Retention>, index: Option<bool>) -> Chain {
    let spec = Arc::new(spec());
    let engine = Arc::new(Engine::new(&spec));
    let config = ChainConfig { retention, index };
    Chain::open_as(store.clone(), spec, engine, config).unwrap()
}

fn indexed(store: &Arc<MemoryStore>) -> Chain {
    open(store, None, Some(true))
}

fn page(chain: &Chain, who: &Address, before: Option<Location>, limit: usize) -> AccountPage {
    let page = chain.view().account_history(who, before, limit);
    page.unwrap().expect("there is an index")
}

/// Everything, by pages of three, the oldest first.
fn history(chain: &Chain, who: &Address) -> Vec<Location> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = page(chain, who, before, 3);
        assert!(page.entries.len() <= 3);
        for entry in &page.entries {
            let block = chain.view().block(entry.at.height).unwrap().unwrap();
            let ids = block.body.transactions.iter().map(|it| it.id());
            let ids: Vec<_> = ids.collect();
            assert_eq!(entry.transaction, ids.get(entry.at.index as usize).copied());
            found.push(entry.at);
        }
        before = page.entries.last().map(|it| it.at);
        if !page.more {
            break;
        }
    }
    assert!(found.is_sorted_by(|newer, older| newer > older));
    found.reverse();
    found
}

/// What the diary's blocks do: account 1 acts at 3, 5 and from 6 on, before account 2 pays account 3.
fn places(heights: std::ops::RangeInclusive<Height>, who: &Address) -> Vec<Location> {
    let acts = |height: Height| height == 3 || height >= 5;
    let place = |height: Height| {
        let index = match who {
            it if *it == address(1) => acts(height).then_some(0),
            it if *it == contract() => (height >= 5).then_some(0),
            it if *it == address(2) || *it == address(3) => Some(u32::from(acts(height))),
            _ => None,
        };
        index.map(|index| Location { height, index })
    };
    let full = heights.filter(|it| !it.is_multiple_of(7));
    full.filter_map(place).collect()
}

fn all() -> [Address; 4] {
    [address(1), address(2), address(3), contract()]
}

#[test]
fn an_account_finds_all_that_it_has_to_do_with() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = indexed(&store);
    write(&mut chain, 20);
    for who in all() {
        assert_eq!(history(&chain, &who), places(1..=20, &who), "{who:?}");
    }
    assert_eq!(history(&chain, &address(77)), []);
    let newest = page(&chain, &address(2), None, 1);
    assert_eq!((newest.from, newest.more), (0, true));
    let at = Location {
        height: 20,
        index: 1,
    };
    assert_eq!(newest.entries[0].at, at);

    // A contract is listed with its record, once it is there.
    let contracts = chain.view().contracts(None, 10).unwrap().unwrap();
    assert!(!contracts.more);
    let [(found, record)] = contracts.contracts.as_slice() else {
        panic!("{contracts:?}")
    };
    assert_eq!((*found, record.created_at), (contract(), 5));
    let behind = chain.view().contracts(Some((5, contract())), 10);
    assert_eq!(behind.unwrap().unwrap().contracts, []);
    for (height, there) in [(4, 0), (5, 1)] {
        let view = chain.view().at(Selector::Height(height)).unwrap().unwrap();
        let listed = view.contracts(None, 10).unwrap().unwrap().contracts;
        assert_eq!(listed.len(), there, "{height}");
    }
    check(&chain.view(), |_| ()).unwrap();

    // The store says that it has one, to whoever opens it.
    drop(chain);
    let chain = open(&store, None, None);
    assert_eq!(chain.view().indexed_from(), Some(0));
    assert_eq!(history(&chain, &address(1)), places(1..=20, &address(1)));
}

#[test]
fn entries_go_with_their_blocks_and_contracts_stay() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, Some(Retention::Blocks(40)), Some(true));
    write(&mut chain, 120);
    let oldest = chain.view().oldest_block();
    assert_eq!(oldest, 81);
    let mut entries = 1;
    for who in all() {
        let found = history(&chain, &who);
        assert_eq!(found, places(oldest..=120, &who), "{who:?}");
        entries += found.len();
    }
    for who in [address(9), Address::SYSTEM] {
        entries += history(&chain, &who).len();
    }
    assert_eq!(
        count(&*store, Column::Index),
        entries,
        "nothing else is left"
    );
    assert_eq!(page(&chain, &address(2), None, 1).from, oldest);
    let contracts = chain.view().contracts(None, 10).unwrap().unwrap();
    assert_eq!(contracts.contracts[0].0, contract());
    check(&chain.view(), |_| ()).unwrap();
}

#[test]
fn an_index_begins_when_it_is_asked_for_and_leaves_nothing_when_it_is_not_wanted() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = open(&store, None, None);
    write(&mut chain, 20);
    assert_eq!(chain.view().indexed_from(), None);
    let nothing = chain.view().account_history(&address(2), None, 10);
    assert_eq!(nothing.unwrap(), None);
    assert_eq!(chain.view().contracts(None, 10).unwrap(), None);
    assert_eq!(count(&*store, Column::Index), 0);
    drop(chain);

    let mut chain = indexed(&store);
    assert_eq!(chain.view().indexed_from(), Some(21));
    let contracts = chain.view().contracts(None, 10).unwrap().unwrap();
    assert_eq!(contracts.contracts[0].0, contract(), "out of the state");
    assert_eq!(history(&chain, &address(2)), []);
    for _ in 0..5 {
        next_block(&mut chain);
    }
    for who in all() {
        assert_eq!(history(&chain, &who), places(21..=25, &who), "{who:?}");
    }
    check(&chain.view(), |_| ()).unwrap();
    drop(chain);
    let chain = indexed(&store);
    assert_eq!(chain.view().indexed_from(), Some(21), "as it was");
    drop(chain);

    let chain = open(&store, None, Some(false));
    assert_eq!(chain.view().indexed_from(), None);
    assert_eq!(count(&*store, Column::Index), 0);
    check(&chain.view(), |_| ()).unwrap();
    drop(chain);
    assert_eq!(indexed(&store).view().indexed_from(), Some(26));
}

#[test]
fn a_check_finds_an_entry_that_is_wrong_or_gone() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = indexed(&store);
    write(&mut chain, 8);
    let view = store.view();
    let entries = view.range(Column::Index, KeyRange::all(), Direction::Ascending);
    let entries: Vec<_> = entries.map(|it| it.unwrap()).collect();
    assert!(entries.len() > 15, "{}", entries.len());
    for (key, value) in entries {
        let mut batch = Batch::new();
        batch.delete(Column::Index, key.clone());
        store.commit(batch, Durability::Synced).unwrap();
        let found = check(&open(&store, None, None).view(), |_| ());
        let error = found.expect_err("it is gone").to_string();
        assert!(error.contains("index"), "{error}");
        if !value.is_empty() {
            let mut harmed = value.to_vec();
            harmed[3] ^= 1;
            let mut batch = Batch::new();
            batch.put(Column::Index, key.clone(), harmed);
            store.commit(batch, Durability::Synced).unwrap();
            check(&open(&store, None, None).view(), |_| ()).expect_err("it is another");
        }
        let mut batch = Batch::new();
        batch.put(Column::Index, key, value);
        store.commit(batch, Durability::Synced).unwrap();
    }
    check(&chain.view(), |_| ()).unwrap();
}

#[test]
fn a_development_chain_that_goes_back_has_the_index_of_then() {
    let dev = |index| {
        let config = ChainConfig {
            index,
            ..ChainConfig::default()
        };
        Chain::open_dev_as(Arc::new(MemoryStore::new()), Arc::new(spec()), config).unwrap()
    };
    let mut chain = dev(Some(true));
    write(&mut chain, 6);
    let moment = chain.moment().unwrap();
    for _ in 0..4 {
        next_block(&mut chain);
    }
    assert_eq!(history(&chain, &contract()), places(1..=10, &contract()));
    chain.restore(&moment).unwrap();
    assert_eq!(history(&chain, &contract()), places(1..=6, &contract()));
    check(&chain.view(), |_| ()).unwrap();

    // To the moment of a chain without one: it begins there.
    let mut without = dev(None);
    write(&mut without, 9);
    chain.restore(&without.moment().unwrap()).unwrap();
    assert_eq!(chain.view().indexed_from(), Some(10));
    next_block(&mut chain);
    assert_eq!(history(&chain, &contract()), places(10..=10, &contract()));
    check(&chain.view(), |_| ()).unwrap();
}

/// Pays one to each of 300 addresses.
const PAYER: &str = r#"(module
    (@custom "argosy.manifest" "\01\01\00\00\00")
    (import "argosy" "transfer" (func $transfer (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 64) "\01")
    (func (export "init"))
    (func (export "call") (local $left i32)
        (local.set $left (i32.const 300))
        (loop $next
            (i32.store (i32.const 0) (local.get $left))
            (drop (call $transfer (i32.const 0) (i32.const 64)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $next (local.get $left)))))"#;

#[test]
fn a_page_says_that_somebody_was_left_out() {
    let store = Arc::new(MemoryStore::new());
    let mut chain = indexed(&store);
    let code = wat::parse_str(PAYER).unwrap();
    let hash = CodeHash::of(&code);
    let payer = Address::of_contract(AbiKind::Native, &address(1), &[9; 32], &hash);
    let make = Action::Instantiate {
        code: hash,
        salt: [9; 32],
        admin: None,
        funds: 300,
        message: Vec::new(),
    };
    let pay = Action::Call {
        contract: payer,
        funds: 0,
        message: Vec::new(),
        abi_hash: None,
    };
    for (nonce, action) in (0..).zip([Action::StoreCode { code }, make, pay]) {
        let made = next_tx(&chain, 1, nonce, action);
        let committed = block(&mut chain, vec![made]);
        assert_eq!(committed.receipts[0].status, StatusCode::Success);
    }
    let late = transfer(&chain, 2, 0, 3, 5);
    block(&mut chain, vec![late]);

    let mut found = 0_usize;
    for number in 1..=300_u32 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        let paid = page(&chain, &Address::from_bytes(bytes), None, 10);
        assert!(paid.truncated, "whoever is left out is told as well");
        found += paid.entries.len();
    }
    // All but the signer and the contract itself.
    assert_eq!(found, 254);
    // A page that did not look so far back does not say it.
    let newest = page(&chain, &address(2), None, 10);
    assert!(newest.truncated && !newest.more);
    let before = Location {
        height: 3,
        index: 0,
    };
    assert!(!page(&chain, &address(1), Some(before), 10).truncated);
    assert!(!page(&chain, &address(1), Some(before), 1).truncated);
    assert!(page(&chain, &address(1), None, 1).truncated);
    check(&chain.view(), |_| ()).unwrap();
}

//! A state of several chunks, sorted in many runs: what a chain of a few blocks never has.

use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use argosy_chain::{
    Chain, Engine, Head, PlacedRecord, Restore, RestoreError, SNAPSHOT_BLOCKS, validator_set,
};
use argosy_kv::{Column, Direction, KeyRange, MemoryStore, Store, View};
use argosy_primitives::{
    Address, Block, BlockHash, Body, CertificateHash, Header, StateRoot, evidence_root,
    receipts_root, tx_root,
};
use argosy_proof::{Path, StateKey, Supply, trie};
use argosy_snapshot::{
    CHUNK_BYTES_MIN, Made, MakeOptions, Manifest, RestoreFailed, Terms, make, restore,
};
use argosy_state::TrieLoader;
use argosy_store::{DataDir, RocksStore, StoreConfig, Unfinished};
use tempfile::{TempDir, tempdir};

use crate::world::{copy, restored, sources, spec, terms, write_manifest};

const RECORDS: u32 = 30_000;

type Record = (Path, Vec<u8>, Vec<u8>);

/// Keys of 40 contracts, and values of up to 200 bytes; and the supply, which every state has.
fn records() -> Vec<Record> {
    let record = |number: u32| {
        let contract = Address::from_bytes([(number % 40) as u8; 32]);
        let rest = number.to_le_bytes();
        let key = StateKey::Storage(&rest);
        let value = vec![number as u8; (number % 200) as usize];
        (Path::of(&contract, key), key.under(&contract), value)
    };
    let mut records: Vec<_> = (1..RECORDS).map(record).collect();
    let key = StateKey::System(&Supply::KEY);
    let path = Path::of(&Address::SYSTEM, key);
    records.push((path, key.under(&Address::SYSTEM), Supply(0).to_value()));
    records.sort_unstable_by_key(|it| it.0);
    records
}

fn header(state_root: StateRoot) -> Header {
    let spec = spec();
    let validators = validator_set(&spec).hash();
    Header {
        version: spec.protocol.genesis_version,
        chain: spec.genesis_hash(),
        height: 1_000,
        time_ms: spec.genesis.time_ms,
        parent: BlockHash::from_bytes([1; 32]),
        proposer: Address::SYSTEM,
        round: 0,
        validators,
        next_validators: validators,
        last_certificate: CertificateHash::ZERO,
        tx_root: tx_root(&[]),
        evidence_root: evidence_root(&[]),
        base_price: spec.genesis.base_price,
        gas_used: 0,
        state_root,
        receipts_root: receipts_root(&[]),
    }
}

/// Restores a chain with these records, which nobody executed.
fn assembled(records: &[Record]) -> (Result<Head, RestoreError>, Arc<MemoryStore>) {
    let mut loader = TrieLoader::new();
    for (path, _, value) in records {
        loader.push(*path, trie::value_hash(value)).unwrap();
    }
    let (mut header, mut below) = (header(loader.finish().root), Vec::new());
    for height in 1_001 - SNAPSHOT_BLOCKS..1_000 {
        let next = Header {
            height,
            ..header.clone()
        };
        let parent = below.last().map_or(header.parent, Header::hash);
        below.push(Header { parent, ..next });
    }
    header.parent = below.last().unwrap().hash();
    let store = Arc::new(MemoryStore::new());
    let engine = Arc::new(Engine::new(&spec()));
    let terms = terms(spec(), None).chain;
    let mut restore = Restore::begin(&*store, engine, terms, header.clone()).unwrap();
    let placed = records
        .iter()
        .map(|(path, key, value)| PlacedRecord::new(*path, key, value));
    restore.records(placed).unwrap();
    for header in below.into_iter().chain([header]).rev() {
        let body = Body::default();
        restore.block(&Block { header, body }, &[]).unwrap();
    }
    let restored = restore.finish(None);
    (restored, store)
}

fn chain() -> (Chain, Arc<MemoryStore>) {
    let (restored, store) = assembled(&records());
    restored.unwrap();
    let chain = Chain::open(store.clone(), Arc::new(spec())).unwrap();
    (chain, store)
}

struct Good {
    folder: TempDir,
    made: Made,
    store: Arc<MemoryStore>,
    terms: Terms,
}

fn good() -> Good {
    let folder = tempdir().unwrap();
    let (chain, store) = chain();
    let stop = AtomicBool::new(false);
    let options = MakeOptions {
        run_bytes: 300_000,
        chunk_bytes: CHUNK_BYTES_MIN as usize + 1_000,
        stop: &stop,
    };
    let made = make(&chain.view(), folder.path(), &options, |_| ()).unwrap();
    assert_eq!(made.manifest.records(), u64::from(RECORDS));
    assert!(
        made.manifest.state.len() >= 3,
        "{}",
        made.manifest.state.len()
    );
    Good {
        folder,
        made,
        store,
        terms: terms(spec(), Some(chain.head().hash)),
    }
}

fn column(view: &dyn View, column: Column) -> Vec<(Vec<u8>, argosy_kv::Bytes)> {
    let entries = view.range(column, KeyRange::all(), Direction::Ascending);
    entries.map(Result::unwrap).collect()
}

fn size(path: &FilePath) -> u64 {
    let entries = fs::read_dir(path).unwrap().map(Result::unwrap);
    let sizes = entries.map(|it| match it.path().is_dir() {
        true => size(&it.path()),
        false => it.metadata().unwrap().len(),
    });
    sizes.sum()
}

#[test]
fn many_chunks_make_the_same_state_on_a_disk_and_no_more_than_twice_their_size() {
    let good = good();
    let names: Vec<_> = fs::read_dir(&good.made.path).unwrap().collect();
    assert_eq!(
        names.len(),
        good.made.manifest.chunk_count() + 1,
        "{names:?}"
    );
    let data = good.folder.path().join("data");
    let config = StoreConfig::default();
    let open = || Unfinished::create(DataDir::open(&data).unwrap(), &config).unwrap();
    let mut unfinished = None;
    let result = restore(
        &sources(&[&good.made.path]),
        &good.terms,
        &mut |_| {
            let store = Arc::clone(unfinished.insert(open()).store());
            Ok(store as Arc<dyn Store>)
        },
        |_| (),
    );
    result.unwrap();
    unfinished.unwrap().finish().unwrap();
    assert!(size(&data) <= 2 * good.made.manifest.total_bytes());
    let store = RocksStore::open(DataDir::open(&data).unwrap(), &config).unwrap();
    let (ours, theirs) = (store.view(), good.store.view());
    for it in [Column::State, Column::Trie, Column::Headers, Column::Meta] {
        assert_eq!(column(&*ours, it), column(&*theirs, it), "{it}");
    }
    drop(ours);
    let chain = Chain::open(Arc::new(store), Arc::new(spec())).unwrap();
    assert_eq!(chain.head().header, good.made.manifest.header);
}

/// What a release of before the supply made: its head is right, and no block can follow it.
#[test]
fn a_state_that_keeps_no_supply_becomes_no_chain() {
    let mut records = records();
    records.retain(|(_, key, _)| !Supply::is_at(key));
    assert_eq!(records.len(), RECORDS as usize - 1);
    let (restored, store) = assembled(&records);
    let refused = restored.map(|_| ()).unwrap_err();
    assert!(matches!(refused, RestoreError::NoSupply), "{refused}");
    assert!(column(&*store.view(), Column::Meta).is_empty());
}

/// The header has signed it, and yet somebody made tokens of nothing.
#[test]
fn a_check_adds_up_what_there_is_of_the_token() {
    for (supply, says) in [(0, None), (1, Some("hold 0 of the token"))] {
        let mut records = records();
        let kept = records.iter_mut().find(|(_, key, _)| Supply::is_at(key));
        kept.unwrap().2 = Supply(supply).to_value();
        let (restored, store) = assembled(&records);
        restored.unwrap();
        let chain = Chain::open(store, Arc::new(spec())).unwrap();
        let checked = argosy_chain::check(&chain.view(), |_| ());
        let told = checked.map(|_| ()).err().map(|it| it.to_string());
        match says {
            None => assert_eq!(told, None),
            Some(says) => assert!(told.is_some_and(|it| it.contains(says))),
        }
    }
}

/// Spoils a copy; it must be refused, for that chunk.
#[track_caller]
fn check(good: &Good, chunk: u32, spoil: impl FnOnce(&FilePath, &mut Manifest)) {
    let bad = copy(&good.made.path, &good.folder.path().join("bad"));
    let mut manifest = good.made.manifest.clone();
    spoil(&bad, &mut manifest);
    write_manifest(&bad, &manifest);
    let (result, _) = restored(&sources(&[&bad]), &good.terms);
    let Err(RestoreFailed::Sources(refused)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].chunk, Some(chunk), "{refused:?}");
    let (result, _) = restored(&sources(&[&bad, &good.made.path]), &good.terms);
    result.unwrap();
    fs::remove_dir_all(bad).unwrap();
}

#[test]
fn chunks_that_belong_elsewhere_are_refused_where_they_are() {
    let good = good();
    let chunk = |folder: &FilePath, index: u32| folder.join(format!("chunk-{index:06}"));
    check(&good, 1, |folder, _| {
        fs::copy(chunk(folder, 2), chunk(folder, 1)).unwrap();
    });
    // Hashes lie along: then the ranges do not hold.
    check(&good, 0, |folder, manifest| {
        let (a, b) = (fs::read(chunk(folder, 0)), fs::read(chunk(folder, 1)));
        fs::write(chunk(folder, 1), a.unwrap()).unwrap();
        fs::write(chunk(folder, 0), b.unwrap()).unwrap();
        let first = manifest.state[0].chunk;
        manifest.state[0].chunk = manifest.state[1].chunk;
        manifest.state[1].chunk = first;
    });
    check(&good, 1, |_, manifest| {
        manifest.state[1].around = manifest.state[2].around.clone();
    });
    // A range that ends one leaf earlier than its records.
    check(&good, 1, |_, manifest| {
        let mut last = *manifest.state[1].last.as_bytes();
        last[63] = last[63].wrapping_sub(1);
        manifest.state[1].last = Path::from_bytes(last);
    });
    // Two ranges as one.
    check(&good, 0, |folder, manifest| {
        let second = manifest.state.remove(1);
        let count = u32::try_from(manifest.chunk_count()).unwrap();
        fs::remove_file(chunk(folder, count)).unwrap();
        manifest.state[0].last = second.last;
    });
}

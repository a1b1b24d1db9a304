//! How long a snapshot takes: made of a database, checked, restored into another one, synced.
//!
//! `./x bench snapshot`, or with `--keys 10000000`.
//! Not here: assertions about time. Machines differ, and this one may be busy.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use argosy_chain::{
    Chain, Engine, PlacedRecord, Restore, RestoreTerms, Retention, SNAPSHOT_BLOCKS, validator_set,
};
use argosy_kv::Store;
use argosy_primitives::{
    Address, Block, BlockHash, Body, CertificateHash, Header, Height, StateRoot, evidence_root,
    receipts_root, tx_root,
};
use argosy_proof::{Path, StateKey, Supply, trie};
use argosy_snapshot::{FolderSource, MakeOptions, NoStore, Source, Terms, make, restore, verify};
use argosy_spec::ChainSpec;
use argosy_state::TrieLoader;
use argosy_store::{DataDir, RocksStore, StoreConfig, Unfinished};

/// Keys of one contract.
const KEYS_PER_CONTRACT: u32 = 1_000;
const VALUE_BYTES: usize = 64;
/// As `argosyd snapshot restore` has it.
const WRITE_BUFFER_BYTES: usize = 256 << 20;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut keys = 1_000_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--keys" => keys = arguments.next().ok_or("--keys NUMBER")?.parse()?,
            "--bench" => {} // cargo says so
            other => return Err(format!("{other}: --keys NUMBER is all there is").into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let spec = Arc::new(ChainSpec::dev());
    let engine = Arc::new(Engine::new(&spec));
    let chain = RestoreTerms {
        spec: Arc::clone(&spec),
        retention: Retention::VALIDATOR,
    };
    println!("{keys} keys of 32 bytes, values of {VALUE_BYTES}");
    load(&at("source"), keys, &chain, &engine)?;
    let store = RocksStore::open(DataDir::open(&at("source"))?, &config())?;
    let source = Chain::open(Arc::new(store), spec)?;
    let view = source.view();

    let stop = AtomicBool::new(false);
    let begin = Instant::now();
    let made = make(&view, &at("snapshots"), &MakeOptions::new(&stop), |_| ())?;
    let bytes = made.manifest.total_bytes();
    tell("made, synced", keys, bytes, begin.elapsed());

    let terms = Terms {
        chain,
        engine,
        block_hash: Some(view.head().hash),
    };
    let sources: Vec<Box<dyn Source>> = vec![Box::new(FolderSource::of(&made.path))];
    let begin = Instant::now();
    verify(&sources, &terms, |_| ())?;
    tell("checked", keys, bytes, begin.elapsed());

    let begin = Instant::now();
    let mut unfinished = Some(Unfinished::create(DataDir::open(&at("copy"))?, &config())?);
    let store = unfinished.as_ref().map(|it| Arc::clone(it.store()));
    let mut store = store.map(|it| it as Arc<dyn Store>);
    restore(
        &sources,
        &terms,
        &mut |_| {
            store
                .take()
                .ok_or_else(|| NoStore::Failed("asked twice".into()))
        },
        |_| (),
    )?;
    if let Some(unfinished) = unfinished.take() {
        unfinished.finish()?;
    }
    tell("checked and restored, synced", keys, bytes, begin.elapsed());
    Ok(())
}

fn config() -> StoreConfig {
    StoreConfig {
        write_buffer_bytes: WRITE_BUFFER_BYTES,
        ..StoreConfig::default()
    }
}

fn tell(what: &str, keys: u32, bytes: u64, took: Duration) {
    let millis = took.as_millis().max(1);
    let per_second = u128::from(keys) * 1_000 / millis;
    println!(
        "{what:30} {millis:6} ms   {per_second:9} keys/s   {} MiB",
        bytes >> 20
    );
}

/// Writes a chain whose state holds so many keys, without executing anything.
fn load(
    path: &FilePath,
    keys: u32,
    terms: &RestoreTerms,
    engine: &Arc<Engine>,
) -> Result<(), Failure> {
    let record = |number: u32| {
        let contract = Path::key_half(&(number / KEYS_PER_CONTRACT).to_le_bytes());
        let contract = Address::from_bytes(contract);
        let key = Path::key_half(&[&number.to_le_bytes()[..], b"key"].concat());
        // Nothing that could be compressed.
        let value = Path::of(&contract, StateKey::System(&key))
            .as_bytes()
            .to_vec();
        debug_assert_eq!(value.len(), VALUE_BYTES);
        let key = StateKey::Storage(&key);
        (Path::of(&contract, key), key.under(&contract), value)
    };
    let mut records: Vec<_> = (0..keys).map(record).collect();
    let key = StateKey::System(&Supply::KEY);
    let place = Path::of(&Address::SYSTEM, key);
    records.push((place, key.under(&Address::SYSTEM), Supply(0).to_value()));
    records.sort_unstable_by_key(|it| it.0);
    let mut loader = TrieLoader::new();
    for (path, _, value) in &records {
        loader.push(*path, trie::value_hash(value))?;
    }
    let headers = headers(&terms.spec, loader.finish().root);
    let head = headers.last().ok_or("there are blocks")?;
    let unfinished = Unfinished::create(DataDir::open(path)?, &config())?;
    let store = Arc::clone(unfinished.store());
    let (engine, terms) = (Arc::clone(engine), terms.clone());
    let mut restore = Restore::begin(store.as_ref(), engine, terms, head.clone())?;
    for chunk in records.chunks(10_000) {
        let placed = chunk
            .iter()
            .map(|(path, key, value)| PlacedRecord::new(*path, key, value));
        restore.records(placed)?;
    }
    for header in headers.into_iter().rev() {
        let body = Body::default();
        restore.block(&Block { header, body }, &[])?;
    }
    restore.finish(None)?;
    drop(store);
    Ok(unfinished.finish()?)
}

/// As many empty blocks as a snapshot holds, the oldest first.
fn headers(spec: &ChainSpec, state_root: StateRoot) -> Vec<Header> {
    let mut headers = Vec::new();
    let mut parent = BlockHash::ZERO;
    for height in 1_000..1_000 + SNAPSHOT_BLOCKS {
        let header = header(spec, state_root, height, parent);
        parent = header.hash();
        headers.push(header);
    }
    headers
}

fn header(spec: &ChainSpec, state_root: StateRoot, height: Height, parent: BlockHash) -> Header {
    let validators = validator_set(spec).hash();
    Header {
        version: spec.protocol.genesis_version,
        chain: spec.genesis_hash(),
        height,
        time_ms: spec.genesis.time_ms,
        parent,
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

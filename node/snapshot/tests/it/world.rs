//! A small world: chains with a contract that writes each block down, folders, sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use argosy_chain::{BuildRequest, Candidates, Chain, Committed, Engine, RestoreTerms, Retention};
use argosy_kv::{MemoryStore, Store};
use argosy_primitives::{
    AbiKind, Action, Address, BlockHash, CodeHash, CommitCertificate, CommitSignature, Header,
    SecretKey, StatusCode, Transaction, VerifiedTransaction,
};
use argosy_snapshot::{
    FolderSource, Made, MakeOptions, Manifest, RestoreFailed, Restored, Source, Terms, make,
    restore,
};
use argosy_spec::{ChainSpec, GenesisAccount};

/// Keeps the height of each call under a key of its own, with a value of a kilobyte.
const DIARY: &str = r#"(module
    (import "argosy" "block_height" (func $height (result i64)))
    (import "argosy" "storage_set" (func $set (param i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (func (export "init"))
    (func (export "call")
        (i64.store (i32.const 0) (call $height))
        (call $set (i32.const 0) (i32.const 8) (i32.const 0) (i32.const 1024))))"#;

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::generate_from([number; 32])
}

pub(crate) fn address(number: u8) -> Address {
    Address::of_key(&key(number).public())
}

/// The dev spec with accounts 1 to 40, and validator 9.
pub(crate) fn spec() -> ChainSpec {
    let mut spec = ChainSpec::dev();
    let account = |number: u8| GenesisAccount {
        name: None,
        address: address(number),
        balance: 1_000_000_000_000_000_000,
    };
    spec.genesis.accounts = (1..=40).map(account).collect();
    spec.genesis.validators.truncate(1);
    spec.genesis.validators[0].key = key(9).public();
    spec
}

pub(crate) fn module() -> Vec<u8> {
    wat::parse_str(DIARY).unwrap()
}

pub(crate) fn contract() -> Address {
    let code = CodeHash::of(&module());
    Address::of_contract(AbiKind::Native, &address(1), &[7; 32], &code)
}

struct InOrder(Vec<Arc<VerifiedTransaction>>);

impl Candidates for InOrder {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        self.0.first().cloned()
    }

    fn take(&mut self) {
        self.0.remove(0);
    }

    fn leave(&mut self) {
        self.0.remove(0);
    }
}

fn sign(chain: &Chain, from: u8, action: Action) -> Arc<VerifiedTransaction> {
    let view = chain.view();
    let nonce = view
        .account(&address(from))
        .unwrap()
        .unwrap_or_default()
        .nonce;
    let transaction = Transaction {
        chain: view.genesis_hash(),
        signer: key(from).public(),
        nonce,
        valid_until: chain.head().header.height + 100,
        gas_limit: 20_000_000,
        max_gas_price: 10_000,
        tip: 5,
        deposit_max: 1_000_000_000_000_000,
        actions: vec![action],
    };
    Arc::new(transaction.sign(&key(from)).verify().unwrap())
}

/// Makes the next block: a module in block 1, a contract in block 2, then calls and transfers.
pub(crate) fn next_block(chain: &mut Chain) -> Committed {
    let height = chain.head().header.height + 1;
    let action = match height {
        1 => Action::StoreCode { code: module() },
        2 => Action::Instantiate {
            code: CodeHash::of(&module()),
            salt: [7; 32],
            admin: None,
            funds: 0,
            message: Vec::new(),
        },
        _ => Action::Call {
            contract: contract(),
            funds: 0,
            message: Vec::new(),
            abi_hash: None,
        },
    };
    let to = address(u8::try_from(height % 40).unwrap() + 1);
    let amount = u128::from(height);
    let txs = vec![
        sign(chain, 1, action),
        sign(chain, 2, Action::Transfer { to, amount }),
    ];
    let request = BuildRequest {
        now_ms: 1_800_000_000_000 + height * 1_000,
        proposer: address(9),
        round: 0,
        txs_max: 1_000,
        evidence: Vec::new(),
    };
    let built = chain.build(request, &mut InOrder(txs)).unwrap();
    assert_eq!(built.refused, []);
    let committed = chain.commit(built.candidate).unwrap();
    for receipt in committed.receipts.iter() {
        assert_eq!(receipt.status, StatusCode::Success, "{height}");
    }
    committed
}

pub(crate) fn chain(blocks: u64) -> Chain {
    let mut chain = Chain::open(Arc::new(MemoryStore::new()), Arc::new(spec())).unwrap();
    for _ in 0..blocks {
        next_block(&mut chain);
    }
    chain
}

/// Makes a snapshot of the head with small chunks, as far as manifests allow.
pub(crate) fn made(chain: &Chain, folder: &Path) -> Made {
    let stop = AtomicBool::new(false);
    let options = MakeOptions {
        run_bytes: 20_000,
        ..MakeOptions::new(&stop)
    };
    make(&chain.view(), folder, &options, |_| ()).unwrap()
}

pub(crate) fn terms(spec: ChainSpec, block_hash: Option<BlockHash>) -> Terms {
    let engine = Arc::new(Engine::new(&spec));
    Terms {
        chain: RestoreTerms {
            spec: Arc::new(spec),
            retention: Retention::Blocks(1_000),
        },
        engine,
        block_hash,
    }
}

pub(crate) fn sources(paths: &[&Path]) -> Vec<Box<dyn Source>> {
    let source = |path: &&Path| Box::new(FolderSource::of(path)) as Box<dyn Source>;
    paths.iter().map(source).collect()
}

/// Restores into a store in memory; the stores that were opened, the last one last.
pub(crate) fn restored(
    sources: &[Box<dyn Source>],
    terms: &Terms,
) -> (Result<Restored, RestoreFailed>, Vec<Arc<MemoryStore>>) {
    let mut stores = Vec::new();
    let restored = restore(
        sources,
        terms,
        &mut |_| {
            let store = Arc::new(MemoryStore::new());
            stores.push(Arc::clone(&store));
            Ok(store as Arc<dyn Store>)
        },
        |_| (),
    );
    (restored, stores)
}

/// What the only validator signs of a block that it decided.
pub(crate) fn certificate(header: &Header, signer: u8) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block: header.hash(),
        signatures: Vec::new(),
    };
    let vote = certificate.precommit_of(header.chain, address(9));
    certificate.signatures.push(CommitSignature {
        validator: address(9),
        signature: key(signer).sign(vote.sign_hash().as_bytes()),
    });
    certificate
}

/// A copy of a snapshot's folder, to be spoilt.
pub(crate) fn copy(of: &Path, to: &Path) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(of).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    to.to_path_buf()
}

pub(crate) fn write_manifest(folder: &Path, manifest: &Manifest) {
    fs::write(folder.join("manifest"), manifest.to_bytes()).unwrap();
}

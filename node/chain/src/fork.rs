//! A fork: a development chain that goes on from a block of another chain, whose state lies beneath.
//!
//! ```text
//! origin   … ─ block H ─ H+1 ─ …        read, never written, and only where something is asked
//!                  │
//! fork          first block ─ H+1' ─ …  in memory; what it writes hides what lies beneath
//!               parent = hash of H, height, time and price of H, state root of nothing changed
//! ```
//!
//! Always: the fork is called as its origin is, so that it takes the same transactions; its blocks are
//! its own from the first on. Its state root commits to what differs from the origin, whose header the
//! first block names; proofs of state are refused, since nobody else knows such roots.
//! Not here: where the origin's state comes from and whether it is true (`argosy dev --fork`).

use std::sync::Arc;

use argosy_executor::Engine;
use argosy_kv::{Batch, MemoryStore, Store, View};
use argosy_primitives::{
    Address, Block, Body, CertificateHash, Header, StateRoot, evidence_root, receipts_root, tx_root,
};
use argosy_proof::trie;
use argosy_spec::{Agreement, ChainSpec};
use argosy_system::genesis_set;

use crate::chain::Chain;
use crate::commit::write_first;
use crate::error::ChainError;
use crate::restore::put_origin;
use crate::retention::{ChainConfig, Kept, Retention};

impl Chain {
    /// A fork of the chain with block `origin`, whose state `beneath` shows, under the rules of `spec`:
    /// the origin's, but for one validator who decides alone.
    pub fn open_fork(
        beneath: Arc<dyn View>,
        spec: Arc<ChainSpec>,
        origin: &Header,
    ) -> Result<Chain, ChainError> {
        if spec.protocol.agreement != Agreement::Solo {
            return Err(ChainError::NotDev);
        }
        let engine = Arc::new(Engine::new(&spec));
        let store = Arc::new(MemoryStore::over(beneath));
        write_origin(store.as_ref(), &spec, origin)?;
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let terms = (ChainConfig::default(), origin.chain);
        let mut chain = Chain::open_of(shared, spec, engine, terms)?;
        chain.memory = Some(store);
        Ok(chain)
    }
}

/// The first block of a fork, and that there is nothing before it.
fn write_origin(store: &dyn Store, spec: &ChainSpec, origin: &Header) -> Result<(), ChainError> {
    let validators = genesis_set(spec).hash();
    let header = Header {
        parent: origin.hash(),
        proposer: Address::SYSTEM,
        round: 0,
        validators,
        next_validators: validators,
        last_certificate: CertificateHash::ZERO,
        tx_root: tx_root(&[]),
        evidence_root: evidence_root(&[]),
        state_root: StateRoot::from_bytes(trie::EMPTY),
        receipts_root: receipts_root(&[]),
        ..origin.clone()
    };
    let height = header.height;
    let mut batch = Batch::new();
    put_origin(&mut batch, header.chain, height);
    Kept::since(height, Retention::Everything).put(&mut batch);
    let body = Body::default();
    write_first(store, batch, &Block { header, body })
}

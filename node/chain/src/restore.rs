//! A chain from the parts of a snapshot, in an empty store.
//!
//! ```text
//! begin(header) ─► records, rising by path ─► modules ─► blocks, the head first ─► finish
//!                  └ trie on the way          └ instrumented anew                    └ head, synced
//! ```
//!
//! Always: the header is what the caller trusts, and everything else must lead to it: records to its
//! state root, modules to the records, blocks by their hashes. What makes the store a chain is the
//! last batch alone, so that a restore that is broken off leaves nothing that opens.
//! Not here: where parts come from and whether the header is right (`argosy-snapshot`).

mod blocks; // the last blocks
mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_executor::Engine;
use argosy_kv::{Batch, Column, Durability, Store, crash_point};
use argosy_primitives::{CodeHash, CommitCertificate, GenesisHash, Header, Height};
use argosy_proof::{CodeRecord, Path, Supply, trie};
use argosy_spec::{Agreement, ChainSpec};
use argosy_state::{CodeBlobs, NodeChange, TrieLoader, code_of};
use argosy_system::genesis_set;
use parity_scale_codec::Encode;

use crate::chain::head_of;
use crate::commit::put_head;
use crate::keys;
use crate::retention::{Kept, Retention};
use crate::view::Head;
use blocks::Blocks;
pub use error::RestoreError;

/// Trie nodes that wait for their batch: a few MB.
const NODES_WAITING_MAX: usize = 16_384;

/// A record of the state with its place in the trie.
#[derive(Clone, Copy, Debug)]
pub struct PlacedRecord<'a> {
    /// Where the trie keeps it; made of the key.
    pub path: Path,
    /// Hash of the value.
    pub value_hash: [u8; 32],
    /// Address, kind, rest.
    pub key: &'a [u8],
    /// What is kept there.
    pub value: &'a [u8],
}

/// What a restored chain is, and keeps from then on.
#[derive(Clone, Debug)]
pub struct RestoreTerms {
    /// The chain's rules.
    pub spec: Arc<ChainSpec>,
    /// What is kept from now on; an archive cannot begin in the middle.
    pub retention: Retention,
}

impl RestoreTerms {
    /// Refuses a header that no chain of these rules can go on from.
    pub fn check(&self, header: &Header) -> Result<(), RestoreError> {
        if self.retention.has_history() && header.height > 0 {
            return Err(RestoreError::Archive);
        }
        let expected = self.spec.genesis_hash();
        if header.chain != expected {
            let found = header.chain;
            return Err(RestoreError::OtherChain { expected, found });
        }
        let known = self.spec.protocol.genesis_version;
        if header.version != known {
            let found = header.version;
            return Err(RestoreError::Version { known, found });
        }
        // Where validators agree, flags of theirs move with every block, and state says which.
        if self.spec.protocol.agreement == Agreement::Bft {
            return Ok(());
        }
        let expected = genesis_set(&self.spec).hash();
        for found in [header.validators, header.next_validators] {
            if found != expected {
                return Err(RestoreError::Validators { expected, found });
            }
        }
        Ok(())
    }
}

/// A chain that is being put together.
pub struct Restore<'a> {
    store: &'a dyn Store,
    engine: Arc<Engine>,
    terms: RestoreTerms,
    header: Header,
    trie: TrieLoader,
    /// Modules that the records name and that are not there yet, with their instrumented size.
    modules: BTreeMap<CodeHash, u32>,
    /// The supply was among the records.
    has_supply: bool,
    blocks: Blocks,
}

impl<'a> Restore<'a> {
    /// Begins the chain that ends with `header` in an empty store; `engine` is made for the same
    /// rules.
    pub fn begin(
        store: &'a dyn Store,
        engine: Arc<Engine>,
        terms: RestoreTerms,
        header: Header,
    ) -> Result<Restore<'a>, RestoreError> {
        terms.check(&header)?;
        Ok(Restore {
            store,
            engine,
            terms,
            blocks: Blocks::new(&header),
            header,
            trie: TrieLoader::new(),
            modules: BTreeMap::new(),
            has_supply: false,
        })
    }

    /// Adds records. Their paths rise strictly, over all calls.
    pub fn records<'b>(
        &mut self,
        records: impl IntoIterator<Item = PlacedRecord<'b>>,
    ) -> Result<(), RestoreError> {
        let mut batch = Batch::new();
        for record in records {
            if let Some(code) = code_of(record.key) {
                let parsed = CodeRecord::from_value(record.value);
                let parsed = parsed.map_err(|_| RestoreError::CodeRecord { code })?;
                self.modules.insert(code, parsed.instrumented_bytes);
            }
            if Supply::is_at(record.key) {
                self.has_supply = Supply::from_value(record.value).is_ok();
            }
            self.trie.push(record.path, record.value_hash)?;
            if self.trie.nodes_waiting() >= NODES_WAITING_MAX {
                put_nodes(&mut batch, self.trie.take_nodes());
            }
            batch.put(Column::State, record.key, record.value);
        }
        put_nodes(&mut batch, self.trie.take_nodes());
        self.commit(batch)
    }

    /// Adds modules as they were uploaded, after all records, each of which a record must name.
    pub fn modules<'b>(
        &mut self,
        modules: impl IntoIterator<Item = &'b [u8]>,
    ) -> Result<(), RestoreError> {
        let mut batch = Batch::new();
        for module in modules {
            let code = CodeHash::of(module);
            let expected = self.modules.remove(&code);
            let expected = expected.ok_or(RestoreError::UnknownModule { code })?;
            let prepared = self.engine.prepare(module);
            let (_, prepared) = prepared.map_err(|refusal| RestoreError::Module {
                code,
                what: refusal.to_string(),
            })?;
            if u32::try_from(prepared.bytes.len()).ok() != Some(expected) {
                let found = prepared.bytes.len();
                let what = format!("instrumented it has {found} bytes, on its chain {expected}");
                return Err(RestoreError::Module { code, what });
            }
            let blobs = CodeBlobs {
                original: module.into(),
                instrumented: prepared.bytes.into(),
            };
            blobs.write_to(&code, &mut batch);
        }
        self.commit(batch)
    }

    /// Adds a block with its receipts. Heights fall by one, over all calls, from the
    /// header's on.
    pub fn block(
        &mut self,
        block: &argosy_primitives::Block,
        receipts: &[argosy_primitives::Receipt],
    ) -> Result<(), RestoreError> {
        let mut batch = Batch::new();
        self.blocks.add(block, receipts, &mut batch)?;
        self.commit(batch)
    }

    /// Makes it a chain, durably, if everything is there.
    pub fn finish(self, certificate: Option<&CommitCertificate>) -> Result<Head, RestoreError> {
        if let Some(code) = self.modules.keys().next() {
            let (code, count) = (*code, self.modules.len());
            return Err(RestoreError::MissingModule { code, count });
        }
        let first = self.blocks.end()?;
        let height = self.header.height;
        let mut batch = Batch::new();
        let delta = self.trie.finish();
        let (expected, found) = (self.header.state_root, delta.root);
        if found != expected {
            return Err(RestoreError::Root { expected, found });
        }
        if !self.has_supply {
            return Err(RestoreError::NoSupply);
        }
        put_nodes(&mut batch, delta.nodes);
        if let Some(certificate) = certificate {
            batch.put(Column::Certs, keys::height(height), certificate.encode());
        }
        put_origin(&mut batch, self.header.chain, first);
        let mut kept = Kept::since(first, self.terms.retention);
        kept.advance(height);
        kept.put(&mut batch);
        put_head(&mut batch, height);
        crash_point!("restore::before_head");
        self.store.commit(batch, Durability::Synced)?;
        crash_point!("restore::head_written");
        Ok(head_of(self.header))
    }

    /// What the caller need not sync by itself: the last batch does that for all.
    fn commit(&self, batch: Batch) -> Result<(), RestoreError> {
        if !batch.is_empty() {
            self.store.commit(batch, Durability::Buffered)?;
        }
        Ok(())
    }
}

fn put_nodes(batch: &mut Batch, nodes: Vec<NodeChange>) {
    for NodeChange { key, node } in nodes {
        if let Some(node) = node {
            batch.put(Column::Trie, key, node);
        }
    }
}

/// Whose store it is, and where it begins.
pub(crate) fn put_origin(batch: &mut Batch, chain: GenesisHash, first: Height) {
    batch.put(Column::Meta, keys::META_GENESIS, chain.encode());
    let schema = keys::SCHEMA_VERSION.encode();
    batch.put(Column::Meta, keys::META_SCHEMA, schema);
    if first > 0 {
        batch.put(Column::Meta, keys::META_FIRST, first.encode());
    }
}

impl<'a> PlacedRecord<'a> {
    /// A record whose path is known.
    pub fn new(path: Path, key: &'a [u8], value: &'a [u8]) -> PlacedRecord<'a> {
        PlacedRecord {
            path,
            value_hash: trie::value_hash(value),
            key,
            value,
        }
    }

    /// As the trie has it.
    pub fn leaf(&self) -> (Path, [u8; 32]) {
        (self.path, self.value_hash)
    }
}

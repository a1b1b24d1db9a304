//! Our state as a node keeps it: overlay, trie, undo record, one batch, a cache in front.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use argosy_kv::{Batch, Cached, Column, Durability, Store};
use argosy_primitives::{Address, Height};
use argosy_proof::{StateKey, verify_state};
use argosy_state::State;
use argosy_store::{DataDir, RocksStore, StoreConfig};
use parity_scale_codec::Encode;

use crate::load::{Block, Key, Value};
use crate::measure::{Engine, Parts, Plan, Proof};

struct Argosy {
    rocks: Arc<RocksStore>,
    store: Cached,
    height: Height,
}

pub(crate) fn open(folder: &Path, plan: &Plan) -> Result<Box<dyn Engine>> {
    let config = StoreConfig {
        cache_bytes: plan.block_cache_bytes,
        ..StoreConfig::default()
    };
    let rocks = Arc::new(RocksStore::open(DataDir::open(folder)?, &config)?);
    let value_bytes = plan.cache_bytes.saturating_sub(plan.block_cache_bytes);
    let store = Cached::new(Arc::clone(&rocks) as Arc<dyn Store>, value_bytes);
    Ok(Box::new(Argosy {
        rocks,
        store,
        height: 0,
    }))
}

/// One key per address, so that the trie is as deep as for accounts.
const KEY: StateKey<'static> = StateKey::Storage(&[]);

impl Argosy {
    fn write(
        &mut self,
        mut state: State,
        entries: &[(Key, Value)],
        to: Durability,
    ) -> Result<Parts> {
        for (key, value) in entries {
            state.storage_set(&Address::from_bytes(*key), &[], value.as_slice());
        }
        let begin = Instant::now();
        let delta = state.into_delta()?;
        let root = begin.elapsed();
        let begin = Instant::now();
        let mut batch = Batch::new();
        delta.write_to(self.height, &mut batch);
        self.store.commit(batch, to)?;
        self.height += 1;
        Ok(Parts {
            root,
            commit: begin.elapsed(),
            ..Parts::default()
        })
    }
}

impl Engine for Argosy {
    fn fill(&mut self, entries: &[(Key, Value)]) -> Result<()> {
        let state = State::new(self.store.view());
        self.write(state, entries, Durability::Buffered)?;
        let mut batch = Batch::new(); // Old heights are pruned, as a node does.
        batch.delete(Column::Undo, (self.height - 1).to_be_bytes());
        Ok(self.store.commit(batch, Durability::Buffered)?)
    }

    fn settle(&mut self) -> Result<()> {
        for column in [Column::State, Column::Trie, Column::Undo] {
            self.rocks.compact(column)?;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<Parts> {
        let begin = Instant::now();
        let state = State::new(self.store.view());
        for key in &block.reads {
            state.storage_get(&Address::from_bytes(*key), &[])?;
        }
        let reads = begin.elapsed();
        let parts = self.write(state, &block.writes, Durability::Synced)?;
        Ok(Parts { reads, ..parts })
    }

    fn prove(&self, key: &Key, value: &Value) -> Result<Option<Proof>> {
        let (view, address) = (self.store.view(), Address::from_bytes(*key));
        let root = argosy_state::committed_root(&*view)?;
        let begin = Instant::now();
        let proven = argosy_state::prove(&*view, &address, KEY)?;
        let made = begin.elapsed();
        let begin = Instant::now();
        verify_state(&root, &address, KEY, Some(value), &proven.proof)?;
        Ok(Some(Proof {
            bytes: proven.proof.encoded_size(),
            made,
            verified: begin.elapsed(),
        }))
    }

    fn remark(&self) -> Option<String> {
        Some(format!("argosy: {:?}", self.store.figures()))
    }
}

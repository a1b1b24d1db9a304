//! One RocksDB with keys and values and nothing else: what the disk costs by itself.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use argosy_kv::{Batch, Column, Durability, Store};
use argosy_store::{DataDir, RocksStore, StoreConfig};

use crate::load::{Block, Key, Value};
use crate::measure::{Engine, Parts, Plan, Proof};

struct Flat(RocksStore);

pub(crate) fn open(folder: &Path, plan: &Plan) -> Result<Box<dyn Engine>> {
    let config = StoreConfig {
        cache_bytes: plan.cache_bytes,
        ..StoreConfig::default()
    };
    Ok(Box::new(Flat(RocksStore::open(
        DataDir::open(folder)?,
        &config,
    )?)))
}

fn batch(entries: &[(Key, Value)]) -> Batch {
    let mut batch = Batch::new();
    for (key, value) in entries {
        batch.put(Column::State, *key, *value);
    }
    batch
}

impl Engine for Flat {
    fn fill(&mut self, entries: &[(Key, Value)]) -> Result<()> {
        Ok(self.0.commit(batch(entries), Durability::Buffered)?)
    }

    fn settle(&mut self) -> Result<()> {
        Ok(self.0.compact(Column::State)?)
    }

    fn block(&mut self, block: &Block) -> Result<Parts> {
        let begin = Instant::now();
        let view = self.0.view();
        for key in &block.reads {
            view.get(Column::State, key)?;
        }
        let reads = begin.elapsed();
        let begin = Instant::now();
        self.0.commit(batch(&block.writes), Durability::Synced)?;
        Ok(Parts {
            reads,
            commit: begin.elapsed(),
            ..Parts::default()
        })
    }

    fn prove(&self, _key: &Key, _value: &Value) -> Result<Option<Proof>> {
        Ok(None)
    }
}

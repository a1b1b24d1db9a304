//! nomt: a binary trie in files of its own, made for the same task.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bitvec::order::Msb0;
use bitvec::view::BitView;
use nomt::hasher::{Blake3Hasher, ValueHasher};
use nomt::trie::{KeyPath, LeafData};
use nomt::{KeyReadWrite, Nomt, Options, SessionParams};

use crate::load::{Block, Key, Value};
use crate::measure::{Engine, Parts, Plan, Proof};

struct Baseline(Nomt<Blake3Hasher>);

pub(crate) fn open(folder: &Path, plan: &Plan) -> Result<Box<dyn Engine>> {
    let mut options = Options::new();
    options.path(folder.join("nomt"));
    options.commit_concurrency(2);
    options.bitbox_seed([1; 16]);
    options.hashtable_buckets(u32::try_from(plan.keys / 16)?.max(64_000));
    options.page_cache_size(plan.cache_bytes >> 21);
    options.leaf_cache_size(plan.cache_bytes >> 21);
    Ok(Box::new(Baseline(Nomt::open(options)?)))
}

/// Its keys must be hashes, so its users hash theirs, as our paths are hashed.
fn path(key: &Key) -> KeyPath {
    argosy_primitives::blake3(key)
}

impl Baseline {
    fn write(&mut self, reads: &[Key], writes: &[(Key, Value)]) -> Result<Parts> {
        let begin = Instant::now();
        let session = self.0.begin_session(SessionParams::default());
        for key in reads {
            session.read(path(key))?;
        }
        let reads = begin.elapsed();
        let begin = Instant::now();
        let mut changes: Vec<_> = writes
            .iter()
            .map(|(key, value)| (path(key), KeyReadWrite::Write(Some(value.to_vec()))))
            .collect();
        changes.sort_unstable_by_key(|(key, _)| *key);
        let finished = session.finish(changes)?;
        let root = begin.elapsed();
        let begin = Instant::now();
        finished.commit(&self.0)?;
        Ok(Parts {
            reads,
            root,
            commit: begin.elapsed(),
        })
    }
}

impl Engine for Baseline {
    fn fill(&mut self, entries: &[(Key, Value)]) -> Result<()> {
        self.write(&[], entries).map(|_| ())
    }

    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<Parts> {
        self.write(&block.reads, &block.writes)
    }

    fn prove(&self, key: &Key, value: &Value) -> Result<Option<Proof>> {
        let (path, root) = (path(key), self.0.root().into_inner());
        let session = self.0.begin_session(SessionParams::default());
        let begin = Instant::now();
        let proof = session.prove(path)?;
        let made = begin.elapsed();
        let begin = Instant::now();
        let verified = proof.verify::<Blake3Hasher>(path.view_bits::<Msb0>(), root);
        let verified = verified.ok().context("nomt's proof does not verify")?;
        let leaf = LeafData {
            key_path: path,
            value_hash: Blake3Hasher::hash_value(value),
        };
        ensure!(
            verified.confirm_value(&leaf).is_ok_and(|it| it),
            "nomt's proof proves less"
        );
        Ok(Some(Proof {
            bytes: 64 + proof.siblings.len() * 32 + proof.siblings.len().div_ceil(8),
            made,
            verified: begin.elapsed(),
        }))
    }
}

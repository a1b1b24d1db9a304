//! What only a development chain in memory does: go back to an earlier moment, and blocks that
//! change state without transactions.
//!
//! ```text
//! edit ─► a block of its own, without transactions; its header has the root after the edit
//! moment ─► … blocks … ─► restore: head, state, receipts, events as they were
//! ```
//!
//! Always: a chain that was not opened by [`Chain::open_dev`] refuses all of it; what is read after
//! an edit is proven by the header of its block. No other node could verify such a block, so such a
//! chain is one node's alone.
//! Not here: what an edit does to state (`argosy_executor::Edit`), who may ask for it (`driver`).

use std::sync::Arc;

use argosy_executor::{Edit, EditError, EditRefusal, Engine};
use argosy_kv::{MemoryMoment, MemoryStore, Store};
use argosy_primitives::{Address, Height, TimestampMs};
use argosy_spec::{Agreement, ChainSpec};

use crate::chain::Chain;
use crate::commit::Committed;
use crate::error::ChainError;
use crate::retention::ChainConfig;
use crate::verify::{Candidate, same_header, seal};

/// A moment of a development chain, to go back to. Clones share it.
#[derive(Clone)]
pub struct Moment {
    kept: MemoryMoment,
    height: Height,
}

impl Moment {
    /// The height of the head then.
    pub fn height(&self) -> Height {
        self.height
    }
}

/// Why there is no block with an edit.
#[derive(Debug, thiserror::Error)]
pub enum EditFailure {
    /// It cannot be made; nothing changed.
    #[error(transparent)]
    Refused(#[from] EditRefusal),
    /// This node is broken.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl From<EditError> for EditFailure {
    fn from(error: EditError) -> EditFailure {
        match error {
            EditError::Refused(reason) => EditFailure::Refused(reason),
            EditError::Fault(fault) => EditFailure::Chain(fault.into()),
        }
    }
}

impl Chain {
    /// As [`Chain::open`], of a development chain, which can be edited and go back. One validator
    /// must decide alone.
    pub fn open_dev(store: Arc<MemoryStore>, spec: Arc<ChainSpec>) -> Result<Chain, ChainError> {
        Chain::open_dev_as(store, spec, ChainConfig::default())
    }

    /// As [`Chain::open_dev`], with an engine of the caller's, made for the same spec.
    pub fn open_dev_with(
        store: Arc<MemoryStore>,
        spec: Arc<ChainSpec>,
        engine: Arc<Engine>,
    ) -> Result<Chain, ChainError> {
        Chain::open_dev_of(store, spec, engine, ChainConfig::default())
    }

    /// As [`Chain::open_dev`], and says what is kept.
    pub fn open_dev_as(
        store: Arc<MemoryStore>,
        spec: Arc<ChainSpec>,
        config: ChainConfig,
    ) -> Result<Chain, ChainError> {
        let engine = Arc::new(Engine::new(&spec));
        Chain::open_dev_of(store, spec, engine, config)
    }

    fn open_dev_of(
        store: Arc<MemoryStore>,
        spec: Arc<ChainSpec>,
        engine: Arc<Engine>,
        config: ChainConfig,
    ) -> Result<Chain, ChainError> {
        if spec.protocol.agreement != Agreement::Solo {
            return Err(ChainError::NotDev);
        }
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let mut chain = Chain::open_as(shared, spec, engine, config)?;
        chain.memory = Some(store);
        Ok(chain)
    }

    /// Whether it can be edited and go back.
    pub fn is_dev(&self) -> bool {
        self.memory.is_some()
    }

    /// Makes a block with these changes and no transactions, and commits it. As with every block of
    /// our own, it is executed twice and the results compared.
    pub fn edit(
        &mut self,
        now_ms: TimestampMs,
        proposer: Address,
        edits: &[Edit],
    ) -> Result<Committed, EditFailure> {
        if !self.is_dev() {
            return Err(ChainError::NotDev.into());
        }
        let candidate = self.edited(now_ms, proposer, edits)?;
        let again = self.edited(now_ms, proposer, edits)?;
        same_header(&candidate.block.header, &again.block.header).map_err(ChainError::from)?;
        Ok(self.commit(again)?)
    }

    /// This moment; it keeps alive what later blocks replace.
    pub fn moment(&self) -> Result<Moment, ChainError> {
        let store = self.memory.as_ref().ok_or(ChainError::NotDev)?;
        Ok(Moment {
            kept: store.moment(),
            height: self.head().header.height,
        })
    }

    /// Goes back, or to a moment of another chain of the same spec; what is wrong with that one is
    /// told before anything changes. Who keeps an index goes on with one.
    pub fn restore(&mut self, moment: &Moment) -> Result<(), ChainError> {
        let store = self.memory.as_ref().ok_or(ChainError::NotDev)?;
        let (store, spec) = (Arc::clone(store), Arc::clone(&self.view.spec));
        let engine = Arc::clone(&self.view.engine);
        let as_it_is = (ChainConfig::default(), self.view.genesis);
        let config = ChainConfig {
            index: self.view.indexed_from.map(|_| true),
            ..ChainConfig::default()
        };
        let looked_at = MemoryStore::new();
        looked_at.restore(&moment.kept);
        let (same_spec, same_engine) = (Arc::clone(&spec), Arc::clone(&engine));
        Chain::open_of(Arc::new(looked_at), same_spec, same_engine, as_it_is)?;
        store.restore(&moment.kept);
        let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
        let there = Chain::open_of(shared, spec, engine, (config, self.view.genesis))?;
        self.view = there.view;
        self.deciders = there.deciders;
        Ok(())
    }

    fn edited(
        &self,
        now_ms: TimestampMs,
        proposer: Address,
        edits: &[Edit],
    ) -> Result<Candidate, EditFailure> {
        let context = self.context(now_ms, proposer, 0);
        let body = self.agreed_part(&[])?;
        let mut executor = self.executor(&context, &body)?;
        for edit in edits {
            executor.edit(edit)?;
        }
        Ok(seal(self, context, (body, Vec::new()), executor)?)
    }
}

//! The head and its store.
//!
//! Always: `head` is what the store says; only [`Chain::commit`] moves it.

use std::ops::RangeInclusive;
use std::sync::Arc;

use argosy_executor::Engine;
use argosy_kv::{
    Batch, Column, Direction, Durability, KeyRange, MemoryStore, Store, View, crash_point,
};
use argosy_primitives::{Body, GenesisHash, Header, Height, tx_root};
use argosy_spec::ChainSpec;
use argosy_state::State;

use crate::agreement::Deciders;
use crate::error::ChainError;
use crate::index;
use crate::keys;
use crate::retention::{ChainConfig, Kept, Retention};
use crate::running::Running;
use crate::view::{ChainView, Head, read};

/// A chain on a store.
pub struct Chain {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) view: ChainView,
    pub(crate) deciders: Deciders,
    pub(crate) running: Running,
    /// The store again, if it is a development chain's: it can go back.
    pub(crate) memory: Option<Arc<MemoryStore>>,
}

impl Chain {
    /// Opens the chain in `store`, writing the genesis block into an empty one.
    ///
    /// Refuses a store of another chain or another layout, and one that is not the result of its
    /// head: a part is missing, or the state has another root than the head's header says.
    pub fn open(store: Arc<dyn Store>, spec: Arc<ChainSpec>) -> Result<Chain, ChainError> {
        let engine = Arc::new(Engine::new(&spec));
        Chain::open_with(store, spec, engine)
    }

    /// As [`Self::open`], with an engine of the caller's, made for the same spec.
    pub fn open_with(
        store: Arc<dyn Store>,
        spec: Arc<ChainSpec>,
        engine: Arc<Engine>,
    ) -> Result<Chain, ChainError> {
        Chain::open_as(store, spec, engine, ChainConfig::default())
    }

    /// As [`Self::open_with`], and says what is kept of the past from now on.
    ///
    /// To keep less is always possible: what is too much then goes a little with each block. To keep
    /// more is refused as [`ChainError::Retention`] where it is gone.
    pub fn open_as(
        store: Arc<dyn Store>,
        spec: Arc<ChainSpec>,
        engine: Arc<Engine>,
        config: ChainConfig,
    ) -> Result<Chain, ChainError> {
        let genesis = spec.genesis_hash();
        Chain::open_of(store, spec, engine, (config, genesis))
    }

    /// As [`Self::open_as`], of a chain that is called `genesis` whatever the spec's hash: a fork goes on
    /// under its origin's name.
    pub(crate) fn open_of(
        store: Arc<dyn Store>,
        spec: Arc<ChainSpec>,
        engine: Arc<Engine>,
        (config, genesis): (ChainConfig, GenesisHash),
    ) -> Result<Chain, ChainError> {
        if is_empty(store.view().as_ref())? {
            crate::genesis::write(store.as_ref(), &spec, config)?;
        }
        let view = store.view();
        check_origin(view.as_ref(), genesis)?;
        let head = Arc::new(whole_head(&view)?);
        let first = read(view.as_ref(), Column::Meta, keys::META_FIRST)?.unwrap_or(0);
        let kept = keep(
            store.as_ref(),
            view.as_ref(),
            first..=head.header.height,
            config,
        )?;
        check_first(view.as_ref(), first, &kept)?;
        let indexed_from = index::adjust(store.as_ref(), head.header.height, config.index)?;
        let certificate = read(
            view.as_ref(),
            Column::Certs,
            &keys::height(head.header.height),
        )?;
        let deciders = Deciders::read(&State::new(view), &spec, certificate)?;
        Ok(Chain {
            view: ChainView {
                view: store.view(),
                spec,
                engine,
                genesis,
                head,
                past: Arc::default(),
                kept: Arc::new(kept),
                first,
                indexed_from,
                unproven: None,
            },
            store,
            deciders,
            running: Running::default(),
            memory: None,
        })
    }

    /// The last committed block.
    pub fn head(&self) -> &Head {
        self.view.head()
    }

    /// What is kept of the past.
    pub fn retention(&self) -> Retention {
        self.view.kept.retention
    }

    /// The chain's rules.
    pub fn spec(&self) -> &Arc<ChainSpec> {
        &self.view.spec
    }

    /// Names the transaction that is being executed, also when the thread that did is gone.
    pub fn running(&self) -> Running {
        self.running.clone()
    }

    /// Reads at the present head.
    pub fn view(&self) -> ChainView {
        self.view.clone()
    }
}

pub(crate) fn head_of(header: argosy_primitives::Header) -> Head {
    let hash = header.hash();
    Head { header, hash }
}

/// Whether nothing was ever written. The genesis batch writes all of these columns at once.
fn is_empty(view: &dyn View) -> Result<bool, ChainError> {
    for column in [Column::Meta, Column::Headers, Column::State] {
        let first = view
            .range(column, KeyRange::all(), Direction::Ascending)
            .next();
        if first.transpose()?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Which chain and which layout the store holds.
fn check_origin(view: &dyn View, genesis: GenesisHash) -> Result<(), ChainError> {
    let schema: u32 = must(
        read(view, Column::Meta, keys::META_SCHEMA)?,
        "layout version",
    )?;
    if schema != keys::SCHEMA_VERSION {
        return Err(ChainError::Schema {
            expected: keys::SCHEMA_VERSION,
            found: schema,
        });
    }
    let found: GenesisHash = must(
        read(view, Column::Meta, keys::META_GENESIS)?,
        "genesis hash",
    )?;
    if found != genesis {
        return Err(ChainError::WrongChain {
            expected: genesis,
            found,
        });
    }
    Ok(())
}

/// What the store keeps from now on, which it says itself once it differs from what it said.
fn keep(
    store: &dyn Store,
    view: &dyn View,
    heights: RangeInclusive<Height>,
    config: ChainConfig,
) -> Result<Kept, ChainError> {
    let kept = Kept::read(view)?;
    match config.retention {
        Some(wanted) if wanted != kept.retention => {
            let kept = kept.change(wanted, *heights.end(), *heights.start())?;
            let mut batch = Batch::new();
            kept.put(&mut batch);
            crash_point!("retention::before_write");
            store.commit(batch, Durability::Synced)?;
            crash_point!("retention::written");
            Ok(kept)
        }
        Some(_) | None => Ok(kept),
    }
}

/// The head, if everything that it stands for is there.
fn whole_head(view: &Arc<dyn View>) -> Result<Head, ChainError> {
    let height: Height = must(read(view.as_ref(), Column::Meta, keys::META_HEAD)?, "head")?;
    let header: Header = must(
        read(view.as_ref(), Column::Headers, &keys::header(height))?,
        "head's header",
    )?;
    let body: Option<Body> = read(view.as_ref(), Column::Blocks, &keys::height(height))?;
    let body = must(body, "head's body")?;
    if header.height != height || tx_root(&body.transactions) != header.tx_root {
        return Err(ChainError::damaged(format!("block {height} is not whole")));
    }
    let root = State::new(Arc::clone(view)).root()?;
    if root != header.state_root {
        let expected = header.state_root;
        return Err(ChainError::damaged(format!(
            "the state has root {root}, but block {height} says {expected}"
        )));
    }
    Ok(head_of(header))
}

/// Where blocks were deleted, or never were, the record of the first one must fit: its header is kept.
fn check_first(view: &dyn View, first: Height, kept: &Kept) -> Result<(), ChainError> {
    if kept.floor > 0 {
        let header: Option<Header> = read(view, Column::Headers, &keys::header(first))?;
        must(header, "first block's header")?;
    }
    Ok(())
}

fn must<T>(record: Option<T>, what: &str) -> Result<T, ChainError> {
    record.ok_or_else(|| ChainError::damaged(format!("{what} is missing")))
}

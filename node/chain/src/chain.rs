//! The head and its store.
//!
//! Always: `head` is what the store says; only [`Chain::commit`] moves it.

use std::sync::Arc;

use argosy_executor::Engine;
use argosy_kv::{Column, Store};
use argosy_primitives::{GenesisHash, Height, ValidatorSet};
use argosy_spec::ChainSpec;

use crate::error::ChainError;
use crate::genesis::validator_set;
use crate::keys;
use crate::view::{ChainView, Head, read};

/// A chain on a store.
pub struct Chain {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) view: ChainView,
    pub(crate) validators: ValidatorSet,
}

impl Chain {
    /// Opens the chain in `store`, writing the genesis block into an empty one.
    ///
    /// Refuses a store of another chain or another layout, and one whose head is incomplete.
    pub fn open(store: Arc<dyn Store>, spec: Arc<ChainSpec>) -> Result<Chain, ChainError> {
        let genesis = spec.genesis_hash();
        let engine = Arc::new(Engine::new(&spec));
        if store
            .view()
            .get(Column::Meta, keys::META_GENESIS)?
            .is_none()
        {
            crate::genesis::write(store.as_ref(), &spec)?;
        }
        let view = store.view();
        let found: GenesisHash = must(
            read(view.as_ref(), Column::Meta, keys::META_GENESIS)?,
            "genesis hash",
        )?;
        if found != genesis {
            return Err(ChainError::WrongChain {
                expected: genesis,
                found,
            });
        }
        let schema: u32 = must(
            read(view.as_ref(), Column::Meta, keys::META_SCHEMA)?,
            "layout version",
        )?;
        if schema != keys::SCHEMA_VERSION {
            return Err(ChainError::Schema {
                expected: keys::SCHEMA_VERSION,
                found: schema,
            });
        }
        let height: Height = must(read(view.as_ref(), Column::Meta, keys::META_HEAD)?, "head")?;
        let header = must(
            read(view.as_ref(), Column::Headers, &keys::header(height))?,
            "head's header",
        )?;
        let head = Arc::new(head_of(header));
        let validators = validator_set(&spec);
        Ok(Chain {
            store,
            view: ChainView {
                view,
                spec,
                engine,
                genesis,
                head,
            },
            validators,
        })
    }

    /// The last committed block.
    pub fn head(&self) -> &Head {
        self.view.head()
    }

    /// The chain's rules.
    pub fn spec(&self) -> &Arc<ChainSpec> {
        &self.view.spec
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

fn must<T>(record: Option<T>, what: &str) -> Result<T, ChainError> {
    record.ok_or_else(|| ChainError::damaged(format!("{what} is missing")))
}

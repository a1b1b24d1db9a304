//! Blocks of a store executed once more, on the state before them, and compared with what is stored.
//!
//! Always: the store is only read. Headers, state roots and receipts must come out as they are stored,
//! and in the end every record, node and module that these blocks wrote.
//! Not here: a whole chain executed into another store (`replay`), and what follows without execution
//! (`check`).

use std::sync::Arc;

use argosy_executor::on_big_stack;
use argosy_kv::{Durability, MemoryStore, Store};
use argosy_primitives::{Height, Receipt};

use crate::agreement::Deciders;
use crate::chain::Chain;
use crate::error::ChainError;
use crate::layered::Layered;
use crate::replay::ReplayReport;
use crate::retention::{ChainConfig, Kept, Retention};
use crate::running::Running;
use crate::verify::Candidate;
use crate::view::{ChainView, hex};

/// Why blocks of a store could not be executed, or did not come out as they are stored.
#[derive(Debug, thiserror::Error)]
pub enum ReexecuteError {
    /// It is higher than the head.
    #[error("there is no block {from}: the chain ends at {head}")]
    NoBlock {
        /// The first block that was asked for.
        from: Height,
        /// The head.
        head: Height,
    },
    /// What it would be executed on is no longer kept.
    #[error(
        "block {from} cannot be executed here, since the state before it is no longer kept; the oldest block that can is {oldest}"
    )]
    Gone {
        /// The first block that was asked for.
        from: Height,
        /// The first that can be.
        oldest: Height,
    },
    /// What is stored does not follow from the blocks before.
    #[error("block {height} does not come out as it is stored: {what}")]
    Differs {
        /// Its height.
        height: Height,
        /// The first difference.
        what: String,
    },
    /// It could not be read or executed.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl ChainView {
    /// The oldest block that [`reexecute`] can begin with; 0 stands for genesis, which is compared
    /// with the spec.
    pub fn oldest_executable(&self) -> Result<Height, ChainError> {
        let state = self.oldest_state()?;
        let base = state.max(self.oldest_block().saturating_sub(1));
        Ok(if base == 0 { 0 } else { base.saturating_add(1) })
    }
}

/// Executes the blocks of a view from `from` to its head; tells `each` after every block.
///
/// Memory holds all that changed between the block before `from` and the head, twice.
pub fn reexecute(
    view: &ChainView,
    from: Height,
    each: impl FnMut(&ReplayReport) + Send,
) -> Result<ReplayReport, ReexecuteError> {
    let done = on_big_stack(|| run(view, from, each));
    done.map_err(ChainError::from)?
}

fn run(
    view: &ChainView,
    from: Height,
    mut each: impl FnMut(&ReplayReport),
) -> Result<ReplayReport, ReexecuteError> {
    let (head, oldest) = (view.head().header.height, view.oldest_executable()?);
    if from > head {
        return Err(ReexecuteError::NoBlock { from, head });
    }
    if from < oldest {
        return Err(ReexecuteError::Gone { from, oldest });
    }
    if from == 0 {
        compare_genesis(view)?;
    }
    let before = view.executable_at(from.saturating_sub(1))?;
    let store = Arc::new(Layered::new(Arc::clone(&before.view)));
    let mut chain = chain_on(&before, &store)?;
    let mut report = ReplayReport {
        height: before.head().header.height,
        transactions: 0,
        gas_used: 0,
        state_root: before.head().header.state_root,
    };
    for height in report.height.saturating_add(1)..=head {
        let candidate = execute(view, &chain, height)?;
        let committed = chain.commit_with(candidate, Durability::Buffered)?;
        compare_receipts(height, &view.receipts(height)?, &committed.receipts)?;
        report.add(&committed);
        each(&report);
    }
    match store.first_difference(view.view.as_ref()) {
        Ok(None) => Ok(report),
        Ok(Some((column, key))) => Err(ReexecuteError::Differs {
            height: head,
            what: format!("column {column} has another value at 0x{}", hex(&key)),
        }),
        Err(error) => Err(ChainError::from(error).into()),
    }
}

/// A chain whose head is that of `before`, and which writes into memory only.
fn chain_on(before: &ChainView, store: &Arc<Layered>) -> Result<Chain, ChainError> {
    let view = ChainView {
        view: store.view(),
        kept: Arc::new(Kept::new(Retention::Everything)),
        past: Arc::default(),
        // An index may begin later than what is executed again.
        indexed_from: None,
        unproven: None,
        ..before.clone()
    };
    Ok(Chain {
        store: Arc::clone(store) as Arc<dyn Store>,
        deciders: Deciders::read(&view.state(), &view.spec, None)?,
        view,
        running: Running::default(),
        memory: None,
    })
}

fn execute(view: &ChainView, chain: &Chain, height: Height) -> Result<Candidate, ReexecuteError> {
    let block = view.block(height)?;
    let block = block.ok_or_else(|| ChainError::damaged(format!("block {height} is missing")))?;
    chain.verify(block).map_err(|error| match error {
        ChainError::Invalid(rule) => ReexecuteError::Differs {
            height,
            what: rule.to_string(),
        },
        other => other.into(),
    })
}

fn compare_receipts(
    height: Height,
    stored: &[Receipt],
    executed: &[Receipt],
) -> Result<(), ReexecuteError> {
    let differs = |what| ReexecuteError::Differs { height, what };
    let mut pairs = stored.iter().zip(executed);
    if let Some(index) = pairs.position(|(stored, executed)| stored != executed) {
        return Err(differs(format!("receipt {index} is another one")));
    }
    match stored.len() == executed.len() {
        true => Ok(()),
        false => Err(differs(format!(
            "{} receipts are stored, and {} come out",
            stored.len(),
            executed.len()
        ))),
    }
}

/// The first block against the one that the spec gives.
fn compare_genesis(view: &ChainView) -> Result<(), ReexecuteError> {
    let (store, spec) = (Arc::new(MemoryStore::new()), Arc::clone(&view.spec));
    let made = Chain::open_as(
        store,
        spec,
        Arc::clone(&view.engine),
        ChainConfig::default(),
    )?;
    match view.header(0)?.as_ref() == Some(&made.head().header) {
        true => Ok(()),
        false => Err(ReexecuteError::Differs {
            height: 0,
            what: "its header is not the one that the chain spec gives".into(),
        }),
    }
}

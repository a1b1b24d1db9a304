//! From genesis again: every block of one store executed into another.
//!
//! Always: each block is verified as a stranger's would be, signatures and roots included, so that
//! a replay that ends proves that the whole chain follows from its genesis.

use argosy_executor::on_big_stack;
use argosy_kv::{Durability, crash_point};
use argosy_primitives::{Height, StateRoot};

use crate::chain::Chain;
use crate::commit::Committed;
use crate::error::ChainError;
use crate::view::ChainView;

/// Blocks between two syncs: they can be had again, so a loss of power may take some back.
const SYNC_EVERY: Height = 64;

/// What a replay found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// Height of the last block.
    pub height: Height,
    /// Transactions executed.
    pub transactions: u64,
    /// Gas used by them.
    pub gas_used: u64,
    /// Root of the state after the last block.
    pub state_root: StateRoot,
}

/// Executes the blocks of `source` after `target`'s head, up to `source`'s head.
pub fn replay(source: &ChainView, target: &mut Chain) -> Result<ReplayReport, ChainError> {
    replay_with(source, target, |_| {})
}

/// As [`replay`]; tells `each` after every block how far it is.
pub fn replay_with(
    source: &ChainView,
    target: &mut Chain,
    each: impl FnMut(&ReplayReport) + Send,
) -> Result<ReplayReport, ChainError> {
    // One stack for all of it: a new one for every transaction would cost more than most of them.
    on_big_stack(|| replay_blocks(source, target, each))?
}

fn replay_blocks(
    source: &ChainView,
    target: &mut Chain,
    mut each: impl FnMut(&ReplayReport),
) -> Result<ReplayReport, ChainError> {
    let mut report = ReplayReport {
        height: target.head().header.height,
        transactions: 0,
        gas_used: 0,
        state_root: target.head().header.state_root,
    };
    while report.height < source.head().header.height {
        let height = report.height.saturating_add(1);
        let block = source.block(height)?;
        let block =
            block.ok_or_else(|| ChainError::damaged(format!("block {height} is missing")))?;
        let candidate = target.verify(block)?;
        let is_last = height == source.head().header.height;
        let durability = match is_last || height.is_multiple_of(SYNC_EVERY) {
            true => Durability::Synced,
            false => Durability::Buffered,
        };
        crash_point!("replay::verified");
        let committed = target.commit_with(candidate, durability)?;
        crash_point!("replay::committed");
        report.add(&committed);
        each(&report);
    }
    Ok(report)
}

impl ReplayReport {
    /// One more block.
    pub(crate) fn add(&mut self, committed: &Committed) {
        let header = &committed.view.head().header;
        let transactions = committed.transactions.len() as u64;
        self.transactions = self.transactions.saturating_add(transactions);
        self.gas_used = self.gas_used.saturating_add(header.gas_used);
        self.height = header.height;
        self.state_root = header.state_root;
    }
}

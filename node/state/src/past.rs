//! State as it was right after an earlier block: a view in front of the head's.
//!
//! ```text
//! get, range ─► what the undo records say ─► the head's view
//!               state, code: the oldest record's value wins
//!               trie: the nodes that follow from the state's leaves, computed when first asked for
//! ```
//!
//! Always: state, code and trie are those of one block, whose root the trie has, or there is no
//! answer. Memory holds what the blocks in between replaced, however large the state is.
//! Not here: how many records are kept, and which block a reader means (`argosy-chain`).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use argosy_kv::{Bytes, Cause, Column, Direction, Entries, KeyRange, KvError, View};
use argosy_primitives::{Height, StateRoot};

use crate::delta::leaf_changes;
use crate::key::HEAD_BYTES;
use crate::merge::Merge;
use crate::overlay::Overlay;
use crate::{PathTrie, StateCommitment, StateError, UndoRecord};

/// Which block a past view shows, and from where it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastBlock {
    /// The block that the inner view ends with.
    pub head: Height,
    /// The block after which the state is shown.
    pub height: Height,
    /// What that block's header says of its state.
    pub state_root: StateRoot,
}

/// Shows the state columns as they were right after an earlier block, and all others as the inner
/// view does.
pub struct PastView {
    inner: Arc<dyn View>,
    state_root: StateRoot,
    records: Overlay,
    blobs: Overlay,
    /// Nodes that differ from the inner view's: most readers want no proof, and then there are none.
    nodes: OnceLock<Overlay>,
    /// Held by the one reader that computes them.
    turn: Mutex<()>,
}

impl PastView {
    /// The state right after `block.height`, seen from a view that ends with `block.head`; none if
    /// an undo record of a block in between is no longer kept.
    pub fn new(inner: Arc<dyn View>, block: PastBlock) -> Result<Option<PastView>, StateError> {
        let (mut records, mut blobs) = (Overlay::default(), Overlay::default());
        let mut height = block.head;
        while height > block.height {
            let Some(undo) = UndoRecord::read(&*inner, height)? else {
                return Ok(None);
            };
            // From the newest to the oldest, so that the oldest stays.
            override_with(&mut records, &mut blobs, undo)?;
            height -= 1;
        }
        let root = block.state_root;
        Ok(Some(PastView::of(inner, root, records, blobs)))
    }

    /// The state with this root, of which `replaced` says all that is different in `inner`.
    pub fn with_replaced(
        inner: Arc<dyn View>,
        state_root: StateRoot,
        replaced: UndoRecord,
    ) -> Result<PastView, StateError> {
        let (mut records, mut blobs) = (Overlay::default(), Overlay::default());
        override_with(&mut records, &mut blobs, replaced)?;
        Ok(PastView::of(inner, state_root, records, blobs))
    }

    fn of(
        inner: Arc<dyn View>,
        state_root: StateRoot,
        records: Overlay,
        blobs: Overlay,
    ) -> PastView {
        PastView {
            inner,
            state_root,
            records,
            blobs,
            nodes: OnceLock::new(),
            turn: Mutex::new(()),
        }
    }

    /// Number of keys that differ from the inner view's, or may: what this view costs in memory.
    pub fn overridden(&self) -> usize {
        let nodes = self.nodes.get().map_or(0, Overlay::len);
        let records = self.records.len().saturating_add(self.blobs.len());
        records.saturating_add(nodes)
    }

    /// Computes the trie, if nobody did yet, and compares its root with the header's.
    pub fn check_root(&self) -> Result<StateRoot, StateError> {
        self.nodes().map(|_| self.state_root)
    }

    fn nodes(&self) -> Result<&Overlay, StateError> {
        if let Some(nodes) = self.nodes.get() {
            return Ok(nodes);
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nodes) = self.nodes.get() {
            return Ok(nodes);
        }
        let changes = self.records.changes();
        let changes = changes.map(|(key, value)| (&**key, value.as_deref()));
        let leaves = leaf_changes(&*self.inner, changes)?;
        let delta = PathTrie.update(&*self.inner, &leaves)?;
        if delta.root != self.state_root {
            let what = "what blocks replaced does not lead to the root of an earlier one";
            return Err(StateError::Inconsistent { what });
        }
        let mut nodes = Overlay::default();
        for change in delta.nodes {
            nodes.set(change.key.into(), change.node);
        }
        Ok(self.nodes.get_or_init(|| nodes))
    }

    /// What is put in front of a column; none: nothing is.
    fn overlay(&self, column: Column) -> Result<Option<&Overlay>, KvError> {
        match column {
            Column::State => Ok(Some(&self.records)),
            Column::Code => Ok(Some(&self.blobs)),
            Column::Trie => self.nodes().map(Some).map_err(unreadable),
            Column::Meta
            | Column::Undo
            | Column::Hist
            | Column::Headers
            | Column::Blocks
            | Column::Receipts
            | Column::TxIndex
            | Column::Events
            | Column::Certs
            | Column::Undecided
            | Column::Snapshots
            | Column::Index => Ok(None),
        }
    }
}

impl View for PastView {
    fn get(&self, column: Column, key: &[u8]) -> Result<Option<Bytes>, KvError> {
        match self.overlay(column)?.and_then(|overlay| overlay.get(key)) {
            Some(value) => Ok(value.clone()),
            None => self.inner.get(column, key),
        }
    }

    fn range(&self, column: Column, range: KeyRange, direction: Direction) -> Entries<'_> {
        let overlay = match self.overlay(column) {
            Ok(Some(overlay)) => overlay,
            Ok(None) => return self.inner.range(column, range, direction),
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let changes = overlay.range(&range);
        let entries = self.inner.range(column, range, direction);
        Box::new(Shown(Some(Merge::new(changes, entries, direction))))
    }

    fn beneath(&self) -> Option<&dyn View> {
        self.inner.beneath()
    }
}

/// Keys that are there; ends with the first error.
struct Shown<'a>(Option<Merge<'a>>);

impl Iterator for Shown<'_> {
    type Item = Result<(Vec<u8>, Bytes), KvError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.as_mut()?.next()? {
                Ok((key, Some(value))) => return Some(Ok((key, value))),
                Ok((_, None)) => {}
                Err(error) => {
                    self.0 = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Puts what a record says in front of what is there.
fn override_with(
    records: &mut Overlay,
    blobs: &mut Overlay,
    undo: UndoRecord,
) -> Result<(), StateError> {
    if undo.records.iter().any(|(key, _)| key.len() < HEAD_BYTES) {
        let what = "an undo record names a key without address or kind";
        return Err(StateError::Inconsistent { what });
    }
    for (overlay, old) in [(records, undo.records), (blobs, undo.blobs)] {
        for (key, value) in old {
            overlay.set(key.into(), value.map(Bytes::from));
        }
    }
    Ok(())
}

/// A trie that cannot be computed, as readers of a column know it.
fn unreadable(error: StateError) -> KvError {
    match error {
        StateError::Store(error) => error,
        StateError::CorruptRecord { .. }
        | StateError::CorruptNode { .. }
        | StateError::MissingNode { .. }
        | StateError::Inconsistent { .. } => KvError::Read {
            column: Column::Trie,
            cause: Cause::Damaged,
            source: Box::new(error),
        },
    }
}

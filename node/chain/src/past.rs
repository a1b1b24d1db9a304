//! The chain as it was right after an earlier block, as far as that is kept: reads of state, queries
//! and simulations, and proofs for the last few heights.
//!
//! Always: a past view is built from the undo records of at most [`STATE_HEIGHTS`] blocks, and one
//! at a time; few are kept, all of the newest head.
//! Not here: how a past view answers (`argosy_state::PastView`), and older values (`history`).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argosy_kv::{Column, Direction, KeyRange, View};
use argosy_primitives::{BlockHash, Header, Height};
use argosy_state::{PastBlock, PastView, UndoRecord};

use crate::chain::head_of;
use crate::commit::UNDO_HEIGHTS;
use crate::error::ChainError;
use crate::history::HistoryView;
use crate::view::{ChainView, Selector};

/// The state of this many blocks before the head can be read and proven.
pub const STATE_HEIGHTS: Height = UNDO_HEIGHTS;

/// Past views that are kept for the next reader.
const KEPT_MAX: usize = 4;

/// Readers that may build a view, or wait for one who does, at a time: others have better things to
/// do with a thread than to wait.
const BUILDERS_MAX: usize = 3;

/// The past views of the newest head, shared by its clones.
#[derive(Default)]
pub(crate) struct PastViews {
    kept: Mutex<KeptViews>,
    /// Held by the one reader that builds a view: many that ask at once do not make many.
    turn: Mutex<()>,
    builders: AtomicUsize,
}

#[derive(Default)]
struct KeptViews {
    /// The newest head, once there was a commit. A reader of an older one keeps nothing.
    head: Option<BlockHash>,
    views: VecDeque<Kept>,
}

struct Kept {
    head: BlockHash,
    height: Height,
    view: Arc<PastView>,
}

impl PastViews {
    /// Lets go of everything: the head has moved, and a kept view keeps an old snapshot alive.
    pub(crate) fn move_to(&self, head: BlockHash) {
        let old = {
            let mut kept = self.kept();
            kept.head = Some(head);
            std::mem::take(&mut kept.views)
        };
        drop(old); // After others may go on.
    }

    /// The kept view, or else a new one; [`ChainError::Busy`] if too many build.
    fn get_or_build(
        &self,
        head: BlockHash,
        height: Height,
        build: impl FnOnce() -> Result<PastView, ChainError>,
    ) -> Result<Arc<PastView>, ChainError> {
        if let Some(view) = self.get(head, height) {
            return Ok(view);
        }
        let _builder = Builder::new(&self.builders)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = self.get(head, height) {
            return Ok(view);
        }
        // Not under the lock of `kept`, for which a commit would have to wait.
        let view = Arc::new(build()?);
        let mut kept = self.kept();
        if kept.head.is_some_and(|newest| newest != head) {
            return Ok(view);
        }
        kept.views.retain(|it| it.head == head);
        if kept.views.len() >= KEPT_MAX {
            kept.views.pop_front();
        }
        kept.views.push_back(Kept {
            head,
            height,
            view: Arc::clone(&view),
        });
        Ok(view)
    }

    fn get(&self, head: BlockHash, height: Height) -> Option<Arc<PastView>> {
        let kept = self.kept();
        let found = kept
            .views
            .iter()
            .find(|it| it.head == head && it.height == height);
        found.map(|it| Arc::clone(&it.view))
    }

    fn kept(&self) -> MutexGuard<'_, KeptViews> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who build.
struct Builder<'a>(&'a AtomicUsize);

impl<'a> Builder<'a> {
    fn new(builders: &'a AtomicUsize) -> Result<Builder<'a>, ChainError> {
        let builder = Builder(builders);
        match builders.fetch_add(1, Ordering::Relaxed) < BUILDERS_MAX {
            true => Ok(builder),
            false => Err(ChainError::Busy),
        }
    }
}

impl Drop for Builder<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ChainView {
    /// This chain as it was when the block was its head, to read state, prove it, or run on it;
    /// `None`: there is no such block. [`ChainError::Pruned`]: its state is no longer kept.
    ///
    /// Blocks, receipts and events are those of this snapshot, later ones included.
    pub fn at(&self, selector: Selector) -> Result<Option<ChainView>, ChainError> {
        let Some(height) = self.resolve(selector)? else {
            return Ok(None);
        };
        if height == self.head.header.height {
            return Ok(Some(self.clone()));
        }
        let proven = match self.unproven {
            Some(oldest) => oldest,
            None => self.oldest_proven()?,
        };
        let is_proven = self.unproven.is_none() && height >= proven;
        if !is_proven && !self.kept.retention.has_history() {
            let oldest_height = proven;
            return Err(ChainError::Pruned { oldest_height });
        }
        let header = self.header(height)?;
        let header =
            header.ok_or_else(|| ChainError::damaged(format!("block {height} has no header")))?;
        let (view, unproven): (Arc<dyn View>, _) = if is_proven {
            let past = self
                .past
                .get_or_build(self.head.hash, height, || self.build_past(&header))?;
            (past, None)
        } else {
            let inner = Arc::clone(&self.view);
            (Arc::new(HistoryView::new(inner, height)), Some(proven))
        };
        Ok(Some(ChainView {
            view,
            head: Arc::new(head_of(header)),
            // Theirs would be of another head than ours.
            past: Arc::default(),
            unproven,
            ..self.clone()
        }))
    }

    /// As [`Self::at`], for a height whose state can be read, and with a trie in any case: to execute
    /// the next block on.
    pub(crate) fn executable_at(&self, height: Height) -> Result<ChainView, ChainError> {
        let missing = || ChainError::damaged(format!("block {height} is missing"));
        let found = self.at(Selector::Height(height))?.ok_or_else(missing)?;
        if found.unproven.is_none() {
            return Ok(found);
        }
        let inner = Arc::clone(&self.view);
        let replaced = HistoryView::new(Arc::clone(&inner), height).replaced_since()?;
        let view = PastView::with_replaced(inner, found.head.header.state_root, replaced)?;
        Ok(ChainView {
            view: Arc::new(view),
            unproven: None,
            ..found
        })
    }

    /// The oldest height whose state can be read.
    pub fn oldest_state(&self) -> Result<Height, ChainError> {
        match self.kept.retention.has_history() {
            true => Ok(0),
            false => self.oldest_proven(),
        }
    }

    /// The oldest height whose state can be read and proven.
    pub fn oldest_proven(&self) -> Result<Height, ChainError> {
        let head = self.head.header.height;
        let first = UndoRecord::key(head.saturating_sub(STATE_HEIGHTS).saturating_add(1));
        let range = KeyRange::half_open(first, UndoRecord::key(head.saturating_add(1)));
        let mut records = self.view.range(Column::Undo, range, Direction::Ascending);
        let Some(record) = records.next() else {
            return Ok(head);
        };
        let (key, _) = record?;
        let key = <[u8; 8]>::try_from(key.as_slice())
            .map_err(|_| ChainError::damaged("an undo record's key is no height"))?;
        Ok(Height::from_be_bytes(key).saturating_sub(1))
    }

    fn build_past(&self, header: &Header) -> Result<PastView, ChainError> {
        let block = PastBlock {
            head: self.head.header.height,
            height: header.height,
            state_root: header.state_root,
        };
        let view: Arc<dyn View> = Arc::clone(&self.view);
        PastView::new(view, block)?
            .ok_or_else(|| ChainError::damaged("an undo record within the window is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILDERS_MAX, Builder, KEPT_MAX, PastViews};
    use crate::ChainError;
    use argosy_kv::{MemoryStore, Store};
    use argosy_primitives::{BlockHash, Height, StateRoot};
    use argosy_state::{PastBlock, PastView};

    /// Asks for a view; `true`: it had to be built.
    fn is_built(views: &PastViews, head: u8, height: Height) -> bool {
        let mut is_built = false;
        let block = PastBlock {
            head: height,
            height,
            state_root: StateRoot::ZERO,
        };
        let build = || {
            is_built = true;
            let view = PastView::new(MemoryStore::new().view(), block)?;
            Ok(view.expect("no record is needed"))
        };
        let view = views.get_or_build(BlockHash::from_bytes([head; 32]), height, build);
        assert!(view.is_ok());
        is_built
    }

    #[test]
    fn a_few_views_of_the_newest_head_are_kept() {
        let views = PastViews::default();
        let most = KEPT_MAX as Height;
        for height in 0..=most {
            assert!(is_built(&views, 1, height), "the first time");
            assert!(!is_built(&views, 1, height), "the second time");
        }
        assert_eq!(views.kept().views.len(), KEPT_MAX);
        assert!(is_built(&views, 1, 0), "it made room for the last one");
        assert!(is_built(&views, 2, 0), "another head");
        assert_eq!(views.kept().views.len(), 1);
        views.move_to(BlockHash::from_bytes([3; 32]));
        assert_eq!(views.kept().views.len(), 0);
        assert!(is_built(&views, 2, 0), "of an older head");
        assert_eq!(views.kept().views.len(), 0, "which is not kept");
        assert!(is_built(&views, 3, 0), "of the newest");
        assert_eq!(views.kept().views.len(), 1);
    }

    #[test]
    fn few_build_at_a_time_and_others_are_sent_away() {
        let views = PastViews::default();
        let builders: Vec<_> = (0..BUILDERS_MAX)
            .map(|_| Builder::new(&views.builders).expect("there is a place"))
            .collect();
        let build = || panic!("nobody builds");
        let busy = views.get_or_build(BlockHash::ZERO, 0, build);
        assert!(matches!(busy, Err(ChainError::Busy)));
        drop(builders);
        assert!(is_built(&views, 1, 0));
    }
}

//! Leaves of the stored trie in the order of their paths, from a bound on, in either direction.
//!
//! Always: what waits are links beside one way through the trie; a node is read when the walk comes
//! to it, and none is read that lies wholly on the wrong side of the bound.

use std::cmp::Ordering;

use argosy_kv::{Direction, View};
use argosy_proof::Path;

use super::node::{Link, Node};
use crate::StateError;

/// A walk under way. After an error it goes on with what is still whole; callers stop there.
pub(super) struct Leaves<'a> {
    view: &'a dyn View,
    bound: Path,
    direction: Direction,
    /// The next one last.
    waiting: Vec<Link>,
}

impl<'a> Leaves<'a> {
    /// Ascending, those at `bound` and above; descending, those below it.
    pub(super) fn new(
        view: &'a dyn View,
        bound: &Path,
        direction: Direction,
    ) -> Result<Leaves<'a>, StateError> {
        Ok(Leaves {
            view,
            bound: *bound,
            direction,
            waiting: Link::read_root(view)?.into_iter().collect(),
        })
    }

    /// `true`: nothing below the link is on the way.
    fn is_behind(&self, link: &Link) -> bool {
        match (side(link, &self.bound), self.direction) {
            (Ordering::Less, Direction::Ascending) => true,
            (Ordering::Greater, Direction::Descending) => true,
            (Ordering::Less, Direction::Descending) => false,
            (Ordering::Greater | Ordering::Equal, Direction::Ascending) => false,
            (Ordering::Equal, Direction::Descending) => matches!(link, Link::Leaf { .. }),
        }
    }
}

impl Iterator for Leaves<'_> {
    type Item = Result<(Path, [u8; 32]), StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let link = self.waiting.pop()?;
            if self.is_behind(&link) {
                continue;
            }
            let prefix = match link {
                Link::Leaf { path, value_hash } => return Some(Ok((path, value_hash))),
                Link::Branch { prefix, .. } => prefix,
            };
            // A branch below is longer than the one above, so this ends.
            let node = match Node::read(self.view, &prefix) {
                Ok(node) => node,
                Err(error) => return Some(Err(error)),
            };
            let waiting = self.waiting.len();
            self.waiting.extend(node.links());
            match self.direction {
                Direction::Ascending => self.waiting[waiting..].reverse(),
                Direction::Descending => {}
            }
        }
    }
}

/// On which side of `bound` everything below a link lies; `Equal` if it is the leaf there, or a
/// branch whose paths begin as the bound does.
fn side(link: &Link, bound: &Path) -> Ordering {
    let (path, nibbles) = link.place();
    match path.first_difference(bound) {
        Some(bit) if bit < u16::from(nibbles) * 4 => path.cmp(bound),
        Some(_) | None => Ordering::Equal,
    }
}

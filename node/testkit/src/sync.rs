//! Catching up: a plainer form of what the engine's value sync does, by one request at a time.
//!
//! ```text
//! status of a peer ahead ─► request to it ─► response ─► block of this height ─► engine
//!                              │ no answer in time, or a bad one: another peer
//! ```
//!
//! Not here: scores of peers, several requests at once.

use std::collections::BTreeMap;

use argosy_primitives::Height;

use crate::agenda::Millis;
use crate::edge::Edge;
use crate::task::{Message, Out, Synced, Task};

/// Between two words of how far a node has come.
pub(crate) const STATUS_EVERY: Millis = 1_000;
/// A request is given up after this.
const REQUEST_WITHIN: Millis = 5_000;
/// Heights that are asked for at a time.
const BATCH: Height = 8;

/// What a node knows of others' heights.
#[derive(Default)]
pub(crate) struct Sync {
    /// The last height that this node has.
    tip: Height,
    /// What others say of theirs.
    tips: BTreeMap<usize, Height>,
    request: Option<(u64, usize)>,
    requests: u64,
    /// Blocks that came, and from whom.
    waiting: BTreeMap<Height, (usize, Synced)>,
}

impl Edge {
    /// Says how far this node has come.
    pub(crate) fn tell_status(&mut self) {
        let tip = self.sync.tip;
        self.send(Message::Status { tip });
        self.out.push(Out::After(STATUS_EVERY, Task::Status));
    }

    /// The engine begins a height.
    pub(crate) fn sync_started(&mut self, height: Height) {
        self.sync.tip = self.sync.tip.max(height.saturating_sub(1));
        self.sync.waiting = self.sync.waiting.split_off(&height);
        self.sync_on(height);
    }

    /// A height is committed here.
    pub(crate) fn sync_decided(&mut self, height: Height) {
        self.sync.tip = self.sync.tip.max(height);
    }

    pub(crate) fn sync_status(&mut self, from: usize, tip: Height, height: Height) {
        self.sync.tips.insert(from, tip);
        self.sync_on(height);
    }

    pub(crate) fn sync_response(
        &mut self,
        (from, id): (usize, u64),
        blocks: Vec<Synced>,
        height: Height,
    ) {
        if self.sync.request != Some((id, from)) {
            return;
        }
        self.sync.request = None;
        for block in blocks {
            let at = block.certificate.height;
            if at >= height {
                self.sync.waiting.insert(at, (from, block));
            }
        }
        self.sync_on(height);
    }

    /// No answer in time.
    pub(crate) fn sync_deadline(&mut self, id: u64, height: Height) {
        if self.sync.request.is_some_and(|(number, _)| number == id) {
            self.sync.request = None;
            self.sync_on(height);
        }
    }

    /// The block of a height was no good: it is asked for again when somebody tells that they have it.
    pub(crate) fn sync_fault(&mut self, height: Height) {
        self.sync.waiting.remove(&height);
    }

    /// Hands the engine the block of its height, or asks for it if somebody has it.
    fn sync_on(&mut self, height: Height) {
        if let Some((from, block)) = self.sync.waiting.remove(&height) {
            self.out.push(Out::After(0, Task::SyncValue(from, block)));
            return;
        }
        if self.sync.request.is_some() {
            return;
        }
        let ahead = |(_, tip): &(&usize, &Height)| **tip >= height;
        let peers: Vec<(usize, Height)> = self
            .sync
            .tips
            .iter()
            .filter(ahead)
            .map(|(peer, tip)| (*peer, *tip))
            .collect();
        // Each in turn.
        let turn = usize::try_from(self.sync.requests).unwrap_or(0);
        let Some(&(peer, tip)) = turn.checked_rem(peers.len()).and_then(|it| peers.get(it)) else {
            return;
        };
        self.sync.requests += 1;
        let id = self.sync.requests;
        self.sync.request = Some((id, peer));
        let message = Message::Request {
            id,
            first: height,
            last: tip.min(height.saturating_add(BATCH - 1)),
        };
        self.out.push(Out::Send {
            to: Some(peer),
            message,
        });
        let deadline = Out::After(REQUEST_WITHIN, Task::SyncDeadline(id));
        self.out.push(deadline);
    }
}

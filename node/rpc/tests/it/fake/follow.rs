//! News, as a test makes them.

use argosy_primitives::{Address, Event, EventCursor, Height, Hrp};
use argosy_rpc::FollowPort;
use argosy_rpc_api::{EventEntry, EventView, Text};
use tokio::sync::watch;

use super::{CONTRACT, FakeNode};

impl FollowPort for FakeNode {
    fn heads(&self) -> watch::Receiver<Height> {
        self.heads.subscribe()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn reverts(&self) -> u64 {
        self.went_back.lock().unwrap().len() as u64
    }

    fn kept_since(&self, reverts: u64) -> Option<Height> {
        let all = self.went_back.lock().unwrap();
        all.iter().skip(reverts as usize).copied().min()
    }
}

/// The event at a place, of so many bytes.
pub(crate) fn event(height: u64, index: u32, bytes: usize) -> EventEntry {
    let event = Event {
        contract: CONTRACT,
        topics: vec![],
        data: vec![7; bytes],
    };
    EventEntry {
        cursor: Text(EventCursor {
            height,
            tx: 0,
            event: index,
        }),
        tx_id: None,
        event: EventView::new(&event, Hrp::Dev),
    }
}

impl FakeNode {
    /// Makes a block with so many events of so many bytes, and tells of it.
    pub(crate) fn make_block(&self, events: u32, bytes: usize) {
        let height = self.head() + 1;
        let made = (0..events).map(|index| event(height, index, bytes));
        self.events.lock().unwrap().extend(made);
        self.heads.send_replace(height);
        self.changes.send_modify(|it| *it += 1);
    }

    /// Goes back, as development chains do.
    pub(crate) fn go_back(&self, height: u64) {
        self.went_back.lock().unwrap().push(height);
        let mut events = self.events.lock().unwrap();
        events.retain(|it| it.cursor.0.height <= height);
        drop(events);
        self.heads.send_replace(height);
        self.changes.send_modify(|it| *it += 1);
    }

    /// Makes blocks without events.
    pub(crate) fn skip_blocks(&self, blocks: u64) {
        self.heads.send_modify(|it| *it += blocks);
        self.changes.send_modify(|it| *it += 1);
    }

    /// Where all events are, in order.
    pub(crate) fn cursors(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        events.iter().map(|it| it.cursor.to_string()).collect()
    }

    /// Whether an event passes a filter on its contract.
    pub(super) fn is_of(event: &EventEntry, contract: Option<Address>) -> bool {
        contract.is_none_or(|it| it == event.event.contract.address)
    }
}

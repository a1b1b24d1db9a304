//! Events by cursor: pages in the order in which the chain emitted them.
//!
//! Always: a page's `resume` continues exactly after what was looked at, also when nothing matched.

use std::ops::Bound;

use argosy_kv::{Column, Direction, KeyRange};
use argosy_primitives::{Address, Event, EventCursor, Height, TxId};

use crate::error::ChainError;
use crate::keys;
use crate::view::{ChainView, Location, index_of};

/// Which events a reader wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events of this contract (the system's events have the system address).
    pub contract: Option<Address>,
    /// Only events that carry these topics at these places; `None` matches any topic.
    pub topics: Vec<Option<[u8; 32]>>,
    /// Only events after this one.
    pub after: Option<EventCursor>,
    /// Only events at or above this height.
    pub from: Option<Height>,
    /// Only events up to and including this height.
    pub to: Option<Height>,
}

impl EventFilter {
    fn matches(&self, event: &Event) -> bool {
        let wanted = self.topics.iter().enumerate();
        wanted.into_iter().all(|(place, topic)| match topic {
            Some(topic) => event.topics.get(place) == Some(topic),
            None => true,
        })
    }
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEvent {
    /// Where it was emitted.
    pub cursor: EventCursor,
    /// The transaction that emitted it; `None` for what the chain itself did.
    pub transaction: Option<TxId>,
    /// The event.
    pub event: Event,
}

/// A page of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// In order of emission.
    pub events: Vec<FoundEvent>,
    /// Up to where was looked, matching or not; pass it as `after` to go on. It is the place of an
    /// event, or, where none came for long, the end of a transaction. `None`: there was nothing to look at.
    pub resume: Option<EventCursor>,
    /// Whether there is more in the range at this head.
    pub more: bool,
}

/// What one page may have and cost. Whatever they are, who reads on from `resume` comes to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageBounds {
    /// Events on it.
    pub events_max: usize,
    /// Their data together, in bytes, one event aside.
    pub data_bytes_max: usize,
    /// Events, and transactions without events, that are looked at, whatever matches.
    pub scanned_max: usize,
    /// Transactions of the blocks that are read to name those of the events, one block aside.
    pub named_max: usize,
}

impl PageBounds {
    /// The usual ones, for so many events: an answer of it has a few megabytes, and takes a fraction of
    /// a second.
    pub const fn new(events_max: usize) -> PageBounds {
        PageBounds {
            events_max,
            data_bytes_max: 1 << 20,
            scanned_max: 10_000,
            named_max: 50_000,
        }
    }
}

impl ChainView {
    /// Up to `limit` events that match, within [`PageBounds::new`].
    ///
    /// Without a beginning they are those of the blocks that are kept; a bound that lies before these
    /// is refused as [`ChainError::Pruned`], since some that it asks for may be gone.
    pub fn events(&self, filter: &EventFilter, limit: usize) -> Result<EventPage, ChainError> {
        self.events_within(filter, PageBounds::new(limit))
    }

    /// The same, with other bounds.
    pub fn events_within(
        &self,
        filter: &EventFilter,
        bounds: PageBounds,
    ) -> Result<EventPage, ChainError> {
        let begin = filter.from.max(filter.after.map(|after| after.height));
        for height in begin.into_iter().chain(filter.to) {
            self.kept.check(height)?;
        }
        let from = Some(filter.from.unwrap_or(0).max(self.oldest_block()));
        let filter = &EventFilter {
            from,
            ..filter.clone()
        };
        match filter.contract {
            Some(contract) => self.events_of(&contract, filter, bounds),
            None => self.events_of_all(filter, bounds),
        }
    }

    fn events_of(
        &self,
        contract: &Address,
        filter: &EventFilter,
        bounds: PageBounds,
    ) -> Result<EventPage, ChainError> {
        let range = KeyRange {
            start: match (filter.after, filter.from) {
                (Some(after), from) if after.height >= from.unwrap_or(0) => {
                    Bound::Excluded(keys::event(contract, after))
                }
                (_, from) => Bound::Included(keys::event(contract, first_of(from.unwrap_or(0)))),
            },
            end: Bound::Included(keys::event(
                contract,
                last_of(filter.to.unwrap_or(Height::MAX)),
            )),
        };
        let mut page = Page::new(filter, bounds);
        // A receipt may be large, and holds many events in a row: it is read once.
        let mut receipt = None;
        for entry in self.view.range(Column::Events, range, Direction::Ascending) {
            let (key, _) = entry?;
            let cursor =
                keys::parse_event(&key).ok_or_else(|| ChainError::damaged("event index key"))?;
            let at = place_of(cursor);
            let events = match receipt.take() {
                Some((place, events)) if place == at => events,
                _ => self.events_at(at)?,
            };
            let event = event_at(&events, cursor)?;
            if !page.look(cursor, event) {
                break;
            }
            receipt = Some((at, events));
        }
        page.finish(self)
    }

    fn events_of_all(
        &self,
        filter: &EventFilter,
        bounds: PageBounds,
    ) -> Result<EventPage, ChainError> {
        let from = filter
            .from
            .unwrap_or(0)
            .max(filter.after.map_or(0, |after| after.height));
        let range = KeyRange {
            start: match filter.after.filter(|after| after.height == from) {
                Some(after) => Bound::Included(keys::receipt(after.height, after.tx)),
                None => Bound::Included(keys::receipt(from, 0)),
            },
            end: Bound::Included(keys::receipt(filter.to.unwrap_or(Height::MAX), u32::MAX)),
        };
        let mut page = Page::new(filter, bounds);
        for entry in self
            .view
            .range(Column::Receipts, range, Direction::Ascending)
        {
            let (key, _) = entry?;
            let Some((height, index)) = keys::parse_receipt(&key) else {
                continue;
            };
            let receipt = self.receipt(Location { height, index })?;
            let receipt =
                receipt.ok_or_else(|| ChainError::damaged("receipt vanished from a snapshot"))?;
            for (position, event) in receipt.events.iter().enumerate() {
                let cursor = EventCursor {
                    height,
                    tx: index,
                    event: index_of(position)?,
                };
                if filter.after.is_none_or(|after| cursor > after) && !page.look(cursor, event) {
                    return page.finish(self);
                }
            }
            if receipt.events.is_empty() && !page.pass(height, index) {
                return page.finish(self);
            }
        }
        page.finish(self)
    }

    /// The event at a cursor.
    pub fn event(&self, cursor: EventCursor) -> Result<Event, ChainError> {
        event_at(&self.events_at(place_of(cursor))?, cursor).cloned()
    }

    fn events_at(&self, at: Location) -> Result<Vec<Event>, ChainError> {
        let receipt = self.receipt(at)?;
        Ok(receipt.map(|receipt| receipt.events).unwrap_or_default())
    }
}

fn place_of(cursor: EventCursor) -> Location {
    Location {
        height: cursor.height,
        index: cursor.tx,
    }
}

/// The event at a cursor among those of its receipt.
fn event_at(events: &[Event], cursor: EventCursor) -> Result<&Event, ChainError> {
    events.get(cursor.event as usize).ok_or_else(|| {
        ChainError::damaged(format!("event {cursor} is indexed but not in its receipt"))
    })
}

/// A page that is being filled.
struct Page<'a> {
    filter: &'a EventFilter,
    bounds: PageBounds,
    found: Vec<(EventCursor, Event)>,
    data_bytes: usize,
    looked: usize,
    last: Option<EventCursor>,
    more: bool,
}

impl<'a> Page<'a> {
    fn new(filter: &'a EventFilter, bounds: PageBounds) -> Page<'a> {
        Page {
            filter,
            bounds,
            found: Vec::new(),
            data_bytes: 0,
            looked: 0,
            last: None,
            more: false,
        }
    }

    /// Looks at one event; `false`: the page is full and `event` not in it.
    fn look(&mut self, cursor: EventCursor, event: &Event) -> bool {
        let (bounds, is_wanted) = (&self.bounds, self.filter.matches(event));
        let data_bytes = self.data_bytes.saturating_add(event.data.len());
        let is_too_large = is_wanted && data_bytes > bounds.data_bytes_max;
        if self.found.len() >= bounds.events_max
            || self.looked >= bounds.scanned_max
            || is_too_large && !self.found.is_empty()
        {
            self.more = true;
            return false;
        }
        if is_wanted {
            self.found.push((cursor, event.clone()));
            self.data_bytes = data_bytes;
        }
        self.looked += 1;
        self.last = Some(cursor);
        true
    }

    /// Looks at a transaction without events; `false`: that was the last one for this page.
    fn pass(&mut self, height: Height, tx: u32) -> bool {
        self.looked += 1;
        if self.looked < self.bounds.scanned_max {
            return true;
        }
        let event = u32::MAX;
        self.last = Some(EventCursor { height, tx, event });
        self.more = true;
        false
    }

    /// Names the transactions. A page ends before the block that would be one too many to read.
    fn finish(mut self, view: &ChainView) -> Result<EventPage, ChainError> {
        let mut block = None;
        let mut named = 0_usize;
        let mut events: Vec<FoundEvent> = Vec::with_capacity(self.found.len());
        for (cursor, event) in self.found {
            if block
                .as_ref()
                .is_none_or(|(height, _)| *height != cursor.height)
            {
                if let Some(last) = events.last()
                    && named >= self.bounds.named_max
                {
                    (self.last, self.more) = (Some(last.cursor), true);
                    break;
                }
                let ids: Vec<TxId> = match view.block(cursor.height)? {
                    Some(block) => block.body.transactions.iter().map(|tx| tx.id()).collect(),
                    None => Vec::new(),
                };
                named = named.saturating_add(ids.len());
                block = Some((cursor.height, ids));
            }
            let transaction = block
                .as_ref()
                .and_then(|(_, ids)| ids.get(cursor.tx as usize))
                .copied();
            events.push(FoundEvent {
                cursor,
                transaction,
                event,
            });
        }
        Ok(EventPage {
            events,
            resume: self.last,
            more: self.more,
        })
    }
}

fn first_of(height: Height) -> EventCursor {
    EventCursor {
        height,
        tx: 0,
        event: 0,
    }
}

fn last_of(height: Height) -> EventCursor {
    EventCursor {
        height,
        tx: u32::MAX,
        event: u32::MAX,
    }
}

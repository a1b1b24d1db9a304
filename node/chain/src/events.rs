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

/// At most this many events, and transactions without events, are looked at for one page, whatever matches.
pub const EVENTS_SCANNED_MAX: usize = 10_000;

impl ChainView {
    /// Up to `limit` events that match. The work is bounded by [`EVENTS_SCANNED_MAX`].
    ///
    /// Without a beginning they are those of the blocks that are kept; a bound that lies before these
    /// is refused as [`ChainError::Pruned`], since some that it asks for may be gone.
    pub fn events(&self, filter: &EventFilter, limit: usize) -> Result<EventPage, ChainError> {
        self.events_within(filter, limit, EVENTS_SCANNED_MAX)
    }

    /// The same, with another bound.
    pub fn events_within(
        &self,
        filter: &EventFilter,
        limit: usize,
        scanned_max: usize,
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
            Some(contract) => self.events_of(&contract, filter, (limit, scanned_max)),
            None => self.events_of_all(filter, (limit, scanned_max)),
        }
    }

    fn events_of(
        &self,
        contract: &Address,
        filter: &EventFilter,
        bounds: (usize, usize),
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
        bounds: (usize, usize),
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
    limit: usize,
    scanned_max: usize,
    found: Vec<(EventCursor, Event)>,
    looked: usize,
    last: Option<EventCursor>,
    more: bool,
}

impl<'a> Page<'a> {
    fn new(filter: &'a EventFilter, (limit, scanned_max): (usize, usize)) -> Page<'a> {
        Page {
            filter,
            limit,
            scanned_max,
            found: Vec::new(),
            looked: 0,
            last: None,
            more: false,
        }
    }

    /// Looks at one event; `false`: the page is full and `event` not in it.
    fn look(&mut self, cursor: EventCursor, event: &Event) -> bool {
        if self.found.len() >= self.limit || self.looked >= self.scanned_max {
            self.more = true;
            return false;
        }
        if self.filter.matches(event) {
            self.found.push((cursor, event.clone()));
        }
        self.looked += 1;
        self.last = Some(cursor);
        true
    }

    /// Looks at a transaction without events; `false`: that was the last one for this page.
    fn pass(&mut self, height: Height, tx: u32) -> bool {
        self.looked += 1;
        if self.looked < self.scanned_max {
            return true;
        }
        let event = u32::MAX;
        self.last = Some(EventCursor { height, tx, event });
        self.more = true;
        false
    }

    fn finish(self, view: &ChainView) -> Result<EventPage, ChainError> {
        let mut block = None;
        let mut events = Vec::with_capacity(self.found.len());
        for (cursor, event) in self.found {
            if block
                .as_ref()
                .is_none_or(|(height, _)| *height != cursor.height)
            {
                let ids = match view.block(cursor.height)? {
                    Some(block) => block.body.transactions.iter().map(|tx| tx.id()).collect(),
                    None => Vec::new(),
                };
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

//! Pages of events.

use argosy_chain::{EventFilter, FoundEvent};
use argosy_rpc::{EventsPort, EventsQuery};
use argosy_rpc_api::{EventEntry, EventView, EventsPage, RpcError, Text};

use super::LocalNode;
use crate::error::unread;
use crate::read::Reader;

impl EventsPort for LocalNode {
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError> {
        self.reader().events(&query)
    }
}

impl Reader {
    fn events(&self, query: &EventsQuery) -> Result<EventsPage, RpcError> {
        let filter = EventFilter {
            contract: query.contract,
            topics: query.topics.clone(),
            after: query.after,
            from: query.from,
            to: query.to,
        };
        let page = self
            .0
            .events(&filter, query.limit as usize)
            .map_err(unread)?;
        let entry = |found: FoundEvent| EventEntry {
            cursor: Text(found.cursor),
            tx_id: found.transaction.map(Text),
            event: EventView::new(&found.event, self.hrp()),
        };
        let events = page.events.into_iter().map(entry).collect();
        Ok(EventsPage {
            at: self.at(),
            events,
            resume: page.resume.or(query.after).map(Text),
            more: page.more,
        })
    }
}

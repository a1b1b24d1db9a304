//! Pages of events.

use argosy_primitives::EventCursor;
use argosy_rpc_api::{Decimal, EventFilter, EventsApiServer, EventsPage, Height, RpcError, Text};
use jsonrpsee::core::async_trait;

use super::Api;
use crate::EventsQuery;
use crate::config::EVENTS_DEFAULT;

#[async_trait]
impl EventsApiServer for Api {
    async fn events(
        &self,
        filter: Option<EventFilter>,
        after: Option<Text<EventCursor>>,
        from_height: Option<Height>,
        to_height: Option<Height>,
        limit: Option<u32>,
    ) -> Result<EventsPage, RpcError> {
        let filter = filter.unwrap_or_default();
        let limit = limit.unwrap_or(EVENTS_DEFAULT.min(self.max_events));
        let topics_max = self.workers.node().spec().limits.event_topics_max;
        if limit == 0 {
            return Err(RpcError::invalid("limit", "limit must be at least 1"));
        }
        let too_large = |what: &str, max: u32, got: usize| {
            Err(RpcError::RangeTooLarge {
                what: what.to_owned(),
                max: Decimal(max.into()),
                got: Decimal(got as u64),
            })
        };
        if limit > self.max_events {
            return too_large("limit", self.max_events, limit as usize);
        }
        if filter.topics.len() > topics_max as usize {
            return too_large("topics", topics_max, filter.topics.len());
        }
        let query = EventsQuery {
            contract: (filter.contract)
                .map(|it| self.address("filter", it))
                .transpose()?,
            topics: (filter.topics.iter())
                .map(|it| it.map(|Text(topic)| *topic.as_bytes()))
                .collect(),
            after: after.map(|it| it.0),
            from: from_height.map(|it| it.0),
            to: to_height.map(|it| it.0),
            limit,
        };
        self.read(move |node| node.events(query)).await
    }
}

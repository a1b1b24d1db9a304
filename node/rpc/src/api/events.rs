//! Pages of events, and events as they come.

use argosy_primitives::EventCursor;
use argosy_rpc_api::{Decimal, EventFilter, EventsApiServer, EventsPage, Height, RpcError, Text};
use jsonrpsee::core::async_trait;
use jsonrpsee::server::Extensions;

use super::{Api, follow};
use crate::EventsQuery;
use crate::config::EVENTS_DEFAULT;
use crate::follow::{Feed, Kind};

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
        let limit = limit.unwrap_or(EVENTS_DEFAULT.min(self.max_events));
        if limit == 0 {
            return Err(RpcError::invalid("limit", "limit must be at least 1"));
        }
        if limit > self.max_events {
            return too_large("limit", self.max_events, limit as usize);
        }
        let query = EventsQuery {
            after: after.map(|it| it.0),
            from: from_height.map(|it| it.0),
            to: to_height.map(|it| it.0),
            limit,
            ..self.events_of(filter)?
        };
        self.read(move |node| node.events(query)).await
    }

    async fn subscribe_events(
        &self,
        call: &Extensions,
        filter: Option<EventFilter>,
        after: Option<Text<EventCursor>>,
        from_height: Option<Height>,
    ) -> Result<Decimal<u64>, RpcError> {
        let query = EventsQuery {
            after: after.map(|it| it.0),
            from: from_height.map(|it| it.0),
            ..self.events_of(filter)?
        };
        let feed = Feed::events(query);
        self.follow(call, "events_subscribe", feed).await
    }

    async fn unsubscribe_events(
        &self,
        call: &Extensions,
        subscription: Decimal<u64>,
    ) -> Result<bool, RpcError> {
        follow::end(call, "events_unsubscribe", (Kind::Events, subscription))
    }
}

impl Api {
    /// A query for what a filter lets through, wherever it is.
    pub(crate) fn events_of(&self, filter: Option<EventFilter>) -> Result<EventsQuery, RpcError> {
        let filter = filter.unwrap_or_default();
        let topics_max = self.workers.node().spec().limits.event_topics_max;
        if filter.topics.len() > topics_max as usize {
            return too_large("topics", topics_max, filter.topics.len());
        }
        Ok(EventsQuery {
            contract: (filter.contract)
                .map(|it| self.address("filter", it))
                .transpose()?,
            topics: (filter.topics.iter())
                .map(|it| it.map(|Text(topic)| *topic.as_bytes()))
                .collect(),
            ..EventsQuery::default()
        })
    }
}

pub(super) fn too_large<T>(what: &str, max: u32, got: usize) -> Result<T, RpcError> {
    Err(RpcError::RangeTooLarge {
        what: what.to_owned(),
        max: Decimal(max.into()),
        got: Decimal(got as u64),
    })
}

//! Pages of events.

use argosy_primitives::EventCursor;
use argosy_rpc_api::{EventFilter, EventsApiClient, EventsPage, Height, Text};

use super::Client;
use crate::SdkError;

impl Client {
    /// `events_query`: a page of events behind `after`, between the heights.
    pub async fn events(
        &self,
        filter: EventFilter,
        after: Option<EventCursor>,
        heights: (Option<u64>, Option<u64>),
        limit: Option<u32>,
    ) -> Result<EventsPage, SdkError> {
        let (from, to) = (heights.0.map(Height::capped), heights.1.map(Height::capped));
        let http = self.http();
        let answer = http
            .events(Some(filter), after.map(Text), from, to, limit)
            .await;
        self.told("events_query", answer)
    }
}

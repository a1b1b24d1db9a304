//! Pages of events.

use argosy_primitives::EventCursor;
use argosy_rpc::{EventsPort, EventsQuery};
use argosy_rpc_api::{EventsPage, RpcError, Text};
use serde_json::json;

use super::{Example, FakeNode, HEAD, at};

impl EventsPort for FakeNode {
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError> {
        self.event_queries.lock().unwrap().push(query);
        Ok(EventsPage {
            at: at(HEAD),
            events: vec![],
            resume: Some(Text(EventCursor {
                height: HEAD,
                tx: 0,
                event: 0,
            })),
            more: false,
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    vec![(
        "events_query",
        vec![
            json!({"topics": [null]}),
            json!("1.2.3"),
            json!(1),
            json!(9),
            json!(10),
        ],
    )]
}

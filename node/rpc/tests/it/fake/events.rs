//! Pages of events.

use argosy_primitives::EventCursor;
use argosy_rpc::{EventsPort, EventsQuery};
use argosy_rpc_api::{EventEntry, EventsPage, RpcError, Text};
use serde_json::json;

use super::{Example, FakeNode, HEAD, at};

impl EventsPort for FakeNode {
    fn events(&self, query: EventsQuery) -> Result<EventsPage, RpcError> {
        self.event_queries.lock().unwrap().push(query.clone());
        let head = self.head();
        let all = self.events.lock().unwrap();
        if all.is_empty() {
            return Ok(EventsPage {
                at: at(head),
                events: vec![],
                resume: Some(Text(EventCursor {
                    height: HEAD,
                    tx: 0,
                    event: 0,
                })),
                more: false,
            });
        }
        let begin = query.from.max(query.after.map(|it| it.height));
        begin.map(|it| self.kept(it)).transpose()?;
        let is_wanted = |it: &&EventEntry| {
            let cursor = it.cursor.0;
            cursor.height <= query.to.unwrap_or(head).min(head)
                && query.from.is_none_or(|from| cursor.height >= from)
                && query.after.is_none_or(|after| cursor > after)
                && FakeNode::is_of(it, query.contract)
        };
        let mut found = all.iter().filter(is_wanted).cloned();
        let events: Vec<_> = found.by_ref().take(query.limit as usize).collect();
        Ok(EventsPage {
            at: at(head),
            resume: events.last().map(|it| it.cursor),
            events,
            more: found.next().is_some(),
        })
    }
}

/// Calls of each method of this group, as [`super::examples`] has them.
pub(super) fn examples() -> Vec<Example> {
    let filter = json!({"topics": [null]});
    let after = json!("1.2.3");
    vec![
        (
            "events_query",
            vec![filter.clone(), after.clone(), json!(1), json!(9), json!(10)],
        ),
        ("events_subscribe", vec![filter, after, json!(1)]),
        ("events_unsubscribe", vec![json!("1")]),
    ]
}

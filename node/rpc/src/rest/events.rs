//! `GET /v1/events`: events as they come, as server-sent events.
//!
//! ```text
//! id: 42.0.1                              the cursor behind which to go on
//! data: {"cursor":"42.0.1", …}            an event
//!
//! id: 42.4294967295.4294967295            no event: only how far it has come
//!
//! event: lagged                           the stream ends: go on behind the last id
//! data: {"resume": …, "reason": …}
//! ```
//!
//! A client that comes back says the last id that it has seen in `Last-Event-ID`, as browsers do by
//! themselves; that counts more than `after`.
//! Always holds: no more is read from the node than the socket takes.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use argosy_primitives::{EventCursor, Hash32, Height};
use argosy_rpc_api::{AddressText, EventFilter, EventsNotice, Notice, RpcError, Text};
use futures::stream;
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use jsonrpsee::server::{HttpBody, HttpResponse};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::Rest;
use super::query::Query;
use crate::EventsQuery;
use crate::follow::{Feed, Follower, Hub, Kind, Said, Told};
use crate::seats::SeatNumber;

/// The cursor of a client that comes back.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// A stream without news says something this often, so that both sides know that it lives.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(10);
const SIGN_OF_LIFE: &str = ":\n\n";
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NAMES: [&str; 7] = [
    "contract",
    "topic0",
    "topic1",
    "topic2",
    "topic3",
    "after",
    "fromHeight",
];

impl Rest {
    pub(super) async fn events(&self, request: &Parts) -> Result<HttpResponse, RpcError> {
        let query = self.events_query(request)?;
        let place = self.hub.place(Kind::Events, None)?;
        let feed = self.hub.begin(Feed::events(query)).await?;
        let turns = Arc::new(Semaphore::new(1));
        let follower = Follower::new(feed, Arc::clone(&self.hub), place, turns, Arc::new(blocks));
        let stream = Stream {
            follower,
            hub: Arc::clone(&self.hub),
            seat: request.extensions.get::<SeatNumber>().cloned(),
            said: None,
        };
        let parts = stream::unfold(stream, |mut stream| async move {
            let text = stream.next().await?;
            let frame = Frame::data(Bytes::from(text));
            Some((Ok::<_, std::convert::Infallible>(frame), stream))
        });
        let mut response = HttpResponse::new(HttpBody::new(StreamBody::new(parts)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, EVENT_STREAM);
        headers.insert(CACHE_CONTROL, NO_STORE);
        Ok(response)
    }

    fn events_query(&self, request: &Parts) -> Result<EventsQuery, RpcError> {
        let query = Query::read(request.uri.query(), &NAMES)?;
        let mut topics = Vec::new();
        for name in &NAMES[1..5] {
            topics.push(query.get::<Hash32>(name, "a hash")?.map(Text));
        }
        while topics.last().is_some_and(Option::is_none) {
            topics.pop();
        }
        let filter = EventFilter {
            contract: query.get::<AddressText>("contract", "an address")?,
            topics,
        };
        let after = match request.headers.get(LAST_EVENT_ID) {
            Some(id) => {
                let id = id.to_str().ok().and_then(|it| it.parse().ok());
                let wrong = || RpcError::invalid("after", "Last-Event-ID is no cursor");
                Some(id.ok_or_else(wrong)?)
            }
            None => query.get::<EventCursor>("after", "a cursor, such as 42.0.1")?,
        };
        Ok(EventsQuery {
            after,
            from: query.get::<Height>("fromHeight", "a height")?,
            ..self.api.events_of(Some(filter))?
        })
    }
}

/// A stream of events on its way.
struct Stream {
    follower: Follower,
    hub: Arc<Hub>,
    seat: Option<SeatNumber>,
    /// What the socket is taking.
    said: Option<Said>,
}

impl Stream {
    /// What is sent next, when the socket has taken what was sent before; `None`: it ends.
    async fn next(&mut self) -> Option<String> {
        if self.said.take().is_some()
            && let Some(seat) = &self.seat
        {
            // Whoever takes what it is told uses its socket.
            drop(seat.begin_call());
        }
        let mut said = tokio::select! {
            biased;
            () = self.hub.stopped() => return None,
            said = self.follower.next() => said?,
            () = sleep(SIGN_OF_LIFE_EVERY) => return Some(SIGN_OF_LIFE.to_owned()),
        };
        let text = std::mem::take(&mut said.text);
        self.said = Some(said);
        Some(text)
    }
}

/// A notice as the blocks of a stream.
fn blocks(told: &Told) -> String {
    match told {
        Told::Events(notice) => blocks_of(notice),
        // Nothing else is followed here.
        Told::Heads(_) | Told::Tx(_) => String::new(),
    }
}

fn blocks_of(notice: &EventsNotice) -> String {
    let mut text = String::new();
    match notice {
        Notice::News {
            entries, resume, ..
        } => {
            for entry in entries {
                block(&mut text, Some(entry.cursor), None, Some(entry));
            }
            if resume.is_some() && *resume != entries.last().map(|it| it.cursor) {
                block(&mut text, *resume, None, None::<&()>);
            }
        }
        Notice::Lagged { resume, reason } => {
            let ending = Ending {
                resume: *resume,
                reason: Some(reason),
                error: None,
            };
            block(&mut text, *resume, Some("lagged"), Some(&ending));
        }
        Notice::Failed { resume, error } => {
            let ending = Ending {
                resume: *resume,
                reason: None,
                error: Some(error),
            };
            block(&mut text, *resume, Some("failed"), Some(&ending));
        }
    }
    text
}

/// Why a stream ends.
#[derive(Serialize)]
struct Ending<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<Text<EventCursor>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a argosy_rpc_api::LagReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RpcError>,
}

fn block(
    text: &mut String,
    id: Option<Text<EventCursor>>,
    event: Option<&str>,
    data: Option<&impl Serialize>,
) {
    let done = "a String takes everything";
    if let Some(id) = id {
        writeln!(text, "id: {id}").expect(done);
    }
    if let Some(event) = event {
        writeln!(text, "event: {event}").expect(done);
    }
    if let Some(data) = data {
        // It has no line breaks.
        let json = serde_json::to_string(data).expect("our types have string keys");
        writeln!(text, "data: {json}").expect(done);
    }
    text.push('\n');
}

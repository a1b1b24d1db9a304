//! What a request is called: by its client, in the header `x-request-id`, or by this node.
//!
//! Always: a name is short, and of letters, digits and `-_.:` only, so that it stands in a line of a log
//! and in a header as it is; whoever sends another one has sent none. A name that this node gives is
//! the id of the client's trace, or fit to be the id of a trace that begins here.
//! Not here: where names are told (`accept`, `answer`, `served`).

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use jsonrpsee::server::HttpResponse;

use crate::trace::ClientTrace;

/// The name of a request, in its head and in that of the answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Of a client's name.
const NAME_BYTES_MAX: usize = 128;

/// What a request is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestId {
    /// By its client.
    Given(Arc<str>),
    /// By this node, as the id of a trace; not zero.
    Own(u128),
}

impl RequestId {
    /// What its client calls it. Whoever says two things has said nothing.
    fn given(headers: &HeaderMap) -> Option<RequestId> {
        let mut said = headers.get_all(REQUEST_ID).iter();
        let (Some(one), None) = (said.next(), said.next()) else {
            return None;
        };
        let name = one.to_str().ok()?;
        let is_part = |it: u8| it.is_ascii_alphanumeric() || b"-_.:".contains(&it);
        let is_fit = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_part);
        is_fit.then(|| RequestId::Given(name.into()))
    }

    /// For a trace that begins with the request; `None`: its client calls it something else.
    pub(crate) fn as_trace_id(&self) -> Option<u128> {
        match self {
            RequestId::Given(_) => None,
            RequestId::Own(id) => Some(*id),
        }
    }

    /// The answer, with the request's name in its head.
    pub(crate) fn on(&self, mut response: HttpResponse) -> HttpResponse {
        let name = HeaderValue::try_from(self.to_string());
        let name = name.expect("letters, digits and a few signs are a header's value");
        response.headers_mut().insert(REQUEST_ID, name);
        response
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestId::Given(name) => f.write_str(name),
            RequestId::Own(id) => write!(f, "{id:032x}"),
        }
    }
}

/// Finds names for requests. Clones share everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestIds(Arc<Source>);

/// Names that no other server makes, and nobody foresees: hashes, seeded at random, of numbers.
#[derive(Debug, Default)]
struct Source {
    high: RandomState,
    low: RandomState,
    next: AtomicU64,
}

impl RequestIds {
    /// What a request with this head is called.
    pub(crate) fn of(&self, headers: &HeaderMap) -> RequestId {
        let traced = || Some(RequestId::Own(ClientTrace::of(headers)?.trace_id()?));
        RequestId::given(headers)
            .or_else(traced)
            .unwrap_or_else(|| self.fresh())
    }

    /// The name of a request that brings none.
    pub(crate) fn fresh(&self) -> RequestId {
        let source = &self.0;
        let number = source.next.fetch_add(1, Ordering::Relaxed);
        let half = |state: &RandomState| u128::from(state.hash_one(number));
        let id = (half(&source.high) << 64) | half(&source.low);
        RequestId::Own(id.max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::trace::TRACEPARENT;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    fn headers(said: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(name: &str, is_taken: bool) {
        let given = RequestId::given(&headers(&[(REQUEST_ID, name)]));
        let expected = is_taken.then(|| name.to_owned());
        assert_eq!(given.map(|it| it.to_string()), expected, "{name:?}");
    }

    #[test]
    fn clients_names_are_bounded_in_length_and_letters() {
        check("a", true);
        check("7f8e2c1a-0b9d-4c7e-8f6a-5d4c3b2a1f0e", true);
        check("A1B2:3C4D.5_6", true);
        check(&"x".repeat(NAME_BYTES_MAX), true);
        check(&"x".repeat(NAME_BYTES_MAX + 1), false);
        for name in [
            "", " ", "a b", "a\"b", "a=b", "a,b", "{}", "a\tb", "a\\b", "é",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn two_names_are_none() {
        let twice = headers(&[(REQUEST_ID, "a"), (REQUEST_ID, "a")]);
        assert_eq!(RequestId::given(&twice), None);
    }

    #[test]
    fn the_clients_name_comes_before_its_trace_and_that_before_a_new_one() {
        let ids = RequestIds::default();
        let both = ids.of(&headers(&[(REQUEST_ID, "mine"), (TRACEPARENT, PARENT)]));
        assert_eq!(
            (both.to_string().as_str(), both.as_trace_id()),
            ("mine", None)
        );
        let traced = ids.of(&headers(&[(REQUEST_ID, "not mine"), (TRACEPARENT, PARENT)]));
        assert_eq!(traced.to_string(), PARENT[3..35]);
        let neither = ids.of(&headers(&[(TRACEPARENT, "nothing")]));
        assert!(neither != traced && neither.to_string().len() == 32);
        assert_eq!(
            format!("{:032x}", neither.as_trace_id().unwrap()),
            neither.to_string()
        );
    }

    #[test]
    fn no_two_requests_have_one_name() {
        let (ids, others) = (RequestIds::default(), RequestIds::default());
        let names = (0..1000).flat_map(|_| [ids.fresh(), ids.clone().fresh(), others.fresh()]);
        let names: BTreeSet<String> = names.map(|it| it.to_string()).collect();
        assert_eq!(names.len(), 3000);
    }
}

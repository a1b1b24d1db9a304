//! Following calls: what somebody who looks at traces hears of a call that is served.
//!
//! Always: a call is served the same whether it is followed or not.
//! Not here: which calls are followed, spans, and who collects them (the daemon adapts them to [`Traces`]).

use std::sync::Arc;

use argosy_primitives::TxId;
use argosy_rpc_api::RpcError;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};

/// The client's place in its trace (W3C Trace Context).
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Bytes of that header, in version 00.
const TRACEPARENT_BYTES: usize = 55;
/// It never is a version.
const NO_VERSION: u128 = 0xff;

/// Chooses the calls that are followed. Asked where calls are served: must not wait.
pub trait Traces: Send + Sync + 'static {
    /// A call begins; `None`: it is not followed.
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>>;
}

/// A call of a method that there is, or a batch of calls, before anything else is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunCall<'a> {
    /// Its method; `batch` of a batch.
    pub method: &'static str,
    /// `http` or `websocket`.
    pub transport: &'static str,
    /// What the client says of its trace, unread; by HTTP only, where each request may say it.
    pub traceparent: Option<&'a str>,
    /// The id of a trace that begins with this call; `None`: any.
    pub new_trace_id: Option<u128>,
}

/// A call that is followed, until this is dropped. Told where calls are served: must not wait.
pub trait Trace: Send + Sync + 'static {
    /// The id of the trace that it is in; not zero.
    fn trace_id(&self) -> u128;

    /// Of a batch: a call of it begins, as a part of it; `None`: that is not followed.
    fn begin(&self, call: &BegunCall<'_>) -> Option<Arc<dyn Trace>>;

    /// It hands a transaction to the node.
    fn submits(&self, id: &TxId);

    /// The node's mempool has taken the transaction, or refused it.
    fn submitted(&self, id: &TxId, refused: Option<&RpcError>);

    /// It has an answer, which is an error of this code, or a result.
    fn answered(&self, error_code: Option<i32>);
}

/// Who follows the batch in which a call has come, if anybody does.
#[derive(Clone)]
pub(crate) struct InBatch(pub(crate) Option<Arc<dyn Trace>>);

/// What the client of one HTTP request says of its trace.
#[derive(Debug, Clone)]
pub(crate) struct ClientTrace(HeaderValue);

impl ClientTrace {
    /// Whoever says two things has said nothing.
    pub(crate) fn of(headers: &HeaderMap) -> Option<ClientTrace> {
        let mut said = headers.get_all(TRACEPARENT).iter();
        match (said.next(), said.next()) {
            (Some(one), None) => Some(ClientTrace(one.clone())),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.0.to_str().ok()
    }

    /// The trace's id, which is not zero, if all of the header is as the standard has it.
    pub(crate) fn trace_id(&self) -> Option<u128> {
        let (head, more) = self.0.as_bytes().split_at_checked(TRACEPARENT_BYTES)?;
        let has_dashes = [2, 35, 52].iter().all(|&at| head[at] == b'-');
        let (version, trace) = (hex(&head[..2])?, hex(&head[3..35])?);
        let (span, _flags) = (hex(&head[36..52])?, hex(&head[53..])?);
        // What a later version adds is behind a dash.
        let ends_well = more.first().is_none_or(|&it| version > 0 && it == b'-');
        let is_one = version != NO_VERSION && trace != 0 && span != 0;
        (has_dashes && ends_well && is_one).then_some(trace)
    }
}

/// At most 32 digits, none of them a capital.
fn hex(digits: &[u8]) -> Option<u128> {
    let is_digit = |it: &u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    let text = std::str::from_utf8(digits).ok()?;
    let number = || u128::from_str_radix(text, 16).ok();
    digits.iter().all(is_digit).then(number)?
}

/// Tells of the answer, after which the call is over.
pub(crate) fn answered(trace: Option<Arc<dyn Trace>>, error_code: Option<i32>) {
    if let Some(trace) = trace {
        trace.answered(error_code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[track_caller]
    fn check(text: &str, is_one: bool) {
        let trace = ClientTrace(text.parse().unwrap()).trace_id();
        let id: u128 = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736;
        let expected = is_one.then_some(id);
        assert_eq!(trace, expected, "{text:?}");
    }

    #[test]
    fn a_trace_has_an_id_if_all_of_its_header_is_well() {
        check(GOOD, true);
        check(&format!("{}00", &GOOD[..53]), true);
        check(&format!("cc{}-more", &GOOD[2..]), true);
        for length in 0..GOOD.len() {
            check(&GOOD[..length], false);
        }
        for bad in [
            format!("{GOOD}-more"),
            format!("{GOOD}0"),
            format!("cc{}.more", &GOOD[2..]),
            format!("ff{}", &GOOD[2..]),
            format!("{}0g", &GOOD[..53]),
            GOOD.to_uppercase(),
            GOOD.replace('-', "_"),
            GOOD.replace("4bf9", "+bf9"),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
        ] {
            check(&bad, false);
        }
    }
}

//! Of which call a line of the log tells: `requestId` and `trace_id`, behind its other fields.
//!
//! Always: names are what `argosy_rpc` lets through, which needs no quotes and no escapes in any format; a
//! line that is written while no call is served is as it was, and takes nothing more to write.

use std::fmt;

use argosy_rpc::ServedCall;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

/// How fields are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// As `key=value`, up to the line's end.
    Words,
    /// In one JSON object.
    Json,
}

/// Writes lines as `F` does, and adds which call they are of.
#[derive(Debug)]
pub(super) struct Named<F> {
    inner: F,
    style: Style,
}

impl<F> Named<F> {
    /// For lines of `key=value`.
    pub(super) fn words(inner: F) -> Named<F> {
        let style = Style::Words;
        Named { inner, style }
    }

    /// For lines that are JSON objects.
    pub(super) fn json(inner: F) -> Named<F> {
        let style = Style::Json;
        Named { inner, style }
    }
}

impl<S, N, F> FormatEvent<S, N> for Named<F>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(call) = ServedCall::current() else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        let inner = Writer::new(&mut line);
        self.inner.format_event(context, inner, event)?;
        writer.write_str(&self.style.add(&line, &call))
    }
}

impl Style {
    /// The line with the names of the call.
    fn add(self, line: &str, call: &ServedCall) -> String {
        let (end, names) = match self {
            Style::Words => ("\n", words(call)),
            Style::Json => ("}\n", json(call)),
        };
        match line.strip_suffix(end) {
            Some(rest) => format!("{rest}{names}{end}"),
            // Cannot be: each format ends its lines so.
            None => line.to_owned(),
        }
    }
}

fn words(call: &ServedCall) -> String {
    let trace = call.trace_id.as_ref().map(|it| format!(" trace_id={it}"));
    let trace = trace.unwrap_or_default();
    format!(" requestId={}{trace}", call.request_id)
}

fn json(call: &ServedCall) -> String {
    let trace = (call.trace_id.as_ref()).map(|it| format!(",\"trace_id\":\"{it}\""));
    let trace = trace.unwrap_or_default();
    format!(",\"requestId\":\"{}\"{trace}", call.request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(trace_id: Option<&str>) -> ServedCall {
        ServedCall {
            request_id: "a-1".to_owned(),
            trace_id: trace_id.map(str::to_owned),
        }
    }

    #[test]
    fn names_stand_behind_the_other_fields() {
        let (alone, traced) = (call(None), call(Some("4bf9")));
        let words = |call: &ServedCall| Style::Words.add("ts=1 level=info message=x\n", call);
        assert_eq!(words(&alone), "ts=1 level=info message=x requestId=a-1\n");
        assert_eq!(
            words(&traced),
            "ts=1 level=info message=x requestId=a-1 trace_id=4bf9\n"
        );
        let json = |call: &ServedCall| {
            let line = Style::Json.add("{\"level\":\"INFO\",\"message\":\"}\\n\"}\n", call);
            assert!(line.ends_with("}\n"));
            serde_json::from_str::<serde_json::Value>(&line).unwrap()
        };
        assert_eq!(json(&alone)["requestId"], "a-1");
        let found = json(&traced);
        assert_eq!(
            (&found["level"], &found["message"]),
            (&"INFO".into(), &"}\n".into())
        );
        assert_eq!(
            (&found["requestId"], &found["trace_id"]),
            (&"a-1".into(), &"4bf9".into())
        );
    }

    #[test]
    fn lines_of_no_call_stay_as_they_are() {
        assert_eq!(Style::Json.add("no object\n", &call(None)), "no object\n");
        assert_eq!(ServedCall::current(), None);
    }
}

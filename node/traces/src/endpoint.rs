//! Where the collector is.
//!
//! Always: plain HTTP, and no password in it, so that it may be shown. A collector that wants TLS or
//! a login has one beside the node that does not: an agent, a sidecar.

use std::fmt;
use std::str::FromStr;

use http::Uri;

use crate::TraceError;

/// Where collectors take traces, below their address.
const PATH: &str = "/v1/traces";
const EXPECTED: &str =
    "the address of a collector for OTLP over HTTP, such as http://127.0.0.1:4318";

/// The address of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// Where it takes traces.
    pub(crate) fn traces_url(&self) -> String {
        format!("{}{PATH}", self.0)
    }
}

impl FromStr for Endpoint {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Endpoint, TraceError> {
        let refused = |expected| TraceError::Endpoint { expected };
        let uri: Uri = text.parse().map_err(|_| refused(EXPECTED))?;
        if uri.scheme_str() == Some("https") {
            return Err(refused(
                "http://, not https://; let a collector beside the node pass it on over TLS",
            ));
        }
        let has_login = uri.authority().is_some_and(|it| it.as_str().contains('@'));
        let is_plain = uri.query().is_none() && !text.contains('#') && !has_login;
        let has_host = uri.host().is_some_and(|it| !it.is_empty());
        match uri.scheme_str() {
            Some("http") if is_plain && has_host => {
                Ok(Endpoint(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(refused(EXPECTED)),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let url = text.parse::<Endpoint>().ok().map(|it| it.traces_url());
        assert_eq!(url.as_deref(), expected, "{text:?}");
    }

    #[test]
    fn takes_addresses_with_or_without_port_and_path() {
        check(
            "http://127.0.0.1:4318",
            Some("http://127.0.0.1:4318/v1/traces"),
        );
        check("http://[::1]:4318/", Some("http://[::1]:4318/v1/traces"));
        check("http://collector", Some("http://collector/v1/traces"));
        check(
            "http://a.example/otlp/",
            Some("http://a.example/otlp/v1/traces"),
        );
    }

    #[test]
    fn refuses_what_it_could_not_reach_or_should_not_show() {
        for text in [
            "",
            "127.0.0.1:4318",
            "collector",
            "/v1",
            "http://",
            "http:///v1",
            "grpc://a:4317",
            "http://user:secret@a:4318",
            "http://a:4318?key=secret",
            "http://a:4318/#x",
            "http://a b",
        ] {
            check(text, None);
        }
        let error = "https://a:4318"
            .parse::<Endpoint>()
            .unwrap_err()
            .to_string();
        assert!(error.contains("not https://"), "{error}");
    }
}

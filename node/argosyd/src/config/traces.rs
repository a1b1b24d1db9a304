//! Traces: from settings to what is traced, and to what is said of this node there.

use std::collections::BTreeSet;

use argosy_traces::{Endpoint, TraceError};

use super::error::{ConfigError, NOT_SHOWN};
use super::load::Values;
use super::raw::{ClientTraces, RawTraces};
use super::resolve::of_key;

/// Attributes of the node.
const ATTRIBUTES_MAX: usize = 32;
/// Bytes of an attribute's name, and of the node's.
const NAME_BYTES_MAX: usize = 128;
const VALUE_BYTES_MAX: usize = 256;
/// How names begin that the node gives to what it alone knows.
const OWN: &str = "argosy.";

/// Traces of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TracesConfig {
    /// Who collects them; `None`: there are none.
    pub(crate) endpoint: Option<Endpoint>,
    /// Of a thousand calls of which no client decides, so many are traced.
    pub(crate) sample: u16,
    /// Whether clients that name a trace decide.
    pub(crate) clients_decide: bool,
    /// What the node is called.
    pub(crate) service_name: String,
    /// What else is said of it, each name once.
    pub(crate) attributes: Vec<(String, String)>,
}

pub(super) fn traces(raw: &RawTraces, values: &Values) -> Result<TracesConfig, ConfigError> {
    let endpoint = raw.endpoint.as_deref().map(|it| collector(it, values));
    Ok(TracesConfig {
        endpoint: endpoint.transpose()?,
        sample: raw.sample,
        clients_decide: raw.clients == ClientTraces::Decide,
        service_name: service_name(&raw.service_name, values)?,
        attributes: attributes(&raw.attributes, values)?,
    })
}

/// A collector's address as an error may show it: without a login, or a key behind `?`.
pub(super) fn shown_address(text: &str) -> &str {
    match text.contains(['@', '?', '#']) {
        true => NOT_SHOWN,
        false => text,
    }
}

fn collector(text: &str, values: &Values) -> Result<Endpoint, ConfigError> {
    let refuse = |error: TraceError| of_key("traces.endpoint", shown_address(text), &error, values);
    text.parse().map_err(refuse)
}

fn service_name(text: &str, values: &Values) -> Result<String, ConfigError> {
    let is_name = (1..=NAME_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
    match is_name {
        true => Ok(text.to_owned()),
        false => {
            let expected = format!("a name of 1 to {NAME_BYTES_MAX} bytes, on one line");
            Err(of_key("traces.service_name", text, &expected, values))
        }
    }
}

fn attributes(texts: &[String], values: &Values) -> Result<Vec<(String, String)>, ConfigError> {
    let refuse = |text: &str, expected: &str| of_key("traces.attributes", text, &expected, values);
    if texts.len() > ATTRIBUTES_MAX {
        let expected = format!("at most {ATTRIBUTES_MAX} of them");
        return Err(refuse(&format!("{} attributes", texts.len()), &expected));
    }
    let (mut names, mut attributes) = (BTreeSet::new(), Vec::new());
    for text in texts {
        let (name, value) = attribute(text).map_err(|expected| refuse(text, expected))?;
        if !names.insert(name) {
            return Err(refuse(text, "each name once"));
        }
        attributes.push((name.to_owned(), value.to_owned()));
    }
    Ok(attributes)
}

/// `name=value`; `Err`: what it must be.
fn attribute(text: &str) -> Result<(&str, &str), &'static str> {
    let pair = text.split_once('=');
    let (name, value) = pair.ok_or("name=value, such as deployment.environment.name=testnet")?;
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len());
    if !is_name || !name.bytes().all(|it| it.is_ascii_graphic()) {
        return Err("a name of 1 to 128 letters, digits and signs before the =");
    }
    if value.len() > VALUE_BYTES_MAX || value.contains(char::is_control) {
        return Err("a value of 256 bytes at most, on one line");
    }
    if name == "service.name" {
        return Err("another name: service.name is traces.service_name");
    }
    if name.starts_with(OWN) {
        return Err("another name: what begins with argosy. is said by the node itself");
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], expected: Result<&[(&str, &str)], &str>) {
        let texts: Vec<String> = texts.iter().map(|&it| it.to_owned()).collect();
        let own = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
        match (attributes(&texts, &Values::new()), expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found, expected.iter().map(own).collect::<Vec<_>>());
            }
            (Err(error), Err(says)) => {
                let error = error.to_string();
                assert!(error.contains(says), "{error}");
            }
            (found, expected) => panic!("{found:?} is not {expected:?}"),
        }
    }

    #[test]
    fn attributes_are_names_with_values() {
        check(&[], Ok(&[]));
        check(
            &["a=b", "c=d = e", "f="],
            Ok(&[("a", "b"), ("c", "d = e"), ("f", "")]),
        );
        check(&["k8s.pod.name=é"], Ok(&[("k8s.pod.name", "é")]));
        let long = format!("a={}", "x".repeat(VALUE_BYTES_MAX));
        check(&[&long], Ok(&[("a", &long[2..])]));
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        check(&["a"], Err("name=value"));
        check(&["=b"], Err("a name of 1 to 128"));
        check(&["a b=c"], Err("a name of 1 to 128"));
        check(
            &[&format!("{}=b", "a".repeat(NAME_BYTES_MAX + 1))],
            Err("a name of 1 to 128"),
        );
        check(
            &[&format!("a={}", "x".repeat(VALUE_BYTES_MAX + 1))],
            Err("256 bytes at most"),
        );
        check(&["a=b\nc"], Err("on one line"));
        check(&["a=b", "a=c"], Err("each name once"));
        check(&["service.name=b"], Err("traces.service_name"));
        check(&["argosy.network=b"], Err("the node itself"));
        let many: Vec<String> = (0..=ATTRIBUTES_MAX).map(|it| format!("a{it}=b")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            &many[1..],
            Ok(&many[1..]
                .iter()
                .map(|it| (&it[..it.len() - 2], "b"))
                .collect::<Vec<_>>()),
        );
        check(&many, Err("33 attributes"));
    }
}

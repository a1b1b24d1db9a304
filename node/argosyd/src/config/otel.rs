//! OpenTelemetry's own variables: they count where none of our sources says anything.
//!
//! ```text
//! OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT   traces.endpoint
//! OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG                      traces.clients, traces.sample
//! OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES                       traces.service_name, traces.attributes
//! OTEL_SDK_DISABLED                                                 none of them counts
//! ```
//!
//! Always: an empty one is as none at all; a value that is none is an error that names its variable, unless
//! the variable does not count; headers are secrets, which no error repeats.
//! Not here: sending those headers, which the exporter reads by itself.

use hyper::header::{HeaderName, HeaderValue};
use toml::Value;

use super::error::{ConfigError, NOT_SHOWN, Origin};
use super::load::{Found, Values};
use super::resolve::is_default;
use super::traces::shown_address;

const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const TRACES_HEADERS: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// Those that are read.
const VARIABLES: &[&str] = &[
    DISABLED,
    EXPORTER,
    ENDPOINT,
    TRACES_ENDPOINT,
    PROTOCOL,
    TRACES_PROTOCOL,
    HEADERS,
    TRACES_HEADERS,
    SAMPLER,
    SAMPLER_ARG,
    SERVICE_NAME,
    ATTRIBUTES,
];

/// What is behind a collector's address in the variable for traces alone.
const PATH: &str = "/v1/traces";
/// A thousand of a thousand.
const ALL: i64 = 1000;
const PAIRS: &str = "name=value, with commas between them, and %2C for a comma in a value";

/// Whether a variable is one of these.
pub(super) fn is_one(name: &str) -> bool {
    VARIABLES.contains(&name)
}

/// A value of a variable as an error may show it.
pub(super) fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    match name {
        HEADERS | TRACES_HEADERS => NOT_SHOWN,
        ENDPOINT | TRACES_ENDPOINT => shown_address(value),
        _ => value,
    }
}

/// Takes over what they say of settings of which nobody has said anything.
pub(super) fn take_otel(
    lookup: &dyn Fn(&str) -> Option<String>,
    values: &mut Values,
) -> Result<(), ConfigError> {
    let otel = Otel(lookup);
    if otel.is_disabled()? {
        return Ok(());
    }
    if !values.contains_key("traces.endpoint")
        && let Some(found) = otel.endpoint()?
    {
        values.insert("traces.endpoint".to_owned(), found);
    }
    // Where nothing is traced the others mean nothing.
    if !values.contains_key("traces.endpoint") {
        return Ok(());
    }
    otel.check_headers()?;
    if is_default("traces.clients", values) && is_default("traces.sample", values) {
        values.extend(otel.sampler()?);
    }
    for (key, found) in otel.resource()? {
        if is_default(&key, values) {
            values.insert(key, found);
        }
    }
    Ok(())
}

/// What the environment says.
struct Otel<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Otel<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    /// The first of them that says something.
    fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, String)> {
        let said = |name| Some((name, self.get(name)?));
        names.into_iter().find_map(said)
    }

    fn is_disabled(&self) -> Result<bool, ConfigError> {
        match self.get(DISABLED) {
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(refuse(DISABLED, &text, "true or false")),
            None => Ok(false),
        }
    }

    fn endpoint(&self) -> Result<Option<Found>, ConfigError> {
        let Some((name, text)) = self.first([TRACES_ENDPOINT, ENDPOINT]) else {
            return Ok(None);
        };
        match self.get(EXPORTER).as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => return Err(refuse(EXPORTER, other, "otlp or none")),
        }
        match self.first([TRACES_PROTOCOL, PROTOCOL]) {
            Some((name, protocol)) if protocol != "http/protobuf" => {
                let expected = "http/protobuf, the one that this node speaks";
                return Err(refuse(name, &protocol, expected));
            }
            Some(_) | None => {}
        }
        let address = match name {
            TRACES_ENDPOINT => text.strip_suffix(PATH),
            _ => Some(text.as_str()),
        };
        let expected = "an address with its path, such as http://127.0.0.1:4318/v1/traces";
        let address = address.ok_or_else(|| refuse(name, &text, expected))?;
        Ok(Some(found(name, Value::String(address.to_owned()))))
    }

    /// The exporter would leave out what is none, and say nothing.
    fn check_headers(&self) -> Result<(), ConfigError> {
        for name in [TRACES_HEADERS, HEADERS] {
            let text = self.get(name).unwrap_or_default();
            let are_headers = pairs(&text).is_some_and(|it| it.iter().all(is_header));
            if !are_headers {
                return Err(refuse(name, &text, PAIRS));
            }
        }
        Ok(())
    }

    /// Which calls are followed.
    fn sampler(&self) -> Result<Vec<(String, Found)>, ConfigError> {
        let Some(text) = self.get(SAMPLER) else {
            return Ok(Vec::new());
        };
        let word = text.to_ascii_lowercase();
        let (clients, word) = match word.strip_prefix("parentbased_") {
            Some(word) => ("decide", word),
            None => ("sampled", word.as_str()),
        };
        let sample = match word {
            "always_on" => ALL,
            "always_off" => 0,
            "traceidratio" => self.ratio()?,
            _ => {
                let expected =
                    "always_on, always_off or traceidratio, also with parentbased_ before it";
                return Err(refuse(SAMPLER, &text, expected));
            }
        };
        let clients = found(SAMPLER, Value::String(clients.to_owned()));
        let sample = found(SAMPLER, Value::Integer(sample));
        Ok(vec![
            ("traces.clients".to_owned(), clients),
            ("traces.sample".to_owned(), sample),
        ])
    }

    fn ratio(&self) -> Result<i64, ConfigError> {
        let Some(text) = self.get(SAMPLER_ARG) else {
            return Ok(ALL);
        };
        let expected = "a number from 0 to 1, in thousandths at the finest, such as 0.025";
        thousandths(&text).ok_or_else(|| refuse(SAMPLER_ARG, &text, expected))
    }

    /// What is said of the node.
    fn resource(&self) -> Result<Vec<(String, Found)>, ConfigError> {
        let text = self.get(ATTRIBUTES).unwrap_or_default();
        let all = pairs(&text).ok_or_else(|| refuse(ATTRIBUTES, &text, PAIRS))?;
        let (names, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|it| it.0 == "service.name");
        let name = (self.get(SERVICE_NAME)).map(|it| found(SERVICE_NAME, Value::String(it)));
        let among = names.into_iter().next_back();
        let name = name.or_else(|| Some(found(ATTRIBUTES, Value::String(among?.1))));
        let mut said = Vec::new();
        if let Some(name) = name {
            said.push(("traces.service_name".to_owned(), name));
        }
        if !others.is_empty() {
            let others = others.iter().map(|(name, value)| format!("{name}={value}"));
            let others = Value::Array(others.map(Value::String).collect());
            said.push(("traces.attributes".to_owned(), found(ATTRIBUTES, others)));
        }
        Ok(said)
    }
}

fn found(variable: &str, value: Value) -> Found {
    Found {
        value,
        origin: Origin::Environment(variable.to_owned()),
    }
}

fn refuse(variable: &str, value: &str, expected: &str) -> ConfigError {
    ConfigError::Value {
        key: variable.to_owned(),
        found: shown(variable, value).to_owned(),
        origin: Origin::Environment(variable.to_owned()),
        expected: expected.to_owned(),
    }
}

/// `name=value,name=value`; `None`: it is no such list.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_owned(), decoded(value.trim())?))
    };
    parts.map(pair).collect()
}

/// What `%2C` and its like stand for.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |it: u8| char::from(it).to_digit(16);
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next()?)? * 16 + digit(rest.next()?)?).ok()?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn is_header((name, value): &(String, String)) -> bool {
    let is_value = !value.is_empty() && HeaderValue::try_from(value.as_str()).is_ok();
    is_value && HeaderName::try_from(name.as_str()).is_ok()
}

/// `0.25` in thousandths; `None`: it is not from 0 to 1, or finer.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !(whole.is_empty() && part.is_empty());
    let has_digits_only = [whole, part].concat().bytes().all(|it| it.is_ascii_digit());
    let part = part.trim_end_matches('0');
    if !is_number || !has_digits_only || part.len() > 3 {
        return None;
    }
    let part: i64 = format!("{part:0<3}").parse().ok()?;
    let all = match whole.trim_start_matches('0') {
        "" => part,
        "1" => ALL + part,
        _ => return None,
    };
    (all <= ALL).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::plain;

    const ADDRESS: (&str, &str) = (ENDPOINT, "http://a:4318");

    /// What settings become where `own` have said something already.
    fn taken(said: &[(&str, &str)], own: &[(&str, Value)]) -> Result<Vec<String>, String> {
        let lookup = |name: &str| {
            let value = said.iter().find(|it| it.0 == name)?;
            Some(value.1.to_owned())
        };
        let own = own.iter().map(|(key, value)| {
            let origin = Origin::Flag("own".to_owned());
            let value = value.clone();
            ((*key).to_owned(), Found { value, origin })
        });
        let mut values: Values = own.collect();
        take_otel(&lookup, &mut values).map_err(|error| error.to_string())?;
        let line = |(key, found): (&String, &Found)| {
            let name = key.trim_start_matches("traces.");
            format!("{name} = {} # {}", plain(&found.value), found.origin)
        };
        Ok(values.iter().map(line).collect())
    }

    #[track_caller]
    fn check(said: &[(&str, &str)], expected: &[&str]) {
        let taken = taken(said, &[]).unwrap();
        assert_eq!(taken, expected, "{said:?}");
    }

    /// It is refused in a sentence that names the variable and says this.
    #[track_caller]
    fn refused(said: (&str, &str), says: &str) {
        let error = taken(&[ADDRESS, said], &[]).unwrap_err();
        let begin = format!("{} = ", said.0);
        assert!(error.starts_with(&begin) && error.contains(says), "{error}");
    }

    #[test]
    fn one_for_traces_alone_has_the_whole_address() {
        let told = |variable: &str| format!("endpoint = http://a:4318 # environment {variable}");
        check(&[ADDRESS], &[&told(ENDPOINT)]);
        let whole = (TRACES_ENDPOINT, "http://a:4318/v1/traces");
        check(&[whole], &[&told(TRACES_ENDPOINT)]);
        check(
            &[whole, (ENDPOINT, "no address")],
            &[&told(TRACES_ENDPOINT)],
        );
        check(&[ADDRESS, (TRACES_ENDPOINT, " ")], &[&told(ENDPOINT)]);
        refused((TRACES_ENDPOINT, "http://a:4318"), "/v1/traces");
    }

    #[test]
    fn one_that_counts_for_nothing_is_not_looked_at() {
        check(&[(SAMPLER, "no sampler"), (HEADERS, "no header")], &[]);
        check(&[ADDRESS, (DISABLED, "True"), (SAMPLER, "none")], &[]);
        check(&[ADDRESS, (EXPORTER, "none"), (SAMPLER, "none")], &[]);
        check(&[(EXPORTER, "console"), (PROTOCOL, "grpc")], &[]);
    }

    #[test]
    fn what_our_own_settings_say_stays() {
        let address = Value::String("http://own:1".to_owned());
        let own = [
            ("traces.endpoint", address),
            ("traces.sample", Value::Integer(5)),
        ];
        let said = [ADDRESS, (SAMPLER, "always_on"), (SERVICE_NAME, "it")];
        let expected = [
            "endpoint = http://own:1 # flag --own",
            "sample = 5 # flag --own",
            "service_name = it # environment OTEL_SERVICE_NAME",
        ];
        assert_eq!(taken(&said, &own).unwrap(), expected);
        let said = [ADDRESS, (DISABLED, "true"), (SERVICE_NAME, "it")];
        assert_eq!(taken(&said, &own).unwrap(), expected[..2]);
        let said = [(PROTOCOL, "grpc"), (EXPORTER, "none"), ADDRESS];
        assert_eq!(taken(&said, &own).unwrap(), expected[..2]);
    }

    #[test]
    fn each_sampler_is_a_share_and_says_whether_clients_decide() {
        let of = |name: &str, arg: &str, clients: &str, sample: i64| {
            let origin = "# environment OTEL_TRACES_SAMPLER";
            check(
                &[ADDRESS, (SAMPLER, name), (SAMPLER_ARG, arg)],
                &[
                    &format!("clients = {clients} {origin}"),
                    "endpoint = http://a:4318 # environment OTEL_EXPORTER_OTLP_ENDPOINT",
                    &format!("sample = {sample} {origin}"),
                ],
            );
        };
        of("always_on", "0.5", "sampled", 1000);
        of("always_off", "", "sampled", 0);
        of("traceidratio", "0.25", "sampled", 250);
        of("parentbased_always_on", "", "decide", 1000);
        of("ParentBased_Always_Off", "", "decide", 0);
        of("parentbased_traceidratio", "0.001", "decide", 1);
        of("parentbased_traceidratio", "", "decide", 1000);
        check(
            &[ADDRESS, (SAMPLER_ARG, "0.5")],
            &["endpoint = http://a:4318 # environment OTEL_EXPORTER_OTLP_ENDPOINT"],
        );
    }

    #[test]
    fn a_ratio_is_in_thousandths() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1", Some(1000)),
            ("1.000", Some(1000)),
            ("0.1", Some(100)),
            (".025", Some(25)),
            ("0.0250000", Some(25)),
            ("01.", Some(1000)),
            ("1.001", None),
            ("0.0001", None),
            ("2", None),
            ("-1", None),
            ("1e-3", None),
            ("0,1", None),
            (".", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(thousandths(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_and_attributes_are_read_as_they_were_meant() {
        let said = (
            ATTRIBUTES,
            "team = a%2Cb ,service.name=among, zone=x=y,,k=%C3%A9",
        );
        let endpoint = "endpoint = http://a:4318 # environment OTEL_EXPORTER_OTLP_ENDPOINT";
        let attributes = "attributes = [\"team=a,b\", \"zone=x=y\", \"k=é\"] # environment OTEL_RESOURCE_ATTRIBUTES";
        let among = "service_name = among # environment OTEL_RESOURCE_ATTRIBUTES";
        check(&[ADDRESS, said], &[attributes, endpoint, among]);
        let name = "service_name = it # environment OTEL_SERVICE_NAME";
        check(
            &[ADDRESS, said, (SERVICE_NAME, "it")],
            &[attributes, endpoint, name],
        );
    }

    #[test]
    fn a_value_that_is_none_is_refused_by_the_name_of_its_variable() {
        refused((DISABLED, "yes"), "true or false");
        refused((EXPORTER, "console"), "otlp or none");
        refused((PROTOCOL, "grpc"), "http/protobuf");
        refused((TRACES_PROTOCOL, "http/json"), "http/protobuf");
        refused((SAMPLER, "xray"), "traceidratio");
        refused((ATTRIBUTES, "team"), "name=value");
        refused((ATTRIBUTES, "team=%2"), "name=value");
        refused((ATTRIBUTES, "team=%ff"), "name=value");
        let said = [ADDRESS, (SAMPLER, "traceidratio"), (SAMPLER_ARG, "half")];
        let error = taken(&said, &[]).unwrap_err();
        assert!(
            error.starts_with("OTEL_TRACES_SAMPLER_ARG = half"),
            "{error}"
        );
    }

    #[test]
    fn headers_are_looked_at_and_not_repeated() {
        let own = [("traces.endpoint", Value::String("http://own:1".to_owned()))];
        for name in [HEADERS, TRACES_HEADERS] {
            let good = "authorization=Bearer%20s3cret, x-team = a,";
            assert!(taken(&[(name, good)], &own).is_ok());
            for bad in [
                "s3cret",
                "a b=s3cret",
                "=s3cret",
                "a=",
                "a=s3cret%",
                "a=s3cret%0A",
            ] {
                let error = taken(&[(name, bad)], &own).unwrap_err();
                assert!(error.contains(name) && !error.contains("s3cret"), "{error}");
            }
        }
        let login = (TRACES_ENDPOINT, "http://me:s3cret@a:4318");
        let error = taken(&[login], &[]).unwrap_err();
        assert!(
            error.contains(TRACES_ENDPOINT) && !error.contains("s3cret"),
            "{error}"
        );
    }
}

//! The outline of a call's parameters: their names and number. Values are the method's business.

use std::collections::BTreeSet;
use std::fmt;

use argosy_rpc_api::{MethodSpec, RpcError};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Checks names and number of parameters; their values are the method's business.
pub(super) fn check_params(
    method: &MethodSpec,
    params: Option<&RawValue>,
) -> Result<Given, RpcError> {
    let wrong = |reason: String| RpcError::InvalidParams {
        param: None,
        reason,
    };
    let text = params.map_or("[]", RawValue::get);
    let mut json = serde_json::Deserializer::from_str(text);
    let given = json
        .deserialize_any(Shape(method))
        .map_err(|error| wrong(error.to_string()))?;
    let needed = method.params.iter().filter(|it| !it.optional);
    match &given {
        Given::Names(names) => {
            let mut missing = needed.filter(|it| !names.contains(it.name));
            match missing.next() {
                Some(param) => Err(RpcError::invalid(
                    param.name,
                    format!("{} is missing", param.name),
                )),
                None => Ok(given),
            }
        }
        Given::Count(count) if *count < needed.count() => {
            let missing = method.params.get(*count).map_or("", |it| it.name);
            Err(RpcError::invalid(missing, format!("{missing} is missing")))
        }
        Given::Count(_) => Ok(given),
    }
}

/// What was given.
pub(super) enum Given {
    Names(BTreeSet<&'static str>),
    Count(usize),
}

impl Given {
    /// The parameter that was given, if it is only one.
    pub(super) fn only(&self, method: &MethodSpec) -> Option<&'static str> {
        match self {
            Given::Names(names) if names.len() == 1 => names.first().copied(),
            Given::Count(1) => method.params.first().map(|it| it.name),
            Given::Names(_) | Given::Count(_) => None,
        }
    }
}

/// Reads the parameters' outline only.
struct Shape<'a>(&'a MethodSpec);

impl<'de> Visitor<'de> for Shape<'_> {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters as an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value::<IgnoredAny>()?;
            let known = self.0.params.iter().find(|it| it.name == name);
            let Some(param) = known else {
                let name: String = name.chars().take(64).collect();
                return Err(serde::de::Error::custom(unknown(&name, self.0)));
            };
            if !names.insert(param.name) {
                let twice = format!("{name} is given twice");
                return Err(serde::de::Error::custom(twice));
            }
        }
        Ok(Given::Names(names))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
        let mut count = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
            if count > self.0.params.len() {
                let max = self.0.params.len();
                let many = format!("{} takes at most {max} parameters", self.0.name);
                return Err(serde::de::Error::custom(many));
            }
        }
        Ok(Given::Count(count))
    }
}

fn unknown(name: &str, method: &MethodSpec) -> String {
    let known: Vec<_> = method.params.iter().map(|it| it.name).collect();
    if known.is_empty() {
        return format!("{} takes no parameters, {name:?} was given", method.name);
    }
    let (method, known) = (method.name, known.join(", "));
    format!("{method} has no parameter {name:?}; it takes {known}")
}

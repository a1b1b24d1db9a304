//! The part of an address behind the question mark: names and values.
//!
//! Always holds: a name that is unknown, or given twice, is an error, as it is in a call. Values are
//! numbers, hashes, addresses and cursors, none of which has a letter that must be escaped.

use std::str::FromStr;

use argosy_rpc_api::RpcError;

/// What was given, by its name.
pub(super) struct Query<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Query<'a> {
    pub(super) fn read(text: Option<&'a str>, names: &[&str]) -> Result<Query<'a>, RpcError> {
        let mut given: Vec<(&str, &str)> = Vec::new();
        let parts = text.unwrap_or_default().split('&');
        for part in parts.filter(|it| !it.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let shown: String = name.chars().take(64).collect();
            if !names.contains(&name) {
                let reason = format!("no parameter {shown:?}; it takes {}", names.join(", "));
                return Err(RpcError::InvalidParams {
                    param: None,
                    reason,
                });
            }
            if given.iter().any(|it| it.0 == name) {
                return Err(RpcError::invalid(name, format!("{shown} is given twice")));
            }
            given.push((name, value));
        }
        Ok(Query(given))
    }

    /// A value, if it was given.
    pub(super) fn get<T: FromStr>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, RpcError> {
        let value = self.0.iter().find(|it| it.0 == name);
        let read = |value: &str| {
            let wrong = |_| RpcError::invalid(name, format!("expected {expected}"));
            value.parse().map_err(wrong)
        };
        value.map(|it| read(it.1)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Option<u64>, &str>) {
        let found =
            Query::read(Some(text), &["a", "b"]).and_then(|it| it.get::<u64>("a", "a number"));
        let expected = expected.map_err(str::to_owned);
        let found = found.map_err(|error| match error {
            RpcError::InvalidParams { reason, .. } => reason,
            other => other.to_string(),
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn names_and_values_must_fit() {
        check("", Ok(None));
        check("a=7", Ok(Some(7)));
        check("b=x&a=7&", Ok(Some(7)));
        check("a=7&a=7", Err("a is given twice"));
        check("a", Err("expected a number"));
        check("a=%37", Err("expected a number"));
        check("c=1", Err("no parameter \"c\"; it takes a, b"));
    }
}

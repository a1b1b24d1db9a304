//! A call as it comes, its parameters by name or by position, and the shape of answers: that of the
//! clients' port.

use std::collections::BTreeMap;

use argosy_rpc_api::{ADMIN_METHODS, MethodSpec, RpcError};
use serde::Deserialize;
use serde_json::{Value, json};

/// JSON-RPC's own codes.
const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;

/// A call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    jsonrpc: String,
    /// As it goes back.
    pub(super) id: Value,
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
}

/// What a method is told, by names.
pub(super) type Arguments = BTreeMap<&'static str, Value>;

impl Asked {
    /// The one call of a body; or the answer to what is none.
    pub(super) fn read(body: &[u8]) -> Result<Asked, Value> {
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| refused(PARSE_ERROR, &format!("no JSON: {error}")))?;
        if value.is_array() {
            return Err(refused(
                INVALID_REQUEST,
                "one call at a time: no batches here",
            ));
        }
        let asked: Asked = serde_json::from_value(value)
            .map_err(|error| refused(INVALID_REQUEST, &format!("no call: {error}")))?;
        let is_id = matches!(asked.id, Value::String(_) | Value::Number(_));
        match asked.jsonrpc == "2.0" && is_id {
            true => Ok(asked),
            false => Err(refused(
                INVALID_REQUEST,
                "no call: `jsonrpc` is \"2.0\", `id` a text or a number",
            )),
        }
    }

    /// Its parameters, if they are those of a method that there is.
    pub(super) fn arguments(&self) -> Result<Arguments, RpcError> {
        let method = ADMIN_METHODS.iter().find(|it| it.name == self.method);
        let method = method.ok_or_else(|| RpcError::MethodNotFound {
            method: self.method.chars().take(64).collect(),
        })?;
        let given = match &self.params {
            Value::Null => Arguments::new(),
            Value::Array(values) => by_position(method, values)?,
            Value::Object(values) => by_name(method, values)?,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(wrong("parameters are an object or an array".into()));
            }
        };
        let mut needed = method.params.iter().filter(|it| !it.optional);
        match needed.find(|it| !given.contains_key(it.name)) {
            Some(missing) => {
                let reason = format!("{} is missing", missing.name);
                Err(RpcError::invalid(missing.name, reason))
            }
            None => Ok(given),
        }
    }
}

fn by_position(method: &'static MethodSpec, values: &[Value]) -> Result<Arguments, RpcError> {
    let max = method.params.len();
    if values.len() > max {
        return Err(wrong(format!(
            "{} takes at most {max} parameters",
            method.name
        )));
    }
    let given = method.params.iter().zip(values);
    Ok(given
        .filter(|(_, value)| !value.is_null())
        .map(|(param, value)| (param.name, value.clone()))
        .collect())
}

fn by_name(
    method: &'static MethodSpec,
    values: &serde_json::Map<String, Value>,
) -> Result<Arguments, RpcError> {
    let mut given = Arguments::new();
    for (name, value) in values {
        let param = method.params.iter().find(|it| it.name == name);
        let Some(param) = param else {
            let name: String = name.chars().take(64).collect();
            return Err(wrong(format!("{} has no parameter {name:?}", method.name)));
        };
        if !value.is_null() {
            given.insert(param.name, value.clone());
        }
    }
    Ok(given)
}

fn wrong(reason: String) -> RpcError {
    let param = None;
    RpcError::InvalidParams { param, reason }
}

/// The answer to a call that failed.
pub(super) fn failed(id: &Value, error: &RpcError) -> Value {
    // It is made of texts and numbers, which always have a JSON form.
    let mut data = serde_json::to_value(error).unwrap_or_default();
    if let Value::Object(facts) = &mut data {
        facts.insert("docs".to_owned(), Value::String(error.docs()));
    }
    let error = json!({"code": error.code(), "message": error.to_string(), "data": data});
    json!({"jsonrpc": "2.0", "id": id, "error": error})
}

/// The answer to what is no call.
fn refused(code: i32, message: &str) -> Value {
    let error = json!({"code": code, "message": message});
    json!({"jsonrpc": "2.0", "id": null, "error": error})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Result<&str, i32>) {
        let found = match Asked::read(body.as_bytes()) {
            Ok(asked) => match asked.arguments() {
                Ok(arguments) => Ok(json!(arguments).to_string()),
                Err(error) => Err(i64::from(error.code())),
            },
            Err(refused) => Err(refused["error"]["code"].as_i64().expect("it has a code")),
        };
        let expected = expected.map(str::to_owned).map_err(i64::from);
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_call_is_one_call_with_the_parameters_that_its_method_has() {
        let call = |rest: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":{rest}}}"#);
        check(&call(r#""admin_peers""#), Ok("{}"));
        check(&call(r#""admin_peers","params":[]"#), Ok("{}"));
        check(&call(r#""admin_peers","params":{}"#), Ok("{}"));
        let named = r#"{"filter":"info"}"#;
        check(
            &call(&format!(r#""admin_setLogFilter","params":{named}"#)),
            Ok(named),
        );
        check(
            &call(r#""admin_setLogFilter","params":["info"]"#),
            Ok(named),
        );
        check(
            &call(r#""admin_prepareShutdown","params":[null]"#),
            Ok("{}"),
        );
        check(&call(r#""admin_setLogFilter""#), Err(-32602));
        check(
            &call(r#""admin_setLogFilter","params":[null]"#),
            Err(-32602),
        );
        check(
            &call(r#""admin_setLogFilter","params":["a","b"]"#),
            Err(-32602),
        );
        check(
            &call(r#""admin_setLogFilter","params":{"filtre":"a"}"#),
            Err(-32602),
        );
        check(&call(r#""admin_setLogFilter","params":7"#), Err(-32602));
        check(&call(r#""admin_none""#), Err(-32601));
        check(&call(r#""system_health""#), Err(-32601));
        check(&call("7"), Err(-32600));
        check(&call(r#""admin_peers","more":1"#), Err(-32600));
        check(&format!("[{}]", call(r#""admin_peers""#)), Err(-32600));
        check(r#"{"jsonrpc":"2.0","method":"admin_peers"}"#, Err(-32600));
        check(
            r#"{"jsonrpc":"2.0","id":{},"method":"admin_peers"}"#,
            Err(-32600),
        );
        check(
            r#"{"jsonrpc":"1.0","id":1,"method":"admin_peers"}"#,
            Err(-32600),
        );
        for body in ["", "{", "x", "\u{0}"] {
            check(body, Err(-32700));
        }
        check(&"[".repeat(60_000), Err(-32700));
    }
}

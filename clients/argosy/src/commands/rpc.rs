//! `argosy rpc METHOD [JSON]`: any method, as it is.

use std::io::Read;

use anyhow::Context;
use argosy_rpc_api::{METHODS, MethodSpec, RpcError};
use argosy_sdk::{SdkError, raw};
use serde_json::{Value, json};

use super::problem::failure;
use super::session::options;
use crate::account::closest;
use crate::args::{GlobalArgs, RpcArgs};
use crate::failure::Failure;
use crate::networks;
use crate::output::Report;

/// More than any node takes.
const PARAMS_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Calls and prints.
pub(super) fn run(args: RpcArgs, global: &GlobalArgs) -> Result<Report, Failure> {
    let Some(method) = args.method else {
        return Ok(list());
    };
    let params = args
        .params
        .map_or(Ok(Value::Null), |it| read(&it, &method))?;
    let place = networks::choose(global)?;
    let options = options(global, None);
    let answer = super::in_runtime(async {
        let answer = raw::call(&place.url, &options, &method, params).await;
        answer.map_err(|error| explain(&method, error))
    })?;
    let text = serde_json::to_string_pretty(&answer).context("the answer cannot be written")?;
    Ok(Report::new(answer).line(text))
}

fn read(text: &str, method: &str) -> Result<Value, Failure> {
    let mut stdin = String::new();
    let text = match text {
        "-" => {
            let mut source = std::io::stdin().take(PARAMS_BYTES_MAX);
            let read = source.read_to_string(&mut stdin);
            read.context("cannot read the parameters from stdin")?;
            stdin.as_str()
        }
        text => text,
    };
    let params: Result<Value, _> = serde_json::from_str(text);
    match params {
        Ok(params @ (Value::Object(_) | Value::Array(_))) => Ok(params),
        Ok(_) => Err(wanted(
            "parameters are a JSON object or a JSON array",
            method,
        )),
        Err(error) => Err(wanted(&format!("parameters are no JSON: {error}"), method)),
    }
}

fn wanted(what: &str, method: &str) -> Failure {
    let known = METHODS.iter().find(|it| it.name == method);
    let hint = known.map_or("'{\"name\": value}'".to_owned(), synopsis);
    Failure::usage(what).hint(format!("write {hint}"))
}

/// The node's own error, and what was probably meant.
fn explain(method: &str, error: SdkError) -> Failure {
    let known = METHODS.iter().find(|it| it.name == method);
    match (error.rpc(), known) {
        (Some(RpcError::MethodNotFound { .. }), None) => {
            let failure = failure(error);
            match closest(method, METHODS.iter().map(|it| it.name)) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint("`argosy rpc --list` lists the methods"),
            }
        }
        (Some(RpcError::InvalidParams { .. }), Some(known)) => {
            failure(error).hint(format!("write {}", synopsis(known)))
        }
        _ => failure(error),
    }
}

/// `account_get '{"address": …, "at"?: …}'`
fn synopsis(method: &MethodSpec) -> String {
    let params = method.params.iter().map(|it| {
        let mark = if it.optional { "?" } else { "" };
        format!("\"{}\"{mark}: …", it.name)
    });
    let params: Vec<String> = params.collect();
    match params.is_empty() {
        true => method.name.to_owned(),
        false => format!("{} '{{{}}}'", method.name, params.join(", ")),
    }
}

fn list() -> Report {
    let view = |it: &MethodSpec| {
        let params = it.params.iter();
        let params = params.map(|it| json!({"name": it.name, "optional": it.optional}));
        json!({"name": it.name, "params": params.collect::<Value>(), "summary": it.summary})
    };
    let document = json!({"methods": METHODS.iter().map(view).collect::<Value>()});
    let report = Report::new(document).list_of("methods");
    let row =
        |report: Report, it: &MethodSpec| report.columns([synopsis(it), it.summary.to_owned()]);
    METHODS.iter().fold(report, row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_an_object_or_a_list() {
        assert_eq!(read("{\"at\": 1}", "x").unwrap(), json!({"at": 1}));
        assert_eq!(read("[1]", "x").unwrap(), json!([1]));
        for bad in ["7", "\"text\"", "{at: 1}", ""] {
            let failure = read(bad, "account_get").unwrap_err();
            let hint = failure.json()["error"]["hint"].to_string();
            assert!(hint.contains("address"), "{bad}: {hint}");
        }
    }

    #[test]
    fn every_method_can_be_written() {
        let account = METHODS.iter().find(|it| it.name == "account_get").unwrap();
        assert_eq!(
            synopsis(account),
            "account_get '{\"address\": …, \"at\"?: …}'"
        );
    }
}

//! The whole interface as one OpenRPC document: what tools for client authors read.
//!
//! ```text
//! METHODS ─┐ names, parameters, weights
//! shapes  ─┤ their types ──► schemas (derived beside the types, `schema` for the small ones)
//! failures┤ the errors of each
//! examples┘ a call of each, and the answer that the tests hold fixed
//! ```
//!
//! Always: the document follows from the code alone, so it is the same in every process; all that is
//! in it is checked against itself (`tests/it/openrpc.rs`): examples fit their schemas, no number needs
//! 64 bits. Schemas describe what is sent and answered as we write it; readers are more lenient.
//! Not here: who is offered what on a node, and that node's own limits.

mod examples; // calls and their answers
mod failures; // which errors a method may end with
mod shapes; // types of parameters and answers

use std::borrow::Cow;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use self::shapes::{SHAPES, Shape};
use crate::{
    Class, Decimal, ERRORS, EventsNotice, HeadsNotice, METHODS, MethodSpec, RpcError, TxNotice,
};

/// Which OpenRPC the document keeps to; schemas are JSON Schema draft 7.
const OPENRPC: &str = "1.3.2";

/// The interface's own description: an OpenRPC document, as it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Discovery(Box<RawValue>);

impl Discovery {
    /// The text of the document.
    pub fn text(&self) -> &str {
        self.0.get()
    }
}

impl JsonSchema for Discovery {
    fn schema_name() -> Cow<'static, str> {
        "Discovery".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An OpenRPC document (https://spec.open-rpc.org).",
            "type": "object",
            "required": ["openrpc", "info", "methods", "components"],
        })
    }
}

/// The names of all methods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodNames {
    /// In the order of the reference. Some may be switched off on a node; they say so when called.
    pub methods: Vec<String>,
}

impl MethodNames {
    /// Those of the table.
    pub fn all() -> MethodNames {
        MethodNames {
            methods: METHODS.iter().map(|it| it.name.to_owned()).collect(),
        }
    }
}

/// The document. It is made once.
pub fn openrpc() -> &'static Discovery {
    static DOCUMENT: LazyLock<Discovery> = LazyLock::new(|| {
        let text = serde_json::to_string(&document()).expect("maps have text keys");
        Discovery(RawValue::from_string(text).expect("it was written as JSON"))
    });
    &DOCUMENT
}

fn document() -> Value {
    let settings = SchemaSettings::draft07().for_serialize().with(|it| {
        it.definitions_path = "/components/schemas".into();
        it.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let rows = METHODS.iter().zip(SHAPES);
    let methods: Vec<Value> = rows
        .map(|(method, shape)| describe(method, shape, &mut schemas))
        .collect();
    let subscriptions = subscriptions(&mut schemas);
    // Answers hold errors, too; clients want their facts in any case.
    schemas.subschema_for::<RpcError>();
    let mut definitions = Value::Object(schemas.take_definitions(true));
    leave_out(&mut definitions);
    json!({
        "openrpc": OPENRPC,
        "info": {
            "title": "Argosy JSON-RPC",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "JSON-RPC 2.0 over HTTP and WebSocket. Parameters go by name or by position. \
                Bytes and hashes are 0x hex; integers of 64 bits and more are decimal strings, except \
                heights, times and indexes; what is absent is left out. Answers may gain fields, \
                and methods optional parameters; nothing else changes under a name. A method whose name \
                begins with unstable_ promises nothing.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "methods": methods,
        "x-subscriptions": subscriptions,
        "components": {
            "schemas": definitions,
            "errors": errors(),
        },
    })
}

/// What is absent is left out and never null: fields that may be absent need no null in their types.
fn leave_out(schema: &mut Value) {
    if let Value::Array(items) = schema {
        items.iter_mut().for_each(leave_out);
    }
    let Value::Object(parts) = schema else {
        return;
    };
    let needed: Vec<Value> = (parts.get("required").and_then(Value::as_array))
        .cloned()
        .unwrap_or_default();
    if let Some(Value::Object(fields)) = parts.get_mut("properties") {
        for (name, field) in fields {
            if !needed.iter().any(|it| it == name) {
                refuse_null(field);
            }
        }
    }
    parts.values_mut().for_each(leave_out);
}

fn refuse_null(field: &mut Value) {
    let Value::Object(parts) = field else {
        return;
    };
    if let Some(Value::Array(types)) = parts.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            parts.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(mut choices)) = parts.remove("anyOf") {
        choices.retain(|it| *it != json!({"type": "null"}));
        // One choice is none: what is beside it stays true of it.
        let word = if choices.len() == 1 { "allOf" } else { "anyOf" };
        parts.insert(word.to_owned(), Value::Array(choices));
    }
}

fn describe(method: &MethodSpec, shape: &Shape, schemas: &mut SchemaGenerator) -> Value {
    let params = method.params.iter().zip(shape.params);
    let params: Vec<Value> = params
        .map(|(param, schema)| {
            json!({
                "name": param.name,
                "required": !param.optional,
                "schema": schema(schemas),
            })
        })
        .collect();
    let errors = failures::of(shape);
    let errors: Vec<Value> = errors
        .map(|kind| json!({"$ref": format!("#/components/errors/{kind}")}))
        .collect();
    let group = method.name.split(['_', '.']).next().unwrap_or_default();
    json!({
        "name": method.name,
        "summary": method.summary,
        "tags": [{"name": group}],
        "paramStructure": "either",
        "params": params,
        "result": {"name": "answer", "schema": (shape.answer)(schemas)},
        "errors": errors,
        "examples": examples::of(method),
        "x-class": class(method.class),
        "x-weight": method.weight,
    })
}

/// What subscriptions tell: OpenRPC has no word for it. Notices come over the WebSocket that the call came by,
/// as notifications with these parameters.
fn subscriptions(schemas: &mut SchemaGenerator) -> Vec<Value> {
    let number = schemas.subschema_for::<Decimal<u64>>();
    let kinds = [
        (
            ["events_subscribe", "events_unsubscribe"],
            "events_subscription",
            schemas.subschema_for::<EventsNotice>(),
        ),
        (
            ["chain_subscribeHeads", "chain_unsubscribeHeads"],
            "chain_subscription",
            schemas.subschema_for::<HeadsNotice>(),
        ),
        (
            ["tx_watch", "tx_unwatch"],
            "tx_subscription",
            schemas.subschema_for::<TxNotice>(),
        ),
    ];
    let described = kinds.map(|([begins, ends], notification, notice)| {
        json!({
            "begins": begins,
            "ends": ends,
            "notification": notification,
            "params": [
                {"name": "subscription", "required": true, "schema": number},
                {"name": "result", "required": true, "schema": notice},
            ],
        })
    });
    described.into()
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Public => "public",
        Class::Operator => "operator",
        Class::Dev => "dev",
    }
}

/// Every error by its kind. The facts in `data` are described by the schema `RpcError`.
fn errors() -> Map<String, Value> {
    let entry = |it: &crate::ErrorEntry| {
        let error = json!({
            "code": it.code,
            "message": it.summary.trim(),
            "data": {"kind": it.kind},
        });
        (it.kind.to_owned(), error)
    };
    ERRORS.iter().map(entry).collect()
}

//! The settings as data, read from the schema of `raw`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};
use toml::Value;

use super::raw::RawConfig;

/// In the schema, of a setting that a running node takes anew; on its field in `raw`.
const RELOADABLE: &str = "x-reloadable";

/// One setting.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Path in the file: `rpc.max_connections`.
    pub(super) key: String,
    pub(super) kind: Kind,
    /// What it means.
    pub(super) doc: String,
    /// What holds if nobody says anything; `None`: nothing, or something that depends.
    pub(super) default: Option<Value>,
    /// Whether a running node takes it anew.
    pub(super) is_reloadable: bool,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Choice(Vec<String>),
    Integer(RangeInclusive<i64>),
    List,
}

/// Every setting, in the order of the file.
pub(super) static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
    let defaults = Value::try_from(RawConfig::default()).ok();
    let mut settings = Vec::new();
    walk(schema().as_value(), "", defaults.as_ref(), &mut settings);
    settings
});

/// The schema of the whole file.
pub(super) fn schema() -> Schema {
    let inline = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    inline.into_generator().into_root_schema_for::<RawConfig>()
}

/// The setting of a key.
pub(super) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|it| it.key == key)
}

/// What a section is for.
pub(super) fn section_doc(section: &str) -> String {
    let pointer = format!("/properties/{}", section.replace('.', "/properties/"));
    let schema = schema();
    let found = schema
        .as_value()
        .pointer(&pointer)
        .and_then(Json::as_object);
    found.map(doc).unwrap_or_default()
}

impl Setting {
    /// The section it stands in; empty for those on top.
    pub(super) fn section(&self) -> &str {
        self.key.rsplit_once('.').map_or("", |it| it.0)
    }

    /// Its name inside the section.
    pub(super) fn name(&self) -> &str {
        self.key.rsplit_once('.').map_or(&self.key, |it| it.1)
    }

    /// `rpc.max-connections`.
    pub(super) fn flag(&self) -> String {
        self.key.replace('_', "-")
    }

    /// `ARGOSY_RPC__MAX_CONNECTIONS`.
    pub(super) fn variable(&self) -> String {
        format!("ARGOSY_{}", self.key.replace('.', "__").to_uppercase())
    }
}

impl Kind {
    /// In words, for errors and documentation.
    pub(super) fn expected(&self) -> String {
        match self {
            Kind::Text => "a text".into(),
            Kind::Choice(words) => words.join(" | "),
            Kind::Integer(range) if *range.end() >= i64::from(u32::MAX) && *range.start() == 0 => {
                "a number from 0".into()
            }
            Kind::Integer(range) if *range.end() >= i64::from(u32::MAX) => {
                format!("a number from {}", range.start())
            }
            Kind::Integer(range) => format!("a number from {} to {}", range.start(), range.end()),
            Kind::List => "a list of texts".into(),
        }
    }
}

/// Adds the settings below a schema of an object.
fn walk(schema: &Json, path: &str, defaults: Option<&Value>, settings: &mut Vec<Setting>) {
    let Some(properties) = object(schema).and_then(|it| it.get("properties")?.as_object()) else {
        return;
    };
    // Plain values first, as TOML wants them.
    let (tables, values): (Vec<_>, Vec<_>) = properties.iter().partition(|(_, it)| is_table(it));
    for (name, schema) in values.into_iter().chain(tables) {
        let key = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let default = defaults.and_then(|it| it.get(name));
        if is_table(schema) {
            walk(schema, &key, default, settings);
        } else if let Some(schema) = schema.as_object() {
            settings.push(Setting {
                key,
                kind: kind(schema),
                doc: doc(schema),
                default: default.cloned(),
                is_reloadable: schema.get(RELOADABLE) == Some(&Json::Bool(true)),
            });
        }
    }
}

/// The object in a schema, also where it may be left out.
fn object(schema: &Json) -> Option<&Map<String, Json>> {
    let schema = schema.as_object()?;
    if schema.contains_key("properties") {
        return Some(schema);
    }
    schema.get("anyOf")?.as_array()?.iter().find_map(object)
}

fn is_table(schema: &Json) -> bool {
    object(schema).is_some()
}

fn kind(schema: &Map<String, Json>) -> Kind {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return Kind::Choice(
            words
                .iter()
                .filter_map(Json::as_str)
                .map(Into::into)
                .collect(),
        );
    }
    // Words that are documented one by one.
    if let Some(words) = schema.get("oneOf").and_then(Json::as_array) {
        let words = words.iter().filter_map(|it| it.get("const")?.as_str());
        return Kind::Choice(words.map(Into::into).collect());
    }
    let types = schema.get("type").map(|it| match it {
        Json::Array(all) => all.iter().filter_map(Json::as_str).collect(),
        other => other.as_str().into_iter().collect::<Vec<_>>(),
    });
    let types = types.unwrap_or_default();
    if types.contains(&"integer") {
        let bound = |name: &str| schema.get(name).and_then(Json::as_i64);
        let widest = match schema.get("format").and_then(Json::as_str) {
            Some("uint16") => i64::from(u16::MAX),
            Some("uint32") => i64::from(u32::MAX),
            _ => i64::MAX,
        };
        return Kind::Integer(bound("minimum").unwrap_or(0)..=bound("maximum").unwrap_or(widest));
    }
    if types.contains(&"array") {
        return Kind::List;
    }
    Kind::Text
}

/// The doc comment in one line.
fn doc(schema: &Map<String, Json>) -> String {
    let text = schema
        .get("description")
        .and_then(Json::as_str)
        .unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! The configuration: one vocabulary, four sources.
//!
//! ```text
//! file            [rpc] max_connections = 100         (--config FILE, or ARGOSY_CONFIG, or config.toml in the data directory)
//! environment     ARGOSY_RPC__MAX_CONNECTIONS=100
//! flag            --rpc.max-connections 100
//! precedence      flag > environment > file > default
//! ```
//!
//! Where `[traces]` would have a default, variables of OpenTelemetry come before it.
//!
//! Always: the structs in `raw` are the one place that names a setting; flags, names in the
//! environment, checks, schema and documentation are made from them. An unknown key is an error,
//! wherever it stands.
//! Not here: what belongs to the chain (its spec), and what a setting does (its user).

mod docs; // the page that explains all of it
mod error;
mod file; // what the file says
mod load; // from the sources to values
mod otel; // OpenTelemetry's own variables
mod raw; // the settings
mod reload; // read again
mod resolve; // from values to what the code uses
mod table; // the settings as data
mod traces; // what is traced

pub(crate) use docs::docs;
pub(crate) use load::{Loaded, SETTINGS_HEADING, flags};
pub(crate) use raw::LogFormat;
pub(crate) use reload::{Changed, Sources};
pub(crate) use resolve::{
    AdminConfig, AgreementConfig, ChainSource, Config, GossipConfig, OpsConfig, RemoteSignerConfig,
    SnapshotConfig, is_place,
};
pub(crate) use traces::TracesConfig;

/// The JSON schema of the file.
pub(crate) fn schema() -> String {
    // A schema is made of texts and numbers; it always has a text form.
    let text = serde_json::to_string_pretty(table::schema().as_value()).unwrap_or_default();
    text + "\n"
}

#[cfg(test)]
mod tests;

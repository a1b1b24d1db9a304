//! From the sources to values: each checked against its setting, the strongest source kept.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};
use toml::{Table, Value};

use super::error::{ConfigError, Origin};
use super::file::take_file;
use super::otel;
use super::raw::RawConfig;
use super::resolve::{Config, VALIDATOR_ALONE, data_dir, resolve};
use super::table::{Kind, SETTINGS, Setting};

/// Above the flags of settings, in help.
pub(crate) const SETTINGS_HEADING: &str = "Settings";
const PREFIX: &str = "ARGOSY_";
const CONFIG_VARIABLE: &str = "ARGOSY_CONFIG";
/// The file in the data directory, which is taken if no other one is named.
pub(super) const OWN_FILE: &str = "config.toml";
/// Variables of other programs of ours, which an environment may hold too.
const NOT_OURS: &[&str] = &[
    CONFIG_VARIABLE,
    "ARGOSY_BLESS",
    "ARGOSY_KEYS_DIR",
    "ARGOSY_LOG",
    "ARGOSY_RPC_URL",
];

/// A value and who said it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Values by key; what is missing has no default either.
pub(super) type Values = BTreeMap<String, Found>;

/// A configuration that holds, and where each value comes from.
pub(crate) struct Loaded {
    config: Config,
    pub(super) values: Values,
}

/// Every setting as a flag, and the file.
pub(crate) fn flags() -> Vec<Arg> {
    let file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("Configuration file (TOML) [env: ARGOSY_CONFIG] [default: config.toml in the data directory, if it is there]")
        .display_order(0);
    let mut flags = vec![file];
    flags.extend(
        SETTINGS
            .iter()
            .enumerate()
            .map(|(index, it)| flag(it).display_order(index + 1)),
    );
    flags
}

fn flag(setting: &Setting) -> Arg {
    let default = setting
        .default
        .as_ref()
        .filter(|it| !it.as_array().is_some_and(Vec::is_empty));
    let default = default.map(|it| format!(" [default: {}]", plain(it)));
    let flag = Arg::new(setting.key.clone())
        .long(setting.flag())
        .help(format!("{}{}", setting.doc, default.unwrap_or_default()))
        .help_heading(match setting.section() {
            "" => SETTINGS_HEADING.into(),
            section => format!("{SETTINGS_HEADING} [{section}]"),
        })
        .value_name(match &setting.kind {
            Kind::Text => "TEXT",
            Kind::Choice(_) => "WORD",
            Kind::Integer(_) => "NUMBER",
            Kind::List => "TEXT,…",
        });
    match setting.kind {
        Kind::List => flag.action(ArgAction::Append),
        // `--dev` alone is the most common way to say it.
        _ if setting.key == "dev" => flag
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("instant"),
        _ if setting.key == "validator" => flag
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value(VALIDATOR_ALONE),
        // Said twice, the last one counts, as in a shell alias.
        _ => flag.overrides_with(setting.key.clone()),
    }
}

impl Loaded {
    /// Reads all sources; `environment` is that of the process.
    pub(crate) fn from(
        matches: &ArgMatches,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Loaded, ConfigError> {
        let environment = known(environment)?;
        let mut values = defaults();
        let named = matches.get_one::<PathBuf>("config").cloned();
        let named = named.or_else(|| environment.get(CONFIG_VARIABLE).map(PathBuf::from));
        let found_in = match named {
            Some(path) => {
                take_file(&path, &mut values)?;
                None
            }
            None => take_own_file(matches, &environment, &mut values)?,
        };
        take_environment(&environment, &mut values)?;
        take_flags(matches, &mut values)?;
        otel::take_otel(&|name| environment.get(name).cloned(), &mut values)?;
        let config = resolve(&raw(&values)?, &values)?;
        match found_in.filter(|it| *it != config.data_dir) {
            Some(directory) => Err(leads_away(&directory, &config, &values)),
            None => Ok(Loaded { config, values }),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }
}

/// Takes the file that lies in the data directory, where flags, variables and defaults say that is; gives the
/// directory if there is such a file.
fn take_own_file(
    matches: &ArgMatches,
    environment: &BTreeMap<String, String>,
    values: &mut Values,
) -> Result<Option<PathBuf>, ConfigError> {
    let mut said = defaults();
    take_environment(environment, &mut said)?;
    take_flags(matches, &mut said)?;
    let Some(directory) = data_dir(&said) else {
        return Ok(None); // That there is none is said when it is needed.
    };
    match take_file(&directory.join(OWN_FILE), values) {
        Ok(()) => Ok(Some(directory)),
        Err(ConfigError::Unreadable { source, .. }) if is_absent(&source) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// A file that is found by its directory says that the directory is another one.
fn leads_away(directory: &Path, config: &Config, values: &Values) -> ConfigError {
    let said = ["data_dir", "instance"].iter();
    let origins = said.filter_map(|it| values.get(*it));
    let origin = origins.map(|it| &it.origin).find(|it| is_of_file(it));
    let origin = origin.unwrap_or(&Origin::Default);
    ConfigError::Contradiction(format!(
        "data_dir = {} ({origin}): the {OWN_FILE} that lies in the data directory {} cannot name another one; \
         take the line out, or name the file with --config",
        config.data_dir.display(),
        directory.display(),
    ))
}

fn is_of_file(origin: &Origin) -> bool {
    matches!(origin, Origin::File(..))
}

fn defaults() -> Values {
    let with_default = SETTINGS
        .iter()
        .filter_map(|it| Some((it.key.clone(), it.default.clone()?)));
    let origin = Origin::Default;
    with_default
        .map(|(key, value)| {
            (
                key,
                Found {
                    value,
                    origin: origin.clone(),
                },
            )
        })
        .collect()
}

/// Variables that begin like ours, and those of OpenTelemetry that may count, as texts.
fn known(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut known = BTreeMap::new();
    for (name, value) in environment {
        let is_known = |it: &&str| it.starts_with(PREFIX) || otel::is_one(it);
        let Some(name) = name.to_str().filter(is_known) else {
            continue;
        };
        let value = value.into_string().map_err(|value| ConfigError::Value {
            key: name.into(),
            found: otel::shown(name, &value.to_string_lossy()).to_owned(),
            origin: Origin::Environment(name.into()),
            expected: "UTF-8".into(),
        })?;
        known.insert(name.to_owned(), value);
    }
    Ok(known)
}

fn take_environment(
    environment: &BTreeMap<String, String>,
    values: &mut Values,
) -> Result<(), ConfigError> {
    for (name, text) in environment.iter().filter(|it| it.0.starts_with(PREFIX)) {
        if NOT_OURS.contains(&name.as_str()) || is_service_link(name, text) {
            continue;
        }
        let origin = Origin::Environment(name.clone());
        let setting = SETTINGS.iter().find(|it| it.variable() == *name);
        let setting = setting.ok_or_else(|| unknown(name, origin.clone(), Setting::variable))?;
        let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        let value = of_text(setting, text, parts.map(Into::into).collect(), &origin)?;
        values.insert(setting.key.clone(), Found { value, origin });
    }
    Ok(())
}

/// What Kubernetes puts into the environment of every container for a Service called `argosy` or
/// `argosy-…`: addresses of services, and no settings.
fn is_service_link(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|it| value.starts_with(it));
    let names_port = ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
        let part = name.split_once("_PORT_").map_or("", |it| it.1);
        part.contains(protocol) && part.starts_with(|it: char| it.is_ascii_digit())
    });
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || names_port
        || (name.ends_with("_PORT") && is_address)
}

fn take_flags(matches: &ArgMatches, values: &mut Values) -> Result<(), ConfigError> {
    for setting in SETTINGS.iter() {
        if matches.value_source(&setting.key) != Some(ValueSource::CommandLine) {
            continue;
        }
        let said = matches.get_many::<String>(&setting.key).unwrap_or_default();
        let said: Vec<&str> = said.map(String::as_str).collect();
        let parts = said
            .iter()
            .flat_map(|it| it.split(','))
            .map(str::trim)
            .filter(|it| !it.is_empty());
        let parts = parts.map(Into::into).collect();
        let origin = Origin::Flag(setting.flag());
        let value = of_text(
            setting,
            said.last().copied().unwrap_or_default(),
            parts,
            &origin,
        )?;
        values.insert(setting.key.clone(), Found { value, origin });
    }
    Ok(())
}

/// The value that a text in a flag or variable means.
fn of_text(
    setting: &Setting,
    text: &str,
    parts: Vec<Value>,
    origin: &Origin,
) -> Result<Value, ConfigError> {
    let value = match setting.kind {
        Kind::Text | Kind::Choice(_) => Value::String(text.to_owned()),
        Kind::List => Value::Array(parts),
        Kind::Integer(_) => match text.trim().replace('_', "").parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::String(text.to_owned()),
        },
    };
    check(setting, &value, origin)?;
    Ok(value)
}

pub(super) fn check(setting: &Setting, value: &Value, origin: &Origin) -> Result<(), ConfigError> {
    let fits = match (&setting.kind, value) {
        (Kind::Text, Value::String(_)) => true,
        (Kind::Choice(words), Value::String(word)) => words.contains(word),
        (Kind::Integer(range), Value::Integer(number)) => range.contains(number),
        (Kind::List, Value::Array(items)) => items.iter().all(Value::is_str),
        (Kind::Text | Kind::Choice(_) | Kind::Integer(_) | Kind::List, _) => false,
    };
    match fits {
        true => Ok(()),
        false => Err(ConfigError::Value {
            key: setting.key.clone(),
            found: plain(value),
            origin: origin.clone(),
            expected: setting.kind.expected(),
        }),
    }
}

pub(super) fn unknown(
    key: &str,
    origin: Origin,
    spell: impl Fn(&Setting) -> String,
) -> ConfigError {
    let near = |it: &Setting| {
        let spelled = spell(it);
        (strsim::jaro_winkler(key, &spelled), spelled)
    };
    let nearest = SETTINGS
        .iter()
        .map(near)
        .max_by(|left, right| left.0.total_cmp(&right.0));
    ConfigError::Unknown {
        key: key.into(),
        origin,
        suggestion: nearest.filter(|it| it.0 > 0.8).map(|it| it.1),
    }
}

/// The file that would say the same.
fn raw(values: &Values) -> Result<RawConfig, ConfigError> {
    for section in ["rpc.rate", "rpc.websocket_rate"] {
        let keys = ["per_second", "burst"].map(|it| format!("{section}.{it}"));
        if let [Some(said), None] | [None, Some(said)] = keys.each_ref().map(|it| values.get(it)) {
            let text = format!(
                "{} and {} go together ({} says one of them)",
                keys[0], keys[1], said.origin
            );
            return Err(ConfigError::Contradiction(text));
        }
    }
    let mut root = Table::new();
    for (key, found) in values {
        let mut table = &mut root;
        let mut names = key.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                table.insert(name.into(), found.value.clone());
                break;
            }
            let below = table
                .entry(name)
                .or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(below) = below else { break };
            table = below;
        }
    }
    serde_path_to_error::deserialize(Value::Table(root)).map_err(|error| {
        let key = error.path().to_string();
        let found = values.get(&key);
        ConfigError::Value {
            found: found.map(|it| plain(&it.value)).unwrap_or_default(),
            origin: found.map_or(Origin::Default, |it| it.origin.clone()),
            expected: error.into_inner().message().to_owned(),
            key,
        }
    })
}

/// A value as one would type it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

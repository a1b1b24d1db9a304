//! Logs, on stderr: for people, as logfmt, or as JSON.
//!
//! Each line that is written while a call is served says which call that is (`names`).
//!
//! Nothing reads them back, and no result depends on what is logged: a node whose log nobody takes
//! goes on without (to complain about that on stderr would be a panic).

mod names; // of which call a line tells

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer, reload};

use crate::config::{Config, LogFormat};
use crate::failure::{Exit, Failure};
use crate::security::SecurityLayer;
use names::Named;

/// By which another filter is put into a log. Clones change the same.
#[derive(Clone)]
pub(crate) struct LogFilter {
    put: Arc<dyn Fn(EnvFilter) -> Result<(), reload::Error> + Send + Sync>,
    /// What holds.
    text: Arc<Mutex<String>>,
}

impl LogFilter {
    /// From the next event on this one holds, if it is one; gives what held before.
    pub(super) fn set(&self, text: &str) -> Result<String, Failure> {
        let filter = filter(text)?;
        let mut holds = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        (self.put)(filter).map_err(Failure::other)?;
        Ok(std::mem::replace(&mut *holds, text.to_owned()))
    }
}

/// Events go to stderr from now on, as far as the filter lets them through.
pub(crate) fn init(config: &Config) -> Result<LogFilter, Failure> {
    let (filter, handle) = reload::Layer::new(filter(&config.log.filter)?);
    // The security log takes its events whatever the filter lets through to stderr.
    let security = SecurityLayer.with_filter(LevelFilter::INFO);
    let registry = tracing_subscriber::registry().with(security);
    let set = match config.log.format {
        LogFormat::Pretty => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let layer = tracing_subscriber::fmt::layer()
                .log_internal_errors(false)
                .with_ansi(colours)
                .with_writer(std::io::stderr)
                .map_event_format(|it| Named::words(it.with_ansi(colours)));
            tracing::subscriber::set_global_default(registry.with(layer.with_filter(filter)))
        }
        LogFormat::Logfmt => {
            let layer = tracing_logfmt::builder()
                .layer()
                .log_internal_errors(false)
                .with_writer(std::io::stderr)
                .map_event_format(Named::words);
            tracing::subscriber::set_global_default(registry.with(layer.with_filter(filter)))
        }
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer()
                .log_internal_errors(false)
                .json()
                .flatten_event(true)
                .with_writer(std::io::stderr)
                .map_event_format(Named::json);
            tracing::subscriber::set_global_default(registry.with(layer.with_filter(filter)))
        }
    };
    set.map_err(Failure::other)?;
    Ok(LogFilter {
        put: Arc::new(move |filter| handle.reload(filter)),
        text: Arc::new(Mutex::new(config.log.filter.clone())),
    })
}

/// Nothing goes to stderr, for a command that has its own to say; what belongs into the security log does.
pub(crate) fn init_quietly() -> Result<(), Failure> {
    let security = SecurityLayer.with_filter(LevelFilter::INFO);
    let registry = tracing_subscriber::registry().with(security);
    tracing::subscriber::set_global_default(registry).map_err(Failure::other)
}

/// The filter, if it is one.
pub(super) fn filter(text: &str) -> Result<EnvFilter, Failure> {
    let wrong =
        |reason: String| Failure::new(Exit::Usage, format!("log.filter {text:?}: {reason}"));
    // A level that is misspelt would be taken for a part of the program, and the log would be silent.
    if let Some(word) = text.split(',').find(|it| !says_how_much(it.trim())) {
        let word = word.trim();
        return Err(wrong(format!(
            "{word:?} is no level; there are off, error, warn, info, debug and trace, and for a part of the program {word}=debug"
        )));
    }
    let filter = EnvFilter::try_new(text).map_err(|error| wrong(error.to_string()))?;
    // Its warnings tell of requests that broke off: anybody can cause them, nobody can act on them.
    let quiet = "jsonrpsee_server=error".parse().map_err(Failure::other)?;
    match text.contains("jsonrpsee") {
        true => Ok(filter),
        false => Ok(filter.add_directive(quiet)),
    }
}

/// Whether a part of a filter names a level, or one for something.
fn says_how_much(part: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = LEVELS.iter().any(|it| it.eq_ignore_ascii_case(part));
    is_level || part.is_empty() || part.contains(['=', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, is_one: bool) {
        assert_eq!(filter(text).is_ok(), is_one, "{text:?}");
    }

    #[test]
    fn a_level_that_is_misspelt_is_not_taken_for_a_part_of_the_program() {
        check("info", true);
        check("INFO,rpc=debug", true);
        check("info,arc_malachitebft=warn,libp2p=warn", true);
        check("rpc=off,warn", true);
        check("rpc[call{method=x}]=debug,info", true);
        for bad in ["inof", "info,rpc", "rpc=loud"] {
            check(bad, false);
        }
    }
}

//! A configuration that is read again: what has changed, and what of that a running node can take.
//!
//! Always: keys are named, never values, which may be nobody's business.
//! Not here: what taking one means (`node::reload`).

use clap::ArgMatches;

use super::error::ConfigError;
use super::load::Loaded;
use super::table::SETTINGS;

/// Where a process has its configuration from, so that it can be read again.
#[derive(Clone, Debug)]
pub(crate) struct Sources(ArgMatches);

/// Settings that are not what they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    /// They hold now.
    pub(crate) taken: Vec<&'static str>,
    /// They hold from the next start on.
    pub(crate) waiting: Vec<&'static str>,
}

impl Sources {
    /// The command line, and by it the file; the environment is the process's own.
    pub(crate) fn of(matches: &ArgMatches) -> Sources {
        Sources(matches.clone())
    }

    /// Reads all of them, as at the start.
    pub(crate) fn load(&self) -> Result<Loaded, ConfigError> {
        Loaded::from(&self.0, std::env::vars_os())
    }
}

impl Loaded {
    /// Takes from another one what is reloadable, and says what differed. The rest stays as it is, also in
    /// what is compared the next time.
    pub(crate) fn take(&mut self, other: &Loaded) -> Changed {
        let mut changed = Changed::default();
        for setting in SETTINGS.iter() {
            let key = setting.key.as_str();
            let value = |of: &Loaded| of.values.get(key).map(|it| it.value.clone());
            if value(self) == value(other) {
                continue;
            }
            if !setting.is_reloadable {
                changed.waiting.push(key);
                continue;
            }
            changed.taken.push(key);
            match other.values.get(key) {
                Some(found) => self.values.insert(key.to_owned(), found.clone()),
                None => self.values.remove(key),
            };
        }
        changed
    }
}

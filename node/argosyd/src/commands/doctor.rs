//! `argosyd doctor`: looks at machine, files, keys, other nodes and the running node, and says what is
//! wrong and what to do about it.
//!
//! Always: it changes nothing, and stops nothing; it may be asked while the node runs.
//! The name of a check, once released, keeps its meaning.

mod files; // chain, directory, disk
mod keys; // the validator's key and its record
mod machine; // user, limits, memory, clock
mod reach; // ports, other nodes, the running node

use std::fmt::{self, Write as _};

use clap::ArgMatches;
use serde_json::json;

pub(super) use machine::now_ms;

use super::print;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// All is well.
    Well,
    /// It works, and may not be what one wants.
    Doubt,
    /// A node does not run, or not for long.
    Wrong,
}

/// What there is to say.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    found: Found,
    text: String,
}

/// All findings.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, name: &'static str, found: Found, text: impl Into<String>) {
        self.0.push(Finding {
            name,
            found,
            text: text.into(),
        });
    }

    fn well(&mut self, name: &'static str, text: impl Into<String>) {
        self.add(name, Found::Well, text);
    }

    fn doubt(&mut self, name: &'static str, text: impl Into<String>) {
        self.add(name, Found::Doubt, text);
    }

    fn wrong(&mut self, name: &'static str, text: impl Into<String>) {
        self.add(name, Found::Wrong, text);
    }

    /// Well, or wrong with the reason.
    fn note(&mut self, name: &'static str, result: Result<String, impl fmt::Display>) {
        match result {
            Ok(text) => self.well(name, text),
            Err(error) => self.wrong(name, error.to_string()),
        }
    }

    fn count(&self, found: Found) -> usize {
        self.0.iter().filter(|it| it.found == found).count()
    }

    fn json(&self) -> serde_json::Value {
        let finding = |it: &Finding| {
            let found = match it.found {
                Found::Well => "well",
                Found::Doubt => "doubt",
                Found::Wrong => "wrong",
            };
            json!({ "check": it.name, "found": found, "text": it.text })
        };
        json!(self.0.iter().map(finding).collect::<Vec<_>>())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { name, found, text } in &self.0 {
            let mark = match found {
                Found::Well => '+',
                Found::Doubt => '?',
                Found::Wrong => '-',
            };
            writeln!(f, "[{mark}] {name}: {text}")?;
        }
        Ok(())
    }
}

/// Looks at everything.
pub(super) fn look(loaded: &Loaded) -> Report {
    let (config, mut report) = (loaded.config(), Report::default());
    machine::look(config, &mut report);
    let running = reach::running(config, &mut report);
    let spec = files::look(config, running, &mut report);
    if let Some(spec) = spec {
        keys::look(config, &spec, running, &mut report);
        reach::look(config, &spec, running, &mut report);
    }
    report
}

pub(super) fn run(loaded: &Loaded, matches: &ArgMatches) -> Result<(), Failure> {
    let report = look(loaded);
    let mut text = match matches.get_flag("json") {
        true => report.json().to_string(),
        false => report.to_string(),
    };
    if !text.ends_with('\n') {
        // A text takes whatever is written to it.
        let _ = text.write_char('\n');
    }
    print(&text);
    match report.count(Found::Wrong) {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Other, "one thing is wrong")),
        count => Err(Failure::new(
            Exit::Other,
            format!("{count} things are wrong"),
        )),
    }
}

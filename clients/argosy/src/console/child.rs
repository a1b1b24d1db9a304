//! A line as a process of this program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory};

use crate::args::Cli;
use crate::failure::Failure;

/// Options that answer the same question: a line that says one of them says nothing of the other.
const ALTERNATIVES: [[&str; 2]; 2] = [["output", "get"], ["rpc_url", "network"]];

/// Who types what a command reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyboard {
    /// Whoever sits at the terminal.
    Terminal,
    /// Nobody.
    None,
}

/// Runs commands.
#[derive(Debug)]
pub(super) struct Runner {
    program: PathBuf,
    /// Those of every command.
    options: Vec<GlobalOption>,
    /// What the console was given for each command: the id of an option, and how it is said.
    given: Vec<(String, OsString)>,
}

/// An option of every command.
#[derive(Debug)]
struct GlobalOption {
    id: String,
    short: Option<char>,
    long: String,
    takes_value: bool,
}

impl Runner {
    /// With the options that this process was given.
    pub(super) fn of_this_program() -> Result<Runner, Failure> {
        let program = std::env::current_exe().context("cannot find this program")?;
        Runner::with(program, std::env::args_os())
    }

    fn with(
        program: PathBuf,
        words: impl IntoIterator<Item = OsString>,
    ) -> Result<Runner, Failure> {
        let matches = Cli::command().try_get_matches_from(words);
        let matches = matches.map_err(Failure::usage)?;
        let command = Cli::command();
        let options: Vec<_> = command
            .get_arguments()
            .filter_map(GlobalOption::of)
            .collect();
        let given = options.iter().filter_map(|it| it.given(&matches)).collect();
        Ok(Runner {
            program,
            options,
            given,
        })
    }

    /// The options that were given, as words.
    pub(super) fn given(&self) -> impl Iterator<Item = &OsString> {
        self.given.iter().map(|it| &it.1)
    }

    /// Runs a command to its end; its exit code.
    pub(super) fn run(&self, words: &[String], keyboard: Keyboard) -> Result<u8, Failure> {
        let mut command = Command::new(&self.program);
        command.args(self.inherited(words)).args(words);
        if keyboard == Keyboard::None {
            command.stdin(Stdio::null());
        }
        let status = command.status().context("cannot start a command")?;
        // One that a signal ended has none.
        let code = status.code().and_then(|it| u8::try_from(it).ok());
        Ok(code.unwrap_or(1))
    }

    /// What the console was given and a line does not say itself.
    fn inherited(&self, words: &[String]) -> Vec<&OsString> {
        let said: Vec<&str> = self
            .options
            .iter()
            .filter(|it| it.is_in(words))
            .map(|it| it.id.as_str())
            .collect();
        let is_said = |id: &str| {
            let same = ALTERNATIVES.iter().find(|it| it.contains(&id));
            said.iter()
                .any(|it| *it == id || same.is_some_and(|same| same.contains(it)))
        };
        let left = self.given.iter().filter(|(id, _)| !is_said(id));
        left.map(|it| &it.1).collect()
    }
}

impl GlobalOption {
    fn of(argument: &Arg) -> Option<GlobalOption> {
        let long = argument.get_long().filter(|_| argument.is_global_set())?;
        Some(GlobalOption {
            id: argument.get_id().to_string(),
            short: argument.get_short(),
            long: long.to_owned(),
            takes_value: matches!(argument.get_action(), ArgAction::Set | ArgAction::Append),
        })
    }

    /// Its id and how it is said, if it was said on the command line.
    fn given(&self, matches: &ArgMatches) -> Option<(String, OsString)> {
        if matches.value_source(&self.id) != Some(ValueSource::CommandLine) {
            return None;
        }
        let mut word = OsString::from(format!("--{}", self.long));
        if self.takes_value {
            word.push("=");
            word.push(matches.get_raw(&self.id)?.next_back()?);
        }
        Some((self.id.clone(), word))
    }

    /// Whether a command says it.
    fn is_in(&self, words: &[String]) -> bool {
        words.iter().take_while(|it| *it != "--").any(|word| {
            match (word.strip_prefix("--"), word.strip_prefix('-')) {
                (Some(long), _) => long.split('=').next() == Some(self.long.as_str()),
                (None, Some(shorts)) => self.short.is_some_and(|it| shorts.contains(it)),
                (None, None) => false,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(console: &[&str], line: &[&str], expected: &[&str]) {
        let words = ["argosy", "console"].iter().chain(console);
        let runner = Runner::with(PathBuf::new(), words.map(OsString::from)).unwrap();
        let line: Vec<String> = line.iter().map(|&it| it.to_owned()).collect();
        assert_eq!(runner.inherited(&line), expected, "{console:?} {line:?}");
    }

    #[test]
    fn options_of_the_console_hold_unless_a_line_says_them() {
        let node = ["--rpc-url", "http://127.0.0.1:1", "-o", "json", "-q"];
        let all = ["--output=json", "--rpc-url=http://127.0.0.1:1", "--quiet"];
        check(&node, &["account", "get", "alice"], &all);
        check(&node, &["block", "get", "-o", "text"], &all[1..]);
        check(&node, &["block", "get", "--output=text"], &all[1..]);
        check(&node, &["block", "get", "-qojsonl"], &all[1..2]);
        let line = ["account", "get", "alice", "--get", "nonce"];
        check(&node, &line, &all[1..]);
        let line = ["account", "get", "alice", "--network", "x"];
        check(&node, &line, &["--output=json", "--quiet"]);
        // What is said to a contract is not said to this program.
        check(
            &node,
            &["contract", "query", "c", "--", "m", "--output"],
            &all,
        );
        check(&[], &["block", "get"], &[]);
        // Not of every command.
        check(&["--keep-going"], &["block", "get"], &[]);
    }
}

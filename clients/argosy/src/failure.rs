//! A command that did not succeed: what happened, what is known about it, what to do, exit code.
//!
//! Invariant: each kind of failure has one exit code, listed in [`Exit`], [`EXITS`] and `argosy --help`.

use std::process::ExitCode;

use argosy_fork::Trouble;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::output::{Paint, Report, in_paragraph};

/// What the exit codes mean, for help and reference.
pub(crate) const EXITS: [(u8, &str); 6] = [
    (0, "done"),
    (Exit::Failed as u8, "failed"),
    (Exit::Usage as u8, "wrong usage"),
    (
        Exit::Reverted as u8,
        "the chain ran it and it failed: revert, trap, gas, funds",
    ),
    (Exit::Network as u8, "the node cannot be reached"),
    (Exit::Timeout as u8, "waited too long"),
];

/// Exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something else.
    Failed = 1,
    /// The command was not given what it needs.
    Usage = 2,
    /// The chain ran it and it failed: the contract reverted or trapped, gas or funds ran out.
    Reverted = 3,
    /// The node does not answer.
    Network = 4,
    /// It takes longer than the caller wants to wait.
    Timeout = 5,
}

impl From<Trouble> for Exit {
    fn from(trouble: Trouble) -> Exit {
        match trouble {
            Trouble::Failed => Exit::Failed,
            Trouble::Usage => Exit::Usage,
            Trouble::Network => Exit::Network,
            Trouble::Timeout => Exit::Timeout,
        }
    }
}

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) struct Failure(Box<Told>);

/// What is told of a failure.
#[derive(Debug)]
struct Told {
    exit: Exit,
    kind: String,
    message: String,
    facts: Map<String, Value>,
    rows: Report,
    hint: Option<String>,
    shown: Report,
}

impl Failure {
    /// A failure of a kind, a stable word in capitals for programs.
    pub(crate) fn new(exit: Exit, kind: impl Into<String>, message: impl ToString) -> Failure {
        Failure(Box::new(Told {
            exit,
            kind: kind.into(),
            message: message.to_string(),
            facts: Map::new(),
            rows: Report::default(),
            hint: None,
            shown: Report::default(),
        }))
    }

    /// The command was not given what it needs.
    pub(crate) fn usage(message: impl ToString) -> Failure {
        Failure::new(Exit::Usage, "USAGE", message)
    }

    /// Something failed on this side.
    pub(crate) fn failed(message: impl ToString) -> Failure {
        Failure::new(Exit::Failed, "FAILED", message)
    }

    /// What to do.
    pub(crate) fn hint(mut self, hint: impl ToString) -> Failure {
        self.0.hint = Some(hint.to_string());
        self
    }

    /// A fact for programs.
    pub(crate) fn data(mut self, key: &str, value: impl Serialize) -> Failure {
        self.0.facts.insert(
            key.to_owned(),
            serde_json::to_value(value).unwrap_or_default(),
        );
        self
    }

    /// A fact for people.
    pub(crate) fn row(mut self, label: &str, text: impl ToString) -> Failure {
        let rows = std::mem::take(&mut self.0.rows);
        self.0.rows = rows.row(format!("  {label}"), text);
        self
    }

    /// The same, if it is known.
    pub(crate) fn row_if(self, label: &str, text: Option<impl ToString>) -> Failure {
        match text {
            Some(text) => self.row(label, text),
            None => self,
        }
    }

    /// What there is to show all the same, such as a receipt.
    pub(crate) fn showing(mut self, report: Report) -> Failure {
        self.0.shown = report;
        self
    }

    /// What there is to show all the same.
    pub(crate) fn shown(&self) -> &Report {
        &self.0.shown
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The exit code as a number.
    pub(crate) fn code(&self) -> u8 {
        self.0.exit as u8
    }

    /// For people.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!(
            "{} {}\n",
            paint.red("error:"),
            in_paragraph(&self.0.message)
        );
        text.push_str(&self.0.rows.text(paint));
        if let Some(hint) = &self.0.hint {
            text.push_str(&format!(
                "{} {hint}\n",
                paint.yellow("hint:"),
                hint = in_paragraph(hint)
            ));
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let mut error = self.0.facts.clone();
        error.insert("kind".into(), json!(self.0.kind));
        error.insert("message".into(), json!(self.0.message));
        error.insert("exitCode".into(), json!(self.0.exit as u8));
        if let Some(hint) = &self.0.hint {
            error.insert("hint".into(), json!(hint));
        }
        let mut document = match self.0.shown.json() {
            Value::Object(shown) => shown.clone(),
            _ => Map::new(),
        };
        document.insert("error".into(), Value::Object(error));
        Value::Object(document)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::failed(format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_kind_code_and_facts() {
        let failure = Failure::new(Exit::Reverted, "REVERTED", "it said no")
            .data("have", "5")
            .row("have", "5 units")
            .hint("send less");
        assert!(failure.text(Paint::none()).contains("  have  5 units\n"));
        let error = &failure.json()["error"];
        assert_eq!(error["kind"], "REVERTED");
        assert_eq!(error["exitCode"], 3);
        assert_eq!(error["have"], "5");
        assert_eq!(error["hint"], "send less");
    }

    #[test]
    fn a_message_cannot_bring_hints_of_its_own() {
        let failure =
            Failure::failed("it reverted: no\nhint: send 5 to me").row("why", "a\nhint: b");
        let text = failure.text(Paint::none());
        assert!(!text.lines().any(|it| it.starts_with("hint:")), "{text}");
    }

    #[test]
    fn causes_are_told_in_one_line() {
        let error = anyhow::anyhow!("no such file").context("cannot read token.wasm");
        assert_eq!(
            Failure::from(error).message(),
            "cannot read token.wasm: no such file"
        );
    }
}

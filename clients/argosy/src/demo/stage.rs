//! Numbered steps, aligned facts, and checks that are counted.

use serde::Serialize;

use crate::args::Format;
use crate::output::{Output, Paint, Report, print};

const INDENT: &str = "    ";

/// A claim, and whether it holds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) claim: String,
    pub(super) holds: bool,
}

/// Where the play is shown. For programs only its end is.
pub(super) struct Stage {
    paint: Paint,
    is_shown: bool,
    steps: u32,
    checks: Vec<Check>,
}

impl Stage {
    pub(super) fn new(output: Output) -> Stage {
        Stage {
            paint: output.paint(),
            is_shown: output.format() == Format::Text,
            steps: 0,
            checks: Vec::new(),
        }
    }

    /// What was checked so far.
    pub(super) fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The first line.
    pub(super) fn title(&self, text: &str) {
        self.show(&format!("{}\n", self.paint.bold(text)));
    }

    /// A new step.
    pub(super) fn step(&mut self, text: &str) {
        self.steps += 1;
        self.show(&format!(
            "\n{}\n",
            self.paint.bold(&format!("{:>2}  {text}", self.steps))
        ));
    }

    /// The command line that does the same.
    pub(super) fn command(&self, text: &str) {
        self.show(&format!(
            "{INDENT}{}\n",
            self.paint.dim(&format!("$ {text}"))
        ));
    }

    /// Facts.
    pub(super) fn rows(&self, report: Report) {
        for line in report.text(self.paint).lines() {
            self.show(&format!("{INDENT}{line}\n"));
        }
    }

    /// Something that must be so.
    pub(super) fn check(&mut self, claim: impl Into<String>, holds: bool) {
        let claim = claim.into();
        let verdict = if holds {
            self.paint.green("ok    ")
        } else {
            self.paint.red("WRONG ")
        };
        self.show(&format!("{INDENT}{verdict}{claim}\n"));
        self.checks.push(Check { claim, holds });
    }

    fn show(&self, text: &str) {
        if self.is_shown {
            print(text);
        }
    }
}

//! What commands say: one result on stdout, progress on stderr.
//!
//! Always: with `-o json` stdout holds exactly one JSON document on one line (of a command that watches:
//! one for each thing that comes), also when the command fails (`{"error": …}`); colours only where they
//! are wanted; a closed pipe is not an error.

use std::io::{IsTerminal, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::args::{Color, Format, GlobalArgs};
use crate::failure::Failure;

/// Where and how to speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
    is_quiet: bool,
    stdout: Paint,
    stderr: Paint,
}

impl Output {
    /// As the options ask for.
    pub(crate) fn new(global: &GlobalArgs) -> Output {
        let wants = |is_terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
            }
        };
        Output {
            format: global.output,
            is_quiet: global.quiet,
            stdout: Paint {
                is_on: wants(std::io::stdout().is_terminal()),
            },
            stderr: Paint {
                is_on: wants(std::io::stderr().is_terminal()),
            },
        }
    }

    /// How results are written.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Colours of stdout.
    pub(crate) fn paint(&self) -> Paint {
        self.stdout
    }

    /// Colours of stderr.
    pub(crate) fn paint_errors(&self) -> Paint {
        self.stderr
    }

    /// The result.
    pub(crate) fn report(&self, report: &Report) {
        match self.format {
            Format::Text => print(&report.text(self.stdout)),
            Format::Json => print(&format!("{}\n", report.json)),
        }
    }

    /// The failure that is the result.
    pub(crate) fn failure(&self, failure: &Failure) {
        match self.format {
            Format::Text => {
                print(&failure.shown().text(self.stdout));
                print_error(&failure.text(self.stderr));
            }
            Format::Json => print(&format!("{}\n", failure.json())),
        }
    }

    /// Something to beware of.
    pub(crate) fn warning(&self, text: impl AsRef<str>) {
        print_error(&format!(
            "{} {}\n",
            self.stderr.yellow("warning:"),
            text.as_ref()
        ));
    }

    /// Something that takes a while begins or has happened.
    pub(crate) fn progress(&self, text: impl AsRef<str>) {
        if !self.is_quiet {
            print_error(&format!("{}\n", self.stderr.dim(text.as_ref())));
        }
    }
}

/// Writes to stdout at once; nobody reading any more ends the program quietly.
pub(crate) fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    if written.is_err() {
        std::process::exit(0);
    }
}

fn print_error(text: &str) {
    // Without stderr there is nobody to tell.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// The text without what could move a terminal's cursor or change its colours: much of what is
/// printed was written by contracts and nodes.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|it| {
            if it.is_control() && it != '\n' {
                '\u{fffd}'
            } else {
                it
            }
        })
        .collect()
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    is_on: bool,
}

impl Paint {
    /// No colours.
    #[cfg(test)]
    pub(crate) fn none() -> Paint {
        Paint { is_on: false }
    }

    /// Whether there are colours.
    pub(crate) fn is_on(self) -> bool {
        self.is_on
    }

    /// Labels and what is less important.
    pub(crate) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    /// Headings.
    pub(crate) fn bold(self, text: &str) -> String {
        self.code("1", text)
    }

    /// What went well.
    pub(crate) fn green(self, text: &str) -> String {
        self.code("32", text)
    }

    /// What went wrong.
    pub(crate) fn red(self, text: &str) -> String {
        self.code("1;31", text)
    }

    /// What to beware of.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.code("33", text)
    }

    fn code(self, code: &str, text: &str) -> String {
        match self.is_on {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// A result: lines for people and a document for programs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    json: Value,
}

#[derive(Debug, Clone)]
enum Line {
    Row { label: String, text: String },
    Heading(String),
    Columns(Vec<String>),
    Text(String),
}

impl Report {
    /// A result that is `json` for programs; lines follow.
    pub(crate) fn new(json: impl Serialize) -> Report {
        let json =
            serde_json::to_value(json).expect("our types have string keys and no failing fields");
        Report {
            lines: Vec::new(),
            json,
        }
    }

    /// A label and its value; the values of neighbouring rows are aligned.
    pub(crate) fn row(mut self, label: impl Into<String>, text: impl ToString) -> Report {
        self.lines.push(Line::Row {
            label: label.into(),
            text: printable(&text.to_string()),
        });
        self
    }

    /// A row, if there is something to say.
    pub(crate) fn row_if(self, label: &str, text: Option<impl ToString>) -> Report {
        match text {
            Some(text) => self.row(label, text),
            None => self,
        }
    }

    /// A heading, behind an empty line.
    pub(crate) fn heading(mut self, text: impl Into<String>) -> Report {
        self.lines.push(Line::Heading(text.into()));
        self
    }

    /// A row of a table; the columns of neighbouring rows are aligned.
    pub(crate) fn columns<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Report {
        let cells = cells.into_iter().map(|it| printable(&it.into()));
        self.lines.push(Line::Columns(cells.collect()));
        self
    }

    /// A line as it is.
    pub(crate) fn line(mut self, text: impl Into<String>) -> Report {
        self.lines.push(Line::Text(text.into()));
        self
    }

    /// The document.
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// Replaces the document.
    pub(crate) fn with_document(self, json: Value) -> Report {
        Report { json, ..self }
    }

    /// Puts `value` into the document, which is an object.
    pub(crate) fn with(mut self, key: &str, value: impl Serialize) -> Report {
        let value =
            serde_json::to_value(value).expect("our types have string keys and no failing fields");
        match &mut self.json {
            Value::Object(facts) => {
                facts.insert(key.to_owned(), value);
            }
            other => *other = Value::Object(Map::from_iter([(key.to_owned(), value)])),
        }
        self
    }

    /// The lines.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = String::new();
        for group in self.lines.chunk_by(same_table) {
            let widths = widths(group);
            for line in group {
                text.push_str(&render(line, &widths, paint, text.is_empty()));
                text.push('\n');
            }
        }
        text
    }
}

fn same_table(a: &Line, b: &Line) -> bool {
    matches!(
        (a, b),
        (Line::Row { .. }, Line::Row { .. }) | (Line::Columns(_), Line::Columns(_))
    )
}

fn widths(group: &[Line]) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for line in group {
        let cells: Vec<&str> = match line {
            Line::Row { label, .. } => vec![label],
            Line::Columns(cells) => cells.iter().map(String::as_str).collect(),
            Line::Heading(_) | Line::Text(_) => Vec::new(),
        };
        for (index, cell) in cells.into_iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(index) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

fn render(line: &Line, widths: &[usize], paint: Paint, is_first: bool) -> String {
    match line {
        Line::Row { label, text } => {
            let width = widths.first().copied().unwrap_or(0);
            format!("{}  {text}", paint.dim(&format!("{label:<width$}")))
        }
        Line::Heading(text) => format!("{}{}", if is_first { "" } else { "\n" }, paint.bold(text)),
        Line::Columns(cells) => {
            let padded = cells
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        }
        Line::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Paint = Paint { is_on: false };

    #[test]
    fn neighbouring_rows_are_aligned() {
        let report = Report::new(())
            .row("a", 1)
            .row("longer", "2")
            .heading("Events")
            .columns(["x", "yy"])
            .columns(["xxx", "y"]);
        assert_eq!(
            report.text(PLAIN),
            "a       1\nlonger  2\n\nEvents\nx    yy\nxxx  y\n"
        );
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(
            printable("a\x1b[2Jb\r\nc\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\nc\u{fffd}"
        );
        assert_eq!(
            Report::new(()).row("x", "\x07").text(PLAIN),
            "x  \u{fffd}\n"
        );
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        assert_eq!(PLAIN.red("x"), "x");
        assert_eq!(Paint { is_on: true }.dim("x"), "\x1b[2mx\x1b[0m");
    }

    #[test]
    fn facts_join_the_document() {
        let report = Report::new(serde_json::json!({"a": 1})).with("b", "2");
        assert_eq!(report.json().to_string(), r#"{"a":1,"b":"2"}"#);
    }
}

//! A result: aligned lines for people, a JSON document for programs.
//!
//! Not here: where it goes (`output`).

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Paint, in_line, printable};
use crate::failure::Failure;

/// A result: lines for people and a document for programs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    json: Value,
    /// The field of the document that is a list of what was asked for.
    list: Option<&'static str>,
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
            list: None,
        }
    }

    /// A label and its value; the values of neighbouring rows are aligned.
    pub(crate) fn row(mut self, label: impl Into<String>, text: impl ToString) -> Report {
        self.lines.push(Line::Row {
            label: label.into(),
            text: in_line(&text.to_string()),
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
        self.lines.push(Line::Heading(in_line(&text.into())));
        self
    }

    /// A row of a table; the columns of neighbouring rows are aligned.
    pub(crate) fn columns<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Report {
        let cells = cells.into_iter().map(|it| in_line(&it.into()));
        self.lines.push(Line::Columns(cells.collect()));
        self
    }

    /// A line, or several.
    pub(crate) fn line(mut self, text: impl Into<String>) -> Report {
        self.lines.push(Line::Text(printable(&text.into())));
        self
    }

    /// A line of our own words as it is, with its colours.
    pub(crate) fn own_line(mut self, text: impl Into<String>) -> Report {
        self.lines.push(Line::Text(text.into()));
        self
    }

    /// The document.
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// What was asked for is a list, in this field of the document.
    pub(crate) fn list_of(self, field: &'static str) -> Report {
        Report {
            list: Some(field),
            ..self
        }
    }

    /// A document for each thing that was asked for.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Value> {
        let list = self
            .list
            .and_then(|it| self.json.get(it))
            .and_then(Value::as_array);
        let all = match list {
            Some(list) => list.as_slice(),
            None => std::slice::from_ref(&self.json),
        };
        all.iter()
    }

    /// One field of the document: `receipt.gasUsed`, `events.0.cursor`; texts without quotes.
    pub(crate) fn field(&self, path: &str) -> Result<String, Failure> {
        let mut value = &self.json;
        for name in path.split('.') {
            let next = match value {
                Value::Array(values) => name.parse().ok().and_then(|it: usize| values.get(it)),
                other => other.get(name),
            };
            let Some(next) = next else {
                let failure = Failure::usage(format!("the result has no field {path}"));
                return Err(match value {
                    Value::Object(facts) => {
                        let names: Vec<&str> = facts.keys().map(String::as_str).collect();
                        failure.hint(format!("there is: {}", names.join(", ")))
                    }
                    Value::Array(values) => {
                        failure.hint(format!("it is a list of {}", values.len()))
                    }
                    _ => failure,
                });
            };
            value = next;
        }
        Ok(match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
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
    use serde_json::json;

    use super::*;

    #[test]
    fn neighbouring_rows_are_aligned() {
        let report = Report::new(())
            .row("a", 1)
            .row("longer", "2")
            .heading("Events")
            .columns(["x", "yy"])
            .columns(["xxx", "y"]);
        assert_eq!(
            report.text(Paint::none()),
            "a       1\nlonger  2\n\nEvents\nx    yy\nxxx  y\n"
        );
    }

    #[test]
    fn foreign_text_in_rows_is_harmless() {
        assert_eq!(
            Report::new(()).row("x", "\x07").text(Paint::none()),
            "x  \u{fffd}\n"
        );
    }

    #[test]
    fn facts_join_the_document() {
        let report = Report::new(json!({"a": 1})).with("b", "2");
        assert_eq!(report.json().to_string(), r#"{"a":1,"b":"2"}"#);
    }

    #[test]
    fn a_field_is_found_by_its_path() {
        let report = Report::new(json!({"a": {"b": "text"}, "list": [{"c": 7}], "none": null}));
        let field = |path| report.field(path).unwrap();
        assert_eq!(
            [field("a.b"), field("list.0.c"), field("none")],
            ["text", "7", "null"]
        );
        assert_eq!(field("a"), r#"{"b":"text"}"#);
        for path in ["", "b", "a.b.c", "list.1", "list.c"] {
            let failure = report.field(path).unwrap_err();
            assert!(failure.message().contains("has no field"), "{path}");
        }
    }

    #[test]
    fn a_list_is_one_document_for_each_thing() {
        let document = json!({"events": [1, 2], "more": false});
        let all: Vec<String> = Report::new(&document)
            .list_of("events")
            .documents()
            .map(Value::to_string)
            .collect();
        assert_eq!(all, ["1", "2"]);
        assert_eq!(Report::new(&document).documents().count(), 1);
        assert_eq!(
            Report::new(json!({"events": []}))
                .list_of("events")
                .documents()
                .count(),
            0
        );
    }
}

//! Figures, from the text that monitoring reads (OpenMetrics).
//!
//! A label's values are those that the text has, which is why whoever counts by a word of an enum tells all of
//! them from the beginning. What has no series yet, or values that no page can list, is told by a [`Label`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::cell;

/// A label whose values are told in words.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// The figure, as queries have it.
    pub figure: &'static str,
    /// The label.
    pub name: &'static str,
    /// What its values are.
    pub values: &'static str,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// As queries have it: counters with `_total`, facts with `_info`.
    pub name: String,
    /// `counter`, `gauge`, `histogram` or `info`.
    pub kind: String,
    /// Of its values; none: they are counts.
    pub unit: Option<String>,
    /// What it is.
    pub help: String,
    /// Its labels, and the values that were there.
    pub labels: BTreeMap<String, BTreeSet<String>>,
    /// Whether there is a series.
    pub has_series: bool,
}

/// The figures of a text, in its order.
pub fn figures(text: &str) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap_or((rest, ""));
            figures.push(Figure {
                name: name.to_owned(),
                kind: String::new(),
                unit: None,
                help: help.trim_end_matches('.').to_owned(),
                labels: BTreeMap::new(),
                has_series: false,
            });
        }
        let Some(figure) = figures.last_mut() else {
            continue;
        };
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let kind = rest.split_once(' ').map_or("", |it| it.1);
            figure.kind = kind.to_owned();
            match kind {
                "counter" => figure.name.push_str("_total"),
                "info" => figure.name.push_str("_info"),
                _ => {}
            }
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            figure.unit = rest.split_once(' ').map(|it| it.1.to_owned());
        } else if !line.starts_with('#') {
            figure.take_series(line);
        }
    }
    figures
}

impl Figure {
    fn take_series(&mut self, line: &str) {
        self.has_series = true;
        let Some((_, rest)) = line.split_once('{') else {
            return;
        };
        let labels = rest.rsplit_once('}').map_or("", |it| it.0);
        // No value of ours has a comma or a quotation mark.
        for label in labels.split(',') {
            let Some((name, value)) = label.split_once('=') else {
                continue;
            };
            // The bounds of buckets say nothing of what was counted.
            if self.kind == "histogram" && name == "le" {
                continue;
            }
            let value = value.trim_matches('"').to_owned();
            let values = self.labels.entry(name.to_owned()).or_default();
            values.insert(value);
        }
    }

    /// Its labels in words: those of `labels`, and of the others the values that are there.
    fn labels_told(&self, labels: &[Label]) -> String {
        let in_words: Vec<&Label> = labels.iter().filter(|it| it.figure == self.name).collect();
        let mut told: Vec<String> = in_words
            .iter()
            .map(|it| format!("`{}`: {}", it.name, it.values))
            .collect();
        for (name, values) in &self.labels {
            if in_words.iter().all(|it| it.name != name) {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                told.push(format!("`{name}`: `{}`", values.join("`, `")));
            }
        }
        told.join("; ")
    }
}

/// A table of the figures whose names `belongs` takes.
pub fn metric_rows(figures: &[Figure], labels: &[Label], belongs: impl Fn(&str) -> bool) -> String {
    let mut table =
        String::from("| Metric | Type | Unit | Labels | Meaning |\n|---|---|---|---|---|\n");
    for figure in figures.iter().filter(|it| belongs(&it.name)) {
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| `{}` | {} | {} | {} | {} |",
            figure.name,
            figure.kind,
            figure.unit.as_deref().unwrap_or(""),
            cell(&figure.labels_told(labels)),
            cell(&figure.help),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP a_calls Calls, by what | came.
# TYPE a_calls counter
a_calls_total{method=\"x\",result=\"ok\"} 1
a_calls_total{method=\"y\",result=\"ok\"} 0
# HELP a_call_seconds Time.
# TYPE a_call_seconds histogram
# UNIT a_call_seconds seconds
a_call_seconds_sum 0.0
a_call_seconds_bucket{le=\"0.5\"} 0
a_call_seconds_bucket{le=\"+Inf\"} 0
# HELP a_build Version.
# TYPE a_build info
a_build_info{version=\"7\"} 1
# HELP a_none Nothing yet.
# TYPE a_none gauge
# EOF
";

    #[test]
    fn a_figure_has_the_name_that_queries_have_and_its_labels() {
        let figures = figures(TEXT);
        let names: Vec<&str> = figures.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(
            names,
            ["a_calls_total", "a_call_seconds", "a_build_info", "a_none"]
        );
        let values = |name: &str| {
            figures[0].labels[name]
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (values("method"), values("result")),
            (vec!["x", "y"], vec!["ok"])
        );
        assert_eq!(figures[1].unit.as_deref(), Some("seconds"));
        assert!(figures[1].labels.is_empty() && figures[1].has_series);
        assert!(!figures[3].has_series);
    }

    #[test]
    fn a_row_tells_labels_in_words_where_there_are_some() {
        let labels = [Label {
            figure: "a_build_info",
            name: "version",
            values: "of the release",
        }];
        let rows = metric_rows(&figures(TEXT), &labels, |it| it != "a_none");
        let rows: Vec<&str> = rows.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| `a_calls_total` | counter |  | `method`: `x`, `y`; `result`: `ok` | Calls, by what \\| came |",
                "| `a_call_seconds` | histogram | seconds |  | Time |",
                "| `a_build_info` | info |  | `version`: of the release | Version |",
            ]
        );
    }
}

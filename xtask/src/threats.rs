//! `cargo xtask threats`: is there everything that docs/threat-model.md names as showing that something holds?
//!
//! The last cell of a row says what shows it, in code spans; the others are for people.
//!
//! ```text
//! `node/a/tests/it/b.rs` `one_test`, `another`    tests of a file, each a function of that name
//! `./x faults`, `cargo xtask layers`              a command of this repository
//! `docker/image.sh`                               a file of it
//! ```
//!
//! Not here: whether a test shows what its row says, and whether it passes.

use anyhow::{Context, Result};

use crate::Report;

const PAGE: &str = "docs/threat-model.md";
/// How a table of threats begins; other tables are left alone.
const HEADER: [&str; 3] = ["Threat", "What holds against it", "Shown by"];

/// The text of a file, from the root of the repository; none: there is no such file.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Checks every row of the page.
pub(crate) fn run() -> Result<Report> {
    let page = std::fs::read_to_string(PAGE).with_context(|| format!("cannot read {PAGE}"))?;
    let (rows, problems) = check(&page, &|path: &str| std::fs::read_to_string(path).ok());
    Ok(Report {
        checked: format!("{rows} threats, each with what shows that it is held off"),
        problems,
    })
}

/// How many rows there are, and what is wrong with them.
fn check(page: &str, files: Files<'_>) -> (usize, Vec<String>) {
    let (mut rows, mut problems, mut is_inside) = (0, Vec::new(), false);
    for (number, line) in (1..).zip(page.lines()) {
        let Some(cells) = cells(line) else {
            is_inside = false;
            continue;
        };
        if cells == HEADER {
            is_inside = true;
            continue;
        }
        if !is_inside || is_rule(&cells) {
            continue;
        }
        rows += 1;
        let found = check_row(&cells, files).into_iter();
        problems.extend(found.map(|it| format!("{PAGE}:{number}: {it}")));
    }
    if rows == 0 {
        let header = HEADER.join(" | ");
        problems.push(format!(
            "{PAGE}: has no table that begins with `| {header} |`: list the threats in one"
        ));
    }
    (rows, problems)
}

/// The cells of a row of a table; none: the line is something else. A bar behind a backslash is text.
fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let (mut cells, mut begin) = (Vec::new(), 0);
    for (at, bar) in row.match_indices('|') {
        if !row[..at].ends_with('\\') {
            cells.push(row[begin..at].trim());
            begin = at + bar.len();
        }
    }
    cells.push(row[begin..].trim());
    Some(cells)
}

/// Whether a row is the line below a header.
fn is_rule(cells: &[&str]) -> bool {
    let is_dashes = |it: &&str| !it.is_empty() && it.chars().all(|it| "-:".contains(it));
    cells.iter().all(is_dashes)
}

fn check_row(cells: &[&str], files: Files<'_>) -> Vec<String> {
    let [threat, holds, shown] = cells else {
        let (found, wanted) = (cells.len(), HEADER.len());
        return vec![format!("a row of {found} cells: it takes {wanted}")];
    };
    let named = HEADER.iter().zip([threat, holds, shown]);
    let empty = named.filter(|(_, cell)| cell.is_empty());
    let problems: Vec<String> = empty
        .map(|(name, _)| {
            format!("`{name}` is empty: fill it, or move the threat to what is not covered")
        })
        .collect();
    match problems.is_empty() {
        true => check_shown(shown, files),
        false => problems,
    }
}

/// What of a last cell is not there.
fn check_shown(shown: &str, files: Files<'_>) -> Vec<String> {
    let pieces: Vec<&str> = shown.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return vec!["a backtick is not closed".to_owned()];
    }
    if pieces.len() == 1 {
        return vec![format!(
            "`{shown}` names nothing: put a test's file and name, or a command, between backticks"
        )];
    }
    let (mut problems, mut file) = (Vec::new(), None::<Source<'_>>);
    for span in pieces.into_iter().skip(1).step_by(2) {
        if !is_name(span) {
            problems.extend(file.take().and_then(Source::idle));
        }
        if span.ends_with(".rs") {
            file = Some(Source::open(span, files));
        } else if !is_name(span) {
            problems.extend(lacks_command(span, files));
        } else if let Some(file) = &mut file {
            problems.extend(file.lacks_test(span));
        } else {
            problems.push(format!("`{span}` follows no file: name its file before it"));
        }
    }
    problems.extend(file.and_then(Source::idle));
    problems
}

fn is_name(span: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    !span.is_empty() && span.chars().all(is_plain)
}

/// A file whose tests are being named.
struct Source<'a> {
    path: &'a str,
    text: Option<String>,
    has_named: bool,
}

impl<'a> Source<'a> {
    fn open(path: &'a str, files: Files<'_>) -> Source<'a> {
        Source {
            path,
            text: files(path),
            has_named: false,
        }
    }

    /// What is wrong with naming this test, if anything is.
    fn lacks_test(&mut self, name: &str) -> Option<String> {
        self.has_named = true;
        let path = self.path;
        let Some(text) = &self.text else {
            return Some(format!(
                "there is no {path} with `{name}`: where is it now?"
            ));
        };
        match is_test(text, name) {
            Some(true) => None,
            Some(false) => Some(format!("`{name}` in {path} is no test: name one that is")),
            None => Some(format!("{path} has no `{name}`: what is it called now?")),
        }
    }

    /// The file is named, and none of its tests.
    fn idle(self) -> Option<String> {
        let path = self.path;
        (!self.has_named).then(|| format!("names no test of {path}: which one shows it?"))
    }
}

/// Whether a function of this name is a test; none: there is no such function.
fn is_test(source: &str, name: &str) -> Option<bool> {
    let head = format!("fn {name}(");
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let begins = |line: &str| line.trim_start_matches("async ").starts_with(&head);
    let places = lines.iter().enumerate().filter(|(_, it)| begins(it));
    let are_tests: Vec<bool> = places.map(|(at, _)| has_test(&lines[..at])).collect();
    (!are_tests.is_empty()).then(|| are_tests.contains(&true))
}

/// Whether the attributes at the end of these lines make what follows a test.
fn has_test(above: &[&str]) -> bool {
    let ends_item = |line: &str| line.is_empty() || line.ends_with(['{', '}', ';']);
    let mut attributes = above.iter().rev().take_while(|it| !ends_item(it));
    // `#[test]`, `#[tokio::test]`, `#[tokio::test(flavor = …)]`
    attributes.any(|it| it.starts_with("#[") && (it.contains("test]") || it.contains("test(")))
}

/// A command that is none of this repository, or a file that is not there.
fn lacks_command(command: &str, files: Files<'_>) -> Option<String> {
    let has = |path: &str, text: &str| files(path).is_some_and(|it| it.contains(text));
    let is_there = match command.split(' ').collect::<Vec<_>>()[..] {
        ["./x", verb, ..] => has("x", &format!("\nverb_{verb}() ")),
        ["cargo", "xtask", chore, ..] => has("xtask/src/main.rs", &format!("\"{chore}\" => ")),
        [path] => files(path).is_some(),
        _ => false,
    };
    (!is_there).then(|| format!("`{command}` is no command and no file of this repository"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Option<String> {
        let text = match path {
            "a/b.rs" => {
                "//! B.\n\n#[test]\nfn holds() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn waits() {}\n\n\
                 proptest! {\n    /// Whatever comes.\n    #[test]\n    fn any_bytes(\n        bytes: u8,\n    ) {}\n}\n\n\
                 #[test]\n#[ignore = \"long\"]\nfn runs_long() {}\n\n#[cfg(test)]\nfn helper() {}\n\n\
                 #[test]\nfn calls() {\n    helper();\n}\n\n// fn gone() {}\n"
            }
            "x" => "set -e\n\nverb_faults() {\n}\n",
            "xtask/src/main.rs" => "\"layers\" => report(\"layers\", layers::run()?),\n",
            "docker/image.sh" => "",
            _ => return None,
        };
        Some(text.to_owned())
    }

    #[track_caller]
    fn check_cell(shown: &str, expected: &[&str]) {
        let found = check_shown(shown, &file);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} lacks {expected}");
        }
    }

    #[test]
    fn takes_tests_commands_and_files_that_are_there() {
        check_cell("`a/b.rs` `holds`", &[]);
        check_cell(
            "`a/b.rs` `holds`, `waits`, `any_bytes`, `runs_long`; `./x faults`",
            &[],
        );
        check_cell(
            "`cargo xtask layers`; `docker/image.sh`; `a/b.rs` `calls`",
            &[],
        );
        check_cell("`./x faults --kills 30`", &[]);
    }

    #[test]
    fn refuses_names_that_are_gone() {
        check_cell("`a/b.rs` `held`", &["a/b.rs has no `held`"]);
        check_cell(
            "`a/b.rs` `hold`, `gone`",
            &["a/b.rs has no `hold`", "a/b.rs has no `gone`"],
        );
        check_cell("`a/c.rs` `holds`", &["there is no a/c.rs"]);
        check_cell("`a/b.rs` `helper`", &["`helper` in a/b.rs is no test"]);
        check_cell("`./x fault`", &["`./x fault` is no command"]);
        check_cell("`cargo xtask layer`", &["is no command"]);
        check_cell("`cargo test`", &["is no command"]);
        check_cell("`docker/images.sh`", &["no file of this repository"]);
    }

    #[test]
    fn refuses_cells_that_name_nothing() {
        check_cell("all of it", &["names nothing"]);
        check_cell("`a/b.rs`", &["names no test of a/b.rs"]);
        check_cell("`a/b.rs`; `./x faults`", &["names no test of a/b.rs"]);
        check_cell("`holds`", &["`holds` follows no file"]);
        check_cell("`./x faults`; `holds`", &["`holds` follows no file"]);
        check_cell("`a/b.rs` `holds", &["not closed"]);
    }

    #[track_caller]
    fn check_page(page: &str, rows: usize, expected: &[&str]) {
        let (found_rows, found) = check(page, &file);
        assert_eq!(
            (found_rows, found.len()),
            (rows, expected.len()),
            "{found:?}"
        );
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found} lacks {expected}");
        }
    }

    const BEGIN: &str = "# T\n\n| Threat | What holds against it | Shown by |\n|---|:--|---|\n";

    #[test]
    fn names_the_line_of_what_is_wrong() {
        let good = "| a \\| b | 64 MiB | `a/b.rs` `holds` |\n";
        check_page(&format!("{BEGIN}{good}{good}"), 2, &[]);
        check_page(
            &format!("{BEGIN}{good}| a | b | `a/b.rs` `held` |\n"),
            2,
            &["docs/threat-model.md:6: a/b.rs has no `held`"],
        );
        check_page(
            &format!("{BEGIN}| a | b | |\n| a | | `./x faults` |\n|||\n"),
            3,
            &[
                ":5: `Shown by` is empty",
                ":6: `What holds against it` is empty",
                ":7: a row of 2 cells",
            ],
        );
    }

    #[test]
    fn looks_at_tables_of_threats_only_and_wants_one() {
        let other = "| Name | What it is | Where |\n|---|---|---|\n| a | b | |\n";
        let threat = "| a | b | `./x faults` |\n";
        check_page(&format!("{other}\n{BEGIN}{threat}\n{other}"), 1, &[]);
        check_page(other, 0, &["has no table"]);
    }
}

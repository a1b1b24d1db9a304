//! `cargo xtask events`: the codes by which operators watch a log, in the code and on their page.
//!
//! Each statement of the node at level info, warn or error has a code, and each code has a row on the page, with
//! the same level.
//! Not here: other levels, and whether it is true what the page says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Report;

const PAGE: &str = "docs/operations/events.md";
/// Folder of the crates that log for operators.
const CRATES: &str = "node";
/// Macros of `tracing`, and what the page calls them.
const LEVELS: [&str; 3] = ["info", "warn", "error"];

/// A file, and what it logs.
struct Source {
    path: String,
    statements: Vec<Statement>,
}

/// A call of one of the macros.
#[derive(Debug, PartialEq, Eq)]
struct Statement {
    line: usize,
    level: &'static str,
    /// What is directly behind the target, if that is a code.
    code: Option<String>,
}

/// A row of a table on the page.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    code: String,
    level: String,
}

/// Compares all statements with the page.
pub(crate) fn run() -> Result<Report> {
    let page = read(Path::new(PAGE))?;
    let mut paths = Vec::new();
    for folder in entries(Path::new(CRATES))? {
        let source = folder.join("src");
        if source.is_dir() {
            collect(&source, &mut paths)?;
        }
    }
    let mut sources = Vec::new();
    for path in paths {
        sources.push(Source {
            statements: statements(&read(&path)?),
            path: path.display().to_string(),
        });
    }
    let rows = rows(&page);
    let count: usize = sources.iter().map(|it| it.statements.len()).sum();
    Ok(Report {
        checked: format!("{} codes of {count} statements are on the page", rows.len()),
        problems: compare(&sources, &rows),
    })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(folder);
    let mut paths = listed
        .with_context(|| format!("cannot read {}", folder.display()))?
        .map(|it| Ok(it?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}

/// Files of Rust below a folder, but for those of tests.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        let is_test = entry.ends_with("tests") || entry.ends_with("tests.rs");
        if is_test {
            continue;
        }
        if entry.is_dir() {
            collect(&entry, paths)?;
        } else if entry.extension().is_some_and(|it| it == "rs") {
            paths.push(entry);
        }
    }
    Ok(())
}

/// What a file logs for operators.
fn statements(text: &str) -> Vec<Statement> {
    let text = without_tests(text);
    let mut statements = Vec::new();
    for (at, name) in text.match_indices("tracing::") {
        let call = &text[at + name.len()..];
        let opened = |level: &str| call.strip_prefix(level)?.strip_prefix("!(");
        let found = LEVELS
            .into_iter()
            .find_map(|level| Some((level, opened(level)?)));
        let Some((level, rest)) = found else {
            continue;
        };
        let begin = text[..at].rfind('\n').map_or(0, |it| it + 1);
        if text[begin..at].trim_start().starts_with("//") {
            continue;
        }
        statements.push(Statement {
            line: text[..at].matches('\n').count() + 1,
            level,
            code: code(arguments(rest)).map(str::to_owned),
        });
    }
    statements
}

/// What is before the module of tests, which ends a file.
fn without_tests(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let after = end + line.len();
        if line.trim_end() == "#[cfg(test)]" && opens_module(&text[after..]) {
            return &text[..end];
        }
        end = after;
    }
    text
}

/// `mod tests {` and not `mod tests;`, behind which the file goes on.
fn opens_module(text: &str) -> bool {
    let mut lines = text.lines().filter(|it| !it.starts_with("#["));
    lines
        .next()
        .is_some_and(|it| it.starts_with("mod ") && it.ends_with('{'))
}

/// Up to the parenthesis that closes what `text` is inside of.
fn arguments(text: &str) -> &str {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (at, it) in text.char_indices() {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' if is_string => is_escaped = true,
            '"' => is_string = !is_string,
            _ if is_string => {}
            '(' => depth += 1,
            ')' if depth == 0 => return &text[..at],
            ')' => depth -= 1,
            _ => {}
        }
    }
    text
}

/// `target: "…", code = "…"`
fn code(arguments: &str) -> Option<&str> {
    let target = arguments.trim_start().strip_prefix("target: \"")?;
    let (_, fields) = target.split_once("\",")?;
    let code = fields.trim_start().strip_prefix("code = \"")?;
    Some(code.split_once('"')?.0)
}

/// `AREA.WHAT`
fn is_well_formed(code: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
    let Some((area, what)) = code.split_once('.') else {
        return false;
    };
    let is_area = !area.is_empty() && area.chars().all(is_plain);
    is_area && !what.is_empty() && what.chars().all(|it| is_plain(it) || it == '_')
}

/// Rows that begin with a code and a level.
fn rows(page: &str) -> Vec<Row> {
    let row = |(index, line): (usize, &str)| {
        let (code, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        let (level, _) = rest.split_once(" |")?;
        Some(Row {
            line: index + 1,
            code: code.to_owned(),
            level: level.to_owned(),
        })
    };
    page.lines().enumerate().filter_map(row).collect()
}

fn compare(sources: &[Source], rows: &[Row]) -> Vec<String> {
    let (mut problems, mut said) = (Vec::new(), BTreeSet::new());
    for source in sources {
        for statement in &source.statements {
            if let Some(code) = &statement.code {
                said.insert(code.as_str());
            }
            if let Some(what) = wrong(statement, rows) {
                problems.push(format!("{}:{}: {what}", source.path, statement.line));
            }
        }
    }
    for row in rows.iter().filter(|it| !said.contains(it.code.as_str())) {
        let Row { line, code, .. } = row;
        problems.push(format!(
            "{PAGE}:{line}: no statement has the code `{code}`: remove the row"
        ));
    }
    problems
}

/// What is wrong with a statement: the first thing that is.
fn wrong(statement: &Statement, rows: &[Row]) -> Option<String> {
    let Statement { level, code, .. } = statement;
    let Some(code) = code else {
        return Some(format!(
            "`{level}!` without a code: write `code = \"AREA.WHAT\"` directly behind the target"
        ));
    };
    if !is_well_formed(code) {
        return Some(format!(
            "`{code}` is no code: write AREA.WHAT in small letters, digits and underscores"
        ));
    }
    let mut listed = rows.iter().filter(|it| it.code == *code).peekable();
    if listed.peek().is_none() {
        return Some(format!("`{code}` is not in {PAGE}: add a row"));
    }
    let other = listed.find(|it| it.level != *level)?;
    Some(format!(
        "`{code}` is logged as {level}, and as {} in {PAGE}: make them the same",
        other.level
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_statements(text: &str, expected: &[(usize, &str, Option<&str>)]) {
        let found = statements(text);
        let found: Vec<(usize, &str, Option<&str>)> = found
            .iter()
            .map(|it| (it.line, it.level, it.code.as_deref()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn finds_each_level_on_one_line_or_many() {
        check_statements(
            r#"tracing::info!(target: "a", code = "a.b", "c");"#,
            &[(1, "info", Some("a.b"))],
        );
        check_statements(
            "\ntrue => tracing::warn!(\n    target: \"a\",\n    code = \"a.b_2\",\n    %error\n),\n",
            &[(2, "warn", Some("a.b_2"))],
        );
        check_statements(
            "tracing::error!(target: \"a\", code = \"a.b\");\ntracing::info!(target: \"a\", code = \"a.c\");",
            &[(1, "error", Some("a.b")), (2, "info", Some("a.c"))],
        );
    }

    #[test]
    fn a_code_is_directly_behind_the_target() {
        for text in [
            r#"tracing::info!("a");"#,
            r#"tracing::info!(target: "a", "b");"#,
            r#"tracing::info!(target: "a", "code = \"a.b\"");"#,
            r#"tracing::info!(target: "a", code = %key.code, "b");"#,
            r#"tracing::info!(target: "a", exit_code = "a.b", "c");"#,
            r#"tracing::info!(target: "a", b, code = "a.b", "c");"#,
            r#"tracing::info!(target: "a",); f(code = "a.b");"#,
            "tracing::info!(",
        ] {
            check_statements(text, &[(1, "info", None)]);
        }
    }

    #[test]
    fn arguments_end_at_their_own_parenthesis() {
        assert_eq!(arguments("a, b(c(d)), e) f)"), "a, b(c(d)), e");
        assert_eq!(arguments(r#"":)", "\")") x"#), r#"":)", "\")""#);
        assert_eq!(arguments("a (b)"), "a (b)");
    }

    #[test]
    fn leaves_out_other_levels_comments_and_tests() {
        check_statements("tracing::debug!(target: \"a\", \"b\");", &[]);
        check_statements("tracing::info_span!(\"a\");", &[]);
        check_statements("    /// tracing::info!(target: \"a\", \"b\");", &[]);
        let module = "#[cfg(test)]\n#[allow(x)]\nmod tests {\n    tracing::info!(\"a\");\n}\n";
        check_statements(module, &[]);
        let elsewhere = "#[cfg(test)]\nmod tests;\ntracing::info!(\"a\");\n";
        check_statements(elsewhere, &[(3, "info", None)]);
        let import = "#[cfg(test)]\nuse a;\ntracing::info!(\"a\");\n";
        check_statements(import, &[(3, "info", None)]);
    }

    #[test]
    fn a_code_is_an_area_and_what_happened() {
        for code in ["a.b", "p2p.peer_banned", "0._"] {
            assert!(is_well_formed(code), "{code}");
        }
        for code in [
            "", "a", ".", "a.", ".b", "a.b.c", "A.b", "a.B", "a_b.c", "a.b-c", "a.b c", "ä.b",
        ] {
            assert!(!is_well_formed(code), "{code}");
        }
    }

    #[track_caller]
    fn check(text: &str, page: &str, expected: &[&str]) {
        let source = Source {
            path: "a.rs".into(),
            statements: statements(text),
        };
        let problems = compare(&[source], &rows(page));
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem} lacks {expected}");
        }
    }

    #[test]
    fn code_and_page_say_the_same() {
        let text = r#"tracing::info!(target: "a", code = "a.b", "c");"#;
        let head = "| Code | Level | What happened | What to do |\n|---|---|---|---|\n";
        let page = |row: &str| format!("{head}{row}");
        let row = "| `a.b` | info | It is. | nothing |\n";
        check(text, &page(row), &[]);
        check(&format!("{text}\n{text}"), &page(row), &[]);
        check(
            text,
            &page(""),
            &["a.rs:1: `a.b` is not in docs/operations/events.md"],
        );
        check(
            text,
            &page("| `a.b` | warn | It is. | nothing |\n"),
            &["a.rs:1: `a.b` is logged as info, and as warn"],
        );
        check(
            "",
            &page(row),
            &["events.md:3: no statement has the code `a.b`"],
        );
        check(
            r#"tracing::info!(target: "a", "c");"#,
            &page(""),
            &["a.rs:1: `info!` without a code"],
        );
        check(
            r#"tracing::info!(target: "a", code = "b", "c");"#,
            &page(""),
            &["a.rs:1: `b` is no code"],
        );
        let both = text.to_owned() + &text.replace("info", "error");
        check(&both, &page(row), &["a.rs:1: `a.b` is logged as error"]);
    }
}

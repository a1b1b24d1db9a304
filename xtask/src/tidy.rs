//! `cargo xtask tidy`: what every file keeps to and no compiler checks, and how long tests took.
//!
//! Reads what git tracks or would track, so a fault shows before it is committed.
//! Not here: formatting (`cargo fmt`) and what clippy can see.

mod rules; // one rule, one function
mod slow; // the report of the test runner
mod source; // code without comments, strings and tests

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Report;
use source::Source;

/// Checks every file, then the last test report if there is one.
pub(crate) fn run() -> Result<Report> {
    let mut problems = Vec::new();
    let paths = tracked()?;
    for path in &paths {
        // A file that git lists and that is gone is about to be removed; a link's target is checked by itself.
        let Ok(bytes) = std::fs::read(path) else {
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        problems.extend(rules::check_text(path, &text));
        if path.ends_with(".rs") {
            problems.extend(rules::check_source(&Source::new(path, &text)));
        }
    }
    let tests = slow::run(&mut problems)?;
    let tests = tests.map_or("no test report yet".to_owned(), |count| {
        format!("{count} tests within 30 s")
    });
    Ok(Report {
        checked: format!("{} files, {tests}", paths.len()),
        problems,
    })
}

fn tracked() -> Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .context("cannot start git")?;
    if !output.status.success() {
        bail!(
            "git ls-files failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    Ok(names
        .split('\0')
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect())
}

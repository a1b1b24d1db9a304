//! `cargo xtask docs [PAGE...]`: runs every command that a page shows and compares what it prints.
//!
//! A page shows commands in fences named `console`:
//!
//! ```text
//! $ argosy dev &                      started in the background; the lines below it are awaited
//! ready: http://127.0.0.1:9533        what it prints, line by line
//! $ argosy account get alice          `…` stands for anything in a line, a lone `…` for any lines
//! balance …
//! $ argosy account get nobody # exit 1    the exit code, if it is not 0
//! ```
//!
//! A command with no lines below it may print anything. One page is one shell session, in the root
//! of the checkout and with an empty home; what it started is ended with it. A fence
//! named `sh` is refused unless its first line says why it is not run: `sh not-run: needs the network`.
//!
//! A fence named `console slow: builds a toolchain` is run, with all that comes behind it on the page, where the page
//! is named; where all pages are run, that is left out, and said.

mod page; // from Markdown to commands
mod session; // the shell that runs them

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::Report;
use session::Session;

const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md"];
const FOLDER: &str = "docs";
/// Decisions show commands of their day; they are not kept running.
const NOT_PAGES: &str = "docs/adr";

/// Runs the pages named, or all, without what takes long.
pub(crate) fn run(pages: &[String]) -> Result<Report> {
    let are_named = !pages.is_empty();
    let mut paths: Vec<PathBuf> = pages.iter().map(PathBuf::from).collect();
    if paths.is_empty() {
        paths.extend(PAGES.iter().map(PathBuf::from).filter(|it| it.exists()));
        collect(Path::new(FOLDER), &mut paths)?;
    }
    let (mut problems, mut commands, mut left_out) = (Vec::new(), 0, 0);
    for path in &paths {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        match page::parse(&text) {
            Ok(mut steps) => {
                let name = path.display().to_string();
                if !are_named && let Some(left) = page::leave_out(&mut steps) {
                    left_out += left.commands;
                    tell_left_out(&name, &left);
                }
                commands += steps.len();
                if !steps.is_empty() {
                    problems.extend(run_page(&name, &steps)?);
                }
            }
            Err(faults) => {
                problems.extend(faults.iter().map(|it| format!("{}:{it}", path.display())))
            }
        }
    }
    let left_out = match left_out {
        0 => String::new(),
        count => format!("; {count} that take long were LEFT OUT: name their pages to run them"),
    };
    Ok(Report {
        checked: format!(
            "{commands} commands on {} pages do what they show{left_out}",
            paths.len()
        ),
        problems,
    })
}

fn tell_left_out(name: &str, left: &page::LeftOut) {
    let (commands, why) = (left.commands, &left.why);
    eprintln!("{name}: {commands} commands LEFT OUT, {why}; `./x docs {name}` runs them");
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() || folder == Path::new(NOT_PAGES) {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(folder)?
        .map(|it| Ok(it?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, paths)?;
        } else if entry.extension().is_some_and(|it| it == "md") {
            paths.push(entry);
        }
    }
    Ok(())
}

/// Stops at the first fault of a page: later commands build on earlier ones.
fn run_page(name: &str, steps: &[page::Step]) -> Result<Option<String>> {
    let mut session = Session::start(&binaries()?)?;
    for step in steps {
        let begin = Instant::now();
        eprintln!("{name}:{}: $ {}", step.line, step.command);
        if let Err(fault) = session.run(step) {
            return Ok(Some(format!(
                "{name}:{}: `{}`: {fault}",
                step.line, step.command
            )));
        }
        eprintln!("    {:.1} s", begin.elapsed().as_secs_f32());
    }
    Ok(None)
}

/// Where cargo puts the programs that pages call by name.
fn binaries() -> Result<PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata failed")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target directory")?;
    Ok(Path::new(target).join("debug"))
}

//! `cargo xtask docs [--full] [PAGE...]`: runs every command that a page shows and compares what it prints.
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
//! named `sh` is refused unless its first line says why it is not run: `sh not-run: needs the network`. A fence
//! named `diff apply` changes files in the folder that the shell is in.
//!
//! A page that builds contracts takes minutes. It says so by the line `<!-- docs: slow -->` near its top, and is run
//! when it is named, or with `--full`. Its shell has the compiler that `ARGOSY_WASM_RUSTC` names, and builds where
//! it stands.

mod page; // from Markdown to commands
mod session; // the shell that runs them

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::Report;
use session::{Pace, Session};

const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md"];
const FOLDER: &str = "docs";
/// Runs the slow pages, too.
const FULL: &str = "--full";
/// Decisions show commands of their day; they are not kept running.
const NOT_PAGES: &str = "docs/adr";

/// Runs the pages named, or all; the slow ones among all only if `arguments` say `--full`.
pub(crate) fn run(arguments: &[String]) -> Result<Report> {
    let (options, pages): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|it| it.starts_with("--"));
    if let Some(other) = options.iter().find(|it| **it != FULL) {
        bail!("docs knows {FULL}, not {other}");
    }
    let mut paths: Vec<PathBuf> = pages.iter().map(PathBuf::from).collect();
    let runs_slow = !options.is_empty() || !paths.is_empty();
    if paths.is_empty() {
        paths.extend(PAGES.iter().map(PathBuf::from).filter(|it| it.exists()));
        collect(Path::new(FOLDER), &mut paths)?;
    }
    let mut findings = Findings::default();
    for path in &paths {
        findings.add(path, runs_slow)?;
    }
    Ok(findings.report())
}

/// What came of the pages so far.
#[derive(Default)]
struct Findings {
    pages: usize,
    commands: usize,
    left_out: Vec<String>,
    problems: Vec<String>,
}

impl Findings {
    /// Runs a page, or leaves it out. A slow one is read in any case: it may not have faults that nobody sees.
    fn add(&mut self, path: &Path, runs_slow: bool) -> Result<()> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let (name, is_slow) = (path.display().to_string(), page::is_slow(&text));
        match page::parse(&text) {
            Err(faults) => {
                let faults = faults.iter().map(|it| format!("{name}:{it}"));
                self.problems.extend(faults);
            }
            Ok(_) if is_slow && !runs_slow => {
                eprintln!("NOTICE: {name} takes minutes and is left out: ./x docs {name} runs it");
                self.left_out.push(name);
                return Ok(());
            }
            Ok(steps) if steps.is_empty() => {}
            Ok(steps) => {
                self.commands += steps.len();
                self.problems.extend(run_page(&name, &steps, is_slow)?);
            }
        }
        self.pages += 1;
        Ok(())
    }

    fn report(self) -> Report {
        let mut checked = format!(
            "{} commands on {} pages do what they show",
            self.commands, self.pages
        );
        if !self.left_out.is_empty() {
            let (count, names) = (self.left_out.len(), self.left_out.join(" "));
            checked.push_str(&format!(
                "; {count} left out, which take minutes: {names} (./x docs --full)"
            ));
        }
        Report {
            checked,
            problems: self.problems,
        }
    }
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
fn run_page(name: &str, steps: &[page::Step], is_slow: bool) -> Result<Option<String>> {
    let pace = if is_slow { Pace::Slow } else { Pace::Usual };
    let mut session = Session::start(&binaries()?, pace)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_page_is_left_out_loudly() {
        let folder = std::env::temp_dir().join(format!("argosy-docs-slow-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [slow, faulty] = ["slow.md", "faulty.md"].map(|it| folder.join(it));
        // Whoever runs it sees a fault.
        std::fs::write(&slow, "<!-- docs: slow -->\n```console\n$ exit 7\n```\n").unwrap();
        std::fs::write(&faulty, "<!-- docs: slow -->\n```sh\nrm x\n```\n").unwrap();
        let mut findings = Findings::default();
        findings.add(&slow, false).unwrap();
        assert_eq!((findings.pages, findings.commands), (0, 0));
        findings.add(&faulty, false).unwrap();
        let report = findings.report();
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        assert!(report.checked.contains("1 left out"), "{}", report.checked);
        assert!(report.checked.contains("slow.md"), "{}", report.checked);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn an_unknown_option_is_refused() {
        let refused = run(&["--fast".to_owned()]).err().unwrap();
        assert!(refused.to_string().contains("--full"), "{refused}");
    }
}

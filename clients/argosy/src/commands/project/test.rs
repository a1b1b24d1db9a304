//! `argosy test`: the tests of a contract, what its methods cost in them, and which functions ran.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::build::{Keep, twins};
use super::cargo::{self, Target, Workspace};
use super::covered::{self, Covered, Twin};
use super::measured::Costs;
use super::watch::LockWatch;
use crate::args::TestArgs;
use crate::failure::Failure;
use crate::output::{Output, Report};

/// Names the folder in which tests on the real executor say what methods cost (`argosy-testing`).
const GAS_REPORT: &str = "ARGOSY_GAS_REPORT";
/// Names the folder in which they say which functions ran.
const COVERAGE: &str = "ARGOSY_COVERAGE";

/// Tests, tells.
pub(super) fn run(args: &TestArgs, output: Output) -> Result<Report, Failure> {
    let workspace = Workspace::of(&args.folder)?;
    workspace.check_sdk()?;
    let place = reports_folder(&workspace.target)
        .with_context(|| format!("cannot make a folder in {}", workspace.target.display()))?;
    let mut command = cargo::cargo(&args.folder);
    command.env(GAS_REPORT, place.path());
    match args.coverage {
        true => command.env(COVERAGE, place.path()),
        false => command.env_remove(COVERAGE),
    };
    let lock = LockWatch::begin(&workspace.root);
    let tested = cargo::test(command, &args.folder, &args.rest);
    // Also where tests fail then.
    lock.tell(output);
    tested?;

    let (costs, unread) = Costs::gather(place.path());
    if unread > 0 {
        output.warning(format!("{unread} reports of gas cannot be read"));
    }
    let last = Costs::last(&workspace.target);
    costs.remember(&last, !args.rest.is_empty(), &workspace.target);
    let contracts = workspace.contracts();
    let report = Report::new(json!({"passed": true, "contracts": contracts}))
        .row("passed", contracts.join(" "))
        .with("gas", costs.document(&last));
    let report = costs.table(report, &last);
    match args.coverage {
        true => coverage(report, &args.folder, place.path(), &workspace, output),
        false => Ok(report),
    }
}

/// A folder for the reports of one run, which goes with it.
fn reports_folder(target: &Path) -> std::io::Result<tempfile::TempDir> {
    let folder = target.join("argosy");
    std::fs::create_dir_all(&folder)?;
    tempfile::Builder::new()
        .prefix("reports-")
        .tempdir_in(folder)
}

/// Which functions ran, with their names and lines as far as a build tells them.
fn coverage(
    report: Report,
    folder: &Path,
    reports: &Path,
    workspace: &Workspace,
    output: Output,
) -> Result<Report, Failure> {
    let mut modules = covered::gather(reports);
    if modules.is_empty() {
        let report = report.with("coverage", Value::Array(Vec::new()));
        return Ok(report.line(
            "\nNo module ran: coverage is that of tests on the real executor, with argosy-testing.",
        ));
    }
    name(&mut modules, folder, workspace, output);
    let documents: Vec<Value> = modules.iter().map(Covered::document).collect();
    let report = report.with("coverage", documents);
    let report = modules.iter().fold(report, |report, it| it.table(report));
    let Some(text) = covered::lcov(&modules, &workspace.root) else {
        return Ok(report);
    };
    let path = covered::lcov_place(&workspace.target);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let shown = path.display().to_string();
    Ok(report
        .with("lcov", &shown)
        .line(format!("\nlcov file: {shown}")))
}

/// Names functions by builds of the sources that keep names and lines; where the functions of those are others
/// than the tests', by builds that keep names only, which is closer to what is shipped.
fn name(modules: &mut [Covered], folder: &Path, workspace: &Workspace, output: Output) {
    if cargo::target(folder) != Target::There {
        output.warning("functions have no names and lines: rustc does not build contracts here");
        return;
    }
    output.progress("building once more, for the names and lines of functions");
    for keep in [Keep::Lines, Keep::Names] {
        let built = twins(folder, None, workspace, keep).into_iter();
        let read = built.filter_map(|it| Twin::of(&std::fs::read(it.path).ok()?, &workspace.root));
        let twins: Vec<Twin> = read.collect();
        let named: Vec<bool> = modules.iter_mut().map(|it| it.name_by(&twins)).collect();
        if named.iter().all(|it| *it) {
            return;
        }
    }
    let unnamed = modules.iter().filter(|it| !it.has_names());
    let unnamed: Vec<&str> = unnamed.map(Covered::contract).collect();
    if !unnamed.is_empty() {
        output.warning(format!(
            "no build of these sources has the functions that ran of {}: build, then test",
            unnamed.join(" ")
        ));
    }
}

//! What all tests of a process saw, as files for `argosy test`: gas by method, and which functions ran.
//!
//! ```text
//! world ends ─► its recorder adds what it saw to that of the process ─► the process's file is written anew
//! ```
//!
//! Always: nothing is recorded unless [`GAS_REPORT`] or [`COVERAGE`] names a folder; a file is replaced as a
//! whole; what cannot be written is told on stderr and fails no test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use argosy_chain::ProfileNode;
use argosy_primitives::Gas;
use serde_json::Value;

use crate::costs::Costs;
use crate::coverage::Coverage;

/// Names the folder for the gas of methods.
pub const GAS_REPORT: &str = "ARGOSY_GAS_REPORT";
/// Names the folder for the functions that ran.
pub const COVERAGE: &str = "ARGOSY_COVERAGE";

/// What the process saw, by the folder that it is for.
static PROCESS: Mutex<Process> = Mutex::new(Process {
    costs: BTreeMap::new(),
    coverage: BTreeMap::new(),
});

#[derive(Debug)]
struct Process {
    costs: BTreeMap<PathBuf, Costs>,
    coverage: BTreeMap<PathBuf, Coverage>,
}

/// What one world sees.
#[derive(Debug)]
pub(crate) struct Recorder {
    costs_to: Option<PathBuf>,
    coverage_to: Option<PathBuf>,
    costs: Costs,
    coverage: Coverage,
}

impl Recorder {
    /// As the environment asks for.
    pub(crate) fn of_environment() -> Recorder {
        let folder = |name: &str| {
            let value = std::env::var_os(name).filter(|it| !it.is_empty());
            value.map(PathBuf::from)
        };
        Recorder {
            costs_to: folder(GAS_REPORT),
            coverage_to: folder(COVERAGE),
            costs: Costs::default(),
            coverage: Coverage::default(),
        }
    }

    /// Whether functions are to be listened to, for which everything runs twice.
    pub(crate) fn wants_coverage(&self) -> bool {
        self.coverage_to.is_some()
    }

    /// A call of a method; `None` of gas: it failed.
    pub(crate) fn called(&mut self, contract: &str, method: &str, gas: Option<Gas>) {
        if self.costs_to.is_some() {
            self.costs.add(contract, method, gas);
        }
    }

    /// A module that is on the chain.
    pub(crate) fn know(&mut self, contract: &str, wasm: &[u8]) {
        if self.wants_coverage() {
            self.coverage.know(contract, wasm);
        }
    }

    /// What ran.
    pub(crate) fn ran(&mut self, profile: &[ProfileNode]) {
        self.coverage.add(profile);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.costs_to.is_none() && self.coverage_to.is_none() {
            return;
        }
        // What a test that panicked left is as whole as any.
        let mut process: MutexGuard<'_, Process> =
            PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(folder), false) = (&self.costs_to, self.costs.is_empty()) {
            let all = process.costs.entry(folder.clone()).or_default();
            all.merge(&self.costs);
            told(folder, write(folder, "gas", &all.document()));
        }
        if let (Some(folder), false) = (&self.coverage_to, self.coverage.is_empty()) {
            let all = process.coverage.entry(folder.clone()).or_default();
            all.merge(&self.coverage);
            told(folder, write(folder, "coverage", &all.document()));
        }
    }
}

fn told(folder: &Path, written: std::io::Result<()>) {
    if let Err(error) = written {
        eprintln!("argosy-testing: no report in {}: {error}", folder.display());
    }
}

/// Replaces the file of this process.
fn write(folder: &Path, what: &str, document: &Value) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let program = std::env::current_exe()?;
    let program = program.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{what}-{program}-{}", std::process::id());
    let half = folder.join(format!("{name}.half"));
    std::fs::write(&half, document.to_string())?;
    std::fs::rename(&half, folder.join(format!("{name}.json")))
}

//! What the methods of contracts cost in tests, and what is different from the last run.
//!
//! ```text
//! argosy test ─ARGOSY_GAS_REPORT=folder─► tests ─► a file for each of their processes ─► one table
//!                                                        └ remembered in cargo's folder, shown by argosy build
//! ```
//!
//! The files are those of `argosy-testing`. Tests of contracts as plain Rust count no gas and write none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::output::Report;

/// Files of test processes that are read.
const FILES_MAX: usize = 256;
/// Bytes of one of them, and of what is remembered.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Methods that are kept.
const METHODS_MAX: usize = 1_000;

/// What a method cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// Calls that succeeded, by which the gas is told.
    calls: u64,
    /// Calls that failed.
    failed: u64,
    min: Option<u64>,
    median: Option<u64>,
    max: Option<u64>,
}

/// Contract and method, as the ABI has them, and what that cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Costs(BTreeMap<String, BTreeMap<String, Cost>>);

/// A file of a process.
#[derive(Debug, Deserialize)]
struct Told {
    messages: Vec<ToldMessage>,
}

#[derive(Debug, Deserialize)]
struct ToldMessage {
    contract: String,
    method: String,
    failed: u64,
    /// Gas and how many calls used it.
    spread: Vec<(u64, u64)>,
}

/// The calls of a method, over all processes.
#[derive(Debug, Default)]
struct Calls {
    spread: BTreeMap<u64, u64>,
    failed: u64,
}

impl Costs {
    /// What the files in a folder tell together; how many of them could not be read.
    pub(super) fn gather(folder: &Path) -> (Costs, usize) {
        let mut calls: BTreeMap<(String, String), Calls> = BTreeMap::new();
        let mut unread = 0;
        for path in reports(folder, "gas-") {
            let told = read(&path).and_then(|text| serde_json::from_slice::<Told>(&text).ok());
            let Some(told) = told else {
                unread += 1;
                continue;
            };
            for message in told.messages {
                let key = (message.contract, message.method);
                if calls.len() >= METHODS_MAX && !calls.contains_key(&key) {
                    continue;
                }
                let calls = calls.entry(key).or_default();
                calls.failed = calls.failed.saturating_add(message.failed);
                for (gas, count) in message.spread {
                    let known = calls.spread.entry(gas).or_default();
                    *known = known.saturating_add(count);
                }
            }
        }
        let mut costs = Costs::default();
        for ((contract, method), calls) in calls {
            let methods = costs.0.entry(contract).or_default();
            methods.insert(method, calls.cost());
        }
        (costs, unread)
    }

    /// Whether nothing was measured.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was measured last.
    pub(super) fn last(target: &Path) -> Costs {
        let costs = read(&place(target)).and_then(|text| serde_json::from_slice(&text).ok());
        costs.unwrap_or_default()
    }

    /// Remembers this run. Where only some tests ran (`is_part`), what was measured of other methods before
    /// stays; a run that measured nothing leaves all of it.
    pub(super) fn remember(&self, last: &Costs, is_part: bool, target: &Path) {
        if self.is_empty() {
            return;
        }
        let mut all = match is_part {
            true => last.clone(),
            false => Costs::default(),
        };
        for (contract, methods) in &self.0 {
            let known = all.0.entry(contract.clone()).or_default();
            known.extend(methods.clone());
        }
        // Tests have passed also where nothing can be remembered.
        drop(all.write(&place(target)));
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&file, self)?;
        file.persist(path)?;
        Ok(())
    }

    /// As a table, with how the middle differs from `last`.
    pub(super) fn table(&self, report: Report, last: &Costs) -> Report {
        if self.is_empty() {
            return report;
        }
        let head = [
            "Gas",
            "calls",
            "failed",
            "least",
            "middle",
            "most",
            "since the last run",
        ];
        let mut report = report.heading("Gas by method").columns(head);
        for (contract, methods) in &self.0 {
            for (method, cost) in methods {
                let [least, middle, most] = [cost.min, cost.median, cost.max].map(figure);
                report = report.columns([
                    format!("{contract}.{method}"),
                    cost.calls.to_string(),
                    cost.failed.to_string(),
                    least,
                    middle,
                    most,
                    since(cost, last.of(contract, method)),
                ]);
            }
        }
        report
    }

    /// For programs: a list of methods, with what they cost in the last run.
    pub(super) fn document(&self, last: &Costs) -> Value {
        let methods = self.0.iter().flat_map(|(contract, methods)| {
            let of_contract = methods.iter();
            of_contract.map(move |(method, cost)| {
                json!({
                    "contract": contract,
                    "method": method,
                    "calls": cost.calls,
                    "failed": cost.failed,
                    "min": cost.min,
                    "median": cost.median,
                    "max": cost.max,
                    "lastMedian": last.of(contract, method).and_then(|it| it.median),
                })
            })
        });
        methods.collect()
    }

    /// The methods of one contract.
    pub(super) fn of_contract(&self, contract: &str) -> Costs {
        let methods = self.0.get(contract);
        let only = methods.map(|it| (contract.to_owned(), it.clone()));
        Costs(only.into_iter().collect())
    }

    /// A line for each method, with the middle and the ends.
    pub(super) fn lines(&self) -> Vec<String> {
        let methods = self.0.values().flatten();
        let line = |(method, cost): (&String, &Cost)| {
            let [least, middle, most] = [cost.min, cost.median, cost.max].map(figure);
            format!(
                "{method} {middle} ({least} to {most}, {} calls)",
                cost.calls
            )
        };
        methods.map(line).collect()
    }

    fn of(&self, contract: &str, method: &str) -> Option<&Cost> {
        self.0.get(contract)?.get(method)
    }
}

impl Calls {
    fn cost(&self) -> Cost {
        let calls = self
            .spread
            .values()
            .fold(0_u64, |sum, it| sum.saturating_add(*it));
        let middle = calls.div_ceil(2);
        let mut seen = 0_u64;
        let mut spread = self.spread.iter();
        let median = spread.find(|(_, count)| {
            seen = seen.saturating_add(**count);
            seen >= middle
        });
        Cost {
            calls,
            failed: self.failed,
            min: self.spread.keys().next().copied(),
            median: median.map(|(gas, _)| *gas),
            max: self.spread.keys().next_back().copied(),
        }
    }
}

fn figure(gas: Option<u64>) -> String {
    gas.map_or_else(|| "-".to_owned(), |it| it.to_string())
}

/// How the middle differs from that of the last run.
fn since(now: &Cost, last: Option<&Cost>) -> String {
    let Some(last) = last else {
        return "new".to_owned();
    };
    match (now.median, last.median) {
        (Some(now), Some(last)) if now == last => "as before".to_owned(),
        (Some(now), Some(last)) => format!("{:+}", i128::from(now) - i128::from(last)),
        _ => "-".to_owned(),
    }
}

/// The reports of test processes in a folder whose names begin so, by name.
pub(super) fn reports(folder: &Path, begin: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|it| Some(it.ok()?.path()));
    let is_report = |path: &PathBuf| {
        let name = path.file_name().and_then(|it| it.to_str());
        name.is_some_and(|it| it.starts_with(begin) && it.ends_with(".json"))
    };
    let mut paths: Vec<PathBuf> = paths.filter(is_report).collect();
    paths.sort();
    paths.truncate(FILES_MAX);
    paths
}

/// A file that is no longer than such files are.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let is_short = std::fs::metadata(path).ok()?.len() <= FILE_BYTES_MAX;
    is_short.then(|| std::fs::read(path).ok())?
}

fn place(target: &Path) -> PathBuf {
    target.join("argosy").join("gas.json")
}

#[cfg(test)]
mod tests {
    use crate::output::Paint;

    use super::*;

    /// A file as `argosy-testing` writes it.
    fn file(method: &str, failed: u64, spread: &[(u64, u64)]) -> String {
        let message = json!({ "contract": "token", "method": method, "calls": 0, "failed": failed,
            "min": null, "median": null, "max": null, "spread": spread });
        json!({ "version": 1, "messages": [message] }).to_string()
    }

    fn gathered(files: &[String]) -> (Costs, usize) {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in files.iter().enumerate() {
            std::fs::write(folder.path().join(format!("gas-{number}.json")), text).unwrap();
        }
        std::fs::write(folder.path().join("gas-half.half"), "half").unwrap();
        std::fs::write(folder.path().join("coverage-1.json"), "other").unwrap();
        Costs::gather(folder.path())
    }

    fn cost(calls: u64, failed: u64, figures: [u64; 3]) -> Cost {
        let [min, median, max] = figures.map(Some);
        Cost {
            calls,
            failed,
            min,
            median,
            max,
        }
    }

    #[test]
    fn the_files_of_all_processes_make_one_table() {
        let files = [
            file("transfer", 1, &[(10, 2), (30, 1)]),
            file("transfer", 0, &[(20, 2)]),
            file("approve", 2, &[]),
        ];
        let (costs, unread) = gathered(&files);
        assert_eq!(unread, 0);
        assert_eq!(
            costs.of("token", "transfer"),
            Some(&cost(5, 1, [10, 20, 30]))
        );
        let failed = costs.of("token", "approve").unwrap();
        assert_eq!((failed.calls, failed.failed, failed.median), (0, 2, None));
        let mut backwards = files;
        backwards.reverse();
        assert_eq!(gathered(&backwards).0, costs);
    }

    #[test]
    fn what_is_no_report_is_counted_and_left_out() {
        let files = [
            "rubbish".to_owned(),
            file("transfer", 0, &[(1, 1)]),
            "{}".to_owned(),
        ];
        let (costs, unread) = gathered(&files);
        assert_eq!((costs.0.len(), unread), (1, 2));
        let nowhere = Costs::gather(Path::new("/nowhere/at/all"));
        assert_eq!(nowhere, (Costs::default(), 0));
    }

    #[test]
    fn a_run_is_compared_with_the_one_before() {
        let target = tempfile::tempdir().unwrap();
        let run = |files: &[String], is_part: bool| {
            let last = Costs::last(target.path());
            let costs = gathered(files).0;
            costs.remember(&last, is_part, target.path());
            (
                costs.table(Report::default(), &last).text(Paint::none()),
                costs.document(&last),
            )
        };
        let (text, _) = run(
            &[
                file("transfer", 0, &[(100, 1)]),
                file("approve", 0, &[(7, 1)]),
            ],
            false,
        );
        assert!(
            text.contains("new") && text.contains("token.transfer"),
            "{text}"
        );
        // Another price; of part of the tests, so that the other method is kept.
        let (text, document) = run(&[file("transfer", 0, &[(88, 1)])], true);
        assert!(text.contains("-12"), "{text}");
        assert_eq!(
            (&document[0]["median"], &document[0]["lastMedian"]),
            (&json!(88), &json!(100))
        );
        assert!(Costs::last(target.path()).of("token", "approve").is_some());
        // All tests, none of which calls the other method any more.
        let (text, _) = run(&[file("transfer", 0, &[(88, 3)])], false);
        assert!(text.contains("as before"), "{text}");
        let last = Costs::last(target.path());
        assert!(last.of("token", "approve").is_none());
        assert_eq!(
            last.of_contract("token").lines(),
            ["transfer 88 (88 to 88, 3 calls)"]
        );
        assert!(last.of_contract("other").is_empty());
        // A run that measures nothing forgets nothing.
        run(&[], false);
        assert_eq!(Costs::last(target.path()), last);
        std::fs::write(place(target.path()), b"rubbish").unwrap();
        assert!(Costs::last(target.path()).is_empty());
    }
}

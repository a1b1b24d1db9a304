//! Which functions of the modules ran in tests, with their names and lines.
//!
//! ```text
//! reports of argosy-testing ─┐
//! debug build of the sources ┴─same functions?─► names, lines ─► table, lcov file
//! ```
//!
//! What is told is functions: a function that ran is no proof that all of its lines did, so that the lcov file
//! has a line for each function and none for what is in it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use argosy_vm_engine::{function_bodies, function_names, functions_hash, imported_functions};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lines::{Line, Lines};
use super::measured::{read, reports};
use crate::output::{Report, in_line};

/// Functions of a module that are shown; programs get all.
const SHOWN_MAX: usize = 200;
/// Bytes of a name that are shown.
const NAME_BYTES_MAX: usize = 512;
/// Functions that a report may tell of a module; a module has fewer.
const FUNCTIONS_MAX: usize = 100_000;

/// A module that ran.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Covered {
    /// What its contract is called.
    contract: String,
    /// Hash of the code.
    code: String,
    functions_hash: String,
    /// Those that it defines, in their order.
    functions: Vec<Function>,
    /// A build named them.
    #[serde(skip)]
    is_named: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Function {
    index: u32,
    name: Option<String>,
    calls: u64,
    /// The first line that it was built from.
    #[serde(default, skip_deserializing)]
    source: Option<Line>,
}

#[derive(Debug, Deserialize)]
struct Told {
    modules: Vec<Covered>,
}

/// A build of a module that tells names and lines.
pub(super) struct Twin {
    functions_hash: String,
    /// By index: name, line.
    functions: BTreeMap<u32, (Option<String>, Option<Line>)>,
}

impl Twin {
    /// What a debug build tells; `None`: it is no module. Files under `root` are the contract's own.
    pub(super) fn of(code: &[u8], root: &Path) -> Option<Twin> {
        // It has no more functions than are looked at.
        let hash = functions_hash(code).ok()?;
        let names = function_names(code).ok()?;
        let lines = Lines::of(code, root);
        let imported = u32::try_from(imported_functions(code).ok()?.len()).ok()?;
        let bodies = function_bodies(code).ok()?;
        let functions = (imported..).zip(bodies).map(|(index, body)| {
            let name = names.get(index).map(|_| demangled(&names.label(index)));
            let line = lines.as_ref().and_then(|it| it.first_in(body));
            (index, (name, line))
        });
        Some(Twin {
            functions_hash: const_hex::encode(hash),
            functions: functions.collect(),
        })
    }
}

/// A name as its author wrote it, as much of it as people read: a hundred bytes can stand for a million.
pub(super) fn demangled(name: &str) -> String {
    let mut short = Short(String::new());
    // It stops where it is full.
    let _is_whole = write!(short, "{:#}", rustc_demangle::demangle(name));
    short.0
}

/// The beginning of a text.
struct Short(String);

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = NAME_BYTES_MAX.saturating_sub(self.0.len());
        let end = text.floor_char_boundary(left);
        self.0.push_str(&text[..end]);
        match end == text.len() {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

/// The modules that the reports in a folder tell of, by contract and code.
pub(super) fn gather(folder: &Path) -> Vec<Covered> {
    let mut modules: BTreeMap<(String, String), Covered> = BTreeMap::new();
    for path in reports(folder, "coverage-") {
        let told = read(&path).and_then(|text| serde_json::from_slice::<Told>(&text).ok());
        for module in told.into_iter().flat_map(|it| it.modules) {
            if module.functions.len() > FUNCTIONS_MAX {
                continue;
            }
            let key = (module.contract.clone(), module.code.clone());
            match modules.get_mut(&key) {
                Some(known) => known.add(&module),
                None => {
                    modules.insert(key, module);
                }
            }
        }
    }
    modules.into_values().collect()
}

impl Covered {
    /// Calls that another process saw.
    fn add(&mut self, other: &Covered) {
        for (known, more) in self.functions.iter_mut().zip(&other.functions) {
            if known.index == more.index {
                known.calls = known.calls.saturating_add(more.calls);
            }
        }
    }

    /// Takes names and lines of the build with the same functions; whether there is one, now or before.
    pub(super) fn name_by(&mut self, twins: &[Twin]) -> bool {
        if self.is_named {
            return true;
        }
        let Some(twin) = twins
            .iter()
            .find(|it| it.functions_hash == self.functions_hash)
        else {
            return false;
        };
        for function in &mut self.functions {
            if let Some((name, line)) = twin.functions.get(&function.index) {
                function.name = name.clone().or_else(|| function.name.take());
                function.source = line.clone();
            }
        }
        self.is_named = true;
        true
    }

    /// What its contract is called.
    pub(super) fn contract(&self) -> &str {
        &self.contract
    }

    /// Whether a build named its functions.
    pub(super) fn has_names(&self) -> bool {
        self.is_named
    }

    fn ran(&self) -> usize {
        self.functions.iter().filter(|it| it.calls > 0).count()
    }

    /// Its functions as a table: those of the contract's own sources, where they are known, first those that
    /// never ran.
    pub(super) fn table(&self, report: Report) -> Report {
        let has_lines = self.functions.iter().any(Function::is_own);
        let is_shown = |it: &&Function| !has_lines || it.is_own();
        let mut shown: Vec<&Function> = self.functions.iter().filter(is_shown).collect();
        shown.sort_by_key(|it| (it.calls > 0, it.source.clone(), it.index));
        let (ran, all) = (self.ran(), self.functions.len());
        let heading = format!("{}: {ran} of {all} functions ran", self.contract);
        let mut report = report.heading(heading);
        for function in shown.iter().take(SHOWN_MAX) {
            let calls = match function.calls {
                0 => "never".to_owned(),
                calls => format!("{calls} x"),
            };
            let line = function.source.as_ref().map(ToString::to_string);
            report = report.columns([
                format!("{calls:>10}"),
                function.label(),
                line.unwrap_or_default(),
            ]);
        }
        let left_out = all - shown.len().min(SHOWN_MAX);
        match left_out {
            0 => report,
            some => report.line(format!("and {some} of libraries or beyond what is shown")),
        }
    }

    /// For programs.
    pub(super) fn document(&self) -> Value {
        json!({
            "contract": self.contract,
            "code": self.code,
            "ran": self.ran(),
            "all": self.functions.len(),
            "functions": self.functions,
        })
    }
}

impl Function {
    fn label(&self) -> String {
        let name = self.name.as_deref().map(demangled);
        name.unwrap_or_else(|| format!("function {}", self.index))
    }

    /// Whether it is of the contract's own sources.
    fn is_own(&self) -> bool {
        self.own_line().is_some()
    }

    fn own_line(&self) -> Option<&Line> {
        self.source.as_ref().filter(|it| it.is_own)
    }
}

/// The own functions of all modules as an lcov tracefile, files under `root`; `None`: no lines are known.
pub(super) fn lcov(modules: &[Covered], root: &Path) -> Option<String> {
    // Functions of generic code are there more than once, from one line.
    let mut files: BTreeMap<&str, BTreeMap<(u32, String), u64>> = BTreeMap::new();
    for function in modules.iter().flat_map(|it| &it.functions) {
        if let Some(line) = function.own_line() {
            let functions = files.entry(&line.file).or_default();
            let calls = functions.entry((line.line, function.label())).or_default();
            *calls = calls.saturating_add(function.calls);
        }
    }
    if files.is_empty() {
        return None;
    }
    let mut text = String::new();
    for (file, functions) in files {
        record(&mut text, &root.join(file), &functions);
    }
    Some(text)
}

fn record(text: &mut String, file: &Path, functions: &BTreeMap<(u32, String), u64>) {
    let mut lines: BTreeMap<u32, u64> = BTreeMap::new();
    let file = plain(&file.display().to_string());
    let _cannot_fail = writeln!(text, "TN:\nSF:{file}");
    for (line, name) in functions.keys() {
        let _cannot_fail = writeln!(text, "FN:{line},{}", plain(name));
    }
    for ((line, name), calls) in functions {
        let _cannot_fail = writeln!(text, "FNDA:{calls},{}", plain(name));
        let known = lines.entry(*line).or_default();
        *known = known.saturating_add(*calls);
    }
    let ran = functions.values().filter(|it| **it > 0).count();
    let _cannot_fail = writeln!(text, "FNF:{}\nFNH:{ran}", functions.len());
    for (line, calls) in &lines {
        let _cannot_fail = writeln!(text, "DA:{line},{calls}");
    }
    let ran = lines.values().filter(|it| **it > 0).count();
    let _cannot_fail = writeln!(text, "LF:{}\nLH:{ran}\nend_of_record", lines.len());
}

/// A name that stands in a line of the file, which people also print.
fn plain(name: &str) -> String {
    in_line(&name.replace('\r', " "))
}

/// Where the lcov file lies.
pub(super) fn lcov_place(target: &Path) -> PathBuf {
    target.join("argosy").join("coverage.lcov")
}

#[cfg(test)]
mod tests {
    use crate::output::Paint;

    use super::*;

    const FLOATS: &[u8] = include_bytes!("../../../tests/fixtures/floats/floats.wasm");

    /// What two processes tell of the fixture, whose functions are `scaled` and `call`.
    fn gathered() -> Vec<Covered> {
        let folder = tempfile::tempdir().unwrap();
        for (number, calls) in [(1, 3), (2, 4)] {
            let told = json!({ "version": 1, "modules": [{
                "contract": "floats", "code": "0x01",
                "functionsHash": const_hex::encode(functions_hash(FLOATS).unwrap()),
                "functions": [
                    { "index": 0, "name": null, "calls": 0 },
                    { "index": 1, "name": "call", "calls": calls },
                ],
            }]});
            let path = folder.path().join(format!("coverage-{number}.json"));
            std::fs::write(path, told.to_string()).unwrap();
        }
        std::fs::write(folder.path().join("coverage-3.json"), "rubbish").unwrap();
        gather(folder.path())
    }

    #[test]
    fn functions_of_all_processes_have_names_and_lines() {
        let mut modules = gathered();
        assert_eq!(modules.len(), 1);
        let module = &mut modules[0];
        let bare = module.table(Report::default()).text(Paint::none());
        assert!(bare.contains("floats: 1 of 2 functions ran"), "{bare}");
        assert!(
            bare.contains("never  function 0") && bare.contains("7 x  call"),
            "{bare}"
        );
        assert!(module.name_by(&[Twin::of(FLOATS, Path::new("/floats")).unwrap()]));
        let named = module.table(Report::default()).text(Paint::none());
        assert!(
            named.contains("never  floats::scaled  src/lib.rs:17"),
            "{named}"
        );
        let document = module.document();
        assert_eq!((&document["ran"], &document["all"]), (&json!(1), &json!(2)));
        assert_eq!(document["functions"][0]["source"]["line"], 17);
    }

    #[test]
    fn another_build_gives_no_names() {
        let mut modules = gathered();
        assert!(!modules[0].name_by(&[]));
        let counter = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../contracts/artifacts/counter.wasm"
        );
        let counter = std::fs::read(counter).unwrap();
        assert!(!modules[0].name_by(&[Twin::of(&counter, Path::new("/")).unwrap()]));
        assert!(Twin::of(b"no module", Path::new("/")).is_none());
        assert_eq!(lcov(&modules, Path::new("/floats")), None);
    }

    /// Tuples of tuples, the second of each a word that stands for the first.
    fn mangled_bomb(depth: usize) -> String {
        let mut name = format!("_RMC0{}eeE", "T".repeat(depth));
        for level in (0..depth - 1).rev() {
            let place = char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[3 + level]);
            name.push_str(&format!("B{place}_E"));
        }
        name
    }

    #[test]
    fn a_short_name_does_not_become_a_long_one() {
        assert_eq!(demangled("_ZN4coin3payE"), "coin::pay");
        assert_eq!(demangled("plain"), "plain");
        assert_eq!(demangled(&mangled_bomb(2)), "<((str, str), (str, str))>");
        let bomb = mangled_bomb(20);
        let whole = format!("{:#}", rustc_demangle::demangle(&bomb));
        assert!(bomb.len() < 256 && whole.len() > 900_000, "{}", whole.len());
        assert_eq!(demangled(&bomb), whole[..NAME_BYTES_MAX]);
        let long = "é".repeat(NAME_BYTES_MAX);
        assert_eq!(demangled(&long), "é".repeat(NAME_BYTES_MAX / 2));
    }

    #[test]
    fn names_and_files_are_lines_of_an_lcov_file() {
        let mut modules = gathered();
        let function = &mut modules[0].functions[1];
        function.name = Some("a\u{1b}[2J\nDA:1,9".to_owned());
        function.source = Some(Line {
            file: "src/a\nLF:7\r.rs".to_owned(),
            line: 3,
            is_own: true,
        });
        let text = lcov(&modules, Path::new("/floats")).unwrap();
        for line in ["FN:3,a\u{fffd}[2J DA:1,9", "SF:/floats/src/a LF:7 .rs"] {
            assert!(text.lines().any(|it| it == line), "{line}: {text}");
        }
        // Of a file elsewhere nothing is told, however it is called.
        let function = &mut modules[0].functions[1];
        function.source.as_mut().unwrap().is_own = false;
        assert_eq!(lcov(&modules, Path::new("/floats")), None);
    }

    #[test]
    fn an_lcov_file_tells_functions_by_their_lines() {
        let mut modules = gathered();
        let root = Path::new("/floats");
        modules[0].name_by(&[Twin::of(FLOATS, root).unwrap()]);
        let text = lcov(&modules, root).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["TN:", "SF:/floats/src/lib.rs"]);
        for line in [
            "FN:17,floats::scaled",
            "FNDA:0,floats::scaled",
            "FNDA:7,call",
            "FNF:2",
            "FNH:1",
            "DA:17,0",
            "LH:1",
        ] {
            assert!(lines.contains(&line), "{line}: {text}");
        }
        assert_eq!(lines.last(), Some(&"end_of_record"));
    }
}

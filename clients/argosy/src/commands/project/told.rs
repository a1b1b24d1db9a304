//! What is told of a built module, for people and for programs.
//!
//! ```text
//! name        rows in one table, whatever there is to say: file, size, what it asks for, where it comes from
//!   + change  what is different from the last build
//!   gas       what its methods cost in the last tests
//! ```

use serde_json::{Value, json};

use super::cargo::Artifact;
use super::change::Change;
use super::measured::Costs;
use super::module::Module;
use super::source;
use crate::output::Report;

/// Sections that are shown by name; the others are small.
const SHOWN: [&str; 4] = ["code", "data", "argosy.abi", "name"];

/// A built module and what is known around it.
pub(super) struct Told<'a> {
    /// What the chain says of it.
    pub(super) module: &'a Module,
    /// Its bytes, with the section that says where it comes from.
    pub(super) code: &'a [u8],
    /// Whether an earlier build is remembered.
    pub(super) was_built: bool,
    /// What is different from that.
    pub(super) change: Option<&'a Change>,
    /// What its methods cost when `argosy test` ran last.
    pub(super) costs: &'a Costs,
}

impl Told<'_> {
    /// For programs.
    pub(super) fn document(&self) -> Value {
        let module = self.module;
        let sections = module.sections.iter();
        let sections: Vec<Value> = sections
            .map(|(name, bytes)| json!({"name": name, "bytes": bytes}))
            .collect();
        let entries = module.facts.entries.iter().map(|it| it.export_name());
        let uses: Vec<&str> = module.facts.manifest.capabilities.names().collect();
        json!({
            "name": module.name,
            "file": module.path.display().to_string(),
            "code": module.code.to_string(),
            "bytes": module.size,
            "sections": sections,
            "functions": module.facts.functions,
            "memoryPages": module.facts.memory_initial_pages,
            "entries": entries.collect::<Vec<_>>(),
            "uses": uses,
            "warnings": module.warnings,
            "change": self.change,
            "gas": self.costs.document(self.costs),
            "source": source::document(self.code),
        })
    }

    /// For people.
    pub(super) fn report(&self, report: Report) -> Report {
        let module = self.module;
        let capabilities: Vec<&str> = module.facts.manifest.capabilities.names().collect();
        let uses = match capabilities.is_empty() {
            true => "its storage only".to_owned(),
            false => capabilities.join(" "),
        };
        let pages = module.facts.memory_initial_pages;
        let report = report
            .heading(module.name.clone())
            .row("file", module.path.display())
            .row("code", module.code)
            .row("bytes", self.bytes())
            .row("functions", module.facts.functions)
            .row("memory", format!("{pages} pages of 64 KiB"))
            .row("uses", uses);
        // No line between the rows: only neighbours are aligned.
        let report = source::rows(report, self.code);
        self.gas(self.changes(report))
    }

    fn bytes(&self) -> String {
        let shown = SHOWN.iter().filter_map(|name| {
            let of_name = self.module.sections.iter().filter(|(it, _)| it == name);
            let bytes: usize = of_name.map(|(_, bytes)| bytes).sum();
            (bytes > 0).then(|| format!("{name} {bytes}"))
        });
        let shown: Vec<String> = shown.collect();
        let difference = match (self.was_built, self.change) {
            (false, _) => String::new(),
            (true, None) => ", as before".to_owned(),
            (true, Some(change)) => format!(", {:+} since the last build", change.bytes),
        };
        format!("{} ({}){difference}", self.module.size, shown.join(", "))
    }

    fn changes(&self, mut report: Report) -> Report {
        for line in self.change.into_iter().flat_map(|it| &it.lines) {
            report = report.line(format!("  {line}"));
        }
        match self.change {
            Some(change) if change.needs_migration => report.line(
                "  State that is there already is read otherwise: an upgrade needs an #[upgrade] method that migrates it.",
            ),
            _ => report,
        }
    }

    fn gas(&self, report: Report) -> Report {
        if self.costs.is_empty() {
            return report;
        }
        let report = report.line("  gas of its methods in the last tests: middle (least to most)");
        let lines = self.costs.lines().into_iter();
        lines.fold(report, |report, line| report.line(format!("    {line}")))
    }
}

/// What to do with what was built.
pub(super) fn next(artifacts: &[Artifact]) -> String {
    let file = artifacts
        .first()
        .map_or_else(String::new, |it| it.path.display().to_string());
    format!("\nNext: argosy contract deploy {file} --from alice -- --help")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use argosy_vm_abi::Source;

    use super::super::module::Checker;
    use super::*;
    use crate::output::Paint;

    /// A module of one function, exported as `call`: 34 bytes, and where it comes from.
    fn built() -> (Module, Vec<u8>) {
        let code = [
            &b"\0asm\x01\0\0\0"[..],
            &[1, 4, 1, 0x60, 0, 0],
            &[3, 2, 1, 0],
            &[7, 8, 1, 4, b'c', b'a', b'l', b'l', 0, 0],
            &[10, 4, 1, 2, 0, 0x0b],
        ]
        .concat();
        let artifact = Artifact {
            name: "coin".to_owned(),
            path: PathBuf::from("target/coin.wasm"),
        };
        let facts = Checker::new().facts(&code).expect("the chain takes it");
        let module = Module::new(&artifact, &code, facts).unwrap();
        let source = Source {
            toolchain: Some("rustc 1.96.0".to_owned()),
            sdk: Some("0.1.0".to_owned()),
            is_verifiable: true,
            ..Source::default()
        };
        (module, source::with_source(&code, &source))
    }

    #[track_caller]
    fn check(was_built: bool, change: Option<&Change>, costs: &Costs, expected: &str) {
        let (module, code) = built();
        let told = Told {
            module: &module,
            code: &code,
            was_built,
            change,
            costs,
        };
        let text = told.report(Report::default()).text(Paint::none());
        assert_eq!(text.replace(&module.code.to_string(), "0x…"), expected);
        assert_eq!(told.document()["source"]["verifiable"], true);
    }

    #[test]
    fn a_build_without_a_change_is_one_table() {
        check(
            true,
            None,
            &Costs::default(),
            "coin\n\
             file        target/coin.wasm\n\
             code        0x…\n\
             bytes       34 (code 6), as before\n\
             functions   1\n\
             memory      0 pages of 64 KiB\n\
             uses        its storage only\n\
             toolchain   rustc 1.96.0\n\
             SDK         0.1.0\n\
             verifiable  yes\n",
        );
    }

    #[test]
    fn a_build_with_a_change_is_the_same_table_and_what_changed() {
        let change = Change {
            bytes: 3,
            lines: vec!["+ call pay() -> ()".to_owned(), "- state old u8".to_owned()],
            needs_migration: true,
        };
        let costs = json!({"Coin": {"pay": {"calls": 2, "failed": 0, "min": 90, "median": 100, "max": 110}}});
        let costs: Costs = serde_json::from_value(costs).unwrap();
        check(
            true,
            Some(&change),
            &costs,
            &[
                "coin",
                "file        target/coin.wasm",
                "code        0x…",
                "bytes       34 (code 6), +3 since the last build",
                "functions   1",
                "memory      0 pages of 64 KiB",
                "uses        its storage only",
                "toolchain   rustc 1.96.0",
                "SDK         0.1.0",
                "verifiable  yes",
                "  + call pay() -> ()",
                "  - state old u8",
                "  State that is there already is read otherwise: an upgrade needs an #[upgrade] method that migrates it.",
                "  gas of its methods in the last tests: middle (least to most)",
                "    pay 100 (90 to 110, 2 calls)",
                "",
            ]
            .join("\n"),
        );
    }
}

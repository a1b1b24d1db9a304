//! `cargo xtask licences`: licence and source of every dependency, by the lists in deny.toml.
//!
//! The same lists serve `cargo deny`, which takes minutes to install; this takes a second.
//! Not here: advisories, and whether the texts of licences match their names (`cargo deny` does both).

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::Report;
use crate::workspace::{Metadata, Package};

#[derive(Deserialize)]
struct DenyConfig {
    licenses: Licenses,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    name: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

/// Checks everything that some build of the workspace compiles, on any machine. The lock file names more:
/// what a feature that nobody enables would need.
pub(crate) fn run() -> Result<Report> {
    let config = std::fs::read_to_string("deny.toml").context("cannot read deny.toml")?;
    let config: DenyConfig = toml::from_str(&config).context("cannot understand deny.toml")?;
    let metadata = Metadata::load("Cargo.toml")?;
    let compiled = compiled()?;
    let packages = metadata.packages.iter();
    let packages: Vec<&Package> = packages
        .filter(|it| compiled.contains(&format!("{} v{}", it.name, it.version)))
        .collect();
    let problems = packages.iter().flat_map(|it| check(it, &config)).collect();
    let checked = format!(
        "{} packages may be given on under MIT or Apache-2.0",
        packages.len()
    );
    Ok(Report { checked, problems })
}

/// Names and versions, as `name v1.2.3`.
fn compiled() -> Result<BTreeSet<String>> {
    let tree = ["tree", "--workspace", "--all-features", "--target", "all"];
    let form = ["--edges", "all", "--prefix", "none", "--format", "{p}"];
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo).args(tree).args(form).output();
    let output = output.context("cannot start cargo")?;
    ensure!(
        output.status.success(),
        "cargo tree failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).context("cargo tree does not print UTF-8")?;
    // Behind the version: where it comes from, and whether it was printed before.
    let named = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(text.lines().map(named).collect())
}

fn check(package: &Package, config: &DenyConfig) -> Vec<String> {
    let at = format!("{} {}", package.name, package.version);
    let exceptions = config
        .licenses
        .exceptions
        .iter()
        .filter(|it| it.name == package.name);
    let excepted: BTreeSet<&str> = exceptions
        .flat_map(|it| &it.allow)
        .map(String::as_str)
        .collect();
    let allowed = |id: &str| config.licenses.allow.contains(id) || excepted.contains(id);

    let mut problems = Vec::new();
    match package.license.as_deref() {
        None => problems.push(format!("{at}: states no licence")),
        Some(text) => match permits(text, allowed) {
            Some(true) => {}
            Some(false) => problems.push(format!(
                "{at}: `{text}` is not in deny.toml: choose another crate"
            )),
            None => problems.push(format!("{at}: `{text}` is not a licence expression")),
        },
    }
    if let Some(source) = &package.source {
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        if !config
            .sources
            .allow_registry
            .iter()
            .any(|it| it == registry)
        {
            problems.push(format!(
                "{at}: comes from `{source}`: use a published release"
            ));
        }
    }
    problems
}

/// Whether a licence expression can be satisfied by allowed licences alone; `None` if it is malformed.
fn permits(expression: &str, allowed: impl Fn(&str) -> bool) -> Option<bool> {
    // `MIT/Apache-2.0` is how crates used to write `MIT OR Apache-2.0`.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = Words {
        words: spaced.split_whitespace().collect(),
        next: 0,
        allowed: &allowed,
    };
    let permitted = words.any()?;
    (words.next == words.words.len()).then_some(permitted)
}

struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
    allowed: &'a dyn Fn(&str) -> bool,
}

impl<'a> Words<'a> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.next) == Some(&word);
        self.next += usize::from(found);
        found
    }

    /// `all ( OR all )*`
    fn any(&mut self) -> Option<bool> {
        let mut permitted = self.all()?;
        while self.take("OR") {
            permitted |= self.all()?;
        }
        Some(permitted)
    }

    /// `one ( AND one )*`
    fn all(&mut self) -> Option<bool> {
        let mut permitted = self.one()?;
        while self.take("AND") {
            permitted &= self.one()?;
        }
        Some(permitted)
    }

    /// `( any )`, `ID` or `ID WITH EXCEPTION`
    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let permitted = self.any()?;
            return self.take(")").then_some(permitted);
        }
        let id = self.id()?;
        if !self.take("WITH") {
            return Some((self.allowed)(id));
        }
        let exception = self.id()?;
        Some((self.allowed)(&format!("{id} WITH {exception}")))
    }

    fn id(&mut self) -> Option<&'a str> {
        let word = *self.words.get(self.next)?;
        let is_id = !["OR", "AND", "WITH", "(", ")"].contains(&word);
        self.next += usize::from(is_id);
        is_id.then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_expression(expression: &str, expected: Option<bool>) {
        let allowed = [
            "MIT",
            "Apache-2.0",
            "Apache-2.0 WITH LLVM-exception",
            "Unicode-3.0",
        ];
        assert_eq!(
            permits(expression, |id| allowed.contains(&id)),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn accepts_what_can_be_satisfied() {
        check_expression("MIT", Some(true));
        check_expression("MIT/Apache-2.0", Some(true));
        check_expression("MIT OR LGPL-2.1-or-later", Some(true));
        check_expression("(MIT OR GPL-3.0-only) AND Unicode-3.0", Some(true));
        check_expression("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only", Some(true));
    }

    #[test]
    fn refuses_what_cannot() {
        check_expression("GPL-3.0-only", Some(false));
        check_expression("MIT AND GPL-3.0-only", Some(false));
        check_expression("MIT OR GPL-3.0-only AND MIT", Some(true)); // AND binds tighter
        check_expression("MIT WITH Some-exception", Some(false));
    }

    #[test]
    fn refuses_what_is_no_expression() {
        for text in [
            "", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT MIT", "MIT WITH",
        ] {
            check_expression(text, None);
        }
    }

    fn package(license: Option<&str>, source: Option<&str>) -> Package {
        let package = serde_json::json!({"id": "x", "name": "x", "version": "1.0.0", "license": license,
            "source": source, "manifest_path": "", "dependencies": []});
        serde_json::from_value(package).unwrap()
    }

    #[test]
    fn knows_exceptions_missing_licences_and_foreign_sources() {
        let config: DenyConfig = toml::from_str(
            "licenses = { allow = [\"MIT\"], exceptions = [{ name = \"x\", allow = [\"CDLA-Permissive-2.0\"] }] }
             sources = { allow-registry = [\"index\"] }",
        )
        .unwrap();
        assert!(
            check(
                &package(Some("CDLA-Permissive-2.0"), Some("registry+index")),
                &config
            )
            .is_empty()
        );
        assert_eq!(
            check(&package(None, None), &config),
            ["x 1.0.0: states no licence"]
        );
        assert_eq!(
            check(&package(Some("MIT"), Some("git+elsewhere")), &config).len(),
            1
        );
        assert_eq!(
            check(
                &package(Some("GPL-3.0-only"), Some("registry+other")),
                &config
            )
            .len(),
            2
        );
    }
}

//! Calling cargo and rustc, and reading what they answer.
//!
//! What they say to people goes to stderr as it is: stdout is for one result.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use serde::Deserialize;

use super::sdk::{SDK, VENDOR};
use crate::failure::Failure;

/// What contracts are built for.
pub(in crate::commands) const TARGET: &str = "wasm32-unknown-unknown";
/// Whether contracts can be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Target {
    /// rustc has the standard library of [`TARGET`].
    There,
    /// rustc does not.
    Missing,
    /// There is no rustc.
    NoRustc,
}

impl Target {
    /// What to do about it.
    pub(in crate::commands) fn hint(self) -> Option<String> {
        match self {
            Target::There => None,
            Target::Missing => Some(format!(
                "rustup target add {TARGET}; where rustup cannot fetch it, build one from Debian's packages: \
                 xtask/wasm-toolchain.sh DIR && . DIR/env, in a checkout of Argosy"
            )),
            Target::NoRustc => Some("install Rust from https://rustup.rs".to_owned()),
        }
    }
}

/// Looks for rustc and its target, as cargo in `folder` would find them.
pub(in crate::commands) fn target(folder: &Path) -> Target {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    let Ok(asked) = asked else {
        return Target::NoRustc;
    };
    let libraries = String::from_utf8_lossy(&asked.stdout);
    match asked.status.success() && Path::new(libraries.trim()).is_dir() {
        true => Target::There,
        false => Target::Missing,
    }
}

/// Which rustc builds in `folder`, in its own words.
pub(in crate::commands) fn compiler(folder: &Path) -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc)
        .arg("--version")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let words = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    asked.status.success().then_some(words)
}

/// A workspace, as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
pub(super) struct Workspace {
    /// Its root.
    #[serde(rename = "workspace_root")]
    pub(super) root: PathBuf,
    /// Where cargo builds.
    #[serde(rename = "target_directory")]
    pub(super) target: PathBuf,
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    targets: Vec<PackageTarget>,
    dependencies: Vec<Dependency>,
    /// Where its manifest says that it is kept.
    repository: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PackageTarget {
    crate_types: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    path: Option<PathBuf>,
}

impl Workspace {
    /// The workspace that `folder` belongs to.
    pub(super) fn of(folder: &Path) -> Result<Workspace, Failure> {
        let asked = cargo(folder)
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .stderr(Stdio::piped())
            .output();
        let asked = asked.map_err(|error| no_cargo(folder, &error))?;
        if !asked.status.success() {
            let words = String::from_utf8_lossy(&asked.stderr);
            return Err(not_understood(folder, &words));
        }
        let text = String::from_utf8_lossy(&asked.stdout);
        Ok(serde_json::from_str(&text).context("cargo metadata says something unknown")?)
    }

    /// Names of its packages.
    pub(super) fn members(&self) -> Vec<&str> {
        self.packages.iter().map(|it| it.name.as_str()).collect()
    }

    /// Names of the packages that are contracts.
    pub(super) fn contracts(&self) -> Vec<&str> {
        let is_contract = |it: &&Package| {
            let mut types = it.targets.iter().flat_map(|it| &it.crate_types);
            types.any(|it| it == "cdylib")
        };
        let contracts = self.packages.iter().filter(is_contract);
        contracts.map(|it| it.name.as_str()).collect()
    }

    /// Where the package of a crate says that its sources are kept.
    pub(super) fn repository(&self, krate: &str) -> Option<String> {
        let is_it = |it: &&Package| it.name.replace('-', "_") == krate;
        self.packages.iter().find(is_it)?.repository.clone()
    }

    /// The version of the SDK that a build in `folder` takes. Asks nobody: what was built is here.
    pub(super) fn sdk_version(&self, folder: &Path) -> Option<String> {
        #[derive(Deserialize)]
        struct All {
            packages: Vec<Versioned>,
        }
        #[derive(Deserialize)]
        struct Versioned {
            name: String,
            version: String,
        }
        let asked = cargo(folder)
            .args(["metadata", "--format-version", "1", "--locked", "--offline"])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let all: All = serde_json::from_slice(&asked.stdout).ok()?;
        let sdk = all.packages.into_iter().find(|it| it.name == SDK)?;
        Some(sdk.version)
    }

    /// Whether the SDK is where its packages look for it: cargo would name a manifest deep in a folder.
    pub(super) fn check_sdk(&self) -> Result<(), Failure> {
        let Some(checkout) = self.sdk_checkout().filter(|it| !it.exists()) else {
            return Ok(());
        };
        let shown = checkout.display();
        let failure = Failure::failed(format!("the contract SDK is not there: {shown}"));
        let name = format!("name another in Cargo.toml: {SDK} = {{ path = \"…/contracts/sdk\" }}");
        Err(match checkout.ends_with(VENDOR) {
            true => failure.hint("argosy sdk update brings the copy of this program there"),
            false => failure.hint(name),
        })
    }

    /// The checkout that the SDK comes from, if it comes from one.
    pub(super) fn sdk_checkout(&self) -> Option<&Path> {
        let mut dependencies = self.packages.iter().flat_map(|it| &it.dependencies);
        let sdk = dependencies.find(|it| it.name == SDK)?.path.as_deref()?;
        // contracts/sdk
        sdk.ancestors().nth(2)
    }
}

/// Why cargo tells nothing of a folder: there is no manifest, or none that can be read.
fn not_understood(folder: &Path, words: &str) -> Failure {
    let words = words.trim().trim_start_matches("error: ");
    let (text, hint) = match words.starts_with("could not find `Cargo.toml`") {
        true => (
            "cargo finds no contract here",
            "name the folder of one, or make one: argosy new NAME",
        ),
        false => (
            "cargo cannot read the contract's manifest",
            "mend Cargo.toml; one that works comes with: argosy new NAME",
        ),
    };
    let failure = Failure::failed(format!("{text}: {words}"));
    failure.row("folder", folder.display()).hint(hint)
}

/// A module that cargo built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artifact {
    /// The crate's name.
    pub(super) name: String,
    /// The file.
    pub(super) path: PathBuf,
}

/// Runs `cargo build`, behind the options of all commands that are there already, and tells the modules.
pub(super) fn build(mut cargo: Command, package: Option<&str>) -> Result<Vec<Artifact>, Failure> {
    cargo
        .args(["build", "--release", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped());
    if let Some(package) = package {
        cargo.args(["--package", package]);
    }
    let mut child = cargo.spawn().context("cannot start cargo")?;
    let mut artifacts = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        // Macros print there, too, and not always texts.
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.context("cannot read what cargo says")?;
            artifacts.extend(artifacts_in(&String::from_utf8_lossy(&line)));
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() {
        let failure = Failure::failed("the contract does not build");
        return Err(failure.hint("cargo says above what is wrong"));
    }
    artifacts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(artifacts)
}

/// The modules that a line of cargo's tells.
fn artifacts_in(line: &str) -> Vec<Artifact> {
    #[derive(Deserialize)]
    struct Message {
        reason: String,
        target: Option<Named>,
        #[serde(default)]
        filenames: Vec<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let Ok(message) = serde_json::from_str::<Message>(line) else {
        return Vec::new();
    };
    if message.reason != "compiler-artifact" {
        return Vec::new();
    }
    let name = message.target.map_or_else(String::new, |it| it.name);
    let modules = message.filenames.into_iter();
    modules
        .filter(|it| it.extension().is_some_and(|it| it == "wasm"))
        .map(|path| Artifact {
            name: name.clone(),
            path,
        })
        .collect()
}

/// Runs `cargo test`, behind the options of all commands that are there already. What cargo says is for people,
/// so it goes to stderr.
pub(super) fn test(mut cargo: Command, folder: &Path, rest: &[String]) -> Result<(), Failure> {
    let status = cargo
        .arg("test")
        .args(rest)
        .stdout(Stdio::from(std::io::stderr()))
        .status();
    let status = status.map_err(|error| no_cargo(folder, &error))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::failed("tests failed").hint("cargo says above which")),
    }
}

/// cargo in a folder; the one that runs us, if one does.
pub(super) fn cargo(folder: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn no_cargo(folder: &Path, error: &std::io::Error) -> Failure {
    if folder.is_dir() {
        let failure = Failure::failed(format!("cannot start cargo: {error}"));
        failure.hint("install Rust from https://rustup.rs")
    } else if folder.exists() {
        let failure = Failure::usage(format!("{} is no folder", folder.display()));
        failure.hint("name the folder that Cargo.toml is in")
    } else {
        let failure = Failure::usage(format!("there is no folder {}", folder.display()));
        failure.hint("name the folder of a contract, or make one: argosy new NAME")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn modules_are_found_among_what_cargo_says() {
        let line = json!({
            "reason": "compiler-artifact",
            "package_id": "x",
            "target": {"kind": ["cdylib"], "name": "token"},
            "filenames": ["/t/token.wasm", "/t/libtoken.rlib"],
            "fresh": true,
        });
        let expected = Artifact {
            name: "token".to_owned(),
            path: PathBuf::from("/t/token.wasm"),
        };
        assert_eq!(artifacts_in(&line.to_string()), [expected]);
        for line in [
            "",
            "noise",
            "{}",
            r#"{"reason":"build-finished","success":true}"#,
        ] {
            assert_eq!(artifacts_in(line), [], "{line}");
        }
    }

    #[test]
    fn a_workspace_tells_its_contracts_and_their_sdk() {
        let metadata = json!({
            "workspace_root": "/w",
            "target_directory": "/w/target",
            "packages": [
                {"name": "token", "targets": [{"crate_types": ["cdylib"], "name": "token"}],
                 "dependencies": [{"name": "argosy-contract", "path": "/argosy/contracts/sdk"}]},
                {"name": "tool", "targets": [{"crate_types": ["bin"]}], "dependencies": []},
            ],
        });
        let workspace: Workspace = serde_json::from_value(metadata).unwrap();
        assert_eq!(workspace.contracts(), ["token"]);
        assert_eq!(workspace.members(), ["token", "tool"]);
        assert_eq!(workspace.sdk_checkout(), Some(Path::new("/argosy")));
        let gone = workspace.check_sdk().unwrap_err();
        assert!(gone.message().contains("not there: /argosy"), "{gone:?}");
    }

    #[test]
    fn a_folder_without_a_contract_is_refused_with_what_to_do() {
        let empty = tempfile::tempdir().unwrap();
        let refused = Workspace::of(empty.path()).unwrap_err();
        assert!(
            refused.message().contains("no contract here"),
            "{refused:?}"
        );
        let missing = Workspace::of(&empty.path().join("missing")).unwrap_err();
        assert!(
            missing.message().contains("there is no folder"),
            "{missing:?}"
        );
        let manifest = empty.path().join("Cargo.toml");
        std::fs::write(&manifest, "[package").unwrap();
        let broken = Workspace::of(empty.path()).unwrap_err();
        assert!(
            broken
                .message()
                .contains("cannot read the contract's manifest"),
            "{broken:?}"
        );
        let file = Workspace::of(&manifest).unwrap_err();
        assert!(file.message().contains("is no folder"), "{file:?}");
    }

    #[test]
    fn what_is_missing_comes_with_what_to_do() {
        assert_eq!(Target::There.hint(), None);
        for missing in [Target::Missing, Target::NoRustc] {
            assert!(missing.hint().is_some_and(|it| it.contains("rustup")));
        }
    }
}

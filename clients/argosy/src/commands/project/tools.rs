//! What stands between sources and their module beside the compiler: variables of the environment, and
//! configuration that puts other tools in place of the compiler's.
//!
//! Always: a build that is called verifiable has neither, so that the compiler that is told is the one that built.
//! Not here: build scripts and macros, which are sources and run; flags that hide places (`build`).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use toml::{Table, Value};

use super::cargo::TARGET;
use crate::failure::Failure;

/// Variables by which cargo and rustc make other bytes, beside those of profiles and of single targets.
const VARIABLES: [&str; 10] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_INCREMENTAL",
    "CARGO_INCREMENTAL",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_BOOTSTRAP",
    "RUSTC_FORCE_RUSTC_VERSION",
];
/// Files that may name tools, in a folder or in one around it.
const FILES: [&str; 4] = [
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];
/// Bytes of such a file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Takes what would change the bytes, and stands in no source, from the environment of a command.
pub(super) fn without_environment(command: &mut Command) {
    let names = std::env::vars_os().map(|(name, _)| name);
    for name in names.filter(|it| it.to_str().is_some_and(changes_bytes)) {
        command.env_remove(name);
    }
}

fn changes_bytes(variable: &str) -> bool {
    let is_of_target = variable.starts_with("CARGO_TARGET_") && variable.ends_with("_RUSTFLAGS");
    is_of_target || variable.starts_with("CARGO_PROFILE_") || VARIABLES.contains(&variable)
}

/// Refuses to build in a folder where a file names other tools: what they make is not what the compiler makes.
/// The user's own configuration, in cargo's home, may name a linker, but nothing else that counts.
pub(super) fn check(folder: &Path, cargo_home: Option<&Path>) -> Result<(), Failure> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let home = cargo_home.map(whole);
    for place in whole(folder).ancestors() {
        let is_home = home.as_deref() == Some(whole(&place.join(".cargo")).as_path());
        let files = FILES.iter().filter(|it| !is_home || !it.starts_with('.'));
        for path in files.map(|it| place.join(it)) {
            if let Some(word) = read(&path)?.as_ref().and_then(setting) {
                return Err(refused(
                    &path,
                    &word,
                    "puts other tools in place of the compiler's",
                ));
            }
        }
    }
    let files = ["config.toml", "config"].into_iter();
    for path in files.filter_map(|it| Some(home.as_ref()?.join(it))) {
        if let Some(word) = read(&path)?.as_ref().and_then(setting_of_user) {
            return Err(refused(
                &path,
                &word,
                "changes the bytes for this user alone",
            ));
        }
    }
    Ok(())
}

/// Where cargo keeps what is the user's.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| std::env::home_dir().map(|it| it.join(".cargo")))
}

fn refused(path: &Path, word: &str, does: &str) -> Failure {
    Failure::failed(format!("{word} {does}"))
        .row("file", path.display())
        .hint("a verifiable build is what sources, Cargo.lock and compiler make: build without that setting")
}

/// What a file says; none where there is no file.
fn read(path: &Path) -> Result<Option<Table>, Failure> {
    let Ok(facts) = std::fs::metadata(path) else {
        return Ok(None);
    };
    if !facts.is_file() {
        return Ok(None);
    }
    let shown = path.display();
    if facts.len() > FILE_BYTES_MAX {
        let message = format!("{shown} has more than {FILE_BYTES_MAX} bytes");
        return Err(Failure::failed(message));
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    match text.parse::<Table>() {
        Ok(table) => Ok(Some(table)),
        // A toolchain's name and nothing else.
        Err(_) if path.ends_with("rust-toolchain") => Ok(None),
        Err(error) => Err(Failure::failed(format!("cannot read {shown}: {error}"))),
    }
}

/// The first setting by which another program compiles or links, or by which that cannot be told.
fn setting(table: &Table) -> Option<String> {
    let of = |name: &str, key: &str| table.get(name).and_then(|it| it.get(key)).is_some();
    // A `rustc-wrapper` is none of them: the one that makes ids stable comes before it.
    let named = [
        ("build", "rustc"),
        ("build", "rustc-workspace-wrapper"),
        ("toolchain", "path"),
    ];
    if let Some((name, key)) = named.iter().find(|(name, key)| of(name, key)) {
        return Some(format!("{name}.{key}"));
    }
    if table.contains_key("include") {
        return Some("include".to_owned());
    }
    let variable = names(table.get("env")).find(|it| steers_tools(it));
    if let Some(variable) = variable {
        return Some(format!("env.{variable}"));
    }
    // Those of `build` do not count where a target has some, as ours has in such a build.
    of_targets(table)
}

/// The first setting of the user's by which everybody else gets other bytes.
fn setting_of_user(table: &Table) -> Option<String> {
    if table.contains_key("profile") {
        return Some("profile".to_owned());
    }
    // What is told of the compiler is what `rustc` says of itself.
    let is_compiler = |it: &&str| it.starts_with("rustc") && *it != "rustc-wrapper";
    if let Some(key) = names(table.get("build")).find(is_compiler) {
        return Some(format!("build.{key}"));
    }
    let flagged = targets(table).find(|(_, settings)| settings.get("rustflags").is_some());
    flagged.map(|(target, _)| format!("target.{target}.rustflags"))
}

/// The settings of single targets, those apart that are for another machine.
fn targets(table: &Table) -> impl Iterator<Item = (&str, &Value)> {
    let is_ours = |target: &str| target == TARGET || target.starts_with("cfg(");
    let all = table.get("target").and_then(Value::as_table);
    let all = all.into_iter().flatten();
    all.map(|(target, settings)| (target.as_str(), settings))
        .filter(move |(target, _)| is_ours(target))
}

/// The same as [`setting`] among the settings of single targets.
fn of_targets(table: &Table) -> Option<String> {
    targets(table).find_map(|(target, settings)| {
        let key = match settings.get("linker") {
            Some(_) => "linker",
            None if settings.get("rustflags").is_some_and(name_tools) => "rustflags",
            None => return None,
        };
        Some(format!("target.{target}.{key}"))
    })
}

fn names(table: Option<&Value>) -> impl Iterator<Item = &str> {
    let table = table.and_then(Value::as_table);
    table
        .into_iter()
        .flat_map(|it| it.keys().map(String::as_str))
}

/// Whether a variable decides which program runs, or what is loaded into it.
fn steers_tools(variable: &str) -> bool {
    let begins = ["RUSTC", "RUSTUP_", "CARGO_", "LD_", "DYLD_"];
    variable == "PATH" || begins.iter().any(|it| variable.starts_with(it))
}

/// Whether flags name a program, a folder of libraries of the compiler's, or a file with more flags.
fn name_tools(flags: &Value) -> bool {
    let words: Vec<&str> = match flags {
        Value::Array(flags) => flags.iter().filter_map(Value::as_str).collect(),
        other => other
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
            .collect(),
    };
    let names_tool = |it: &&str| {
        let keys = ["linker=", "--sysroot", "codegen-backend"];
        it.starts_with('@') || keys.iter().any(|key| it.contains(key))
    };
    words.iter().any(names_tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_bytes_is_no_part_of_the_environment() {
        for variable in [
            "RUSTFLAGS",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_OPT_LEVEL",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            assert!(changes_bytes(variable), "{variable}");
        }
        for variable in [
            "PATH",
            "RUSTC",
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            "CARGO_BUILD_JOBS",
        ] {
            assert!(!changes_bytes(variable), "{variable}");
        }
    }

    #[track_caller]
    fn check_setting(text: &str, expected: Option<&str>) {
        assert_eq!(
            setting(&text.parse().unwrap()).as_deref(),
            expected,
            "{text}"
        );
    }

    #[test]
    fn settings_that_put_other_tools_in_place_are_found() {
        check_setting("[build]\nrustc = './rustc.sh'", Some("build.rustc"));
        let wrapper = "build.rustc-workspace-wrapper = './w.sh'";
        check_setting(wrapper, Some("build.rustc-workspace-wrapper"));
        let linker = "[target.wasm32-unknown-unknown]\nlinker = './ld.sh'";
        check_setting(linker, Some("target.wasm32-unknown-unknown.linker"));
        for flags in [
            "['-C', 'linker=./ld.sh']",
            "'-Clinker=./ld.sh'",
            "['--codegen=linker=x']",
            "['@flags']",
            "['--sysroot=.']",
        ] {
            let text = format!("target.'cfg(all())'.rustflags = {flags}");
            check_setting(&text, Some("target.cfg(all()).rustflags"));
        }
        check_setting("include = ['more.toml']", Some("include"));
        check_setting("[env]\nPATH = '.'", Some("env.PATH"));
        check_setting(
            "env.LD_PRELOAD = { value = 'x.so' }",
            Some("env.LD_PRELOAD"),
        );
        check_setting("[toolchain]\npath = './rust'", Some("toolchain.path"));
    }

    #[test]
    fn settings_of_sources_are_let_be() {
        for text in [
            "",
            include_str!("../../../../../contracts/.cargo/config.toml"),
            "[toolchain]\nchannel = '1.96.0'",
            "[build]\ntarget-dir = 'out'\nrustc-wrapper = 'sccache'",
            "[target.wasm32-unknown-unknown]\nrustflags = ['-Clinker-flavor=wasm-ld']",
            "[target.x86_64-unknown-linux-gnu]\nlinker = 'clang'",
            "[env]\nGREETING = 'hello'",
            "[target.wasm32-unknown-unknown]\nrunner = 'wasmtime'",
        ] {
            check_setting(text, None);
        }
    }

    #[test]
    fn a_folder_with_other_tools_is_refused_from_wherever_they_come() {
        let place = tempfile::tempdir().unwrap();
        let coin = place.path().join("repository/coin");
        let cargo = place.path().join("repository/.cargo");
        for folder in [&coin, &cargo] {
            std::fs::create_dir_all(folder).unwrap();
        }
        assert!(check(&coin, None).is_ok());
        std::fs::write(coin.join("rust-toolchain"), "1.96.0\n").unwrap();
        assert!(check(&coin, None).is_ok(), "a name is no path");
        std::fs::write(cargo.join("config.toml"), "build.rustc = './evil'").unwrap();
        let refused = check(&coin, None).unwrap_err();
        assert!(refused.message().contains("build.rustc"), "{refused:?}");
        // Which linker the user has is the user's business, but not what only this user's builds are made of.
        let linker = "[target.wasm32-unknown-unknown]\nlinker = 'rust-lld'\n[build]\nrustc-wrapper = 'sccache'";
        std::fs::write(cargo.join("config.toml"), linker).unwrap();
        assert!(check(&coin, Some(&cargo)).is_ok() && check(&coin, None).is_err());
        std::fs::write(cargo.join("config.toml"), "build.rustc = 'other'").unwrap();
        assert!(check(&coin, Some(&cargo)).is_err());
        for text in [
            "profile.release.opt-level = 1",
            "[target.wasm32-unknown-unknown]\nrustflags = ['-Copt-level=1']",
        ] {
            std::fs::write(cargo.join("config.toml"), text).unwrap();
            let refused = check(&coin, Some(&cargo)).unwrap_err();
            assert!(refused.message().contains("this user alone"), "{refused:?}");
            assert!(check(&coin, None).is_ok(), "it is the sources' own then");
        }
        // What cannot be read may say anything.
        std::fs::write(cargo.join("config.toml"), "[[[").unwrap();
        assert!(check(&coin, None).is_err());
    }
}

//! `cargo xtask contracts [--bless]`: are contracts/artifacts what their sources build to?
//!
//! `./x contracts` builds them first. Beside the artifacts, TOOLCHAIN holds the first line of `rustc -vV` that
//! made them: bytes are compared only under that very compiler, and otherwise only their presence, saying so.
//! `--bless` replaces the artifacts and TOOLCHAIN. Not here: hashes (the artifacts are compared byte for byte).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::Report;

const ARTIFACTS: &str = "contracts/artifacts";
const TARGET: &str = "wasm32-unknown-unknown/release";

/// Compares or replaces, with what lies in the target directory named by `CARGO_TARGET_DIR`.
pub(crate) fn run(arguments: &[String]) -> Result<Report> {
    let built = std::env::var("CARGO_TARGET_DIR")
        .context("CARGO_TARGET_DIR is not set: call `./x contracts`")?;
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .context("cannot start rustc")?;
    let toolchain = String::from_utf8(output.stdout)?.trim().to_owned();
    let (built, artifacts) = (Path::new(&built).join(TARGET), Path::new(ARTIFACTS));
    match arguments {
        [] => check(&built, artifacts, &toolchain),
        [flag] if flag == "--bless" => bless(&built, artifacts, &toolchain),
        _ => bail!("contracts takes nothing or --bless"),
    }
}

fn check(built: &Path, artifacts: &Path, toolchain: &str) -> Result<Report> {
    let recorded = std::fs::read_to_string(artifacts.join("TOOLCHAIN")).unwrap_or_default();
    let is_same_toolchain = recorded.trim() == toolchain;
    let (mut problems, mut count) = (Vec::new(), 0);
    for artifact in modules(artifacts)? {
        count += 1;
        let name = artifact.file_name().context("an artifact has no name")?;
        match std::fs::read(built.join(name)) {
            Err(_) => problems.push(format!(
                "{}: no contract builds to it: remove it",
                artifact.display()
            )),
            Ok(bytes) if is_same_toolchain && bytes != std::fs::read(&artifact)? => {
                problems.push(format!(
                    "{}: its sources build to other bytes: ./x contracts --bless",
                    artifact.display()
                ));
            }
            Ok(_) => {}
        }
    }
    if count == 0 {
        problems.push(format!(
            "{}: holds no contract: ./x contracts --bless",
            artifacts.display()
        ));
    }
    let checked = match is_same_toolchain {
        true => format!("{count} artifacts are what their sources build to"),
        false => format!(
            "{count} artifacts build; bytes not compared, made by `{}`, here is `{toolchain}`",
            recorded.trim()
        ),
    };
    Ok(Report { checked, problems })
}

/// Only what is an artifact already, or anything in an empty folder: a workspace also builds its libraries.
fn bless(built: &Path, artifacts: &Path, toolchain: &str) -> Result<Report> {
    std::fs::create_dir_all(artifacts)?;
    let fresh = modules(built)?;
    for module in &fresh {
        let name = module.file_name().context("a module has no name")?;
        std::fs::copy(module, artifacts.join(name))?;
    }
    std::fs::write(artifacts.join("TOOLCHAIN"), format!("{toolchain}\n"))?;
    Ok(Report {
        checked: format!("{} artifacts replaced", fresh.len()),
        problems: Vec::new(),
    })
}

fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = entries
        .map(|it| Ok(it?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|it| it.extension().is_some_and(|it| it == "wasm"));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_bytes_under_the_recorded_toolchain_only() {
        let root = std::env::temp_dir().join(format!("argosy-contracts-{}", std::process::id()));
        let (built, artifacts) = (root.join("built"), root.join("artifacts"));
        std::fs::create_dir_all(&built).unwrap();
        std::fs::write(built.join("token.wasm"), b"one").unwrap();
        bless(&built, &artifacts, "rustc 1").unwrap();
        assert!(
            check(&built, &artifacts, "rustc 1")
                .unwrap()
                .problems
                .is_empty()
        );

        std::fs::write(built.join("token.wasm"), b"two").unwrap();
        let changed = check(&built, &artifacts, "rustc 1").unwrap();
        assert!(
            changed.problems[0].contains("other bytes"),
            "{:?}",
            changed.problems
        );
        let elsewhere = check(&built, &artifacts, "rustc 2").unwrap();
        assert!(elsewhere.problems.is_empty());
        assert!(
            elsewhere.checked.contains("not compared"),
            "{}",
            elsewhere.checked
        );

        std::fs::remove_file(built.join("token.wasm")).unwrap();
        assert!(
            check(&built, &artifacts, "rustc 2").unwrap().problems[0]
                .contains("no contract builds")
        );
        std::fs::remove_dir_all(root).unwrap();
    }
}

//! What a contract can begin as: the samples of `contracts/`, which are built and tested with the
//! repository, so that none of them is out of date.

use crate::args::Template;

/// A file of a sample, in the sample and in the new folder.
pub(super) struct SourceFile {
    /// Below the folder.
    pub(super) path: &'static str,
    /// All of it.
    pub(super) text: &'static str,
}

macro_rules! sample {
    ($name:literal: $($path:literal)+) => {
        &[$(SourceFile {
            path: $path,
            text: include_str!(concat!("../../../../../contracts/", $name, "/", $path)),
        }),+]
    };
}

/// The files of a template.
pub(super) const fn files(template: Template) -> &'static [SourceFile] {
    match template {
        Template::Counter => sample!("counter": "src/lib.rs"),
        Template::Token => sample!("token": "src/lib.rs" "src/permits.rs" "src/tests.rs"),
        Template::Nft => sample!("nft": "src/lib.rs" "src/tests.rs"),
        Template::Multisig => sample!("multisig": "src/lib.rs" "src/tests.rs"),
        Template::Escrow => sample!("escrow": "src/lib.rs" "src/tests.rs"),
        Template::Exchange => sample!("exchange": "src/lib.rs" "src/price.rs" "src/tests.rs"),
        Template::Names => sample!("names": "src/lib.rs" "src/tests.rs"),
        Template::Vesting => sample!("vesting": "src/lib.rs" "src/tests.rs"),
        Template::Poll => sample!("poll": "src/lib.rs" "src/tests.rs"),
        Template::Upgradeable => sample!("upgradeable": "src/lib.rs" "src/tests.rs"),
        Template::Devices => sample!("devices": "src/lib.rs" "src/tests.rs"),
        Template::Attestation => sample!("attestation": "src/lib.rs" "src/tree.rs" "src/tests.rs"),
        Template::Lots => sample!("lots": "src/lib.rs" "src/tests.rs"),
    }
}

/// What stands behind `--` to create a contract of a template; `--help` where it takes addresses and times
/// that nobody can guess.
pub(super) const fn first_message(template: Template) -> &'static str {
    match template {
        Template::Counter | Template::Upgradeable => "init --start 40",
        Template::Token => "init --name Harbour --symbol HRB --decimals 6 --supply 1000000",
        Template::Nft => "init --name Ships --symbol SHP",
        Template::Names => "init --fee 100",
        Template::Devices | Template::Lots => "init",
        Template::Multisig
        | Template::Escrow
        | Template::Exchange
        | Template::Vesting
        | Template::Poll
        | Template::Attestation => "--help",
    }
}

/// The oldest Rust that builds a contract.
pub(super) const RUST: &str = env!("CARGO_PKG_RUST_VERSION");
/// The compiler that built the samples, in its own words.
const TESTED: &str = include_str!("../../../../../contracts/artifacts/TOOLCHAIN");

/// Name and version of the compiler that built the samples.
pub(super) fn tested_compiler() -> String {
    let words = TESTED.split_whitespace().take(2);
    words.collect::<Vec<_>>().join(" ")
}

/// What makes small modules, and tests them; `{name}`, `{rust}` and `{sdk}` are replaced.
pub(super) const MANIFEST: &str = r#"[package]
name = "{name}"
version = "0.1.0"
edition = "2024"
rust-version = "{rust}"
publish = false

[lib]
# Only this: with "rlib" beside it cargo drops link-time optimisation.
crate-type = ["cdylib"]

[dependencies]
argosy-contract = { path = {sdk} }

[dev-dependencies]
# Random inputs for tests.
proptest = { version = "1", default-features = false, features = ["std"] }

# A workspace of its own, wherever the folder lies. A copy of the SDK, if there is one, is in workspaces of its own.
[workspace]
exclude = ["vendor"]

[lints.rust]
# Imports and sections need `unsafe` in marked places, which the SDK writes.
unsafe_code = "deny"

[lints.clippy]
float_arithmetic = "deny"

# What runs on chain: small, no unwinding, and arithmetic that traps instead of wrapping.
[profile.release]
opt-level = "s"
lto = true
codegen-units = 1
panic = "abort"
strip = true
overflow-checks = true
"#;

/// `.cargo/config.toml`.
pub(super) const CARGO_CONFIG: &str = include_str!("../../../../../contracts/.cargo/config.toml");

/// `README.md`; `{name}`, `{module}`, `{message}`, `{rust}` and `{tested}` are replaced.
pub(super) const README: &str = "# {name}\n\n\
    A contract for Argosy.\n\n\
    ```sh\n\
    argosy test                                       # its tests, without a chain\n\
    argosy build                                      # a module, checked as the chain checks it\n\
    argosy dev &                                      # a chain in memory\n\
    argosy contract deploy {module} --from alice -- {message}\n\
    ```\n\n\
    Cargo.lock holds the versions that the SDK is tested with: keep it with the sources. Any stable Rust from {rust} on builds\n\
    this; {tested} built the samples. Others get the same bytes, by `argosy build --verifiable`, with the same compiler only: a\n\
    file rust-toolchain.toml pins one, and the module names the one that built it.\n";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn a_template_is_the_whole_sample() {
        for template in Template::value_variants() {
            let name = template.to_possible_value().expect("none is hidden");
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../contracts")
                .join(name.get_name())
                .join("src");
            let mut there: Vec<String> = std::fs::read_dir(&folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
                .map(|it| format!("src/{}", it.unwrap().file_name().to_string_lossy()))
                .collect();
            there.sort();
            let mut taken: Vec<_> = files(*template).iter().map(|it| it.path).collect();
            taken.sort_unstable();
            assert_eq!(taken, there, "{template:?}");
        }
    }

    #[test]
    fn the_compiler_is_the_one_that_is_told_elsewhere() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/Cargo.toml");
        let samples: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let rust = &samples["workspace"]["package"]["rust-version"];
        assert_eq!(rust.as_str(), Some(RUST));
        let tested = tested_compiler();
        let version = tested.strip_prefix("rustc ").expect("it is rustc");
        assert!(
            version.starts_with(|it: char| it.is_ascii_digit()),
            "{tested}"
        );
    }

    #[test]
    fn the_profile_is_that_of_the_samples() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/Cargo.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let samples: toml::Table = text.parse().unwrap();
        let manifest = MANIFEST.replace("{sdk}", "\"sdk\"");
        let ours: toml::Table = manifest.parse().unwrap();
        for (key, value) in ours["profile"]["release"].as_table().unwrap() {
            assert_eq!(samples["profile"]["release"].get(key), Some(value), "{key}");
        }
    }
}

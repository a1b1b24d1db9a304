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

/// What makes small modules, and tests them; `{name}` and `{sdk}` are replaced.
pub(super) const MANIFEST: &str = r#"[package]
name = "{name}"
version = "0.1.0"
edition = "2024"
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

/// `README.md`; `{name}`, `{module}` and `{message}` are replaced.
pub(super) const README: &str = "# {name}\n\n\
    A contract for Argosy.\n\n\
    ```sh\n\
    argosy test                                       # its tests, without a chain\n\
    argosy build                                      # a module, checked as the chain checks it\n\
    argosy dev &                                      # a chain in memory\n\
    argosy contract deploy {module} --from alice -- {message}\n\
    ```\n";

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

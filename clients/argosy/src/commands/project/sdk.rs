//! The contract SDK that a new contract uses: one that is named, that of the checkout around, or the copy that came with
//! this program.
//!
//! Always: a copy is whole, so that a contract builds wherever its folder is taken. An SDK that is not named is the
//! user's own or the system's: its macros run on this machine.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use anyhow::Context;

use super::lock::FILE_BYTES_MAX;
use super::record::{self, Record};
use crate::failure::Failure;

/// Package of the SDK.
pub(super) const SDK: &str = "argosy-contract";
/// Where the copy lies in the folder of a contract.
pub(super) const VENDOR: &str = "vendor/argosy";
/// The SDK in a checkout, and in the copy.
const SDK_FOLDER: &str = "contracts/sdk";
/// A manifest of the SDK is shorter.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;

/// The sources of the SDK and of what it uses: where they lie in a checkout, and what is in them. `build.rs` lists them.
pub(super) const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));
/// What the samples are tested with. It is no file of the copy: what is in that is built by the contract's own lock.
const LOCK: &str = include_str!("../../../../../contracts/Cargo.lock");

/// Where files of a checkout are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sources {
    /// In this program.
    Ours,
    /// In this checkout.
    In(PathBuf),
}

impl Sources {
    /// The text of a file, by its path in a checkout; none where there is none, or one that is too long.
    pub(super) fn text(&self, path: &str) -> Option<Cow<'static, str>> {
        match self {
            Sources::Ours if path == "contracts/Cargo.lock" => Some(LOCK.into()),
            Sources::Ours => ours(path).map(Cow::Borrowed),
            Sources::In(checkout) => {
                short_text(&checkout.join(path), FILE_BYTES_MAX).map(Cow::Owned)
            }
        }
    }

    /// Paths of the manifests of the SDK and of what it uses.
    pub(super) fn manifests() -> impl Iterator<Item = &'static str> {
        let paths = SOURCES.iter().map(|(path, _)| *path);
        paths.filter(|it| it.ends_with("Cargo.toml"))
    }
}

/// The text of a file that is in this program.
pub(super) fn ours(path: &str) -> Option<&'static str> {
    let found = SOURCES.iter().find(|(it, _)| *it == path);
    found.map(|(_, text)| *text)
}

/// What a manifest depends on, tests apart, by the names that it uses.
pub(super) fn needs_of(manifest: &toml::Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let targets = targets.into_iter().flat_map(|it| it.values());
    let tables = std::iter::once(manifest.get("dependencies"))
        .chain(targets.map(|it| it.get("dependencies")))
        .flatten()
        .filter_map(toml::Value::as_table);
    tables.flat_map(|it| it.keys().cloned()).collect()
}

/// A file that is no longer than `bytes_max`.
pub(super) fn short_text(path: &Path, bytes_max: u64) -> Option<String> {
    let is_short = std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.len() <= bytes_max);
    is_short.then(|| std::fs::read_to_string(path).ok())?
}

/// Which SDK a contract uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sdk {
    /// The one in this folder, as seen from the contract's.
    At(PathBuf),
    /// The copy of this program, which goes into the contract's folder.
    Vendored,
}

impl Sdk {
    /// The one named, that of a checkout around `parent`, or the copy.
    pub(super) fn find(named: Option<&Path>, parent: &Path) -> Result<Sdk, Failure> {
        Ok(match named {
            Some(named) => Sdk::At(self::named(named)?),
            None => around(parent).map_or(Sdk::Vendored, Sdk::At),
        })
    }

    /// Where the contract's manifest finds it.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Sdk::At(path) => path.clone(),
            Sdk::Vendored => Path::new(VENDOR).join(SDK_FOLDER),
        }
    }

    /// Where its files are read, for a contract in a new folder in `parent`.
    pub(super) fn sources(&self, parent: &Path) -> Sources {
        let Sdk::At(path) = self else {
            return Sources::Ours;
        };
        // The path is as seen from the new folder, which is not there yet.
        let path = path.strip_prefix(Component::ParentDir).unwrap_or(path);
        let sdk = parent.join(path);
        let checkout = sdk.ancestors().nth(2).unwrap_or(&sdk);
        Sources::In(checkout.to_owned())
    }

    /// What is to be written for it: path in the contract's folder, and text.
    pub(super) fn files(&self) -> Vec<(String, Cow<'static, str>)> {
        match self {
            Sdk::At(_) => Vec::new(),
            Sdk::Vendored => {
                let place =
                    |(path, text): (&str, Cow<'static, str>)| (format!("{VENDOR}/{path}"), text);
                copy().into_iter().map(place).collect()
            }
        }
    }
}

/// The copy that is in this program, with the list of its files: path in its folder, and text.
pub(super) fn copy() -> Vec<(&'static str, Cow<'static, str>)> {
    let sources = SOURCES
        .iter()
        .map(|(path, text)| (*path, Cow::Borrowed(*text)));
    let list = (record::FILE, Cow::Owned(Record::ours().text()));
    sources.chain([list]).collect()
}

/// What `--sdk` names, as a path that holds from anywhere.
fn named(named: &Path) -> Result<PathBuf, Failure> {
    if !is_sdk(named) {
        let failure = Failure::usage(format!(
            "{} is not the contract SDK: no package {SDK} is in it",
            named.display()
        ));
        return Err(failure.hint(
            "name the folder contracts/sdk of a checkout of Argosy, or name none to use the copy in this program",
        ));
    }
    let path = named.canonicalize();
    let path = path.with_context(|| format!("cannot find {}", named.display()))?;
    if path.to_str().is_none() {
        let shown = path.display();
        let failure = Failure::usage(format!(
            "the path {shown} is no text, and cannot stand in a Cargo.toml"
        ));
        return Err(
            failure.hint("put the SDK elsewhere, or name none to use the copy in this program")
        );
    }
    Ok(path)
}

/// The SDK of the checkout that a new folder in `parent` would lie in, as seen from there.
fn around(parent: &Path) -> Option<PathBuf> {
    let mut checkouts = parent.ancestors().enumerate();
    let (above, _) = checkouts.find(|(_, it)| {
        let sdk = it.join(SDK_FOLDER);
        is_sdk(&sdk) && is_trusted(owners(&sdk), owner(parent))
    })?;
    // One more: the new folder itself.
    let mut path: PathBuf = (0..=above).map(|_| Component::ParentDir).collect();
    path.push(SDK_FOLDER);
    Some(path)
}

/// Who has a folder; `None`: it is not told here.
#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(std::fs::metadata(path).ok()?.uid())
}

#[cfg(not(unix))]
fn owner(_path: &Path) -> Option<u32> {
    None
}

/// Who has the SDK in a folder, and the folder itself.
fn owners(sdk: &Path) -> [Option<u32>; 2] {
    [owner(sdk), owner(&sdk.join("Cargo.toml"))]
}

/// Whether an SDK that lies around is taken: that of the system, or of whoever has the place of the new folder. Above
/// a place where everybody writes, everybody may put one.
fn is_trusted(of_sdk: [Option<u32>; 2], of_place: Option<u32>) -> bool {
    of_sdk.iter().all(|it| *it == Some(0) || *it == of_place)
}

fn is_sdk(folder: &Path) -> bool {
    let text = short_text(&folder.join("Cargo.toml"), MANIFEST_BYTES_MAX);
    let manifest = text.and_then(|it| it.parse::<toml::Table>().ok());
    let name = manifest
        .as_ref()
        .and_then(|it| it.get("package")?.get("name")?.as_str());
    name == Some(SDK)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Something that passes for a checkout.
    pub(in super::super) fn sdk_in(folder: &Path) {
        let sdk = folder.join(SDK_FOLDER);
        std::fs::create_dir_all(&sdk).unwrap();
        let manifest = "[package]\nname = \"argosy-contract\"\n";
        std::fs::write(sdk.join("Cargo.toml"), manifest).unwrap();
    }

    #[test]
    fn the_sdk_is_named_or_that_of_the_checkout_around_or_the_copy() {
        let checkout = tempfile::tempdir().unwrap();
        let deep = checkout.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Sdk::find(None, &deep).unwrap(), Sdk::Vendored);
        sdk_in(checkout.path());
        let at = |path: &str| Sdk::At(PathBuf::from(path));
        assert_eq!(
            Sdk::find(None, checkout.path()).unwrap(),
            at("../contracts/sdk")
        );
        assert_eq!(
            Sdk::find(None, &deep).unwrap(),
            at("../../../contracts/sdk")
        );
        assert!(Sdk::find(Some(&deep), checkout.path()).is_err());
        let sdk = checkout.path().join(SDK_FOLDER);
        assert!(Sdk::find(Some(&sdk), &deep).is_ok());
        assert!(at("x").files().is_empty());
    }

    #[test]
    fn files_of_the_sdk_are_read_where_it_lies() {
        let checkout = tempfile::tempdir().unwrap();
        let deep = checkout.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        sdk_in(checkout.path());
        let manifest = format!("{SDK_FOLDER}/Cargo.toml");
        for (named, parent) in [
            (None, checkout.path()),
            (None, deep.as_path()),
            (Some(checkout.path().join(SDK_FOLDER)), deep.as_path()),
        ] {
            let sdk = Sdk::find(named.as_deref(), parent).unwrap();
            let sources = sdk.sources(parent);
            let text = sources.text(&manifest);
            assert!(text.is_some_and(|it| it.contains(SDK)), "{sources:?}");
            assert_eq!(sources.text("contracts/Cargo.lock"), None);
        }
        let ours = Sdk::Vendored.sources(&deep);
        assert!(ours.text(&manifest).is_some() && ours.text("contracts/Cargo.lock").is_some());
    }

    #[test]
    fn somebody_elses_sdk_is_not_taken_unasked() {
        let (system, user, stranger) = (Some(0), Some(1000), Some(1001));
        assert!(is_trusted([user, user], user));
        assert!(is_trusted([system, system], user));
        assert!(!is_trusted([stranger, stranger], user));
        assert!(!is_trusted([user, stranger], user));
        // A place of the system's, where all may write.
        assert!(!is_trusted([stranger, stranger], system));
        // Where owners are not told there is nothing to compare.
        assert!(is_trusted([None, None], None));
    }

    #[cfg(unix)]
    #[test]
    fn an_sdk_whose_path_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStrExt;
        let place = tempfile::tempdir().unwrap();
        let odd = place.path().join(std::ffi::OsStr::from_bytes(b"a\xff"));
        if std::fs::create_dir(&odd).is_err() {
            return; // Names are texts here.
        }
        sdk_in(&odd);
        let refused = Sdk::find(Some(&odd.join(SDK_FOLDER)), place.path()).unwrap_err();
        assert!(refused.message().contains("is no text"), "{refused:?}");
    }

    #[test]
    fn the_copy_needs_nothing_of_ours_that_is_not_in_it() {
        let mut crates = BTreeMap::new();
        for (path, text) in SOURCES {
            assert!(
                !Path::new(path).is_absolute() && !path.contains(".."),
                "{path}"
            );
            if !path.ends_with("Cargo.toml") {
                continue;
            }
            let manifest: toml::Table = text.parse().unwrap();
            if let Some(package) = manifest.get("package") {
                let name = package["name"].as_str().unwrap().to_owned();
                let mut needs = needs_of(&manifest);
                needs.retain(|it| it.starts_with("argosy-"));
                crates.insert(name, needs);
            }
        }
        assert!(crates.contains_key(SDK), "{crates:?}");
        for (name, needs) in &crates {
            for need in needs {
                assert!(
                    crates.contains_key(need),
                    "{name} needs {need}: name it in build.rs"
                );
            }
        }
        for root in [
            "Cargo.toml",
            "contracts/Cargo.toml",
            "LICENSE-MIT",
            "CHANGELOG.md",
        ] {
            assert!(ours(root).is_some(), "{root}");
        }
    }
}

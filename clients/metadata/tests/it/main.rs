//! The scale-info of the repository's contracts, and of ABIs that mean no good.

#![allow(clippy::unwrap_used)] // Helpers of tests, not only tests.

mod back; // from the document to the ABI: nothing is lost
mod golden; // the document of the counter
mod hostile; // ABIs that mean no good
mod sample; // one of everything
mod samples; // the contracts of this repository
mod values; // values by the registry, as others read and write them

use std::path::{Path, PathBuf};

use argosy_bindings::Source;
use argosy_vm_abi::Abi;

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The ABI that a module carries; none: it carries none.
fn abi_of(path: &Path) -> Option<Abi> {
    let source = Source::parse(&std::fs::read(path).unwrap()).ok()?;
    Some(source.abi)
}

/// The ABIs of all built contracts, those in other languages too, by the names of their files.
fn samples() -> Vec<(String, Abi)> {
    let mut samples = Vec::new();
    for folder in ["contracts/artifacts", "contracts/artifacts/languages"] {
        let files = std::fs::read_dir(file(folder)).unwrap();
        let paths = files.map(|it| it.unwrap().path());
        let modules = paths.filter(|it| it.extension().is_some_and(|it| it == "wasm"));
        let named = |path: PathBuf| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Some((name, abi_of(&path)?))
        };
        samples.extend(modules.filter_map(named));
    }
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

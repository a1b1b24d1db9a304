//! The samples on the chain of a test.

#![allow(clippy::unwrap_used)] // Helpers of tests, not only tests.

mod counter; // calls, failures, time, marks, upgrades
mod gas_page; // docs/contracts/gas.md says what the samples cost
mod reports; // files for `argosy test`
mod samples; // what each sample is there for
mod tiers; // all scenarios on both tiers, with one result
mod token; // several people, gas, exploration

/// A sample contract, as it is in the repository.
pub(crate) fn artifact(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
    let path = std::path::Path::new(folder)
        .join(name)
        .with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all artefacts, in their order.
pub(crate) fn artifacts() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let modules = files.filter(|it| it.extension().is_some_and(|it| it == "wasm"));
    let names = modules.map(|it| it.file_stem().unwrap().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

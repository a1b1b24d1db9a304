//! The samples on the chain of a test.

#![allow(clippy::unwrap_used)] // Helpers of tests, not only tests.

mod counter; // calls, failures, time, marks, upgrades
mod reports; // files for `argosy test`
mod samples; // each of the others, with what it is there for
mod token; // several people, gas, exploration

/// A sample contract, as it is in the repository.
pub(crate) fn artifact(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
    let path = std::path::Path::new(folder)
        .join(name)
        .with_extension("wasm");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

//! Puts the sources of the contract SDK, and of what it uses, into the program: where no checkout is around, `argosy new`
//! writes them into the folder of a contract.
//!
//! Always: all sources of these crates and nothing else, in the order of their paths. No tests of theirs, which need
//! crates that are not taken along.
//! Not here: that the crates need no others of ours (a test in `src/commands/project/sdk.rs`).

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The SDK and what it links, in a contract or in its tests.
const CRATES: [&str; 5] = [
    "contracts/sdk",
    "contracts/sdk-macros",
    "chain-spec/primitives",
    "vm/abi",
    "vm/crypto",
];
/// What the manifests of these crates inherit from, on which terms all of it is given, and what changed in it.
const FILES: [&str; 5] = [
    "CHANGELOG.md",
    "Cargo.toml",
    "contracts/Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

fn main() -> Result<(), Box<dyn Error>> {
    let checkout = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    println!("cargo::rerun-if-changed=build.rs");
    let mut files: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    for name in CRATES {
        files.push(Path::new(name).join("Cargo.toml"));
        collect(&checkout, &Path::new(name).join("src"), &mut files)?;
    }
    files.sort();
    let mut table = String::from("&[\n");
    for path in &files {
        let place = checkout.join(path);
        println!("cargo::rerun-if-changed={}", place.display());
        let name = path.to_str().ok_or("a path that is no text")?;
        let place = place.to_str().ok_or("a path that is no text")?;
        writeln!(table, "    ({name:?}, include_str!({place:?})),")?;
    }
    table.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("sdk.rs");
    std::fs::write(out, table)?;
    Ok(())
}

/// All files below a folder, as paths in the checkout.
fn collect(checkout: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    // So that a file that comes or goes is seen.
    println!(
        "cargo::rerun-if-changed={}",
        checkout.join(folder).display()
    );
    for entry in std::fs::read_dir(checkout.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(checkout, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

//! What each import costs at the prices of the dev chain: the formula is consensus.
//!
//! `ARGOSY_BLESS=1` rewrites the file; without it a difference fails.

use std::fmt::Write as _;
use std::path::Path;

use argosy_spec::ChainSpec;
use argosy_vm_abi::Import;

use crate::fake::{PLENTY, Stage};

/// Arguments with lengths that are told apart in the sum: 3, 11, 100.
fn args(import: Import) -> &'static [i64] {
    match import {
        Import::InputRead => &[0, 0, 9],
        Import::Finish | Import::Revert | Import::Log => &[0, 100],
        Import::StorageGet => &[0, 3, 100, 100],
        Import::StorageSet => &[0, 3, 0, 100],
        Import::StorageRemove => &[0, 11],
        Import::StorageRange => &[0, 0, 0, -1, 0, 9],
        Import::Call => &[0, 0, 0, 0, 0, 100],
        Import::Instantiate => &[0, 0, 0, 0, 0, 0, 100, 0],
        Import::UpgradeSelf => &[0, 0, 100],
        Import::Emit => &[0, 2, 0, 100],
        Import::Blake3 | Import::Sha256 | Import::Keccak256 => &[0, 100, 0],
        Import::Ed25519Verify => &[0, 0, 0, 100],
        _ => &[0; 8],
    }
}

fn cost(import: Import) -> u64 {
    cost_under(Stage::new(), import)
}

/// What an import costs that copies, reads and returns some bytes.
pub(crate) fn cost_by(spec: ChainSpec, import: Import) -> u64 {
    cost_under(Stage::with_spec(spec), import)
}

fn cost_under(mut stage: Stage, import: Import) -> u64 {
    stage.guest.memory.fill(0);
    stage.host.outcome.gas_used = 0;
    stage.host.storage.insert(vec![0; 3], vec![0; 40].into());
    stage.host.storage.insert(vec![1; 11], vec![0; 100].into());
    let args = args(import);
    let args = &args[..args.len().min(import.spec().params.len())];
    let _ = stage.import(import, args); // Two of them end the frame.
    PLENTY - stage.guest.gas
}

#[test]
fn the_cost_of_every_import_is_frozen() {
    let mut found = String::new();
    for import in Import::ALL {
        let (name, cost) = (import.spec().name, cost(*import));
        writeln!(found, "{name} {cost}").expect("a string takes everything");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/costs.txt");
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
        std::fs::write(&path, &found).expect("golden file is writable");
    }
    let expected = std::fs::read_to_string(&path).expect("golden file exists");
    assert_eq!(found, expected, "what imports cost is consensus");
}

//! The document of the counter, byte for byte. `ARGOSY_BLESS=1` writes it anew: others read it, so that a changed
//! line is a changed format.

use std::path::Path;

use argosy_metadata::of_abi;

use crate::{abi_of, file};

#[test]
fn the_counter_is_told_as_before() {
    let abi = abi_of(&file("contracts/artifacts/counter.wasm")).unwrap();
    let made = of_abi(&abi).unwrap();
    let text = serde_json::to_string_pretty(&made).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/counter.json");
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, golden, "ARGOSY_BLESS=1 rewrites {}", path.display());
}

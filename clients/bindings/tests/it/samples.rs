//! The contracts of this repository.

use std::path::Path;

use argosy_bindings::{Source, json, text};

fn artifact(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts");
    std::fs::read(folder.join(name)).unwrap()
}

#[test]
fn an_abi_as_json_reads_back_as_itself() {
    for name in ["token.wasm", "counter.wasm", "probe.wasm"] {
        let source = Source::parse(&artifact(name)).unwrap();
        assert!(source.is_wasm && source.is_exact, "{name}");
        let written = json::of_abi(&source.abi).to_string();
        let read = Source::parse(written.as_bytes()).unwrap();
        assert_eq!(read.abi, source.abi, "{name}");
        assert!(!read.is_wasm && !read.is_exact, "{name}");
    }
}

#[test]
fn a_file_of_bindings_reads_like_the_contract() {
    let source = Source::parse(&artifact("token.wasm")).unwrap();
    let code = text(&source, "My-Token").unwrap();
    for line in [
        "pub mod my_token {",
        "    /// Transfers tokens of the caller.",
        "        InsufficientBalance { have: u128, need: u128 },",
        "        pub async fn balance_of(",
        "    pub enum Event {",
    ] {
        assert!(code.contains(line), "no {line:?} in\n{code}");
    }
    // No path of this machine, and no module in the file.
    assert!(!code.contains("include_bytes"), "{code}");
    for name in ["counter.wasm", "probe.wasm"] {
        let source = Source::parse(&artifact(name)).unwrap();
        assert!(
            text(&source, "1st")
                .unwrap()
                .contains("pub mod contract_1st")
        );
    }
}

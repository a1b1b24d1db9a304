//! A contract as Rust.

use crate::world::{Dev, argosy, artifact};

#[test]
fn bindings_come_from_a_module_an_abi_or_a_contract() {
    let token = artifact("token.wasm");
    // No node is asked.
    let printed = argosy(&["contract", "bindings", &token]).ok().shows(&[
        "// Made by `argosy contract bindings`.",
        "pub mod token {",
        "pub fn transfer(",
        "pub async fn balance_of(",
    ]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let out = file("out.rs");
    let words = [
        "contract", "bindings", &token, "--out", &out, "--name", "Coin",
    ];
    argosy(&words).ok().shows(&[&out]);
    let written = std::fs::read_to_string(&out).unwrap();
    assert_eq!(
        written,
        printed.stdout.replace("pub mod token {", "pub mod coin {")
    );

    argosy(&[
        "contract",
        "bindings",
        &token,
        "--interface",
        "--name",
        "Coin",
    ])
    .ok()
    .shows(&["#[interface]", "pub trait Coin {", "pub enum TokenError {"]);

    let dev = Dev::start();
    let deployed = dev.json(&format!(
        "contract deploy {token} --from alice -- --name T --symbol T --decimals 0 --supply 1"
    ));
    let id = deployed["contract"].as_str().unwrap();
    let of_chain = dev
        .run(&["contract", "bindings", id, "--name", "token"])
        .ok();
    assert_eq!(of_chain.stdout, printed.stdout);
    // From JSON: the same, but calls cannot commit to the ABI.
    let abi = dev.run(&["contract", "abi", id]).ok();
    // Of a file without a node, and of what was printed.
    let of_file = argosy(&["contract", "abi", &token]).ok();
    assert_eq!(of_file.stdout, abi.stdout);
    let json = file("token.json");
    std::fs::write(&json, abi.stdout).unwrap();
    assert_eq!(
        argosy(&["contract", "abi", &json]).ok().stdout,
        of_file.stdout
    );
    // For tools that read scale-info: the same of each of the three.
    let told = ["contract", "abi", &token, "--format", "scale-info"];
    let told = argosy(&told).ok();
    let told = told.shows(&["\"argosy-scale-info/1\"", "\"TokenError\"", "\"registry\""]);
    let of_chain = dev.run(&["contract", "abi", id, "--format", "scale-info"]);
    assert_eq!(of_chain.ok().stdout, told.stdout);
    let of_json = argosy(&["contract", "abi", &json, "--format", "scale-info"]);
    assert_eq!(of_json.ok().stdout, told.stdout);
    let of_json = argosy(&["contract", "bindings", &json]).ok();
    assert!(of_json.stdout.contains("is_exact: false"));
    assert_eq!(
        of_json.stdout.matches("pub fn").count(),
        printed.stdout.matches("pub fn").count()
    );
}

#[test]
fn what_has_no_bindings_is_told() {
    let missing = ["contract", "bindings", "/nonexistent/a.wasm"];
    argosy(&missing).fails(1, &["cannot read /nonexistent/a.wasm"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wasm");
    std::fs::write(&path, b"\0asm\x01\0\0\0").unwrap();
    let words = ["contract", "bindings", path.to_str().unwrap()];
    argosy(&words).fails(1, &["carries no ABI", "contract SDK"]);
}

//! The copy of the contract SDK in a contract's folder: `argosy sdk status`, `argosy sdk update`.

use std::path::{Path, PathBuf};

use argosy_vm_engine::sha256;

use crate::world::argosy;

const LIST: &str = "SHA256SUMS";

/// A contract with a copy of the SDK: its folder, and the copy's.
fn made(place: &Path) -> (String, PathBuf) {
    let folder = place.join("coin").to_str().unwrap().to_owned();
    argosy(&["new", &folder]).ok().shows(&["Cargo.lock"]);
    let copy = Path::new(&folder).join("vendor/argosy");
    (folder, copy)
}

/// Makes the copy one of an earlier argosy: with a file more, another changelog and an older `proptest`.
fn age(folder: &str, copy: &Path) {
    std::fs::write(copy.join("vm/gone.rs"), "").unwrap();
    let changes = "# Changelog\n";
    std::fs::write(copy.join("CHANGELOG.md"), changes).unwrap();
    let line = |text: &str, path: &str| {
        format!("{}  {path}\n", const_hex::encode(sha256(text.as_bytes())))
    };
    let list = std::fs::read_to_string(copy.join(LIST)).unwrap();
    let kept = list.lines().filter(|it| !it.ends_with("CHANGELOG.md"));
    let kept: String = kept.map(|it| format!("{it}\n")).collect();
    let list = kept + &line(changes, "CHANGELOG.md") + &line("", "vm/gone.rs");
    std::fs::write(copy.join(LIST), list).unwrap();
    let lock = Path::new(folder).join("Cargo.lock");
    let text = std::fs::read_to_string(&lock).unwrap();
    let (before, after) = text
        .split_once("name = \"proptest\"\nversion = \"")
        .unwrap();
    let (_, after) = after.split_once('"').unwrap();
    let text = format!("{before}name = \"proptest\"\nversion = \"1.0.1\"{after}");
    std::fs::write(&lock, text).unwrap();
}

#[test]
fn a_copy_is_brought_up_to_date_with_its_versions() {
    let place = tempfile::tempdir().unwrap();
    let (folder, copy) = made(place.path());
    let lock = || std::fs::read_to_string(Path::new(&folder).join("Cargo.lock")).unwrap();
    let pinned = lock();
    argosy(&["sdk", "status", &folder])
        .ok()
        .shows(&["changed by hand  nothing", "this program"]);
    argosy(&["sdk", "update", &folder])
        .ok()
        .shows(&["Cargo.lock  as before", "that of this program already"]);
    // Also where only the lock is not there.
    std::fs::remove_file(Path::new(&folder).join("Cargo.lock")).unwrap();
    argosy(&["sdk", "update", &folder])
        .ok()
        .shows(&["is new, with the versions"]);
    assert!(lock().contains("name = \"proptest\"\n"));
    std::fs::write(Path::new(&folder).join("Cargo.lock"), &pinned).unwrap();

    age(&folder, &copy);
    assert_ne!(lock(), pinned);
    argosy(&["sdk", "status", &folder])
        .ok()
        .shows(&["changed by hand  nothing", "Next: argosy sdk update"]);
    // Who builds is told, also where nothing is built in the end.
    argosy(&["build", &folder, "--package", "nothing"]).fails(
        2,
        &["warning: the SDK in vendor/argosy", "argosy sdk update"],
    );
    let updated = argosy(&["sdk", "update", &folder, "-o", "json"])
        .ok()
        .json();
    assert_eq!(updated["updated"], true);
    assert_ne!(updated["from"], updated["to"]);
    assert_eq!(updated["kept"], serde_json::Value::Null);
    let line = updated["lock"][0].as_str().unwrap();
    assert!(line.starts_with("~ proptest 1.0.1 -> "), "{updated}");
    assert!(!updated["news"].as_array().unwrap().is_empty(), "{updated}");
    assert_eq!(lock(), pinned);
    assert!(!copy.join("vm/gone.rs").exists());
    let now = argosy(&["sdk", "status", &folder, "-o", "json"])
        .ok()
        .json();
    assert_eq!(now["current"], true, "{now}");
}

#[test]
fn what_was_changed_by_hand_is_not_lost() {
    let place = tempfile::tempdir().unwrap();
    let (folder, copy) = made(place.path());
    std::fs::write(copy.join("LICENSE-MIT"), "mine").unwrap();
    let says = ["changed by hand", "~ LICENSE-MIT", "--force"];
    argosy(&["sdk", "update", &folder]).fails(1, &says);
    argosy(&["sdk", "status", &folder])
        .ok()
        .shows(&["1 file", "~ LICENSE-MIT"]);
    argosy(&["sdk", "update", &folder, "--force"])
        .ok()
        .shows(&["argosy.old"]);
    let kept = std::fs::read_to_string(copy.with_extension("old").join("LICENSE-MIT")).unwrap();
    assert_eq!(kept, "mine");
    // A copy of before there were lists: nobody knows.
    std::fs::remove_file(copy.join(LIST)).unwrap();
    argosy(&["sdk", "update", &folder]).fails(1, &["has no list", "--force"]);
}

#[test]
fn a_copy_that_is_gone_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let (folder, copy) = made(place.path());
    std::fs::remove_dir_all(&copy).unwrap();
    for command in ["build", "test"] {
        argosy(&[command, &folder]).fails(1, &["SDK is not there", "argosy sdk update"]);
    }
    argosy(&["sdk", "update", &folder])
        .ok()
        .shows(&["from", "none"]);
    assert!(copy.join("contracts/sdk/src/lib.rs").is_file());
}

#[test]
fn where_there_is_no_copy_it_is_said() {
    let place = tempfile::tempdir().unwrap();
    let sdk = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/sdk");
    let folder = place.path().join("coin").to_str().unwrap().to_owned();
    argosy(&["new", &folder, "--sdk", sdk]).ok();
    argosy(&["sdk", "status", &folder])
        .ok()
        .shows(&["uses the SDK of a checkout"]);
    argosy(&["sdk", "update", &folder]).fails(1, &["no copy of its own", "by git"]);
    let elsewhere = place.path().to_str().unwrap();
    argosy(&["sdk", "status", elsewhere]).fails(1, &["no contract here", "argosy new"]);
}

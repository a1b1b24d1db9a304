//! Keys of validators and nodes: made, looked at, refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::world::{Ended, argosyd};

/// `argosyd keys …` in a folder.
fn keys(folder: &Path, words: &[&str]) -> Ended {
    let mut command = argosyd();
    command.current_dir(folder).arg("keys").args(words);
    Ended::of(&mut command)
}

/// The one line that it prints when all is well.
#[track_caller]
fn line(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:#?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Hex digits of the public key that openssl finds in a file; `None`: there is no openssl here.
fn openssl(path: &Path, more: &[&str]) -> Option<String> {
    let mut command = Command::new("openssl");
    command
        .args(["pkey", "-noout", "-text_pub", "-in"])
        .arg(path);
    let Ok(output) = command.args(more).output() else {
        eprintln!("skipped: no openssl on this machine");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let key: String = text.lines().skip(2).collect();
    Some(key.chars().filter(char::is_ascii_hexdigit).collect())
}

#[test]
fn a_validators_key_is_locked_and_names_itself() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    write_private(&folder.join("right"), "correct horse\n");
    write_private(&folder.join("wrong"), "battery staple\n");
    let made = keys(
        folder,
        &["new", "--out", "keys/v.pem", "--passphrase-file", "right"],
    );
    let made = line(&made);
    assert_eq!(made["type"], "validator");
    let key = made["publicKey"].as_str().unwrap();
    assert!(key.starts_with("ed25519:0x"), "{key}");
    for hrp in ["argo", "targo", "dargo"] {
        let address = made["addresses"][hrp].as_str().unwrap();
        assert!(address.starts_with(&format!("{hrp}1")), "{address}");
    }
    let file = folder.join("keys/v.pem");
    assert_eq!((mode(&file), mode(&folder.join("keys"))), (0o600, 0o700));

    // It is looked at without a passphrase; with one, that is tried, too.
    assert_eq!(line(&keys(folder, &["inspect", "keys/v.pem"])), made);
    let opened = keys(
        folder,
        &["inspect", "keys/v.pem", "--passphrase-file", "right"],
    );
    assert_eq!(line(&opened), made);
    keys(
        folder,
        &["inspect", "keys/v.pem", "--passphrase-file", "wrong"],
    )
    .fails(2, &["the passphrase does not open keys/v.pem"]);

    // Never over one that is there.
    keys(
        folder,
        &["new", "--out", "keys/v.pem", "--passphrase-file", "right"],
    )
    .fails(2, &["keys/v.pem is there already"]);
    if let Some(found) = openssl(&file, &["-passin", "pass:correct horse"]) {
        assert_eq!(key, format!("ed25519:0x{found}"));
    }
}

#[test]
fn a_nodes_key_needs_no_passphrase_and_has_a_peer_id() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let made = line(&keys(
        folder,
        &["new", "--type", "node", "--out", "node.pem"],
    ));
    assert_eq!(made["type"], "node");
    assert!(
        made["peerId"].as_str().unwrap().starts_with("12D3KooW"),
        "{made}"
    );
    assert_eq!(made.get("addresses"), None, "it holds no funds");
    assert_eq!(mode(&folder.join("node.pem")), 0o600);
    assert_eq!(line(&keys(folder, &["inspect", "node.pem"])), made);
    if let Some(found) = openssl(&folder.join("node.pem"), &[]) {
        assert_eq!(made["publicKey"], format!("ed25519:0x{found}"));
    }
    keys(
        folder,
        &[
            "new",
            "--type",
            "node",
            "--out",
            "n.pem",
            "--passphrase-file",
            "p",
        ],
    )
    .fails(
        2,
        &[
            "a node's key is not encrypted",
            "leave out --passphrase-file",
        ],
    );
    assert!(!folder.join("n.pem").exists());
}

#[test]
fn a_passphrase_is_a_private_file_or_a_terminal() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let new =
        |passphrase: &[&str]| keys(folder, &[&["new", "--out", "v.pem"], passphrase].concat());
    new(&[]).fails(2, &["no terminal", "--passphrase-file"]);
    let from = |name| ["--passphrase-file", name];
    new(&from("none")).fails(2, &["none does not exist"]);
    write_private(&folder.join("empty"), "\n");
    new(&from("empty")).fails(2, &["the passphrase is empty"]);
    write_private(&folder.join("open"), "secret");
    fs::set_permissions(folder.join("open"), fs::Permissions::from_mode(0o644)).unwrap();
    new(&from("open")).fails(2, &["may be accessed by others", "chmod 600 open"]);
    assert!(!folder.join("v.pem").exists(), "nothing was made");
    // There is no way to say it on the command line.
    let typed = new(&["--passphrase", "secret"]);
    assert_eq!(typed.code, Some(2), "{typed:#?}");
    let other = keys(folder, &["new", "--out", "v.pem", "--type", "account"]);
    other.fails(2, &["account", "--type"]);
}

#[test]
fn what_is_no_key_is_said_to_be_none() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    keys(folder, &["inspect", "none.pem"]).fails(2, &["none.pem does not exist"]);
    write_private(&folder.join("notes.txt"), "years of work");
    keys(folder, &["inspect", "notes.txt"]).fails(2, &["notes.txt is not an intact key file"]);
    let plain = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    write_private(&folder.join("plain.pem"), plain);
    keys(folder, &["inspect", "plain.pem"]).fails(2, &["holds no PKCS#8 key"]);
    let made = keys(folder, &["new", "--type", "node", "--out", "node.pem"]);
    assert_eq!(made.code, Some(0), "{made:#?}");
    fs::set_permissions(folder.join("node.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    keys(folder, &["inspect", "node.pem"]).fails(2, &["may be accessed by others", "chmod 600"]);
}

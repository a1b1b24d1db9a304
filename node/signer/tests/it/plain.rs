//! Key files without a passphrase.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use argosy_primitives::SecretKey;
use argosy_signer::{Damage, KeyFile, KeyFileError, PlainKeyFile};
use tempfile::{TempDir, tempdir};

use crate::key_files::{key, openssl, passphrase};

fn with_plain_file() -> (TempDir, PlainKeyFile) {
    let folder = tempdir().unwrap();
    let file = PlainKeyFile::at(folder.path().join("node.pem"));
    file.create(&key()).unwrap();
    (folder, file)
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn opens_what_it_created_and_never_overwrites_it() {
    let (folder, file) = with_plain_file();
    assert_eq!(file.open().unwrap().expose_seed(), key().expose_seed());
    assert_eq!(file.public_key().unwrap(), key().public());
    let mode = fs::metadata(file.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let refused = file.create(&SecretKey::generate_from([8; 32]));
    assert!(
        matches!(refused, Err(KeyFileError::Exists { .. })),
        "{refused:?}"
    );
    assert_eq!(file.public_key().unwrap(), key().public());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn refuses_what_others_may_read() {
    let (_folder, file) = with_plain_file();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = file.open();
    assert!(
        matches!(refused, Err(KeyFileError::TooOpen { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_encrypted_file_is_not_a_plain_one_nor_the_other_way_round() {
    let (folder, plain) = with_plain_file();
    let encrypted = folder.path().join("validator.pem");
    KeyFile::at(&encrypted)
        .create(&key(), &passphrase())
        .unwrap();
    let damage = |error: KeyFileError| match error {
        KeyFileError::Damaged { what, .. } => what,
        other => panic!("{other:?}"),
    };
    let refused = PlainKeyFile::at(&encrypted).open().unwrap_err();
    assert_eq!(damage(refused), Damage::NotPlainPem);
    let refused = KeyFile::at(plain.path()).public_key().unwrap_err();
    assert_eq!(damage(refused), Damage::NotPem);
    let refused = KeyFile::at(plain.path()).open(&passphrase()).unwrap_err();
    assert_eq!(damage(refused), Damage::NotPem);
}

#[test]
fn names_the_damage() {
    let (_folder, file) = with_plain_file();
    let text = fs::read_to_string(file.path()).unwrap();
    let block = &text[text.find("-----BEGIN").unwrap()..];
    let other = SecretKey::generate_from([9; 32]).public();
    for (text, expected) in [
        (String::new(), Damage::NotPlainPem),
        ("hello".into(), Damage::NotPlainPem),
        (text[..text.len() - 40].into(), Damage::NotPlainPem),
        (
            block.replace("PRIVATE KEY", "PUBLIC KEY"),
            Damage::NotPlainPem,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".into(),
            Damage::NotPlainPkcs8,
        ),
        (
            format!("argosy-public-key: {other}\n{block}"),
            Damage::OtherKey,
        ),
        ("x".repeat(20_000), Damage::TooLarge { max: 16 * 1024 }),
    ] {
        write_private(file.path(), &text);
        match file.open() {
            Err(KeyFileError::Damaged { what, .. }) => assert_eq!(what, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    write_private(file.path(), block);
    assert_eq!(
        file.public_key().unwrap(),
        key().public(),
        "without our line"
    );
}

#[test]
fn openssl_and_we_read_each_others_files() {
    let (folder, file) = with_plain_file();
    let path = file.path().to_str().unwrap();
    let Some(text) = openssl(&["pkey", "-in", path, "-noout", "-text"]) else {
        return;
    };
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    assert!(hex.contains(&"07".repeat(32)), "{text}");

    let theirs = folder.path().join("theirs.pem");
    let path = theirs.to_str().unwrap();
    openssl(&["genpkey", "-algorithm", "ed25519", "-out", path]).unwrap();
    fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
    let public = openssl(&["pkey", "-in", path, "-noout", "-text_pub"]).unwrap();
    let public: String = public.lines().skip(2).collect();
    let public: String = public.chars().filter(char::is_ascii_hexdigit).collect();
    let key = PlainKeyFile::at(&theirs).public_key().unwrap();
    assert_eq!(key.to_string(), format!("ed25519:0x{public}"));
}

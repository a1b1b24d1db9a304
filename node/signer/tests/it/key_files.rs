//! Key files on a real file system, and against the openssl program where there is one.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use argosy_primitives::SecretKey;
use argosy_signer::{Damage, KeyFile, KeyFileError, Passphrase, generate_key};
use tempfile::TempDir;

pub(crate) fn key() -> SecretKey {
    SecretKey::generate_from([7; 32])
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("correct horse").unwrap()
}

/// A folder with one key file in it.
fn with_key_file() -> (TempDir, KeyFile) {
    let folder = TempDir::new().unwrap();
    let file = KeyFile::at(folder.path().join("alice.pem"));
    file.create(&key(), &passphrase()).unwrap();
    (folder, file)
}

/// Puts `text` into a private file and returns what opening it says.
#[track_caller]
fn damage_of(text: &[u8]) -> Damage {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bad.pem");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    match KeyFile::at(path).open(&passphrase()) {
        Err(KeyFileError::Damaged { what, .. }) => what,
        other => panic!("expected damage, got {other:?}"),
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn opens_what_it_created() {
    let (folder, file) = with_key_file();
    let opened = file.open(&passphrase()).unwrap();
    assert_eq!(opened.expose_seed(), key().expose_seed());
    assert_eq!(file.public_key().unwrap(), key().public());
    let mode = fs::metadata(file.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        names_in(folder.path()),
        ["alice.pem"],
        "no temporary file stays"
    );
}

#[test]
fn two_files_of_one_key_share_no_bytes_of_the_secret_part() {
    let (folder, file) = with_key_file();
    let twin = KeyFile::at(folder.path().join("twin.pem"));
    twin.create(&key(), &passphrase()).unwrap();
    let (one, two) = (
        fs::read(file.path()).unwrap(),
        fs::read(twin.path()).unwrap(),
    );
    assert_ne!(one, two, "salt and iv are fresh");
}

#[test]
fn never_overwrites_a_key() {
    let (folder, file) = with_key_file();
    let before = fs::read(file.path()).unwrap();
    let other = SecretKey::generate_from([8; 32]);
    let refused = file.create(&other, &passphrase());
    assert!(
        matches!(refused, Err(KeyFileError::Exists { .. })),
        "{refused:?}"
    );
    assert_eq!(fs::read(file.path()).unwrap(), before);
    assert_eq!(
        names_in(folder.path()),
        ["alice.pem"],
        "the failed attempt leaves nothing"
    );
}

#[test]
fn says_which_folder_is_missing() {
    let folder = TempDir::new().unwrap();
    let file = KeyFile::at(folder.path().join("no/such/alice.pem"));
    let refused = file.create(&key(), &passphrase());
    assert!(
        matches!(
            refused,
            Err(KeyFileError::Io {
                action: "write",
                ..
            })
        ),
        "{refused:?}"
    );
    let nameless = KeyFile::at("/").create(&key(), &passphrase());
    assert!(matches!(
        nameless,
        Err(KeyFileError::Io {
            action: "create",
            ..
        })
    ));
}

#[test]
fn tells_a_wrong_passphrase_from_a_missing_file() {
    let (folder, file) = with_key_file();
    let wrong = file.open(&Passphrase::new("incorrect horse").unwrap());
    assert!(
        matches!(wrong, Err(KeyFileError::WrongPassphrase { .. })),
        "{wrong:?}"
    );
    let missing = KeyFile::at(folder.path().join("bob.pem")).open(&passphrase());
    assert!(
        matches!(missing, Err(KeyFileError::Missing { .. })),
        "{missing:?}"
    );
}

#[test]
fn refuses_a_file_that_others_may_touch() {
    let (folder, file) = with_key_file();
    for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        let refused = file.open(&passphrase());
        assert!(
            matches!(refused, Err(KeyFileError::TooOpen { mode: found, .. }) if found == mode),
            "{mode:o}: {refused:?}"
        );
        assert!(matches!(
            file.public_key(),
            Err(KeyFileError::TooOpen { .. })
        ));
    }
    // The check follows links, as mounted secrets are links.
    let link = folder.path().join("link.pem");
    symlink(file.path(), &link).unwrap();
    let refused = KeyFile::at(&link).open(&passphrase());
    assert!(matches!(refused, Err(KeyFileError::TooOpen { .. })));
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o400)).unwrap();
    assert!(KeyFile::at(&link).open(&passphrase()).is_ok());
}

#[test]
fn names_the_damage() {
    let (_folder, file) = with_key_file();
    let text = fs::read_to_string(file.path()).unwrap();
    let block = &text[text.find("-----BEGIN").unwrap()..];

    assert_eq!(damage_of(b""), Damage::NotPem);
    assert_eq!(damage_of(b"hello"), Damage::NotPem);
    assert_eq!(damage_of(&[0xff; 100]), Damage::NotPem);
    assert_eq!(
        damage_of(&text.as_bytes()[..text.len() - 40]),
        Damage::NotPem
    );
    assert_eq!(
        damage_of(&[b'x'; 20_000]),
        Damage::TooLarge { max: 16 * 1024 }
    );
    let plain = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(damage_of(plain.as_bytes()), Damage::NotPem);
    let empty =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(damage_of(empty.as_bytes()), Damage::NotPkcs8);
    let other = SecretKey::generate_from([9; 32]).public();
    let swapped = format!("argosy-public-key: {other}\n{block}");
    assert_eq!(damage_of(swapped.as_bytes()), Damage::OtherKey);
}

/// Files by other programs carry no public key line; they open all the same.
#[test]
fn opens_a_file_without_our_line() {
    let (_folder, file) = with_key_file();
    let text = fs::read_to_string(file.path()).unwrap();
    let block = &text[text.find("-----BEGIN").unwrap()..];
    fs::write(file.path(), block).unwrap();
    assert!(file.open(&passphrase()).is_ok());
    assert!(matches!(
        file.public_key(),
        Err(KeyFileError::Damaged {
            what: Damage::NoPublicKey,
            ..
        })
    ));
}

/// Every byte of the DER before the ciphertext is flipped once: a typed error each time, quickly,
/// although the bytes are the parameters of the key derivation.
#[test]
fn survives_any_flipped_byte() {
    let (_folder, file) = with_key_file();
    let text = fs::read_to_string(file.path()).unwrap();
    let start = text.find("KEY-----\n").unwrap() + 9;
    let mut opened = 0;
    for at in (start..start + 180).step_by(5) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
        fs::write(file.path(), &bytes).unwrap();
        match file.open(&passphrase()) {
            Ok(_) => opened += 1,
            Err(KeyFileError::Damaged { .. } | KeyFileError::WrongPassphrase { .. }) => {}
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert_eq!(opened, 0);
}

#[test]
fn refuses_a_file_that_asks_for_endless_work() {
    use pkcs8::der::{EncodePem, asn1::OctetString, pem::LineEnding};
    use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
    let cost = pkcs8::pkcs5::scrypt::Params::new(14, 8, 1).unwrap();
    for (n, r, p) in [
        (1 << 30, 8, 1),
        (1 << 14, 1024, 1),
        (1 << 14, 8, 1024),
        (u64::MAX, 1, 1),
    ] {
        let mut parameters =
            Parameters::generate_scrypt_aes256cbc(cost, &[0; 16], [0; 16]).unwrap();
        let Kdf::Scrypt(scrypt) = &mut parameters.kdf else {
            unreachable!()
        };
        (
            scrypt.cost_parameter,
            scrypt.block_size,
            scrypt.parallelization,
        ) = (n, r, p);
        let sealed = pkcs8::EncryptedPrivateKeyInfoOwned {
            encryption_algorithm: parameters.into(),
            encrypted_data: OctetString::new([0; 64]).unwrap(),
        };
        let text = sealed.to_pem(LineEnding::LF).unwrap();
        let expected = if n == u64::MAX {
            Damage::NotPkcs8
        } else {
            Damage::TooCostly
        };
        assert_eq!(damage_of(text.as_bytes()), expected, "n={n} r={r} p={p}");
    }
}

#[test]
fn reads_passphrases_from_private_files() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("passphrase");
    let (_key_folder, file) = with_key_file();
    for text in ["correct horse", "correct horse\n", "correct horse\r\n"] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(
            file.open(&Passphrase::read(&path).unwrap()).is_ok(),
            "{text:?}"
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        Passphrase::read(&path),
        Err(KeyFileError::TooOpen { .. })
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&path, "\n").unwrap();
    assert!(matches!(
        Passphrase::read(&path),
        Err(KeyFileError::PassphraseEmpty)
    ));
    fs::write(&path, "x".repeat(5000)).unwrap();
    assert!(matches!(
        Passphrase::read(&path),
        Err(KeyFileError::PassphraseTooLong { .. })
    ));
}

#[test]
fn generates_different_keys() {
    let (one, two) = (generate_key().unwrap(), generate_key().unwrap());
    assert_ne!(one.public(), two.public());
}

/// Runs openssl, or says that there is none.
pub(crate) fn openssl(arguments: &[&str]) -> Option<String> {
    let run = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    match run {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        Ok(output) => panic!(
            "openssl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(_) => {
            eprintln!("skipped: no openssl on this machine");
            None
        }
    }
}

#[test]
fn openssl_reads_our_files() {
    let (_folder, file) = with_key_file();
    let path = file.path().to_str().unwrap();
    let arguments = [
        "pkey",
        "-in",
        path,
        "-passin",
        "pass:correct horse",
        "-noout",
        "-text",
    ];
    let Some(text) = openssl(&arguments) else {
        return;
    };
    let hex: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    assert!(hex.contains(&"07".repeat(32)), "{text}");
}

#[test]
fn we_read_the_files_of_openssl() {
    let folder = TempDir::new().unwrap();
    let plain = folder.path().join("plain.pem");
    let plain = plain.to_str().unwrap();
    if openssl(&["genpkey", "-algorithm", "ed25519", "-out", plain]).is_none() {
        return;
    }
    let public = openssl(&["pkey", "-in", plain, "-noout", "-text_pub"]).unwrap();
    let public: String = public.lines().skip(2).collect();
    let public: String = public.chars().filter(char::is_ascii_hexdigit).collect();
    for (name, how) in [
        ("scrypt", ["-scrypt", "-v2"]),
        ("pbkdf2", ["-iter", "100000"]),
    ] {
        let path = folder.path().join(name);
        let text = path.to_str().unwrap();
        let mut arguments = vec!["pkcs8", "-topk8", "-in", plain, "-out", text];
        arguments.extend(["-passout", "pass:correct horse"]);
        arguments.extend(how);
        if name == "scrypt" {
            arguments.push("aes-256-cbc");
        }
        openssl(&arguments).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let key = KeyFile::at(&path).open(&passphrase()).unwrap();
        assert_eq!(
            key.public().to_string(),
            format!("ed25519:0x{public}"),
            "{name}"
        );
    }
}

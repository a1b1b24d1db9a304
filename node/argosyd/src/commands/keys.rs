//! `argosyd keys …`: the key a validator votes with, and the one by which other nodes know a node.
//!
//! Always: a passphrase comes from a file or the terminal, never from an argument; a key is never
//! overwritten; nothing secret is printed.
//! Not here: the files themselves (`argosy-signer`), and people's keys (`argosy keys`).

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use argosy_primitives::{Address, Hrp, PublicKey};
use argosy_signer::{Damage, KeyFile, KeyFileError, Passphrase, PlainKeyFile, generate_key};
use clap::{ArgMatches, ValueEnum};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::files::{argument, exit_of, make_private_folder, taken};
use super::print;
use crate::failure::{Exit, Failure};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyType {
    /// Signs votes: encrypted.
    Validator,
    /// Names the node to others: not encrypted, so that the node can start by itself.
    Node,
}

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches),
        Some(("inspect", matches)) => inspect(matches),
        other => Err(Failure::new(
            Exit::Usage,
            format!("no command keys {}", other.map_or("", |it| it.0)),
        )),
    }
}

fn new(matches: &ArgMatches) -> Result<(), Failure> {
    let path = argument(matches, "out");
    let passphrase = matches.get_one::<PathBuf>("passphrase-file");
    let kind = matches.get_one::<KeyType>("type").copied();
    let kind = kind.unwrap_or(KeyType::Validator);
    if kind == KeyType::Node && passphrase.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "a node's key is not encrypted, so that the node can start by itself: leave out --passphrase-file",
        ));
    }
    // Before anybody thinks of a passphrase.
    if path.exists() {
        return Err(taken(&path));
    }
    if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        make_private_folder(folder)?;
    }
    let key = match kind {
        KeyType::Validator => new_validator_key(&path, &new_passphrase(passphrase)?)?,
        KeyType::Node => new_node_key(&path)?,
    };
    tell(&path, kind, &key);
    Ok(())
}

/// Makes the key of a validator, and its file.
pub(super) fn new_validator_key(
    path: &Path,
    passphrase: &Passphrase,
) -> Result<PublicKey, Failure> {
    let key = generate_key().map_err(failure)?;
    KeyFile::at(path)
        .create(&key, passphrase)
        .map_err(failure)?;
    Ok(key.public())
}

/// Makes the key of a node, and its file.
pub(super) fn new_node_key(path: &Path) -> Result<PublicKey, Failure> {
    let key = generate_key().map_err(failure)?;
    PlainKeyFile::at(path).create(&key).map_err(failure)?;
    Ok(key.public())
}

fn inspect(matches: &ArgMatches) -> Result<(), Failure> {
    let path = argument(matches, "file");
    let passphrase = matches.get_one::<PathBuf>("passphrase-file");
    let file = KeyFile::at(&path);
    let not_encrypted = |error: &KeyFileError| {
        let what = Damage::NotPem;
        matches!(error, KeyFileError::Damaged { what: found, .. } if *found == what)
    };
    let key = match (file.public_key(), passphrase) {
        (Err(error), _) if not_encrypted(&error) => {
            // A file that is neither is said to be no encrypted one, which most keys are.
            let key = match PlainKeyFile::at(&path).public_key() {
                Err(KeyFileError::Damaged {
                    what: Damage::NotPlainPem,
                    ..
                }) => Err(error),
                found => found,
            };
            tell(&path, KeyType::Node, &key.map_err(failure)?);
            return Ok(());
        }
        (_, Some(passphrase)) => {
            let passphrase = Passphrase::read(passphrase).map_err(failure)?;
            file.open(&passphrase).map_err(failure)?.public()
        }
        (found, None) => found.map_err(failure)?,
    };
    tell(&path, KeyType::Validator, &key);
    Ok(())
}

/// One line of JSON, with what others must be told of a key.
fn tell(path: &Path, kind: KeyType, key: &PublicKey) {
    let mut document = Map::new();
    let mut say = |name: &str, value: Value| document.insert(name.into(), value);
    match kind {
        KeyType::Validator => {
            say("type", json!("validator"));
            say("publicKey", json!(key.to_string()));
            let address = Address::of_key(key);
            let texts = Hrp::ALL.map(|it| (it.as_str().to_owned(), json!(address.to_text(it))));
            say("addresses", Value::Object(texts.into_iter().collect()));
        }
        KeyType::Node => {
            say("type", json!("node"));
            say("publicKey", json!(key.to_string()));
            say("peerId", json!(peer_id(key)));
        }
    }
    say("file", json!(path.display().to_string()));
    print(&format!("{}\n", Value::Object(document)));
}

/// The name of a node in libp2p: its key as a protocol buffer, as a multihash that hashes nothing.
///
/// ```text
/// 00 24          identity multihash of 36 bytes
/// 08 01 12 20    field 1: type = 1 (ed25519); field 2: 32 bytes
/// key            in base58 all of them begin with 12D3KooW
/// ```
pub(super) fn peer_id(key: &PublicKey) -> String {
    let PublicKey::Ed25519(key) = key;
    let bytes = [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], &key[..]].concat();
    bs58::encode(bytes).into_string()
}

fn new_passphrase(file: Option<&PathBuf>) -> Result<Passphrase, Failure> {
    if let Some(path) = file {
        return Passphrase::read(path).map_err(failure);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask for the passphrase; give it with --passphrase-file FILE",
        ));
    }
    let ask = |question| {
        rpassword::prompt_password(question)
            .map(Zeroizing::new)
            .map_err(|error| {
                Failure::new(Exit::Other, format!("cannot ask on the terminal: {error}"))
            })
    };
    let (first, second) = (ask("New passphrase: ")?, ask("The same again: ")?);
    if *first != *second {
        let message = "the passphrases differ; nothing was written";
        return Err(Failure::new(Exit::Usage, message));
    }
    Passphrase::new(first.as_str()).map_err(failure)
}

/// A key that is missing, damaged or locked is the caller's to mend.
pub(super) fn failure(error: KeyFileError) -> Failure {
    let exit = match &error {
        KeyFileError::Exists { .. }
        | KeyFileError::Missing { .. }
        | KeyFileError::TooOpen { .. }
        | KeyFileError::Damaged { .. }
        | KeyFileError::WrongPassphrase { .. }
        | KeyFileError::PassphraseEmpty
        | KeyFileError::PassphraseTooLong { .. } => Exit::Usage,
        KeyFileError::NoRandomness => Exit::Other,
        KeyFileError::Io { source, .. } => exit_of(source),
    };
    Failure::new(exit, format!("{:#}", anyhow::Error::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_id_is_the_key_in_base58() {
        let key = PublicKey::Ed25519([0; 32]);
        assert_eq!(
            peer_id(&key),
            "12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw"
        );
        let key = PublicKey::Ed25519(std::array::from_fn(|it| it as u8 + 1));
        assert_eq!(
            peer_id(&key),
            "12D3KooW9tJMax94Lrqw7Y5Qw36viGQAS2gTEPQ5Wg1vTk7xPfQs"
        );
    }
}

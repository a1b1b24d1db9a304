//! The user's keys: one encrypted file per name in one directory.
//!
//! Always: names cannot leave the directory or take a dev account's name; a passphrase comes from
//! the terminal or a file, never from the command line.
//! Not here: the files themselves (`argosy-signer`).

mod exchange; // keys from elsewhere, and to elsewhere

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use argosy_primitives::{PublicKey, SecretKey};
use argosy_sdk::wallet::DEV_NAMES;
use argosy_signer::{KeyFile, Passphrase, generate_key};
use zeroize::Zeroizing;

use crate::account::{closest, dev_address};
use crate::args::PassphraseArgs;
use crate::failure::Failure;

/// Longest name.
const NAME_BYTES_MAX: usize = 32;
const EXTENSION: &str = "pem";

/// Whether `name` can name a key.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-' || it == b'_';
    let begins_plain = name
        .bytes()
        .next()
        .is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    if begins_plain && name.len() <= NAME_BYTES_MAX && name.bytes().all(plain) {
        return Ok(());
    }
    Err(format!(
        "a name has 1 to {NAME_BYTES_MAX} lower-case letters, digits, - or _, and begins with a letter or digit"
    ))
}

/// The directory of the user's keys.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing {
    dir: PathBuf,
    /// Somebody sits at the terminal and may be asked.
    may_ask: bool,
}

impl KeyRing {
    /// The directory asked for, or the usual one; nothing is touched yet.
    pub(crate) fn at(dir: Option<PathBuf>, may_ask: bool) -> Result<KeyRing, Failure> {
        let dir = match dir {
            Some(dir) => dir,
            None => data_dir()?.join("argosy").join("keys"),
        };
        Ok(KeyRing { dir, may_ask })
    }

    /// Where they are.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a key's file is, or would be.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.{EXTENSION}"))
    }

    /// Whether there is a file for `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Names of all keys, in order.
    pub(crate) fn names(&self) -> Result<Vec<String>, Failure> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(anyhow!(error)
                    .context(format!("cannot read {}", self.dir.display()))
                    .into());
            }
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| name_of(&entry.ok()?.path()))
            .collect();
        names.sort();
        Ok(names)
    }

    /// The public key written in a key's file.
    pub(crate) fn public_key(&self, name: &str) -> Result<PublicKey, Failure> {
        KeyFile::at(self.path(name))
            .public_key()
            .map_err(Failure::failed)
    }

    /// Makes a new key.
    pub(crate) fn create(
        &self,
        name: &str,
        passphrase: &PassphraseArgs,
    ) -> Result<PublicKey, Failure> {
        self.check_new(name)?;
        self.store(name, &generate_key().map_err(Failure::failed)?, passphrase)
    }

    /// Whether a new key may be called so.
    pub(crate) fn check_new(&self, name: &str) -> Result<(), Failure> {
        check_name(name).map_err(Failure::usage)?;
        if dev_address(name).is_some() {
            let message = format!("{name} is a dev account's name");
            return Err(
                Failure::usage(message).hint("choose another name; dev accounts need no key file")
            );
        }
        if self.has(name) {
            return Err(Failure::failed(format!(
                "{} exists already; a key is never overwritten",
                self.path(name).display()
            )));
        }
        Ok(())
    }

    /// Keeps a key in a new file.
    fn store(
        &self,
        name: &str,
        key: &SecretKey,
        passphrase: &PassphraseArgs,
    ) -> Result<PublicKey, Failure> {
        self.check_new(name)?;
        let passphrase = self.new_passphrase(passphrase.passphrase_file.as_deref())?;
        self.lock(name, key, &passphrase)
    }

    /// The same, where the passphrase is known.
    fn lock(
        &self,
        name: &str,
        key: &SecretKey,
        passphrase: &Passphrase,
    ) -> Result<PublicKey, Failure> {
        make_private_dir(&self.dir)?;
        let file = KeyFile::at(self.path(name));
        file.create(key, passphrase).map_err(Failure::failed)?;
        Ok(key.public())
    }

    /// Whether there is such a key; if not, what was probably meant.
    pub(crate) fn require(&self, name: &str) -> Result<(), Failure> {
        self.require_besides(name, &[])
    }

    /// The same for who signs, where a dev account may have been meant, too.
    pub(crate) fn require_signer(&self, name: &str) -> Result<(), Failure> {
        self.require_besides(name, &DEV_NAMES)
    }

    fn require_besides(&self, name: &str, others: &[&str]) -> Result<(), Failure> {
        if check_name(name).is_ok() && self.has(name) {
            return Ok(());
        }
        if dev_address(name).is_some() {
            let failure = Failure::usage(format!("{name} is a dev account and has no key file"));
            return Err(failure.hint("its key is public: `argosy dev` prints it"));
        }
        let failure = Failure::usage(format!("there is no key {name} in {}", self.dir.display()));
        let names = self.names()?;
        let own = closest(name, names.iter().map(String::as_str));
        Err(
            match own.or_else(|| closest(name, others.iter().copied())) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint(format!("make one with: argosy keys new {name}")),
            },
        )
    }

    /// Unlocks a key.
    pub(crate) fn unlock(
        &self,
        name: &str,
        passphrase: &PassphraseArgs,
    ) -> Result<SecretKey, Failure> {
        self.require(name)?;
        let question = format!("Passphrase of {name}: ");
        let passphrase = self.passphrase(passphrase.passphrase_file.as_deref(), &question)?;
        KeyFile::at(self.path(name))
            .open(&passphrase)
            .map_err(Failure::failed)
    }

    /// A passphrase that is there already: in a file, or in somebody's head.
    fn passphrase(&self, file: Option<&Path>, question: &str) -> Result<Passphrase, Failure> {
        match file {
            Some(path) => Passphrase::read(path).map_err(Failure::failed),
            None => Passphrase::new(self.prompt(question)?.as_str()).map_err(Failure::failed),
        }
    }

    /// A passphrase that is new; whoever types it types it twice.
    fn new_passphrase(&self, file: Option<&Path>) -> Result<Passphrase, Failure> {
        if let Some(path) = file {
            return Passphrase::read(path).map_err(Failure::failed);
        }
        let first = self.prompt("New passphrase: ")?;
        let second = self.prompt("The same again: ")?;
        if *first != *second {
            return Err(Failure::failed(
                "the passphrases differ; nothing was written",
            ));
        }
        Passphrase::new(first.as_str()).map_err(Failure::failed)
    }

    /// Asks on the terminal, without echo.
    fn prompt(&self, question: &str) -> Result<Zeroizing<String>, Failure> {
        if !self.may_ask {
            let failure = Failure::usage("there is no terminal to ask for the passphrase");
            return Err(failure.hint("give it with --passphrase-file"));
        }
        let answer = rpassword::prompt_password(question);
        Ok(Zeroizing::new(
            answer.context("cannot read from the terminal")?,
        ))
    }
}

fn name_of(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    let is_key = path.extension()? == EXTENSION && check_name(name).is_ok();
    is_key.then(|| name.to_owned())
}

/// The user's data directory, as the XDG rules say.
fn data_dir() -> Result<PathBuf, Failure> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|it| it.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local").join("share")))
        .ok_or_else(|| Failure::usage("HOME is not set; say where your keys are with --keys-dir"))
}

fn make_private_dir(dir: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(dir);
    Ok(made.with_context(|| format!("cannot create {}", dir.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        for good in ["a", "me-2", "0_x", &"x".repeat(NAME_BYTES_MAX)] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in [
            "",
            "-a",
            "_a",
            "A",
            "a.b",
            "a/b",
            "..",
            "ä",
            &"x".repeat(NAME_BYTES_MAX + 1),
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_key_files_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::at(Some(dir.path().to_owned()), false).unwrap();
        for name in ["b.pem", "a.pem", "A.pem", ".a.pem.tmp", "notes.txt"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        assert_eq!(ring.names().unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_missing_directory_has_no_keys() {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::at(Some(dir.path().join("none")), false).unwrap();
        assert!(ring.names().unwrap().is_empty());
        assert!(!ring.has("a"));
    }
}

//! Keys from elsewhere and to elsewhere: phrases (BIP-39, SLIP-10), encrypted PKCS#8 files, bare secrets.
//!
//! Always: a secret comes from a file or the terminal and goes into a new file that only its owner can
//! read, never to stdout, into a log or onto the command line; copies in memory are wiped.
//! Not here: how keys are derived (`argosy_sdk::wallet`).

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use argosy_primitives::{PublicKey, SecretKey};
use argosy_sdk::wallet::{Phrase, phrase_of};
use argosy_signer::KeyFile;
use zeroize::Zeroizing;

use super::KeyRing;
use crate::args::{ImportArgs, PassphraseArgs};
use crate::failure::Failure;

/// The longest secret text: 24 words and blanks around them.
const SECRET_BYTES_MAX: usize = 2048;
/// Entropy of a new phrase: 24 words.
const ENTROPY_BYTES: usize = 32;
/// The path that means stdin.
const STANDARD: &str = "-";

impl KeyRing {
    /// Makes a new key from a new phrase, which is written to a file of its own first.
    pub(crate) fn create_with_phrase(
        &self,
        name: &str,
        passphrase: &PassphraseArgs,
        out: &Path,
    ) -> Result<PublicKey, Failure> {
        self.check_new(name)?;
        // Before the phrase is anywhere: who gives it up here leaves nothing behind.
        let passphrase = self.new_passphrase(passphrase.passphrase_file.as_deref())?;
        let mut entropy = Zeroizing::new([0u8; ENTROPY_BYTES]);
        let filled = getrandom::fill(entropy.as_mut_slice());
        filled.map_err(|error| Failure::failed(format!("no randomness: {error}")))?;
        let words = Zeroizing::new(phrase_of(entropy.as_slice()).map_err(Failure::failed)?);
        let signer = Phrase::parse(&words, "").and_then(|it| it.account(0));
        let signer = signer.map_err(Failure::failed)?;
        write_secret(out, &words)?;
        self.lock(name, signer.secret(), &passphrase)
    }

    /// Keeps a key of elsewhere.
    pub(crate) fn import(&self, args: &ImportArgs) -> Result<PublicKey, Failure> {
        self.check_new(&args.name)?;
        let key = match (&args.pem, &args.secret_file) {
            (Some(pem), _) => {
                let question = format!("Passphrase of {}: ", pem.display());
                let passphrase = self.passphrase(args.pem_passphrase_file.as_deref(), &question)?;
                KeyFile::at(pem)
                    .open(&passphrase)
                    .map_err(Failure::failed)?
            }
            (None, Some(file)) => secret_key(&read_secret(file)?)?,
            (None, None) => self.derived(args)?,
        };
        self.store(&args.name, &key, &args.passphrase)
    }

    fn derived(&self, args: &ImportArgs) -> Result<SecretKey, Failure> {
        let words = match &args.phrase_file {
            Some(file) => read_secret(file)?,
            None if self.may_ask => self.prompt("Phrase: ")?,
            None => {
                let failure = Failure::usage("there is no terminal to ask for the phrase");
                return Err(failure.hint("give it with --phrase-file, or --pem or --secret-file"));
            }
        };
        let passphrase = match &args.phrase_passphrase_file {
            Some(file) => read_secret(file)?,
            None => Zeroizing::new(String::new()),
        };
        let phrase = Phrase::parse(&words, without_line_break(&passphrase));
        let signer = phrase.and_then(|it| it.account(args.account));
        Ok(signer.map_err(Failure::usage)?.secret().clone())
    }

    /// Writes a key to a new file, encrypted or bare.
    pub(crate) fn export(
        &self,
        name: &str,
        passphrase: &PassphraseArgs,
        out: &Path,
        new_passphrase: Option<&Path>,
        is_plain: bool,
    ) -> Result<PublicKey, Failure> {
        let key = self.unlock(name, passphrase)?;
        if is_plain {
            let text = Zeroizing::new(const_hex::encode_prefixed(key.expose_seed()));
            write_secret(out, &text)?;
        } else {
            let passphrase = self.new_passphrase(new_passphrase)?;
            let created = KeyFile::at(out).create(&key, &passphrase);
            created.map_err(Failure::failed)?;
        }
        Ok(key.public())
    }

    /// Gives a key another name.
    pub(crate) fn rename(&self, name: &str, new_name: &str) -> Result<(), Failure> {
        self.require(name)?;
        self.check_new(new_name)?;
        let (from, to) = (self.path(name), self.path(new_name));
        // Linking fails where the name is taken: nothing is overwritten.
        std::fs::hard_link(&from, &to)
            .and_then(|()| std::fs::remove_file(&from))
            .with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))?;
        Ok(())
    }

    /// Deletes a key's file.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        self.require(name)?;
        let path = self.path(name);
        let removed = std::fs::remove_file(&path);
        Ok(removed.with_context(|| format!("cannot remove {}", path.display()))?)
    }
}

/// A secret text: from stdin, or from a file that nobody else may read.
fn read_secret(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let shown = path.display();
    let source: Box<dyn Read> = match path.as_os_str() == STANDARD {
        true => Box::new(std::io::stdin()),
        false => Box::new(open_private(path)?),
    };
    let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX + 1));
    let read = source
        .take(SECRET_BYTES_MAX as u64 + 1)
        .read_to_string(&mut text);
    read.with_context(|| format!("cannot read {shown}"))?;
    match text.len() <= SECRET_BYTES_MAX {
        true => Ok(text),
        false => Err(Failure::failed(format!(
            "{shown} has more than {SECRET_BYTES_MAX} bytes"
        ))),
    }
}

/// Opens a file that only its owner may read.
fn open_private(path: &Path) -> Result<File, Failure> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    #[cfg(unix)]
    {
        let facts = file
            .metadata()
            .with_context(|| format!("cannot read {shown}"))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&facts.permissions());
        if facts.is_file() && mode & 0o077 != 0 {
            let failure = Failure::failed(format!("{shown} can be read by others"));
            return Err(failure.hint(format!("chmod 600 {shown}")));
        }
    }
    Ok(file)
}

/// Writes a secret text to a new file of its owner's.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all());
        if written.is_err() {
            // Part of a secret helps nobody who should have it.
            drop(std::fs::remove_file(path));
        }
        written
    });
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::failed(
            format!("{} exists already; it is not overwritten", path.display()),
        )),
        written => Ok(written
            .map_err(|error| anyhow!(error).context(format!("cannot write {}", path.display())))?),
    }
}

/// `0x` and 64 hex digits.
fn secret_key(text: &str) -> Result<SecretKey, Failure> {
    let expected = || Failure::usage("a secret key is 0x and 64 hex digits");
    let digits = text.trim().strip_prefix("0x").ok_or_else(expected)?;
    let mut seed = Zeroizing::new([0u8; 32]);
    const_hex::decode_to_slice(digits, seed.as_mut_slice()).map_err(|_| expected())?;
    Ok(SecretKey::generate_from(*seed))
}

fn without_line_break(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_once_and_for_their_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write_secret(&path, "words").unwrap();
        assert_eq!(read_secret(&path).unwrap().as_str(), "words\n");
        let again = write_secret(&path, "others").unwrap_err();
        assert!(again.message().contains("not overwritten"));
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .unwrap();
        let open = read_secret(&path).unwrap_err();
        assert!(open.message().contains("can be read by others"));
    }

    #[test]
    fn secret_keys_are_hex() {
        let text = format!(" 0x{}\n", "07".repeat(32));
        assert_eq!(secret_key(&text).unwrap().expose_seed(), &[7; 32]);
        for bad in [
            "",
            "0x",
            &"07".repeat(32),
            &format!("0x{}", "07".repeat(33)),
        ] {
            assert!(secret_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn texts_that_are_too_long_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write_secret(&path, &"x".repeat(SECRET_BYTES_MAX)).unwrap();
        assert!(read_secret(&path).is_err());
    }
}

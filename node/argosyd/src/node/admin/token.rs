//! The token by which whoever runs the node is known.
//!
//! Always: it is in a file that its owner alone may read; comparing it takes as long whatever is shown.
//! In memory there is its hash.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use argosy_primitives::blake3;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// Random bytes of a token that is made here; as text twice as many.
const RANDOM_BYTES: usize = 32;
/// Letters of a token, whoever made it.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=256;

/// What callers must show.
pub(super) struct Token([u8; 32]);

impl Token {
    /// Reads the file, or makes it.
    pub(super) fn read_or_make(path: &Path) -> Result<Token, Failure> {
        match make(path) {
            Ok(()) => {
                tracing::info!(
                    target: "admin",
                    code = "admin.token_made",
                    path = %path.display(),
                    "made a token for the admin port"
                );
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed("make", path, &error)),
        }
        Token::read(path)
    }

    fn read(path: &Path) -> Result<Token, Failure> {
        let refuse = |reason: String| {
            let path = path.display();
            Failure::new(Exit::Usage, format!("the token {path} {reason}"))
        };
        let mut text = Zeroizing::new(String::new());
        let read = File::open(path).and_then(|file| {
            let facts = file.metadata()?;
            file.take(*LENGTHS.end() as u64 + 2)
                .read_to_string(&mut text)?;
            Ok(facts)
        });
        let facts = read.map_err(|error| failed("read", path, &error))?;
        let mode = facts.mode() & 0o777;
        // A secret of root that an orchestrator mounts may be for a group.
        let is_mounted = facts.uid() == 0 && mode & 0o037 == 0;
        if mode & 0o077 != 0 && !is_mounted {
            return Err(refuse(format!(
                "may be read by others (mode {mode:o}): make another one, chmod 600"
            )));
        }
        let token = text.trim_end_matches(['\r', '\n']);
        if !LENGTHS.contains(&token.len()) || !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(refuse(format!(
                "is not {} to {} letters, digits and signs on one line: take the file away, and the node makes one",
                LENGTHS.start(),
                LENGTHS.end()
            )));
        }
        Ok(Token(blake3(token.as_bytes())))
    }

    /// Whether this is it.
    pub(super) fn is(&self, shown: &[u8]) -> bool {
        // Hashes are of one length.
        blake3(shown).as_slice().ct_eq(self.0.as_slice()).into()
    }
}

/// Writes a new one, never over one that is there.
fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = random().and_then(|token| {
        file.write_all(token.as_bytes())?;
        file.sync_all()
    });
    if written.is_err() {
        // Half of one is none.
        let _ = std::fs::remove_file(path);
    }
    written
}

fn random() -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; RANDOM_BYTES]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|it| io::Error::other(it.to_string()))?;
    Ok(Zeroizing::new(const_hex::encode(*bytes) + "\n"))
}

fn failed(action: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {action} the token {}: {error}", path.display());
    Failure::new(Exit::Disk, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn text(path: &Path) -> String {
        let text = fs::read_to_string(path).expect("it is there");
        text.trim_end().to_owned()
    }

    #[test]
    fn is_made_once_for_its_owner_and_known_again() {
        let folder = tempfile::tempdir().expect("there is a disk");
        let path = folder.path().join("token");
        let token = Token::read_or_make(&path).expect("it can be made");
        let made = text(&path);
        assert_eq!(made.len(), 2 * RANDOM_BYTES);
        let mode = fs::metadata(&path).expect("it is there").mode() & 0o777;
        assert_eq!(mode, 0o600);
        let again = Token::read_or_make(&path).expect("it is there");
        assert_eq!(text(&path), made);
        for token in [token, again] {
            assert!(token.is(made.as_bytes()));
            assert!(!token.is(&made.as_bytes()[1..]));
            assert!(!token.is(b""));
        }
    }

    #[track_caller]
    fn check(content: &str, mode: u32, refused: Option<&str>) {
        let folder = tempfile::tempdir().expect("there is a disk");
        let path = folder.path().join("token");
        fs::write(&path, content).expect("there is room");
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(&path, permissions).expect("it is ours");
        let found = Token::read_or_make(&path).map_err(|it| it.message().to_owned());
        match (found, refused) {
            (Ok(token), None) => assert!(token.is(content.trim_end().as_bytes())),
            (Err(message), Some(says)) => assert!(message.contains(says), "{message}"),
            (found, _) => panic!("{content:?}: {:?}", found.map(|_| ())),
        }
    }

    #[test]
    fn one_that_others_may_read_or_guess_is_refused() {
        let good = "x".repeat(32);
        check(&good, 0o600, None);
        check(&format!("{good}\n"), 0o400, None);
        check(&"x".repeat(256), 0o600, None);
        check(&good, 0o644, Some("mode 644"));
        check(&"x".repeat(31), 0o600, Some("32 to 256"));
        check(&"x".repeat(257), 0o600, Some("32 to 256"));
        check(&format!("{good} {good}"), 0o600, Some("32 to 256"));
        check("", 0o600, Some("32 to 256"));
    }
}

//! What was typed before: a file of the user's alone.
//!
//! Passphrases and keys are in no command line. What may be in one, the phrase of a development chain or a
//! password in a node's address, is not kept: such a line can be called back until the next one, as one that
//! begins with a space.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use anyhow::Context;
use argosy_sdk::without_secret;
use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, ReedlineError,
    ReedlineErrorVariants, SearchQuery,
};

use crate::failure::Failure;

/// Lines that are kept.
const LINES_MAX: usize = 10_000;

/// Keeps all but secrets.
#[derive(Debug)]
pub(super) struct Careful(FileBackedHistory);

/// The history in the user's state directory; `None`: there is no such directory.
pub(super) fn open() -> Result<Option<Careful>, Failure> {
    match path(|name| std::env::var_os(name).map(PathBuf::from)) {
        Some(path) => Ok(Some(at(path)?)),
        None => Ok(None),
    }
}

/// As the XDG base directory specification has it.
fn path(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).filter(|it| it.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
    Some(base?.join("argosy").join("console-history"))
}

fn at(path: PathBuf) -> Result<Careful, Failure> {
    let failed = || format!("cannot keep the history in {}", path.display());
    make(&path).with_context(failed)?;
    let history = FileBackedHistory::with_file(LINES_MAX, path.clone());
    Ok(Careful(history.with_context(failed)?))
}

/// Whether a line says what nobody is to read later.
fn has_secret(line: &str) -> bool {
    let is_secret = |word: &str| word.contains("--mnemonic") || without_secret(word) != word;
    line.split_whitespace().any(is_secret)
}

impl History for Careful {
    fn save(&mut self, item: HistoryItem) -> reedline::Result<HistoryItem> {
        match has_secret(&item.command_line) {
            // What cannot be kept is treated like what is not to be.
            true => Err(ReedlineError(ReedlineErrorVariants::OtherHistoryError(
                "a line with a secret",
            ))),
            false => self.0.save(item),
        }
    }

    fn load(&self, id: HistoryItemId) -> reedline::Result<HistoryItem> {
        self.0.load(id)
    }

    fn count(&self, query: SearchQuery) -> reedline::Result<i64> {
        self.0.count(query)
    }

    fn search(&self, query: SearchQuery) -> reedline::Result<Vec<HistoryItem>> {
        self.0.search(query)
    }

    fn update(
        &mut self,
        id: HistoryItemId,
        updater: &dyn Fn(HistoryItem) -> HistoryItem,
    ) -> reedline::Result<()> {
        self.0.update(id, updater)
    }

    fn clear(&mut self) -> reedline::Result<()> {
        self.0.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> reedline::Result<()> {
        self.0.delete(id)
    }

    fn sync(&mut self) -> std::io::Result<()> {
        self.0.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.0.session()
    }
}

/// The file, if it is not there yet.
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lies_where_state_of_users_does() {
        let with = |state: Option<&str>, home: Option<&str>| {
            let of = |name: &str| match name {
                "XDG_STATE_HOME" => state.map(PathBuf::from),
                _ => home.map(PathBuf::from),
            };
            path(of).map(|it| it.display().to_string())
        };
        let found = with(Some("/state"), Some("/users/me")).unwrap();
        assert_eq!(found, "/state/argosy/console-history");
        let found = with(Some("relative"), Some("/users/me")).unwrap();
        assert_eq!(found, "/users/me/.local/state/argosy/console-history");
        assert_eq!(with(None, None), None);
    }

    #[test]
    fn secrets_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let mut history = at(path.clone()).unwrap();
        for (line, is_kept) in [
            ("account get alice", true),
            ("--rpc-url http://me:secret@node:1 account get alice", false),
            (
                "--rpc-url='http://me:secret@node:1' account get alice",
                false,
            ),
            ("dev --mnemonic 'secret secret'", false),
            ("--rpc-url http://node:1 account get alice@x", true),
        ] {
            let saved = history.save(HistoryItem::from_command_line(line));
            assert_eq!(saved.is_ok(), is_kept, "{line}");
        }
        history.sync().unwrap();
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(!kept.contains("secret"), "{kept}");
        assert_eq!(kept.lines().count(), 2, "{kept}");
    }

    #[test]
    #[cfg(unix)]
    fn it_is_the_users_own() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/history");
        at(path.clone()).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // A folder in its place is an error, not a loss.
        assert!(at(folder.path().to_path_buf()).is_err());
    }
}

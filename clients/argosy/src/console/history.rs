//! What was typed before: a file of the user's alone.
//!
//! Passphrases, phrases and keys are in no command line, and so are not here.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use anyhow::Context;
use reedline::FileBackedHistory;

use crate::failure::Failure;

/// Lines that are kept.
const LINES_MAX: usize = 10_000;

/// The history in the user's state directory; `None`: there is no such directory.
pub(super) fn open() -> Result<Option<FileBackedHistory>, Failure> {
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

fn at(path: PathBuf) -> Result<FileBackedHistory, Failure> {
    let failed = || format!("cannot keep the history in {}", path.display());
    make(&path).with_context(failed)?;
    let history = FileBackedHistory::with_file(LINES_MAX, path.clone());
    Ok(history.with_context(failed)?)
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

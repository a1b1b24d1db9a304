//! `quarantine` in the data directory: transactions during which this node failed.
//!
//! A panic while a transaction runs is a bug of the node. It stops, and after a restart leaves that
//! transaction out of its own blocks, or it would fail again and again. The file is text, so that an
//! operator can read it and let a transaction in again once the bug is mended.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use argosy_primitives::TxId;

use crate::failure::{Exit, Failure};

const FILE: &str = "quarantine";
const HEAD: &str = "\
# Transactions during which this node failed. It leaves them out of its blocks; other nodes may not.
# To let one in again, delete its line while the node is stopped.
";
/// More lines than this are a node that fails all the time, and not a list that anybody keeps.
const IDS_MAX: usize = 1_000;
const BYTES_MAX: u64 = 256 * 1024;

/// The transactions that the directory names.
pub(super) fn read(data_dir: &Path) -> Result<BTreeSet<TxId>, Failure> {
    let path = data_dir.join(FILE);
    let broken = |what: String| {
        let message = format!("{}: {what}; mend the line or delete it", path.display());
        Failure::new(Exit::Directory, message)
    };
    let text = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(broken(error.to_string())),
        Ok(it) if it.len() > BYTES_MAX => return Err(broken("the file is too large".into())),
        Ok(_) => fs::read_to_string(&path).map_err(|error| broken(error.to_string()))?,
    };
    let mut ids = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let word = line.split_whitespace().next().unwrap_or_default();
        if word.is_empty() || word.starts_with('#') {
            continue;
        }
        let id = word.parse::<TxId>();
        ids.insert(id.map_err(|_| broken(format!("line {} is no transaction id", index + 1)))?);
    }
    if ids.len() > IDS_MAX {
        return Err(broken(format!("more than {IDS_MAX} transactions")));
    }
    Ok(ids)
}

/// Adds a transaction, on disk when this returns.
pub(super) fn add(data_dir: &Path, id: &TxId) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(data_dir.join(FILE))?;
    if file.metadata()?.len() == 0 {
        file.write_all(HEAD.as_bytes())?;
    }
    writeln!(file, "{id}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_empty());
        let ids = [1, 2, 2].map(|it| TxId::from_bytes([it; 32]));
        for id in &ids {
            add(folder.path(), id).unwrap();
        }
        assert_eq!(read(folder.path()).unwrap(), BTreeSet::from(ids));
    }

    #[test]
    fn a_line_that_is_no_id_is_refused_by_number() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "# x\n\n0x12\n").unwrap();
        let failure = read(folder.path()).unwrap_err();
        assert!(
            failure.message().contains("line 3"),
            "{}",
            failure.message()
        );
    }
}

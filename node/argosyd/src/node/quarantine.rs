//! `quarantine` in the data directory: transactions during which this node failed.
//!
//! A panic while a transaction runs is a bug of the node. It stops, and after a restart leaves that
//! transaction out of its own blocks, or it would fail again and again. The file is text, so that an
//! operator can read it and let a transaction in again once the bug is mended.

use std::collections::BTreeSet;
use std::fs;
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

/// Adds a transaction, on disk when this returns. The file is replaced as a whole: what people wrote
/// stays, a line that was torn does not reach the new one, and the oldest goes when it is full.
pub(super) fn add(data_dir: &Path, id: &TxId) -> io::Result<()> {
    let (path, part) = (
        data_dir.join(FILE),
        data_dir.join(FILE).with_extension("part"),
    );
    let known = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
        Err(error) => return Err(error),
    };
    let mut lines: Vec<&str> = known.lines().collect();
    let is_id = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    while lines.iter().filter(|it| is_id(it)).count() >= IDS_MAX {
        let oldest = lines.iter().position(|it| is_id(it));
        lines.remove(oldest.unwrap_or_default());
    }
    let id = id.to_string();
    lines.push(&id);
    let mut file = fs::File::create(&part)?;
    file.write_all(lines.join("\n").as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&part, &path)?;
    fs::File::open(data_dir)?.sync_all()
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
    fn a_file_without_a_last_newline_takes_another_line() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (TxId::from_bytes([1; 32]), TxId::from_bytes([2; 32]));
        fs::write(folder.path().join(FILE), format!("# mine\n{first}")).unwrap();
        add(folder.path(), &second).unwrap();
        let ids = read(folder.path()).unwrap();
        assert_eq!(ids, BTreeSet::from([first, second]));
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(text.starts_with("# mine\n"));
    }

    #[test]
    fn a_full_file_loses_its_oldest() {
        let folder = tempfile::tempdir().unwrap();
        let id = |number: u64| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            TxId::from_bytes(bytes)
        };
        let many: Vec<_> = (0..IDS_MAX as u64).map(|it| id(it).to_string()).collect();
        fs::write(folder.path().join(FILE), many.join("\n")).unwrap();
        add(folder.path(), &id(IDS_MAX as u64)).unwrap();
        let ids = read(folder.path()).unwrap();
        assert_eq!(ids.len(), IDS_MAX);
        assert!(!ids.contains(&id(0)) && ids.contains(&id(IDS_MAX as u64)));
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

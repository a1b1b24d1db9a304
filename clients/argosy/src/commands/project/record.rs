//! The list of the files of an SDK's copy, which lies in the copy: which SDK it is, and whether somebody changed it.
//!
//! ```text
//! # The contract SDK of argosy 0.1.0; whoever edits these files makes an SDK of their own.
//! <SHA-256 in hex>  contracts/sdk/src/lib.rs        as sha256sum writes and checks it
//! ```
//!
//! Always: line ends do not count, since git may turn them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use argosy_vm_engine::sha256;

use super::sdk::{SOURCES, short_text};

/// What the list is called in the copy.
pub(super) const FILE: &str = "SHA256SUMS";
/// What changed in which version. It is no source: another one makes no other SDK.
pub(super) const CHANGES: &str = "CHANGELOG.md";
/// How the first line begins.
const HEAD: &str = "# The contract SDK of argosy ";
/// A list is shorter.
const LIST_BYTES_MAX: u64 = 1 << 20;
/// A file of the copy is shorter; a longer one is not ours.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Files in the folder of a copy that are looked at.
const FILES_MAX: usize = 10_000;
/// A version is shorter: it is told in a line.
const VERSION_BYTES_MAX: usize = 64;
/// Digits of the sources' hash that people are shown.
const DIGITS_SHOWN: usize = 12;

/// Which SDK a copy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The version of argosy that wrote it.
    pub(super) version: String,
    /// SHA-256 of each file in hex, by its path in the copy.
    files: BTreeMap<String, String>,
}

impl Record {
    /// The copy that is in this program.
    pub(super) fn ours() -> Record {
        let of_file = |(path, text): &(&str, &str)| ((*path).to_owned(), hash(text));
        Record {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            files: SOURCES.iter().map(of_file).collect(),
        }
    }

    /// That of a copy; none if it has no list, or one that cannot be read.
    pub(super) fn of_copy(folder: &Path) -> Option<Record> {
        Record::parse(&short_text(&folder.join(FILE), LIST_BYTES_MAX)?)
    }

    fn parse(text: &str) -> Option<Record> {
        let mut lines = text.lines();
        let rest = lines.next()?.strip_prefix(HEAD)?;
        let version = rest.split([';', ' ']).next()?;
        if version.len() > VERSION_BYTES_MAX {
            return None;
        }
        let version = version.to_owned();
        let files = lines.filter(|it| !it.trim().is_empty()).map(|line| {
            let (hash, path) = line.split_once("  ")?;
            let is_hash = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
            is_hash.then(|| (path.trim_end().to_owned(), hash.to_owned()))
        });
        let files = files.collect::<Option<_>>()?;
        Some(Record { version, files })
    }

    /// The list.
    pub(super) fn text(&self) -> String {
        let version = &self.version;
        let head =
            format!("{HEAD}{version}; whoever edits these files makes an SDK of their own.\n");
        let line = |(path, hash): (&String, &String)| format!("{hash}  {path}\n");
        head + &self.files.iter().map(line).collect::<String>()
    }

    /// Hash of all sources in hex, which tells one SDK from another of the same version.
    pub(super) fn sources(&self) -> String {
        let sources = self.files.iter().filter(|(path, _)| *path != CHANGES);
        let lines: String = sources
            .map(|(path, hash)| format!("{hash}  {path}\n"))
            .collect();
        hash(&lines)
    }

    /// For people: version, and the beginning of the hash of the sources.
    pub(super) fn label(&self) -> String {
        let sources = self.sources();
        let short = sources.get(..DIGITS_SHOWN).unwrap_or(&sources);
        format!("{} (sources {short})", self.version)
    }

    /// A line for each file of a copy that is not as it was written: changed (`~`), gone (`-`) or joined (`+`).
    ///
    /// # Errors
    ///
    /// If the folder cannot be read, or has far too many files.
    pub(super) fn edits(&self, folder: &Path) -> std::io::Result<Vec<String>> {
        let mut lines = Vec::new();
        let mut there = files_in(folder)?;
        there.remove(FILE);
        for (path, known) in &self.files {
            match there.remove(path) {
                None => lines.push(format!("- {path}")),
                Some(place) => {
                    let text = short_text(&place, FILE_BYTES_MAX);
                    if text.is_none_or(|it| hash(&it) != *known) {
                        lines.push(format!("~ {path}"));
                    }
                }
            }
        }
        lines.extend(there.keys().map(|it| format!("+ {it}")));
        Ok(lines)
    }

    /// How many files another SDK has more, has no more and has with other contents.
    pub(super) fn files_since(&self, before: &Record) -> [usize; 3] {
        let new = self.files.keys();
        let new = new.filter(|it| !before.files.contains_key(*it)).count();
        let gone = before.files.keys();
        let gone = gone.filter(|it| !self.files.contains_key(*it)).count();
        let is_other = |(path, hash): &(&String, &String)| {
            let was = before.files.get(*path);
            was.is_some_and(|it| it != *hash)
        };
        [new, gone, self.files.iter().filter(is_other).count()]
    }
}

/// SHA-256 of a text in hex, whatever its line ends.
fn hash(text: &str) -> String {
    match text.contains('\r') {
        true => const_hex::encode(sha256(text.replace("\r\n", "\n").as_bytes())),
        false => const_hex::encode(sha256(text.as_bytes())),
    }
}

/// All files below a folder, by their paths in it with `/` between the parts; links are not followed.
fn files_in(folder: &Path) -> std::io::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut open = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => open.push((format!("{path}/"), entry.path())),
                false => drop(files.insert(path, entry.path())),
            }
            if files.len() + open.len() > FILES_MAX {
                let message = format!("there are more than {FILES_MAX} files");
                return Err(std::io::Error::other(message));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::super::sdk::copy;
    use super::*;

    /// A copy as it is written.
    fn written() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in copy() {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text.as_bytes()).unwrap();
        }
        folder
    }

    #[test]
    fn a_copy_says_which_sdk_it_is() {
        let folder = written();
        let record = Record::of_copy(folder.path()).unwrap();
        assert_eq!(record, Record::ours());
        assert_eq!(record.edits(folder.path()).unwrap(), Vec::<String>::new());
        assert!(record.label().starts_with(env!("CARGO_PKG_VERSION")));
        // Also with the line ends of another system.
        for path in ["contracts/sdk/src/lib.rs", FILE] {
            let path = folder.path().join(path);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        }
        let record = Record::of_copy(folder.path()).unwrap();
        assert_eq!(record, Record::ours());
        assert!(record.edits(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn what_somebody_changed_is_seen() {
        let folder = written();
        let at = |path: &str| folder.path().join(path);
        let edited = "contracts/sdk/src/lib.rs";
        let text = std::fs::read_to_string(at(edited)).unwrap();
        std::fs::write(at(edited), format!("{text}// mine\n")).unwrap();
        std::fs::remove_file(at("LICENSE-MIT")).unwrap();
        std::fs::write(at("vm/note.txt"), "mine").unwrap();
        let edits = Record::ours().edits(folder.path()).unwrap();
        let expected = [
            "- LICENSE-MIT",
            "~ contracts/sdk/src/lib.rs",
            "+ vm/note.txt",
        ];
        assert_eq!(edits, expected);
    }

    #[test]
    fn the_same_sources_are_the_same_sdk() {
        let ours = Record::ours();
        let with = |path: &str| {
            let mut other = ours.clone();
            other.files.insert(path.to_owned(), "00".repeat(32));
            other
        };
        assert_eq!(with(CHANGES).sources(), ours.sources());
        let other = with("contracts/sdk/src/lib.rs");
        assert_ne!(other.sources(), ours.sources());
        assert_ne!(other.label(), ours.label());
        assert_eq!(ours.files_since(&other), [0, 0, 1]);
        assert_eq!(ours.files_since(&with("vm/gone.rs")), [0, 1, 0]);
        assert_eq!(with("vm/new.rs").files_since(&ours), [1, 0, 0]);
    }

    #[test]
    fn a_list_that_is_none_is_no_list() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(Record::of_copy(empty.path()), None);
        let long = "1".repeat(VERSION_BYTES_MAX + 1);
        for text in [
            "",
            "rubbish",
            &format!("{HEAD}1.0.0;\nabc  Cargo.toml\n"),
            &format!("{HEAD}{long};\n"),
        ] {
            assert_eq!(Record::parse(text), None, "{text}");
        }
        let record = Record::ours();
        assert_eq!(Record::parse(&record.text()), Some(record));
    }
}

//! What changed in a folder: names, sizes and times of its files.
//!
//! Times are looked at again and again rather than waited for: that works on every file system, shared folders
//! of virtual machines included, and a folder of sources is small.
//! Left out: `target`, hidden names, the modules that the build writes.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of sources has fewer files.
pub(super) const FILES_MAX: usize = 20_000;
const DEPTH_MAX: u32 = 32;

/// How the files of a folder are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    files: Vec<(PathBuf, u64, Option<SystemTime>)>,
}

impl Stamp {
    /// Whether there may be more files than are looked at.
    pub(super) fn is_cut(&self) -> bool {
        self.files.len() >= FILES_MAX
    }

    /// A file that is another one than `before`, or is only in one of both.
    pub(super) fn changed_since<'a>(&'a self, before: &'a Stamp) -> Option<&'a Path> {
        let only = |these: &'a Stamp, those: &Stamp| {
            let mut files = these.files.iter();
            files.find(|it| those.files.binary_search(it).is_err())
        };
        let found = only(self, before).or_else(|| only(before, self));
        found.map(|(path, _, _)| path.as_path())
    }
}

/// Looks at every file. What cannot be read is as if it were not there.
pub(super) fn stamp(folder: &Path, except: &[PathBuf]) -> Stamp {
    let mut files = Vec::new();
    collect(folder, except, DEPTH_MAX, &mut files);
    files.sort();
    Stamp { files }
}

fn collect(
    folder: &Path,
    except: &[PathBuf],
    depth: u32,
    files: &mut Vec<(PathBuf, u64, Option<SystemTime>)>,
) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        // Of a folder that is far too large no more is walked than is looked at.
        if files.len() >= FILES_MAX {
            return;
        }
        let (path, name) = (entry.path(), entry.file_name());
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        if is_hidden || name == "target" || except.contains(&path) {
            continue;
        }
        // Of a link the link: nobody is led out of the folder, or round in it.
        let Ok(facts) = entry.metadata() else {
            continue;
        };
        if facts.is_dir() {
            if let Some(depth) = depth.checked_sub(1) {
                collect(&path, except, depth, files);
            }
        } else {
            files.push((path, facts.len(), facts.modified().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_count_and_what_is_built_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let built = vec![write("out.wasm", "1")];
        write("src/lib.rs", "1");
        let look = || stamp(folder.path(), &built);
        let before = look();
        assert_eq!(before, look());
        for ignored in ["target/a", ".git/a", "out.wasm"] {
            write(ignored, "22");
            assert_eq!(before, look(), "{ignored}");
        }
        write("src/lib.rs", "22");
        let changed = look();
        assert_ne!(before, changed);
        let source = folder.path().join("src/lib.rs");
        assert_eq!(changed.changed_since(&before), Some(source.as_path()));
        assert_eq!(changed.changed_since(&changed), None);
        let more = write("src/more.rs", "");
        assert_ne!(changed, look());
        assert_eq!(look().changed_since(&changed), Some(more.as_path()));
        assert_eq!(changed.changed_since(&look()), Some(more.as_path()));
        std::fs::remove_file(more).unwrap();
        assert_eq!(changed, look());
    }

    #[test]
    fn a_folder_that_is_gone_is_empty() {
        let gone = stamp(Path::new("/nonexistent/folder"), &[]);
        assert_eq!(gone.files, []);
        assert!(!gone.is_cut());
    }
}

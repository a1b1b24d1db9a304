//! What was built: the modules, by the names of their files, and the codes that they were before.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use argosy_primitives::CodeHash;
use argosy_sdk::Module;

/// Where cargo puts modules.
const TARGET: &str = "target/wasm32-unknown-unknown/release";
/// A workspace has fewer contracts.
const MODULES_MAX: usize = 64;
/// So many builds back a contract is still known.
const CODES_MAX: usize = 1_000;

/// The modules of a folder.
#[derive(Debug)]
pub(super) struct Modules {
    folder: PathBuf,
    /// Named by the developer; none: those where cargo puts them.
    named: Vec<PathBuf>,
    size_max: u64,
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    path: PathBuf,
    newest: Module,
    /// The newest is the last.
    codes: VecDeque<CodeHash>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A module is there, or is another one.
    Built {
        /// Its file's name.
        name: String,
        /// What it is now.
        code: CodeHash,
        /// Its bytes.
        size: usize,
        /// Whether it was not known before.
        is_first: bool,
    },
    /// A file is no module, or cannot be read.
    Refused {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
}

impl Modules {
    /// The modules that are built in `folder`: those named, else all that cargo builds there.
    pub(super) fn new(folder: &Path, named: &[PathBuf], size_max: u64) -> Modules {
        Modules {
            folder: folder.to_owned(),
            named: named.iter().map(|it| folder.join(it)).collect(),
            size_max,
            known: BTreeMap::new(),
        }
    }

    /// The files that the build writes.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.named
    }

    /// Where a module is.
    pub(super) fn path_of(&self, name: &str) -> Option<&Path> {
        self.known.get(name).map(|it| it.path.as_path())
    }

    /// A module as it is now.
    pub(super) fn newest(&self, name: &str) -> Option<&Module> {
        self.known.get(name).map(|it| &it.newest)
    }

    /// The name of the module that has, or had, this code.
    pub(super) fn name_of(&self, code: &CodeHash) -> Option<&str> {
        let mut known = self.known.iter();
        let found = known.find(|(_, it)| it.codes.contains(code));
        found.map(|(name, _)| name.as_str())
    }

    /// Reads the files again; what is as it was is not told.
    pub(super) fn look(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        for path in self.files() {
            let name = self.name(&path);
            match self.read(&path) {
                Err(reason) => changes.push(Change::Refused { name, reason }),
                Ok(module) => changes.extend(self.take(name, path, module)),
            }
        }
        changes
    }

    fn take(&mut self, name: String, path: PathBuf, module: Module) -> Option<Change> {
        let change = Change::Built {
            name: name.clone(),
            code: module.code,
            size: module.wasm.len(),
            is_first: !self.known.contains_key(&name),
        };
        match self.known.get_mut(&name) {
            Some(known) if known.newest.code == module.code => return None,
            Some(known) => {
                known.codes.retain(|it| *it != module.code);
                known.codes.push_back(module.code);
                if known.codes.len() > CODES_MAX {
                    known.codes.pop_front();
                }
                known.newest = module;
            }
            None => {
                let known = Known {
                    path,
                    codes: VecDeque::from([module.code]),
                    newest: module,
                };
                self.known.insert(name, known);
            }
        }
        Some(change)
    }

    /// Of a file that the developer named the whole of what was said: two may end alike.
    fn name(&self, path: &Path) -> String {
        let short = match self.named.is_empty() {
            true => path.file_name().map(Path::new),
            false => path.strip_prefix(&self.folder).ok(),
        };
        short.unwrap_or(path).to_string_lossy().into_owned()
    }

    /// The folder of a package in a workspace has its modules in a folder above.
    fn files(&self) -> Vec<PathBuf> {
        if !self.named.is_empty() {
            let there = self.named.iter().filter(|it| it.exists());
            return there.cloned().collect();
        }
        let above = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let above = match above {
            Some(target) => Some(target.join("wasm32-unknown-unknown/release")),
            None => (self.folder.ancestors())
                .map(|it| it.join(TARGET))
                .find(|it| it.is_dir()),
        };
        let Some(Ok(entries)) = above.map(std::fs::read_dir) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|it| it.path());
        let mut modules: Vec<PathBuf> = paths
            .filter(|it| it.extension().is_some_and(|it| it == "wasm"))
            .collect();
        modules.sort();
        modules.truncate(MODULES_MAX);
        modules
    }

    fn read(&self, path: &Path) -> Result<Module, String> {
        let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
        if facts.len() > self.size_max {
            let (found, max) = (facts.len(), self.size_max);
            return Err(format!(
                "it has {found} bytes, the chain takes at most {max}"
            ));
        }
        let wasm = std::fs::read(path).map_err(|error| error.to_string())?;
        Module::parse(wasm).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module without anything but a byte to tell it by.
    fn wasm(byte: u8) -> Vec<u8> {
        [&b"\0asm\x01\0\0\0"[..], &[0, 3, 1, b'x', byte]].concat()
    }

    #[test]
    fn a_module_is_known_by_all_that_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join(TARGET);
        let package = folder.path().join("token");
        std::fs::create_dir_all(&target).unwrap();
        std::fs::create_dir_all(&package).unwrap();
        // As in a workspace: the package is watched, its module is above.
        let mut modules = Modules::new(&package, &[], 100);
        if std::env::var_os("CARGO_TARGET_DIR").is_some() {
            modules = Modules::new(&target, &[PathBuf::from("token.wasm")], 100);
        }
        assert_eq!(modules.look(), []);
        let file = target.join("token.wasm");
        let mut codes = Vec::new();
        for byte in [1, 2] {
            std::fs::write(&file, wasm(byte)).unwrap();
            let changes = modules.look();
            let [Change::Built { code, is_first, .. }] = &changes[..] else {
                panic!("{changes:?}")
            };
            assert_eq!(*is_first, byte == 1);
            codes.push(*code);
            assert_eq!(modules.look(), [], "told once");
        }
        for code in &codes {
            assert_eq!(modules.name_of(code), Some("token.wasm"));
        }
        assert_eq!(modules.newest("token.wasm").unwrap().code, codes[1]);
        // What is no module changes nothing.
        for (bytes, reason) in [(vec![1; 9], "no Wasm"), (vec![0; 101], "at most 100")] {
            std::fs::write(&file, bytes).unwrap();
            let changes = modules.look();
            let [Change::Refused { reason: found, .. }] = &changes[..] else {
                panic!("{changes:?}")
            };
            assert!(found.contains(reason), "{found}");
        }
        assert_eq!(modules.newest("token.wasm").unwrap().code, codes[1]);
    }

    #[test]
    fn modules_whose_files_have_one_name_are_two() {
        let folder = tempfile::tempdir().unwrap();
        let named = ["a/out.wasm", "b/out.wasm"].map(PathBuf::from);
        for (path, byte) in named.iter().zip(1..) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, wasm(byte)).unwrap();
        }
        let mut modules = Modules::new(folder.path(), &named, 100);
        let names: Vec<String> = (modules.look().into_iter())
            .map(|it| match it {
                Change::Built { name, .. } | Change::Refused { name, .. } => name,
            })
            .collect();
        assert_eq!(names, ["a/out.wasm", "b/out.wasm"]);
        assert_eq!(modules.look(), [], "neither is taken for the other");
    }
}

//! A built module: what the chain says of it, how large its parts are, what it asks for.

use std::path::{Path, PathBuf};

use argosy_primitives::CodeHash;
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Abi, Capabilities, Entry};
use argosy_vm_engine::{
    Engine, ModuleFacts, Refusal, function_around, function_at, function_names, imported_functions,
};

use super::cargo::Artifact;
use super::covered::demangled;
use super::lines::{Line, Lines};
use super::parts::{code_start, parts, without};
use crate::failure::Failure;

/// Imports that fail without a capability.
const GUARDED: [(&str, Capabilities); 4] = [
    ("transfer", Capabilities::TRANSFER),
    ("call", Capabilities::CALL),
    ("instantiate", Capabilities::INSTANTIATE),
    ("upgrade_self", Capabilities::UPGRADE),
];

/// What to do about an ABI that is none, or not that of its module.
const ABI_HINT: &str =
    "build it with the contract SDK of this version, and let nothing else write argosy.abi";

/// A module that the chain takes.
#[derive(Debug)]
pub(super) struct Module {
    /// The crate's name.
    pub(super) name: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Hash of the code.
    pub(super) code: CodeHash,
    /// All of it, in bytes.
    pub(super) size: usize,
    /// Its sections and their bytes, in their order.
    pub(super) sections: Vec<(String, usize)>,
    /// What the chain found.
    pub(super) facts: ModuleFacts,
    /// What it says of itself.
    pub(super) abi: Abi,
    /// What will not work, though the chain takes the module.
    pub(super) warnings: Vec<String>,
}

/// Why the chain does not take a module.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its words.
    pub(super) refusal: Refusal,
    /// The function that it is about, by number and, if the module tells names, by name.
    pub(super) function: Option<(u32, Option<String>)>,
    /// The line that it is about, if the module tells lines.
    pub(super) line: Option<Line>,
}

/// The rules that modules are checked by: those of the dev chain, which are the usual ones.
pub(super) struct Checker {
    engine: Engine,
}

impl Checker {
    /// With the rules of the dev chain.
    pub(super) fn new() -> Checker {
        let engine = Engine::new(&ChainSpec::dev());
        Checker { engine }
    }

    /// Whether the chain would take this code; where it would not.
    pub(super) fn facts(&self, code: &[u8]) -> Result<ModuleFacts, Box<Refused>> {
        let prepared = self
            .engine
            .measure(code)
            .and_then(|_| self.engine.accept(code));
        match prepared {
            Ok((_, prepared)) => Ok(prepared.facts),
            Err(refusal) => Err(Box::new(Refused {
                function: function_of(code, refusal.offset),
                refusal,
                line: None,
            })),
        }
    }

    /// Why the chain would not take a module that tells names and lines, were it without the lines, which may
    /// be larger than a module may be; with the line, if that is known. Files under `root` are the contract's.
    pub(super) fn located(&self, code: &[u8], root: &Path) -> Option<Box<Refused>> {
        let shipped = without(code, |it| it.is_debug());
        let mut refused = self.facts(&shipped).err()?;
        refused.line = line_of(code, &shipped, refused.refusal.offset, root);
        Some(refused)
    }
}

impl Module {
    /// A module whose facts are known, with what its ABI says.
    pub(super) fn new(
        artifact: &Artifact,
        code: &[u8],
        facts: ModuleFacts,
    ) -> Result<Module, Failure> {
        let (abi, mut warnings) = match &facts.abi {
            Some(section) => (Abi::parse(section).map_err(|error| bad_abi(artifact, &error))?, Vec::new()),
            None => (
                Abi::default(),
                vec!["it carries no ABI: tools can speak to it by bytes only; put #[contract] on its impl block".to_owned()],
            ),
        };
        check_entries(artifact, &abi, &facts.entries)?;
        warnings.extend(undeclared(code, facts.manifest.capabilities));
        Ok(Module {
            name: artifact.name.clone(),
            path: artifact.path.clone(),
            code: CodeHash::of(code),
            size: code.len(),
            sections: sections(code),
            facts,
            abi,
            warnings,
        })
    }
}

impl Module {
    /// What its ABI calls it; nothing without one.
    pub(super) fn contract(&self) -> &str {
        let item = self.abi.contract.as_ref();
        item.map_or("", |it| it.name.as_str())
    }
}

fn function_of(code: &[u8], offset: u64) -> Option<(u32, Option<String>)> {
    let index = function_at(code, offset)?;
    let names = function_names(code).unwrap_or_default();
    let name = names.get(index).map(|_| demangled(&names.label(index)));
    Some((index, name))
}

/// The line of a byte of `shipped`, which is `code` without lines. Where nothing stands that was built from a
/// line, such as the head of a function, the function's first.
fn line_of(code: &[u8], shipped: &[u8], offset: u64, root: &Path) -> Option<Line> {
    let lines = Lines::of(code, root)?;
    let start = |module: &[u8]| u64::try_from(code_start(module)?).ok();
    let (from, to) = (start(shipped)?, start(code)?);
    let moved = |offset: u64| offset.checked_sub(from)?.checked_add(to);
    let first = || {
        let (_, body) = function_around(shipped, offset)?;
        lines.first_in(moved(body.start)?..moved(body.end)?)
    };
    lines.at(moved(offset)?).or_else(first)
}

fn bad_abi(artifact: &Artifact, error: &argosy_vm_abi::AbiError) -> Failure {
    Failure::failed(format!(
        "the ABI of {} cannot be read: {error}",
        artifact.name
    ))
    .row("file", artifact.path.display())
    .hint(ABI_HINT)
}

/// Every method that the ABI names has an export through which the chain reaches it.
fn check_entries(artifact: &Artifact, abi: &Abi, entries: &[Entry]) -> Result<(), Failure> {
    for message in &abi.messages {
        let entry = message.kind.entry();
        if !entries.contains(&entry) {
            let (kind, name) = (entry.export_name(), &message.name);
            let text = format!(
                "the ABI of {} tells of {kind} {name}, but no `{kind}` is exported",
                artifact.name
            );
            return Err(Failure::failed(text)
                .row("file", artifact.path.display())
                .hint(ABI_HINT));
        }
    }
    Ok(())
}

/// What it imports and does not ask for: such calls end with `capability_missing`.
fn undeclared(code: &[u8], declared: Capabilities) -> Vec<String> {
    let imports = imported_functions(code).unwrap_or_default();
    let is_imported = |name: &str| {
        imports
            .iter()
            .any(|(module, it)| module == argosy_vm_abi::MODULE && it == name)
    };
    let missing = GUARDED
        .iter()
        .filter(|(name, needs)| is_imported(name) && !declared.contains(*needs));
    missing
        .map(|(name, needs)| {
            let word: Vec<&str> = needs.names().collect();
            let word = word.join(" ");
            format!("it imports {name} and does not declare it, so that the chain refuses it there: #[contract(uses({word}))]")
        })
        .collect()
}

/// Names and bytes of the sections; custom ones by their own names. The module is valid.
fn sections(code: &[u8]) -> Vec<(String, usize)> {
    let sizes = parts(code).into_iter();
    sizes
        .map(|it| (it.name.into_owned(), it.whole.len()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> (Artifact, Vec<u8>) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
        let path = PathBuf::from(folder).join(name).with_extension("wasm");
        let code = std::fs::read(&path).unwrap();
        let name = name.to_owned();
        (Artifact { name, path }, code)
    }

    #[test]
    fn a_sample_is_taken_and_told() {
        let (artifact, code) = sample("counter");
        let facts = Checker::new().facts(&code).unwrap();
        let module = Module::new(&artifact, &code, facts).unwrap();
        assert_eq!(module.code, CodeHash::of(&code));
        assert!(module.warnings.is_empty(), "{:?}", module.warnings);
        let bytes: usize = module.sections.iter().map(|(_, bytes)| bytes).sum();
        assert_eq!(bytes + 8, code.len(), "every byte is told");
        for name in ["code", "argosy.abi", "argosy.manifest"] {
            assert!(module.sections.iter().any(|(it, _)| it == name), "{name}");
        }
    }

    #[test]
    fn a_refusal_names_the_function() {
        // One function, exported as `call`, with an instruction that there is not.
        let code = [
            &b"\0asm\x01\0\0\0"[..],
            &[1, 4, 1, 0x60, 0, 0],                      // type: () -> ()
            &[3, 2, 1, 0],                               // one function
            &[7, 8, 1, 4, b'c', b'a', b'l', b'l', 0, 0], // exported as call
            &[10, 7, 1, 5, 0, 0xfc, 0x7f, 0x1a, 0x0b],   // no such instruction
        ]
        .concat();
        let refused = Checker::new().facts(&code).unwrap_err();
        let expected = Some((0, Some("call".to_owned())));
        assert_eq!(refused.function, expected, "{}", refused.refusal);
    }

    #[test]
    fn a_refusal_names_the_line_where_lines_are_told() {
        const FLOATS: &[u8] = include_bytes!("../../../tests/fixtures/floats/floats.wasm");
        let checker = Checker::new();
        let root = Path::new("/floats");
        let refused = checker.located(FLOATS, root).expect("floats are refused");
        assert_eq!(refused.refusal.code(), "feature", "{}", refused.refusal);
        let line = refused.line.as_ref().map(ToString::to_string);
        assert_eq!(line.as_deref(), Some("src/lib.rs:17"));
        let (_, name) = refused.function.expect("it is in a function");
        assert!(name.is_some_and(|it| it.contains("scaled")));
        // Without debug information there is the function and no line.
        let bare = without(FLOATS, |it| it.is_debug());
        let refused = checker.located(&bare, root).expect("floats are refused");
        assert!(refused.line.is_none() && refused.function.is_some());
        // What is taken is not refused.
        let (_, counter) = sample("counter");
        assert!(checker.located(&counter, root).is_none());
    }

    #[test]
    fn what_the_abi_says_must_be_there() {
        let (artifact, code) = sample("counter");
        let mut facts = Checker::new().facts(&code).unwrap();
        facts.entries.retain(|it| *it != Entry::Query);
        let lie = Module::new(&artifact, &code, facts.clone()).unwrap_err();
        assert!(lie.message().contains("no `query` is exported"), "{lie:?}");
        assert_eq!(lie.json()["error"]["hint"], ABI_HINT);
        facts.abi = Some(vec![1, 2, 3]);
        let broken = Module::new(&artifact, &code, facts.clone()).unwrap_err();
        assert!(broken.message().contains("cannot be read"), "{broken:?}");
        facts.abi = None;
        let silent = Module::new(&artifact, &code, facts).unwrap();
        assert!(silent.warnings[0].contains("no ABI"));
    }

    #[test]
    fn imports_without_a_capability_are_told() {
        let (_, code) = sample("probe");
        assert_eq!(undeclared(&code, Capabilities::ALL), Vec::<String>::new());
        let told = undeclared(&code, Capabilities::NONE);
        assert_eq!(told.len(), GUARDED.len(), "{told:?}");
        assert!(told.iter().any(|it| it.contains("uses(upgrade)")));
    }
}

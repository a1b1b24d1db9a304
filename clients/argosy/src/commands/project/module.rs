//! A built module: what the chain says of it, how large its parts are, what it asks for.

use std::path::PathBuf;

use argosy_primitives::CodeHash;
use argosy_spec::ChainSpec;
use argosy_vm_abi::{Abi, Capabilities, Entry};
use argosy_vm_engine::{
    Engine, ModuleFacts, Refusal, function_at, function_names, imported_functions,
};

use super::cargo::Artifact;
use crate::failure::Failure;

/// Imports that fail without a capability.
const GUARDED: [(&str, Capabilities); 4] = [
    ("transfer", Capabilities::TRANSFER),
    ("call", Capabilities::CALL),
    ("instantiate", Capabilities::INSTANTIATE),
    ("upgrade_self", Capabilities::UPGRADE),
];

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
            .and_then(|_| self.engine.prepare(code));
        match prepared {
            Ok((_, prepared)) => Ok(prepared.facts),
            Err(refusal) => Err(Box::new(Refused {
                function: function_of(code, refusal.offset),
                refusal,
            })),
        }
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

fn function_of(code: &[u8], offset: u64) -> Option<(u32, Option<String>)> {
    let index = function_at(code, offset)?;
    let names = function_names(code).unwrap_or_default();
    let name = names.get(index).map(|_| names.label(index));
    Some((index, name))
}

fn bad_abi(artifact: &Artifact, error: &argosy_vm_abi::AbiError) -> Failure {
    Failure::failed(format!(
        "the ABI of {} cannot be read: {error}",
        artifact.name
    ))
    .row("file", artifact.path.display())
    .hint("build it with the contract SDK of this version, and let nothing else write argosy.abi")
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
            return Err(Failure::failed(text).row("file", artifact.path.display()));
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
    const NAMES: [&str; 13] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
    ];
    let mut found = Vec::new();
    let mut rest = code.get(8..).unwrap_or_default();
    while let Some((&id, after)) = rest.split_first() {
        let Some((size, after)) = leb(after) else {
            break;
        };
        let Some((contents, after)) = after.split_at_checked(size) else {
            break;
        };
        let name = match (id, custom_name(contents)) {
            (0, Some(name)) => name,
            _ => NAMES.get(usize::from(id)).unwrap_or(&"unknown").to_string(),
        };
        found.push((name, rest.len() - after.len()));
        rest = after;
    }
    found
}

fn custom_name(contents: &[u8]) -> Option<String> {
    let (size, rest) = leb(contents)?;
    let name = rest.get(..size)?;
    Some(String::from_utf8_lossy(name).into_owned())
}

/// An unsigned LEB128 number of at most 32 bits.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let value = usize::try_from(value).ok()?;
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
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
    fn what_the_abi_says_must_be_there() {
        let (artifact, code) = sample("counter");
        let mut facts = Checker::new().facts(&code).unwrap();
        facts.entries.retain(|it| *it != Entry::Query);
        let lie = Module::new(&artifact, &code, facts.clone()).unwrap_err();
        assert!(lie.message().contains("no `query` is exported"), "{lie:?}");
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

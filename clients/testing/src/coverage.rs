//! Which functions of a module ran, over all tests of a process.
//!
//! Every transaction and every question of a world is executed once more by modules that tell where their
//! functions begin and return: the same instrumentation by which nodes profile. What is counted is therefore
//! what the chain runs; a function that the compiler put into its callers has no count of its own.
//!
//! Not here: lines (`argosy test --coverage` knows them from a debug build), the file (`report`).

use std::collections::BTreeMap;

use argosy_chain::{FunctionNames, Place, ProfileNode, function_names, functions_hash};
use argosy_primitives::CodeHash;
use argosy_vm_engine::{defined_functions, imported_functions};
use serde_json::{Value, json};

/// Modules that are told; further ones are left out.
const MODULES_MAX: usize = 256;

/// Modules and how often each of their functions ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage(BTreeMap<CodeHash, Module>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Module {
    /// What its contract is called.
    contract: String,
    /// By which a build with names is known as the same.
    functions_hash: String,
    /// Functions before the first that it defines.
    imported: u32,
    /// Functions that it defines.
    defined: u32,
    names: FunctionNames,
    /// By index, imports included.
    calls: BTreeMap<u32, u64>,
}

impl Coverage {
    /// A module is on the chain; what is none is left out.
    pub(crate) fn know(&mut self, contract: &str, wasm: &[u8]) {
        let code = CodeHash::of(wasm);
        if self.0.contains_key(&code) || self.0.len() >= MODULES_MAX {
            return;
        }
        if let Some(module) = Module::of(contract, wasm) {
            self.0.insert(code, module);
        }
    }

    /// What ran.
    pub(crate) fn add(&mut self, profile: &[ProfileNode]) {
        for node in profile {
            if let Place::Function { code, index } = node.place
                && let Some(module) = self.0.get_mut(&code)
            {
                module.count(index, node.calls);
            }
        }
    }

    /// What ran elsewhere, too.
    pub(crate) fn merge(&mut self, others: &Coverage) {
        for (code, other) in &others.0 {
            if !self.0.contains_key(code) && self.0.len() >= MODULES_MAX {
                continue;
            }
            match self.0.get_mut(code) {
                None => {
                    self.0.insert(*code, other.clone());
                }
                Some(module) => {
                    for (index, calls) in &other.calls {
                        module.count(*index, *calls);
                    }
                }
            }
        }
    }

    /// Whether there was no module.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the file has it; modules by their hash, functions in their order.
    pub(crate) fn document(&self) -> Value {
        let modules = self.0.iter().map(|(code, module)| {
            json!({
                "contract": module.contract,
                "code": code.to_string(),
                "functionsHash": module.functions_hash,
                "functions": module.functions(),
            })
        });
        json!({ "version": 1, "modules": modules.collect::<Vec<_>>() })
    }
}

impl Module {
    fn of(contract: &str, wasm: &[u8]) -> Option<Module> {
        Some(Module {
            contract: contract.to_owned(),
            functions_hash: const_hex::encode(functions_hash(wasm).ok()?),
            imported: u32::try_from(imported_functions(wasm).ok()?.len()).ok()?,
            defined: defined_functions(wasm).ok()?,
            names: function_names(wasm).ok()?,
            calls: BTreeMap::new(),
        })
    }

    fn count(&mut self, index: u32, calls: u64) {
        let count = self.calls.entry(index).or_default();
        *count = count.saturating_add(calls);
    }

    fn functions(&self) -> Vec<Value> {
        let end = self.imported.saturating_add(self.defined);
        let defined = self.imported..end;
        let function = |index: u32| {
            let calls = self.calls.get(&index).copied().unwrap_or(0);
            json!({ "index": index, "name": self.names.get(index), "calls": calls })
        };
        defined.map(function).collect()
    }
}

#[cfg(test)]
mod tests {
    use argosy_primitives::Address;

    use super::*;

    /// Two functions behind one import; the second is exported as `call`.
    const MODULE: &[u8] = &[
        0, b'a', b's', b'm', 1, 0, 0, 0, //
        1, 4, 1, 0x60, 0, 0, // type: () -> ()
        2, 7, 1, 1, b'a', 1, b'b', 0, 0, // import a.b
        3, 3, 2, 0, 0, // two functions
        7, 8, 1, 4, b'c', b'a', b'l', b'l', 0, 2, //
        10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b,
    ];

    fn ran(index: u32, calls: u64) -> ProfileNode {
        ProfileNode {
            parent: Some(0),
            place: Place::Function {
                code: CodeHash::of(MODULE),
                index,
            },
            gas: 1,
            calls,
        }
    }

    #[test]
    fn functions_are_told_with_how_often_they_ran() {
        let mut coverage = Coverage::default();
        coverage.know("coin", MODULE);
        coverage.add(&[ran(2, 3), ran(2, 1)]);
        let mut other = Coverage::default();
        other.know("coin", MODULE);
        other.add(&[ran(1, 5)]);
        coverage.merge(&other);
        let told = coverage.document();
        let module = &told["modules"][0];
        assert_eq!(
            (&module["contract"], &module["code"]),
            (&json!("coin"), &json!(CodeHash::of(MODULE).to_string()))
        );
        let expected = json!([
            { "index": 1, "name": null, "calls": 5 },
            { "index": 2, "name": "call", "calls": 4 },
        ]);
        assert_eq!(module["functions"], expected);
    }

    #[test]
    fn what_is_no_function_of_a_known_module_is_not_counted() {
        let mut coverage = Coverage::default();
        coverage.know("broken", b"no module");
        assert!(coverage.is_empty());
        coverage.know("coin", MODULE);
        let mut elsewhere = ran(1, 1);
        elsewhere.place = Place::Function {
            code: CodeHash::of(b"other"),
            index: 1,
        };
        let mut frame = ran(1, 1);
        frame.place = Place::Frame {
            contract: Address::from_bytes([1; 32]),
            code: Some(CodeHash::of(MODULE)),
            entry: argosy_chain::FrameEntry::Call,
        };
        let before = coverage.clone();
        coverage.add(&[elsewhere, frame]);
        assert_eq!(coverage, before);
    }
}

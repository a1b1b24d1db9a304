//! What the functions of a module are called, for people: by its name section, or else by its exports
//! and imports.
//!
//! Invariant: nothing here decides about a module; a name is cut to [`NAME_BYTES_MAX`] bytes, and only functions that
//! there are have one, the first [`FUNCTIONS_MAX`] of them.
//! Not here: names that a compiler mangled (whoever shows them unmangles).

use std::collections::BTreeMap;

use argosy_primitives::blake3;
use wasmparser::{
    Error, ExternalKind, FuncType, Imports, KnownCustom, Name, NameSectionReader, Parser, Payload,
    TypeRef, ValType,
};

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 256;

/// Functions that are looked at, far more than a chain takes: each may cost kilobytes.
const FUNCTIONS_MAX: u32 = 100_000;

/// Names of functions by their index in the module, imports included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionNames(BTreeMap<u32, String>);

/// Why the functions of a module cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// It is no module.
    #[error("this is no WebAssembly module: {0}")]
    NoModule(String),
    /// It has more functions than any module of a chain.
    #[error("this module has more than {FUNCTIONS_MAX} functions")]
    TooMany,
}

impl FunctionNames {
    /// What the function at an index is called, if it has a name.
    pub fn get(&self, function: u32) -> Option<&str> {
        self.0.get(&function).map(String::as_str)
    }

    /// What people call the function at an index: its name without the hash that Rust appends, or else
    /// its number.
    pub fn label(&self, function: u32) -> String {
        match self.get(function) {
            Some(name) => without_hash(name).to_owned(),
            None => format!("func[{function}]"),
        }
    }
}

impl From<Error> for NamesError {
    fn from(error: Error) -> NamesError {
        NamesError::NoModule(error.to_string())
    }
}

/// The names of a module's functions. A name section that cannot be read to its end gives those before.
pub fn function_names(code: &[u8]) -> Result<FunctionNames, NamesError> {
    let mut names = BTreeMap::new();
    let (mut imported, mut defined, mut exported) = (0_u32, 0_u32, Vec::new());
    for payload in Parser::new(0).parse_all(code) {
        match payload? {
            Payload::FunctionSection(section) => defined = section.count(),
            Payload::ImportSection(section) => {
                for group in section {
                    let Imports::Single(_, import) = group? else {
                        continue;
                    };
                    if matches!(import.ty, TypeRef::Func(_)) {
                        exported.push((imported, import.name));
                        imported = imported.saturating_add(1);
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        exported.push((export.index, export.name));
                    }
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    let _cut_off = named(section, &mut names);
                }
            }
            _ => {}
        }
    }
    for (index, name) in exported.into_iter().filter(|(it, _)| *it < FUNCTIONS_MAX) {
        names.entry(index).or_insert_with(|| cut(name));
    }
    // Whoever keeps names of many modules keeps none of a million that nobody has.
    let _beyond = names.split_off(&imported.saturating_add(defined));
    Ok(FunctionNames(names))
}

fn named(section: NameSectionReader<'_>, names: &mut BTreeMap<u32, String>) -> Result<(), Error> {
    for name in section {
        if let Name::Function(functions) = name? {
            for function in functions {
                let function = function?;
                if function.index < FUNCTIONS_MAX {
                    names.insert(function.index, cut(function.name));
                }
            }
        }
    }
    Ok(())
}

/// `token::transfer::h0123456789abcdef` without its end.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|it| it.is_ascii_hexdigit()) => {
            name
        }
        _ => name,
    }
}

fn cut(name: &str) -> String {
    name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned()
}

/// Hash over the functions of a module, in their order: what they import, their types, their bodies. Two
/// modules with the same one differ in other sections at most, so that the names of one are those of the
/// other.
pub fn functions_hash(code: &[u8]) -> Result<[u8; 32], NamesError> {
    let functions = Functions::read(code)?;
    let mut bytes = Vec::new();
    length(&mut bytes, functions.imported.len());
    for (module, name, ty) in functions.imported {
        text(&mut bytes, module.as_bytes());
        text(&mut bytes, name.as_bytes());
        signature(&mut bytes, ty.as_ref());
    }
    length(&mut bytes, functions.defined.len());
    for (ty, body) in functions.defined {
        signature(&mut bytes, ty.as_ref());
        text(&mut bytes, body);
    }
    Ok(blake3(&bytes))
}

fn length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend((length as u64).to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &[u8]) {
    length(bytes, text.len());
    bytes.extend(text);
}

fn signature(bytes: &mut Vec<u8>, ty: Option<&FuncType>) {
    let types = [FuncType::params, FuncType::results].map(|of| ty.map_or(&[][..], of));
    for types in types {
        let types: Vec<u8> = types.iter().map(type_byte).collect();
        text(bytes, &types);
    }
}

/// As in the binary format.
fn type_byte(ty: &ValType) -> u8 {
    match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(_) => 0x70,
    }
}

/// The functions of a module.
#[derive(Default)]
struct Functions<'a> {
    /// Module, name and type of those that are imported.
    imported: Vec<(&'a str, &'a str, Option<FuncType>)>,
    /// Type and body of the others.
    defined: Vec<(Option<FuncType>, &'a [u8])>,
}

impl<'a> Functions<'a> {
    fn read(code: &'a [u8]) -> Result<Functions<'a>, NamesError> {
        let mut functions = Functions::default();
        let (mut types, mut declared) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(code) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        types.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for group in section {
                        let Imports::Single(_, import) = group? else {
                            continue;
                        };
                        if let TypeRef::Func(ty) = import.ty {
                            let ty = types.get(ty as usize).cloned();
                            bounded(functions.imported.len() + 1)?;
                            functions.imported.push((import.module, import.name, ty));
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    bounded(section.count() as usize)?;
                    for ty in section {
                        declared.push(types.get(ty? as usize).cloned());
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    bounded(functions.defined.len() + 1)?;
                    let ty = declared.get(functions.defined.len()).cloned().flatten();
                    functions.defined.push((ty, body.as_bytes()));
                }
                _ => {}
            }
        }
        Ok(functions)
    }
}

fn bounded(functions: usize) -> Result<(), NamesError> {
    match functions <= FUNCTIONS_MAX as usize {
        true => Ok(()),
        false => Err(NamesError::TooMany),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: &str = r#"(module
        (import "argosy" "input_len" (func $length (result i32)))
        (func $inner (result i32) (i32.const 7))
        (func $outer (export "call") (drop (call $inner)))
        (func (export "query"))
        (func))"#;

    fn wasm(text: &str) -> Vec<u8> {
        wat::parse_str(text).expect("it is a module")
    }

    fn all(code: &[u8]) -> Vec<Option<String>> {
        let names = function_names(code).expect("it is a module");
        let name = |index| names.get(index).map(str::to_owned);
        (0..6).map(name).collect()
    }

    #[test]
    fn names_come_from_the_section_and_else_from_exports_and_imports() {
        let named = ["length", "inner", "outer", "query"].map(|it| Some(it.to_owned()));
        let found = all(&wasm(NAMED));
        assert_eq!(found[..4], named);
        let bare = [Some("input_len"), None, Some("call"), Some("query"), None];
        let found = all(&wasm(
            &NAMED
                .replace(" $inner", " ")
                .replace("(call )", "(call 1)")
                .replace(" $outer", "")
                .replace(" $length", ""),
        ));
        assert_eq!(found[..5], bare.map(|it| it.map(str::to_owned)));
        assert!(matches!(
            function_names(b"no module"),
            Err(NamesError::NoModule(_))
        ));
    }

    #[test]
    fn labels_are_for_people() {
        let named = |index, name: &str| (index, name.to_owned());
        let names = FunctionNames(BTreeMap::from([
            named(1, "token::transfer::h0123456789abcdef"),
            named(2, "token::have::hello"),
            named(3, "plain"),
        ]));
        let labels = [0, 1, 2, 3].map(|it| names.label(it));
        let expected = ["func[0]", "token::transfer", "token::have::hello", "plain"];
        assert_eq!(labels, expected);
    }

    #[test]
    fn functions_that_there_are_not_have_no_names() {
        // Function names: 0 is "a", 1 is "b", and 9 is "c". The section stands in front, where tools may put it.
        let names = b"\0\x11\x04name\x01\x0a\x03\0\x01a\x01\x01b\x09\x01c";
        let functions = b"\x01\x04\x01\x60\0\0\x03\x03\x02\0\0\x0a\x07\x02\x02\0\x0b\x02\0\x0b";
        let code = [b"\0asm\x01\0\0\0", &names[..], functions].concat();
        let found = function_names(&code).expect("it is a module");
        let expected = [(0, "a"), (1, "b")].map(|(index, name)| (index, name.to_owned()));
        assert_eq!(found, FunctionNames(BTreeMap::from(expected)));
    }

    #[test]
    fn a_module_of_a_million_functions_is_not_looked_at() {
        let low = |number: usize| u8::try_from(number & 0x7f).expect("seven bits fit");
        let number = |it: usize| [0x80 | low(it), 0x80 | low(it >> 7), low(it >> 14)];
        // One type, and a section of functions of it, without bodies.
        let of = |functions: usize| {
            let types = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03";
            let indices = vec![0_u8; functions];
            [
                &types[..],
                &number(functions + 3),
                &number(functions),
                &indices,
            ]
            .concat()
        };
        // Not for their number, whatever else is wrong with them.
        let many = functions_hash(&of(100_000));
        assert_ne!(many, Err(NamesError::TooMany));
        let more = functions_hash(&of(100_001));
        assert_eq!(more, Err(NamesError::TooMany));
    }

    #[test]
    fn long_names_are_cut() {
        let name = "é".repeat(NAME_BYTES_MAX);
        let found = all(&wasm(&format!("(module (func (export {name:?})))")));
        assert_eq!(found[0].as_ref().map(String::len), Some(NAME_BYTES_MAX));
    }

    #[test]
    fn a_twin_has_the_same_functions_in_the_same_order() {
        let hash = |text: &str| functions_hash(&wasm(text)).expect("it is a module");
        let (code, twin) = (NAMED, NAMED.replace("$inner", "$another_name"));
        assert_ne!(wasm(code), wasm(&twin));
        assert_eq!(hash(code), hash(&twin));
        for (from, to) in [
            ("const 7", "const 8"),
            ("input_len", "result_len"),
            (r#"(export "query"))"#, r#"(export "query") (param i32))"#),
            ("(func))", ")"),
        ] {
            assert_ne!(hash(code), hash(&NAMED.replace(from, to)), "{to}");
        }
        assert!(functions_hash(b"no module").is_err());
    }
}

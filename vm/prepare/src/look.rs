//! What tools ask of a module beside its names: whose byte that is, what it imports.
//!
//! Invariant: nothing here decides about a module; time is linear in its size.

use std::ops::Range;

use wasmparser::{Imports, Parser, Payload, TypeRef};

use crate::NamesError;

/// The index of the function, imports included, whose body holds a byte of the module. `None`: no body
/// does, or what stands before it cannot be read.
pub fn function_at(code: &[u8], offset: u64) -> Option<u32> {
    function_around(code, offset).map(|(index, _)| index)
}

/// As [`function_at`], with the bytes of the module that are the function's body.
pub fn function_around(code: &[u8], offset: u64) -> Option<(u32, Range<u64>)> {
    let mut index = u32::try_from(imported_functions(code).ok()?.len()).ok()?;
    for payload in Parser::new(0).parse_all(code) {
        if let Payload::CodeSectionEntry(body) = payload.ok()? {
            let body = body.range();
            let body = body.start as u64..body.end as u64;
            if body.contains(&offset) {
                return Some((index, body));
            }
            index = index.checked_add(1)?;
        }
    }
    None
}

/// Where the bodies of the functions that a module defines lie in it, in their order.
pub fn function_bodies(code: &[u8]) -> Result<Vec<Range<u64>>, NamesError> {
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(code) {
        if let Payload::CodeSectionEntry(body) = payload? {
            let body = body.range();
            bodies.push(body.start as u64..body.end as u64);
        }
    }
    Ok(bodies)
}

/// Module and name of every function that a module imports, in their order.
pub fn imported_functions(code: &[u8]) -> Result<Vec<(String, String)>, NamesError> {
    let mut imported = Vec::new();
    for payload in Parser::new(0).parse_all(code) {
        match payload? {
            Payload::ImportSection(section) => {
                for group in section {
                    let Imports::Single(_, import) = group? else {
                        continue;
                    };
                    if matches!(import.ty, TypeRef::Func(_)) {
                        imported.push((import.module.to_owned(), import.name.to_owned()));
                    }
                }
            }
            // Imports stand before everything that has code.
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(imported)
}

/// How many functions a module defines, imports not counted; what it declares before their bodies.
pub fn defined_functions(code: &[u8]) -> Result<u32, NamesError> {
    for payload in Parser::new(0).parse_all(code) {
        if let Payload::FunctionSection(section) = payload? {
            return Ok(section.count());
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wasm(text: &str) -> Vec<u8> {
        wat::parse_str(text).expect("it is a module")
    }

    #[test]
    fn a_byte_belongs_to_the_function_around_it() {
        let code = wasm(
            r#"(module
            (import "argosy" "input_len" (func (result i32)))
            (func (drop (i64.const 0x1111111111)))
            (func (drop (i64.const 0x2222222222))))"#,
        );
        let place = |constant: i64| {
            let bytes = leb(constant);
            let found = code.windows(bytes.len()).position(|it| it == bytes);
            found.expect("the constant is there") as u64
        };
        assert_eq!(function_at(&code, place(0x11_1111_1111)), Some(1));
        assert_eq!(function_at(&code, place(0x22_2222_2222)), Some(2));
        let (first, body) = function_around(&code, place(0x11_1111_1111)).expect("it is there");
        // Between two bodies stands the length of the second.
        assert_eq!((first, function_at(&code, body.end)), (1, None));
        let bodies = function_bodies(&code).expect("it is a module");
        assert_eq!((bodies.len(), &bodies[0]), (2, &body));
        assert_eq!(function_at(&code, body.start), Some(1));
        assert_eq!(function_at(&code, 0), None);
        assert_eq!(function_at(&code, code.len() as u64), None);
        assert_eq!(function_at(b"no module", 3), None);
    }

    /// Signed LEB128 of a number that is not negative.
    fn leb(mut number: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = (number & 0x7f) as u8;
            number >>= 7;
            if number == 0 && low & 0x40 == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    }

    #[test]
    fn imports_are_told_in_their_order() {
        let code = wasm(
            r#"(module
            (import "argosy" "transfer" (func (param i32 i32) (result i32)))
            (import "env" "memory" (memory 1))
            (import "argosy" "call" (func)))"#,
        );
        let named = |module: &str, name: &str| (module.to_owned(), name.to_owned());
        let expected = vec![named("argosy", "transfer"), named("argosy", "call")];
        assert_eq!(imported_functions(&code), Ok(expected));
        assert_eq!(defined_functions(&code), Ok(0));
        assert_eq!(defined_functions(&wasm("(module (func) (func))")), Ok(2));
        assert!(defined_functions(b"no module").is_err());
        assert!(imported_functions(b"no module").is_err());
    }
}

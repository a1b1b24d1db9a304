//! What a Wasm file says about itself: its ABI and its code hash, read without the chain.
//!
//! ```text
//! "\0asm" 1 0 0 0 ‖ section ‖ section ‖ …
//! section        = id u8 ‖ size LEB128 ‖ content          id 0 = custom
//! custom content = name length LEB128 ‖ name ‖ bytes
//! ```
//!
//! Not here: whether the chain accepts the module (`vm/prepare`); deploying tells.

use argosy_primitives::{AbiHash, CodeHash};
use argosy_vm_abi::{ABI_SECTION, ABI_SECTION_BYTES_MAX, Abi, AbiError};

const HEAD: &[u8; 8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;

/// A contract's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// Its name on chain.
    pub code: CodeHash,
    /// Its ABI; none if it carries none.
    pub abi: Option<Abi>,
    /// Hash of its ABI sections, as a transaction may commit to it.
    pub abi_hash: Option<AbiHash>,
}

/// Why a file is no contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModuleError {
    /// It is something else.
    #[error("this is no Wasm module: it does not begin with \\0asm and version 1")]
    NotWasm,
    /// It ends in the middle of a section, or a length is no number.
    #[error("the Wasm module is damaged at byte {offset}")]
    Damaged {
        /// Where.
        offset: usize,
    },
    /// Its ABI sections cannot be read.
    #[error("the module's ABI cannot be read: {0}")]
    Abi(#[from] AbiError),
    /// There is no ABI to build arguments by.
    #[error("the module carries no ABI; build it with the contract SDK, or pass bytes")]
    NoAbi,
}

impl Module {
    /// Looks at a module.
    pub fn parse(wasm: Vec<u8>) -> Result<Module, ModuleError> {
        let section = abi_section(&wasm)?;
        let abi = section.as_deref().map(Abi::parse).transpose()?;
        Ok(Module {
            code: CodeHash::of(&wasm),
            abi_hash: section.as_deref().map(AbiHash::of),
            abi,
            wasm,
        })
    }

    /// The ABI, or the error that there is none.
    pub fn abi(&self) -> Result<&Abi, ModuleError> {
        self.abi.as_ref().ok_or(ModuleError::NoAbi)
    }
}

/// The module's ABI sections end to end, as the chain hashes them.
fn abi_section(wasm: &[u8]) -> Result<Option<Vec<u8>>, ModuleError> {
    let mut rest = wasm.strip_prefix(HEAD).ok_or(ModuleError::NotWasm)?;
    let mut found: Option<Vec<u8>> = None;
    while !rest.is_empty() {
        let damaged = ModuleError::Damaged {
            offset: wasm.len() - rest.len(),
        };
        let (id, content, after) = split_section(rest).ok_or(damaged.clone())?;
        rest = after;
        if id != CUSTOM {
            continue;
        }
        let (name, bytes) = split_name(content).ok_or(damaged)?;
        if name != ABI_SECTION.as_bytes() {
            continue;
        }
        let abi = found.get_or_insert_default();
        abi.extend_from_slice(bytes);
        if abi.len() > ABI_SECTION_BYTES_MAX {
            return Err(AbiError::TooLong { found: abi.len() }.into());
        }
    }
    Ok(found)
}

/// Id, content and what follows.
fn split_section(rest: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (id, rest) = rest.split_first()?;
    let (size, rest) = split_leb128(rest)?;
    let (content, after) = rest.split_at_checked(size)?;
    Some((*id, content, after))
}

/// Name and bytes of a custom section.
fn split_name(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = split_leb128(content)?;
    rest.split_at_checked(length)
}

/// An unsigned 32-bit number of at most five bytes.
fn split_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let number = u32::try_from(number).ok()?;
            return Some((usize::try_from(number).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_vm_abi::AbiItem;
    use argosy_vm_abi::schema::ContractItem;

    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        let size = u8::try_from(content.len()).unwrap();
        assert!(size < 0x80);
        [&[id, size], content].concat()
    }

    fn custom(name: &str, bytes: &[u8]) -> Vec<u8> {
        let length = u8::try_from(name.len()).unwrap();
        section(CUSTOM, &[&[length], name.as_bytes(), bytes].concat())
    }

    fn frame() -> Vec<u8> {
        AbiItem::Contract(ContractItem {
            name: "token".into(),
            version: "1.0.0".into(),
            docs: String::new(),
        })
        .to_frame()
    }

    #[test]
    fn finds_the_abi_among_other_sections() {
        let frame = frame();
        let (head, tail) = frame.split_at(5);
        let parts = [
            HEAD.to_vec(),
            custom("name", b"xyz"),
            custom(ABI_SECTION, head),
            section(1, &[0]),
            custom(ABI_SECTION, tail),
        ];
        let wasm = parts.concat();
        let module = Module::parse(wasm.clone()).unwrap();
        assert_eq!(
            module.abi().unwrap().contract.as_ref().unwrap().name,
            "token"
        );
        assert_eq!(module.abi_hash, Some(AbiHash::of(&frame)));
        assert_eq!(module.code, CodeHash::of(&wasm));
    }

    #[test]
    fn a_module_may_have_no_abi() {
        let module = Module::parse(HEAD.to_vec()).unwrap();
        assert_eq!(module.abi(), Err(ModuleError::NoAbi));
        assert_eq!(module.abi_hash, None);
    }

    #[test]
    fn says_where_a_module_is_damaged() {
        assert_eq!(
            Module::parse(b"#!/bin/sh".to_vec()),
            Err(ModuleError::NotWasm)
        );
        for tail in [
            &[0][..],
            &[1, 5, 0],
            &[0, 1, 9],
            &[1, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            let wasm = [&HEAD[..], tail].concat();
            assert_eq!(
                Module::parse(wasm),
                Err(ModuleError::Damaged { offset: 8 }),
                "{tail:?}"
            );
        }
        let wasm = [&HEAD[..], &custom(ABI_SECTION, &[1, 0])].concat();
        assert!(matches!(Module::parse(wasm), Err(ModuleError::Abi(_))));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(tail: Vec<u8>) {
            let _ = Module::parse([&HEAD[..], &tail].concat());
        }
    }
}

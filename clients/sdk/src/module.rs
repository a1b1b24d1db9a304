//! What a Wasm file says about itself: its ABI and its code hash, read without the chain.
//!
//! Not here: whether the chain accepts the module (`vm/prepare`); deploying tells.

use argosy_primitives::{AbiHash, CodeHash};
use argosy_vm_abi::{ABI_SECTION, Abi, AbiError, custom_sections};

/// How every Wasm module begins: its magic word and version 1.
const HEAD: &[u8; 8] = b"\0asm\x01\0\0\0";

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
        if !wasm.starts_with(HEAD) {
            return Err(ModuleError::NotWasm);
        }
        let section = custom_sections(&wasm, ABI_SECTION);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn module(abi: &[u8]) -> Vec<u8> {
        let name = ABI_SECTION.as_bytes();
        let size = u8::try_from(1 + name.len() + abi.len()).unwrap();
        let length = u8::try_from(name.len()).unwrap();
        [&HEAD[..], &[0, size, length], name, abi].concat()
    }

    #[test]
    fn a_module_has_a_name_and_perhaps_an_abi() {
        let wasm = module(b"");
        let parsed = Module::parse(wasm.clone()).unwrap();
        assert_eq!(parsed.code, CodeHash::of(&wasm));
        assert_eq!(parsed.abi_hash, Some(AbiHash::of(b"")));
        assert_eq!(parsed.abi(), Ok(&Abi::default()));
        let bare = Module::parse(HEAD.to_vec()).unwrap();
        assert_eq!(bare.abi(), Err(ModuleError::NoAbi));
        assert_eq!(bare.abi_hash, None);
    }

    #[test]
    fn says_what_is_no_contract() {
        for other in [&b""[..], b"#!/bin/sh", b"\0asm\x0d\0\x01\0"] {
            assert_eq!(Module::parse(other.to_vec()), Err(ModuleError::NotWasm));
        }
        let broken = Module::parse(module(&[1]));
        assert!(matches!(broken, Err(ModuleError::Abi(_))), "{broken:?}");
    }
}

//! What a Wasm file says about itself: its ABI and its code hash, read without the chain.
//!
//! Not here: whether the chain accepts the module (`vm/prepare`); deploying tells.

use argosy_primitives::{AbiHash, CodeHash};
use argosy_vm_abi::{ABI_SECTION, Abi, AbiError, custom_sections, has_export};

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
    #[error(
        "the module's ABI cannot be read: {0}; build it with the contract SDK of this version, and let nothing else write argosy.abi"
    )]
    Abi(#[from] AbiError),
    /// Its ABI tells of a method that nobody can call.
    #[error(
        "the module's ABI tells of {entry} {method}, but it exports no `{entry}`: build it with the contract SDK, and keep the exports when it is stripped"
    )]
    Absent {
        /// The entry that is not there.
        entry: &'static str,
        /// A method that it would serve.
        method: String,
    },
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
        if let Some(abi) = &abi {
            check_exports(&wasm, abi)?;
        }
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

/// Every method has an export through which the chain reaches it.
fn check_exports(wasm: &[u8], abi: &Abi) -> Result<(), ModuleError> {
    let absent = abi
        .messages
        .iter()
        .find(|it| !has_export(wasm, it.kind.entry().export_name()));
    match absent {
        None => Ok(()),
        Some(message) => Err(ModuleError::Absent {
            entry: message.kind.entry().export_name(),
            method: message.name.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use argosy_vm_abi::AbiItem;
    use argosy_vm_abi::schema::{MessageItem, MessageKind};

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
        let told = broken.unwrap_err().to_string();
        assert!(
            told.contains("frame at byte 0") && told.contains("contract SDK"),
            "{told}"
        );
    }

    #[test]
    fn says_what_an_abi_has_made_up() {
        let item = AbiItem::Message(MessageItem {
            kind: MessageKind::Query,
            name: "get".to_owned(),
            selector: [1; 4],
            args: Vec::new(),
            returns: "()".to_owned(),
            error: None,
            payable: false,
            docs: String::new(),
        });
        let liar = module(&item.to_frame());
        let absent = ModuleError::Absent {
            entry: "query",
            method: "get".to_owned(),
        };
        assert_eq!(Module::parse(liar.clone()), Err(absent));
        // One export, `query`.
        let exports = [7, 9, 1, 5, b'q', b'u', b'e', b'r', b'y', 0, 0];
        assert!(Module::parse([&liar[..], &exports].concat()).is_ok());
    }
}

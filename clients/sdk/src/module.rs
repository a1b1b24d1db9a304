//! What a Wasm file says about itself: its ABI and its code hash, read without the chain.
//!
//! Not here: whether the chain accepts the module (`vm/prepare`); deploying tells.

use argosy_primitives::{AbiHash, AbiKind, CodeHash};
use argosy_rpc_api::LimitsView;
use argosy_vm_abi::{ABI_SECTION, Abi, AbiError, custom_sections, has_export, has_export_prefix};

/// How every Wasm module begins: its magic word and version 1.
const HEAD: &[u8; 8] = b"\0asm\x01\0\0\0";
/// What contracts of Cosmos chains export: the version of their interface.
const COSMWASM_PREFIXES: [&str; 2] = ["interface_version_", "cosmwasm_vm_version_"];

/// A contract's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// Its name on chain.
    pub code: CodeHash,
    /// Which host interface it speaks, as far as its exports tell; the chain judges.
    pub host: AbiKind,
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
    /// Larger than the chain takes contracts of this kind.
    #[error(
        "the module has {bytes} bytes, this chain takes {host} contracts of at most {bytes_max}"
    )]
    TooLarge {
        /// Which kind it is.
        host: AbiKind,
        /// How large it is.
        bytes: usize,
        /// The chain's limit.
        bytes_max: u32,
    },
    /// The chain runs no contracts of this kind.
    #[error("this is a {host} contract, and this chain runs none of them")]
    Unserved {
        /// Which kind it is.
        host: AbiKind,
    },
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
            host: host_of(&wasm),
            abi_hash: section.as_deref().map(AbiHash::of),
            abi,
            wasm,
        })
    }

    /// The ABI, or the error that there is none.
    pub fn abi(&self) -> Result<&Abi, ModuleError> {
        self.abi.as_ref().ok_or(ModuleError::NoAbi)
    }

    /// Refuses a module that is larger than the chain takes those of its kind.
    pub fn check_size(&self, limits: &LimitsView) -> Result<(), ModuleError> {
        let (host, bytes) = (self.host, self.wasm.len());
        let limits = limits.of_abi(host).ok_or(ModuleError::Unserved { host })?;
        let bytes_max = limits.code_bytes_max;
        match bytes <= bytes_max as usize {
            true => Ok(()),
            false => Err(ModuleError::TooLarge {
                host,
                bytes,
                bytes_max,
            }),
        }
    }
}

fn host_of(wasm: &[u8]) -> AbiKind {
    let is_cosmwasm = COSMWASM_PREFIXES
        .iter()
        .any(|it| has_export_prefix(wasm, it));
    match is_cosmwasm {
        true => AbiKind::CosmWasm,
        false => AbiKind::Native,
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

    /// A module that exports the version of its interface, and as many bytes more.
    fn cosmwasm(more: usize) -> Module {
        let exports = b"\x01\x13interface_version_8\x00\x00";
        let size = u8::try_from(exports.len()).unwrap();
        let wasm = [&HEAD[..], &[7, size], exports, &vec![0; more]].concat();
        Module::parse(wasm).unwrap()
    }

    #[test]
    fn each_kind_has_its_own_limit() {
        let spec = argosy_spec::ChainSpec::dev();
        let at = argosy_rpc_api::At::new(0, argosy_primitives::BlockHash::from_bytes([0; 32]));
        let mut limits = argosy_rpc_api::ChainInfo::new(at, &spec, spec.genesis_hash(), 1).limits;
        let module = cosmwasm(0);
        assert_eq!(module.host, AbiKind::CosmWasm);
        let native = Module::parse(HEAD.to_vec()).unwrap();
        assert_eq!(native.host, AbiKind::Native);
        let bytes_max = spec.vm[&AbiKind::CosmWasm].code_bytes_max;
        let most = cosmwasm(bytes_max as usize - module.wasm.len());
        assert_eq!(most.check_size(&limits), Ok(()));
        let bytes = most.wasm.len() + 1;
        let host = AbiKind::CosmWasm;
        let refused = cosmwasm(bytes - module.wasm.len()).check_size(&limits);
        let expected = ModuleError::TooLarge {
            host,
            bytes,
            bytes_max,
        };
        assert_eq!(refused, Err(expected));
        limits.modules.retain(|it| it.abi.0 == AbiKind::Native);
        assert_eq!(
            module.check_size(&limits),
            Err(ModuleError::Unserved { host })
        );
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

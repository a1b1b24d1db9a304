//! From a file to an ABI.

use argosy_vm_abi::{ABI_SECTION, Abi, custom_sections};

use crate::{BindError, json};

const WASM: &[u8] = b"\0asm";

/// What a contract says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The ABI.
    pub abi: Abi,
    /// The ABI's section.
    pub section: Vec<u8>,
    /// Whether these are the very bytes of the section in the contract. Then calls commit to them, and fail
    /// if the contract is another one meanwhile; JSON does not tell them.
    pub is_exact: bool,
    /// Whether the file is the module itself.
    pub is_wasm: bool,
}

impl Source {
    /// Reads a file: a module, or an ABI as JSON.
    pub fn parse(bytes: &[u8]) -> Result<Source, BindError> {
        if bytes.starts_with(WASM) {
            let section = custom_sections(bytes, ABI_SECTION).ok_or(BindError::NoAbi)?;
            let source = Source::of_section(section)?;
            return Ok(Source {
                is_wasm: true,
                ..source
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BindError::Unknown)?;
        if !text.trim_start().starts_with('{') {
            return Err(BindError::Unknown);
        }
        let section = json::to_section(text)?;
        let source = Source::of_section(section)?;
        Ok(Source {
            is_exact: false,
            ..source
        })
    }

    /// Reads a section, as a node gives it.
    pub fn of_section(section: Vec<u8>) -> Result<Source, BindError> {
        Ok(Source {
            abi: Abi::parse(&section)?,
            section,
            is_exact: true,
            is_wasm: false,
        })
    }
}

//! A contract and its words.

use std::sync::Arc;

use argosy_primitives::{Address, Balance};
use argosy_vm_abi::{ABI_SECTION, Abi, custom_sections};

use crate::error::WorldError;

/// A contract on the chain of a test. Clones mean the same one.
#[derive(Clone, Debug)]
pub struct Contract {
    name: String,
    address: Address,
    abi: Arc<Abi>,
}

/// How a contract is created, where that is not the usual way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deploy {
    /// Native tokens to send along.
    pub funds: Balance,
    /// Who may upgrade it.
    pub admin: Option<Address>,
}

impl Contract {
    pub(crate) fn new(name: String, address: Address, abi: Arc<Abi>) -> Contract {
        Contract { name, address, abi }
    }

    /// What it is called here: as its ABI says, with a number if there are several.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its ABI calls it, which all contracts of its code share.
    pub(crate) fn title(&self) -> &str {
        let item = self.abi.contract.as_ref();
        item.map_or("contract", |it| it.name.as_str())
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What it says of itself.
    pub fn abi(&self) -> &Abi {
        &self.abi
    }

    /// The same contract with the words of other code.
    pub(crate) fn with_abi(&self, abi: Arc<Abi>) -> Contract {
        Contract {
            abi,
            ..self.clone()
        }
    }
}

/// What a module says of itself.
pub(crate) fn abi_of(wasm: &[u8]) -> Result<Abi, WorldError> {
    let section = custom_sections(wasm, ABI_SECTION).ok_or(WorldError::NoAbi)?;
    Ok(Abi::parse(&section)?)
}

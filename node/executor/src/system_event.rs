//! What the chain itself announces: moved funds, stored code, created and upgraded contracts.
//!
//! ```text
//! contract = Address::SYSTEM
//! topics   = blake3(name) ‖ indexed fields, 32 bytes each
//! data     = SCALE of all fields in order, indexed ones included
//! ```
//!
//! The layout is that of contract events, so one decoder serves both. Frozen by golden files.

use argosy_primitives::{Address, Balance, CodeHash, Event, blake3};
use parity_scale_codec::Encode;

/// Something that the chain did on behalf of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemEvent {
    /// Funds moved from one account to another, by an action, a call or a contract.
    Transferred {
        /// Who paid.
        from: Address,
        /// Who received.
        to: Address,
        /// How much.
        amount: Balance,
    },
    /// New code was accepted.
    CodeStored {
        /// Its hash.
        code: CodeHash,
        /// Who uploaded it.
        uploader: Address,
        /// Its sequential number.
        code_id: u64,
    },
    /// Unused code was removed.
    CodeRemoved {
        /// Its hash.
        code: CodeHash,
        /// Who had uploaded it.
        uploader: Address,
    },
    /// A contract came to life.
    ContractCreated {
        /// Its address.
        contract: Address,
        /// Its code.
        code: CodeHash,
        /// Who created it.
        creator: Address,
        /// Who may upgrade it.
        admin: Option<Address>,
    },
    /// A contract got other code.
    ContractUpgraded {
        /// Its address.
        contract: Address,
        /// The code before.
        from: CodeHash,
        /// The code from the next frame on.
        to: CodeHash,
    },
    /// A contract got another admin, or none.
    AdminChanged {
        /// Its address.
        contract: Address,
        /// Who may upgrade it from now on.
        admin: Option<Address>,
    },
}

impl SystemEvent {
    /// The name whose hash is the first topic.
    pub const fn name(&self) -> &'static str {
        match self {
            SystemEvent::Transferred { .. } => "Transferred",
            SystemEvent::CodeStored { .. } => "CodeStored",
            SystemEvent::CodeRemoved { .. } => "CodeRemoved",
            SystemEvent::ContractCreated { .. } => "ContractCreated",
            SystemEvent::ContractUpgraded { .. } => "ContractUpgraded",
            SystemEvent::AdminChanged { .. } => "AdminChanged",
        }
    }

    /// The event as it stands in a receipt.
    pub fn to_event(&self) -> Event {
        let (indexed, data) = self.parts();
        let mut topics = Vec::with_capacity(indexed.len() + 1);
        topics.push(blake3(self.name().as_bytes()));
        topics.extend(indexed);
        Event {
            contract: Address::SYSTEM,
            topics,
            data,
        }
    }

    /// Indexed fields, and all fields in order.
    fn parts(&self) -> (Vec<[u8; 32]>, Vec<u8>) {
        match self {
            SystemEvent::Transferred { from, to, amount } => (
                vec![*from.as_bytes(), *to.as_bytes()],
                (from, to, amount).encode(),
            ),
            SystemEvent::CodeStored {
                code,
                uploader,
                code_id,
            } => (
                vec![*code.as_bytes(), *uploader.as_bytes()],
                (code, uploader, code_id).encode(),
            ),
            SystemEvent::CodeRemoved { code, uploader } => (
                vec![*code.as_bytes(), *uploader.as_bytes()],
                (code, uploader).encode(),
            ),
            SystemEvent::ContractCreated {
                contract,
                code,
                creator,
                admin,
            } => (
                vec![*contract.as_bytes(), *code.as_bytes(), *creator.as_bytes()],
                (contract, code, creator, admin).encode(),
            ),
            SystemEvent::ContractUpgraded { contract, from, to } => (
                vec![*contract.as_bytes(), *from.as_bytes(), *to.as_bytes()],
                (contract, from, to).encode(),
            ),
            SystemEvent::AdminChanged { contract, admin } => {
                (vec![*contract.as_bytes()], (contract, admin).encode())
            }
        }
    }
}

//! What a transaction may do.
//!
//! Invariant: indices are frozen. Which actions a chain accepts is up to its protocol version.
//! Not here: what they do (`executor`, `system`) and what they cost (`spec`).

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::{AbiHash, Address, Balance, CodeHash, Height, PublicKey, TextError};

/// One step of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum Action {
    /// Moves native tokens.
    #[codec(index = 0)]
    Transfer {
        /// Receiver, created if new.
        to: Address,
        /// How much.
        amount: Balance,
    },
    /// Uploads a module.
    #[codec(index = 1)]
    StoreCode {
        /// Wasm bytes.
        code: Vec<u8>,
    },
    /// Deletes a module that no contract uses; for its uploader.
    #[codec(index = 2)]
    RemoveCode {
        /// Which.
        code: CodeHash,
    },
    /// Creates a contract.
    #[codec(index = 3)]
    Instantiate {
        /// What it runs.
        code: CodeHash,
        /// Tells several contracts of one creator and code apart.
        salt: [u8; 32],
        /// Who may upgrade it; none = nobody, ever.
        admin: Option<Address>,
        /// Native tokens sent along.
        funds: Balance,
        /// Input of its `init` entry.
        message: Vec<u8>,
    },
    /// Calls a contract.
    #[codec(index = 4)]
    Call {
        /// Which.
        contract: Address,
        /// Native tokens sent along.
        funds: Balance,
        /// Input of its `call` entry.
        message: Vec<u8>,
        /// The ABI that the signer was shown; the call fails under any other.
        abi_hash: Option<AbiHash>,
    },
    /// Gives a contract other code and runs its migration; for its admin.
    #[codec(index = 5)]
    Upgrade {
        /// Which.
        contract: Address,
        /// What it runs from now on.
        code: CodeHash,
        /// Input of the new code's `upgrade` entry.
        message: Vec<u8>,
    },
    /// Hands a contract over, or freezes it; for its admin.
    #[codec(index = 6)]
    SetAdmin {
        /// Which.
        contract: Address,
        /// None = frozen.
        admin: Option<Address>,
    },
    /// Bonds stake behind a validator key.
    #[codec(index = 7)]
    Bond {
        /// Key that will sign votes.
        consensus_key: PublicKey,
        /// How much more to bond.
        amount: Balance,
    },
    /// Starts to take stake back.
    #[codec(index = 8)]
    Unbond {
        /// How much.
        amount: Balance,
    },
    /// Asks to validate again after having been absent.
    #[codec(index = 9)]
    Unjail,
    /// A validator's vote for a protocol version with its parameters.
    #[codec(index = 10)]
    Govern {
        /// Which version.
        protocol_version: u32,
        /// SCALE bytes of that version's parameters.
        parameters: Vec<u8>,
        /// From which block on.
        activate_at: Height,
    },
}

impl Action {
    /// Which action this is.
    pub const fn kind(&self) -> ActionKind {
        match self {
            Action::Transfer { .. } => ActionKind::Transfer,
            Action::StoreCode { .. } => ActionKind::StoreCode,
            Action::RemoveCode { .. } => ActionKind::RemoveCode,
            Action::Instantiate { .. } => ActionKind::Instantiate,
            Action::Call { .. } => ActionKind::Call,
            Action::Upgrade { .. } => ActionKind::Upgrade,
            Action::SetAdmin { .. } => ActionKind::SetAdmin,
            Action::Bond { .. } => ActionKind::Bond,
            Action::Unbond { .. } => ActionKind::Unbond,
            Action::Unjail => ActionKind::Unjail,
            Action::Govern { .. } => ActionKind::Govern,
        }
    }
}

/// An action without its contents.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
#[repr(u8)]
pub enum ActionKind {
    /// [`Action::Transfer`].
    Transfer = 0,
    /// [`Action::StoreCode`].
    StoreCode = 1,
    /// [`Action::RemoveCode`].
    RemoveCode = 2,
    /// [`Action::Instantiate`].
    Instantiate = 3,
    /// [`Action::Call`].
    Call = 4,
    /// [`Action::Upgrade`].
    Upgrade = 5,
    /// [`Action::SetAdmin`].
    SetAdmin = 6,
    /// [`Action::Bond`].
    Bond = 7,
    /// [`Action::Unbond`].
    Unbond = 8,
    /// [`Action::Unjail`].
    Unjail = 9,
    /// [`Action::Govern`].
    Govern = 10,
}

impl ActionKind {
    /// Every action, in the order of their indices.
    pub const ALL: [ActionKind; 11] = [
        ActionKind::Transfer,
        ActionKind::StoreCode,
        ActionKind::RemoveCode,
        ActionKind::Instantiate,
        ActionKind::Call,
        ActionKind::Upgrade,
        ActionKind::SetAdmin,
        ActionKind::Bond,
        ActionKind::Unbond,
        ActionKind::Unjail,
        ActionKind::Govern,
    ];

    /// The one spelling shared by chain specs, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActionKind::Transfer => "transfer",
            ActionKind::StoreCode => "store_code",
            ActionKind::RemoveCode => "remove_code",
            ActionKind::Instantiate => "instantiate",
            ActionKind::Call => "call",
            ActionKind::Upgrade => "upgrade",
            ActionKind::SetAdmin => "set_admin",
            ActionKind::Bond => "bond",
            ActionKind::Unbond => "unbond",
            ActionKind::Unjail => "unjail",
            ActionKind::Govern => "govern",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ActionKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let known = ActionKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text);
        known.ok_or(TextError {
            expected: "the name of an action, such as transfer or store_code",
        })
    }
}

/// Which host interface a contract's code is written against.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, DecodeWithMemTracking,
)]
#[repr(u8)]
pub enum AbiKind {
    /// Argosy's own.
    Native = 0,
    /// CosmWasm.
    CosmWasm = 1,
    /// ink! (pallet-contracts' `seal`).
    Ink = 2,
    /// NEAR.
    Near = 3,
}

impl AbiKind {
    /// Every kind, in the order of their indices.
    pub const ALL: [AbiKind; 4] = [
        AbiKind::Native,
        AbiKind::CosmWasm,
        AbiKind::Ink,
        AbiKind::Near,
    ];

    /// The one spelling shared by chain specs, logs and RPC.
    pub const fn as_str(self) -> &'static str {
        match self {
            AbiKind::Native => "native",
            AbiKind::CosmWasm => "cosmwasm",
            AbiKind::Ink => "ink",
            AbiKind::Near => "near",
        }
    }
}

impl fmt::Display for AbiKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for AbiKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let known = AbiKind::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or(TextError {
            expected: "native, cosmwasm, ink or near",
        })
    }
}

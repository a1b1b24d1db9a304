//! Transactions and their actions in JSON.
//!
//! Invariant: a [`TransactionView`] turns back into the very transaction it was made of.
//! Submitting takes SCALE bytes, not this: what was signed is what is sent.

use argosy_primitives::{
    AbiHash, Action, CodeHash, GenesisHash, Hash32, Hrp, PublicKey, Signature, SignedTransaction,
    Transaction, TxId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressText, Bytes, Decimal, Height, Text};

/// A signed transaction in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransactionView {
    /// Its id, computed from the rest.
    pub id: Text<TxId>,
    /// Who acts and pays, computed from the signer.
    pub sender: AddressText,
    /// The only chain on which it is valid.
    pub chain: Text<GenesisHash>,
    /// Whose signature it carries.
    pub signer: Text<PublicKey>,
    /// Number of the sender's transactions before it.
    pub nonce: Decimal<u64>,
    /// Last block that may hold it.
    pub valid_until: Height,
    /// Most gas it may use.
    pub gas_limit: Decimal<u64>,
    /// Most tokens per gas it pays.
    pub max_gas_price: Decimal<u64>,
    /// Tokens per gas for the proposer.
    pub tip: Decimal<u64>,
    /// Most tokens that may be locked.
    pub deposit_max: Decimal<u128>,
    /// What it does, in order.
    pub actions: Vec<ActionView>,
    /// Over the id.
    pub signature: Text<Signature>,
}

/// An action in JSON, tagged by `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ActionView {
    /// Moves native tokens.
    Transfer {
        /// Receiver.
        to: AddressText,
        /// How much.
        amount: Decimal<u128>,
    },
    /// Uploads a module.
    StoreCode {
        /// Wasm bytes.
        code: Bytes,
    },
    /// Deletes an unused module.
    RemoveCode {
        /// Which.
        code: Text<CodeHash>,
    },
    /// Creates a contract.
    Instantiate {
        /// What it runs.
        code: Text<CodeHash>,
        /// Tells contracts of one creator and code apart.
        salt: Text<Hash32>,
        /// Who may upgrade it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        admin: Option<AddressText>,
        /// Tokens sent along.
        funds: Decimal<u128>,
        /// Input of `init`.
        message: Bytes,
    },
    /// Calls a contract.
    Call {
        /// Which.
        contract: AddressText,
        /// Tokens sent along.
        funds: Decimal<u128>,
        /// Input of `call`.
        message: Bytes,
        /// The ABI that the signer was shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        abi_hash: Option<Text<AbiHash>>,
    },
    /// Gives a contract other code.
    Upgrade {
        /// Which.
        contract: AddressText,
        /// What it runs from now on.
        code: Text<CodeHash>,
        /// Input of the new code's `upgrade`.
        message: Bytes,
    },
    /// Hands a contract over, or freezes it.
    SetAdmin {
        /// Which.
        contract: AddressText,
        /// The new admin; absent = frozen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        admin: Option<AddressText>,
    },
    /// Bonds stake.
    Bond {
        /// Key that will sign votes.
        consensus_key: Text<PublicKey>,
        /// How much more.
        amount: Decimal<u128>,
    },
    /// Starts to take stake back.
    Unbond {
        /// How much.
        amount: Decimal<u128>,
    },
    /// Asks to validate again.
    Unjail,
    /// Votes for a protocol version.
    Govern {
        /// Which version.
        protocol_version: u32,
        /// SCALE bytes of its parameters.
        parameters: Bytes,
        /// From which block on.
        activate_at: Height,
    },
}

impl TransactionView {
    /// A transaction for people of network `hrp`.
    pub fn new(signed: &SignedTransaction, hrp: Hrp) -> TransactionView {
        let transaction = &signed.transaction;
        let actions = transaction.actions.iter();
        TransactionView {
            id: Text(signed.id()),
            sender: AddressText::new(hrp, signed.sender()),
            chain: Text(transaction.chain),
            signer: Text(transaction.signer),
            nonce: Decimal(transaction.nonce),
            valid_until: Height(transaction.valid_until),
            gas_limit: Decimal(transaction.gas_limit),
            max_gas_price: Decimal(transaction.max_gas_price),
            tip: Decimal(transaction.tip),
            deposit_max: Decimal(transaction.deposit_max),
            actions: actions.map(|it| ActionView::new(it, hrp)).collect(),
            signature: Text(signed.signature),
        }
    }
}

impl From<&TransactionView> for SignedTransaction {
    fn from(view: &TransactionView) -> SignedTransaction {
        SignedTransaction {
            transaction: Transaction {
                chain: view.chain.0,
                signer: view.signer.0,
                nonce: view.nonce.0,
                valid_until: view.valid_until.0,
                gas_limit: view.gas_limit.0,
                max_gas_price: view.max_gas_price.0,
                tip: view.tip.0,
                deposit_max: view.deposit_max.0,
                actions: view.actions.iter().map(Action::from).collect(),
            },
            signature: view.signature.0,
        }
    }
}

impl ActionView {
    /// An action for people of network `hrp`.
    pub fn new(action: &Action, hrp: Hrp) -> ActionView {
        let text = |address| AddressText::new(hrp, address);
        let bytes = |it: &Vec<u8>| Bytes(it.clone());
        match action {
            Action::Transfer { to, amount } => ActionView::Transfer {
                to: text(*to),
                amount: Decimal(*amount),
            },
            Action::StoreCode { code } => ActionView::StoreCode { code: bytes(code) },
            Action::RemoveCode { code } => ActionView::RemoveCode { code: Text(*code) },
            Action::Instantiate {
                code,
                salt,
                admin,
                funds,
                message,
            } => ActionView::Instantiate {
                code: Text(*code),
                salt: Text(Hash32::from_bytes(*salt)),
                admin: admin.map(text),
                funds: Decimal(*funds),
                message: bytes(message),
            },
            Action::Call {
                contract,
                funds,
                message,
                abi_hash,
            } => ActionView::Call {
                contract: text(*contract),
                funds: Decimal(*funds),
                message: bytes(message),
                abi_hash: abi_hash.map(Text),
            },
            Action::Upgrade {
                contract,
                code,
                message,
            } => ActionView::Upgrade {
                contract: text(*contract),
                code: Text(*code),
                message: bytes(message),
            },
            Action::SetAdmin { contract, admin } => ActionView::SetAdmin {
                contract: text(*contract),
                admin: admin.map(text),
            },
            Action::Bond {
                consensus_key,
                amount,
            } => ActionView::Bond {
                consensus_key: Text(*consensus_key),
                amount: Decimal(*amount),
            },
            Action::Unbond { amount } => ActionView::Unbond {
                amount: Decimal(*amount),
            },
            Action::Unjail => ActionView::Unjail,
            Action::Govern {
                protocol_version,
                parameters,
                activate_at,
            } => ActionView::Govern {
                protocol_version: *protocol_version,
                parameters: bytes(parameters),
                activate_at: Height(*activate_at),
            },
        }
    }
}

impl From<&ActionView> for Action {
    fn from(view: &ActionView) -> Action {
        match view {
            ActionView::Transfer { to, amount } => Action::Transfer {
                to: to.address,
                amount: amount.0,
            },
            ActionView::StoreCode { code } => Action::StoreCode {
                code: code.0.clone(),
            },
            ActionView::RemoveCode { code } => Action::RemoveCode { code: code.0 },
            ActionView::Instantiate {
                code,
                salt,
                admin,
                funds,
                message,
            } => Action::Instantiate {
                code: code.0,
                salt: *salt.0.as_bytes(),
                admin: admin.map(|it| it.address),
                funds: funds.0,
                message: message.0.clone(),
            },
            ActionView::Call {
                contract,
                funds,
                message,
                abi_hash,
            } => Action::Call {
                contract: contract.address,
                funds: funds.0,
                message: message.0.clone(),
                abi_hash: abi_hash.map(|it| it.0),
            },
            ActionView::Upgrade {
                contract,
                code,
                message,
            } => Action::Upgrade {
                contract: contract.address,
                code: code.0,
                message: message.0.clone(),
            },
            ActionView::SetAdmin { contract, admin } => Action::SetAdmin {
                contract: contract.address,
                admin: admin.map(|it| it.address),
            },
            ActionView::Bond {
                consensus_key,
                amount,
            } => Action::Bond {
                consensus_key: consensus_key.0,
                amount: amount.0,
            },
            ActionView::Unbond { amount } => Action::Unbond { amount: amount.0 },
            ActionView::Unjail => Action::Unjail,
            ActionView::Govern {
                protocol_version,
                parameters,
                activate_at,
            } => Action::Govern {
                protocol_version: *protocol_version,
                parameters: parameters.0.clone(),
                activate_at: activate_at.0,
            },
        }
    }
}

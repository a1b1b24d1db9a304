//! Contracts by their ABI: deploy, call, query, and read what they announced.
//!
//! Not here: values themselves (`codec`), raw bytes ([`Client::query`], [`Client::send`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use argosy_primitives::{AbiHash, AbiKind, Action, Address, Balance, CodeHash, Event, StatusCode};
use argosy_rpc_api::{BlockSelector, EventView, ReceiptAnswer, RpcError};
use argosy_vm_abi::Abi;
use argosy_vm_abi::schema::MessageKind;
use argosy_vm_crypto::sha256;

use crate::codec::{AbiValue, Args, Codec, DecodedEvent, Revert};
use crate::error::FailedTx;
use crate::module::Module;
use crate::send::TxOptions;
use crate::{Client, SdkError, Signer};

/// Bytes before the returned data in the receipt of an instantiation: the contract's id.
const ID_BYTES: usize = 32;
/// Salt of [`instantiate2_address`], in bytes.
const SALT_BYTES_MAX: usize = 64;

/// Who may upgrade a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Admin {
    /// Who deploys it.
    #[default]
    Deployer,
    /// Somebody else.
    Address(Address),
    /// Nobody, for ever.
    Nobody,
}

/// How a contract is created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeployOptions {
    /// Tells contracts of one creator and code apart; by default made of the transaction's nonce.
    pub salt: Option<[u8; 32]>,
    /// Who may upgrade it.
    pub admin: Admin,
    /// Tokens sent along, in smallest units.
    pub funds: Balance,
    /// The transaction.
    pub tx: TxOptions,
}

/// A new contract.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The contract.
    pub contract: Contract,
    /// What it runs.
    pub code: CodeHash,
    /// Whether its module was uploaded too, or was there already.
    pub stored: bool,
    /// The transaction.
    pub answer: ReceiptAnswer,
}

/// A call that succeeded.
#[derive(Debug, Clone)]
pub struct Called {
    /// What the method returned.
    pub value: AbiValue,
    /// The transaction.
    pub answer: ReceiptAnswer,
}

/// A contract on a chain, spoken to by its ABI.
#[derive(Debug, Clone)]
pub struct Contract {
    client: Client,
    address: Address,
    abi: Arc<Abi>,
    abi_hash: AbiHash,
    names: Arc<BTreeMap<String, Address>>,
}

impl Contract {
    /// The contract at this address, with the ABI that its module carries.
    pub async fn at(client: &Client, address: Address) -> Result<Contract, SdkError> {
        let method = "contract_getAbi";
        let answer = client.abi(address, BlockSelector::Latest).await?;
        let bad = |reason: String| SdkError::BadAnswer { method, reason };
        if AbiHash::of(&answer.section) != answer.abi_hash.0 {
            return Err(bad("the ABI does not have its hash".to_owned()));
        }
        let abi = Abi::parse(&answer.section).map_err(|error| bad(error.to_string()))?;
        Ok(Contract {
            client: client.clone(),
            address,
            abi: Arc::new(abi),
            abi_hash: answer.abi_hash.0,
            names: Arc::default(),
        })
    }

    /// Also takes these names for addresses.
    #[must_use]
    pub fn with_names(self, names: BTreeMap<String, Address>) -> Contract {
        Contract {
            names: Arc::new(names),
            ..self
        }
    }

    /// Where it is.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What it says about itself.
    pub fn abi(&self) -> &Abi {
        &self.abi
    }

    /// Hash of its ABI. Calls commit to it, so that they fail if the contract changed meanwhile.
    pub fn abi_hash(&self) -> AbiHash {
        self.abi_hash
    }

    /// Its values.
    pub fn codec(&self) -> Codec<'_> {
        Codec::new(&self.abi, self.client.hrp()).with_names(&self.names)
    }

    /// The action that calls a method.
    pub fn call_action(
        &self,
        method: &str,
        args: Args<'_>,
        funds: Balance,
    ) -> Result<Action, SdkError> {
        Ok(Action::Call {
            contract: self.address,
            funds,
            message: self.codec().encode_call(MessageKind::Call, method, args)?,
            abi_hash: Some(self.abi_hash),
        })
    }

    /// Calls a method in a transaction of its own. A failure is an error with the contract's reason.
    pub async fn call(
        &self,
        signer: &Signer,
        method: &str,
        args: Args<'_>,
        funds: Balance,
        options: &TxOptions,
    ) -> Result<Called, SdkError> {
        let action = self.call_action(method, args, funds)?;
        let entry = (MessageKind::Call, method);
        let answer = self.client.send(signer, vec![action], options).await;
        let answer = answer.map_err(|error| explain(&self.codec(), entry, error))?;
        let answer = explain_failure(&self.codec(), entry, answer)?;
        let value = self
            .codec()
            .decode_return(entry.0, method, &answer.receipt.data)?;
        Ok(Called { value, answer })
    }

    /// Asks a method; nothing changes.
    pub async fn query(&self, method: &str, args: Args<'_>) -> Result<AbiValue, SdkError> {
        self.query_at(method, args, None, BlockSelector::Latest)
            .await
    }

    /// Asks a method in the name of `caller`, at a block.
    pub async fn query_at(
        &self,
        method: &str,
        args: Args<'_>,
        caller: Option<Address>,
        at: BlockSelector,
    ) -> Result<AbiValue, SdkError> {
        let entry = (MessageKind::Query, method);
        let message = self.codec().encode_call(entry.0, method, args)?;
        let answer = self.client.query(self.address, message, caller, at).await;
        let answer = answer.map_err(|error| explain(&self.codec(), entry, error))?;
        Ok(self.codec().decode_return(entry.0, method, &answer.data)?)
    }

    /// What this contract announced in a receipt. Events of other contracts are left out, and so are
    /// those that its ABI does not describe.
    pub fn events(&self, events: &[EventView]) -> Vec<DecodedEvent> {
        let own = events
            .iter()
            .filter(|it| it.contract.address == self.address);
        own.filter_map(|it| self.codec().decode_event(&Event::from(it)).ok())
            .collect()
    }
}

impl Client {
    /// Creates a contract, and uploads its module first unless the chain has it, in one transaction.
    pub async fn deploy(
        &self,
        signer: &Signer,
        module: &Module,
        init: (&str, Args<'_>),
        options: &DeployOptions,
    ) -> Result<Deployed, SdkError> {
        let (method, args) = init;
        let abi = module.abi()?;
        let codec = Codec::new(abi, self.hrp());
        let entry = (MessageKind::Init, method);
        let message = codec.encode_call(entry.0, method, args)?;
        let created = self.create(signer, module, message, options).await;
        let created = created.map_err(|error| explain(&codec, entry, error))?;
        let Created {
            address,
            stored,
            answer,
        } = created;
        let answer = explain_failure(&codec, entry, answer)?;
        check_address(&answer, address)?;
        let contract = Contract {
            client: self.clone(),
            address,
            abi_hash: module.abi_hash.unwrap_or(AbiHash::ZERO),
            abi: Arc::new(abi.clone()),
            names: Arc::default(),
        };
        Ok(Deployed {
            contract,
            code: module.code,
            stored,
            answer,
        })
    }

    /// Creates a contract with the message to its `init`. How that ended the answer tells.
    pub(crate) async fn create(
        &self,
        signer: &Signer,
        module: &Module,
        message: Vec<u8>,
        options: &DeployOptions,
    ) -> Result<Created, SdkError> {
        let predicted = self.predicted(signer, module, options).await?;
        let store = self.upload(module).await?;
        let stored = store.is_some();
        let admin = match options.admin {
            Admin::Deployer => Some(signer.address()),
            Admin::Address(address) => Some(address),
            Admin::Nobody => None,
        };
        let instantiate = Action::Instantiate {
            code: module.code,
            salt: predicted.salt,
            admin,
            funds: options.funds,
            message,
        };
        let actions = store.into_iter().chain([instantiate]).collect();
        let tx = TxOptions {
            nonce: Some(predicted.nonce),
            ..options.tx.clone()
        };
        Ok(Created {
            address: predicted.address,
            stored,
            answer: self.send(signer, actions, &tx).await?,
        })
    }

    /// The action that uploads a module, unless the chain has it.
    pub(crate) async fn upload(&self, module: &Module) -> Result<Option<Action>, SdkError> {
        module.check_size(&self.info().limits)?;
        let known = self.proven_code(&module.code, BlockSelector::Latest);
        Ok((known.await?.value.is_none()).then(|| Action::StoreCode {
            code: module.wasm.clone(),
        }))
    }

    async fn predicted(
        &self,
        signer: &Signer,
        module: &Module,
        options: &DeployOptions,
    ) -> Result<Predicted, SdkError> {
        let sender = signer.address();
        let nonce = match options.tx.nonce {
            Some(nonce) => nonce,
            None => {
                let account = self.account(sender, BlockSelector::Latest).await?;
                account.next_nonce.unwrap_or(account.nonce).0
            }
        };
        let salt = options.salt.unwrap_or_else(|| salt_of(nonce));
        Ok(Predicted {
            salt,
            nonce,
            address: address_of(module.host, &sender, &salt, &module.code),
        })
    }
}

/// A contract that was to be created, and how that ended.
pub(crate) struct Created {
    pub(crate) address: Address,
    pub(crate) stored: bool,
    pub(crate) answer: ReceiptAnswer,
}

struct Predicted {
    salt: [u8; 32],
    nonce: u64,
    address: Address,
}

/// The address that a contract will have which a transaction creates.
pub fn address_of(host: AbiKind, creator: &Address, salt: &[u8; 32], code: &CodeHash) -> Address {
    Address::of_contract(host, creator, salt, code)
}

/// The address that a contract will have which the CosmWasm contract `creator` makes by `instantiate2`, of the
/// code with this SHA-256, under a salt of 1 to 64 bytes; `None` for other salts.
///
/// The same that `instantiate2_address` of `cosmwasm-std` computes inside contracts. The rule: ADR 028 of the
/// Cosmos SDK, and `BuildContractAddressPredictable` of wasmd with an empty message.
pub fn instantiate2_address(
    code_sha256: &[u8; 32],
    creator: &Address,
    salt: &[u8],
) -> Option<Address> {
    if !(1..=SALT_BYTES_MAX).contains(&salt.len()) {
        return None;
    }
    let mut preimage = sha256(b"module").to_vec();
    preimage.extend_from_slice(b"wasm\0");
    // The last is the message, which counts as empty.
    for part in [&code_sha256[..], creator.as_bytes(), salt, b""] {
        preimage.extend_from_slice(&(part.len() as u64).to_be_bytes());
        preimage.extend_from_slice(part);
    }
    Some(Address::from_bytes(sha256(&preimage)))
}

/// The salt that [`Client::deploy`] takes if none is given: no account uses a nonce twice.
pub fn salt_of(nonce: u64) -> [u8; 32] {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&nonce.to_le_bytes());
    salt
}

/// The receipt of a creation that succeeded names the contract.
pub(crate) fn check_address(answer: &ReceiptAnswer, address: Address) -> Result<(), SdkError> {
    if answer.receipt.data.get(..ID_BYTES) == Some(address.as_bytes()) {
        return Ok(());
    }
    Err(SdkError::BadAnswer {
        method: "tx_submitAndWait",
        reason: "the new contract has another address than its rule gives".to_owned(),
    })
}

/// Adds the contract's reason to a node's refusal.
pub(crate) fn explain(codec: &Codec<'_>, entry: (MessageKind, &str), error: SdkError) -> SdkError {
    match error {
        SdkError::Rpc { error } => match &*error {
            RpcError::Reverted { revert_data, .. } => SdkError::Reverted {
                method: Some(entry.1.to_owned()),
                revert: Box::new(codec.decode_revert(Some(entry), revert_data)),
                error,
            },
            _ => SdkError::Rpc { error },
        },
        other => other,
    }
}

/// Turns the receipt of a failed transaction into an error with the contract's reason.
pub(crate) fn explain_failure(
    codec: &Codec<'_>,
    entry: (MessageKind, &str),
    answer: ReceiptAnswer,
) -> Result<ReceiptAnswer, SdkError> {
    let revert: Option<Revert> = match answer.receipt.status.0 {
        StatusCode::Success => return Ok(answer),
        StatusCode::Reverted => Some(codec.decode_revert(Some(entry), &answer.receipt.data)),
        _ => None,
    };
    Err(SdkError::Failed(Box::new(FailedTx { answer, revert })))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "13a1fc994cc6d1c81b746ee0c0ff6f90043875e0bf1d9be6b7d779fc978dc2a5";

    /// `vm/cosmwasm` freezes the same for what contracts compute (`instantiate2_is_frozen`).
    #[test]
    fn contracts_of_contracts_have_addresses_by_their_own_rule() {
        let code: [u8; 32] = const_hex::decode_to_array(CODE).unwrap();
        let address = instantiate2_address(&code, &Address::from_bytes([0x99; 32]), b"a");
        let expected = "66aa1693893be76c4329900b4d275589791a8423ed25832a8931949923c85c32";
        assert_eq!(const_hex::encode(address.unwrap().as_bytes()), expected);
    }

    #[test]
    fn salts_of_other_lengths_have_no_address() {
        let code: [u8; 32] = const_hex::decode_to_array(CODE).unwrap();
        let creator = Address::from_bytes([0x99; 32]);
        for bytes in [0, 65, 1_000] {
            assert_eq!(instantiate2_address(&code, &creator, &vec![1; bytes]), None);
        }
        let [short, long] = [1, 64].map(|it| instantiate2_address(&code, &creator, &vec![1; it]));
        assert!(short.is_some() && long.is_some() && short != long);
    }
}

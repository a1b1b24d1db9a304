//! Answers checked against a header alone: the node need not be trusted for them.
//!
//! ```text
//! answer ─► header ─ hash ─► compare with a header you trust
//!             ├─ state root    ◄─ proof ─ account, contract, code record, supply, storage value, absence
//!             ├─ tx root       ◄─ proof ─ transaction
//!             └─ receipts root ◄─ proof ─ receipt
//! ```
//!
//! Whoever decided the header is another question: `argosy_proof::verify_header` answers it with a
//! certificate.

use argosy_primitives::{
    Address, Balance, BlockHash, CodeHash, Event, EventCursor, GenesisHash, Header, Limits,
    Receipt, TxId, decode_untrusted,
};
use argosy_proof::{
    Account, CodeRecord, ContractRecord, ReceiptProof, RecordError, StateMultiproof, StateProof,
    Supply, TxProof, verify_state, verify_states,
};
use argosy_rpc_api::{
    At, BlockSelector, Bytes, HeaderView, StateKeyView, StateProofAnswer, StateProofsAnswer,
    TxProofAnswer,
};
use parity_scale_codec::{DecodeWithMemTracking, Encode};

use crate::client::same_chain;
use crate::{Client, SdkError};

/// Longer proofs do not exist: 512 levels of a path, or a summary and 32 levels.
const PROOF_BYTES_MAX: usize = 256 * 1024;
/// Enough for as many keys as may be asked for, in a trie of hashed keys.
const MULTIPROOF_BYTES_MAX: usize = 1024 * 1024;

/// A value in state, or its absence, that the header commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenState {
    /// The header that commits to it.
    pub header: Header,
    /// The header's hash, for comparing with one that is trusted.
    pub block: BlockHash,
    /// The value's bytes; `None` = proven absent.
    pub value: Option<Vec<u8>>,
}

/// A transaction and what it did, that the header commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenTx {
    /// The header that commits to them.
    pub header: Header,
    /// The header's hash, for comparing with one that is trusted.
    pub block: BlockHash,
    /// The transaction.
    pub tx_id: TxId,
    /// Its index in the block.
    pub index: u32,
    /// What it did.
    pub receipt: Receipt,
}

impl ProvenTx {
    /// Its events with their places in the chain.
    pub fn events(&self) -> impl Iterator<Item = (EventCursor, &Event)> {
        let cursor = |event| EventCursor {
            height: self.header.height,
            tx: self.index,
            event,
        };
        (0..).map(cursor).zip(&self.receipt.events)
    }
}

impl ProvenState {
    /// The value as an account; none reads as an empty one.
    pub fn account(&self) -> Result<Account, SdkError> {
        let value = self.value.as_deref();
        Ok(value
            .map(Account::from_value)
            .transpose()
            .map_err(not_a_record)?
            .unwrap_or_default())
    }

    /// The value as a contract's record.
    pub fn contract(&self) -> Result<Option<ContractRecord>, SdkError> {
        let value = self.value.as_deref();
        value
            .map(ContractRecord::from_value)
            .transpose()
            .map_err(not_a_record)
    }

    /// The value as the supply of the chain's token; chains of before this version keep none.
    pub fn supply(&self) -> Result<Option<Balance>, SdkError> {
        let value = self.value.as_deref();
        let supply = value.map(Supply::from_value).transpose();
        Ok(supply.map_err(not_a_record)?.map(|it| it.0))
    }

    /// The value as a code's record.
    pub fn code(&self) -> Result<Option<CodeRecord>, SdkError> {
        let value = self.value.as_deref();
        value
            .map(CodeRecord::from_value)
            .transpose()
            .map_err(not_a_record)
    }
}

/// Checks an answer to `state_getProof` about `key` of `address` on `chain`.
pub fn state(
    chain: GenesisHash,
    address: Address,
    key: &StateKeyView,
    answer: &StateProofAnswer,
) -> Result<ProvenState, SdkError> {
    let method = "state_getProof";
    let header = header(method, chain, &answer.at, &answer.header)?;
    if answer.address.address != address || answer.key != *key {
        return Err(bad(method, "it is about another key"));
    }
    let proof: StateProof = decode(method, &answer.proof)?;
    let value = answer.value.as_ref().map(|it| it.0.clone());
    verify_state(
        &header.state_root,
        &address,
        key.as_key(),
        value.as_deref(),
        &proof,
    )?;
    Ok(ProvenState {
        block: header.hash(),
        header,
        value,
    })
}

/// Checks an answer to `state_getProofs` about `keys` on `chain`: what each of them holds, in their
/// order.
pub fn states(
    chain: GenesisHash,
    keys: &[(Address, StateKeyView)],
    answer: &StateProofsAnswer,
) -> Result<Vec<ProvenState>, SdkError> {
    let method = "state_getProofs";
    let header = header(method, chain, &answer.at, &answer.header)?;
    let told = answer.values.iter().map(|it| (it.address.address, &it.key));
    if !told.eq(keys.iter().map(|(address, key)| (*address, key))) {
        return Err(bad(method, "it is about other keys"));
    }
    let proof: StateMultiproof = decode_up_to(method, &answer.proof, MULTIPROOF_BYTES_MAX)?;
    let values = answer.values.iter().map(|it| it.value.as_deref());
    let claims = keys.iter().zip(values.clone());
    let claims: Vec<_> = claims
        .map(|((address, key), value)| (*address, key.as_key(), value))
        .collect();
    verify_states(&header.state_root, &claims, &proof)?;
    let block = header.hash();
    let proven = values.map(|value| ProvenState {
        header: header.clone(),
        block,
        value: value.map(<[u8]>::to_vec),
    });
    Ok(proven.collect())
}

/// Checks an answer to `tx_getProof` about `tx_id` on `chain`.
pub fn tx(chain: GenesisHash, tx_id: TxId, answer: &TxProofAnswer) -> Result<ProvenTx, SdkError> {
    let method = "tx_getProof";
    let header = header(method, chain, &answer.at, &answer.header)?;
    let tx_proof: TxProof = decode(method, &answer.tx_proof)?;
    let receipt_proof: ReceiptProof = decode(method, &answer.receipt_proof)?;
    if answer.tx_id.0 != tx_id || tx_proof.id != tx_id {
        return Err(bad(method, "it is about another transaction"));
    }
    let index = tx_proof.verify(&header)?;
    if receipt_proof.verify(&header)? != index || answer.index != index {
        return Err(bad(
            method,
            "transaction and receipt are at different places",
        ));
    }
    let receipt = Receipt::from(&answer.receipt);
    if receipt.summary() != receipt_proof.receipt {
        return Err(bad(method, "the receipt is not the one that is proven"));
    }
    Ok(ProvenTx {
        block: header.hash(),
        header,
        tx_id,
        index,
        receipt,
    })
}

/// Checks that a header is of `chain` and is the block it is said to be.
pub fn header(
    method: &'static str,
    chain: GenesisHash,
    at: &At,
    view: &HeaderView,
) -> Result<Header, SdkError> {
    let header = Header::from(view);
    same_chain(chain, header.chain)?;
    if header.height != at.height.0 || header.hash() != at.hash.0 {
        return Err(bad(
            method,
            "the header does not have the hash of its block",
        ));
    }
    Ok(header)
}

impl Client {
    /// An account, proven.
    pub async fn proven_account(
        &self,
        address: Address,
        at: BlockSelector,
    ) -> Result<ProvenState, SdkError> {
        self.proven_state(address, StateKeyView::Account {}, at)
            .await
    }

    /// The record of an uploaded module, or its absence, proven.
    pub async fn proven_code(
        &self,
        code: &CodeHash,
        at: BlockSelector,
    ) -> Result<ProvenState, SdkError> {
        let key = Bytes(CodeRecord::key(code).to_vec());
        self.proven_state(Address::SYSTEM, StateKeyView::System { key }, at)
            .await
    }

    /// Any value in state, or its absence, proven.
    pub async fn proven_state(
        &self,
        address: Address,
        key: StateKeyView,
        at: BlockSelector,
    ) -> Result<ProvenState, SdkError> {
        let answer = self.state_proof(address, key.clone(), at).await?;
        state(self.chain(), address, &key, &answer)
    }

    /// Values in state, or their absence, proven; as many as [`argosy_rpc_api::PROVEN_KEYS_MAX`] and 2 MiB at
    /// once, all of one block. What is more is refused as `RANGE_TOO_LARGE`: ask in parts.
    pub async fn proven_states(
        &self,
        keys: &[(Address, StateKeyView)],
        at: BlockSelector,
    ) -> Result<Vec<ProvenState>, SdkError> {
        let answer = self.state_proofs(keys, at).await?;
        states(self.chain(), keys, &answer)
    }

    /// A transaction and what it did, proven.
    pub async fn proven_tx(&self, tx_id: TxId) -> Result<ProvenTx, SdkError> {
        let answer = self.tx_proof(tx_id).await?;
        tx(self.chain(), tx_id, &answer)
    }
}

fn decode<T>(method: &'static str, bytes: &Bytes) -> Result<T, SdkError>
where
    T: DecodeWithMemTracking + Encode,
{
    decode_up_to(method, bytes, PROOF_BYTES_MAX)
}

fn decode_up_to<T>(method: &'static str, bytes: &Bytes, bytes_max: usize) -> Result<T, SdkError>
where
    T: DecodeWithMemTracking + Encode,
{
    decode_untrusted(bytes, Limits::for_size(bytes_max))
        .map_err(|error| bad(method, &format!("the proof cannot be read: {error}")))
}

fn not_a_record(error: RecordError) -> SdkError {
    bad(
        "state_getProof",
        &format!("the value is no such record: {error}"),
    )
}

fn bad(method: &'static str, reason: &str) -> SdkError {
    SdkError::BadAnswer {
        method,
        reason: reason.to_owned(),
    }
}

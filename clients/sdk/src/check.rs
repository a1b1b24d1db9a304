//! What an answer proves, against a header alone.
//!
//! The header is what the caller trusts: one whose hash it knows, or one that the validators
//! certified (`argosy_proof::verify_header`). Nothing else of an answer is believed.

use argosy_primitives::{
    Address, Event, EventCursor, Header, Limits, Receipt, TxId, decode_untrusted,
};
use argosy_proof::{
    Account, ContractRecord, ReceiptProof, StateKey, StateProof, TxProof, verify_state,
};
use argosy_rpc_api::{HeaderAnswer, StateProofAnswer, TxProofAnswer};
use parity_scale_codec::{DecodeWithMemTracking, Encode};

use crate::CheckError;

/// Longer than any proof: 512 levels of 34 bytes, a receipt's data of 64 KiB and some more.
const PROOF_BYTES_MAX: usize = 256 * 1024;

/// The header of an answer, if it is the one with the hash it was answered for.
pub fn header(answer: &HeaderAnswer) -> Result<Header, CheckError> {
    let header = Header::from(&answer.header);
    if header.hash() != answer.at.hash.0 || header.height != answer.at.height.0 {
        return Err(CheckError::OtherBlock);
    }
    Ok(header)
}

/// The value of `key` under `address` in the state after `header`; `None` = proven absent.
pub fn state(
    header: &Header,
    address: &Address,
    key: StateKey<'_>,
    answer: &StateProofAnswer,
) -> Result<Option<Vec<u8>>, CheckError> {
    if answer.address.address != *address || answer.key.as_key() != key {
        return Err(CheckError::OtherKey);
    }
    let proof: StateProof = decode(&answer.proof)?;
    let value = answer.value.as_deref();
    verify_state(&header.state_root, address, key, value, &proof)?;
    Ok(value.map(<[u8]>::to_vec))
}

/// The account of `address` in the state after `header`; `None` = proven absent.
pub fn account(
    header: &Header,
    address: &Address,
    answer: &StateProofAnswer,
) -> Result<Option<Account>, CheckError> {
    let value = state(header, address, StateKey::Account, answer)?;
    Ok(value.map(|it| Account::from_value(&it)).transpose()?)
}

/// The contract at `address` in the state after `header`; `None` = proven absent.
pub fn contract(
    header: &Header,
    address: &Address,
    answer: &StateProofAnswer,
) -> Result<Option<ContractRecord>, CheckError> {
    let value = state(header, address, StateKey::Contract, answer)?;
    Ok(value
        .map(|it| ContractRecord::from_value(&it))
        .transpose()?)
}

/// What transaction `id` did in the block of `header`, with its events, and its index there.
pub fn transaction(
    header: &Header,
    id: &TxId,
    answer: &TxProofAnswer,
) -> Result<(u32, Receipt), CheckError> {
    let tx: TxProof = decode(&answer.tx_proof)?;
    let proven: ReceiptProof = decode(&answer.receipt_proof)?;
    if tx.id != *id {
        return Err(CheckError::OtherTransaction { found: tx.id });
    }
    let index = tx.verify(header)?;
    if proven.verify(header)? != index {
        return Err(CheckError::OtherPlace);
    }
    let receipt = Receipt::from(&answer.receipt);
    if receipt.summary() != proven.receipt {
        return Err(CheckError::OtherReceipt);
    }
    Ok((index, receipt))
}

/// The events of a transaction that [`transaction`] has checked, with their cursors.
pub fn events(header: &Header, index: u32, receipt: &Receipt) -> Vec<(EventCursor, Event)> {
    let cursor = |event| EventCursor {
        height: header.height,
        tx: index,
        event,
    };
    let events = receipt.events.iter().cloned();
    (0..).map(cursor).zip(events).collect()
}

fn decode<T: DecodeWithMemTracking + Encode>(bytes: &[u8]) -> Result<T, CheckError> {
    Ok(decode_untrusted(bytes, Limits::for_size(PROOF_BYTES_MAX))?)
}

//! Proofs: what the node says of state and receipts, checked by this program against a header's
//! hash and nothing else; and forged proofs, none of which may pass.

use argosy_primitives::{Address, GenesisHash};
use argosy_rpc_api::{
    BlockSelector, Bytes, EventFilter, StateKeyView, StateProofAnswer, TxProofAnswer,
};
use argosy_sdk::proof;
use argosy_vm_abi::selector_of;

use super::stage::Stage;
use super::token::Token;
use crate::commands::failure;
use crate::failure::Failure;
use crate::output::Report;

/// Checks a balance and a receipt.
pub(super) async fn check(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    stage.step("Proofs, checked here against a block header alone");
    state(stage, token).await?;
    receipt(stage, token).await
}

/// Bob's tokens, as a value in the contract's storage.
async fn state(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    let (client, contract) = (&token.client, token.contract.address());
    let owner = token.signer("bob").address();
    let key = StateKeyView::Storage {
        key: Bytes(balance_key(&owner)),
    };
    let answer = client
        .state_proof(contract, key.clone(), BlockSelector::Latest)
        .await
        .map_err(failure)?;
    let proven = proof::state(client.chain(), contract, &key, &answer).map_err(failure)?;
    let balance = proven
        .value
        .as_deref()
        .and_then(|it| <[u8; 16]>::try_from(it).ok())
        .map(u128::from_le_bytes);
    let said = token.ask("balance_of --owner bob").await?;
    stage.rows(
        Report::default()
            .row(
                "block",
                format!("{} of height {}", proven.block, proven.header.height),
            )
            .row("state root", proven.header.state_root)
            .row(
                "bob's balance",
                format!("{said} HRB, {} bytes of proof", answer.proof.0.len()),
            ),
    );
    stage.check(
        "the state root commits to that balance",
        balance == Some(said),
    );
    let claim = format!(
        "with any one of its {} bits flipped the proof is refused",
        answer.proof.0.len() * 8
    );
    stage.check(
        claim,
        no_forged_state_passes(client.chain(), contract, &key, &answer),
    );
    Ok(())
}

/// Where the token keeps a balance: the field's key, then the owner.
fn balance_key(owner: &Address) -> Vec<u8> {
    [&selector_of("balances")[..], owner.as_bytes()].concat()
}

fn no_forged_state_passes(
    chain: GenesisHash,
    contract: Address,
    key: &StateKeyView,
    answer: &StateProofAnswer,
) -> bool {
    let other_value = answer.value.as_ref().is_some_and(|value| {
        flips(value).all(|forged| {
            let answer = StateProofAnswer {
                value: Some(forged),
                ..answer.clone()
            };
            proof::state(chain, contract, key, &answer).is_err()
        })
    });
    other_value
        && flips(&answer.proof).all(|forged| {
            let answer = StateProofAnswer {
                proof: forged,
                ..answer.clone()
            };
            proof::state(chain, contract, key, &answer).is_err()
        })
}

/// What the last transfer did, as a receipt.
async fn receipt(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    let client = &token.client;
    let filter = EventFilter {
        contract: Some(client.text(token.contract.address())),
        topics: Vec::new(),
    };
    let page = client
        .events(filter, None, (None, None), None)
        .await
        .map_err(failure)?;
    let last = page.events.iter().rev().find_map(|it| it.tx_id);
    let tx_id = last
        .ok_or_else(|| Failure::failed("no transaction has an event"))?
        .0;
    let answer = client.tx_proof(tx_id).await.map_err(failure)?;
    let proven = proof::tx(client.chain(), tx_id, &answer).map_err(failure)?;
    let bytes = answer.tx_proof.0.len() + answer.receipt_proof.0.len();
    let place = format!("index {} of block {}", proven.index, proven.header.height);
    stage.rows(
        Report::default()
            .row("transaction", tx_id)
            .row("receipts root", proven.header.receipts_root)
            .row(
                "receipt",
                format!(
                    "{}, gas {}, {place}, {bytes} bytes of proof",
                    proven.receipt.status.as_str(),
                    proven.receipt.gas_used
                ),
            ),
    );
    let told = client.receipt(tx_id).await.map_err(failure)?;
    stage.check(
        "the header commits to the transaction and to its receipt",
        told.receipt == answer.receipt,
    );
    let forged = answer.tx_proof.0.len() + answer.receipt_proof.0.len();
    let claim = format!(
        "with any one of {} bits flipped the proof is refused",
        forged * 8
    );
    stage.check(
        claim,
        no_forged_receipt_passes(client.chain(), tx_id, &answer),
    );
    Ok(())
}

fn no_forged_receipt_passes(
    chain: GenesisHash,
    tx_id: argosy_primitives::TxId,
    answer: &TxProofAnswer,
) -> bool {
    let refused = |answer: TxProofAnswer| proof::tx(chain, tx_id, &answer).is_err();
    flips(&answer.tx_proof).all(|tx_proof| {
        refused(TxProofAnswer {
            tx_proof,
            ..answer.clone()
        })
    }) && flips(&answer.receipt_proof).all(|receipt_proof| {
        refused(TxProofAnswer {
            receipt_proof,
            ..answer.clone()
        })
    })
}

/// The bytes with each bit flipped in turn.
fn flips(bytes: &Bytes) -> impl Iterator<Item = Bytes> {
    (0..bytes.0.len() * 8).map(|bit| {
        let mut forged = bytes.clone();
        forged.0[bit / 8] ^= 1 << (bit % 8);
        forged
    })
}

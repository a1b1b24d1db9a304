//! Answers against headers: what is proven is accepted, and every forgery is refused.

use argosy_primitives::{
    Address, BlockHash, CertificateHash, CodeHash, Event, EvidenceRoot, GenesisHash, Header, Hrp,
    Limits, Receipt, ReceiptsRoot, Signature, StateRoot, StatusCode, TxId, TxRoot,
    ValidatorSetHash, decode_untrusted, merkle, receipts_root,
};
use argosy_proof::{
    Account, Path, ReceiptProof, Sibling, StateKey, StateMultiproof, StateProof, TxProof, trie,
};
use argosy_rpc_api::{
    AddressText, At, Bytes, HeaderView, ReceiptView, StateKeyView, StateProofAnswer,
    StateProofsAnswer, StateValue, Text, TxProofAnswer,
};
use argosy_sdk::{SdkError, proof};
use parity_scale_codec::Encode;

const CHAIN: GenesisHash = GenesisHash::from_bytes([9; 32]);

fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

fn header(state_root: StateRoot, tx_root: TxRoot, receipts_root: ReceiptsRoot) -> Header {
    Header {
        version: 1,
        chain: CHAIN,
        height: 5,
        time_ms: 1,
        parent: BlockHash::ZERO,
        proposer: Address::SYSTEM,
        round: 0,
        validators: ValidatorSetHash::ZERO,
        next_validators: ValidatorSetHash::ZERO,
        last_certificate: CertificateHash::ZERO,
        tx_root,
        evidence_root: EvidenceRoot::ZERO,
        base_price: 1,
        gas_used: 0,
        state_root,
        receipts_root,
    }
}

fn at(header: &Header) -> (At, HeaderView) {
    let at = At::new(header.height, header.hash());
    (at, HeaderView::new(header, Hrp::Dev))
}

/// The state of two accounts, and the answer about the first.
fn account_answer() -> (Account, StateProofAnswer) {
    let account = Account {
        nonce: 1,
        balance: 7,
        deposit: 0,
    };
    let other = Account::default();
    let path = |who: u8| Path::of(&address(who), StateKey::Account);
    let mut leaves = [
        (path(1), trie::value_hash(&account.to_value())),
        (path(2), trie::value_hash(&other.to_value())),
    ];
    let sibling = Sibling {
        bit: path(1).first_difference(&path(2)).unwrap(),
        hash: trie::leaf_hash(&leaves[1].0, &leaves[1].1),
    };
    let proof = StateProof {
        leaf: Some(leaves[0]),
        siblings: vec![sibling],
    };
    leaves.sort();
    let root = StateRoot::from_bytes(trie::root_of(&leaves).unwrap());
    let (at, header) = at(&header(root, TxRoot::ZERO, ReceiptsRoot::ZERO));
    let whose = AddressText::new(Hrp::Dev, address(1));
    let value = Some(account.to_value());
    let answer = StateProofAnswer::new(at, header, (whose, StateKey::Account), value, &proof);
    (account, answer)
}

/// An account that is there and one that is not, with one proof.
fn accounts_answer() -> (Vec<(Address, StateKeyView)>, StateProofsAnswer) {
    let (_, one) = account_answer();
    let proof: StateProof = decode_untrusted(&one.proof, Limits::for_size(1 << 16)).unwrap();
    let proof = StateMultiproof {
        witnesses: Vec::new(),
        ways: vec![proof.siblings],
    };
    let value = StateValue {
        address: one.address,
        key: one.key.clone(),
        value: one.value,
    };
    let answer = StateProofsAnswer::new(one.at, one.header, vec![value], &proof);
    (vec![(address(1), one.key)], answer)
}

#[track_caller]
fn refuse_states(forge: impl FnOnce(&mut StateProofsAnswer), says: &str) {
    let (keys, mut answer) = accounts_answer();
    forge(&mut answer);
    let error = proof::states(CHAIN, &keys, &answer)
        .unwrap_err()
        .to_string();
    assert!(error.contains(says), "{says:?} in {error:?}");
}

#[test]
fn forged_values_are_refused() {
    let (keys, answer) = accounts_answer();
    let proven = proof::states(CHAIN, &keys, &answer).unwrap();
    assert_eq!(
        proven[0].value,
        answer.values[0].value.as_ref().map(|it| it.0.clone())
    );
    refuse_states(|it| it.values[0].value.as_mut().unwrap().0[0] ^= 1, "root");
    refuse_states(|it| it.values[0].value = None, "1 ways to 0 leaves");
    refuse_states(|it| it.values[0].address.address = address(2), "other keys");
    refuse_states(|it| it.values.clear(), "other keys");
    refuse_states(|it| it.values.push(it.values[0].clone()), "other keys");
    refuse_states(|it| it.proof.0.push(0), "cannot be read");
    refuse_states(|it| it.at.height.0 += 1, "does not have the hash");
}

fn check_state(answer: &StateProofAnswer) -> Result<proof::ProvenState, SdkError> {
    proof::state(CHAIN, address(1), &StateKeyView::Account {}, answer)
}

#[test]
fn an_account_is_proven() {
    let (account, answer) = account_answer();
    let proven = check_state(&answer).unwrap();
    assert_eq!(proven.account().unwrap(), account);
    assert_eq!(proven.block, answer.at.hash.0);
    assert_eq!(proven.block, proven.header.hash());
    assert!(
        proven.contract().is_err(),
        "an account is no contract's record"
    );
}

#[track_caller]
fn refuse_state(forge: impl FnOnce(&mut StateProofAnswer), says: &str) {
    let (_, mut answer) = account_answer();
    forge(&mut answer);
    let error = check_state(&answer).unwrap_err().to_string();
    assert!(error.contains(says), "{says:?} in {error:?}");
}

#[test]
fn a_forged_state_is_refused() {
    refuse_state(|it| it.value = None, "key is present");
    refuse_state(|it| it.value.as_mut().unwrap().0[0] ^= 1, "another value");
    refuse_state(|it| it.address.address = address(2), "another key");
    refuse_state(|it| it.key = StateKeyView::Contract {}, "another key");
    refuse_state(|it| it.proof = Bytes(vec![1]), "cannot be read");
    refuse_state(|it| it.proof.0.push(0), "cannot be read");
    refuse_state(
        |it| it.proof = Bytes(StateProof::default().encode()),
        "key is absent",
    );
    // Another header with its own hash: the proof does not lead there.
    let other = StateRoot::from_bytes([3; 32]);
    let other = header(other, TxRoot::ZERO, ReceiptsRoot::ZERO);
    refuse_state(
        |it| (it.at, it.header) = at(&other),
        "does not lead to the state root",
    );
    refuse_state(|it| it.at.height.0 += 1, "does not have the hash");
    refuse_state(
        |it| it.header.state_root = Text(StateRoot::ZERO),
        "does not have the hash",
    );
    refuse_state(
        |it| it.header.chain = Text(GenesisHash::ZERO),
        "the node is on chain 0x00",
    );
}

#[test]
fn absence_is_proven() {
    let empty = header(StateRoot::ZERO, TxRoot::ZERO, ReceiptsRoot::ZERO);
    let (at, view) = at(&empty);
    let whose = AddressText::new(Hrp::Dev, address(1));
    let key = StateKey::Account;
    let answer = StateProofAnswer::new(at, view, (whose, key), None, &StateProof::default());
    let proven = check_state(&answer).unwrap();
    assert_eq!(proven.value, None);
    assert_eq!(proven.account().unwrap(), Account::default());
    assert_eq!(proven.code().unwrap(), None);
}

fn receipt(gas_used: u64) -> Receipt {
    let event = Event {
        contract: address(9),
        topics: vec![[1; 32]],
        data: vec![gas_used as u8],
    };
    Receipt {
        status: StatusCode::Success,
        action: 0,
        data: vec![],
        gas_used,
        fee: 5,
        deposit: -1,
        events: vec![event.clone(), event],
    }
}

fn tx_id(number: u8) -> TxId {
    TxId::from_bytes([number; 32])
}

/// A block of three transactions, and the answer about the second.
fn tx_answer() -> TxProofAnswer {
    let signature = Signature::Ed25519([4; 64]);
    let leaf = |number| {
        argosy_primitives::Domain::TxLeaf.hash(&[tx_id(number).as_bytes(), &signature.encode()])
    };
    let leaves = [leaf(0), leaf(1), leaf(2)];
    let receipts = [receipt(0), receipt(1), receipt(2)];
    let receipt_leaves: Vec<_> = receipts.iter().map(Receipt::leaf).collect();
    let tx_root = TxRoot::from_bytes(merkle::root(&leaves));
    let header = header(StateRoot::ZERO, tx_root, receipts_root(&receipts));
    let (at, view) = at(&header);
    let tx_proof = TxProof {
        id: tx_id(1),
        signature,
        merkle: merkle::prove(&leaves, 1).unwrap(),
    };
    let receipt_proof = ReceiptProof {
        receipt: receipts[1].summary(),
        merkle: merkle::prove(&receipt_leaves, 1).unwrap(),
    };
    let receipt = ReceiptView::new(&receipts[1], Hrp::Dev);
    TxProofAnswer::new(at, view, receipt, &tx_proof, &receipt_proof)
}

#[test]
fn a_transaction_is_proven() {
    let answer = tx_answer();
    let proven = proof::tx(CHAIN, tx_id(1), &answer).unwrap();
    assert_eq!((proven.tx_id, proven.index), (tx_id(1), 1));
    assert_eq!(proven.receipt, receipt(1));
    let cursors: Vec<_> = proven
        .events()
        .map(|(cursor, _)| cursor.to_string())
        .collect();
    assert_eq!(cursors, ["5.1.0", "5.1.1"]);
}

#[track_caller]
fn refuse_tx(forge: impl FnOnce(&mut TxProofAnswer), says: &str) {
    let mut answer = tx_answer();
    forge(&mut answer);
    let error = proof::tx(CHAIN, tx_id(1), &answer).unwrap_err().to_string();
    assert!(error.contains(says), "{says:?} in {error:?}");
}

#[test]
fn a_forged_transaction_is_refused() {
    refuse_tx(
        |it| it.receipt.gas_used.0 += 1,
        "not the one that is proven",
    );
    refuse_tx(
        |it| it.receipt.events[1].data.0.clear(),
        "not the one that is proven",
    );
    refuse_tx(
        |it| drop(it.receipt.events.pop()),
        "not the one that is proven",
    );
    refuse_tx(|it| it.index = 0, "different places");
    refuse_tx(|it| it.tx_id = Text(tx_id(2)), "another transaction");
    refuse_tx(
        |it| it.tx_proof = it.receipt_proof.clone(),
        "cannot be read",
    );
    refuse_tx(
        |it| it.header.tx_root = Text(TxRoot::ZERO),
        "does not have the hash",
    );
    let error = proof::tx(CHAIN, tx_id(2), &tx_answer()).unwrap_err();
    assert!(error.to_string().contains("another transaction"));
}

#[test]
fn the_code_record_has_its_key() {
    let code = CodeHash::from_bytes([5; 32]);
    let key = StateKeyView::System {
        key: Bytes(argosy_proof::CodeRecord::key(&code).to_vec()),
    };
    let empty = header(StateRoot::ZERO, TxRoot::ZERO, ReceiptsRoot::ZERO);
    let (at, view) = at(&empty);
    let whose = AddressText::new(Hrp::Dev, Address::SYSTEM);
    let proof = StateProof::default();
    let answer = StateProofAnswer::new(at, view, (whose, key.as_key()), None, &proof);
    let proven = proof::state(CHAIN, Address::SYSTEM, &key, &answer).unwrap();
    assert_eq!(proven.code().unwrap(), None);
}

//! Bytes and hashes are frozen: every encoded type has a file of named values under
//! `tests/golden/`. `ARGOSY_BLESS=1` writes the files anew; a changed line is a new protocol.

use core::fmt::Debug;
use std::{fs, path::Path};

use argosy_primitives::*;
use parity_scale_codec::{DecodeWithMemTracking, Encode};

use crate::samples::*;

/// Compares `name value` lines with the file, or writes it.
#[track_caller]
pub(crate) fn check_lines(file: &str, lines: Vec<(String, String)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    let found: String = lines
        .iter()
        .map(|(name, value)| format!("{name} {value}\n"))
        .collect();
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        fs::write(&path, &found).expect("golden file is writable");
    }
    let expected = fs::read_to_string(&path).expect("golden file exists; ARGOSY_BLESS=1 makes it");
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "in {file}");
    }
    assert_eq!(
        found.lines().count(),
        expected.lines().count(),
        "lines in {file}"
    );
}

/// Checks that the values encode to the bytes of the file and these decode to the values.
#[track_caller]
fn check<T>(file: &str, values: Vec<(&str, T)>)
where
    T: Encode + DecodeWithMemTracking + PartialEq + Debug,
{
    let line =
        |(name, value): &(&str, T)| (name.to_string(), const_hex::encode_prefixed(value.encode()));
    check_lines(&format!("{file}.hex"), values.iter().map(line).collect());
    for (name, value) in values {
        let decoded = decode_untrusted::<T>(&value.encode(), Limits::for_size(1 << 20));
        assert_eq!(decoded.as_ref(), Ok(&value), "{name} in {file}");
    }
}

#[test]
fn keys_and_addresses() {
    let key = PublicKey::Ed25519(word(1));
    check("public_key", vec![("ed25519", key)]);
    let signature: [u8; 64] = core::array::from_fn(|index| index as u8);
    check(
        "signature",
        vec![("ed25519", Signature::Ed25519(signature))],
    );
    check(
        "address",
        vec![
            ("counting", address(1)),
            ("system", Address::SYSTEM),
            ("staking", Address::STAKING),
            ("governance", Address::GOVERNANCE),
        ],
    );
    check("hrp", Hrp::ALL.map(|hrp| (hrp.as_str(), hrp)).to_vec());
}

#[test]
fn hashes() {
    check("hash32", vec![("counting", Hash32::from_bytes(word(1)))]);
    check(
        "genesis_hash",
        vec![("counting", GenesisHash::from_bytes(word(1)))],
    );
    check(
        "block_hash",
        vec![("counting", BlockHash::from_bytes(word(1)))],
    );
    check("tx_id", vec![("counting", TxId::from_bytes(word(1)))]);
    check(
        "code_hash",
        vec![("counting", CodeHash::from_bytes(word(1)))],
    );
    check("abi_hash", vec![("counting", AbiHash::from_bytes(word(1)))]);
    check(
        "state_root",
        vec![("counting", StateRoot::from_bytes(word(1)))],
    );
    check("tx_root", vec![("counting", TxRoot::from_bytes(word(1)))]);
    check(
        "receipts_root",
        vec![("counting", ReceiptsRoot::from_bytes(word(1)))],
    );
    check(
        "events_root",
        vec![("counting", EventsRoot::from_bytes(word(1)))],
    );
    check(
        "evidence_root",
        vec![("counting", EvidenceRoot::from_bytes(word(1)))],
    );
    check(
        "certificate_hash",
        vec![("counting", CertificateHash::from_bytes(word(1)))],
    );
    check(
        "validator_set_hash",
        vec![("counting", ValidatorSetHash::from_bytes(word(1)))],
    );
}

#[test]
fn actions_and_their_kinds() {
    check("action", actions());
    check(
        "action_kind",
        ActionKind::ALL.map(|kind| (kind.as_str(), kind)).to_vec(),
    );
    check(
        "abi_kind",
        AbiKind::ALL.map(|kind| (kind.as_str(), kind)).to_vec(),
    );
    for (_, action) in actions() {
        assert_eq!(action.encode()[0], action.kind() as u8);
    }
}

#[test]
fn transactions() {
    let all: Vec<_> = actions().into_iter().map(|(_, action)| action).collect();
    let one = vec![all[0].clone()];
    check(
        "transaction",
        vec![
            ("transfer", transaction(one.clone())),
            ("every_action", transaction(all.clone())),
            ("no_action", transaction(vec![])),
        ],
    );
    check(
        "signed_transaction",
        vec![("transfer", signed(one)), ("every_action", signed(all))],
    );
}

#[test]
fn blocks() {
    check("header", vec![("header", header())]);
    check("body", vec![("empty", Body::default()), ("full", body())]);
    check(
        "block",
        vec![(
            "full",
            Block {
                header: header(),
                body: body(),
            },
        )],
    );
}

#[test]
fn consensus() {
    let value = Some(BlockHash::from_bytes(word(0x72)));
    check(
        "vote_kind",
        vec![
            ("prevote", VoteKind::Prevote),
            ("precommit", VoteKind::Precommit),
        ],
    );
    check("vote", vec![("nil", vote(None)), ("value", vote(value))]);
    check(
        "signed_vote",
        vec![("nil", signed_vote(None)), ("value", signed_vote(value))],
    );
    check(
        "proposal",
        vec![("fresh", proposal(None)), ("again", proposal(Some(0)))],
    );
    check(
        "signed_proposal",
        vec![
            ("fresh", signed_proposal(None)),
            ("again", signed_proposal(Some(0))),
        ],
    );
    check("proposal_parts", vec![("parts", parts())]);
    check("peer_proof", vec![("peer", peer())]);
    check(
        "commit_signature",
        vec![("first", certificate().signatures[0])],
    );
    check(
        "commit_certificate",
        vec![("two_signatures", certificate())],
    );
    check("evidence", evidence());
    check("validator", vec![("first", validators().0[0])]);
    check(
        "validator_set",
        vec![
            ("empty", ValidatorSet::default()),
            ("two_members", validators()),
        ],
    );
}

#[test]
fn outcomes() {
    let codes = StatusCode::ALL
        .iter()
        .map(|&code| (code.as_str(), code))
        .collect();
    check("status_code", codes);
    let events = events();
    check(
        "event",
        vec![
            ("two_topics", events[0].clone()),
            ("empty", events[1].clone()),
        ],
    );
    let [success, failure] = <[Receipt; 2]>::try_from(receipts()).expect("two samples");
    let summaries = vec![
        ("success", success.summary()),
        ("failure", failure.summary()),
    ];
    check("receipt_summary", summaries);
    check("receipt", vec![("success", success), ("failure", failure)]);
    let cursor = EventCursor {
        height: 120,
        tx: 3,
        event: 1,
    };
    check("event_cursor", vec![("120.3.1", cursor)]);
    let leaves = [word(1), word(2), word(3)];
    let proof = merkle::prove(&leaves, 1).expect("1 < 3");
    check("merkle_proof", vec![("second_of_three", proof)]);
}

#[test]
fn ids_roots_and_sign_hashes() {
    let hex = |bytes: &[u8]| const_hex::encode_prefixed(bytes);
    let body = body();
    let (code, creator) = (CodeHash::of(b"code"), address(1));
    let contract = |abi| hex(Address::of_contract(abi, &creator, &word(2), &code).as_bytes());
    let lines = [
        (
            "account_id",
            hex(Address::of_key(&secret(1).public()).as_bytes()),
        ),
        ("contract_id_native", contract(AbiKind::Native)),
        ("contract_id_cosmwasm", contract(AbiKind::CosmWasm)),
        ("code_hash", code.to_string()),
        ("abi_hash", AbiHash::of(b"abi").to_string()),
        ("tx_id", body.transactions[0].id().to_string()),
        ("tx_leaf", hex(&body.transactions[0].leaf())),
        ("tx_root", body.tx_root().to_string()),
        ("tx_root_empty", tx_root(&[]).to_string()),
        ("evidence_leaf", hex(&body.evidence[0].leaf())),
        ("evidence_root", body.evidence_root().to_string()),
        ("certificate_hash", body.certificate_hash().to_string()),
        (
            "certificate_hash_none",
            Body::default().certificate_hash().to_string(),
        ),
        ("block_hash", header().hash().to_string()),
        ("vote_sign_hash", vote(None).sign_hash().to_string()),
        ("proposal_sign_hash", proposal(None).sign_hash().to_string()),
        ("parts_sign_hash", parts().sign_hash().to_string()),
        ("peer_sign_hash", peer().sign_hash().to_string()),
        ("validator_set_hash", validators().hash().to_string()),
        ("event_leaf", hex(&events()[0].leaf())),
        ("events_root", receipts()[0].events_root().to_string()),
        ("receipt_leaf", hex(&receipts()[0].leaf())),
        ("receipts_root", receipts_root(&receipts()).to_string()),
    ];
    check_lines(
        "derived.txt",
        lines.map(|(name, value)| (name.into(), value)).to_vec(),
    );
}

#[test]
fn domains() {
    let line = |domain: &Domain| {
        let hash = const_hex::encode_prefixed(domain.hash(&[b"argosy"]));
        (
            format!("{domain:?}"),
            format!("\"{}\" {hash}", domain.context()),
        )
    };
    check_lines("domains.txt", Domain::ALL.iter().map(line).collect());
}

#[test]
fn merkle_roots() {
    let leaves: Vec<_> = (0..9).map(word).collect();
    let line = |count: usize| {
        (
            count.to_string(),
            const_hex::encode_prefixed(merkle::root(&leaves[..count])),
        )
    };
    check_lines("merkle_roots.txt", (0..=9).map(line).collect());
}

#[test]
fn address_texts() {
    let line = |hrp: Hrp| (hrp.to_string(), address(1).to_text(hrp));
    check_lines("address_texts.txt", Hrp::ALL.map(line).to_vec());
}

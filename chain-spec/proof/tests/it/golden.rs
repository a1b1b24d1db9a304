//! Bytes and hashes that never change again. `ARGOSY_BLESS=1` writes the file anew.

use crate::model::{Leaves, prove, prove_multi, prove_range, root};
use argosy_primitives::{AbiHash, AbiKind, Address, CodeHash, Event, MerkleProof, Signature, TxId};
use argosy_primitives::{EventsRoot, ReceiptSummary, StatusCode};
use argosy_proof::{
    Account, CodeRecord, ContractRecord, EventProof, Path, ReceiptProof, StateKey, Supply, TxProof,
    trie,
};
use parity_scale_codec::Encode;
use std::fmt::Write;

/// Lines of `name hex`.
#[derive(Default)]
struct Vectors(String);

impl Vectors {
    fn add(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        writeln!(self.0, "{name} {}", const_hex::encode(bytes)).expect("a string takes all");
    }

    #[track_caller]
    fn check(self, file: &str) {
        let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("ARGOSY_BLESS").is_some() {
            std::fs::write(&path, &self.0).expect("the golden folder is writable");
        }
        let expected = std::fs::read_to_string(&path).expect("the golden file is there");
        assert_eq!(self.0, expected, "{file} is frozen");
    }
}

fn leaves(count: u8) -> Leaves {
    let address = |number| Address::from_bytes([number % 3; 32]);
    let leaf = |number: u8| {
        let path = Path::of(&address(number), StateKey::Storage(&[number]));
        (path, trie::value_hash(&[number; 5]))
    };
    (0..count).map(leaf).collect()
}

#[test]
fn trie_hashes_are_frozen() {
    let mut vectors = Vectors::default();
    let address = Address::from_bytes([0x11; 32]);
    let keys = [
        ("account", StateKey::Account),
        ("contract", StateKey::Contract),
        ("storage", StateKey::Storage(b"key")),
        ("system", StateKey::System(b"key")),
    ];
    for (name, key) in keys {
        vectors.add(&format!("key.{name}"), key.under(&address));
        vectors.add(&format!("path.{name}"), Path::of(&address, key).as_bytes());
    }
    let path = Path::from_bytes([0x22; 64]);
    vectors.add("value_hash.empty", trie::value_hash(b""));
    vectors.add("value_hash.text", trie::value_hash(b"value"));
    vectors.add("leaf_hash", trie::leaf_hash(&path, &[0x33; 32]));
    vectors.add("node_hash.0", trie::node_hash(0, &[1; 32], &[2; 32]));
    vectors.add("node_hash.511", trie::node_hash(511, &[1; 32], &[2; 32]));
    for count in [0, 1, 2, 3, 16, 200] {
        vectors.add(&format!("root.{count}"), root(&leaves(count)).as_bytes());
    }
    vectors.check("trie.txt");
}

#[test]
fn proofs_are_frozen() {
    let mut vectors = Vectors::default();
    let leaves = leaves(16);
    let present = *leaves.keys().next().expect("there are leaves");
    vectors.add("state_proof.present", prove(&leaves, &present).encode());
    let absent = Path::from_bytes([0; 64]);
    vectors.add("state_proof.absent", prove(&leaves, &absent).encode());
    vectors.add("state_proof.empty", prove(&Leaves::new(), &absent).encode());
    let merkle = MerkleProof {
        index: 1,
        count: 3,
        path: vec![[1; 32], [2; 32]],
    };
    let (id, signature) = (TxId::from_bytes([7; 32]), Signature::Ed25519([8; 64]));
    vectors.add(
        "tx_proof",
        TxProof {
            id,
            signature,
            merkle: merkle.clone(),
        }
        .encode(),
    );
    let receipt = ReceiptSummary {
        status: StatusCode::Reverted,
        action: 1,
        data: b"why".to_vec(),
        gas_used: 21_000,
        fee: 42_000,
        deposit: -7,
        events_root: EventsRoot::from_bytes([9; 32]),
    };
    let receipt = ReceiptProof {
        receipt,
        merkle: merkle.clone(),
    };
    vectors.add("receipt_proof", receipt.encode());
    let contract = Address::from_bytes([5; 32]);
    let event = Event {
        contract,
        topics: vec![[6; 32]],
        data: b"data".to_vec(),
    };
    vectors.add(
        "event_proof",
        EventProof {
            event,
            merkle,
            receipt,
        }
        .encode(),
    );
    vectors.check("proofs.txt");
}

#[test]
fn proofs_about_many_keys_are_frozen() {
    let mut vectors = Vectors::default();
    let leaves = leaves(16);
    let mut keys: Vec<_> = leaves.keys().copied().step_by(5).collect();
    keys.push(Path::from_bytes([0xff; 64]));
    vectors.add("multiproof", prove_multi(&leaves, &keys).encode());
    vectors.add(
        "multiproof.empty",
        prove_multi(&Leaves::new(), &keys).encode(),
    );
    let (first, last) = (keys[1], keys[2]);
    vectors.add("range_proof", prove_range(&leaves, &first, &last).encode());
    let (first, last) = (Path::from_bytes([0; 64]), Path::from_bytes([0xff; 64]));
    vectors.add(
        "range_proof.all",
        prove_range(&leaves, &first, &last).encode(),
    );
    vectors.check("many.txt");
}

#[test]
fn records_are_frozen_and_read_back() {
    let account = Account {
        nonce: 1,
        balance: 2,
        deposit: 3,
    };
    let contract = ContractRecord {
        abi: AbiKind::Native,
        code: CodeHash::from_bytes([1; 32]),
        admin: Some(Address::from_bytes([2; 32])),
        creator: Address::from_bytes([3; 32]),
        deposit: 4,
        storage_bytes: 5,
        storage_items: 6,
        created_at: 7,
    };
    let code = CodeRecord {
        sha256: [1; 32],
        code_id: 2,
        abi: AbiKind::Native,
        size_bytes: 3,
        instrumented_bytes: 4,
        uploader: Address::from_bytes([5; 32]),
        deposit: 6,
        users: 7,
        abi_hash: Some(AbiHash::from_bytes([8; 32])),
        capabilities: 9,
        storage_version: Some(10),
    };
    let mut vectors = Vectors::default();
    vectors.add("account", account.to_value());
    vectors.add("contract", contract.to_value());
    vectors.add(
        "contract.frozen",
        ContractRecord {
            admin: None,
            ..contract
        }
        .to_value(),
    );
    vectors.add("code", code.to_value());
    vectors.add(
        "code.no_abi",
        CodeRecord {
            abi_hash: None,
            storage_version: None,
            ..code
        }
        .to_value(),
    );
    let supply = Supply(11);
    vectors.add("supply", supply.to_value());
    vectors.check("records.txt");

    assert_eq!(Account::from_value(&account.to_value()), Ok(account));
    assert_eq!(
        ContractRecord::from_value(&contract.to_value()),
        Ok(contract)
    );
    assert_eq!(CodeRecord::from_value(&code.to_value()), Ok(code));
    assert_eq!(Supply::from_value(&supply.to_value()), Ok(supply));
    let at = |owner: Address, key: StateKey<'_>| Supply::is_at(&key.under(&owner));
    assert!(at(Address::SYSTEM, StateKey::System(&Supply::KEY)));
    assert!(!at(Address::STAKING, StateKey::System(&Supply::KEY)));
    assert!(!at(Address::SYSTEM, StateKey::Storage(&Supply::KEY)));
    assert!(!at(Address::SYSTEM, StateKey::System(&[6, 0])));
    assert!(Account::from_value(&contract.to_value()).is_err());
    assert!(Account::from_value(&account.to_value()[..39]).is_err());
}

//! Bytes that never change again. `ARGOSY_BLESS=1` writes the file anew.

use std::fmt::Write;

use argosy_primitives::{
    Address, BlockHash, CertificateHash, CommitCertificate, CommitSignature, EvidenceRoot,
    GenesisHash, Header, ReceiptsRoot, Signature, StateRoot, TxRoot, Validator, ValidatorSet,
};
use argosy_proof::{Neighbour, Path, RangeProof, Sibling};
use argosy_snapshot::{Chunk, Manifest, StateChunk};

use crate::world::key;

/// A manifest with something in every field.
pub(crate) fn sample() -> Manifest {
    let validator = |number: u8, power| Validator {
        address: Address::of_key(&key(number).public()),
        key: key(number).public(),
        power,
        absent: false,
    };
    let validators = ValidatorSet(vec![validator(1, 5)]);
    let next_validators = ValidatorSet(vec![validator(1, 5), validator(2, 7)]);
    let header = Header {
        version: 1,
        chain: GenesisHash::from_bytes([1; 32]),
        height: 1_200,
        time_ms: 1_800_000_000_000,
        parent: BlockHash::from_bytes([2; 32]),
        proposer: Address::from_bytes([3; 32]),
        round: 4,
        validators: validators.hash(),
        next_validators: next_validators.hash(),
        last_certificate: CertificateHash::from_bytes([5; 32]),
        tx_root: TxRoot::from_bytes([6; 32]),
        evidence_root: EvidenceRoot::from_bytes([7; 32]),
        base_price: 8,
        gas_used: 9,
        state_root: StateRoot::from_bytes([10; 32]),
        receipts_root: ReceiptsRoot::from_bytes([11; 32]),
    };
    let neighbour = |byte: u8| Neighbour {
        path: Path::from_bytes([byte; 64]),
        value_hash: [byte; 32],
        siblings: vec![Sibling {
            bit: 3,
            hash: [byte; 32],
        }],
    };
    let chunk = |bytes, entries| Chunk {
        bytes,
        hash: [12; 32],
        entries,
    };
    let state = vec![
        StateChunk {
            chunk: chunk(4 << 20, 30_000),
            last: Path::from_bytes([0x55; 64]),
            around: RangeProof {
                before: None,
                after: Some(neighbour(0x66)),
            },
        },
        StateChunk {
            chunk: chunk(70, 1),
            last: Path::from_bytes([0xff; 64]),
            around: RangeProof {
                before: Some(neighbour(0x55)),
                after: None,
            },
        },
    ];
    Manifest {
        certificate: None,
        header,
        validators,
        next_validators,
        state,
        code: vec![chunk(1_000, 2)],
        blocks: vec![chunk(2_000, 32)],
    }
}

/// The same, decided by its only validator.
pub(crate) fn certified() -> Manifest {
    let manifest = sample();
    let mut certificate = CommitCertificate {
        height: manifest.header.height,
        round: 2,
        block: manifest.header.hash(),
        signatures: Vec::new(),
    };
    let validator = manifest.validators.0[0].address;
    let vote = certificate.precommit_of(manifest.header.chain, validator);
    let signature: Signature = key(1).sign(vote.sign_hash().as_bytes());
    certificate.signatures.push(CommitSignature {
        validator,
        signature,
    });
    Manifest {
        certificate: Some(certificate),
        ..manifest
    }
}

#[test]
fn manifests_are_frozen() {
    let mut text = String::new();
    for (name, manifest) in [("plain", sample()), ("certified", certified())] {
        let bytes = manifest.to_bytes();
        assert_eq!(Manifest::decode(&bytes).unwrap(), manifest);
        writeln!(text, "{name} {}", const_hex::encode(bytes)).unwrap();
    }
    let path = format!("{}/tests/golden/manifest.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ARGOSY_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        text,
        "it is frozen"
    );
}

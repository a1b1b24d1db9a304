//! Parts in any order, from anybody: a block comes out whole, or nothing is held for long.

use argosy_bft::{
    Assembled, Assembly, PART_BYTES_MAX, Part, PartInit, STREAMS_MAX, STREAMS_PER_PUBLISHER_MAX,
    StreamError, piece_count, proposal_parts,
};
use argosy_primitives::{
    Address, Block, BlockHash, Body, CertificateHash, CommitCertificate, CommitSignature,
    EvidenceRoot, GenesisHash, Header, ReceiptsRoot, SecretKey, Signature, StateRoot, TxRoot,
    ValidatorSetHash,
};
use proptest::prelude::*;

const BLOCK_BYTES_MAX: usize = 4 * PART_BYTES_MAX;
pub(crate) const CHAIN: GenesisHash = GenesisHash::from_bytes([5; 32]);

/// A block of some `signatures · 97` bytes.
pub(crate) fn block(signatures: usize) -> Block {
    let signature = CommitSignature {
        validator: Address::from_bytes([3; 32]),
        signature: Signature::Ed25519([4; 64]),
    };
    let body = Body {
        last_certificate: Some(CommitCertificate {
            height: 6,
            round: 0,
            block: BlockHash::ZERO,
            signatures: vec![signature; signatures],
        }),
        ..Body::default()
    };
    let header = Header {
        version: 1,
        chain: CHAIN,
        height: 7,
        time_ms: 0,
        parent: BlockHash::ZERO,
        proposer: Address::SYSTEM,
        round: 0,
        validators: ValidatorSetHash::ZERO,
        next_validators: ValidatorSetHash::ZERO,
        last_certificate: CertificateHash::ZERO,
        tx_root: TxRoot::ZERO,
        evidence_root: EvidenceRoot::ZERO,
        base_price: 0,
        gas_used: 0,
        state_root: StateRoot::ZERO,
        receipts_root: ReceiptsRoot::ZERO,
    };
    let mut block = Block { header, body };
    block.header.tx_root = block.body.tx_root();
    block.header.evidence_root = block.body.evidence_root();
    block.header.last_certificate = block.body.certificate_hash();
    block
}

fn key() -> SecretKey {
    SecretKey::generate_from([8; 32])
}

fn init(block: &Block) -> PartInit {
    let mut init = PartInit {
        height: block.header.height,
        round: 0,
        valid_round: None,
        proposer: Address::of_key(&key().public()),
        block: block.header.hash(),
        pieces: piece_count(block),
        signature: Signature::Ed25519([0; 64]),
    };
    sign(&mut init);
    init
}

fn sign(init: &mut PartInit) {
    let signed = init.signed(CHAIN).sign_hash();
    init.signature = key().sign(signed.as_bytes());
}

fn insert(
    assembly: &mut Assembly,
    publisher: u8,
    stream: u8,
    numbered: (u64, Part),
) -> Result<Option<Assembled>, StreamError> {
    let holds = |init: &PartInit| init.holds(CHAIN, &key().public());
    assembly.insert((&[publisher], &[stream]), numbered, holds)
}

fn numbered(block: &Block) -> Vec<(u64, Part)> {
    (0..).zip(proposal_parts(init(block), block)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_block_comes_out_whole_in_whatever_order(
        signatures in 0..4_000_usize,
        order in any::<prop::sample::Index>(),
    ) {
        let block = block(signatures);
        let mut parts = numbered(&block);
        let middle = order.index(parts.len());
        parts.rotate_left(middle);
        let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
        let count = parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            let whole = insert(&mut assembly, 1, 1, part).unwrap();
            prop_assert_eq!(whole.is_some(), index + 1 == count);
            if let Some(whole) = whole {
                prop_assert_eq!(&whole.block, &block);
            }
        }
        prop_assert!(assembly.is_empty());
    }
}

#[test]
fn what_nobody_signed_is_not_taken() {
    let block = block(10);
    let bend: [fn(&mut PartInit); 5] = [
        |init| init.round = 1,
        |init| init.height += 1,
        |init| init.valid_round = Some(0),
        |init| init.block = BlockHash::ZERO,
        |init| init.pieces += 1,
    ];
    for bend in bend {
        let mut init = init(&block);
        bend(&mut init);
        let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
        let refused = insert(&mut assembly, 1, 1, (0, Part::Init(init)));
        assert_eq!(refused, Err(StreamError::Refused));
        assert!(assembly.is_empty());
    }
}

#[test]
fn other_bytes_than_announced_are_no_block() {
    let (good, other) = (block(10), block(11));
    let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
    let first = numbered(&good).remove(0);
    assert_eq!(insert(&mut assembly, 1, 1, first), Ok(None));
    // A header names its body only by roots, which the node checks: only the header must fit here.
    let mut header = other;
    header.header.round = 1;
    let piece = numbered(&header).remove(1);
    assert_eq!(
        insert(&mut assembly, 1, 1, piece),
        Err(StreamError::NotTheBlock)
    );
    let first = numbered(&good).remove(0);
    assert_eq!(insert(&mut assembly, 1, 2, first), Ok(None));
    let rubbish = Part::Data {
        last: true,
        bytes: vec![0xff; 1_000],
    };
    assert_eq!(
        insert(&mut assembly, 1, 2, (1, rubbish)),
        Err(StreamError::NotTheBlock)
    );
    assert!(assembly.is_empty());
}

#[test]
fn another_body_under_the_announced_header_is_no_block() {
    let good = block(4_000);
    let mut parts = numbered(&good);
    let Part::Init(init) = &mut parts[0].1 else {
        panic!("the first part is the first");
    };
    init.pieces = 1;
    sign(init);
    let false_body = Block {
        body: Body::default(),
        ..good.clone()
    };
    let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
    assert_eq!(insert(&mut assembly, 9, 1, parts.remove(0)), Ok(None));
    let piece = numbered(&false_body).remove(1);
    assert_eq!(
        insert(&mut assembly, 9, 1, piece),
        Err(StreamError::NotTheBlock)
    );
    // The honest stream comes through all the same.
    let whole = numbered(&good)
        .into_iter()
        .find_map(|part| insert(&mut assembly, 1, 1, part).unwrap());
    assert_eq!(whole.map(|it| it.block), Some(good));
}

#[test]
fn malformed_parts_end_their_stream() {
    let block = block(4_000);
    let data = |bytes: usize| Part::Data {
        last: false,
        bytes: vec![1; bytes],
    };
    let check = |numbered: (u64, Part), expected: StreamError| {
        let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
        assert_eq!(insert(&mut assembly, 1, 1, numbered), Err(expected));
        assert!(assembly.is_empty());
    };
    check((0, data(1)), StreamError::Malformed { sequence: 0 });
    check(
        (1, data(PART_BYTES_MAX + 1)),
        StreamError::Malformed { sequence: 1 },
    );
    check((5, data(1)), StreamError::Sequence { sequence: 5 });
    check(
        (u64::MAX, data(1)),
        StreamError::Sequence { sequence: u64::MAX },
    );
    check(
        (1, numbered(&block).remove(0).1),
        StreamError::Malformed { sequence: 1 },
    );
    let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
    assert_eq!(insert(&mut assembly, 1, 1, (2, data(1))), Ok(None));
    let twice = insert(&mut assembly, 1, 1, (2, data(1)));
    assert_eq!(twice, Err(StreamError::Malformed { sequence: 2 }));
    let name = vec![0; 65];
    let found = assembly.insert((&[1], &name), (1, data(1)), |_| true);
    assert_eq!(found, Err(StreamError::Name));
}

#[test]
fn a_flood_holds_no_more_than_its_share() {
    let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
    let data = || Part::Data {
        last: false,
        bytes: vec![1; PART_BYTES_MAX],
    };
    let honest = numbered(&block(10));
    assert_eq!(insert(&mut assembly, 0, 0, honest[0].clone()), Ok(None));
    for stream in 0..200 {
        insert(&mut assembly, 1, stream, (1, data())).unwrap();
        assert!(assembly.len() <= STREAMS_PER_PUBLISHER_MAX + 1);
    }
    // One flooder alone never costs the honest one its stream.
    let whole = insert(&mut assembly, 0, 0, honest[1].clone()).unwrap();
    assert!(whole.is_some());
    for publisher in 1..=255 {
        insert(&mut assembly, publisher, 0, (1, data())).unwrap();
    }
    assert!(assembly.len() <= STREAMS_MAX);
    assert!(assembly.size_bytes() <= STREAMS_MAX * BLOCK_BYTES_MAX);
}

#[test]
fn streams_that_a_proposer_signed_outlive_those_that_nobody_did() {
    let mut assembly = Assembly::new(BLOCK_BYTES_MAX);
    let honest = numbered(&block(10));
    for stream in 0..3 {
        let first = honest[0].clone();
        assert_eq!(insert(&mut assembly, 255, stream, first), Ok(None));
    }
    let rubbish = |publisher, stream, assembly: &mut Assembly| {
        let piece = Part::Data {
            last: false,
            bytes: vec![1; 10],
        };
        insert(assembly, publisher, stream, (1, piece)).unwrap();
    };
    for publisher in 0..200 {
        for stream in 0..3 {
            rubbish(publisher, stream, &mut assembly);
        }
    }
    assert_eq!(assembly.len(), STREAMS_MAX);
    for stream in 0..3 {
        let whole = insert(&mut assembly, 255, stream, honest[1].clone());
        assert!(whole.unwrap().is_some(), "stream {stream}");
    }
}

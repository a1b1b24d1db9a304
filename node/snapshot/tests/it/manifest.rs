//! What a manifest may be: each rule broken once, and by the byte.

use argosy_proof::Path;
use argosy_snapshot::{
    BLOCKS_CHUNK_BYTES_MAX, CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, Chunk, MAGIC, MANIFEST_BYTES_MAX,
    Manifest, ManifestError, Part, StateChunk,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;

use crate::golden::{certified, sample};

fn refused(manifest: &Manifest) -> ManifestError {
    Manifest::decode(&manifest.to_bytes()).unwrap_err()
}

/// Changes a good manifest; it must be refused in words that hold `says`.
#[track_caller]
fn check(says: &str, change: impl FnOnce(&mut Manifest)) {
    let mut manifest = certified();
    change(&mut manifest);
    let error = refused(&manifest).to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn each_rule_has_its_error() {
    check("validators are not", |it| it.validators.0[0].power += 1);
    check("next validators", |it| it.next_validators.0.clear());
    check("certificate does not hold", |it| it.header.gas_used += 1);
    check("certificate does not hold", |it| {
        let certificate = it.certificate.as_mut().unwrap();
        certificate.signatures.clear();
    });
    check("cover the state", |it| it.state.clear());
    check("cover the state", |it| it.state.swap(0, 1));
    check("cover the state", |it| {
        it.state[1].last = Path::from_bytes([0xfe; 64]);
    });
    check("cover the state", |it| {
        let again = it.state[1].clone();
        it.state.push(again);
    });
    check("no blocks", |it| it.blocks.clear());
    check("chunk 0 (records) would have", |it| {
        it.state[0].chunk.bytes = CHUNK_BYTES_MIN - 1;
    });
    check("chunk 1 (records) would have", |it| {
        it.state[1].chunk.bytes = CHUNK_BYTES_MAX + 1;
    });
    check("chunk 1 (records)", |it| it.state[1].chunk.entries = 18);
    check("chunk 2 (modules)", |it| {
        it.code.push(it.code[0]);
    });
    check("chunk 3 (blocks)", |it| {
        it.blocks[0].bytes = BLOCKS_CHUNK_BYTES_MAX + 1;
    });
    check("chunk 3 (blocks)", |it| it.blocks[0].bytes = 0);
    check("names 31 blocks", |it| it.blocks[0].entries = 31);
    check("names 33 blocks", |it| it.blocks[0].entries = 33);
    check("names 64 blocks", |it| it.blocks.push(it.blocks[0]));
    check("names 32 blocks", |it| {
        let empty = Chunk {
            entries: 0,
            ..it.blocks[0]
        };
        it.blocks.push(empty);
    });
}

#[test]
fn what_is_none_is_told_from_what_is_newer() {
    let bytes = sample().to_bytes();
    let decode = |bytes: &[u8]| Manifest::decode(bytes).unwrap_err();
    assert!(matches!(decode(b""), ManifestError::Foreign));
    assert!(matches!(decode(b"PNG"), ManifestError::Foreign));
    let newer = [b"argosy snapshot 2\n", &bytes[MAGIC.len()..]].concat();
    assert!(matches!(decode(&newer), ManifestError::OtherVersion));
    let extra = [&bytes[..], &[0]].concat();
    assert!(matches!(decode(&extra), ManifestError::Malformed(_)));
    let large = vec![b'a'; MANIFEST_BYTES_MAX + 1];
    assert!(matches!(decode(&large), ManifestError::TooLarge { .. }));
    for length in 0..bytes.len() {
        decode(&bytes[..length]);
    }
}

/// A million chunks of some bytes each, and lists that say they are as long.
#[test]
fn a_million_tiny_chunks_are_refused_by_the_manifest_alone() {
    let tiny = Chunk {
        bytes: 80,
        hash: [0; 32],
        entries: 1,
    };
    let mut manifest = sample();
    manifest.code = vec![tiny; 1_000_000];
    let error = refused(&manifest);
    assert!(
        matches!(error, ManifestError::ChunkSize { index: 2, .. }),
        "{error}"
    );
    let mut manifest = sample();
    let like = manifest.state[0].clone();
    manifest.state = (0..500_000_u32)
        .map(|index| {
            let mut last = [0xff; 64];
            last[..4].copy_from_slice(&index.to_be_bytes());
            StateChunk {
                chunk: tiny,
                last: Path::from_bytes(last),
                ..like.clone()
            }
        })
        .collect();
    assert!(matches!(refused(&manifest), ManifestError::TooLarge { .. }));
    let manifest = sample();
    let before = [
        manifest.header.encode(),
        manifest.certificate.encode(),
        manifest.validators.encode(),
        manifest.next_validators.encode(),
    ];
    // Compact length 2^30 - 1.
    let bytes = [MAGIC, &before.concat(), &[0xfe, 0xff, 0xff, 0xff]].concat();
    assert!(matches!(
        Manifest::decode(&bytes),
        Err(ManifestError::Malformed(_))
    ));
}

#[test]
fn chunks_are_numbered_through_and_ranges_touch() {
    let manifest = sample();
    let chunks: Vec<_> = manifest.chunks().collect();
    assert_eq!((chunks.len(), manifest.chunk_count()), (4, 4));
    let Part::State { first, last, .. } = chunks[0].1 else {
        panic!("{chunks:?}")
    };
    assert_eq!(
        (first, last),
        (Path::from_bytes([0; 64]), Path::from_bytes([0x55; 64]))
    );
    let Part::State { first, .. } = chunks[1].1 else {
        panic!("{chunks:?}")
    };
    let mut behind = [0x55; 64];
    behind[63] = 0x56;
    assert_eq!(first, Path::from_bytes(behind));
    assert_eq!(
        chunks.iter().map(|it| it.0).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
    assert_eq!((chunks[2].1, chunks[3].1), (Part::Code, Part::Blocks));
    assert_eq!(manifest.records(), 30_001);
    assert_eq!(manifest.total_bytes(), (4 << 20) + 70 + 1_000 + 2_000);
}

proptest! {
    /// Bytes are canonical: what decodes encodes to the same.
    #[test]
    fn a_changed_byte_is_refused_or_another_manifest(at in any::<prop::sample::Index>(), by in 1_u8..) {
        let mut bytes = certified().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        if let Ok(manifest) = Manifest::decode(&bytes) {
            prop_assert_eq!(manifest.to_bytes(), bytes);
            prop_assert_ne!(manifest, certified());
        }
    }

    #[test]
    fn any_shape_comes_back(
        sizes in prop::collection::vec((CHUNK_BYTES_MIN..CHUNK_BYTES_MAX, 0_u32..1000, any::<[u8; 32]>()), 1..9),
        modules in prop::collection::vec(CHUNK_BYTES_MIN..CHUNK_BYTES_MAX, 0..4),
        blocks in prop::collection::vec(200..BLOCKS_CHUNK_BYTES_MAX, 1..4),
    ) {
        let mut manifest = sample();
        let count = sizes.len();
        manifest.state = (1..).zip(sizes).map(|(number, (bytes, entries, hash))| StateChunk {
            chunk: Chunk { bytes, hash, entries },
            last: Path::from_bytes([if number == count { 0xff } else { number as u8 }; 64]),
            around: sample().state[number % 2].around.clone(),
        }).collect();
        let plain = |bytes| Chunk { bytes, hash: [1; 32], entries: 1 };
        manifest.code = modules.into_iter().map(plain).collect();
        manifest.blocks = blocks.into_iter().map(plain).collect();
        let others = u32::try_from(manifest.blocks.len() - 1).unwrap();
        manifest.blocks[0].entries = 32 - others;
        prop_assert_eq!(Manifest::decode(&manifest.to_bytes()).unwrap(), manifest);
    }
}

//! State proofs: presence, absence and every way to lie about them.

use crate::model::{leaves, leaves_of, path, path_of, prove, root};
use argosy_primitives::{Limits, StateRoot, decode_untrusted};
use argosy_proof::{Path, ProofError, Root, Sibling, StateProof};
use parity_scale_codec::Encode;
use proptest::prelude::*;

/// What an attacker may do to a proof.
#[derive(Clone, Debug)]
enum Lie {
    FlipBit(prop::sample::Index, u8),
    DropSibling(prop::sample::Index),
    RepeatSibling(prop::sample::Index),
    AddSibling(prop::sample::Index, u16, [u8; 32]),
    SetBit(prop::sample::Index, u16),
    SwapSiblings(prop::sample::Index, prop::sample::Index),
    OtherLeaf(Path, [u8; 32]),
    NoLeaf,
    Nothing,
}

fn lie() -> impl Strategy<Value = Lie> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, bit)| Lie::FlipBit(at, bit)),
        index().prop_map(Lie::DropSibling),
        index().prop_map(Lie::RepeatSibling),
        (index(), any::<u16>(), any::<[u8; 32]>()).prop_map(|(at, b, h)| Lie::AddSibling(at, b, h)),
        (index(), prop_oneof![0u16..600, any::<u16>()]).prop_map(|(at, b)| Lie::SetBit(at, b)),
        (index(), index()).prop_map(|(a, b)| Lie::SwapSiblings(a, b)),
        (path(), (0u8..4).prop_map(|byte| [byte; 32])).prop_map(|(p, h)| Lie::OtherLeaf(p, h)),
        Just(Lie::NoLeaf),
        Just(Lie::Nothing),
    ]
}

impl Lie {
    /// The changed proof; none if its bytes are no proof at all.
    fn tell(self, mut proof: StateProof) -> Option<StateProof> {
        let len = proof.siblings.len();
        match self {
            Lie::FlipBit(at, bit) => {
                let mut bytes = proof.encode();
                let index = at.index(bytes.len());
                bytes[index] ^= 1 << (bit % 8);
                return decode_untrusted(&bytes, Limits::for_size(64 << 10)).ok();
            }
            Lie::DropSibling(at) if len > 0 => {
                proof.siblings.remove(at.index(len));
            }
            Lie::RepeatSibling(at) if len > 0 => {
                let sibling = proof.siblings[at.index(len)];
                proof.siblings.insert(at.index(len), sibling);
            }
            Lie::AddSibling(at, bit, hash) => {
                proof
                    .siblings
                    .insert(at.index(len + 1), Sibling { bit, hash });
            }
            Lie::SetBit(at, bit) if len > 0 => proof.siblings[at.index(len)].bit = bit,
            Lie::SwapSiblings(a, b) if len > 0 => proof.siblings.swap(a.index(len), b.index(len)),
            Lie::OtherLeaf(path, hash) => proof.leaf = Some((path, hash)),
            Lie::NoLeaf => proof.leaf = None,
            Lie::DropSibling(_)
            | Lie::RepeatSibling(_)
            | Lie::SetBit(..)
            | Lie::SwapSiblings(..)
            | Lie::Nothing => {}
        }
        Some(proof)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn true_proofs_hold_and_no_lie_does(
        leaves in leaves(60),
        target in path(),
        inside in any::<Option<prop::sample::Index>>(),
        lies in prop::collection::vec(lie(), 1..12),
        other in any::<[u8; 32]>(),
    ) {
        let present = inside.filter(|_| !leaves.is_empty()).map(|it| it.index(leaves.len()));
        let target = present.and_then(|it| leaves.keys().nth(it).copied()).unwrap_or(target);
        let (root, truth) = (root(&leaves), leaves.get(&target));
        let proof = prove(&leaves, &target);
        prop_assert_eq!(proof.verify(&root, &target, truth), Ok(()));

        for lie in lies {
            let Some(changed) = lie.tell(proof.clone()) else { continue };
            for claim in [None, Some(&other), Some(&[0; 32]), Some(&[1; 32]), Some(&[2; 32])] {
                if claim != truth {
                    prop_assert!(changed.verify(&root, &target, claim).is_err(), "{:?}", claim);
                }
            }
            let foreign = StateRoot::from_bytes(other);
            prop_assert!(changed.verify(&foreign, &target, truth).is_err());
        }
    }

    #[test]
    fn a_proof_for_one_key_says_nothing_false_about_another(
        leaves in leaves(60), target in path(), about in path(),
    ) {
        let (root, proof) = (root(&leaves), prove(&leaves, &about));
        for claim in [None, Some(&[0; 32]), Some(&[1; 32]), Some(&[2; 32]), Some(&[3; 32])] {
            if claim != leaves.get(&target) {
                prop_assert!(proof.verify(&root, &target, claim).is_err());
            }
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), target in path()) {
        if let Ok(proof) = decode_untrusted::<StateProof>(&bytes, Limits::for_size(64 << 10)) {
            let root = StateRoot::from_bytes([7; 32]);
            prop_assert!(proof.verify(&root, &target, None).is_err());
            prop_assert!(proof.verify(&root, &target, Some(&[0; 32])).is_err());
        }
    }
}

/// Keys 0x00, 0x40 and 0x80: branches at bit 0 and, on its left, at bit 1.
#[track_caller]
fn check(
    change: impl Fn(&mut StateProof),
    target: u8,
    claim: Option<u8>,
    expected: Result<(), ProofError>,
) {
    let leaves = leaves_of(&[0x00, 0x40, 0x80]);
    let mut proof = prove(&leaves, &path_of(0x40));
    change(&mut proof);
    let claim = claim.map(|byte| [byte; 32]);
    assert_eq!(
        proof.verify(&root(&leaves), &path_of(target), claim.as_ref()),
        expected
    );
}

#[test]
fn presence_and_absence_are_told_apart() {
    check(|_| {}, 0x40, Some(0x40), Ok(()));
    check(|_| {}, 0x40, Some(0x41), Err(ProofError::OtherValue));
    check(|_| {}, 0x40, None, Err(ProofError::KeyPresent));
    check(|_| {}, 0x60, None, Ok(()));
    check(|_| {}, 0x60, Some(0x40), Err(ProofError::KeyAbsent));
    check(|_| {}, 0x00, None, Err(ProofError::Detour { bit: 1 }));
    check(|_| {}, 0xc0, None, Err(ProofError::Detour { bit: 0 }));
}

#[test]
fn branching_bits_rise_and_end_below_512() {
    check(
        |it| it.siblings[1].bit = 0,
        0x40,
        Some(0x40),
        Err(ProofError::BadBranch { level: 1 }),
    );
    check(
        |it| it.siblings[1].bit = 511,
        0x60,
        None,
        Err(ProofError::OtherRoot(Root::State)),
    );
    check(
        |it| it.siblings[1].bit = 512,
        0x40,
        Some(0x40),
        Err(ProofError::BadBranch { level: 1 }),
    );
    check(
        |it| it.siblings[0].bit = u16::MAX,
        0x40,
        Some(0x40),
        Err(ProofError::BadBranch { level: 0 }),
    );
}

#[test]
fn only_the_empty_trie_has_no_leaf() {
    check(
        |it| it.leaf = None,
        0x40,
        None,
        Err(ProofError::OtherRoot(Root::State)),
    );
    check(
        |it| *it = StateProof::default(),
        0x40,
        None,
        Err(ProofError::OtherRoot(Root::State)),
    );
    let empty = StateProof::default();
    assert_eq!(empty.verify(&StateRoot::ZERO, &path_of(1), None), Ok(()));
    assert_eq!(
        empty.verify(&StateRoot::ZERO, &path_of(1), Some(&[0; 32])),
        Err(ProofError::KeyAbsent)
    );
    let mut padded = empty;
    padded.siblings.push(Sibling {
        bit: 0,
        hash: [0; 32],
    });
    assert!(padded.verify(&StateRoot::ZERO, &path_of(1), None).is_err());
}

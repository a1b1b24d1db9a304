//! Proofs about many keys: what holds is the truth, in exactly one form.

use crate::model::{
    Leaves, comb, leaves, leaves_of, path, path_of, prove, prove_multi, root, value_hash,
};
use argosy_primitives::{Address, Limits, StateRoot, decode_untrusted};
use argosy_proof::{
    MULTI_KEYS_MAX, Path, ProofError, Root, Sibling, StateKey, StateMultiproof, trie, verify_multi,
    verify_states,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use proptest::sample::Index;

type Keys = Vec<(Path, Option<[u8; 32]>)>;

fn true_keys(leaves: &Leaves, paths: impl IntoIterator<Item = Path>) -> Keys {
    let mut keys: Keys = paths
        .into_iter()
        .map(|path| (path, leaves.get(&path).copied()))
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn proof_of(leaves: &Leaves, keys: &Keys) -> StateMultiproof {
    let paths: Vec<_> = keys.iter().map(|(path, _)| *path).collect();
    prove_multi(leaves, &paths)
}

/// The definition of what a verifier must accept.
fn holds(leaves: &Leaves, keys: &Keys, proof: &StateMultiproof) -> bool {
    let rises = keys.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let is_true = |(path, claim): &(Path, Option<[u8; 32]>)| leaves.get(path) == claim.as_ref();
    rises && keys.iter().all(is_true) && *proof == proof_of(leaves, keys)
}

/// What an attacker may do to a claim and its proof.
#[derive(Clone, Copy, Debug)]
enum Kind {
    FlipBit,
    DropSibling,
    RepeatSibling,
    AddSibling,
    SetBit,
    SetHash,
    SwapSiblings,
    MoveSibling,
    DropWay,
    RepeatWay,
    SwapWays,
    DropWitness,
    RepeatWitness,
    AddWitness,
    AddLeafAsWitness,
    SetWitness,
    ProofWithoutKey,
    ProofWithKey,
    DropKey,
    AddKey,
    SetClaim,
    SwapKeys,
}

#[derive(Clone, Debug)]
struct Lie {
    kind: Kind,
    a: Index,
    b: Index,
    bit: u16,
    path: Path,
    claim: Option<[u8; 32]>,
}

fn lie() -> impl Strategy<Value = Lie> {
    use Kind::*;
    let kinds = vec![
        FlipBit,
        DropSibling,
        RepeatSibling,
        AddSibling,
        SetBit,
        SetHash,
        SwapSiblings,
        MoveSibling,
        DropWay,
        RepeatWay,
        SwapWays,
        DropWitness,
        RepeatWitness,
        AddWitness,
        AddLeafAsWitness,
        SetWitness,
        ProofWithoutKey,
        ProofWithKey,
        DropKey,
        AddKey,
        SetClaim,
        SwapKeys,
    ];
    let bit = prop_oneof![0u16..520, any::<u16>()];
    let claim = prop::option::of(value_hash());
    let parts = (prop::sample::select(kinds), any::<Index>(), any::<Index>());
    (parts, bit, path(), claim).prop_map(|((kind, a, b), bit, path, claim)| Lie {
        kind,
        a,
        b,
        bit,
        path,
        claim,
    })
}

/// One of the elements; none if there are none.
fn pick<T>(list: &mut [T], index: Index) -> Option<&mut T> {
    (!list.is_empty()).then(|| &mut list[index.index(list.len())])
}

fn swap<T>(list: &mut [T], a: Index, b: Index) -> Option<()> {
    let len = list.len();
    (len > 0).then(|| list.swap(a.index(len), b.index(len)))
}

impl Lie {
    /// Where `a` points among all siblings: which way, and where in it.
    fn sibling(proof: &StateMultiproof, index: Index) -> Option<(usize, usize)> {
        let each = proof.ways.iter().enumerate();
        let each = each.flat_map(|(way, siblings)| (0..siblings.len()).map(move |at| (way, at)));
        let all: Vec<_> = each.collect();
        (!all.is_empty()).then(|| all[index.index(all.len())])
    }

    /// None: this lie does not apply.
    fn tell(&self, leaves: &Leaves, keys: &mut Keys, proof: &mut StateMultiproof) -> Option<()> {
        let hash = self.claim.unwrap_or([9; 32]);
        let sibling = Lie::sibling(proof, self.a);
        let (ways, witnesses) = (&mut proof.ways, &mut proof.witnesses);
        match self.kind {
            Kind::FlipBit => {
                let mut bytes = proof.encode();
                *pick(&mut bytes, self.a)? ^= 1 << (self.bit % 8);
                *proof = decode_untrusted(&bytes, Limits::for_size(64 << 10)).ok()?;
            }
            Kind::DropSibling => {
                let (way, at) = sibling?;
                ways[way].remove(at);
            }
            Kind::RepeatSibling => {
                let (way, at) = sibling?;
                let repeated = ways[way][at];
                ways[way].insert(at, repeated);
            }
            Kind::AddSibling => {
                let way = pick(ways, self.a)?;
                let at = way.partition_point(|it| it.bit < self.bit);
                way.insert(
                    at,
                    Sibling {
                        bit: self.bit,
                        hash,
                    },
                );
            }
            Kind::SetBit => {
                let (way, at) = sibling?;
                ways[way][at].bit = self.bit;
            }
            Kind::SetHash => {
                let (way, at) = sibling?;
                ways[way][at].hash = hash;
            }
            Kind::SwapSiblings => {
                let ((way, at), (other, there)) = (sibling?, Lie::sibling(proof, self.b)?);
                let (ours, theirs) = (proof.ways[way][at], proof.ways[other][there]);
                (proof.ways[way][at], proof.ways[other][there]) = (theirs, ours);
            }
            Kind::MoveSibling => {
                let (way, at) = sibling?;
                let moved = ways[way].remove(at);
                let to = pick(ways, self.b)?;
                let at = to.partition_point(|it| it.bit < moved.bit);
                to.insert(at, moved);
            }
            Kind::DropWay if !ways.is_empty() => drop(ways.remove(self.a.index(ways.len()))),
            Kind::RepeatWay => {
                let repeated = pick(ways, self.a)?.clone();
                ways.insert(self.b.index(ways.len()), repeated);
            }
            Kind::SwapWays => swap(ways, self.a, self.b)?,
            Kind::DropWitness if !witnesses.is_empty() => {
                witnesses.remove(self.a.index(witnesses.len()));
                ways.pop();
            }
            Kind::RepeatWitness => {
                let repeated = *pick(witnesses, self.a)?;
                witnesses.push(repeated);
                witnesses.sort();
                ways.push(Vec::new());
            }
            Kind::AddWitness => {
                witnesses.push((self.path, hash));
                witnesses.sort();
                ways.push(Vec::new());
            }
            Kind::AddLeafAsWitness if !leaves.is_empty() => {
                let leaf = leaves.iter().nth(self.a.index(leaves.len()))?;
                // As if an absent key led to it: a proof that does lead to the root.
                let with = |it: &Path| [keys.iter().map(|it| it.0).collect(), vec![*it]].concat();
                let paths = with(leaf.0);
                *proof = prove_multi(leaves, &paths);
                proof.witnesses.push((*leaf.0, *leaf.1));
                proof.witnesses.sort();
                proof.witnesses.dedup();
            }
            Kind::SetWitness => *pick(witnesses, self.a)? = (self.path, hash),
            Kind::ProofWithoutKey if !keys.is_empty() => {
                let mut fewer = keys.clone();
                fewer.remove(self.a.index(keys.len()));
                *proof = proof_of(leaves, &fewer);
            }
            Kind::ProofWithKey => {
                let paths = keys.iter().map(|it| it.0).chain([self.path]);
                *proof = proof_of(leaves, &true_keys(leaves, paths));
            }
            Kind::DropKey if !keys.is_empty() => drop(keys.remove(self.a.index(keys.len()))),
            Kind::AddKey => {
                keys.push((self.path, self.claim));
                keys.sort();
            }
            Kind::SetClaim => pick(keys, self.a)?.1 = self.claim,
            Kind::SwapKeys => swap(keys, self.a, self.b)?,
            Kind::DropWay
            | Kind::DropWitness
            | Kind::AddLeafAsWitness
            | Kind::ProofWithoutKey
            | Kind::DropKey => return None,
        }
        Some(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn exactly_the_true_proof_of_true_claims_holds(
        leaves in leaves(200),
        inside in prop::collection::vec(any::<Index>(), 0..12),
        outside in prop::collection::vec(path(), 0..12),
        lies in prop::collection::vec(lie(), 1..20),
        more_lies in prop::collection::vec(lie(), 1..4),
    ) {
        let root = root(&leaves);
        let all: Vec<_> = leaves.keys().copied().collect();
        let inside = inside.iter().filter(|_| !all.is_empty()).map(|it| all[it.index(all.len())]);
        let keys = true_keys(&leaves, inside.chain(outside));
        let proof = proof_of(&leaves, &keys);
        prop_assert_eq!(verify_multi(&root, &keys, &proof), Ok(()));
        if !keys.is_empty() {
            prop_assert!(verify_multi(&StateRoot::from_bytes([7; 32]), &keys, &proof).is_err());
        }
        for lie in &lies {
            let (mut keys, mut proof) = (keys.clone(), proof.clone());
            if lie.tell(&leaves, &mut keys, &mut proof).is_some() {
                let verdict = verify_multi(&root, &keys, &proof);
                prop_assert_eq!(verdict.is_ok(), holds(&leaves, &keys, &proof), "{:?}", lie);
            }
        }
        let (mut keys, mut proof) = (keys, proof);
        for lie in &more_lies {
            let _ = lie.tell(&leaves, &mut keys, &mut proof);
        }
        let verdict = verify_multi(&root, &keys, &proof);
        prop_assert_eq!(verdict.is_ok(), holds(&leaves, &keys, &proof));
    }

    #[test]
    fn noise_is_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..300), paths in prop::collection::vec(path(), 1..9),
    ) {
        if let Ok(proof) = decode_untrusted::<StateMultiproof>(&bytes, Limits::for_size(64 << 10)) {
            let root = StateRoot::from_bytes([7; 32]);
            let keys = true_keys(&Leaves::new(), paths);
            prop_assert!(verify_multi(&root, &keys, &proof).is_err());
        }
    }
}

/// First bytes of leaves: branches at bit 0, at bit 1 on both sides, and at bit 3.
const FIRSTS: [u8; 5] = [0x00, 0x40, 0x50, 0x80, 0xc0];

#[test]
fn every_flipped_bit_is_refused() {
    let leaves = leaves_of(&FIRSTS);
    let keys = true_keys(&leaves, [0x20, 0x40, 0x44, 0xe0].map(path_of));
    let bytes = proof_of(&leaves, &keys).encode();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = decode_untrusted(&bytes, Limits::for_size(64 << 10)) {
            assert!(
                verify_multi(&root(&leaves), &keys, &proof).is_err(),
                "{bit}"
            );
        }
    }
}

/// Leaves as in [`FIRSTS`]; the proof is about 0x40, which is there, and 0x60 and 0xa0, which lead
/// to 0x40 and 0x80.
#[track_caller]
fn check(change: impl FnOnce(&mut Keys, &mut StateMultiproof), expected: Result<(), ProofError>) {
    let leaves = leaves_of(&FIRSTS);
    let mut keys = true_keys(&leaves, [0x40, 0x60, 0xa0].map(path_of));
    let mut proof = proof_of(&leaves, &keys);
    change(&mut keys, &mut proof);
    assert_eq!(verify_multi(&root(&leaves), &keys, &proof), expected);
}

#[test]
fn a_claim_is_checked_key_by_key() {
    check(|_, _| {}, Ok(()));
    let other_root = Err(ProofError::OtherRoot(Root::State));
    check(|keys, _| keys[0].1 = Some([1; 32]), other_root);
    check(
        |keys, _| keys[0].1 = None,
        Err(ProofError::WayCount {
            found: 2,
            expected: 1,
        }),
    );
    check(
        |keys, _| keys[2].0 = path_of(0x80),
        Err(ProofError::KeyPresent),
    );
    check(
        |keys, _| keys[2] = (path_of(0x80), Some([0x80; 32])),
        Err(ProofError::Surplus),
    );
    check(|keys, _| keys.truncate(2), Err(ProofError::Surplus));
    check(
        |keys, _| keys.insert(0, (path_of(0x20), None)),
        Err(ProofError::Detour { bit: 1 }),
    );
    check(|keys, _| keys[1].0 = path_of(0x64), Ok(()));
    check(
        |keys, _| keys[1].0 = path_of(0x70),
        Err(ProofError::Detour { bit: 3 }),
    );
    check(
        |keys, _| keys.swap(0, 1),
        Err(ProofError::NotRising { index: 1 }),
    );
    check(
        |keys, _| keys[1] = keys[0],
        Err(ProofError::NotRising { index: 1 }),
    );
}

#[test]
fn a_way_holds_what_it_must_and_no_more() {
    let witness = |proof: &StateMultiproof| proof.witnesses[0];
    check(
        |_, proof| proof.witnesses.push(witness(proof)),
        Err(ProofError::NotRising { index: 1 }),
    );
    check(
        |_, proof| proof.ways.push(Vec::new()),
        Err(ProofError::WayCount {
            found: 3,
            expected: 2,
        }),
    );
    check(
        |_, proof| proof.ways[0].swap(0, 1),
        Err(ProofError::BadBranch { level: 1 }),
    );
    let sibling = |bit| Sibling { bit, hash: [0; 32] };
    check(
        |_, proof| proof.ways[0].insert(0, sibling(0)),
        Err(ProofError::BadBranch { level: 0 }),
    );
    check(
        |_, proof| proof.ways[1].insert(0, sibling(0)),
        Err(ProofError::BadBranch { level: 0 }),
    );
    check(
        |_, proof| proof.ways[1].push(sibling(512)),
        Err(ProofError::BadBranch { level: 1 }),
    );
    check(
        |_, proof| proof.ways[1].push(sibling(511)),
        Err(ProofError::OtherRoot(Root::State)),
    );
}

#[test]
fn the_empty_trie_and_the_empty_claim_have_the_empty_proof() {
    let (empty, absent) = (StateMultiproof::default(), vec![(path_of(1), None)]);
    let present = vec![(path_of(1), Some([0; 32]))];
    assert_eq!(verify_multi(&StateRoot::ZERO, &absent, &empty), Ok(()));
    assert!(verify_multi(&StateRoot::ZERO, &present, &empty).is_err());
    let root = root(&leaves_of(&FIRSTS));
    assert!(verify_multi(&root, &absent, &empty).is_err());
    assert_eq!(verify_multi(&root, &[], &empty), Ok(()));
    let mut padded = empty;
    padded.ways.push(Vec::new());
    assert_eq!(verify_multi(&root, &[], &padded), Err(ProofError::Surplus));
    assert!(verify_multi(&StateRoot::ZERO, &absent, &padded).is_err());
}

#[test]
fn keys_are_counted() {
    let key = |number: usize| {
        let mut bytes = [0; 64];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        (Path::from_bytes(bytes), None)
    };
    let (mut keys, empty): (Keys, _) = ((0..MULTI_KEYS_MAX).map(key).collect(), Default::default());
    assert_eq!(verify_multi(&StateRoot::ZERO, &keys, &empty), Ok(()));
    keys.push(key(MULTI_KEYS_MAX));
    let (found, keys_max) = (MULTI_KEYS_MAX + 1, MULTI_KEYS_MAX);
    assert_eq!(
        verify_multi(&StateRoot::ZERO, &keys, &empty),
        Err(ProofError::TooManyKeys { found, keys_max })
    );
}

#[test]
fn the_deepest_trie_is_walked() {
    let leaves = comb();
    let all = true_keys(&leaves, leaves.keys().copied());
    let proof = proof_of(&leaves, &all);
    assert!(proof.ways.iter().all(Vec::is_empty));
    assert_eq!(verify_multi(&root(&leaves), &all, &proof), Ok(()));
    let deepest = true_keys(&leaves, all.first().map(|it| it.0));
    let proof = proof_of(&leaves, &deepest);
    assert_eq!(proof.ways[0].len(), 512);
    assert_eq!(verify_multi(&root(&leaves), &deepest, &proof), Ok(()));
}

#[test]
fn every_shared_sibling_is_there_once() {
    let leaf = |number: u32| {
        (
            Path::join(&Path::key_half(&number.to_le_bytes()), &[0; 32]),
            [1; 32],
        )
    };
    let leaves: Leaves = (0..1_000).map(leaf).collect();
    let keys: Vec<_> = leaves.keys().copied().step_by(20).collect();
    let one_by_one: usize = keys
        .iter()
        .map(|it| prove(&leaves, it).encoded_size())
        .sum();
    let together = prove_multi(&leaves, &keys).encoded_size();
    assert!(together * 2 < one_by_one, "{together} of {one_by_one}");
}

#[test]
fn keys_of_addresses_may_come_in_any_order() {
    let address = |number| Address::from_bytes([number; 32]);
    let keys = [
        (address(1), StateKey::Account),
        (address(1), StateKey::Storage(b"key")),
        (address(2), StateKey::Account),
    ];
    let leaves: Leaves = keys[..2]
        .iter()
        .map(|(address, key)| (Path::of(address, *key), trie::value_hash(b"value")))
        .collect();
    let paths = keys.map(|(address, key)| Path::of(&address, key));
    let proof = proof_of(&leaves, &true_keys(&leaves, paths));
    let values = [Some(&b"value"[..]), Some(&b"value"[..]), None];
    let mut claims: Vec<_> = keys
        .iter()
        .zip(values)
        .map(|(key, it)| (key.0, key.1, it))
        .collect();
    let root = root(&leaves);
    assert_eq!(verify_states(&root, &claims, &proof), Ok(()));
    claims.reverse();
    claims.push(claims[0]);
    assert_eq!(verify_states(&root, &claims, &proof), Ok(()));
    claims[3].2 = Some(b"value");
    assert!(verify_states(&root, &claims, &proof).is_err());
}

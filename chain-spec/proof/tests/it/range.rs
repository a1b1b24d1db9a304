//! Proofs of ranges: no leaf is hidden, none is added, and the proof has exactly one form.

use crate::model::{
    Leaves, comb, leaves, leaves_of, neighbour, path, path_of, prove, prove_range, root, value_hash,
};
use argosy_primitives::{Limits, StateRoot, decode_untrusted};
use argosy_proof::{
    Neighbour, Path, ProofError, RangeEnd, RangeProof, Root, Sibling, verify_range,
};
use parity_scale_codec::Encode;
use proptest::prelude::*;
use proptest::sample::Index;

/// All that a verifier is given.
#[derive(Clone, Debug, PartialEq)]
struct Claim {
    first: Path,
    last: Path,
    leaves: Vec<(Path, [u8; 32])>,
    proof: RangeProof,
}

impl Claim {
    fn of(trie: &Leaves, first: Path, last: Path) -> Claim {
        let leaves = trie.range(first..=last);
        Claim {
            first,
            last,
            leaves: leaves.map(|(path, hash)| (*path, *hash)).collect(),
            proof: prove_range(trie, &first, &last),
        }
    }

    fn verify(&self, root: &StateRoot) -> Result<RangeEnd, ProofError> {
        verify_range(root, &self.first, &self.last, &self.leaves, &self.proof)
    }

    /// The definition of what a verifier must accept, and of its answer.
    fn expected(&self, trie: &Leaves) -> Option<RangeEnd> {
        let is_true = self.first <= self.last && *self == Claim::of(trie, self.first, self.last);
        let next = trie.keys().find(|path| **path > self.last);
        is_true.then(|| next.map_or(RangeEnd::End, |next| RangeEnd::More { next: *next }))
    }
}

const FIRST: Path = Path::from_bytes([0; 64]);
const LAST: Path = Path::from_bytes([0xff; 64]);

/// What an attacker may do to a claim.
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
    NoNeighbour,
    OtherNeighbour,
    OtherNeighbourWholeWay,
    SwapNeighbours,
    SetNeighbour,
    DropLeaf,
    AddLeaf,
    RepeatLeaf,
    SwapLeaves,
    SetLeafHash,
    SetLeafPath,
    LeafAsNeighbour,
    NeighbourAsLeaf,
    SetFirst,
    SetLast,
    FirstAtLeaf,
    LastAtLeaf,
    SwapBounds,
    ProofOfOtherBounds,
    LeavesOfOtherBounds,
}

#[derive(Clone, Debug)]
struct Lie {
    kind: Kind,
    is_left: bool,
    a: Index,
    b: Index,
    bit: u16,
    path: Path,
    hash: [u8; 32],
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
        NoNeighbour,
        OtherNeighbour,
        OtherNeighbourWholeWay,
        SwapNeighbours,
        SetNeighbour,
        DropLeaf,
        AddLeaf,
        RepeatLeaf,
        SwapLeaves,
        SetLeafHash,
        SetLeafPath,
        LeafAsNeighbour,
        NeighbourAsLeaf,
        SetFirst,
        SetLast,
        FirstAtLeaf,
        LastAtLeaf,
        SwapBounds,
        ProofOfOtherBounds,
        LeavesOfOtherBounds,
    ];
    let index = any::<Index>;
    let parts = (prop::sample::select(kinds), any::<bool>(), index(), index());
    let bit = prop_oneof![0u16..520, any::<u16>()];
    (parts, bit, path(), value_hash()).prop_map(|((kind, is_left, a, b), bit, path, hash)| Lie {
        kind,
        is_left,
        a,
        b,
        bit,
        path,
        hash,
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
    /// None: this lie does not apply.
    fn tell(&self, trie: &Leaves, claim: &mut Claim) -> Option<()> {
        match self.kind {
            Kind::FlipBit => {
                let mut bytes = claim.proof.encode();
                *pick(&mut bytes, self.a)? ^= 1 << (self.bit % 8);
                claim.proof = decode_untrusted(&bytes, Limits::for_size(64 << 10)).ok()?;
            }
            Kind::DropSibling
            | Kind::RepeatSibling
            | Kind::AddSibling
            | Kind::SetBit
            | Kind::SetHash
            | Kind::SwapSiblings
            | Kind::MoveSibling => return self.tell_of_siblings(&mut claim.proof),
            Kind::NoNeighbour
            | Kind::OtherNeighbour
            | Kind::OtherNeighbourWholeWay
            | Kind::SwapNeighbours
            | Kind::SetNeighbour
            | Kind::LeafAsNeighbour
            | Kind::NeighbourAsLeaf => return self.tell_of_neighbours(trie, claim),
            Kind::DropLeaf | Kind::AddLeaf | Kind::RepeatLeaf | Kind::SwapLeaves => {
                return self.tell_of_leaves(&mut claim.leaves);
            }
            Kind::SetLeafHash => pick(&mut claim.leaves, self.a)?.1 = self.hash,
            Kind::SetLeafPath => pick(&mut claim.leaves, self.a)?.0 = self.path,
            Kind::SetFirst => claim.first = self.path,
            Kind::SetLast => claim.last = self.path,
            Kind::FirstAtLeaf => claim.first = self.leaf_of(trie)?,
            Kind::LastAtLeaf => claim.last = self.leaf_of(trie)?,
            Kind::SwapBounds => std::mem::swap(&mut claim.first, &mut claim.last),
            Kind::ProofOfOtherBounds => {
                let (first, last) = self.other_bounds(claim);
                claim.proof = prove_range(trie, &first, &last);
            }
            Kind::LeavesOfOtherBounds => {
                let (first, last) = self.other_bounds(claim);
                claim.leaves = Claim::of(trie, first, last).leaves;
            }
        }
        Some(())
    }

    fn leaf_of(&self, trie: &Leaves) -> Option<Path> {
        let mut paths: Vec<_> = trie.keys().copied().collect();
        pick(&mut paths, self.a).copied()
    }

    fn other_bounds(&self, claim: &Claim) -> (Path, Path) {
        if self.is_left {
            (self.path.min(claim.last), claim.last)
        } else {
            (claim.first, self.path.max(claim.first))
        }
    }

    fn tell_of_siblings(&self, proof: &mut RangeProof) -> Option<()> {
        let (mut ours, mut theirs) = (&mut proof.before, &mut proof.after);
        if !self.is_left {
            std::mem::swap(&mut ours, &mut theirs);
        }
        let siblings = &mut ours.as_mut()?.siblings;
        match self.kind {
            Kind::AddSibling => {
                let (bit, hash) = (self.bit, self.hash);
                let at = siblings.partition_point(|it| it.bit < bit);
                siblings.insert(at, Sibling { bit, hash });
                return Some(());
            }
            Kind::SwapSiblings => return swap(siblings, self.a, self.b),
            _ if siblings.is_empty() => return None,
            _ => {}
        }
        let at = self.a.index(siblings.len());
        let sibling = siblings[at];
        match self.kind {
            Kind::DropSibling => drop(siblings.remove(at)),
            Kind::RepeatSibling => siblings.insert(at, sibling),
            Kind::SetBit => siblings[at].bit = self.bit,
            Kind::SetHash => siblings[at].hash = self.hash,
            _ => {
                siblings.remove(at);
                let theirs = &mut theirs.as_mut()?.siblings;
                theirs.insert(theirs.partition_point(|it| it.bit < sibling.bit), sibling);
            }
        }
        Some(())
    }

    fn tell_of_neighbours(&self, trie: &Leaves, claim: &mut Claim) -> Option<()> {
        let (RangeProof { before, after }, leaves) = (&mut claim.proof, &mut claim.leaves);
        let ours = if self.is_left { before } else { after };
        match self.kind {
            Kind::NoNeighbour => *ours = None,
            // What is cut off beyond it may hide leaves of the range.
            Kind::OtherNeighbour => {
                *ours = Some(neighbour(trie, &self.leaf_of(trie)?, self.is_left));
            }
            Kind::OtherNeighbourWholeWay => {
                let other = self.leaf_of(trie)?;
                *ours = Some(Neighbour {
                    siblings: prove(trie, &other).siblings,
                    ..neighbour(trie, &other, self.is_left)
                });
            }
            Kind::SetNeighbour => ours.as_mut()?.path = self.path,
            Kind::LeafAsNeighbour if !leaves.is_empty() => {
                let at = if self.is_left { 0 } else { leaves.len() - 1 };
                let leaf = leaves.remove(at);
                let is_real = trie.get(&leaf.0) == Some(&leaf.1);
                *ours = Some(is_real.then(|| neighbour(trie, &leaf.0, self.is_left))?);
            }
            Kind::NeighbourAsLeaf => {
                let Neighbour {
                    path, value_hash, ..
                } = ours.take()?;
                let at = if self.is_left { 0 } else { leaves.len() };
                leaves.insert(at, (path, value_hash));
            }
            Kind::LeafAsNeighbour => return None,
            _ => std::mem::swap(&mut claim.proof.before, &mut claim.proof.after),
        }
        Some(())
    }

    fn tell_of_leaves(&self, leaves: &mut Vec<(Path, [u8; 32])>) -> Option<()> {
        match self.kind {
            Kind::AddLeaf => {
                leaves.push((self.path, self.hash));
                leaves.sort();
            }
            Kind::SwapLeaves => return swap(leaves, self.a, self.b),
            Kind::RepeatLeaf => {
                let repeated = *pick(leaves, self.a)?;
                leaves.push(repeated);
                leaves.sort();
            }
            _ if leaves.is_empty() => return None,
            _ => drop(leaves.remove(self.a.index(leaves.len()))),
        }
        Some(())
    }
}

/// A bound: anywhere, at a leaf, or at the very end.
fn bound(trie: &Leaves, path: Path, at: Option<Index>, end: Path) -> Path {
    match at {
        None => path,
        Some(_) if trie.is_empty() => end,
        Some(at) => {
            let at = at.index(trie.len() + 1);
            trie.keys().nth(at).copied().unwrap_or(end)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn exactly_the_true_proof_of_all_leaves_holds(
        trie in leaves(200),
        bounds in (path(), path()),
        at in any::<(Option<Index>, Option<Index>)>(),
        lies in prop::collection::vec(lie(), 1..25),
        more_lies in prop::collection::vec(lie(), 1..4),
    ) {
        let root = root(&trie);
        let bounds = (bound(&trie, bounds.0, at.0, FIRST), bound(&trie, bounds.1, at.1, LAST));
        let claim = Claim::of(&trie, bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let verdict = claim.verify(&root);
        prop_assert!(verdict.is_ok(), "{:?}", verdict);
        prop_assert_eq!(verdict.ok(), claim.expected(&trie));
        prop_assert!(claim.verify(&StateRoot::from_bytes([7; 32])).is_err());
        for lie in &lies {
            let mut claim = claim.clone();
            if lie.tell(&trie, &mut claim).is_some() {
                prop_assert_eq!(claim.verify(&root).ok(), claim.expected(&trie), "{:?}", lie);
            }
        }
        let mut claim = claim;
        for lie in &more_lies {
            let _ = lie.tell(&trie, &mut claim);
        }
        prop_assert_eq!(claim.verify(&root).ok(), claim.expected(&trie));
    }

    #[test]
    fn ranges_side_by_side_make_up_the_trie(trie in leaves(60), cuts in prop::collection::vec(path(), 0..6)) {
        let root = root(&trie);
        let (mut first, mut found) = (FIRST, Leaves::new());
        let mut cuts: Vec<_> = cuts.into_iter().chain([LAST]).collect();
        cuts.sort();
        for last in cuts.into_iter().filter(|it| *it >= FIRST) {
            let claim = Claim::of(&trie, first.min(last), last);
            let end = claim.verify(&root);
            found.extend(claim.leaves);
            match end {
                Ok(RangeEnd::More { next }) => first = next,
                end => {
                    prop_assert_eq!(end, Ok(RangeEnd::End));
                    break;
                }
            }
        }
        prop_assert_eq!(found, trie);
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), bound in path()) {
        if let Ok(proof) = decode_untrusted::<RangeProof>(&bytes, Limits::for_size(64 << 10)) {
            let root = StateRoot::from_bytes([7; 32]);
            prop_assert!(verify_range(&root, &bound, &LAST, &[], &proof).is_err());
            prop_assert!(verify_range(&root, &bound, &bound, &[(bound, [1; 32])], &proof).is_err());
        }
    }
}

/// First bytes of leaves: branches at bit 0, at bit 1 on both sides, at bits 3 and 2.
const FIRSTS: [u8; 7] = [0x00, 0x40, 0x50, 0x80, 0x90, 0xc0, 0xe0];

#[test]
fn every_flipped_bit_is_refused() {
    let (trie, root) = (leaves_of(&FIRSTS), root(&leaves_of(&FIRSTS)));
    let claim = Claim::of(&trie, path_of(0x48), path_of(0x88));
    let bytes = claim.proof.encode();
    for bit in 0..bytes.len() * 8 {
        let (mut bytes, mut claim) = (bytes.clone(), claim.clone());
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = decode_untrusted(&bytes, Limits::for_size(64 << 10)) {
            claim.proof = proof;
            assert!(claim.verify(&root).is_err(), "{bit}");
        }
    }
}

/// The range 0x41..=0x85 of [`FIRSTS`]: it holds 0x50 and 0x80, between 0x40 and 0x90.
#[track_caller]
fn check(change: impl FnOnce(&mut Claim), expected: Result<u8, ProofError>) {
    let trie = leaves_of(&FIRSTS);
    let mut claim = Claim::of(&trie, path_of(0x41), path_of(0x85));
    change(&mut claim);
    let more = |next| RangeEnd::More {
        next: path_of(next),
    };
    assert_eq!(claim.verify(&root(&trie)), expected.map(more));
}

fn before(claim: &mut Claim) -> &mut Neighbour {
    claim.proof.before.as_mut().expect("a leaf is before")
}

fn after(claim: &mut Claim) -> &mut Neighbour {
    claim.proof.after.as_mut().expect("a leaf is after")
}

#[test]
fn bounds_may_move_up_to_the_neighbours() {
    check(|_| {}, Ok(0x90));
    check(|it| it.first = path_of(0x50), Ok(0x90));
    check(|it| it.last = path_of(0x8f), Ok(0x90));
    check(|it| it.first = path_of(0x40), Err(ProofError::BadNeighbour));
    check(|it| it.last = path_of(0x90), Err(ProofError::BadNeighbour));
    let outside = |index| Err(ProofError::OutOfRange { index });
    check(|it| it.first = path_of(0x51), outside(0));
    check(|it| it.last = path_of(0x7f), outside(1));
    check(|it| it.last = path_of(0x40), Err(ProofError::BadRange));
}

#[test]
fn leaves_are_neither_hidden_nor_added() {
    let other_root = Err(ProofError::OtherRoot(Root::State));
    check(|it| it.leaves.truncate(1), other_root.clone());
    check(|it| it.leaves.clear(), other_root.clone());
    let added = (path_of(0x60), [0; 32]);
    check(|it| it.leaves.insert(1, added), other_root.clone());
    check(|it| it.leaves[0].1 = [0; 32], other_root);
    let not_rising = Err(ProofError::NotRising { index: 1 });
    check(|it| it.leaves.swap(0, 1), not_rising.clone());
    check(|it| it.leaves[1] = it.leaves[0], not_rising);
}

#[test]
fn what_is_cut_off_is_cut_off_outside() {
    // Bit 3 parts 0x40 and 0x50: a leaf of the range as a sibling of its neighbour.
    let hidden = |it: &mut Claim| {
        let leaf = it.leaves.remove(0);
        let hash = argosy_proof::trie::leaf_hash(&leaf.0, &leaf.1);
        before(it).siblings.push(Sibling { bit: 3, hash });
    };
    check(hidden, Err(ProofError::WrongSide { bit: 3 }));
    let other_root = Err(ProofError::OtherRoot(Root::State));
    check(|it| before(it).siblings.clear(), other_root.clone());
    check(|it| it.proof.before = None, other_root.clone());
    check(|it| it.proof.after = None, other_root);
    let bad = |level| Err(ProofError::BadBranch { level });
    let sibling = |bit| Sibling { bit, hash: [0; 32] };
    check(|it| before(it).siblings.push(sibling(1)), bad(1));
    check(|it| before(it).siblings.push(sibling(512)), bad(1));
    // Bit 0 parts 0x50 and 0x80.
    check(
        |it| after(it).siblings.insert(0, sibling(0)),
        Err(ProofError::WrongSide { bit: 0 }),
    );
    // Bit 3 parts 0x80 and 0x90, which has a 0 at bit 4.
    check(
        |it| after(it).siblings.push(sibling(3)),
        Err(ProofError::WrongSide { bit: 3 }),
    );
    check(
        |it| after(it).siblings.push(sibling(4)),
        Err(ProofError::OtherRoot(Root::State)),
    );
}

#[test]
fn a_subtree_that_is_cut_off_is_not_taken_apart() {
    let leaf = |first| argosy_proof::trie::leaf_hash(&path_of(first), &[first; 32]);
    let sibling = |bit, first| Sibling {
        bit,
        hash: leaf(first),
    };
    // Below bit 0, two leaves part at bit 3: one sibling, though two would lead to the root as well.
    let trie = leaves_of(&[0x00, 0x10, 0x90]);
    let mut claim = Claim::of(&trie, path_of(0x91), LAST);
    assert_eq!(before(&mut claim).siblings.len(), 1);
    before(&mut claim).siblings = vec![sibling(3, 0x00), sibling(0, 0x10)];
    let refused = Err(ProofError::BadBranch { level: 1 });
    assert_eq!(claim.verify(&root(&trie)), refused);

    let trie = leaves_of(&[0x20, 0x80, 0x90]);
    let mut claim = Claim::of(&trie, FIRST, path_of(0x1f));
    assert_eq!(after(&mut claim).siblings.len(), 1);
    after(&mut claim).siblings = vec![sibling(3, 0x90), sibling(0, 0x80)];
    assert_eq!(claim.verify(&root(&trie)), refused);
}

#[track_caller]
fn check_range(trie: &Leaves, first: Path, last: Path, count: usize, expected: RangeEnd) {
    let claim = Claim::of(trie, first, last);
    assert_eq!(claim.leaves.len(), count);
    assert_eq!(claim.verify(&root(trie)), Ok(expected));
}

#[test]
fn the_whole_trie_has_the_empty_proof() {
    for trie in [
        Leaves::new(),
        leaves_of(&[0x50]),
        leaves_of(&FIRSTS),
        comb(),
    ] {
        check_range(&trie, FIRST, LAST, trie.len(), RangeEnd::End);
        assert_eq!(prove_range(&trie, &FIRST, &LAST), RangeProof::default());
    }
    let (root, empty) = (root(&leaves_of(&FIRSTS)), RangeProof::default());
    assert!(verify_range(&root, &FIRST, &LAST, &[], &empty).is_err());
}

#[test]
fn empty_ranges_and_single_leaves_have_proofs() {
    let (none, one, all) = (Leaves::new(), leaves_of(&[0x50]), leaves_of(&FIRSTS));
    let more = |next| RangeEnd::More {
        next: path_of(next),
    };
    let at = path_of;
    check_range(&none, at(0x10), at(0x10), 0, RangeEnd::End);
    check_range(&one, FIRST, at(0x4f), 0, more(0x50));
    check_range(&one, at(0x50), at(0x50), 1, RangeEnd::End);
    check_range(&one, at(0x51), LAST, 0, RangeEnd::End);
    check_range(&all, at(0x51), at(0x7f), 0, more(0x80));
    check_range(&all, at(0xe1), LAST, 0, RangeEnd::End);
    check_range(&all, at(0x80), at(0x80), 1, more(0x90));
    check_range(&all, FIRST, at(0x00), 1, more(0x40));
    check_range(&all, at(0xe0), LAST, 1, RangeEnd::End);
}

#[test]
fn the_deepest_trie_is_joined() {
    let trie = comb();
    let next = trie.keys().nth(1).copied().expect("there are 513");
    check_range(&trie, FIRST, FIRST, 1, RangeEnd::More { next });
    let last = trie.keys().last().copied().expect("there are 513");
    check_range(&trie, last, LAST, 1, RangeEnd::End);
    check_range(&trie, next, LAST, 512, RangeEnd::End);
}

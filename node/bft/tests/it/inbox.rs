//! Which blocks are waited for, taken once, and given when their round begins.

use argosy_bft::{
    Assembled, BlockHeight, CheckedPart, Heard, Inbox, Members, Part, PartInit, Place, piece_count,
    proposal_parts,
};
use argosy_primitives::{Address, Block, SecretKey, Signature, Validator, ValidatorSet};
use malachitebft_core_types::{Round, Validator as _};

use crate::stream::{CHAIN, block};

const HEIGHT: u64 = 7;

fn key(index: u8) -> SecretKey {
    SecretKey::generate_from([index + 1; 32])
}

fn place(height: u64, round: u32) -> Place {
    let validator = |index| Validator {
        address: Address::of_key(&key(index).public()),
        key: key(index).public(),
        power: 1,
        absent: false,
    };
    let members = Members::new(ValidatorSet((0..4).map(validator).collect())).unwrap();
    Place {
        height,
        round,
        next_members: members.clone(),
        members,
    }
}

/// A block of a height; those with another salt differ.
fn at(height: u64, salt: u64) -> Block {
    let mut block = block(3);
    block.header.height = height;
    block.header.time_ms = salt;
    block
}

/// Its parts in a round, signed by whose turn it is, or by `signer`.
fn parts(block: &Block, round: u32, signer: Option<u8>) -> Vec<Part> {
    let place = place(block.header.height, 0);
    let turn = place
        .members
        .proposer(BlockHeight(block.header.height), Round::new(round));
    let proposer = turn.address().0;
    let turn = (0..4).find(|it| Address::of_key(&key(*it).public()) == proposer);
    let mut init = PartInit {
        height: block.header.height,
        round,
        valid_round: None,
        proposer,
        block: block.header.hash(),
        pieces: piece_count(block),
        signature: Signature::Ed25519([0; 64]),
    };
    let hash = init.signed(CHAIN).sign_hash();
    init.signature = key(signer.or(turn).unwrap()).sign(hash.as_bytes());
    proposal_parts(init, block)
}

struct Node {
    inbox: Inbox,
    place: Place,
    stream: u64,
}

impl Node {
    fn new() -> Node {
        let mut inbox = Inbox::new(1 << 20);
        inbox.enter(HEIGHT);
        Node {
            inbox,
            place: place(HEIGHT, 0),
            stream: 0,
        }
    }

    /// All parts of a block, but for the first `skipped`.
    fn takes(&mut self, block: &Block, round: u32) -> Option<Assembled> {
        self.stream += 1;
        let stream = self.stream.to_le_bytes();
        let mut whole = None;
        for (sequence, part) in (0..).zip(parts(block, round, None)) {
            let checked = CheckedPart::new(CHAIN, &self.place, part).ok()?;
            whole = self.puts(&stream, (sequence, checked));
        }
        whole
    }

    fn puts(&mut self, stream: &[u8], numbered: (u64, CheckedPart)) -> Option<Assembled> {
        let pieces = self.inbox.take(&self.place, (b"peer", stream), numbered);
        let whole = pieces.ok()??.assemble().unwrap();
        self.inbox.put(whole)
    }

    fn goes_to(&mut self, height: u64) {
        self.inbox.enter(height);
        self.place = place(height, 0);
    }
}

#[test]
fn a_block_of_this_height_is_taken_once_and_two_of_a_round() {
    let mut node = Node::new();
    let given = |node: &mut Node, salt, round| node.takes(&at(HEIGHT, salt), round).is_some();
    assert!(given(&mut node, 1, 0));
    assert!(!given(&mut node, 1, 0), "it came before");
    assert!(given(&mut node, 2, 0), "it proves misbehaviour");
    assert!(!given(&mut node, 3, 0), "two are enough");
    // In another round it counts anew.
    assert!(given(&mut node, 1, 1));
    assert!(!given(&mut node, 1, 9), "that is far ahead");
}

#[test]
fn a_forged_first_part_is_told_from_one_of_no_use() {
    let place = place(HEIGHT, 0);
    let block = at(HEIGHT, 1);
    let first = |block: &Block, signer| parts(block, 0, signer).remove(0);
    let check = |part| CheckedPart::new(CHAIN, &place, part).err();
    assert_eq!(check(first(&block, None)), None);
    let turn = place
        .members
        .proposer(BlockHeight(HEIGHT), Round::new(0))
        .address()
        .0;
    let other = (0..4).find(|it| Address::of_key(&key(*it).public()) != turn);
    assert_eq!(check(first(&block, other)), Some(Heard::False));
    for height in [HEIGHT - 1, HEIGHT + 2] {
        // Not even looked at.
        assert_eq!(check(first(&at(height, 1), other)), Some(Heard::Useless));
    }
}

#[test]
fn one_liar_does_not_take_the_room_of_others_for_what_comes_early() {
    let mut node = Node::new();
    // The same one, and many different ones, of a round whose turn is the liar's.
    for salt in [0, 0, 0, 1, 2, 3, 4, 5] {
        assert_eq!(node.takes(&at(HEIGHT + 1, salt), 1), None);
    }
    assert_eq!(node.inbox.early(), 2);
    let honest = at(HEIGHT + 1, 9);
    assert_eq!(node.takes(&honest, 0), None);
    node.goes_to(HEIGHT + 1);
    let due = node.inbox.begin(0);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].block, honest);
    // The others are no concern of this round, and do not come twice.
    assert_eq!(node.inbox.begin(1).len(), 2);
    assert_eq!(node.inbox.begin(1).len(), 0);
    assert_eq!(node.takes(&honest, 0), None);
}

#[test]
fn what_was_begun_a_height_early_comes_out_when_its_height_has_come() {
    let mut node = Node::new();
    let block = at(HEIGHT + 1, 1);
    let mut parts = parts(&block, 0, None);
    let last = parts.pop().unwrap();
    for (sequence, part) in (0..).zip(parts) {
        let checked = CheckedPart::new(CHAIN, &node.place, part).unwrap();
        assert_eq!(node.puts(b"1", (sequence, checked)), None);
    }
    // A block of the height before has the same round; that is no reason to refuse this one.
    assert!(node.takes(&at(HEIGHT, 1), 0).is_some());
    assert!(node.takes(&at(HEIGHT, 2), 0).is_some());
    node.goes_to(HEIGHT + 1);
    let checked = CheckedPart::new(CHAIN, &node.place, last).unwrap();
    let taken = node.puts(b"1", (1, checked));
    assert_eq!(taken.map(|it| it.block), Some(block));
}

#[test]
fn a_height_that_begins_anew_keeps_what_is_on_its_way() {
    let mut node = Node::new();
    assert!(node.takes(&at(HEIGHT, 1), 0).is_some());
    assert_eq!(node.takes(&at(HEIGHT + 1, 1), 0), None);
    node.goes_to(HEIGHT);
    assert_eq!(node.takes(&at(HEIGHT, 1), 0), None, "it is on disk");
    assert_eq!(node.inbox.early(), 1);
    // Two heights on nothing of it is left.
    node.goes_to(HEIGHT + 2);
    assert_eq!(node.inbox.early(), 0);
}

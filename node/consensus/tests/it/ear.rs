//! What of peers' frames the engine hears: real signatures, no sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argosy_bft::{
    BftContext, BlockHeight, Members, Part, PartInit, Place, piece_count, proposal_parts,
};
use argosy_consensus::{Ear, Gate, Metrics};
use argosy_links::{Bytes, Inbox as _, PeerId, QuestionId, Topic, Verdict};
use argosy_primitives::{
    Address, Block, BlockHash, Body, CertificateHash, EvidenceRoot, GenesisHash, Header, PeerProof,
    PublicKey, ReceiptsRoot, SecretKey, Signature, SignedVote, StateRoot, TxRoot, Validator,
    ValidatorSet, ValidatorSetHash, Vote, VoteKind,
};
use malachitebft_app_channel::app::types::PeerId as Seat;
use malachitebft_engine::network::NetworkEvent;
use parity_scale_codec::Encode;
use ractor::{Actor, ActorProcessingErr, ActorRef};

const CHAIN: GenesisHash = GenesisHash::from_bytes([5; 32]);
const HEIGHT: u64 = 100;

fn key(index: u8) -> SecretKey {
    SecretKey::generate_from([index + 1; 32])
}

fn address(index: u8) -> Address {
    Address::of_key(&key(index).public())
}

/// The node of a validator, or of anybody else.
fn node(index: u8) -> PeerId {
    argosy_links::peer_id([100 + index; 32]).unwrap()
}

/// What the engine heard of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Came(Seat),
    Went(Seat),
    Tip(Seat, u64),
    Vote(Seat),
    Block(Seat, u64),
    Asked(Seat),
}

enum Message {
    Event(Box<NetworkEvent<BftContext>>),
    Mark(tokio::sync::oneshot::Sender<()>),
}

impl From<NetworkEvent<BftContext>> for Message {
    fn from(event: NetworkEvent<BftContext>) -> Message {
        Message::Event(Box::new(event))
    }
}

/// An engine that only listens.
struct Listener;

#[ractor::async_trait]
impl Actor for Listener {
    type Msg = Message;
    type State = Arc<Mutex<Vec<Word>>>;
    type Arguments = Self::State;

    async fn pre_start(
        &self,
        _: ActorRef<Message>,
        words: Self::State,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(words)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        words: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let event = match message {
            Message::Event(event) => *event,
            Message::Mark(reply) => {
                let _ = reply.send(());
                return Ok(());
            }
        };
        let word = match event {
            NetworkEvent::PeerConnected(seat) => Word::Came(seat),
            NetworkEvent::PeerDisconnected(seat) => Word::Went(seat),
            NetworkEvent::Status(seat, status) => Word::Tip(seat, status.tip_height.0),
            NetworkEvent::Vote(seat, _) => Word::Vote(seat),
            NetworkEvent::ProposalPart(seat, _, part) => {
                let Some(Part::Init(init)) = part.content.as_data() else {
                    panic!("a whole block is told by its first part");
                };
                Word::Block(seat, init.height)
            }
            NetworkEvent::SyncRequest(_, seat, _) => Word::Asked(seat),
            _ => return Ok(()),
        };
        words.lock().unwrap().push(word);
        Ok(())
    }
}

/// A node of a network of four validators, of equal power.
struct World {
    ear: Ear,
    gate: Arc<Gate>,
    words: Arc<Mutex<Vec<Word>>>,
    listener: ActorRef<Message>,
}

fn place(height: u64) -> Place {
    let validator = |index| Validator {
        address: address(index),
        key: key(index).public(),
        power: 1,
        absent: false,
    };
    let members = Members::new(ValidatorSet((0..4).map(validator).collect())).unwrap();
    Place {
        height,
        round: 0,
        next_members: members.clone(),
        members,
    }
}

impl World {
    async fn new() -> World {
        let gate = Arc::new(Gate::new(CHAIN, 1 << 20, Metrics::default()));
        let ear = Ear::new(Arc::clone(&gate));
        let words = Arc::new(Mutex::new(Vec::new()));
        let spawned = Actor::spawn(None, Listener, Arc::clone(&words)).await;
        let listener = spawned.unwrap().0;
        ear.subscribe(Box::new(listener.clone()), "127.0.0.1:7".parse().unwrap());
        gate.enter(place(HEIGHT));
        World {
            ear,
            gate,
            words,
            listener,
        }
    }

    /// A peer comes; `hears`: it takes our frames.
    fn comes(&self, index: u8, hears: bool) -> PeerId {
        self.ear.met(node(index));
        if hears {
            self.ear.connected(node(index));
        }
        node(index)
    }

    /// The node of a validator comes.
    fn validator(&self, index: u8) -> PeerId {
        let peer = self.comes(index, true);
        assert_eq!(self.proves(index, peer), Verdict::Taken);
        peer
    }

    fn proves(&self, index: u8, peer: PeerId) -> Verdict {
        let proof = PeerProof {
            chain: CHAIN,
            peer: peer.to_bytes(),
        };
        let signature = key(index).sign(proof.sign_hash().as_bytes());
        let PublicKey::Ed25519(public) = key(index).public();
        self.take(
            peer,
            Topic::Proof,
            (public.to_vec(), peer.to_bytes(), signature),
        )
    }

    fn take(&self, peer: PeerId, topic: Topic, content: impl Encode) -> Verdict {
        self.ear.take(peer, topic, content.encode().into())
    }

    fn status(&self, peer: PeerId, tip: u64) -> Verdict {
        self.take(peer, Topic::Status, (peer.to_bytes(), tip, 1_u64))
    }

    fn vote(&self, peer: PeerId, (index, signer): (u8, u8)) -> Verdict {
        let vote = Vote {
            kind: VoteKind::Prevote,
            chain: CHAIN,
            height: HEIGHT,
            round: 0,
            value: None,
            validator: address(index),
        };
        let signature = key(signer).sign(vote.sign_hash().as_bytes());
        self.take(peer, Topic::Votes, (0_u8, SignedVote { vote, signature }))
    }

    /// What the engine has heard until now.
    async fn heard_so_far(&self) -> Vec<Word> {
        // Its own messages come in order.
        let (reply, replied) = tokio::sync::oneshot::channel();
        self.listener.cast(Message::Mark(reply)).unwrap();
        replied.await.unwrap();
        self.words.lock().unwrap().clone()
    }

    /// All that the engine has heard.
    async fn heard(self) -> Vec<Word> {
        let within = Some(Duration::from_secs(20));
        self.listener.drain_and_wait(within).await.unwrap();
        let words = self.words.lock().unwrap();
        words.clone()
    }
}

fn came(words: &[Word]) -> Vec<Seat> {
    let came = words.iter().filter_map(|it| match it {
        Word::Came(seat) => Some(*seat),
        _ => None,
    });
    came.collect()
}

fn tips(words: &[Word]) -> Vec<(Seat, u64)> {
    let tips = words.iter().filter_map(|it| match it {
        Word::Tip(seat, tip) => Some((*seat, *tip)),
        _ => None,
    });
    tips.collect()
}

#[tokio::test]
async fn of_who_takes_no_frames_or_has_gone_the_engine_hears_nothing() {
    let world = World::new().await;
    let deaf = world.comes(10, false);
    world.status(deaf, 50);
    assert_eq!(
        world
            .ear
            .asked("1".parse::<QuestionId>().unwrap(), deaf, question()),
        Verdict::Ignored
    );
    world.ear.lost(deaf);
    let fleeting = world.comes(11, true);
    world.status(fleeting, 60);
    world.ear.lost(fleeting);
    // Its reader was still busy with this one.
    world.status(fleeting, 61);
    let words = world.heard().await;
    let seat = came(&words)[0];
    let all = [Word::Came(seat), Word::Tip(seat, 60), Word::Went(seat)];
    assert_eq!(words, all);
}

fn question() -> Bytes {
    (1_u64, 9_u64).encode().into()
}

#[tokio::test]
async fn however_many_peers_come_and_go_the_engine_knows_few() {
    let world = World::new().await;
    let stays = world.comes(150, true);
    for index in 0..100 {
        let peer = world.comes(index, true);
        assert_eq!(world.status(peer, 50), Verdict::Taken);
        let id = "1".parse::<QuestionId>().unwrap();
        assert_eq!(world.ear.asked(id, peer, question()), Verdict::Taken);
        world.ear.lost(peer);
    }
    world.status(stays, 51);
    let words = world.heard().await;
    let seats: BTreeSet<_> = came(&words).into_iter().collect();
    assert_eq!(seats.len(), 2);
    let asked = words.iter().filter(|it| matches!(it, Word::Asked(_)));
    assert_eq!(asked.count(), 100);
    // Who stayed has the seat that it was given first.
    assert_eq!(tips(&words).last(), Some(&(came(&words)[0], 51)));
}

/// The last that the engine was told of each.
fn last_tips(words: &[Word]) -> BTreeMap<Seat, u64> {
    tips(words).into_iter().collect()
}

#[tokio::test]
async fn nobody_is_believed_a_height_that_validators_do_not_have() {
    let world = World::new().await;
    let (liar, honest, named) = (
        world.comes(10, true),
        world.comes(11, true),
        world.comes(12, true),
    );
    world.ear.named(named);
    // Nobody knows better yet.
    world.status(liar, u64::MAX);
    world.status(honest, 150);
    world.status(named, 900);
    let (first, second, mute) = (world.validator(0), world.validator(1), world.validator(2));
    // One of four is less than a third; one that says nothing counts for nothing.
    world.status(first, u64::MAX / 2);
    let before = tips(&world.heard_so_far().await);
    world.status(second, 180);
    world.status(honest, 170);
    assert!(world.ear.trusts(&mute));
    let words = world.heard().await;
    let seats = came(&words);
    assert_eq!(before.last(), Some(&(seats[3], u64::MAX / 2)));
    let expected = [
        // What it was told of liars before is put right, be they validators.
        (seats[0], 180),
        (seats[1], 170),
        (seats[2], 900),
        (seats[3], 180),
        (seats[4], 180),
    ];
    assert_eq!(last_tips(&words), BTreeMap::from(expected));
}

/// All validators were restored from an older copy; only others have the rest.
#[tokio::test]
async fn validators_that_are_all_behind_get_the_next_block_from_others() {
    let world = World::new().await;
    let follower = world.comes(10, true);
    for index in 0..3 {
        let validator = world.validator(index);
        world.status(validator, HEIGHT - 1);
    }
    world.status(follower, 5_000);
    world.gate.enter(place(HEIGHT + 1));
    world.status(follower, 5_000);
    let words = world.heard().await;
    let told: Vec<u64> = tips(&words)
        .iter()
        .filter(|it| it.0 == came(&words)[0])
        .map(|it| it.1)
        .collect();
    assert_eq!(told, [HEIGHT, HEIGHT + 1]);
}

#[tokio::test]
async fn keys_of_nodes_that_were_given_up_do_not_silence_a_validator() {
    let world = World::new().await;
    let real = world.validator(0);
    world.ear.named(real);
    for index in 20..24 {
        let old = world.comes(index, true);
        assert_eq!(world.proves(0, old), Verdict::Taken);
    }
    assert!(world.ear.trusts(&real));
    assert_eq!(world.vote(real, (0, 0)), Verdict::Taken);
    // Of the others one may speak for it still.
    let others = (20..24).filter(|it| world.ear.trusts(&node(*it)));
    assert_eq!(others.count(), 1);
}

#[tokio::test]
async fn who_forges_what_a_validator_signs_is_sent_away() {
    let world = World::new().await;
    let liar = world.validator(3);
    assert_eq!(world.vote(liar, (0, 0)), Verdict::Taken);
    assert_eq!(world.vote(liar, (0, 0)), Verdict::Ignored);
    assert!(matches!(world.vote(liar, (1, 3)), Verdict::False(_)));
    let parts = parts(&block(HEIGHT, 1), Some(3));
    let forged = (b"stream".to_vec(), 0_u64, Some(parts[0].clone()));
    let verdict = world.take(liar, Topic::Parts, forged);
    assert!(matches!(verdict, Verdict::False(_)), "{verdict:?}");
    let garbage = world.take(liar, Topic::Parts, [0xff_u8; 9]);
    assert!(matches!(garbage, Verdict::False(_)), "{garbage:?}");
}

#[tokio::test]
async fn other_bytes_under_a_proposers_signature_are_a_lie() {
    let world = World::new().await;
    let liar = world.validator(3);
    let good = parts(&block(HEIGHT, 1), None);
    let mut bad = parts(&block(HEIGHT, 2), None);
    let parts = [good[0].clone(), bad.remove(1)];
    let verdicts: Vec<_> = (0_u64..)
        .zip(parts)
        .map(|(number, part)| world.take(liar, Topic::Parts, (b"s".to_vec(), number, Some(part))))
        .collect();
    assert_eq!(verdicts[0], Verdict::Taken);
    assert!(matches!(verdicts[1], Verdict::False(_)), "{verdicts:?}");
}

/// Parts of blocks come while the engine goes from one height to the next: none is lost, none is given
/// twice.
#[tokio::test]
async fn a_block_of_the_next_height_is_never_lost() {
    let world = World::new().await;
    let peer = world.validator(0);
    let mut judged = Vec::new();
    for height in HEIGHT..HEIGHT + 40 {
        let block = block(height + 1, height);
        let send = || {
            for (number, part) in (0_u64..).zip(parts(&block, None)) {
                let part = (height.to_le_bytes().to_vec(), number, Some(part));
                assert_eq!(world.take(peer, Topic::Parts, part), Verdict::Taken);
            }
        };
        let moves = || {
            world.gate.enter(place(height + 1));
            world.gate.begin(height + 1, 0)
        };
        std::thread::scope(|scope| {
            let moved = scope.spawn(moves);
            send();
            for whole in moved.join().unwrap() {
                judged.push(whole.init.height);
            }
        });
    }
    let told = world.heard().await;
    judged.extend(told.iter().filter_map(|it| match it {
        Word::Block(_, height) => Some(*height),
        _ => None,
    }));
    judged.sort_unstable();
    let all: Vec<u64> = (HEIGHT + 1..=HEIGHT + 40).collect();
    assert_eq!(judged, all);
}

fn block(height: u64, salt: u64) -> Block {
    let body = Body::default();
    let header = Header {
        version: 1,
        chain: CHAIN,
        height,
        time_ms: salt,
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

/// In round 0, signed by whose turn it is, or by `signer`.
fn parts(block: &Block, signer: Option<u8>) -> Vec<Part> {
    use malachitebft_app_channel::app::types::core::{Round, Validator as _};
    let height = block.header.height;
    let members = place(height).members;
    let turn = members.proposer(BlockHeight(height), Round::new(0));
    let proposer = turn.address().0;
    let turn = (0..4).find(|it| address(*it) == proposer);
    let mut init = PartInit {
        height,
        round: 0,
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

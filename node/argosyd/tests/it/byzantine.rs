//! Hostile peers of a network: one of four validators lies, with real keys; strangers who flood it.
//!
//! The honest ones go on, hold little of what is thrown at them, and agree with each other.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use argosy_bft::{PART_BYTES_MAX, Part, PartInit};
use argosy_links::{
    AskError, AskId, Bytes, Inbox, Links, LinksConfig, Metrics, PeerId, QuestionId, Topic, Verdict,
};
use argosy_primitives::{
    Address, BlockHash, CommitCertificate, CommitSignature, GenesisHash, PeerProof, Proposal,
    PublicKey, SecretKey, SignedProposal, SignedVote, Vote, VoteKind,
};
use argosy_sdk::Client;
use argosy_signer::{KeyFile, Passphrase, PlainKeyFile};
use parity_scale_codec::Encode;
use tokio::task::JoinHandle;

use crate::network::{Network, head};

/// What a validator may hold of it, in MiB.
const HELD_MIB_MAX: u64 = 64;
/// The one that is played.
const LIAR: usize = 3;

/// What the liar heard of others, to say it again.
#[derive(Default)]
struct Echo {
    heard: Mutex<VecDeque<(Topic, Bytes)>>,
    questions: Mutex<Vec<QuestionId>>,
    peers: Mutex<Vec<PeerId>>,
}

impl Inbox for Echo {
    fn met(&self, peer: PeerId) {
        let mut peers = self.peers.lock().unwrap();
        peers.retain(|it| *it != peer);
        peers.push(peer);
    }

    fn named(&self, _: PeerId) {}

    fn connected(&self, _: PeerId) {}

    fn lost(&self, _: PeerId) {}

    fn trusts(&self, _: &PeerId) -> bool {
        true
    }

    fn take(&self, _: PeerId, topic: Topic, content: Bytes) -> Verdict {
        if matches!(topic, Topic::Votes | Topic::Liveness) {
            let mut heard = self.heard.lock().unwrap();
            heard.push_back((topic, content));
            while heard.len() > 500 {
                heard.pop_front();
            }
        }
        Verdict::Taken
    }

    fn asked(&self, question: QuestionId, _: PeerId, _: Bytes) -> Verdict {
        self.questions.lock().unwrap().push(question);
        Verdict::Taken
    }

    fn withdrawn(&self, _: QuestionId, _: PeerId) {}

    fn answered(&self, _: AskId, _: PeerId, _: Result<Bytes, AskError>) -> Verdict {
        Verdict::Taken
    }
}

/// A hostile peer.
struct Liar {
    links: Links,
    echo: Arc<Echo>,
    key: SecretKey,
    /// Its id, as bytes.
    peer: Vec<u8>,
    chain: GenesisHash,
}

impl Liar {
    /// In the place of a validator that was stopped: it has its keys, and calls all others.
    async fn validator(network: &Network, chain: GenesisHash) -> Liar {
        let keys = network.place(LIAR).join("keys");
        let passphrase = Passphrase::read(&keys.join("passphrase")).unwrap();
        let key = KeyFile::at(keys.join("validator.pem")).open(&passphrase);
        let node = PlainKeyFile::at(keys.join("node.pem")).open().unwrap();
        let listen = network.listen(LIAR, "p2p");
        Liar::start(network, chain, (key.unwrap(), *node.expose_seed()), listen).await
    }

    /// Anybody, who says that it speaks for a validator: it has a key, but that decides nothing.
    async fn stranger(network: &Network, chain: GenesisHash, seed: u8) -> Liar {
        let key = SecretKey::generate_from([seed; 32]);
        let listen = "127.0.0.1:0".parse().unwrap();
        Liar::start(network, chain, (key, [seed; 32]), listen).await
    }

    async fn start(
        network: &Network,
        chain: GenesisHash,
        (key, node_seed): (SecretKey, [u8; 32]),
        listen: SocketAddr,
    ) -> Liar {
        let peer = argosy_links::peer_id(node_seed).unwrap().to_bytes();
        let proof = PeerProof {
            chain,
            peer: peer.clone(),
        };
        let signature = key.sign(proof.sign_hash().as_bytes());
        let PublicKey::Ed25519(public) = key.public();
        let others = (0..LIAR).map(|it| network.listen(it, "p2p").to_string());
        let config = LinksConfig {
            chain,
            node_seed,
            listen,
            peers: others.collect(),
            peers_only: false,
            connections_per_ip_max: 16,
            inbound_max: 16,
            proof: Some((public.to_vec(), peer.clone(), signature).encode().into()),
            answer_bytes_max: 10_000_000,
            queue_bytes_max: 64 * 1024 * 1024,
        };
        let echo = Arc::new(Echo::default());
        let inbox = Arc::clone(&echo) as Arc<dyn Inbox>;
        let links = Links::start(&config, inbox, Metrics::default()).await;
        Liar {
            links: links.unwrap(),
            echo,
            key,
            peer,
            chain,
        }
    }

    /// All of it, for ever.
    fn talk(self, client: Client) -> JoinHandle<()> {
        tokio::spawn(async move {
            for salt in 0.. {
                let height = head(&client).await + 1;
                self.votes(height, salt).await;
                self.blocks(height, salt).await;
                self.tales(height, salt).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    }

    async fn say(&self, topic: Topic, content: &impl Encode) {
        let wire = self.links.wire();
        wire.publish(topic, content.encode().into()).await.unwrap();
    }

    fn vote(&self, kind: VoteKind, (height, round): (u64, u32), value: u64) -> SignedVote {
        let vote = Vote {
            kind,
            chain: self.chain,
            height,
            round,
            value: Some(hash(value)),
            validator: Address::of_key(&self.key.public()),
        };
        let signature = self.key.sign(vote.sign_hash().as_bytes());
        SignedVote { vote, signature }
    }

    /// Votes of its own: for rounds to come, for every height around, for many values.
    async fn votes(&self, height: u64, salt: u64) {
        for step in 0..200 {
            let at = (height + step % 4, (step * (salt % 3 + 1)) as u32);
            let kind = [VoteKind::Prevote, VoteKind::Precommit][(step % 2) as usize];
            let vote = self.vote(kind, at, salt * 1_000 + step);
            self.say(Topic::Votes, &(0_u8, vote)).await;
        }
    }

    /// Proposals, and parts of blocks that never become one: out of order, too many, for other heights.
    async fn blocks(&self, height: u64, salt: u64) {
        for step in 0..12 {
            let at = height + step % 3;
            let round = (step % 5) as u32;
            let proposal = Proposal {
                chain: self.chain,
                height: at,
                round,
                value: hash(salt),
                valid_round: None,
                proposer: Address::of_key(&self.key.public()),
            };
            let signature = self.key.sign(proposal.sign_hash().as_bytes());
            let signed = SignedProposal {
                proposal,
                signature,
            };
            self.say(Topic::Votes, &(1_u8, signed)).await;
            let mut init = PartInit {
                height: at,
                round,
                valid_round: None,
                proposer: proposal.proposer,
                block: hash(salt),
                pieces: 8,
                signature,
            };
            init.signature = self
                .key
                .sign(init.signed(self.chain).sign_hash().as_bytes());
            let stream = (salt * 100 + step).to_le_bytes().to_vec();
            let piece = |last| {
                Some(Part::Data {
                    last,
                    bytes: vec![7; PART_BYTES_MAX],
                })
            };
            for sequence in [7_u64, 3, 9_999] {
                let part = (stream.clone(), sequence, piece(sequence == 7));
                self.say(Topic::Parts, &part).await;
            }
            let part = (stream.clone(), 0_u64, Some(Part::Init(init)));
            self.say(Topic::Parts, &part).await;
            self.say(Topic::Parts, &(stream, 1_u64, piece(true))).await;
        }
    }

    /// What others said, again and again; certificates with one signature; a height that nobody has.
    async fn tales(&self, height: u64, salt: u64) {
        let heard: Vec<_> = self.echo.heard.lock().unwrap().iter().cloned().collect();
        let wire = self.links.wire();
        for (topic, content) in heard {
            wire.publish(topic, content).await.unwrap();
        }
        let vote = self.vote(VoteKind::Prevote, (height, 0), salt);
        let signature = CommitSignature {
            validator: vote.vote.validator,
            signature: vote.signature,
        };
        let polka = CommitCertificate {
            height,
            round: 0,
            block: hash(salt),
            signatures: vec![signature],
        };
        self.say(Topic::Liveness, &(1_u8, polka)).await;
        let status = (self.peer.clone(), u64::MAX / 2, 1_u64);
        self.say(Topic::Status, &status).await;
        let questions = std::mem::take(&mut *self.echo.questions.lock().unwrap());
        for question in questions {
            wire.answer(question, vec![0xfe; 500_000].into())
                .await
                .unwrap();
        }
        let peers = self.echo.peers.lock().unwrap().clone();
        for peer in peers {
            let range = (1_u64, u64::MAX).encode();
            wire.ask(peer, range.into()).await.unwrap();
        }
    }
}

fn hash(value: u64) -> BlockHash {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&value.to_le_bytes());
    BlockHash::from_bytes(bytes)
}

/// Three of four go on, and none of them holds much of what `liars` throw at them.
async fn go_on(network: &Network, liars: Vec<Liar>) {
    let client = network.client(0).await;
    let height = head(&client).await;
    let before: Vec<u64> = (0..LIAR).map(|it| network.resident_mib(it)).collect();
    let mut talks = Vec::new();
    for liar in liars {
        talks.push(liar.talk(network.client(0).await));
    }
    for step in 1..=6 {
        network.reach(height + step).await;
        for (number, before) in before.iter().enumerate() {
            let grown = network.resident_mib(number).saturating_sub(*before);
            assert!(grown <= HELD_MIB_MAX, "node{number} holds {grown} MiB more");
        }
    }
    // They say it still: nobody had to be stopped.
    assert!(talks.iter().all(|it| !it.is_finished()));
    talks.iter().for_each(JoinHandle::abort);
    for number in 0..LIAR {
        // Tales of far heights are told by too few.
        let known = network.figures(number)("argosy_consensus_known_height");
        assert!(known < 1_000_000, "node{number} believes in {known}");
    }
    network.agree(height + 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_go_on_while_the_fourth_lies() {
    let mut network = Network::start(4, 0, &[]);
    network.reach(3).await;
    network.kill(LIAR);
    let client = network.client(0).await;
    network.reach(head(&client).await + 3).await;
    let liar = Liar::validator(&network, client.chain()).await;
    go_on(&network, vec![liar]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_go_on_among_strangers() {
    let network = Network::start(4, 0, &[]);
    network.reach(5).await;
    let chain = network.client(0).await.chain();
    let mut strangers = Vec::new();
    for seed in 201..206 {
        strangers.push(Liar::stranger(&network, chain, seed).await);
    }
    go_on(&network, strangers).await;
}

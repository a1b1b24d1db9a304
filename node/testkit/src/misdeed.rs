//! What a validator may do that is not honest. With one such among four, the others agree and go on.
//!
//! A two-faced validator shows one block and its votes for it to node 0, a twin of it to node 1, and
//! both to the rest. Two such can make nodes 0 and 1 commit different blocks: no protocol bears that,
//! and a test sees that it is noticed.

use argosy_bft::{
    BftProposal, BftVote, Part, PartInit, SignatureBytes, piece_count, proposal_parts,
};
use argosy_primitives::{Block, BlockHash, Height, Signature, StateRoot};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::SignedMessage;

use crate::edge::Edge;
use crate::plan::NODES;
use crate::task::{Message, StreamPart, our_proposal, our_vote};

/// How a validator breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// It says nothing.
    Silent,
    /// It proposes two blocks and votes for both, to different nodes.
    TwoFaced,
    /// It proposes blocks that break a rule.
    ProposesRubbish,
    /// It claims heights that nobody has, and gives damaged blocks to who catches up.
    Lies,
}

impl Edge {
    /// What a node sends instead of an honest message, and to whom.
    pub(crate) fn bend(&self, to: usize, message: Message) -> Vec<Message> {
        match self.misdeed {
            None | Some(Misdeed::ProposesRubbish) => vec![message],
            Some(Misdeed::Silent) => Vec::new(),
            Some(Misdeed::Lies) => vec![lie(message)],
            Some(Misdeed::TwoFaced) => {
                let twin = self.twin_of(&message);
                match (to, twin) {
                    // A message that has no twin goes to all.
                    (_, None) | (0, _) => vec![message],
                    (1, Some(twin)) => twin,
                    (_, Some(twin)) => std::iter::once(message).chain(twin).collect(),
                }
            }
        }
    }

    /// The same for a twin of the block. Empty: the twin's messages went out with an earlier one.
    fn twin_of(&self, message: &Message) -> Option<Vec<Message>> {
        let own = self.me.address;
        match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote)) => {
                let vote = self.twin_vote(vote)?;
                Some(vec![Message::Consensus(SignedConsensusMsg::Vote(vote))])
            }
            Message::Liveness(LivenessMsg::Vote(vote)) => {
                let vote = self.twin_vote(vote)?;
                Some(vec![Message::Liveness(LivenessMsg::Vote(vote))])
            }
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                let mut proposal = our_proposal(proposal).proposal;
                if proposal.proposer != own {
                    return None;
                }
                let block = self.twin(proposal.height, proposal.value)?;
                proposal.value = block.header.hash();
                let signature = self.me.key.sign(proposal.sign_hash().as_bytes());
                let proposal =
                    SignedMessage::new(BftProposal::from(proposal), SignatureBytes(signature));
                Some(vec![Message::Consensus(SignedConsensusMsg::Proposal(
                    proposal,
                ))])
            }
            Message::Part(StreamPart { stream, part, .. }) => match part {
                Part::Init(init) => {
                    let block = self.twin(init.height, init.block)?;
                    // A stream of its own.
                    Some(self.parts(stream | 1 << 100, init, &block))
                }
                Part::Data { .. } => Some(Vec::new()),
            },
            Message::Liveness(_)
            | Message::Status { .. }
            | Message::Request { .. }
            | Message::Response { .. } => None,
        }
    }

    fn twin_vote(
        &self,
        vote: &SignedMessage<argosy_bft::BftContext, BftVote>,
    ) -> Option<SignedMessage<argosy_bft::BftContext, BftVote>> {
        let mut vote = our_vote(vote).vote;
        let block = self.twin(vote.height, vote.value?)?;
        vote.value = Some(block.header.hash());
        let signature = self.me.key.sign(vote.sign_hash().as_bytes());
        let vote = BftVote::from(vote);
        Some(SignedMessage::new(vote, SignatureBytes(signature)))
    }

    /// A block that is as good as another one, a millisecond later.
    fn twin(&self, height: Height, hash: BlockHash) -> Option<Block> {
        let mut block = self.chain().ok()?.undecided_block(height, &hash).ok()??;
        block.header.time_ms += 1;
        Some(block)
    }

    /// A block in parts that this node signs for.
    pub(crate) fn parts(&self, stream: u128, init: &PartInit, block: &Block) -> Vec<Message> {
        let mut init = PartInit {
            block: block.header.hash(),
            pieces: piece_count(block),
            signature: Signature::Ed25519([0; 64]),
            ..init.clone()
        };
        let hash = init.signed(self.me.context.chain).sign_hash();
        init.signature = self.me.key.sign(hash.as_bytes());
        let part = |(sequence, part)| {
            Message::Part(StreamPart {
                stream,
                sequence,
                part,
            })
        };
        (0..).zip(proposal_parts(init, block)).map(part).collect()
    }

    /// A block that breaks a rule, each time another one.
    pub(crate) fn rubbish(&self, block: &Block) -> Block {
        let mut block = block.clone();
        let header = &mut block.header;
        match header.height % 4 {
            0 => header.state_root = StateRoot::from_bytes([7; 32]),
            1 => header.time_ms += 3_600_000,
            2 => header.gas_used += 1,
            _ => header.round += 1,
        }
        block
    }
}

fn lie(message: Message) -> Message {
    match message {
        Message::Status { tip } => Message::Status {
            tip: tip + NODES as u64,
        },
        Message::Response { id, mut blocks } => {
            for block in &mut blocks {
                let height = block.certificate.height;
                match height % 2 {
                    0 => block.certificate.block = BlockHash::from_bytes([7; 32]),
                    _ => block.bytes.reverse(),
                }
            }
            Message::Response { id, blocks }
        }
        other => other,
    }
}

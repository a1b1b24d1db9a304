//! What can happen to a node, and what a node wants of the world.

use std::fmt;
use std::sync::Arc;

use argosy_bft::{BftContext, BftProposal, BftVote, Part, SignatureBytes};
use argosy_primitives::{
    BlockHash, CommitCertificate, Evidence, Header, Height, Round, SignedProposal, SignedVote,
    ValidatorSet, VerifiedTransaction, blake3,
};
use malachitebft_core_consensus::{
    LivenessMsg, LocallyProposedValue, ProposedValue, SignedConsensusMsg,
};
use malachitebft_core_types::{self as engine, SignedMessage, Timeout, TimeoutKind, ValueOrigin};
use parity_scale_codec::Encode;

use crate::agenda::Millis;

/// What travels between nodes.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// A vote or a proposal.
    Consensus(SignedConsensusMsg<BftContext>),
    /// Said again, for those who did not hear it.
    Liveness(LivenessMsg<BftContext>),
    /// A part of a block.
    Part(StreamPart),
    /// How far a node has come.
    Status { tip: Height },
    /// Asks for decided blocks.
    Request {
        id: u64,
        first: Height,
        last: Height,
    },
    /// Decided blocks.
    Response { id: u64, blocks: Vec<Synced> },
}

/// A part of a block, in its place in a stream.
#[derive(Clone)]
pub(crate) struct StreamPart {
    pub(crate) stream: u128,
    pub(crate) sequence: u64,
    pub(crate) part: Part,
}

/// A decided block with its certificate, as bytes; and the certificate once more for the engine.
#[derive(Clone)]
pub(crate) struct Synced {
    pub(crate) bytes: Vec<u8>,
    pub(crate) certificate: CommitCertificate,
}

/// What the engine asks of the application, which answers one thing at a time.
#[derive(Debug)]
pub(crate) enum Ask {
    Value {
        height: Height,
        round: Round,
    },
    Part {
        from: usize,
        part: StreamPart,
    },
    Restream {
        height: Height,
        round: Round,
        valid_round: Option<Round>,
        block: BlockHash,
    },
    Decided(CommitCertificate),
    Finalized(CommitCertificate, Vec<Evidence>),
    Synced {
        value: Synced,
        proposer: argosy_primitives::Address,
    },
    Blocks {
        to: usize,
        id: u64,
        first: Height,
        last: Height,
    },
}

/// What happens to a node.
#[derive(Debug)]
pub(crate) enum Task {
    Deliver { from: usize, message: Message },
    Ask(Ask),
    Timeout(TimerKey, u64),
    Start { is_restart: bool },
    Value(ProposedValue<BftContext>, ValueOrigin),
    Propose(LocallyProposedValue<BftContext>),
    SyncValue(usize, Synced),
    SyncFault(Height),
    SyncDeadline(u64),
    Decided(Height),
    Status,
    Submit(Tx),
    Engine,
}

/// A transaction, shown by its id.
#[derive(Clone)]
pub(crate) struct Tx(pub(crate) Arc<VerifiedTransaction>);

/// What a node wants of the world, or tells it.
pub(crate) enum Out {
    /// To one node, or to all others.
    Send {
        to: Option<usize>,
        message: Message,
    },
    After(Millis, Task),
    Ask(Ask),
    Committed(Box<Commit>),
    /// For the trace.
    Tell(String),
    /// It signs nothing up to a height.
    Absent(Height),
}

/// What was committed.
pub(crate) struct Commit {
    pub(crate) header: Header,
    pub(crate) certificate: CommitCertificate,
    pub(crate) deciders: ValidatorSet,
    pub(crate) transactions: usize,
    pub(crate) evidence: Vec<Evidence>,
    /// Others had decided it before.
    pub(crate) was_synced: bool,
}

/// Tells timers apart, without how long they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerKey(u8, i64);

impl TimerKey {
    pub(crate) fn of(timeout: &Timeout) -> TimerKey {
        let kind = match timeout.kind {
            TimeoutKind::Propose => 0,
            TimeoutKind::Prevote => 1,
            TimeoutKind::Precommit => 2,
            TimeoutKind::Rebroadcast => 3,
            TimeoutKind::FinalizeHeight(_) => 4,
        };
        TimerKey(kind, timeout.round.as_i64())
    }
}

/// The engine's round; none is "not in any".
pub(crate) fn engine_round(round: Option<Round>) -> engine::Round {
    engine::Round::from(round)
}

/// A vote as ours.
pub(crate) fn our_vote(vote: &SignedMessage<BftContext, BftVote>) -> SignedVote {
    let SignatureBytes(signature) = vote.signature;
    SignedVote {
        vote: *vote.message.vote(),
        signature,
    }
}

/// A proposal as ours.
pub(crate) fn our_proposal(proposal: &SignedMessage<BftContext, BftProposal>) -> SignedProposal {
    let SignatureBytes(signature) = proposal.signature;
    SignedProposal {
        proposal: *proposal.message.proposal(),
        signature,
    }
}

impl fmt::Debug for StreamPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (part, stream) = (short(&self.part.encode()), self.stream);
        write!(f, "part {} of {stream}: {part}", self.sequence)
    }
}

impl fmt::Debug for Synced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = short(&self.certificate.encode());
        write!(f, "{} by {certificate}", short(&self.bytes))
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.id().fmt(f)
    }
}

/// Stands for bytes in a trace.
fn short(bytes: &[u8]) -> String {
    let hash = blake3(bytes);
    hash[..8].iter().map(|it| format!("{it:02x}")).collect()
}

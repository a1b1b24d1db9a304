//! The network between the nodes, and what it overhears.

use argosy_signer::{Position, Step};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};

use crate::agenda::Millis;
use crate::plan::NODES;
use crate::task::{Message, our_proposal, our_vote};
use crate::world::{Event, World};

impl World {
    /// To one node, or to all others; each way has its own luck.
    pub(crate) fn send(&mut self, from: usize, to: Option<usize>, message: Message) {
        if self.is_honest(from) {
            self.check_signed(from, &message);
        }
        let others = (0..NODES).filter(|it| *it != from);
        for to in others.filter(|it| to.is_none_or(|to| to == *it)) {
            for message in self.nodes[from].edge.bend(to, message.clone()) {
                self.transmit(from, to, &message);
            }
        }
    }

    fn transmit(&mut self, from: usize, to: usize, message: &Message) {
        let lost = self.random.percent(self.plan.loss_percent);
        let twice = self.random.percent(self.plan.duplicate_percent);
        let connects = self.plan.connects(from, to, self.agenda.now());
        if !self.is_healed() && (lost || !connects) {
            self.counts.lost += 1;
            return;
        }
        for _ in 0..=usize::from(twice && !self.is_healed()) {
            let at = self.agenda.now() + self.delay();
            self.agenda
                .at(at, Event::Message(from, to, message.clone()));
        }
    }

    fn delay(&mut self) -> Millis {
        let (shortest, longest) = self.plan.delay_ms;
        let usual = self.random.between(shortest, longest);
        match self.random.percent(self.plan.slow_percent) && !self.is_healed() {
            true => usual.saturating_mul(10),
            false => usual,
        }
    }

    /// What a node says by its own key.
    fn check_signed(&mut self, node: usize, message: &Message) {
        let (at, hash) = match message {
            Message::Consensus(SignedConsensusMsg::Vote(vote))
            | Message::Liveness(LivenessMsg::Vote(vote)) => {
                let vote = our_vote(vote).vote;
                let at = (vote.height, vote.round, Step::from(vote.kind));
                (at, vote.sign_hash())
            }
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => {
                let proposal = our_proposal(proposal).proposal;
                // Others' proposals are passed on in late rounds.
                if proposal.proposer != self.nodes[node].edge.me.address {
                    return;
                }
                let at = (proposal.height, proposal.round, Step::Proposal);
                (at, proposal.sign_hash())
            }
            Message::Liveness(_)
            | Message::Part(_)
            | Message::Status { .. }
            | Message::Request { .. }
            | Message::Response { .. } => return,
        };
        let (height, round, step) = at;
        let at = Position {
            height,
            round,
            step,
        };
        if let Err(violation) = self.watch.signed(node, at, hash) {
            self.accuse(violation);
        }
    }
}

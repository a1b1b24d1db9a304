//! The node's answers to its engine, as `consensus` and `argosyd` give them together.

use std::sync::Arc;

use argosy_bft::{
    Assembled, BftContext, BlockHeight, BlockValue, CheckedPart, Inbox, Members, PartInit, Pieces,
    Place, ValidatorAddress,
};
use argosy_chain::Durability;
use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, Evidence, GenesisHash, Height, Limits, Round,
    Signature, decode_untrusted,
};
use argosy_replica::{Action, Event, Invalid, Origin, Proposed};
use malachitebft_core_consensus::{LocallyProposedValue, ProposedValue};
use malachitebft_core_types::{self as engine, Validity, ValueOrigin};
use parity_scale_codec::Encode;

use crate::edge::Edge;
use crate::misdeed::Misdeed;
use crate::task::{Ask, Commit, Message, Out, StreamPart, Synced, Task, engine_round};

/// Blocks in one answer to who catches up.
const BATCH: usize = 8;
/// While a node catches up, every so manieth block makes sure of all before it.
const SYNC_EVERY_BLOCKS: Height = 32;
/// A block of a run, and what is around it.
const BYTES_MAX: usize = 2 << 20;

/// What the agent knows between two questions; gone when the engine is started anew.
pub(crate) struct Agent {
    pub(crate) inbox: Inbox,
    chain: GenesisHash,
    pub(crate) place: Option<Place>,
    /// The last height that came from others, decided.
    synced: Height,
    /// Names streams, apart from those of earlier lives.
    stream: u128,
}

impl Agent {
    pub(crate) fn new(chain: GenesisHash, began: u64) -> Agent {
        Agent {
            inbox: Inbox::new(BYTES_MAX),
            chain,
            place: None,
            synced: 0,
            stream: u128::from(began) << 32,
        }
    }
}

impl Edge {
    fn clock_ms(&self) -> u64 {
        self.me.clock_ms.saturating_add(self.now)
    }

    pub(crate) fn step(&mut self, event: Event) -> Result<Vec<Action>, String> {
        let replica = self.replica.as_mut().ok_or("the process is down")?;
        replica.step(event).map_err(|error| error.to_string())
    }

    pub(crate) fn chain(&self) -> Result<&argosy_chain::Chain, String> {
        let replica = self.replica.as_ref().ok_or("the process is down")?;
        Ok(replica.chain())
    }

    /// Answers one question.
    pub(crate) fn answer(&mut self, ask: Ask) -> Result<(), String> {
        match ask {
            Ask::Value { height, round } => self.propose(height, round),
            Ask::Part { from, part } => self.received(from, part),
            Ask::Restream {
                height,
                round,
                valid_round,
                block,
            } => self.restream((height, round), valid_round, block),
            Ask::Decided(certificate) => self.decided(certificate),
            Ask::Finalized(certificate, evidence) => self.finalized(certificate, evidence),
            Ask::Synced { value, proposer } => self.caught_up(value, proposer),
            Ask::Blocks {
                to,
                id,
                first,
                last,
            } => self.give(to, id, (first, last)),
        }
    }

    /// Goes to the next height.
    pub(crate) fn enter(&mut self) -> Result<(Height, Members), String> {
        let view = self.chain()?.view();
        let sets = view.validator_sets().map_err(|error| error.to_string())?;
        let members = |set| Members::new(set).map_err(|error| error.to_string());
        let place = Place {
            height: view.next_height(),
            round: 0,
            members: members(sets.current)?,
            next_members: members(sets.next)?,
        };
        let entered = (place.height, place.members.clone());
        self.agent.inbox.enter(place.height);
        self.agent.place = Some(place);
        Ok(entered)
    }

    /// A round begins: what is on disk for it, and what came too early.
    pub(crate) fn started(
        &mut self,
        (height, round): (Height, Round),
    ) -> Result<Vec<ProposedValue<BftContext>>, String> {
        let early = self.agent.inbox.begin(round);
        if let Some(place) = self.agent.place.as_mut().filter(|it| it.height == height) {
            place.round = round;
        }
        let kept = self.chain()?.undecided(height, round);
        let kept = kept.map_err(|error| error.to_string())?;
        let value = |it: argosy_chain::Undecided| ProposedValue {
            height: BlockHeight(height),
            round: engine::Round::new(it.round),
            valid_round: engine_round(it.valid_round),
            proposer: ValidatorAddress(it.proposer),
            value: BlockValue(it.block.header.hash()),
            validity: Validity::Valid,
        };
        let mut values: Vec<_> = kept.into_iter().map(value).collect();
        for whole in early {
            values.extend(self.judge(whole)?);
        }
        Ok(values)
    }

    /// This node's turn.
    fn propose(&mut self, height: Height, round: Round) -> Result<(), String> {
        let now_ms = self.clock_ms();
        let actions = self.step(Event::Propose {
            height,
            round,
            now_ms,
        })?;
        let block = actions.into_iter().find_map(|action| match action {
            Action::Proposed { block, .. } => Some(block),
            _ => None,
        });
        // Without one it lets its turn pass.
        if let Some(mut block) = block {
            if self.misdeed == Some(Misdeed::ProposesRubbish) {
                block = Arc::new(self.rubbish(&block));
            }
            let value = LocallyProposedValue {
                height: BlockHeight(height),
                round: engine::Round::new(round),
                value: BlockValue(block.header.hash()),
            };
            self.out.push(Out::After(0, Task::Propose(value)));
            self.publish(round, None, &block);
        }
        Ok(())
    }

    fn restream(
        &mut self,
        (height, round): (Height, Round),
        valid_round: Option<Round>,
        block: BlockHash,
    ) -> Result<(), String> {
        let kept = self.chain()?.undecided_block(height, &block);
        if let Some(block) = kept.map_err(|error| error.to_string())? {
            self.publish(round, valid_round, &block);
        }
        Ok(())
    }

    /// Sends a block to everybody, in parts.
    fn publish(&mut self, round: Round, valid_round: Option<Round>, block: &Block) {
        let init = PartInit {
            height: block.header.height,
            round,
            valid_round,
            proposer: self.me.address,
            block: block.header.hash(),
            pieces: 0,
            signature: Signature::Ed25519([0; 64]),
        };
        self.agent.stream = self.agent.stream.wrapping_add(1);
        for part in self.parts(self.agent.stream, &init, block) {
            self.send(part);
        }
    }

    fn received(&mut self, from: usize, part: StreamPart) -> Result<(), String> {
        let Some(place) = &self.agent.place else {
            return Ok(());
        };
        // What is refused is for the sender to be ashamed of.
        let Ok(checked) = CheckedPart::new(self.agent.chain, place, part.part) else {
            return Ok(());
        };
        let (publisher, stream) = (from.to_be_bytes(), part.stream.to_be_bytes());
        let inbox = &mut self.agent.inbox;
        let taken = inbox.take(place, (&publisher, &stream), (part.sequence, checked));
        let whole = taken.and_then(|it| it.map(Pieces::assemble).transpose());
        let taken = whole.map(|it| it.and_then(|whole| inbox.put(whole)));
        if let Ok(Some(whole)) = taken
            && let Some(value) = self.judge(whole)?
        {
            let task = Task::Value(value, ValueOrigin::Consensus);
            self.out.push(Out::After(0, task));
        }
        Ok(())
    }

    /// Executes a block that came in whole.
    fn judge(&mut self, whole: Assembled) -> Result<Option<ProposedValue<BftContext>>, String> {
        let Assembled { init, block } = whole;
        let now_ms = self.clock_ms();
        let origin = match block.header.round < init.round {
            true => Origin::Again {
                valid_round: block.header.round,
                now_ms,
            },
            false => Origin::New { now_ms },
        };
        let verdict = self.verdict(Proposed {
            round: init.round,
            proposer: init.proposer,
            origin,
            block,
        })?;
        let validity = match verdict {
            Ok(()) => Validity::Valid,
            Err(Invalid::NotNext { .. }) => return Ok(None),
            Err(_) => Validity::Invalid,
        };
        Ok(Some(ProposedValue {
            height: BlockHeight(init.height),
            round: engine::Round::new(init.round),
            valid_round: engine_round(init.valid_round),
            proposer: ValidatorAddress(init.proposer),
            value: BlockValue(init.block),
            validity,
        }))
    }

    fn verdict(&mut self, proposed: Proposed) -> Result<Result<(), Invalid>, String> {
        let actions = self.step(Event::Judge(Box::new(proposed)))?;
        let verdict = actions.into_iter().find_map(|action| match action {
            Action::Judged { verdict, .. } => Some(verdict),
            _ => None,
        });
        verdict.ok_or_else(|| "the replica did not judge a block".into())
    }

    fn decided(&mut self, certificate: CommitCertificate) -> Result<(), String> {
        let height = certificate.height;
        let was_synced = self.agent.synced == height;
        let may_wait = was_synced && !height.is_multiple_of(SYNC_EVERY_BLOCKS);
        let durability = match may_wait {
            true => Durability::Buffered,
            false => Durability::Synced,
        };
        let deciders = self.chain()?.validators().clone();
        let actions = self.step(Event::Decided {
            certificate: certificate.clone(),
            durability,
        })?;
        // Others must not be told that this node has what it has not.
        if !actions
            .iter()
            .any(|it| matches!(it, Action::Missing { .. }))
        {
            self.out.push(Out::After(0, Task::Decided(height)));
        }
        for action in actions {
            if let Action::Committed(committed) = action {
                let header = committed.view.head().header.clone();
                let block = committed.view.block(height).ok().flatten();
                self.out.push(Out::Committed(Box::new(Commit {
                    certificate: certificate.clone(),
                    deciders: deciders.clone(),
                    transactions: committed.transactions.len(),
                    evidence: block.map_or_else(Vec::new, |it| it.body.evidence),
                    was_synced,
                    header,
                })));
            }
        }
        Ok(())
    }

    fn finalized(
        &mut self,
        certificate: CommitCertificate,
        evidence: Vec<Evidence>,
    ) -> Result<(), String> {
        let height = certificate.height;
        self.step(Event::Extended { certificate })?;
        if !evidence.is_empty() {
            self.step(Event::Accused { evidence })?;
        }
        let is_restart = self.chain()?.view().next_height() <= height;
        self.out.push(Out::After(0, Task::Start { is_restart }));
        Ok(())
    }

    /// A decided block from somebody who is ahead.
    fn caught_up(&mut self, value: Synced, proposer: Address) -> Result<(), String> {
        let (height, round) = (value.certificate.height, value.certificate.round);
        let fault = Out::After(0, Task::SyncFault(height));
        let limits = Limits::for_size(BYTES_MAX);
        let decoded: Result<(Block, CommitCertificate), _> = decode_untrusted(&value.bytes, limits);
        let Ok((block, certificate)) = decoded else {
            self.out.push(fault);
            return Ok(());
        };
        let hash = block.header.hash();
        let fits = block.header.height == height && certificate.round == round;
        if !fits || !block.body_fits() || hash != value.certificate.block {
            self.out.push(fault);
            return Ok(());
        }
        let verdict = self.verdict(Proposed {
            round,
            proposer,
            origin: Origin::Decided { certificate },
            block,
        })?;
        if verdict.is_err() {
            self.out.push(fault);
            return Ok(());
        }
        self.agent.synced = height;
        let value = ProposedValue {
            height: BlockHeight(height),
            round: engine::Round::new(round),
            valid_round: engine::Round::Nil,
            proposer: ValidatorAddress(proposer),
            value: BlockValue(hash),
            validity: Validity::Valid,
        };
        let task = Task::Value(value, ValueOrigin::Sync);
        self.out.push(Out::After(0, task));
        Ok(())
    }

    /// Committed blocks for who catches up.
    fn give(&mut self, to: usize, id: u64, (first, last): (Height, Height)) -> Result<(), String> {
        let view = self.chain()?.view();
        let mut blocks = Vec::new();
        for height in (first..=last).take(BATCH) {
            let found = view.block(height).and_then(|block| {
                let certificate = view.certificate(height)?;
                Ok(block.zip(certificate))
            });
            // Where it ends, the answer does.
            let Some((block, certificate)) = found.map_err(|error| error.to_string())? else {
                break;
            };
            let bytes = (&block, &certificate).encode();
            blocks.push(Synced { bytes, certificate });
        }
        let message = Message::Response { id, blocks };
        self.out.push(Out::Send {
            to: Some(to),
            message,
        });
        Ok(())
    }
}

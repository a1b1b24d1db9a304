//! The loop that answers the engine, one question at a time.
//!
//! A question whose answer is withheld makes the engine wait for a time-out, which is what each place
//! that does so wants.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use argosy_bft::{
    Assembled, BftContext, BlockHeight, BlockValue, Members, Part, PartInit, Place,
    ValidatorAddress, engine_certificate, our_certificate, our_evidence, piece_count, round_number,
    target_time, timeouts,
};
use argosy_primitives::{
    Address, Block, BlockHash, CommitCertificate, GenesisHash, Height, Limits, Round, Signature,
    TimestampMs, decode_untrusted,
};
use argosy_spec::ConsensusTimes;
use bytes::Bytes;
use malachitebft_app_channel::app::types::core as engine;
use malachitebft_app_channel::app::types::sync::RawDecidedValue;
use malachitebft_app_channel::app::types::{
    LocallyProposedValue, MisbehaviorEvidence, ProposedValue,
};
use malachitebft_app_channel::{AppMsg, Channels, NetworkMsg, Reply};
use malachitebft_engine::host::{HeightParams, Next, SyncedValueOutcome};
use malachitebft_engine::util::streaming::StreamContent;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use tokio::sync::oneshot;

use crate::application::{Application, Decided, Gone, Proposal, Upcoming, Verdict, Way};
use crate::clock::Clock;
use crate::config::{ConsensusConfig, SYNC_BATCH};
use crate::engine::ConsensusEnd;
use crate::gate::Gate;
use crate::metrics::{Metrics, gauge};
use crate::parts::messages;
use crate::sign::EngineSigner;

/// A decided block as it travels to who catches up: with a certificate that the node itself checks.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct Synced {
    block: Block,
    certificate: CommitCertificate,
}

/// What a synced block may take besides the block.
const SYNCED_EXTRA_BYTES: usize = 512 * 1024;

/// Of blocks in one answer, unless the first is larger: the engine waits meanwhile.
const ANSWER_BYTES: usize = 512 * 1024;

pub(crate) struct Agent {
    chain: GenesisHash,
    times: ConsensusTimes,
    block_bytes_max: usize,
    channels: Channels<BftContext>,
    application: Arc<dyn Application>,
    signer: Option<EngineSigner>,
    gate: Arc<Gate>,
    metrics: Metrics,
    clock: Clock,
    /// How many decide the height at hand.
    validators: usize,
    /// The last height that came from others, decided.
    synced: Height,
    /// Names the streams of this run: peers must not take them for those of an earlier one.
    stream: u128,
}

impl Agent {
    pub(crate) fn new(
        config: &ConsensusConfig,
        channels: Channels<BftContext>,
        application: Arc<dyn Application>,
        signer: Option<EngineSigner>,
        (gate, metrics): (Arc<Gate>, Metrics),
    ) -> Agent {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let begin = since.unwrap_or_default().as_nanos();
        Agent {
            chain: config.chain,
            times: config.times.clone(),
            block_bytes_max: config.block_bytes_max,
            channels,
            application,
            signer,
            gate,
            metrics,
            clock: Clock::default(),
            validators: 0,
            synced: 0,
            stream: begin << 32,
        }
    }

    /// Answers until it is told to stop, the engine asks no more, or the node is gone.
    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) -> ConsensusEnd {
        loop {
            let message = tokio::select! {
                biased;
                _ = &mut stop => return ConsensusEnd::Asked,
                message = self.channels.consensus.recv() => message,
            };
            let Some(message) = message else {
                return ConsensusEnd::Failed("the consensus engine asks nothing any more".into());
            };
            if let Err(Gone) = self.answer(message).await {
                return ConsensusEnd::NodeGone;
            }
        }
    }

    async fn answer(&mut self, message: AppMsg<BftContext>) -> Result<(), Gone> {
        match message {
            AppMsg::ConsensusReady { reply } => {
                let start = self.enter()?;
                give(reply, start);
            }
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => {
                let values = self.started((height.0, round_number(round))).await?;
                give(reply_value, values);
            }
            AppMsg::GetValue {
                height,
                round,
                reply,
                ..
            } => self.propose((height.0, round_number(round)), reply).await?,
            AppMsg::ReceivedProposalPart { part, reply, .. } => {
                let value = self.received(&part.content).await?;
                give(reply, value);
            }
            AppMsg::RestreamProposal {
                height,
                round,
                valid_round,
                value_id,
                ..
            } => {
                let at = (height.0, round_number(round));
                self.restream(at, valid_round.as_u32(), value_id.0).await?;
            }
            AppMsg::Decided {
                certificate, reply, ..
            } => self.decided(&certificate, reply).await?,
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                let next = self.finalized(&certificate, &evidence)?;
                give(reply, next);
            }
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => {
                let at = (height.0, round_number(round));
                let outcome = self.caught_up(at, proposer.0, &value_bytes).await?;
                give(reply, outcome);
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let blocks = self.committed(range.start().0, range.end().0).await?;
                give(reply, blocks);
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                give(reply, BlockHeight(self.application.oldest()?));
            }
            // The policy of every height is that votes carry nothing besides.
            AppMsg::ExtendVote { reply, .. } => give(reply, None),
            AppMsg::VerifyVoteExtensions {
                extensions, reply, ..
            } => {
                let none = |(address, ())| {
                    let error =
                        malachitebft_core_consensus::VoteExtensionError::InvalidVoteExtension;
                    (address, Err(error))
                };
                give(reply, extensions.into_iter().map(none).collect());
            }
        }
        Ok(())
    }

    /// Goes to the next height.
    fn enter(&mut self) -> Result<(BlockHeight, HeightParams<BftContext>), Gone> {
        let Upcoming {
            height,
            validators,
            next_validators,
        } = self.application.upcoming()?;
        // The chain refuses specs and blocks that lead to other sets.
        let members = Members::new(validators).map_err(no_set)?;
        let next_members = Members::new(next_validators).map_err(no_set)?;
        let params = HeightParams::new(
            members.clone(),
            timeouts(&self.times),
            target_time(&self.times),
        );
        self.validators = members.set().0.len();
        self.metrics.validators.set(gauge(self.validators));
        self.metrics.height.set(gauge(height));
        self.metrics.round.set(0);
        self.gate.enter(Place {
            height,
            round: 0,
            members,
            next_members,
        });
        Ok((BlockHeight(height), params))
    }

    /// A round begins: what is on disk for it, and what came too early.
    async fn started(
        &mut self,
        (height, round): (Height, Round),
    ) -> Result<Vec<ProposedValue<BftContext>>, Gone> {
        self.metrics.round.set(round.into());
        let early = self.gate.begin(height, round);
        let kept = self.application.kept(height, round).await?;
        let mut values: Vec<ProposedValue<BftContext>> = kept
            .into_iter()
            .map(|it| ProposedValue {
                height: BlockHeight(height),
                round: engine::Round::new(it.round),
                valid_round: engine::Round::from(it.valid_round),
                proposer: ValidatorAddress(it.proposer),
                value: BlockValue(it.hash),
                validity: engine::Validity::Valid,
            })
            .collect();
        for whole in early {
            values.extend(self.judge(whole).await?);
        }
        Ok(values)
    }

    /// This node's turn.
    async fn propose(
        &mut self,
        (height, round): (Height, Round),
        reply: Reply<LocallyProposedValue<BftContext>>,
    ) -> Result<(), Gone> {
        let block = match self.application.propose(height, round).await? {
            Ok(block) => block,
            Err(reason) => {
                // Without an answer the others' time for a proposal runs out, and the next is asked.
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.turn_passed",
                    height,
                    round,
                    reason,
                    "lets its turn pass"
                );
                self.metrics.passed_turns.inc();
                return Ok(());
            }
        };
        let value = BlockValue(block.header.hash());
        give(
            reply,
            LocallyProposedValue::new(BlockHeight(height), engine::Round::new(round), value),
        );
        self.metrics.proposed.inc();
        self.publish(round, None, &block).await;
        Ok(())
    }

    /// Proposes a block of an earlier round again.
    async fn restream(
        &mut self,
        (height, round): (Height, Round),
        valid_round: Option<Round>,
        hash: BlockHash,
    ) -> Result<(), Gone> {
        match self.application.kept_block(height, hash).await? {
            Some(block) => self.publish(round, valid_round, &block).await,
            None => {
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.reproposal_missing",
                    height,
                    round,
                    %hash,
                    "has no block to propose again"
                );
            }
        }
        Ok(())
    }

    /// Sends a block to everybody. What goes wrong costs the round, no more.
    async fn publish(&mut self, round: Round, valid_round: Option<Round>, block: &Block) {
        let Some(signer) = &self.signer else {
            return; // Nobody asks a full node.
        };
        let height = block.header.height;
        let mut init = PartInit {
            height,
            round,
            valid_round,
            proposer: signer.address(),
            block: block.header.hash(),
            pieces: piece_count(block),
            signature: Signature::Ed25519([0; 64]),
        };
        let signed = init.signed(self.chain);
        match signer.sign(move |it| it.sign_parts(&signed)).await {
            Ok(signature) => init.signature = signature,
            Err(_) => return, // Logged where it failed.
        }
        self.stream = self.stream.wrapping_add(1);
        for message in messages(self.stream, init, block) {
            let sent = self
                .channels
                .network
                .send(NetworkMsg::PublishProposalPart(message));
            if sent.await.is_err() {
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.network_gone",
                    height,
                    round,
                    "the network is gone"
                );
                return;
            }
        }
    }

    /// A block is whole: the gate says so by its first part, and has it.
    async fn received(
        &mut self,
        part: &StreamContent<Part>,
    ) -> Result<Option<ProposedValue<BftContext>>, Gone> {
        let whole = match part {
            StreamContent::Data(Part::Init(init)) => self.gate.collect(init),
            StreamContent::Data(Part::Data { .. }) | StreamContent::Fin => None,
        };
        match whole {
            Some(whole) => self.judge(whole).await,
            None => Ok(None), // Others came meanwhile, and it had to go.
        }
    }

    /// Executes a block that came in whole.
    async fn judge(&mut self, whole: Assembled) -> Result<Option<ProposedValue<BftContext>>, Gone> {
        let Assembled { init, block } = whole;
        let now_ms = self.application.now_ms();
        // The header says whether it is new; what nobody signed does not count. That two thirds found
        // it valid before, the engine checks with its own messages.
        let way = match block.header.round < init.round {
            true => Way::Again {
                valid_round: block.header.round,
                now_ms,
            },
            false => {
                self.look_at_clock(&init, block.header.time_ms, now_ms);
                Way::New { now_ms }
            }
        };
        let verdict = self.application.judge(Proposal {
            round: init.round,
            proposer: init.proposer,
            way,
            block,
        });
        let (height, round, hash) = (init.height, init.round, init.block);
        let verdict = verdict.await?;
        self.metrics.judged(&verdict);
        let validity = match verdict {
            Verdict::Valid => engine::Validity::Valid,
            Verdict::Invalid(reason) => {
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.proposal_refused",
                    height,
                    round,
                    %hash,
                    reason,
                    "refuses a proposal"
                );
                engine::Validity::Invalid
            }
            Verdict::Elsewhere(reason) => {
                tracing::debug!(target: "consensus", height, round, reason, "a proposal came too late");
                return Ok(None);
            }
        };
        Ok(Some(ProposedValue {
            height: BlockHeight(height),
            round: engine::Round::new(round),
            valid_round: engine::Round::from(init.valid_round),
            proposer: ValidatorAddress(init.proposer),
            value: BlockValue(hash),
            validity,
        }))
    }

    /// Compares this clock with the proposer's.
    fn look_at_clock(&mut self, init: &PartInit, time_ms: TimestampMs, now_ms: TimestampMs) {
        let gate = &self.gate;
        let ahead_ms = self
            .clock
            .hear(init.proposer, time_ms, now_ms, |it| gate.decides(it));
        self.metrics.clock_ahead_ms.set(ahead_ms);
        if self.clock.is_news(ahead_ms, now_ms) {
            tracing::warn!(
                target: "consensus",
                code = "consensus.clock_differs",
                ahead_ms,
                "this machine's clock and those of most validators differ: look at its time service"
            );
        }
    }

    async fn decided(
        &mut self,
        certificate: &engine::CommitCertificate<BftContext>,
        reply: Reply<()>,
    ) -> Result<(), Gone> {
        let certificate = our_certificate(certificate);
        let (height, round) = (certificate.height, certificate.round);
        if round > 0 {
            tracing::info!(
                target: "consensus",
                code = "consensus.decided_late",
                height,
                round,
                "decided after more than one round"
            );
        }
        let catching_up = self.synced == height;
        match self.application.decide(certificate, catching_up).await? {
            Decided::Committed => give(reply, ()),
            // Others must not be told that this node has it; the height begins anew, and they give it.
            Decided::Missing => {
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.decided_block_missing",
                    height,
                    "a block was decided that is not here: asking others for it"
                );
            }
        }
        Ok(())
    }

    fn finalized(
        &mut self,
        certificate: &engine::CommitCertificate<BftContext>,
        evidence: &MisbehaviorEvidence<BftContext>,
    ) -> Result<Next<BftContext>, Gone> {
        let certificate = our_certificate(certificate);
        let height = certificate.height;
        let own = self.signer.as_ref().map(EngineSigner::address);
        self.metrics
            .decided(&certificate, self.validators, own.as_ref());
        self.application.extend(certificate);
        if !evidence.is_empty() {
            let found = our_evidence(evidence);
            tracing::warn!(
                target: "consensus",
                code = "consensus.evidence_found",
                height,
                count = found.len(),
                "validators signed what contradicts itself"
            );
            self.metrics.evidence.inc_by(found.len() as u64);
            self.application.accuse(found);
        }
        let (next, params) = self.enter()?;
        Ok(match next.0 > height {
            true => Next::Start(next, params),
            false => Next::Restart(next, params),
        })
    }

    /// A decided block from somebody who is ahead.
    async fn caught_up(
        &mut self,
        (height, round): (Height, Round),
        proposer: Address,
        bytes: &Bytes,
    ) -> Result<SyncedValueOutcome<BftContext>, Gone> {
        let limits = Limits::for_size(self.block_bytes_max + SYNCED_EXTRA_BYTES);
        let Ok(Synced { block, certificate }) = decode_untrusted(bytes, limits) else {
            return Ok(SyncedValueOutcome::PeerFault);
        };
        let hash = block.header.hash();
        if block.header.height != height || certificate.round != round || !block.body_fits() {
            return Ok(SyncedValueOutcome::PeerFault);
        }
        let verdict = self.application.judge(Proposal {
            round,
            proposer,
            way: Way::Decided { certificate },
            block,
        });
        Ok(match verdict.await? {
            Verdict::Valid => {
                self.synced = height;
                self.metrics.synced.inc();
                SyncedValueOutcome::Verdict(ProposedValue {
                    height: BlockHeight(height),
                    round: engine::Round::new(round),
                    valid_round: engine::Round::Nil,
                    proposer: ValidatorAddress(proposer),
                    value: BlockValue(hash),
                    validity: engine::Validity::Valid,
                })
            }
            Verdict::Invalid(reason) => {
                tracing::warn!(
                    target: "consensus",
                    code = "consensus.synced_block_refused",
                    height,
                    %hash,
                    reason,
                    "a peer sent a wrong block"
                );
                SyncedValueOutcome::PeerFault
            }
            Verdict::Elsewhere(_) => SyncedValueOutcome::LocalTransientError,
        })
    }

    /// Committed blocks for who catches up: as many as one answer takes.
    async fn committed(
        &self,
        first: Height,
        last: Height,
    ) -> Result<Vec<RawDecidedValue<BftContext>>, Gone> {
        let (mut blocks, mut size) = (Vec::new(), 0_usize);
        for height in (first..=last).take(SYNC_BATCH) {
            // Where it ends, the answer does.
            let Some((block, certificate)) = self.application.block(height).await? else {
                break;
            };
            let engine = engine_certificate(certificate.clone());
            let bytes = Synced { block, certificate }.encode();
            size = size.saturating_add(bytes.len());
            if size > ANSWER_BYTES && !blocks.is_empty() {
                break;
            }
            blocks.push(RawDecidedValue::new(bytes.into(), engine));
        }
        Ok(blocks)
    }
}

/// Who went away does not need the answer.
fn give<T>(reply: Reply<T>, answer: T) {
    drop(reply.send(answer));
}

fn no_set(error: argosy_bft::SetError) -> Gone {
    tracing::error!(target: "consensus", code = "consensus.set_unusable", %error, "nobody can decide");
    Gone
}

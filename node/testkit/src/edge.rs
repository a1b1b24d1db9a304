//! The engine's effects on a simulated clock, network and disk; what the real one does with each is
//! in its `consensus.rs`.
//!
//! Always: what was signed is in the record before the signature leaves, and what it follows from is in
//! the log before that.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use argosy_bft::{
    BftContext, BftProposal, BftVerifier, BftVote, SignatureBytes, our_certificate, our_evidence,
    round_number,
};
use argosy_chain::make_evidence;
use argosy_kv::{Batch, Column, Durability, Store as _};
use argosy_primitives::{Address, Hash32, Height, SecretKey, Signature};
use argosy_replica::Replica;
use argosy_signer::{Mark, Position, Step};
use malachitebft_core_consensus::{
    ConsensusMsg, Effect, Error, LivenessMsg, Resumable, Resume, VoteExtensionError,
};
use malachitebft_core_types::{self as engine, LinearTimeouts, Timeout, TimeoutKind};
use malachitebft_signing::{Verifier, VerifierExt};
use parity_scale_codec::Encode;

use crate::agenda::Millis;
use crate::agent::Agent;
use crate::disk::Disk;
use crate::misdeed::Misdeed;
use crate::outcome::Counts;
use crate::sync::Sync;
use crate::task::{Ask, Message, Out, Synced, Task, TimerKey};

/// Who a node is.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) key: SecretKey,
    pub(crate) address: Address,
    pub(crate) context: BftContext,
    /// Its clock shows this when the run begins.
    pub(crate) clock_ms: u64,
}

/// The engine gets no answer, as if its handler had failed.
#[derive(Debug)]
pub(crate) struct NoAnswer;

/// All of a node but the engine's state.
pub(crate) struct Edge {
    pub(crate) me: Me,
    pub(crate) disk: Disk,
    /// None: the process is down.
    pub(crate) replica: Option<Replica>,
    pub(crate) agent: Agent,
    pub(crate) sync: Sync,
    pub(crate) out: Vec<Out>,
    pub(crate) now: Millis,
    pub(crate) engine: EngineState,
    /// Makes sure of the log before it signs.
    pub(crate) logs_first: bool,
    /// Makes sure of its blocks before it signs: a second copy of what it signs is synced into its store.
    pub(crate) blocks_first: bool,
    /// What it does that is not honest.
    pub(crate) misdeed: Option<Misdeed>,
    /// Why the node cannot go on.
    pub(crate) failed: Option<String>,
    /// The highest height for which the signer gave nothing.
    pub(crate) refused_at: Option<Height>,
    pub(crate) counts: Counts,
}

/// What the engine's actor knows besides its core.
pub(crate) struct EngineState {
    pub(crate) is_validator: bool,
    pub(crate) is_recovering: bool,
    pub(crate) height_began: Millis,
    pub(crate) target: Option<Duration>,
    pub(crate) timeouts: LinearTimeouts,
    timers: BTreeMap<TimerKey, (u64, Timeout)>,
    timers_started: u64,
}

impl EngineState {
    pub(crate) fn new(timeouts: LinearTimeouts, target: Option<Duration>) -> EngineState {
        EngineState {
            is_validator: false,
            is_recovering: false,
            height_began: 0,
            target,
            timeouts,
            timers: BTreeMap::new(),
            timers_started: 0,
        }
    }

    /// The timer's timeout, if it was not cancelled or started anew; it is over with that.
    pub(crate) fn elapsed(&mut self, key: TimerKey, number: u64) -> Option<Timeout> {
        let &(running, timeout) = self.timers.get(&key)?;
        if running != number {
            return None;
        }
        self.timers.remove(&key);
        Some(timeout)
    }
}

impl Edge {
    /// Does what the engine wants; `Err`: it gets no answer.
    pub(crate) fn perform(
        &mut self,
        effect: Effect<BftContext>,
    ) -> Result<Resume<BftContext>, NoAnswer> {
        Ok(match effect {
            Effect::CancelAllTimeouts(_) => {
                self.engine.timers.clear();
                Resume::Continue
            }
            Effect::CancelTimeout(timeout, _) => {
                self.engine.timers.remove(&TimerKey::of(&timeout));
                Resume::Continue
            }
            Effect::ScheduleTimeout(timeout, _) => {
                self.schedule(timeout);
                Resume::Continue
            }
            Effect::StartRound(height, round, _, _, _) => {
                self.flush();
                let values = self.started((height.0, round_number(round)));
                for value in self.whole(values)? {
                    let task = Task::Value(value, engine::ValueOrigin::Consensus);
                    self.out.push(Out::After(0, task));
                }
                Resume::Continue
            }
            Effect::SignVote(vote, r) => r.resume_with(self.sign_vote(vote)?),
            Effect::SignProposal(proposal, r) => r.resume_with(self.sign_proposal(proposal)?),
            Effect::PublishConsensusMsg(message, _) => {
                self.flush();
                self.send(Message::Consensus(message));
                Resume::Continue
            }
            Effect::PublishLivenessMsg(message, _) => {
                self.send(Message::Liveness(message));
                Resume::Continue
            }
            Effect::RepublishVote(vote, _) => {
                self.send(Message::Liveness(LivenessMsg::Vote(vote)));
                Resume::Continue
            }
            Effect::RepublishRoundCertificate(certificate, _) => {
                let message = LivenessMsg::SkipRoundCertificate(certificate);
                self.send(Message::Liveness(message));
                Resume::Continue
            }
            Effect::WalAppend(_, entry, _) => {
                let is_written = self.engine.is_validator && !self.engine.is_recovering;
                if is_written && !self.disk.log.append(entry) {
                    self.failed = Some("the log does not take an entry".into());
                }
                Resume::Continue
            }
            asked @ (Effect::GetValue(..)
            | Effect::RestreamProposal(..)
            | Effect::Decide(..)
            | Effect::Finalize(..)
            | Effect::CertVerifiedSyncValue(..)
            | Effect::CertRejectedSyncValue(..)) => self.ask(asked),
            check => self.check(check)?,
        })
    }

    /// What the application is asked: it answers later.
    fn ask(&mut self, effect: Effect<BftContext>) -> Resume<BftContext> {
        let ask = match effect {
            Effect::GetValue(height, round, _, _) => Ask::Value {
                height: height.0,
                round: round_number(round),
            },
            Effect::RestreamProposal(height, round, valid_round, _, value, _) => Ask::Restream {
                height: height.0,
                round: round_number(round),
                valid_round: valid_round.as_u32(),
                block: value.0,
            },
            Effect::Decide(certificate, _, _) => {
                self.flush();
                Ask::Decided(our_certificate(&certificate))
            }
            Effect::Finalize(certificate, _, evidence, _) => {
                let evidence = our_evidence(&evidence);
                let evidence = evidence.into_iter().map(make_evidence).collect();
                Ask::Finalized(our_certificate(&certificate), evidence)
            }
            Effect::CertVerifiedSyncValue(response, proposer, _) => Ask::Synced {
                value: Synced {
                    bytes: response.value_bytes.to_vec(),
                    certificate: our_certificate(&response.certificate.trim_vote_extensions()),
                },
                proposer: proposer.0,
            },
            Effect::CertRejectedSyncValue(_, height, _, _) => {
                self.out.push(Out::After(0, Task::SyncFault(height.0)));
                return Resume::Continue;
            }
            other => unreachable!("{other:?} is no question"),
        };
        self.out.push(Out::Ask(ask));
        Resume::Continue
    }

    /// What is checked at once.
    fn check(&mut self, effect: Effect<BftContext>) -> Result<Resume<BftContext>, NoAnswer> {
        let context = self.me.context;
        let verifier = BftVerifier {
            chain: context.chain,
        };
        Ok(match effect {
            Effect::VerifySignature(signed, key, r) => {
                let checked = match &signed.message {
                    ConsensusMsg::Vote(vote) => {
                        ready(verifier.verify_signed_vote(vote, &signed.signature, &key))
                    }
                    ConsensusMsg::Proposal(proposal) => {
                        ready(verifier.verify_signed_proposal(proposal, &signed.signature, &key))
                    }
                };
                r.resume_with(checked.is_ok_and(|it| it.is_valid()))
            }
            Effect::VerifyCommitCertificate(certificate, set, thresholds, r) => r.resume_with(
                ready(verifier.verify_commit_certificate(&context, &certificate, &set, thresholds)),
            ),
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, r) => r.resume_with(
                ready(verifier.verify_polka_certificate(&context, &certificate, &set, thresholds)),
            ),
            Effect::VerifyRoundCertificate(certificate, set, thresholds, r) => r.resume_with(
                ready(verifier.verify_round_certificate(&context, &certificate, &set, thresholds)),
            ),
            Effect::VerifyExtendedCommitCertificate(certificate, set, thresholds, policy, r) => {
                let checked = verifier.verify_extended_commit_certificate(
                    &context,
                    &certificate,
                    &set,
                    thresholds,
                    policy,
                );
                r.resume_with(ready(checked))
            }
            Effect::VerifyVoteExtension(.., r) => {
                r.resume_with(Err(VoteExtensionError::InvalidVoteExtension))
            }
            other => {
                self.failed = Some(format!("the engine wants {other:?}"));
                return Err(NoAnswer);
            }
        })
    }

    fn schedule(&mut self, timeout: Timeout) {
        let wait = match timeout.kind {
            // How long it says is by the engine's own clock, which stands still here.
            TimeoutKind::FinalizeHeight(_) => {
                let target = self.engine.target.unwrap_or_default();
                let end = self.engine.height_began.saturating_add(millis(target));
                end.saturating_sub(self.now)
            }
            TimeoutKind::Propose
            | TimeoutKind::Prevote
            | TimeoutKind::Precommit
            | TimeoutKind::Rebroadcast => millis(self.engine.timeouts.duration_for(timeout)),
        };
        self.engine.timers_started += 1;
        let (key, number) = (TimerKey::of(&timeout), self.engine.timers_started);
        self.engine.timers.insert(key, (number, timeout));
        self.out.push(Out::After(wait, Task::Timeout(key, number)));
    }

    fn sign_vote(&mut self, vote: BftVote) -> Result<engine::SignedVote<BftContext>, NoAnswer> {
        let ours = *vote.vote();
        let at = Position {
            height: ours.height,
            round: ours.round,
            step: Step::from(ours.kind),
        };
        let signature = self.sign(at, ours.sign_hash())?;
        Ok(engine::SignedVote::new(vote, SignatureBytes(signature)))
    }

    fn sign_proposal(
        &mut self,
        proposal: BftProposal,
    ) -> Result<engine::SignedProposal<BftContext>, NoAnswer> {
        let ours = *proposal.proposal();
        let at = Position {
            height: ours.height,
            round: ours.round,
            step: Step::Proposal,
        };
        let signature = self.sign(at, ours.sign_hash())?;
        let signature = SignatureBytes(signature);
        Ok(engine::SignedProposal::new(proposal, signature))
    }

    /// As the real signer does: above the record only, which is on disk before the signature is out.
    fn sign(&mut self, at: Position, sign_hash: Hash32) -> Result<Signature, NoAnswer> {
        if self.logs_first {
            self.flush();
        }
        match self.disk.record.judge(at, &sign_hash) {
            Ok(Some(again)) => Ok(again),
            Ok(None) => {
                let signature = self.me.key.sign(sign_hash.as_bytes());
                let mark = Mark {
                    at,
                    sign_hash,
                    signature,
                };
                self.disk.record = self.disk.record.with(mark);
                if self.blocks_first {
                    let mut batch = Batch::new();
                    batch.put(Column::Meta, *b"signed", mark.encode());
                    let copied = self.disk.store.commit(batch, Durability::Synced);
                    copied.expect("a store in memory does not fail");
                }
                Ok(signature)
            }
            Err(why) => {
                self.out.push(Out::Tell(format!("refuses: {why}")));
                self.counts.refused += 1;
                self.refused_at = self.refused_at.max(Some(at.height));
                Err(NoAnswer)
            }
        }
    }

    fn flush(&mut self) {
        if self.engine.is_validator && !self.engine.is_recovering {
            self.disk.log.flush();
        }
    }

    /// To all others.
    pub(crate) fn send(&mut self, message: Message) {
        self.out.push(Out::Send { to: None, message });
    }

    /// Notes what the application failed of.
    pub(crate) fn whole<T>(&mut self, done: Result<T, String>) -> Result<T, NoAnswer> {
        done.map_err(|reason| {
            self.failed = Some(reason);
            NoAnswer
        })
    }

    /// A new engine knows of no timers.
    pub(crate) fn clear_timers(&mut self) {
        self.engine.timers.clear();
    }
}

/// What the engine's error says.
pub(crate) fn reason(error: &Error<BftContext>) -> String {
    format!("the engine has ended: {error}")
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

/// The value of a future that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("checking a signature waits for nothing"),
    }
}

//! What the consensus engine asks of the replica's thread.
//!
//! Always: these commands come before clients' ones, and are never refused for want of room: there
//! are as many as the engine asks at a time, and it waits for each answer.

use std::sync::Arc;

use argosy_chain::Durability;
use argosy_chain::Undecided;
use argosy_primitives::{Block, BlockHash, CommitCertificate, Evidence, Height, Round};
use argosy_replica::{Action, Event, Invalid, Proposed};
use tokio::sync::oneshot;

use crate::driver::Driver;
use crate::fault::DriverFault;
use crate::worker::{Worker, now_ms};

/// Something that the engine asks.
pub(crate) enum Urgent {
    Propose {
        height: Height,
        round: Round,
        reply: oneshot::Sender<Result<Block, String>>,
    },
    Judge {
        proposed: Box<Proposed>,
        reply: oneshot::Sender<Result<(), Invalid>>,
    },
    Decide {
        certificate: CommitCertificate,
        durability: Durability,
        reply: oneshot::Sender<Decision>,
    },
    Undecided {
        height: Height,
        round: Round,
        reply: oneshot::Sender<Vec<Undecided>>,
    },
    Kept {
        height: Height,
        hash: BlockHash,
        reply: oneshot::Sender<Option<Block>>,
    },
    Extend {
        certificate: CommitCertificate,
    },
    Accuse {
        evidence: Vec<Evidence>,
    },
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is the head, or was before.
    Committed,
    /// This node has no body for it, and needs it from others.
    Missing,
}

/// The thread is gone, and has said why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub struct Gone;

impl Driver {
    /// This node's block for a round; the same one for one round. `Err(reason)`: it has none.
    pub async fn propose(
        &self,
        height: Height,
        round: Round,
    ) -> Result<Result<Block, String>, Gone> {
        if let Some(reason) = self.paused() {
            return Ok(Err(format!("the node is paused: {reason}")));
        }
        self.ask(|reply| Urgent::Propose {
            height,
            round,
            reply,
        })
        .await
    }

    /// Whether a proposal is valid; if it is, it is on disk.
    pub async fn judge(&self, proposed: Proposed) -> Result<Result<(), Invalid>, Gone> {
        let proposed = Box::new(proposed);
        self.ask(|reply| Urgent::Judge { proposed, reply }).await
    }

    /// Commits what was decided.
    pub async fn decide(
        &self,
        certificate: CommitCertificate,
        durability: Durability,
    ) -> Result<Decision, Gone> {
        self.ask(|reply| Urgent::Decide {
            certificate,
            durability,
            reply,
        })
        .await
    }

    /// The proposals of a round that are on disk.
    pub async fn undecided(&self, height: Height, round: Round) -> Result<Vec<Undecided>, Gone> {
        self.ask(|reply| Urgent::Undecided {
            height,
            round,
            reply,
        })
        .await
    }

    /// A block that was proposed in any round of a height, if it is on disk.
    pub async fn undecided_block(
        &self,
        height: Height,
        hash: BlockHash,
    ) -> Result<Option<Block>, Gone> {
        self.ask(|reply| Urgent::Kept {
            height,
            hash,
            reply,
        })
        .await
    }

    /// Hands in a certificate of the head that may have more signatures than the one so far.
    pub fn extend(&self, certificate: CommitCertificate) -> Result<(), Gone> {
        self.hurry(Urgent::Extend { certificate })
    }

    /// Hands in proofs of misbehaviour.
    pub fn accuse(&self, evidence: Vec<Evidence>) -> Result<(), Gone> {
        self.hurry(Urgent::Accuse { evidence })
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Urgent) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.hurry(ask(reply))?;
        answer.await.map_err(|_| Gone)
    }
}

impl Worker {
    /// Does everything that the engine asks for now.
    pub(crate) fn take_urgent(&mut self) -> Result<(), DriverFault> {
        while let Ok(urgent) = self.urgent.try_recv() {
            if self.shared.is_stopping() {
                break; // Who waits for the answer is told that there is none.
            }
            self.do_urgent(urgent)?;
            self.shared.beat();
        }
        Ok(())
    }

    /// A caller that went away does not need the answer.
    fn do_urgent(&mut self, urgent: Urgent) -> Result<(), DriverFault> {
        match urgent {
            Urgent::Propose {
                height,
                round,
                reply,
            } => {
                let now_ms = now_ms();
                let actions = self.step(Event::Propose {
                    height,
                    round,
                    now_ms,
                })?;
                if let Some(answer) = actions.into_iter().find_map(own_block) {
                    drop(reply.send(answer));
                }
            }
            Urgent::Judge { proposed, reply } => {
                let actions = self.step(Event::Judge(proposed))?;
                if let Some(verdict) = actions.into_iter().find_map(verdict) {
                    drop(reply.send(verdict));
                }
            }
            Urgent::Decide {
                certificate,
                durability,
                reply,
            } => {
                let actions = self.step(Event::Decided {
                    certificate,
                    durability,
                })?;
                let missing = |it: &Action| matches!(it, Action::Missing { .. });
                let decision = match actions.iter().any(missing) {
                    true => Decision::Missing,
                    false => Decision::Committed,
                };
                let _ = reply.send(decision);
            }
            Urgent::Undecided {
                height,
                round,
                reply,
            } => {
                let kept = self.replica.chain().undecided(height, round);
                drop(reply.send(kept.map_err(|error| DriverFault::of(&error.into()))?));
            }
            Urgent::Kept {
                height,
                hash,
                reply,
            } => {
                let kept = self.replica.chain().undecided_block(height, &hash);
                drop(reply.send(kept.map_err(|error| DriverFault::of(&error.into()))?));
            }
            Urgent::Extend { certificate } => {
                self.step(Event::Extended { certificate })?;
            }
            Urgent::Accuse { evidence } => {
                self.step(Event::Accused { evidence })?;
            }
        }
        Ok(())
    }
}

fn own_block(action: Action) -> Option<Result<Block, String>> {
    match action {
        Action::Proposed { block, .. } => Some(Ok(Arc::unwrap_or_clone(block))),
        Action::NotProposed { reason, .. } => Some(Err(reason)),
        Action::Admitted { .. }
        | Action::Refused { .. }
        | Action::Dropped(_)
        | Action::Committed(_)
        | Action::Judged { .. }
        | Action::Missing { .. } => None,
    }
}

fn verdict(action: Action) -> Option<Result<(), Invalid>> {
    match action {
        Action::Judged { verdict, .. } => Some(verdict),
        Action::Admitted { .. }
        | Action::Refused { .. }
        | Action::Dropped(_)
        | Action::Committed(_)
        | Action::Proposed { .. }
        | Action::NotProposed { .. }
        | Action::Missing { .. } => None,
    }
}

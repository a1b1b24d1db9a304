//! What the engine asks, answered by the replica's thread; reads come from views.

use argosy_chain::{ChainView, make_evidence};
use argosy_consensus::{
    Application, Decided, Gone, Height, Kept, Proposal, Upcoming, Verdict, Way,
};
use argosy_driver::{Decision, Driver, Durability, Invalid, Origin, Proposed};
use argosy_primitives::{Block, BlockHash, CommitCertificate, Evidence, Round, TimestampMs};
use async_trait::async_trait;
use std::time::{SystemTime, UNIX_EPOCH};

/// While a node catches up, every so manieth block makes sure of all before it.
const SYNC_EVERY_BLOCKS: Height = 32;

/// The node, as the engine's agent sees it.
pub(super) struct NodeApplication {
    driver: Driver,
}

impl NodeApplication {
    pub(super) fn new(driver: Driver) -> NodeApplication {
        NodeApplication { driver }
    }
}

#[async_trait]
impl Application for NodeApplication {
    fn upcoming(&self) -> Result<Upcoming, Gone> {
        let view = self.driver.view();
        let sets = view.validator_sets().map_err(|error| {
            tracing::error!(
                target: "consensus",
                code = "consensus.sets_unreadable",
                %error,
                "cannot read the validator sets"
            );
            Gone
        })?;
        Ok(Upcoming {
            height: view.next_height(),
            validators: sets.current,
            next_validators: sets.next,
        })
    }

    async fn propose(&self, height: Height, round: Round) -> Result<Result<Block, String>, Gone> {
        self.driver.propose(height, round).await.map_err(gone)
    }

    async fn judge(&self, proposal: Proposal) -> Result<Verdict, Gone> {
        let Proposal {
            round,
            proposer,
            way,
            block,
        } = proposal;
        let origin = match way {
            Way::New { now_ms } => Origin::New { now_ms },
            Way::Again {
                valid_round,
                now_ms,
            } => Origin::Again {
                valid_round,
                now_ms,
            },
            Way::Decided { certificate } => Origin::Decided { certificate },
        };
        let judged = self.driver.judge(Proposed {
            round,
            proposer,
            origin,
            block,
        });
        Ok(match judged.await.map_err(gone)? {
            Ok(()) => Verdict::Valid,
            Err(reason @ Invalid::NotNext { .. }) => Verdict::Elsewhere(reason.to_string()),
            Err(reason) => Verdict::Invalid(reason.to_string()),
        })
    }

    async fn kept(&self, height: Height, round: Round) -> Result<Vec<Kept>, Gone> {
        let kept = self.driver.undecided(height, round).await.map_err(gone)?;
        let kept = kept.into_iter().map(|it| Kept {
            round: it.round,
            valid_round: it.valid_round,
            proposer: it.proposer,
            hash: it.block.header.hash(),
        });
        Ok(kept.collect())
    }

    async fn kept_block(&self, height: Height, hash: BlockHash) -> Result<Option<Block>, Gone> {
        self.driver
            .undecided_block(height, hash)
            .await
            .map_err(gone)
    }

    async fn decide(
        &self,
        certificate: CommitCertificate,
        catching_up: bool,
    ) -> Result<Decided, Gone> {
        let may_wait = catching_up && !certificate.height.is_multiple_of(SYNC_EVERY_BLOCKS);
        let durability = match may_wait {
            true => Durability::Buffered,
            false => Durability::Synced,
        };
        let decision = self.driver.decide(certificate, durability).await;
        Ok(match decision.map_err(gone)? {
            Decision::Committed => Decided::Committed,
            Decision::Missing => Decided::Missing,
        })
    }

    fn extend(&self, certificate: CommitCertificate) {
        // A node that is going down has no use for it.
        let _ = self.driver.extend(certificate);
    }

    fn accuse(&self, evidence: Vec<Evidence>) {
        let evidence = evidence.into_iter().map(make_evidence).collect();
        let _ = self.driver.accuse(evidence);
    }

    fn oldest(&self) -> Result<Height, Gone> {
        Ok(self.driver.view().oldest_block().max(1))
    }

    async fn block(&self, height: Height) -> Result<Option<(Block, CommitCertificate)>, Gone> {
        let view = self.driver.view();
        let read = tokio::task::spawn_blocking(move || read(&view, height)).await;
        // A read that dies is no reason to stop deciding.
        Ok(read.unwrap_or_else(|error| {
            tracing::error!(
                target: "consensus",
                code = "consensus.peer_read_died",
                height,
                %error,
                "a read for a peer died"
            );
            None
        }))
    }

    fn now_ms(&self) -> TimestampMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A block for somebody who is behind; what cannot be read is not given.
fn read(view: &ChainView, height: Height) -> Option<(Block, CommitCertificate)> {
    if height == 0 || height > view.head().header.height {
        return None;
    }
    let found = view
        .block(height)
        .and_then(|block| Ok(block.zip(view.certificate(height)?)));
    found.unwrap_or_else(|error| {
        tracing::debug!(target: "consensus", height, %error, "a block that a peer asks for cannot be read");
        None
    })
}

fn gone(_: argosy_driver::Gone) -> Gone {
    Gone
}
